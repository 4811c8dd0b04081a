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
	// entries in the stream: 125 for 100 orders
	// applied:               100 in order: true
	// total:                 4950 of 4950
	// killed midway:         true
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
