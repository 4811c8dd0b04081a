//go:build invariants

package rueidistx

import "fmt"

// invariants says that assertions are checked: the tag "invariants" is for tests.
const invariants = true

// assertf panics where something is not as this package relies on.
func assertf(holds bool, format string, args ...any) {
	if !holds {
		panic("rueidistx: invariant broken: " + fmt.Sprintf(format, args...))
	}
}
