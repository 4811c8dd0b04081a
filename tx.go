package rueidistx

import "context"

// Tx is a transaction: its commands run in one MULTI/EXEC and one round trip, with no other client's command in
// between. Either all of them run or none does. Redis does not roll back: if one of them fails while running, for
// example with WRONGTYPE, the others are still applied.
//
// In a cluster, all keys must be in one slot. A Tx is executed once. Queue its commands from one goroutine.
//
// Its commands are the methods of [Commands]: the package's documentation lists them by group. [Queue] accepts any other
// command, and [Script.Queue] and [Function.Queue] queue scripts and functions.
type Tx struct {
	*Commands
	queue *queue
}

var txRules = &rules{oneSlot: true, head: 1, script: queuesText}

// Atomic returns an empty transaction. Nothing is sent before Exec. Defer Discard to cover the paths that do not reach
// it.
//
//	tx := db.Atomic()
//	defer tx.Discard()
//	n := tx.Incr("n")
//	if err := tx.Exec(ctx); err != nil {
//		return err
//	}
func (db *DB) Atomic() *Tx {
	return db.newUnit(txRules, "Tx").tx()
}

// Transact queues commands in fn and then executes them as one transaction, like [DB.Atomic] with its Exec. If fn
// returns an error, nothing is sent. Transact then returns an error with the same text, which matches fn's error and
// [ErrDiscarded] (errors.Is, errors.As) and whose outcome is [NotApplied]. Nothing is sent either if fn panics or calls
// runtime.Goexit. fn must queue from one goroutine, and must not retain tx.
//
// fn may run more than once, each time with a new Tx, so its side effects must be idempotent. The futures that it assigns
// are those of the last attempt. Transact retries only if the last attempt was certainly not applied and the cause is
// transient:
//
//   - the server replied TRYAGAIN, CLUSTERDOWN, LOADING, MASTERDOWN, BUSY, NOREPLICAS, READONLY (unless it was a replica
//     from the beginning) or, in a cluster, with a redirection;
//   - no connection could be set up;
//   - other code had left a WATCH or MULTI behind on the connection.
//
// [Attempts] and [Backoff] bound the retries, which also stop when ctx ends. Transact returns fn's error or Exec's.
//
// What fn runs by other means is not part of the transaction. A command of an Auto, or a Batch that fn executes, runs
// immediately, before the transaction, each time fn runs. It stays applied whatever the outcome of the transaction. A
// value that fn reads with an Auto may have changed by the time the transaction is executed.
func (db *DB) Transact(ctx context.Context, fn func(tx *Tx) error, options ...TxOption) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	_, err := db.transact(ctx, fn, options)
	return err
}

// transact runs fn until what it queued is executed, and returns which run that was, 0 if none.
func (db *DB) transact(ctx context.Context, fn func(tx *Tx) error, options []TxOption) (run int, _ error) {
	o := defaultTxOptions
	if len(options) > 0 {
		o = o.with(options)
	}
	if o.ownConnection() {
		return (&work{db: db, options: o, blind: true, way: WayTransact}).do(ctx, func(_ *Reader, tx *Tx) error { return fn(tx) })
	}
	if db == nil || db.hooks == nil {
		return db.attempts(ctx, nil, 0, fn, &o)
	}
	ctx, seen := db.observe(ctx, WayTransact, nil)
	err := errUnfinished
	defer seen.close(&err)
	run, err = db.attempts(ctx, seen, db.rehearse(fn, &o), fn, &o)
	return run, err
}

// attempts runs fn, which has run some times before, until what it queued is executed.
func (db *DB) attempts(ctx context.Context, seen *observation, before int, fn func(tx *Tx) error, o *txOptions) (run int, _ error) {
	for run = 1; ; run++ {
		own, err := db.attempt(ctx, seen, fn)
		if own || err == nil || !transient(err) || !o.refusals.again(ctx, run) {
			if OutcomeOf(err) != Applied {
				return 0, err
			}
			return before + run, err
		}
	}
}

// attempt runs fn and the transaction that it builds. own reports that the error is fn's.
func (db *DB) attempt(ctx context.Context, seen *observation, fn func(tx *Tx) error) (own bool, err error) {
	u := db.newUnit(txRules, "")
	if seen == nil {
		return u.transact(ctx, nil, fn)
	}
	q := &u.queue
	ctx, err = seen.begin(ctx), errUnfinished
	defer func() {
		seen.saw(q.slot, q.answers)
		seen.end(err)
	}()
	return u.transact(ctx, seen, fn)
}

// transact is attempt without the hooks of the DB.
func (u *unit) transact(ctx context.Context, seen *observation, fn func(tx *Tx) error) (own bool, err error) {
	q := &u.queue
	q.managed = true
	defer q.discard(errDiscarded) // if fn panicked or ended its goroutine
	tx := u.tx()
	if err = fn(tx); err != nil {
		discarded := discardedBy(err)
		q.discard(discarded)
		return true, discarded
	}
	q.managed = false
	return false, tx.exec(ctx, seen)
}

// Len returns the number of commands queued.
func (tx *Tx) Len() int {
	if tx.own() == nil {
		return 0
	}
	return tx.queue.answers.len()
}

// Err returns the error, if any, for which Exec will not send the transaction and that is known already: that a command which
// was queued is refused, or that a future was read too early. nil does not promise that Exec sends it: what concerns the
// transaction as a whole, such as the slot of what a Watch has read or of a mark, is found out there.
func (tx *Tx) Err() error { return tx.own().refusal() }

