package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestMain stops the servers that the tests share.
func TestMain(m *testing.M) { os.Exit(redistest.Suite{M: m}.Run()) }

func TestRun(t *testing.T) {
	for _, chunk := range []int{0, 1, 500, 10_000} {
		if err := run("", "", 5000, chunk); err != nil {
			t.Errorf("in chunks of %d: %v", chunk, err)
		}
	}
	if err := run("", filepath.Join(t.TempDir(), "missing.csv"), 0, 100); err == nil {
		t.Error("a file that is not there was imported")
	}
}

func TestOnServers(t *testing.T) {
	redistest.OnServers(t, func(addr string) error { return run(addr, "", 2000, 100) })
}

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "views.csv")
	rows := "page,visitor,bytes\n/,ada,100\n/,bob,none\n/about,ada\n/,eve,200\n/a\"b,x,1\n/about,bob,300\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		fmt.Println(err)
	}
	log.SetOutput(io.Discard) // where the duration is
	if err := run("", file, 0, 2); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [########################################] 100 %,         1 rows
	// line 3 is left out: strconv.ParseInt: parsing "none": invalid syntax
	// line 4 is left out: wrong number of fields
	// line 6 is left out: bare " in non-quoted-field
	// 3 rows, 3 left out
	// 3 views of 2 pages
}
