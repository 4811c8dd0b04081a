package rueidistx

import (
	"slices"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// collect takes the reads that are queued, nil if there is nothing to be sent.
func (u *run) collect() *wave {
	w := &wave{run: u, looks: u.looks()}
	w.take(&w.watched, &u.watched)
	w.take(&w.plain, &u.plain)
	if w.looks && u.db.usesSlots() {
		u.fail(u.enter(u.claim.slot()))
	}
	if u.db.client == nil { // nor has it a builder of commands with keys
		u.fail(u.db.check(u.ctx))
	}
	if u.broken != nil {
		return w
	}
	keys := u.keys
	u.keys = nil
	if w.looks {
		keys = append(keys, u.claim.key())
	}
	if w.watched.plan != nil {
		w.commands = w.watched.plan.wire(u.db, 1)
		keys = w.watched.keys(keys)
	} else {
		w.commands = make([]rueidis.Completed, 1)
	}
	if w.plain.plan != nil {
		w.commands = append(w.commands, w.plain.plan.wire(u.db, 0)...)
	}
	if w.looks {
		w.commands = append(w.commands, u.db.builder.Get().Key(u.claim.key()).Build())
	}
	keys = u.unseen(keys)
	if w.watches = len(keys) > 0; w.watches {
		w.commands[0] = u.db.builder.Watch().Key(keys...).Build()
	} else {
		w.commands = w.commands[1:]
	}
	if len(w.commands) == 0 {
		return nil
	}
	return w
}

// unseen returns the keys that are not watched yet, as some servers forget, when a key is watched again, that it has
// changed.
func (u *run) unseen(keys []string) []string {
	if u.waves++; u.waves == 1 {
		u.known = keys
		return keys
	}
	if u.index == nil {
		u.index = make(map[string]bool, len(u.known)+len(keys))
		for _, key := range u.known {
			u.index[key] = true
		}
	}
	left := keys[:0]
	for _, key := range keys {
		if !u.index[key] {
			u.index[key] = true
			left = append(left, key)
		}
	}
	return left
}

// wave is what is read in one round trip: WATCH, the reads that are watched, those that are not, and the marker.
type wave struct {
	run            *run
	commands       []rueidis.Completed
	watched, plain part
	watches, looks bool
	last           bool // it is sent with the commit, which it cannot stop
}

// part is the reads of one queue.
type part struct {
	answers *answers
	plan    *plan
}

func (w *wave) parts() [2]*part { return [2]*part{&w.watched, &w.plain} }

// take moves what a queue holds to a part, and opens the queue again.
func (w *wave) take(to *part, q *queue) {
	u, n := w.run, atomic.LoadUint32(&q.tickets)
	if q.db == nil {
		return
	}
	if n == 0 {
		u.fail(u.enter(q.slot)) // of keys that are watched and not read
		return
	}
	p, err := q.end()
	if err == ErrDone {
		return
	}
	to.answers = q.answers
	if u.observation != nil {
		u.taken = append(u.taken, q.answers)
	}
	u.queued += to.answers.len()
	if err == nil {
		err = u.enter(q.slot)
	}
	if !atomic.CompareAndSwapUint32(&q.tickets, n, 0) && err == nil {
		err = errSeveralGoroutines
	}
	u.open(q, q.rules)
	if err != nil {
		u.fail(err)
		q.recordRefusal(err)
		q.become(refused)
		return
	}
	to.plan = p
}

// keys appends the keys of the reads to keys.
func (p *part) keys(keys []string) []string {
	for i, c := range p.plan.commands[1:] {
		argv := c.Commands()
		for at := range p.answers.opAt(i).keys(argv) {
			keys = append(keys, argv[at])
		}
	}
	return keys
}

// fail settles the reads that are pending with err.
func (w *wave) fail(err error) {
	if w == nil {
		return
	}
	for _, p := range w.parts() {
		if p.answers != nil && !p.answers.done() {
			_ = p.answers.settle(err)
		}
	}
}

// abandon settles reads that are pending because the client has panicked or ended the goroutine.
func (w *wave) abandon() {
	if w == nil {
		return
	}
	for _, p := range w.parts() {
		if p.answers != nil {
			p.answers.abandon()
		}
	}
}

// settle gives the reads their replies.
func (w *wave) settle(results []rueidis.RedisResult) {
	u := w.run
	lost := slices.ContainsFunc(results, func(r rueidis.RedisResult) bool { return r.NonRedisError() != nil })
	if w.watches {
		if err := results[0].Error(); err != nil {
			failed := u.db.facts.readFailure("WATCH", err)
			// Other code may have left the connection inside a MULTI.
			inside := slices.ContainsFunc(results, func(r rueidis.RedisResult) bool { return isQueued(&r) })
			failed.transient = failed.transient || inside
			u.fail(failed)
			why := u.broken
			switch { // the commit may have succeeded nevertheless
			case w.last && isServerError(err):
				why = &CommandError{Index: -1, Name: "WATCH", Err: err}
			case w.last:
				why = u.db.facts.noReply(err, false)
			}
			w.fail(why)
			return
		}
		results = results[1:]
	}
	if w.looks {
		u.looked = true
		last := len(results) - 1
		if err := u.claim.look(&u.db.facts, &results[last]); err != nil {
			u.fail(err)
			w.fail(err)
		}
		results = results[:last]
	}
	all := true
	for _, p := range w.parts() {
		if p.answers == nil || p.answers.done() {
			continue
		}
		n := p.answers.len() + len(p.plan.loads)
		p.settle(u, results[:n:n])
		results = results[n:]
		all = all && p.answers.load() == clean
	}
	if w.watched.answers != nil {
		u.seen += w.watched.answers.len()
	}
	if !lost && !transient(u.broken) {
		u.conn.answered(w.watches)
	}
	if all && !lost && u.broken == nil && u.db.reuses {
		w.releasePlans()
	}
}

// settle gives the reads of one queue their replies.
func (p *part) settle(u *run, results []rueidis.RedisResult) {
	a := p.answers
	loading, results := apart(results, p.plan.loads)
	a.rare.results = results
	u.db.facts.classify(a, results, 0, a.setErr)
	p.plan.explainMissing(&u.db.facts, a, loading, results)
	p.plan.explainScripts(a.errs(), 0, len(results))
	_ = a.settle(nil)
	for _, err := range a.errs() {
		if err != nil {
			u.failRead(err)
		}
	}
	u.fetched = append(u.fetched, a)
}

func (w *wave) releasePlans() {
	for _, p := range w.parts() {
		if p.plan != nil {
			p.plan.release()
		}
	}
}
