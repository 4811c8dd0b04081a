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
	// Ann has fence 1
	// Bob:                 the lock is taken (not applied)
	// Ann writes:          <nil>
	// Ann extends:         <nil>
	// Bob has fence 2
	// Bob writes:          <nil>
	// Ann writes, late:    fence 1 is older than 2
	// Ann releases, late:  the lock is not held
	// Bob releases:        <nil>
	// The register:        by Bob
	// 16 workers added 1:  16
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
