package main

import (
	"runtime"
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestPin gives the server back what it had, too.
func TestPin(t *testing.T) {
	if err := coresToSplit(); err != nil {
		t.Skip(err)
	}
	server := redistest.Start(t)
	l := &lab{servers: map[venue]*site{onServer: {nodes: []*redistest.Server{server}}}}
	before := runtime.GOMAXPROCS(0)
	undo, err := l.pin()
	if err != nil {
		t.Fatal(err)
	}
	if err := coresToSplit(); err == nil {
		t.Error("there is more than one core left")
	}
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("GOMAXPROCS %d", n)
	}
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	if err := coresToSplit(); err != nil {
		t.Error(err)
	}
	if n := runtime.GOMAXPROCS(0); n != before {
		t.Errorf("GOMAXPROCS %d instead of %d", n, before)
	}
}
