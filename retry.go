package rueidistx

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// TxOption changes how [DB.Transact] runs a transaction again.
type TxOption interface{ apply(*retryPolicy) }

type txOption func(*retryPolicy)

func (o txOption) apply(p *retryPolicy) { o(p) }

// retryPolicy says how often a closure runs, and how long to wait in between.
type retryPolicy struct {
	attempts  int
	low, high time.Duration
}

// defaultRetries outlasts, with its shortest pauses, the second that rueidis may take until it asks for a cluster's new
// topology.
var defaultRetries = retryPolicy{attempts: 10, low: 10 * time.Millisecond, high: time.Second}

// with is apart from its callers to spare those without options an allocation: what options change moves to the heap.
func (p retryPolicy) with(options []TxOption) retryPolicy {
	applyAll(&p, options)
	return p
}

// Attempts sets how many times Transact may run its closure. The default is 10; 1 or less disables retries.
func Attempts(n int) TxOption {
	return txOption(func(p *retryPolicy) { p.attempts = max(n, 1) })
}

// Backoff sets the pause before Transact runs its closure again: a random time from half of low to low before the second
// attempt, twice that before the next, and so on, never more than high. The default is 10 ms and 1 s: with 10 attempts 1.6
// to 3.3 seconds in all. If low or high is not positive, there is no pause.
func Backoff(low, high time.Duration) TxOption {
	return txOption(func(p *retryPolicy) { p.low, p.high = low, high })
}

// again waits before the next attempt and reports whether there is one, after an attempt that ended with err.
func (p *retryPolicy) again(ctx context.Context, attempt int, err error) bool {
	return attempt < p.attempts && transient(err) && pause(ctx, backoff(attempt, p.low, p.high))
}

// transient reports whether err is NotApplied for a reason that ends by itself. That was decided where err was made.
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

// pause waits, and reports whether ctx allows to go on.
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
