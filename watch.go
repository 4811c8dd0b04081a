package rueidistx

import (
	"context"
	"errors"
	"fmt"
)

// Watch reads in fn through r and executes what fn queued on tx as one transaction, but only if nothing has changed that
// was read: everything that fn reads through r is watched with WATCH, and the server refuses EXEC if a watched key was
// changed. Then Watch runs fn again, on the new values.
//
//	err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
//		balance, err := rueidistx.Int(r.Get(from)).Value()
//		if err != nil {
//			return err
//		}
//		if balance < amount {
//			return ErrInsufficient
//		}
//		tx.DecrBy(from, amount)
//		tx.IncrBy(to, amount)
//		return nil
//	})
//
// Reads are sent when the value of one of them is asked for, all together in one round trip. Those that nobody has asked
// for are sent with the commit. So a Watch takes 2 round trips, and one more for each further time that fn asks for a
// value that was not sent before; the first transaction of a DB takes one more to ask the server whether MULTI is allowed.
// It holds a connection of its own from the first read to the end: see [DedicatedTransactions]. In a cluster, all keys
// must be in one slot.
//
// fn may run many times, so it must have no effect but on tx and on variables that it sets each time. Futures of a run
// that was not committed have [ErrConflict]. What fn does by other means, such as a command of an Auto or another Watch,
// is not part of the transaction. fn must use r and tx, and ask for what r reads, in one goroutine, and must not retain r
// and tx; futures may be retained. The value of a future of tx is not known inside fn: reading it is [ErrPending], and
// nothing is sent.
//
// If fn returns an error, nothing that it queued is sent: Watch returns an error with the same text, which matches fn's
// error and [ErrDiscarded] and whose outcome is [NotApplied]. If fn read more than once, Watch first asks the server whether
// anything has changed in the meantime, and if so, runs fn again. So a returned error, too, is about one state of the data.
// If that cannot be found out, for example because ctx has ended, the error is the reason. All this also holds for what fn
// read if it queued nothing. If a read failed, because the connection was lost or the
// server replied with an error, what fn returns is ignored, and Watch returns an error that matches [ErrNotApplied] and
// the read's. Only a read that is sent with the commit cannot stop it: the error of such a read is that of its future.
//
// Do not watch thousands of keys: servers take longer than in proportion to their number.
//
// Watch runs fn again, with a random pause before, up to 64 times because of conflicts, and up to 10 times for the
// reasons of [DB.Transact] and because a read's connection was lost: see [Attempts] and [Backoff]. It stops when ctx ends.
// If the last run ended with a conflict, the error is a [*ConflictError]. Otherwise the errors are those of Transact.
//
// See https://redis.io/docs/latest/develop/using-commands/transactions/#optimistic-locking-using-check-and-set.
func (db *DB) Watch(ctx context.Context, fn func(r *Reader, tx *Tx) error, options ...TxOption) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	_, err := db.watch(ctx, fn, options)
	return err
}

// WatchValue is [DB.Watch] for a closure that returns a value: that of the run that was committed. If the outcome of the
// error is not [Applied], or another call has used the mark of [Once], it is the zero T. T may be or contain futures of r
// and tx: they are settled when WatchValue returns.
func WatchValue[T any](ctx context.Context, db *DB, fn func(r *Reader, tx *Tx) (T, error), options ...TxOption) (T, error) {
	var values runValues[T]
	if fn == nil {
		return values.of(0), invalid("the closure is nil")
	}
	run, err := db.watch(ctx, values.keeping(fn), options)
	return values.of(run), err
}

// TransactValue is [DB.Transact] for a closure that returns a value: that of the run that was executed. If the outcome of
// the error is not [Applied], or another call has used the mark of [Once], it is the zero T. T may be or contain futures
// of tx: they are settled when TransactValue returns. So a consistent view of several keys takes one round trip:
//
//	flags, err := rueidistx.TransactValue(ctx, db, func(tx *rueidistx.Tx) (Flags, error) {
//		return Flags{Dark: tx.Get("{flags}:dark"), Beta: tx.Get("{flags}:beta")}, nil
//	})
func TransactValue[T any](ctx context.Context, db *DB, fn func(tx *Tx) (T, error), options ...TxOption) (T, error) {
	var values runValues[T]
	if fn == nil {
		return values.of(0), invalid("the closure is nil")
	}
	run, err := db.transact(ctx, func(tx *Tx) error {
		v, err := fn(tx)
		values = append(values, v)
		return err
	}, options)
	return values.of(run), err
}

// runValues are what the runs of a closure returned. With Once, more than the last may turn out to be the one that was
// committed.
type runValues[T any] []T

// keeping returns a closure that calls fn and keeps what it returns.
func (v *runValues[T]) keeping(fn func(r *Reader, tx *Tx) (T, error)) func(r *Reader, tx *Tx) error {
	return func(r *Reader, tx *Tx) error {
		value, err := fn(r, tx)
		*v = append(*v, value)
		return err
	}
}

// of returns the value of a run, the zero T if it is 0.
func (v runValues[T]) of(run int) (value T) {
	if run > 0 && run <= len(v) {
		value = v[run-1]
	}
	return value
}

