package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestMain stops the servers that the tests share.
func TestMain(m *testing.M) { os.Exit(redistest.Suite{M: m}.Run()) }

// The output below is all that the program prints.
func Example() {
	if err := run(""); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ann}:x 9:00AM 30m0s [read pay] true
	// ann}:x 9:00AM 30m0s [read pay] true
	// 2 sessions ended
	// no session true
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
