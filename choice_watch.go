package rueidistx

import (
	"context"
	"errors"
)

// byWatch evaluates the conditions by a script that changes nothing, watching their keys, and runs a branch in MULTI and
// EXEC.
func (c *Choice) byWatch(ctx context.Context, seen *observation, plans *[2]*plan) error {
	for i, p := range plans {
		q := c.branches[i]
		for at := range q.answers.len() {
			if command := &p.commands[1+at]; command.IsEmpty() {
				*command, _ = q.admit(q.answers.opAt(at), p.wordsOf(at)) // it was admitted when it was queued
			}
			p.commands[1+at] = p.commands[1+at].Pin() // as it may be sent several times
		}
	}
	prog := newProgram()
	defer prog.release()
	for _, condition := range c.sent {
		condition.term.keys(prog.condition)
	}
	prog.evaluate(headOfIf, c.sent)
	prog.seal()
	var last ruling
	var ran *answers
	defer func() { // if a hook or the client ends the goroutine
		switch {
		case ran == nil || !ran.done() || c.branches[0].answers.done():
		case ran.err() == nil:
			c.branches[c.decide(last.each)].answers.adopt(ran)
		default:
			c.left = ran.err()
		}
	}()
	w := &work{db: c.db, options: defaultTxOptions, observation: seen, reads: choiceReads}
	run, err := w.do(ctx, func(r *Reader, tx *Tx) error {
		c.left, ran = errUnfinished, nil // the conditions change nothing
		ref := r.to().call(choiceSource, prog.words[3:prog.args], prog.words[prog.args:])
		var err error
		if last, err = (Future[ruling]{ref, asRuling}).Value(); err != nil {
			return err
		}
		if err = last.check(&c.db.facts, c.conditions, 0, 0); err != nil {
			return err
		}
		taken := 1
		if last.held() {
			taken = 0
		}
		tx.queue.repeat(plans[taken], c.branches[taken].answers)
		c.left, ran = errAbandoned, tx.queue.answers
		return nil
	})
	var own *closureError
	switch {
	case errors.As(err, &own):
		return c.settle(own.own)
	case run == 0:
		return c.settle(err)
	}
	c.branches[c.decide(last.each)].answers.adopt(ran)
	return err
}

// repeat queues the commands of another unit, which must be pinned.
func (q *queue) repeat(p *plan, a *answers) {
	for i, command := range p.commands[1:] {
		q.take(a.opAt(i), command, nil)
	}
	q.plan.scripts = append(q.plan.scripts, p.scripts...)
	q.plan.loaded = append(q.plan.loaded, p.loaded...)
	q.plan.loads = append(q.plan.loads, p.loads...)
}

// adopt settles the answers as those of a unit with the same commands.
func (a *answers) adopt(of *answers) {
	a.keep(of.rare.replies, of.rare.results, of.errs())
	_ = a.settle(of.err())
}
