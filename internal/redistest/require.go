package redistest

import (
	"os"
	"strings"
	"sync"
	"testing"
)

var required = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.SplitSeq(os.Getenv("RUEIDISTX_REQUIRE"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names[name] = true
		}
	}
	return names
})

// Required reports whether RUEIDISTX_REQUIRE lists name. The variable is read
// once.
func Required(name string) bool { return required()[name] }

// SkipOrFail ends the test because what it needs is not there: it fails the
// test if name is [Required] and skips it otherwise. why says what is missing.
func SkipOrFail(tb testing.TB, name, why string) {
	tb.Helper()
	if Required(name) {
		tb.Fatalf("%s is in RUEIDISTX_REQUIRE, but %s", name, why)
	}
	tb.Skipf("no %s: %s", name, why)
}

// Given returns the address in RUEIDISTX_ADDR, of a server that somebody else
// started, and whether there is one.
func Given() (addr string, ok bool) {
	addr = os.Getenv("RUEIDISTX_ADDR")
	return addr, addr != ""
}

// Long leaves the test out of the fast tier, go test -short: it takes seconds, or
// a cluster of its own, or looks for what happens rarely.
func Long(tb testing.TB) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("takes long: run without -short")
	}
}

// Times returns how often to do something that is repeated: in the fast tier
// only short times.
func Times(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}
