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
	// created again: the document was changed (not applied)
	// saved too late: the document was changed: it is "Our home" now
	// the version is that of the other editor: true
	// 16 editors added a tag: 16 tags
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