// ConflictError is the error of a [DB.Watch], or an If by WATCH, whose last attempt ended with a conflict: a key that it had
// read was changed before the commit. It matches [ErrConflict] and, if the context has ended since, the context's error.
type ConflictError struct {
	Attempts int // how often the closure ran, or the If was tried

	ended error // the context's error
}

// Error says how many attempts there were.
func (e *ConflictError) Error() string {
	text := fmt.Sprintf("%v, in the last of %d attempts", ErrConflict, e.Attempts)
	if e.ended != nil {
		text += ": " + e.ended.Error()
	}
	return text
}

// Is reports whether target is [ErrConflict], or an error that it belongs to.
func (e *ConflictError) Is(target error) bool { return errors.Is(ErrConflict, target) }

// Unwrap returns the context's error, nil if the context has not ended.
func (e *ConflictError) Unwrap() error { return e.ended }

// work is one call of Watch.
type work struct {
	db      *DB
	ctx     context.Context
	options txOptions
	way     Way    // as hooks tell it; "": it is part of another unit
	blind   bool   // the closure has no Reader
	reads   *rules // of what is watched; nil: readerRules
	runs    int    // of the closure
	claim   *claim // nil without Once

	rehearsals int // of the runs, those that the kit asked for

	// told turns the error of the work into what the caller is told; nil: the same.
	told func(run int, err error) error

	unscripted bool // a script cannot commit a run

	observation *observation // nil without hooks
}

// watch runs fn until what it queued is committed, and returns which run that was, 0 if none.
func (db *DB) watch(ctx context.Context, fn func(r *Reader, tx *Tx) error, options []TxOption) (run int, err error) {
	return (&work{db: db, options: defaultTxOptions.with(options), way: WayWatch}).do(ctx, fn)
}

func (w *work) do(ctx context.Context, fn func(r *Reader, tx *Tx) error) (run int, err error) {
	if w.db == nil {
		w.db = &noDB
	}
	if w.way == "" || w.db.hooks == nil {
		return w.tell(w.loop(ctx, fn))
	}
	ctx, w.observation = w.db.observe(ctx, w.way, nil)
	err = errUnfinished
	defer func() {
		if err == errUnfinished && w.claim.undecided() {
			err = w.claim.unknown
		}
		w.observation.close(&err)
	}()
	return w.tell(w.loop(ctx, fn))
}

func (w *work) tell(run int, err error) (int, error) {
	if w.told != nil {
		err = w.told(run, err)
	}
	return run, err
}

// loop is do without the hooks of the whole.
func (w *work) loop(ctx context.Context, fn func(r *Reader, tx *Tx) error) (run int, err error) {
	// Without a context or a client, the closure runs all the same, as in a Transact: what it queues then has the error.
	if w.ctx, err = steady(ctx); err != nil {
		w.ctx = ctx
	}
	if w.options.ownConnection() {
		if err == nil {
			err = w.options.check(w.ctx)
		}
		if err != nil {
			return 0, err
		}
	}
	if w.options.once != nil {
		w.claim = newClaim(w.options.once, w.db.prefix)
		defer w.claim.abandon()
	}
	refusals, conflicts := 0, 0
	w.rehearse(fn)
	for {
		u := w.newRun()
		if w.claim != nil {
			w.claim.last = u
		}
		own, err := w.attempt(u, fn)
		if w.claim.undecided() {
			if run, err, decided := w.claim.decide(u, own, err); decided {
				return run, err
			}
			continue
		}
		again := false
		switch {
		case u.denied: // now by WATCH
			w.unscripted = true
			u.lose()
			continue
		case own:
		case isConflict(err):
			conflicts++
			if again = w.again(&w.options.conflicts, conflicts); !again {
				err = &ConflictError{w.runs - w.rehearsals, w.ctx.Err()}
			}
		case transient(err):
			refusals++
			again = w.again(&w.options.refusals, refusals)
		}
		if again || !own && isConflict(err) {
			u.lose()
		}
		if again {
			continue
		}
		switch {
		case errors.Is(err, ErrRepliesLost) && !own:
			run = w.claim.found.run
		case OutcomeOf(err) == Applied && !errors.Is(err, ErrAlreadyApplied):
			run = w.runs
		}
		return run, err
	}
}

// attempt does a run between the hooks of an attempt.
func (w *work) attempt(u *run, fn func(r *Reader, tx *Tx) error) (own bool, err error) {
	if w.observation == nil {
		return u.do(fn)
	}
	whole := w.ctx
	if w.ctx, err = steady(w.observation.begin(whole)); err != nil {
		w.ctx = whole
	}
	err = errUnfinished
	defer func() {
		w.ctx = whole
		w.observation.sawRun(u)
		w.observation.end(err)
	}()
	return u.do(fn)
}

// again reports whether there is another run after so many that ended in the same way, and pauses before it.
func (w *work) again(policy *retryPolicy, ended int) bool {
	if w.options.limit > 0 && w.runs-w.rehearsals >= w.options.limit {
		return false
	}
	return policy.again(w.ctx, ended)
}

// errConflict is the error of what a run has queued and read if it was not committed because of a conflict.
var errConflict error = fail(ErrConflict, nil)

func isConflict(err error) bool { return errors.Is(err, ErrConflict) }
