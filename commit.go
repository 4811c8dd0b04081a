package rueidistx

import (
	"context"
	"errors"
	"time"

	"github.com/redis/rueidis"
)

// commit executes what the closure has queued, unless what it has read has changed.
func (u *run) commit() error {
	kept, err := u.claim.text(u.number) // calls the value's methods, which may read through r
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	if u.scripted() {
		return u.commitByScript()
	}
	if u.broken == nil && (u.looks() || len(u.keys) > 0) {
		u.read()
	}
	u.fail(u.refused())
	u.fail(err)
	if u.broken != nil {
		u.discard(u.broken)
		return u.broken
	}
	q := u.tx.queue
	if u.claim != nil {
		u.claim.write(u, kept)
	}
	q.managed = false
	switch p, err := u.tx.start(); {
	case err != nil:
		return err
	case p == nil:
		return u.confirm()
	default:
		return u.execute(q, p)
	}
}

// refused returns why a read that nobody has asked for was refused.
func (u *run) refused() error {
	if err := u.watched.recordedRefusal(); err != nil {
		return err
	}
	return u.plain.recordedRefusal()
}

// execute sends the transaction, together with the reads that nobody has asked for.
func (u *run) execute(q *queue, p *plan) error {
	a, open := q.answers, false
	defer func() {
		if !open {
			a.abandon()
		}
	}()
	front := u.collect()
	defer front.abandon()
	if front != nil {
		front.last = true
	}
	u.fail(u.enter(q.slot))
	if u.broken != nil {
		front.fail(u.broken)
		return a.settle(u.broken)
	}
	if front == nil && u.conn == nil && !u.options.ownConnection() {
		return u.alone(q, p)
	}
	sent := time.Now()
	v, unsent := perform(u.ctx, u.db, func(ctx context.Context) verdict {
		if err := u.reach(ctx); err != nil {
			return verdict{err: err}
		}
		via := &committer{held: u.conn, front: front}
		v := q.decide(ctx, p, via)
		switch {
		case via.watched && errors.Is(v.err, ErrForeignWatch):
			v.err = errConflict
		case transient(v.err):
			u.conn.doubtful = true // it leads to a node that does not serve the keys, or not now
		}
		if v.replies != nil && u.options.durable != nil {
			v.err = u.options.durable.wait(ctx, u.conn, &u.db.facts, v.err)
		}
		return v
	})
	if unsent != nil {
		v.err = unsent
	}
	if v.replies == nil {
		front.fail(v.err)
	}
	if u.claim != nil && OutcomeOf(v.err) == Unknown {
		open = true
		u.claim.doubt(u, a, sent, v.err)
		return v.err
	}
	return q.conclude(p, v)
}

// alone executes a plan as a Tx does: nothing is watched.
func (u *run) alone(q *queue, p *plan) error {
	err, unsent := perform(u.ctx, u.db, func(ctx context.Context) error { return q.transact(ctx, p) })
	if unsent != nil {
		return q.answers.settle(unsent)
	}
	return err
}

// confirm ends a run whose closure has queued nothing. Reads that nobody has asked for are one transaction, if they are
// all that there is.
func (u *run) confirm() error {
	q := &u.watched
	if u.conn == nil && u.keys == nil && u.plain.tickets == 0 {
		p, err := q.end()
		switch {
		case err != nil:
			return q.answers.settle(err)
		case q.answers.len() == 0:
			return q.answers.settle(nil)
		}
		err = u.alone(q, p)
		if err != nil && OutcomeOf(err) != NotApplied { // of reads only, so nothing was applied
			u.fetched = append(u.fetched, q.answers)
			u.failRead(err)
			err = u.broken
		}
		return err
	}
	front := u.collect()
	defer front.abandon()
	switch {
	case u.broken != nil:
		front.fail(u.broken)
		return u.broken
	case front == nil && u.seen <= 1:
		return nil
	}
	return u.verify(front)
}

// refute ends a run whose closure has returned an error of its own. own reports that this is the run's error.
func (u *run) refute(err error) (own bool, _ error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	why, own := error(discardedBy(err)), true
	if u.broken == nil && u.looks() {
		u.read()
	}
	if u.broken == nil && u.seen > 1 {
		u.fail(u.verify(nil))
	}
	if u.broken != nil {
		why, own = u.broken, false
	}
	u.discard(why)
	return own, why
}

// verify asks the server, with an empty transaction, whether what was read has changed.
func (u *run) verify(front *wave) error {
	results := u.exchange(func(ctx context.Context) []rueidis.RedisResult {
		results, _ := (&committer{held: u.conn, front: front}).together(ctx, []rueidis.Completed{u.db.multi, u.db.exec})
		return results
	})
	if results == nil {
		front.fail(u.broken)
		return u.broken
	}
	switch err := results[1].Error(); {
	case err == nil:
		return u.broken // by a read of the last wave, if at all
	case err == ErrNil:
		return errConflict
	case isServerError(err):
		f := failCommand(ErrAborted, -1, "EXEC", err)
		f.transient = u.db.facts.isTransient(code(err)) || u.db.facts.isTransient(abortReason(err))
		return f
	default:
		u.fail(u.db.facts.readFailure("EXEC", err))
		return u.broken
	}
}

// committer sends a transaction over the connection of a run, after a wave of reads.
type committer struct {
	*held
	front   *wave // nil if there is none
	watched bool  // something was, when the transaction was sent
}

func (c *committer) together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure) {
	wire, reads := commands, 0
	if c.front != nil {
		reads = len(c.front.commands)
		wire = append(c.front.commands[:reads:reads], commands...)
	}
	results := c.send(ctx, wire)
	if c.front != nil {
		c.front.settle(results[:reads:reads])
	}
	results = results[reads:]
	c.watched = c.watching
	c.ended(results)
	return results, nil
}
