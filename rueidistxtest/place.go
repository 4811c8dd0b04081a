package rueidistxtest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// place returns the line of the test, or of the program that it tests, from which this package or rueidistx is called.
func place() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if f.File != "" && !isOurs(f.Function) {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return "an unknown line"
		}
	}
}

func isOurs(function string) bool {
	const root = "github.com/rueidistx/rueidistx"
	return strings.HasPrefix(function, root+".") || strings.HasPrefix(function, root+"/rueidistxtest.") ||
		strings.HasPrefix(function, "runtime.")
}

// goroutine returns the number of the goroutine that calls it.
func goroutine() string {
	var buf [64]byte
	words := strings.Fields(string(buf[:runtime.Stack(buf[:], false)]))
	return words[1] // goroutine 1 [running]:
}
