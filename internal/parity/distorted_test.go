//go:build race || invariants

package parity

// distorted tells tests of allocations that they would count those of the race detector, or of the assertions.
const distorted = true
