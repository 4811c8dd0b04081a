package rueidistx

import "context"

// Tx is a transaction: its commands run in one MULTI/EXEC, in one round trip, with no other client's command in between.
// Either all of them run or none does. Redis does not roll back: when one of them fails while running, such as with
// WRONGTYPE, the others are applied all the same.
//
// In a cluster all keys must be of one slot. A Tx is executed once. Queue its commands from one goroutine.
//
// Its commands are the methods of [Commands], by group: strings ([Commands.Get], [Commands.Set]), bitmaps
// ([Commands.SetBit]), HyperLogLogs ([Commands.PFAdd]), keys ([Commands.Del], [Commands.Expire]), hashes
// ([Commands.HGetAll], [Commands.HSet]), lists ([Commands.LPush]), sets ([Commands.SAdd]), sorted sets ([Commands.ZAdd]),
// streams ([Commands.XAdd]), and those without keys ([Commands.Publish], [Commands.Time]). [Queue] accepts any other
// command, and [Script.Queue] scripts.
type Tx struct {
	*Commands
	queue *queue
}

var txRules = &rules{oneSlot: true, head: 1, script: (*queue).queueText}

// Atomic returns an empty transaction. Nothing is sent before Exec; defer Discard for the paths that do not get there.
//
//	tx := db.Atomic()
//	defer tx.Discard()
//	n := tx.Incr("n")
//	if err := tx.Exec(ctx); err != nil {
//		return err
//	}
func (db *DB) Atomic() *Tx {
	return &db.newUnit(txRules).tx
}

// Transact queues commands in fn and then executes them as one transaction, like [DB.Atomic] with its Exec. If fn returns
// an error, nothing is sent, and Transact returns an error that has the text of fn's and is fn's for errors.Is and
// errors.As, and is [ErrDiscarded] too: its outcome is [NotApplied]. Nothing is sent either if fn panics or calls
// runtime.Goexit. fn must queue from one goroutine, and must not retain tx.
//
// fn may run more than once, each time with a new Tx, so its side effects must be idempotent; futures that it assigns are
// those of the last attempt. Transact retries only if the last attempt was certainly not applied and the cause is
// transient: the server answered TRYAGAIN, CLUSTERDOWN, LOADING, MASTERDOWN, BUSY, NOREPLICAS, READONLY (unless it was a
// replica from the beginning) or, in a cluster, a redirection, no connection could be set up, or other code had left a WATCH
// or MULTI behind on the connection. [Attempts] and [Backoff] bound that; it also ends with ctx. Transact returns fn's error
// or Exec's.
//
// What fn runs by other means is not part of the transaction: a command of an Auto, or a Batch that it executes, runs at
// once, before the transaction, once for each time that fn runs, and stays whatever becomes of the transaction. What fn has
// read by an Auto may have changed when the transaction is executed.
func (db *DB) Transact(ctx context.Context, fn func(tx *Tx) error, options ...TxOption) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	policy := defaultRetries
	if len(options) > 0 {
		policy = policy.with(options)
	}
	for attempt := 1; ; attempt++ {
		own, err := db.attempt(ctx, fn)
		if own || err == nil || !policy.again(ctx, attempt, err) {
			return err
		}
	}
}

// attempt runs fn and the transaction that it builds. own reports that the error is fn's.
func (db *DB) attempt(ctx context.Context, fn func(tx *Tx) error) (own bool, err error) {
	u := db.newUnit(txRules)
	q := &u.queries.queue
	q.managed = true
	defer q.discard(errDiscarded) // if fn did not come back
	if err = fn(&u.tx); err != nil {
		discarded := discardedBy(err)
		q.discard(discarded)
		return true, discarded
	}
	q.managed = false
	return false, u.tx.Exec(ctx)
}

// errDiscarded is ErrDiscarded without a cause.
var errDiscarded error = fail(ErrDiscarded, nil)

