package rueidistx

import (
	"context"
	"errors"

	"github.com/redis/rueidis"
)

// commit executes what the closure has queued, unless what it has read has changed.
func (u *run) commit() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	if u.claim != nil && !u.looked && u.broken == nil {
		u.read()
	}
	if u.broken == nil {
		u.broken = u.refused()
	}
	if u.broken == nil && u.claim != nil {
		u.broken = u.claim.mark(u)
	}
	if u.broken != nil {
		u.discard(u.broken)
		return u.broken
	}
	q := u.tx.queue
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
	if err := u.watched.queue.err; err != nil {
		return err
	}
	return u.plain.queue.err
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
	if err := u.enter(q.slot); err != nil {
		u.fail(err)
	}
	if u.broken != nil {
		return a.settle(u.broken)
	}
	if front == nil && u.conn == nil && !u.options.ownConnection() {
		return u.alone(q, p)
	}
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
	if u.claim != nil && OutcomeOf(v.err) == Unknown {
		open = true
		u.claim.doubt(u.number, a, v.err)
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
	q := &u.watched.queue
	if u.conn == nil && u.keys == nil && u.plain.queue.tickets == 0 {
		p, err := q.end()
		switch {
		case err != nil:
			return q.answers.settle(err)
		case q.answers.len() == 0:
			return q.answers.settle(nil)
		}
		return u.alone(q, p)
	}
	front := u.collect()
	switch {
	case u.broken != nil:
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
	results, unsent := perform(u.ctx, u.db, func(ctx context.Context) []rueidis.RedisResult {
		if err := u.reach(ctx); err != nil {
			u.fail(err)
			return nil
		}
		results, _ := (&committer{held: u.conn, front: front}).together(ctx, []rueidis.Completed{u.db.multi, u.db.exec})
		return results
	})
	if unsent != nil {
		u.fail(unsent)
	}
	if results == nil {
		if front != nil {
			front.fail(u.broken)
		}
		return u.broken
	}
	switch err := results[1].Error(); {
	case err == nil:
		return nil
	case err == ErrNil:
		return errConflict
	case isServerError(err):
		f := failCommand(ErrAborted, -1, "EXEC", err)
		f.transient = u.db.facts.isTransient(code(err)) || u.db.facts.isTransient(abortReason(err))
		return f
	default:
		u.failRead(u.db.facts.noReply(err, false))
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
		defer c.front.abandon()
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
