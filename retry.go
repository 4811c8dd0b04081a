package rueidistx

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// TxOption changes how [DB.Transact], [DB.Watch] and the functions with a value run a transaction.
type TxOption interface{ apply(*txOptions) }

type txOption func(*txOptions)

func (o txOption) apply(t *txOptions) { o(t) }

// txOptions say how a transaction is run.
type txOptions struct {
	limit     int         // of the closure's runs in all, 0 for none but those of the policies
	refusals  retryPolicy // after a refusal whose cause is transient
	conflicts retryPolicy // after a conflict
	once      *once       // nil: it may be applied each time
	durable   *durability // nil: it need not be
}

// ownConnection reports whether the transaction needs a connection of its own, although it reads nothing first.
func (o *txOptions) ownConnection() bool { return o.once != nil || o.durable != nil }

// retryPolicy says how often a closure runs, and how long to pause in between.
type retryPolicy struct {
	attempts  int
	low, high time.Duration
	spread    bool // pauses are from 0 on, so that those who compete do not come back together
}

// defaultTxOptions retry refusals, even with their shortest pauses, for longer than the second that rueidis may take
// before it asks for a cluster's new topology. A conflict is over when it is reported, so its pauses are only as long as
// competing transactions take.
var defaultTxOptions = txOptions{
	refusals:  retryPolicy{attempts: 10, low: 10 * time.Millisecond, high: time.Second},
	conflicts: retryPolicy{attempts: 64, low: 200 * time.Microsecond, high: 50 * time.Millisecond, spread: true},
}

// with is separate from its callers, because options move txOptions to the heap: without options, nothing is allocated.
func (o txOptions) with(options []TxOption) txOptions {
	applyAll(&o, options)
	return o
}

// Attempts sets how many times Transact or Watch may run its closure, whatever makes it run again. 1 or less disables
// retries. By default, the closure runs at most 64 times because of conflicts and 10 times because of refusals.
func Attempts(n int) TxOption {
	return txOption(func(o *txOptions) {
		o.limit = max(n, 1)
		o.refusals.attempts, o.conflicts.attempts = o.limit, o.limit
	})
}

// Backoff sets the pause before Transact or Watch runs its closure again: a random time up to low before the second
// attempt, up to twice that before the next, and so on, but never more than high. After a refusal it is at least half of
// that. If low or high is not positive, there is no pause. The default is 10 ms and 1 s after a refusal, which with 10
// attempts is 1.6 to 3.3 seconds in all, and 0.2 ms and 50 ms after a conflict.
func Backoff(low, high time.Duration) TxOption {
	return txOption(func(o *txOptions) {
		o.refusals.low, o.refusals.high = low, high
		o.conflicts.low, o.conflicts.high = low, high
	})
}

// again reports whether there is another attempt after so many that ended in the same way, and pauses before it.
func (p *retryPolicy) again(ctx context.Context, attempts int) bool {
	return attempts < p.attempts && pause(ctx, p.backoff(attempts))
}

// transient reports whether err is NotApplied and its cause transient, as decided where err was made.
func transient(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.transient && OutcomeOf(err) == NotApplied
}

// backoff returns a random pause that doubles with each attempt.
func (p *retryPolicy) backoff(attempt int) time.Duration {
	if p.low <= 0 || p.high <= 0 {
		return 0
	}
	most := p.high
	if shift := attempt - 1; shift < 32 && p.low<<shift>>shift == p.low {
		most = min(most, p.low<<shift)
	}
	switch {
	case p.spread:
		return rand.N(most)
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

// check returns why the options cannot be used within ctx.
func (o *txOptions) check(ctx context.Context) error {
	if c := o.once; c != nil {
		deadline, bounded := ctx.Deadline()
		switch {
		case c.several:
			return invalid("there are several marks in the options")
		case c.mark.key == "":
			return invalid("the mark is of a zero Entity, or has no word or an empty one")
		case c.ttl < time.Second:
			return invalid("the ttl of a mark must be at least a second")
		case bounded && time.Until(deadline) >= c.ttl:
			return invalid("the ttl of a mark must be longer than what is left until the context's deadline")
		}
	}
	return o.durable.check()
}
