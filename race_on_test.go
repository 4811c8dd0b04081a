//go:build race

package rueidistx_test

import "testing"

const raceEnabled = true

// notRaced leaves out a test with the race detector, which cannot find anything in it.
func notRaced(t *testing.T, why string) {
	t.Helper()
	t.Skip(why)
}
