package rueidistxtest

import (
	"testing"

	"github.com/rueidistx/rueidistx"
)

// AssertOutcome marks the test as failed unless err has an outcome: [rueidistx.OutcomeOf] of nil is Applied.
func AssertOutcome(tb testing.TB, err error, want rueidistx.Outcome) {
	tb.Helper()
	if got := rueidistx.OutcomeOf(err); got != want {
		tb.Errorf("the outcome is %v, and not %v, of the error: %v", got, want, err)
	}
}
