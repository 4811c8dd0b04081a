package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	mathrand "math/rand/v2"

	"github.com/rueidistx/rueidistx"
)

// Lock excludes other holders of the same name, for as long as its TTL. A Lock is one holder: make one for each goroutine,
// because a second Acquire of the same Lock succeeds.
//
// What it protects must not trust it alone: a holder that was stopped for longer than the TTL does not know that another
// has the lock now. So each Acquire returns a larger fence, and what is protected refuses older ones: see Register. Nor
// does a lock outlive the server's memory: a failover that loses the last writes may lose the lock and its last fence.
//
// The outcome of an error is that of the call (rueidistx.OutcomeOf). If it is Unknown, the lock may or may not be held: call
// Acquire or Release again, which find out, or let the TTL end.
type Lock struct {
	db    *rueidistx.DB
	of    rueidistx.Entity
	owner string
}

// NewLock returns a holder of the lock with a name. It sends nothing.
func NewLock(db *rueidistx.DB, name string) *Lock {
	return &Lock{db, rueidistx.Tag("rueidistx-lock", name), rand.Text()}
}

// key has the name of the owner. It expires.
func (l *Lock) key() string { return l.of.Key("owner") }

// fence counts the owners. It must not go back, so it has no TTL, and is not deleted with the lock.
func (l *Lock) fence() string { return l.of.Key("fence") }

func (l *Lock) mine() rueidistx.Condition { return rueidistx.TextAt(l.key()).Is(l.owner) }

// TakenError says that another has the lock.
type TakenError struct {
	Left time.Duration // until it expires, unless its holder extends or releases it; 0 if it has no TTL
}

func (e *TakenError) Error() string { return "the lock is taken" }

// Unwrap makes it NotApplied. rueidistx does not know the outcome of errors that it did not make.
func (e *TakenError) Unwrap() error { return rueidistx.ErrNotApplied }

// errLost says that the lock was not held, because it has expired, or was never acquired.
var errLost error = &notHeld{}

type notHeld struct{}

func (*notHeld) Error() string { return "the lock is not held" }
func (*notHeld) Unwrap() error { return rueidistx.ErrNotApplied }

// Acquire takes the lock for ttl and returns its fence, or a *TakenError, in one round trip. If this Lock has it already, it
// has it for ttl from now, with a new fence.
func (l *Lock) Acquire(ctx context.Context, ttl time.Duration) (fence int64, err error) {
	var token rueidistx.Future[int64]
	var left rueidistx.Future[time.Duration]
	held, _, err := ask(ctx, func() *rueidistx.Choice {
		// It may be this Lock's by an earlier try whose reply was lost. The fence of that try is used by nobody then.
		free := l.db.If(rueidistx.Or(rueidistx.Missing(l.key()), l.mine()))
		free.Then.Set(l.key(), l.owner, rueidistx.EX(ttl))
		token = free.Then.Incr(l.fence())
		left = free.Else.PTTL(l.key())
		return free
	})
	switch {
	case err != nil:
		return 0, err
	case !held:
		return 0, &TakenError{max(0, left.Or(0))}
	}
	return token.Value()
}

// Wait acquires the lock as soon as it is free, or returns an error if ctx ends before, which is Unknown if ctx ended while it
// asked. It asks every few milliseconds.
func (l *Lock) Wait(ctx context.Context, ttl time.Duration) (fence int64, err error) {
	for {
		fence, err := l.Acquire(ctx, ttl)
		var taken *TakenError
		if !errors.As(err, &taken) {
			return fence, err
		}
		pause := 5*time.Millisecond + mathrand.N(20*time.Millisecond) // so that those who wait do not ask all at once
		if taken.Left > 0 {
			pause = min(pause, taken.Left)
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: %w", taken, context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// Extend keeps the lock for ttl from now, or returns errLost. If the outcome is Unknown, the lock expires when it would have
// without it, or later: rely on the earlier time.
func (l *Lock) Extend(ctx context.Context, ttl time.Duration) error {
	held, _, err := ask(ctx, func() *rueidistx.Choice {
		mine := l.db.If(l.mine())
		mine.Then.Expire(l.key(), ttl)
		return mine
	})
	if err == nil && !held {
		return errLost
	}
	return err
}

// Release gives the lock back, or returns errLost if it has expired before. If the reply was lost, and the lock is not held
// when it asks again, it has released it, or the lock has expired meanwhile: which of them is not known, and it returns nil.
func (l *Lock) Release(ctx context.Context) error {
	held, again, err := ask(ctx, func() *rueidistx.Choice {
		mine := l.db.If(l.mine())
		mine.Then.Del(l.key())
		return mine
	})
	if err == nil && !held && !again {
		return errLost
	}
	return err
}

const (
	tries = 5
	pause = 20 * time.Millisecond
)

// ask executes a Choice. If its outcome is Unknown, such as after a lost connection, it makes and executes another one,
// which is right only for a Choice whose condition knows its own work. again reports that it did so. If the last try was
// certainly not applied, such as because the server is gone, the outcome remains Unknown: an earlier try may have been.
func ask(ctx context.Context, choose func() *rueidistx.Choice) (held, again bool, err error) {
	var unknown error
	for range tries {
		held, err := choose().Exec(ctx)
		switch outcome := rueidistx.OutcomeOf(err); {
		case outcome == rueidistx.Unknown:
			unknown = err
		case outcome == rueidistx.NotApplied && unknown != nil:
			return false, true, unknown
		default:
			return held, unknown != nil, err
		}
		select {
		case <-ctx.Done():
			return false, true, unknown
		case <-time.After(pause):
		}
	}
	return false, true, unknown
}