// Len returns the number of commands queued.
func (tx *Tx) Len() int {
	if tx.queue == nil {
		return 0
	}
	return tx.queue.answers.len()
}

// Discard ends the transaction without sending anything; its futures get [ErrDiscarded]. After Exec, or a second time,
// it does nothing, so it is safe to defer. Inside Transact's closure it has no effect: return an error instead.
func (tx *Tx) Discard() {
	if tx.queue != nil && !tx.queue.managed {
		tx.queue.discard(errDiscarded)
	}
}

// Results returns every command in order, with its reply or its error. Before Exec each has [ErrPending].
func (tx *Tx) Results() []Result {
	if tx.queue == nil {
		return nil
	}
	return tx.queue.answers.results()
}

// Exec sends MULTI, the commands and EXEC in one round trip and settles the futures. An empty transaction sends nothing.
// The first transaction of a DB takes a second round trip, to ask the server whether MULTI is allowed. ctx bounds the
// wait: a transaction that was sent may be applied even though ctx has ended. If ctx has a deadline, rueidis may notice a
// cancellation only at that deadline: see the package's caveats.
//
// The error is nil if the transaction was applied and no command failed; a nil reply is not a failure. Else [OutcomeOf]
// says what happened:
//
//   - [NotApplied]: [ErrAborted] with the [*CommandError] of the command that the server refused, if it was one;
//     [ErrCrossSlot], [ErrForbidden] or [ErrInvalid] for a command refused before; [ErrNotSent]; [ErrPending] if a future
//     was asked for its value before it had one.
//   - [Applied]: some commands failed, each with a [*CommandError] of its own; the others were applied.
//   - [Unknown]: [ErrUnknown]. The connection broke, or ctx ended, before the reply came, or the replies do not fit.
//
// A transaction of several MiB, with replies as large, may stop a server that does not read on: see the package's caveats.
//
// A second Exec, at the same time or later, returns [ErrDone].
func (tx *Tx) Exec(ctx context.Context) error {
	q := tx.queue
	p, err := q.begin()
	if q == nil || err == ErrDone {
		return err
	}
	a := q.answers
	if err == nil && !q.ownedBy(tx.Commands) {
		err = invalid("the Tx has been given the Commands of another way to run")
	}
	if err != nil || a.len() == 0 {
		return a.settle(err)
	}
	err, unsent := perform(ctx, q.db, func(ctx context.Context) error { return q.transact(ctx, p) })
	if unsent != nil {
		return a.settle(unsent)
	}
	return err
}

// ownedBy reports whether c is still what the unit was made with.
func (q *queue) ownedBy(c *Commands) bool {
	return c != nil && c.Queries != nil && q == &c.queue
}

// transact sends the transaction and settles its answers.
func (q *queue) transact(ctx context.Context, p *plan) error {
	a, db := q.answers, q.db
	defer a.abandon()
	if failed := db.probeMulti(ctx, q.slot); failed != nil {
		return a.settle(failed)
	}
	db.sizeHint(a.len())
	p.commands = append(p.commands, db.exec)
	results, failed := db.transactions.together(ctx, p.commands)
	if failed != nil {
		return a.settle(failed)
	}
	v := db.facts.verdictOf(a, q.slot, results)
	if v.err != nil && OutcomeOf(v.err) == Unknown {
		return a.settle(v.err) // rueidis may still be reading the commands, so nobody gets their memory
	}
	p.explainUnknownScripts(a, &v)
	p.explainScripts(v.errs, 0, a.len())
	if v.results != nil {
		db.multiDenied.CompareAndSwap(false, !transient(v.err))
	}
	if db.reuses {
		p.release()
	}
	a.rare.replies, a.rare.results, a.rare.errs = v.replies, v.results, v.errs
	if v.replies != nil || v.results != nil {
		_ = a.settle(nil) // each command has its own reply or error
		return v.err
	}
	return a.settle(v.err)
}
