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
	// alice -> bob    200   applied      <nil>
	// alice -> bob    400   not applied  insufficient funds
	// alice -> carol    1   not applied  no such account: carol
	// carol -> bob      1   not applied  no such account: carol
	// 12 transfers of 50 at the same time: 6 moved, 6 refused
	// alice and bob have [0 500]
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
