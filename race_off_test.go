//go:build !race

package rueidistx_test

import "testing"

// raceEnabled tells tests of allocations that they are counting those of the race detector.
const raceEnabled = false

func notRaced(*testing.T, string) {}
