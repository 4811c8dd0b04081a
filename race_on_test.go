//go:build race

package rueidistx_test

const raceEnabled = true
