package rueidistx

import (
	"errors"
	"time"

	"github.com/redis/rueidis"
)

// scripted reports whether a script may commit the run: it looks at the marker, writes it and runs the commands at once.
// What a Watch has read, and what must be durable, needs a connection of its own.
func (u *run) scripted() bool {
	q := u.tx.queue
	if !u.blind || u.claim == nil || u.options.durable != nil || u.db.dedicates() || u.broken != nil || u.unscripted || u.db.deniesScripts.Load() ||
		q.load() != filling || q.plan == nil || q.answers.len() > maxScripted {
		return false
	}
	return q.plan.scriptable(q.answers, func(i int) []string { return q.plan.commands[1+i].Commands() }, maxScriptedWords)
}

// commitByScript commits the run. If the outcome is not known, the same commands are sent again: the marker keeps them from
// having an effect twice.
func (u *run) commitByScript() error {
	q, c := u.tx.queue, u.claim
	q.managed = false
	p, err := q.begin()
	if err == nil && !q.ownedBy(u.tx.Commands) {
		err = invalid("the Commands of the Tx were replaced")
	}
	if err == nil && (u.db.cluster || u.db.checksSlots) {
		if err = u.enter(c.slot()); err == nil {
			err = u.enter(q.slot)
		}
	}
	if err != nil {
		return q.answers.settle(err)
	}
	defer q.answers.abandon()
	var inTime []Condition
	for {
		sent := time.Now()
		r, err := c.try(u, p, inTime)
		switch {
		case err == nil && len(r.replies) == 0:
			err, c.unknown = c.unknown, nil
			return q.answers.settle(err)
		case err == nil && r.held():
			c.unknown = nil
			return q.conclude(p, verdictOfReplies(q.answers, r.replies[1:]))
		case err == nil:
			err = c.meet(&r.replies[0])
			c.unknown = nil
			return q.answers.settle(err)
		case OutcomeOf(err) == Unknown:
			if c.unknown == nil {
				c.unknown, c.since = err, sent
			}
		case c.unknown == nil:
			if refusal := refusalOfScript(err); refusal != nil {
				u.denied = true
				if refusesText(refusal) { // and not because of the keys of this transaction
					u.db.deniesScripts.Store(true)
				}
			}
			return q.answers.settle(err)
		}
		// An earlier try may have been executed, whatever became of this one.
		if transient(err) || OutcomeOf(err) == Unknown {
			if inTime = c.again(u); inTime != nil {
				continue
			}
		}
		err, c.unknown = c.unknown, nil
		return q.answers.settle(err)
	}
}

// again pauses, and returns the condition of another try. It is nil if there must be none.
func (c *claim) again(u *run) (inTime []Condition) {
	for inTime == nil && c.waits(u.work) {
		inTime = c.inTime(u)
	}
	return inTime
}

// try sends the script that commits a run. If it came too late, there are no replies.
func (c *claim) try(u *run, p *plan, inTime []Condition) (ruling, error) {
	prog := c.program(u, p, inTime)
	defer prog.release()
	r, err := prog.run(u.ctx, u.db)
	switch {
	case err != nil:
		return r, err
	case len(inTime) > 0 && !r.held() && len(r.replies) == 0:
		return r, nil
	}
	return r, r.check(&u.db.facts, nil, 1+u.tx.queue.answers.len(), 1)
}

// clock returns the time of the node of a key. Not TIME, which a cluster would send to any node.
var clock = newSource("local t=redis.call('TIME')return t[1]*1000+math.floor(t[2]/1000)", false)

// inTime returns the condition that an earlier try, if it was executed, has its marker still. The network may hold back the
// next try until that marker has expired, and then nothing else would keep it from being applied as well. It is nil if the
// server did not tell its time.
func (c *claim) inTime(u *run) []Condition {
	ref := u.db.Auto(u.ctx).queue.runScript(clock, []string{c.key()}, nil)
	now, err := (Future[int64]{ref, AsInt64}).Value()
	if err != nil {
		return nil
	}
	left := 3*c.ttl/4 - time.Since(c.since) // less than it is, as the clocks of a slot's nodes may differ
	limit := now + left.Milliseconds()
	return []Condition{reading("Once", kindUntil, "", "TIME").compare("", "<", integer(limit))}
}

// program returns the script that commits a run.
func (c *claim) program(u *run, p *plan, inTime []Condition) *program {
	a, prog := u.tx.queue.answers, newProgram()
	prog.key(c.key())
	for i, command := range p.commands[1:] {
		prog.keysOf(a.opAt(i), command.Commands())
	}
	prog.evaluate(inTime)
	prog.begin(0, "-") // as choice.lua wants it for Once
	prog.command(append(c.setting(u, ""), "NX"), false)
	for _, command := range p.commands[1:] {
		prog.command(command.Commands(), false)
	}
	prog.begin(1, "")
	return prog
}

// meet returns what the marker means that a script has found.
func (c *claim) meet(m *rueidis.RedisMessage) error {
	text, err := m.ToString()
	switch {
	case err == nil:
		return c.find(text)
	case isServerError(err) && code(err) == "WRONGTYPE":
		return errForeignMarker
	case c.unknown != nil:
		return c.unknown
	}
	return fail(errReadFailed, err)
}

// refusalOfScript returns the server's refusal to run a program, because it has no scripts, or because the user may not run
// scripts or may not read and write all their keys, which a script asks for. It returns nil if err is anything else.
func refusalOfScript(err error) *rueidis.RedisError {
	var c *CommandError
	if !errors.As(err, &c) || c.Index > 0 || c.Name != "EVALSHA" && c.Name != "EVAL" || !errors.Is(err, ErrRejected) {
		return nil
	}
	if refusal := refusalIn(c.Err); refusal != nil && (code(refusal) == "NOPERM" || code(refusal) == "") {
		return refusal
	}
	return nil
}
