package redistest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// Patience is how long anything may take. It is long because it only matters when something is broken, or the machine very
// busy.
const Patience = time.Minute

// Context returns a context that keeps a hanging test from hanging for long. It has a deadline, so that rueidis's
// synchronous connections stay so.
func Context(tb testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(tb.Context(), Patience)
	tb.Cleanup(cancel)
	return ctx
}

// Eventually waits for a condition that something else brings about.
func Eventually(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	Succeeds(tb, what, func() error {
		if !done() {
			return errNotYet
		}
		return nil
	})
}

// Succeeds is [Eventually] for a step that says in the end what was wrong.
func Succeeds(tb testing.TB, what string, step func() error) {
	tb.Helper()
	if err := Poll(step); err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
}

var errNotYet = errors.New("it has not")

// Poll calls step until it returns nil and gives up, with its last error, when
// [Patience] is at its end.
func Poll(step func() error) error {
	deadline := time.Now().Add(Patience)
	for pause := time.Millisecond; ; pause = min(pause*5/4, 10*time.Millisecond) {
		err := step()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("gave up after %v: %w", Patience, err)
		}
		time.Sleep(pause)
	}
}
