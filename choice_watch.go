package rueidistx

import (
	"context"
	"errors"
)

// byWatch evaluates the conditions by a script that changes nothing, watching their keys, and runs a branch in MULTI and
// EXEC.
func (c *Choice) byWatch(ctx context.Context, plans *[2]*plan) error {
	for _, p := range plans {
		queued := p.commands[1:] // MULTI is the transaction's own
		for i := range queued {
			queued[i] = queued[i].Pin() // as they may be sent several times
		}
	}
	prog := newProgram(c.conditions, len(c.conditions), 0)
	var last ruling
	var ran *answers
	run, err := c.db.watch(ctx, func(r *Reader, tx *Tx) error {
		ref := r.to().script(choiceSource, prog.keys, prog.args)
		var err error
		if last, err = (Future[ruling]{ref, asRuling}).Value(); err != nil {
			return err
		}
		if err = last.check(&c.db.facts, c.conditions, func(bool) int { return 0 }); err != nil {
			return err
		}
		taken := 1
		if last.held {
			taken = 0
		}
		tx.queue.repeat(plans[taken], c.branches[taken].answers)
		ran = tx.queue.answers
		return nil
	}, nil)
	var own *closureError
	switch {
	case errors.As(err, &own):
		return c.settle(own.own)
	case run == 0:
		return c.settle(err)
	}
	c.branches[c.decide(last)].answers.adopt(ran)
	return err
}

// repeat queues the commands of another unit, which must be pinned.
func (q *queue) repeat(p *plan, a *answers) {
	for i, command := range p.commands[1:] {
		q.take(a.opAt(i), command, nil)
	}
	q.plan.scripts = append(q.plan.scripts, p.scripts...)
	q.plan.loaded = append(q.plan.loaded, p.loaded...)
}

// adopt settles the answers as those of a unit with the same commands.
func (a *answers) adopt(of *answers) {
	a.rare.replies, a.rare.results, a.rare.errs = of.rare.replies, of.rare.results, of.rare.errs
	_ = a.settle(of.rare.err)
}
