package rueidistx

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Tx is a transaction: its commands run in one MULTI/EXEC, in one round trip, with no other client's command in between.
// Either all of them run or none does. Redis does not roll back: when one of them fails while running, such as with
// WRONGTYPE, the others are applied all the same.
//
// In a cluster all keys must be of one slot. A Tx is executed once. It is for one goroutine at a time.
type Tx struct{ *Commands }

// TxOption changes how [DB.Transact] runs a transaction again.
type TxOption interface{ apply(*retries) }

type txOption func(*retries)

func (o txOption) apply(r *retries) { o(r) }

type retries struct {
	attempts  int
	low, high time.Duration
}

// with is apart from Transact to spare transactions without options an allocation: what options change moves to the heap.
func (r retries) with(options []TxOption) retries {
	for _, o := range options {
		if o != nil {
			o.apply(&r)
		}
	}
	return r
}

// Attempts bounds how often Transact runs its closure, which is 8 times unless said otherwise. 1 means no second try.
func Attempts(n int) TxOption {
	return txOption(func(r *retries) { r.attempts = max(n, 1) })
}

// Backoff sets the pause before Transact runs its closure again: a random time up to low before the second attempt,
// twice that before the next, and so on, never more than high. It is 10 ms and 1 s unless said otherwise: with 8 attempts
// 0.6 seconds in all on average, which is less than a failover takes.
func Backoff(low, high time.Duration) TxOption {
	return txOption(func(r *retries) { r.low, r.high = low, high })
}

// Atomic returns an empty transaction. Nothing is sent before Exec; defer Discard for the paths that do not get there.
//
//	tx := db.Atomic()
//	defer tx.Discard()
//	n := tx.Incr("n")
//	if err := tx.Exec(ctx); err != nil {
//		return err
//	}
func (db *DB) Atomic() *Tx {
	return &db.newUnit(modeTx).tx
}

// Transact queues commands in fn and then executes them as one transaction, like [DB.Atomic] with its Exec. If fn returns
// an error, Transact returns it as it is, and nothing was sent; nor is it if fn panics or ends its goroutine.
//
// fn may run more than once, each time with a new Tx, so what it changes outside must bear that; futures that it assigns
// are those of the last attempt. It runs again only if the last attempt was certainly not applied, for a reason that
// passes by itself: the server answered TRYAGAIN, CLUSTERDOWN, LOADING, MASTERDOWN, READONLY, BUSY, NOREPLICAS or a
// redirection, or could not be dialed. [Attempts] and [Backoff] set the budget, ctx ends it. The errors are Exec's.
func (db *DB) Transact(ctx context.Context, fn func(tx *Tx) error, options ...TxOption) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	r := retries{attempts: 8, low: 10 * time.Millisecond, high: time.Second}
	if len(options) > 0 {
		r = r.with(options)
	}
	for attempt := 1; ; attempt++ {
		own, err := db.attempt(ctx, fn)
		if own || attempt >= r.attempts || !passes(err) || !pause(ctx, backoff(attempt, r.low, r.high)) {
			return err
		}
	}
}

// attempt runs fn and the transaction that it builds. own reports that the error is fn's.
func (db *DB) attempt(ctx context.Context, fn func(tx *Tx) error) (own bool, err error) {
	tx := db.Atomic()
	q := &tx.queue
	defer q.discard() // where fn did not come back
	q.managed = true
	err = fn(tx)
	q.managed = false
	if err != nil {
		return true, err
	}
	return false, tx.Exec(ctx)
}

// Len returns the number of commands queued.
func (tx *Tx) Len() int { return len(tx.queue.frame.ops) }

// Discard ends the transaction without sending anything; its futures get [ErrDiscarded]. After Exec, or a second time,
// it does nothing, so it can be deferred; nor does it inside Transact's closure, which ends a transaction by its error.
func (tx *Tx) Discard() {
	if !tx.queue.managed {
		tx.queue.discard()
	}
}

// Results returns every command in order, with its reply or its error. Before Exec each has [ErrPending].
func (tx *Tx) Results() []Result { return tx.queue.results() }

