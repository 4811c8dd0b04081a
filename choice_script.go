package rueidistx

import "context"

// byScript evaluates the conditions and runs a branch by a script.
func (c *Choice) byScript(ctx context.Context, seen *observation, plans *[2]*plan) error {
	prog := c.program(plans)
	defer prog.release()
	then, other := c.branches[0].answers, c.branches[1].answers
	for attempt := 1; ; attempt++ {
		c.left = errUnfinished
		within := seen.begin(ctx)
		c.left = errAbandoned
		r, err := prog.run(within, c.db)
		if err == nil {
			err = r.check(&c.db.facts, c.conditions, then.len(), other.len())
		}
		if err != nil {
			c.left = err
			seen.sawChoice(c)
			seen.end(err)
		}
		switch {
		case err == nil:
			taken := c.decide(r.each)
			q := c.branches[taken]
			if c.db.reuses {
				plans[1-taken].release()
			}
			return q.conclude(plans[taken], verdictOfReplies(q.answers, r.replies))
		case !transient(err) || !defaultTxOptions.refusals.again(ctx, attempt):
			return c.settle(err)
		}
	}
}

// program returns the script that evaluates the conditions and runs a branch.
func (c *Choice) program(plans *[2]*plan) *program {
	prog := newProgram()
	for _, condition := range c.sent {
		condition.term.keys(prog.condition)
	}
	for i, p := range plans {
		a := c.branches[i].answers
		for at := range a.len() {
			prog.keysOf(a.opAt(at), p.wordsOf(at))
		}
	}
	prog.evaluate(headOfIf, c.sent)
	for i, p := range plans {
		prog.commands(i, p, c.branches[i].answers)
	}
	prog.seal()
	return prog
}
