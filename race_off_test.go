//go:build !race

package rueidistx_test

// raceEnabled tells tests of allocations that they are counting those of the race detector.
const raceEnabled = false
