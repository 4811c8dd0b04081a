package redistest

import (
	"fmt"
	"maps"
	"os"
	"slices"
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
	skipped.count(name)
	tb.Skipf("no %s: %s", name, why)
}

// skips counts the tests that were skipped, by the name of what they lack.
type skips struct {
	mu     sync.Mutex
	byName map[string]int
}

var skipped skips

func (s *skips) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName == nil {
		s.byName = map[string]int{}
	}
	s.byName[name]++
}

// String says in one line what was skipped, and is "" if nothing was.
func (s *skips) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		list = append(list, fmt.Sprintf("%d without %s", s.byName[name], name))
	}
	if list == nil {
		return ""
	}
	return "skipped tests: " + strings.Join(list, ", ")
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
