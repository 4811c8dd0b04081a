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
	// acme: no room for another note
	// erased of acme: [notes] left of zenith: 3
	// erased of zenith: [notes] left of zenith: 0
	// FLUSHDB of a tenant: true
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
