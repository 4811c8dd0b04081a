//go:build invariants

package rueidistx

import "fmt"

// invariants enables assertions, with the build tag "invariants". It is for tests.
const invariants = true

// assertf panics unless holds.
func assertf(holds bool, format string, args ...any) {
	if !holds {
		panic("rueidistx: invariant broken: " + fmt.Sprintf(format, args...))
	}
}
