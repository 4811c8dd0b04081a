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
	// jobs done:                60 of 60 each once: true
	// pending at the end:       0
	// claimed after a crash:    true and some were already done: true
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
