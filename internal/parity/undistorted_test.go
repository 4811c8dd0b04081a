//go:build !race && !invariants

package parity

const distorted = false
