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
	//   records: 0 here, 0 in Redis, 2 in neither
	// 1 Ada 120
	// 2 Eve 100
	//   records: 0 here, 2 in Redis, 1 in neither
	// 1 Ada 120
	// 2 Eve 100
	// 3 Bob 80.5
	//   records: 0 here, 3 in Redis, 0 in neither
	// 1 Ada 120
	// 2 Eve 100
	// 3 Bob 80.5
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
