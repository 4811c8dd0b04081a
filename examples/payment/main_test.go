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
	// payments:               60 by 120 clients
	// charged:                40
	// confirmed:              40
	// refused:                20
	// told something wrong:   0
	// balance:                0
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
