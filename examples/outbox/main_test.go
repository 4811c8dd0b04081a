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
	// orders placed:    60
	// mails sent:       60 for 60 orders
	// left to relay:    0
	// relays:           6 (some were killed, or the mail system failed)
	// came twice:       2 events
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
