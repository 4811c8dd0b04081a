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
	if !u.blind || u.claim == nil || u.options.durable != nil || u.db.dedicates() || u.broken != nil || u.unscripted ||
		u.db.deniesScripts.Load() || q.load() != filling || q.plan == nil || q.answers.len() > maxScripted {
		return false
	}
	return q.plan.scriptable(q.answers, maxScriptedWords)
}

// commitByScript commits the run. If the outcome is not known, the same script is sent again: the marker keeps it from having
// an effect twice.
func (u *run) commitByScript() error {
	q, c := u.tx.queue, u.claim
	q.managed = false
	p, err := q.begin()
	if err == nil && !q.ownedBy(u.tx.Commands) {
		err = invalid("the Commands of the Tx were replaced")
	}
	if err == nil && u.db.usesSlots() {
		if err = u.enter(c.slot()); err == nil {
			err = u.enter(q.slot)
		}
	}
	if err != nil {
		return q.answers.settle(err)
	}
	defer q.answers.abandon()
	prog := c.program(u, p)
	defer prog.release()
	for try := 1; ; try++ {
		sent := time.Now()
		if c.unknown == nil {
			prog.within(sent.Add(time.Duration(u.db.clock.Load())), c.ttl)
		}
		r, err := prog.run(u.ctx, u.db)
		if err == nil && !r.outside {
			err = r.check(&u.db.facts, nil, 1+q.answers.len(), 1)
		}
		switch {
		case err == nil && r.outside && c.unknown != nil: // the marker of an earlier try may have expired
			err, c.unknown = c.unknown, nil
			return q.answers.settle(err)
		case err == nil && r.outside && try == 1 && !r.clock.IsZero():
			u.db.clock.Store(int64(time.Until(r.clock)))
			continue
		case err == nil && r.outside:
			u.denied = true
			if r.clock.IsZero() {
				u.db.deniesScripts.Store(true)
			}
			return q.answers.settle(errConflict)
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
		again := transient(err) || OutcomeOf(err) == Unknown
		if !again || !c.waits(u.work) {
			err, c.unknown = c.unknown, nil
			return q.answers.settle(err)
		}
	}
}

// program returns the script that commits a run.
func (c *claim) program(u *run, p *plan) *program {
	a, prog := u.tx.queue.answers, newProgram()
	prog.key(c.key())
	for i := range a.len() {
		prog.keysOf(a.opAt(i), p.wordsOf(i))
	}
	prog.evaluate(headOfOnce, nil)
	prog.words = append(prog.words, "", "") // see within
	prog.begin(0)                           // behind these
	prog.command(append(c.setting(c.key(), u, ""), "NX"), false)
	for i := range a.len() {
		prog.command(p.wordsOf(i), false)
	}
	prog.begin(1)
	prog.seal()
	return prog
}

// within sets when the server may run the script of a Once that is sent at a time of the server's. All sendings of a call that
// may have had an effect have the same times, which are less than ttl apart. So however late they arrive, the marker of the first
// one is still there.
func (p *program) within(sent time.Time, ttl time.Duration) {
	p.words[p.args+1] = integer(sent.Add(-ttl / 4).UnixMilli())
	p.words[p.args+2] = integer(sent.Add(ttl / 2).UnixMilli())
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
