package rueidistx

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// TxOption changes how [DB.Transact] retries.
type TxOption interface{ apply(*retryPolicy) }

type txOption func(*retryPolicy)

func (o txOption) apply(p *retryPolicy) { o(p) }

// retryPolicy says how often a closure runs, and how long to pause in between.
type retryPolicy struct {
	attempts  int
	low, high time.Duration
}

// defaultRetries lasts, even with its shortest pauses, longer than the second that rueidis may take before it asks for
// a cluster's new topology.
var defaultRetries = retryPolicy{attempts: 10, low: 10 * time.Millisecond, high: time.Second}

// with is separate from its callers, because options move the policy to the heap: without options, nothing is
// allocated.
func (p retryPolicy) with(options []TxOption) retryPolicy {
	applyAll(&p, options)
	return p
}

// Attempts sets how many times Transact may run its closure. The default is 10; 1 or less disables retries.
func Attempts(n int) TxOption {
	return txOption(func(p *retryPolicy) { p.attempts = max(n, 1) })
}

// Backoff sets the pause before Transact runs its closure again: a random time from low/2 to low before the second
// attempt, twice that before the next, and so on, but never more than high. The default is 10 ms and 1 s, which with 10
// attempts is 1.6 to 3.3 seconds in all. If low or high is not positive, there is no pause.
func Backoff(low, high time.Duration) TxOption {
	return txOption(func(p *retryPolicy) { p.low, p.high = low, high })
}

// again reports whether there is another attempt after one that ended with err, and pauses before it.
func (p *retryPolicy) again(ctx context.Context, attempt int, err error) bool {
	return attempt < p.attempts && transient(err) && pause(ctx, backoff(attempt, p.low, p.high))
}

// transient reports whether err is NotApplied and its cause transient, as decided where err was made.
func transient(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.transient && OutcomeOf(err) == NotApplied
}

// backoff returns a random pause that doubles with each attempt.
func backoff(attempt int, low, high time.Duration) time.Duration {
	most := high
	if shift := attempt - 1; shift < 32 && low<<shift>>shift == low {
		most = min(most, low<<shift)
	}
	if most <= 0 {
		return 0
	}
	return most - rand.N(most/2+1)
}

// pause waits for d, and reports whether it ended before ctx. It does not wait if ctx would end first.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