// Exec sends MULTI, the commands and EXEC in one round trip and settles the futures. An empty transaction sends nothing.
// The first transaction of a DB takes a second round trip, to ask the server whether MULTI is allowed. ctx bounds the
// wait: a transaction that was sent may be applied even though ctx has ended. Cancelling a ctx that has a deadline is
// noticed only then: see the package's caveats.
//
// The error is nil if the transaction was applied and no command failed; a nil reply is no failure. Else [OutcomeOf] says
// what happened:
//
//   - [NotApplied]: [ErrAborted] with the [*CommandError] of the command that the server refused, if it was one;
//     [ErrCrossSlot], [ErrForbidden] or [ErrInvalid] for a command refused before; [ErrNotSent].
//   - [Applied]: some commands failed, each with a [*CommandError] of its own; the others were applied.
//   - [Unknown]: [ErrUnknown]. The connection broke, or ctx ended, before the answer came.
//
// A second Exec returns [ErrDone].
func (tx *Tx) Exec(ctx context.Context) error {
	q := &tx.queue
	if q.closed || q.managed {
		return ErrDone
	}
	q.close()
	f, db := q.frame, q.db
	if len(f.ops) == 0 {
		return f.settle(nil)
	}
	if q.err == nil {
		q.err = db.check(ctx)
	}
	if q.err == nil {
		q.err = db.allowMulti(ctx, q.slot)
	}
	if q.err != nil {
		q.slab.free()
		return f.settle(q.err)
	}
	db.remember(len(f.ops))
	q.slab.commands = append(q.slab.commands, db.exec)
	results, err := db.transaction(ctx, q.slab.commands)
	if err != nil {
		return f.settle(err)
	}
	if err = q.settleTx(results); !errors.Is(err, ErrUnknown) {
		q.slab.free()
	}
	q.slab = nil
	return err
}

// settleTx says what became of the transaction, from the replies to MULTI, to each command and to EXEC.
func (q *queue) settleTx(results []rueidis.RedisResult) error {
	f := q.frame
	n := len(f.ops)
	if len(results) != n+2 {
		return f.settle(fail(ErrProtocol, nil))
	}
	if err := results[n+1].NonRedisError(); err != nil {
		return f.settle(lost(err))
	}
	exec, err := results[n+1].ToMessage()
	if err == nil {
		f.replies, err = exec.ToArray()
		if err != nil || len(f.replies) != n {
			f.replies = nil
			return f.settle(fail(ErrProtocol, nil))
		}
		return q.applied()
	}
	if err == ErrNil {
		return f.settle(fail(ErrForeignWatch, nil))
	}
	if multi := results[0].Error(); multi != nil {
		return q.notAtomic(multi, results[1:n+1])
	}
	for i := range n {
		if err := results[i+1].Error(); err != nil && err != ErrNil {
			return f.settle(fail(ErrAborted, &CommandError{Index: i, Name: f.op(i).name, Err: err}))
		}
	}
	switch {
	case refused(err), code(err) == "EXECABORT":
		return f.settle(fail(ErrAborted, err))
	case q.db.strict && strings.HasPrefix(err.Error(), "EXEC without MULTI"):
		// The slot moved between the last command and EXEC: rueidis sent EXEC alone to the new owner. With a ConnLifetime
		// the same words can follow a commit.
		return f.settle(fail(ErrAborted, err))
	}
	return f.settle(fail(ErrProtocol, err))
}

// applied collects the errors of the commands that failed while the transaction ran.
func (q *queue) applied() error {
	f := q.frame
	var failed commandErrors
	for i := range f.replies {
		if err := f.replies[i].Error(); err != nil && err != ErrNil {
			failed = append(failed, &CommandError{Index: i, Name: f.op(i).name, Err: err})
			f.setErr(i, failed[len(failed)-1])
		}
	}
	f.settle(nil)
	if failed == nil {
		return nil
	}
	return failed
}

// notAtomic settles the commands of a transaction whose MULTI was refused: they ran one by one.
func (q *queue) notAtomic(multi error, results []rueidis.RedisResult) error {
	f := q.frame
	f.results = results
	f.judge(0)
	f.settle(nil)
	cause := &CommandError{Index: -1, Name: "MULTI", Err: multi}
	q.db.mayMulti.Store(false) // the next transaction asks first
	for i := range results {
		if f.errs == nil || f.errs[i] == nil || OutcomeOf(f.errs[i]) != NotApplied {
			return fail(ErrNotAtomic, cause)
		}
	}
	return fail(ErrAborted, cause)
}

// passes reports whether err is NotApplied for a reason that ends by itself.
func passes(err error) bool {
	if OutcomeOf(err) != NotApplied {
		return false
	}
	if errors.Is(err, ErrForeignWatch) {
		return true
	}
	if errors.Is(err, ErrNotSent) {
		return errors.Is(err, ErrConnection)
	}
	if !errors.Is(err, ErrAborted) {
		return false
	}
	var server *rueidis.RedisError
	if !errors.As(err, &server) {
		return false
	}
	if passing[code(server)] || strings.HasPrefix(server.Error(), "EXEC without MULTI") {
		return true
	}
	// EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.
	_, reason, found := strings.Cut(server.Error(), "because of: ")
	word, _, _ := strings.Cut(reason, " ")
	return found && passing[word]
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
	return rand.N(most) + 1
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