// Results returns every command in order, with its reply or its error. Before Exec, each has [ErrPending].
func (tx *Tx) Results() []Result {
	if tx.own() == nil {
		return nil
	}
	return tx.queue.results()
}

// Exec sends MULTI, the commands and EXEC in one round trip and settles the futures. An empty transaction sends
// nothing. The first transaction of a DB takes a second round trip, to ask the server whether MULTI is allowed,
// and the first use of a [Library] takes another. ctx
// bounds the wait: a transaction that was sent may be applied even if ctx has ended. If ctx has a deadline, rueidis may
// notice a cancellation only at that deadline: see the package's caveats.
//
// The error is nil if the transaction was applied and no command failed; a nil reply is not a failure. Otherwise
// [OutcomeOf] tells what happened:
//
//   - [NotApplied]: [ErrAborted], with the [*CommandError] of the command that the server refused, if any;
//     [ErrCrossSlot], [ErrForbidden] or [ErrInvalid] if a command was refused while being queued; [ErrNotSent]; or
//     [ErrPending] if a future was read too early.
//   - [Applied]: some commands failed, each with its own [*CommandError]; the others were applied.
//   - [Unknown]: [ErrUnknown]. The connection was lost, or ctx ended, before the reply came, or the replies are
//     malformed.
//
// A transaction of several MiB with equally large replies may block on a proxy or server that stops reading: see the
// package's caveats.
//
// Exec sends the transaction once, whatever the error: [DB.Transact] is what tries again. A second Exec, at the same time or
// later, returns [ErrDone].
func (tx *Tx) Exec(ctx context.Context) error { return tx.exec(ctx, nil) }

// execObserved is exec between the hooks of the DB. It is apart, because a deferred function takes time even if it is not
// needed.
func (tx *Tx) execObserved(ctx context.Context) (err error) {
	q := tx.queue
	ctx, seen := q.db.observe(ctx, WayTransact, tx.Discard)
	err = errUnfinished
	defer func() {
		if err != ErrDone {
			seen.saw(q.slot, q.answers)
		}
		seen.close(&err)
	}()
	return tx.exec(seen.begin(ctx), seen)
}

// own returns the queue of a Tx, nil if no DB has made it.
func (tx *Tx) own() *queue {
	if tx == nil {
		return nil
	}
	return tx.queue
}

// exec is Exec. seen is not nil if hooks observe the unit already.
func (tx *Tx) exec(ctx context.Context, seen *observation) error {
	if tx.own().observes(seen) {
		return tx.execObserved(ctx)
	}
	p, err := tx.start()
	if p == nil {
		return err
	}
	q := tx.queue
	err, unsent := perform(ctx, q.db, func(ctx context.Context) error { return q.transact(ctx, p) })
	if unsent != nil {
		return q.answers.settle(unsent)
	}
	return err
}

// start ends the filling of the transaction and returns what is to be sent: nothing if there are no commands, or an
// error.
func (tx *Tx) start() (*plan, error) {
	q := tx.own()
	p, err := q.begin()
	if q == nil || err == ErrDone {
		return nil, err
	}
	if err == nil && !q.ownedBy(tx.Commands) {
		err = invalid("the Commands of the Tx were replaced")
	}
	if err != nil || q.answers.len() == 0 {
		return nil, q.answers.settle(err)
	}
	return p, nil
}

// ownedBy reports whether c still is the Commands that the unit was created with.
func (q *queue) ownedBy(c *Commands) bool {
	return c != nil && c.Queries != nil && q == c.queue
}

// transact sends the transaction and settles its answers.
func (q *queue) transact(ctx context.Context, p *plan) error {
	defer q.answers.abandon()
	if failed := q.db.probeMulti(ctx, q.slot); failed != nil {
		return q.conclude(p, verdict{err: failed})
	}
	return q.conclude(p, q.decide(ctx, p, q.db.transactions))
}

// decide sends the transaction, once it is known that MULTI is allowed, and decides what happened to it.
func (q *queue) decide(ctx context.Context, p *plan, via transactor) verdict {
	db := q.db
	db.sizeHint(q.answers.len())
	if failed := db.prepareTx(ctx, p, q.slot); failed != nil {
		return verdict{err: failed}
	}
	p.commands = append(p.commands, db.exec)
	results, failed := via.together(ctx, p.wire(db, 1))
	if failed != nil {
		return verdict{err: failed}
	}
	return db.facts.verdictOf(q.answers, p.loads, q.slot, results)
}

// conclude settles the answers of the transaction.
func (q *queue) conclude(p *plan, v verdict) error {
	a, db := q.answers, q.db
	if v.err != nil && OutcomeOf(v.err) == Unknown {
		return a.settle(v.err) // rueidis may still be reading the commands, so their memory is not reused
	}
	p.explainUnknownScripts(&v)
	p.explainScripts(v.errs, 0, a.len())
	if v.results != nil {
		db.multiDenied.CompareAndSwap(false, !transient(v.err))
	}
	if db.reuses {
		p.release()
	}
	a.keep(v.replies, v.results, v.errs)
	if v.replies != nil || v.results != nil {
		_ = a.settle(nil) // each command has its own reply or error
		return v.err
	}
	return a.settle(v.err)
}
