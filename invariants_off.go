//go:build !invariants

package rueidistx

const invariants = false

func assertf(bool, string, ...any) {}
