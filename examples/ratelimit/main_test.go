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
	// a bucket of 5, 20 requests at the same time: 5 served
	// another user takes 2: true and has 3
	// 5 requests that wait take 3 times 10ms: true
	// use: <nil> false
	// use: <nil> false
	// use: <nil> false
	// use: over the limit of 3 in 1m0s true
	// use: <nil> false
	// use: over the limit of 4 in 24h0m0s true
}

func TestOnServers(t *testing.T) { redistest.OnServers(t, run) }
