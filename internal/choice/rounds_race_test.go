//go:build race

package choice

// rounds is less under the race detector, which is slow and finds the same in each.
const rounds = 4
