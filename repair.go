package rueidistx

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

const (
	// maxRounds is how often the digest of an unknown script is tried again. More than one round is needed if other
	// nodes have to learn the text, if the server forgets it again, as after SCRIPT FLUSH, or if the calls with the
	// text were refused.
	maxRounds = 6

	// firstTexts is the number of slots of a cluster to which the text is sent in the first round; it doubles with each
	// round. A cluster has at least three primaries, mostly with a third of the slots each.
	firstTexts = 3

	// maxTextBytes is the total up to which the text of a script is sent to each slot that may not know it. That keeps the
	// order of a Batch, as no slot depends on what another one was sent.
	maxTextBytes = 128 << 10
)

// repair runs the scripts of a chunk that their servers did not know, or did not accept by text. Such a script did not
// run, and is now run once: it is resent only if the server replied that.
type repair struct {
	*queue
	answers *answers
	plan    *plan
	from    int                   // index of the chunk's first command
	results []rueidis.RedisResult // of the chunk
}

// teaches reports whether the text goes with the next call of a script in a slot, as the first one of the Batch there.
func (p *plan) teaches(s *source, slot uint16) bool {
	l := p.lessons[s]
	if l == nil {
		l = &lesson{slots: map[uint16]bool{}}
		if p.lessons == nil {
			p.lessons = map[*source]*lesson{}
		}
		p.lessons[s] = l
	}
	n := len(l.slots)
	if l.slots[slot] || n > 0 && (n+1)*len(s.text) > maxTextBytes {
		return false
	}
	l.slots[slot] = true
	return true
}

// attempt is a call of a script that is resent, by its text or by its digest.
type attempt struct {
	*scriptCall
	text bool
}

// loads returns the library that is sent with the attempt, nil if there is none.
func (t attempt) loads() *Library {
	if t.text {
		return t.source.library
	}
	return nil
}

// op returns the op of the command that the attempt sends.
func (t attempt) op() *op {
	if t.text {
		return t.source.byText
	}
	return t.source.byDigest
}

// lesson says how the servers learn a script in one round.
type lesson struct {
	slots   map[uint16]bool // the slots of the calls; true if the first call in it has the text
	refusal *rueidis.RedisError
	learned bool // some server accepted the text
}

// run resends each unknown script until it is known, in rounds. In each round, the first call in each of some slots
// sends the text (outside clusters: the first call), and all others send the digest. Calls in these slots follow the
// text on the wire. Calls in other slots are sent once the texts were answered. So the calls of a script in a slot keep
// their order.
func (r *repair) run(ctx context.Context) {
	if !r.send(ctx, r.denied()) {
		return
	}
	unknown := r.unknown()
	for round := 0; len(unknown) > 0; round++ {
		lessons := r.lessons(unknown, round)
		first, rest := r.attempts(unknown, lessons, round == maxRounds)
		if !r.send(ctx, first) || !r.send(ctx, rest) {
			return
		}
		for _, t := range first {
			if t.text {
				lessons[t.source].note(r.resultOf(t.scriptCall).Error())
			}
		}
		unknown = unknown[:0]
		for _, t := range slices.Concat(first, rest) {
			if t.text || !t.source.unknown(r.resultOf(t.scriptCall).Error()) {
				continue
			}
			if refusal := lessons[t.source].refusalOfAll(t.source, round); refusal != nil {
				rejected := r.db.facts.rejected(t.op(), r.answers.base()+t.index, refusal)
				*r.resultOf(t.scriptCall) = rueidis.NewErrorResult(&classified{rejected})
				continue
			}
			unknown = append(unknown, t.scriptCall)
		}
		slices.SortFunc(unknown, func(a, b *scriptCall) int { return a.index - b.index })
	}
}

// denied returns, by their digests, the calls whose text the server did not accept because the user may not run EVAL:
// it may know them all the same. A script that speaks may have made that up.
func (r *repair) denied() (list []attempt) {
	calls := r.plan.calls(r.from, r.from+len(r.results))
	for i := range calls {
		if c := &calls[i]; c.source != nil && c.source.library == nil && r.answers.opAt(c.index) == c.source.byText && !c.source.byText.speaks() {
			if refusal := refusalIn(r.resultOf(c).Error()); refusal != nil && deniesCommand(refusal) {
				list = append(list, attempt{c, false})
			}
		}
	}
	return list
}

// unknown returns the calls whose digest the server does not know.
func (r *repair) unknown() (list []*scriptCall) {
	calls := r.plan.calls(r.from, r.from+len(r.results))
	for i := range calls {
		c := &calls[i]
		if c.source == nil || r.answers.opAt(c.index) != c.source.byDigest {
			continue
		}
		if err := r.resultOf(c).Error(); c.source.unknown(err) {
			r.db.note(c.source.byDigest, c.source, r.slotOf(c), err)
			list = append(list, c)
		}
	}
	return list
}

func (r *repair) resultOf(c *scriptCall) *rueidis.RedisResult { return &r.results[c.index-r.from] }

func (r *repair) slotOf(c *scriptCall) uint16 { return r.db.slotOf(r.plan.commands[c.index]) }

// lessons decides with which calls the text of each script is sent.
func (r *repair) lessons(unknown []*scriptCall, round int) map[*source]*lesson {
	lessons := map[*source]*lesson{}
	for _, c := range unknown {
		l := lessons[c.source]
		if l == nil {
			l = &lesson{slots: map[uint16]bool{}}
			lessons[c.source] = l
		}
		l.slots[r.slotOf(c)] = false
	}
	for s, l := range lessons {
		slots := make([]uint16, 0, len(l.slots))
		for slot := range l.slots {
			slots = append(slots, slot)
		}
		slices.Sort(slots) // neighbours mostly belong to the same node
		n := min(firstTexts<<round, len(slots))
		if len(slots)*len(s.text) <= maxTextBytes {
			n = len(slots)
		}
		for i := range n {
			l.slots[slots[(2*i+1)*len(slots)/(2*n)]] = true
		}
	}
	return lessons
}

// attempts returns what is sent first, in the order of the queue, and what is sent after that. At last, all send the text.
func (r *repair) attempts(unknown []*scriptCall, lessons map[*source]*lesson, last bool) (first, rest []attempt) {
	type place struct {
		source *source
		slot   uint16
	}
	taught := map[place]bool{}
	for _, c := range unknown {
		l, at := lessons[c.source], place{c.source, r.slotOf(c)}
		switch {
		case last:
			first = append(first, attempt{c, true})
		case l.slots[at.slot]:
			first = append(first, attempt{c, !taught[at]})
			taught[at] = true
		default:
			rest = append(rest, attempt{c, false})
		}
	}
	return first, rest
}

// note records the reply to a call with the text.
func (l *lesson) note(err error) {
	if refusal := refusalIn(err); refusal != nil {
		l.refusal = refusal
	} else {
		l.learned = true
	}
}

// refusalIn returns the server's refusal to run a command, if err is that.
func refusalIn(err error) *rueidis.RedisError {
	if err == nil {
		return nil // most often, and before there is a variable on the heap
	}
	var server *rueidis.RedisError
	if errors.As(err, &server) && !server.IsNil() && isRefusal(server) {
		return server
	}
	return nil
}

// refusalOfAll returns the error for the calls of a script that are still unknown after a round, if the server refuses
// the script's text.
func (l *lesson) refusalOfAll(s *source, round int) *rueidis.RedisError {
	switch {
	case l.learned || l.refusal == nil:
		return nil
	case refusesText(l.refusal) && (s.library != nil || !s.byText.speaks()):
		return l.refusal
	case round == maxRounds-1 && code(l.refusal) != "NOPERM":
		return l.refusal
	}
	return nil
}

// refusesText reports whether the server refuses a script because of its text or the EVAL command, rather than because
// of the keys or the server's state.
func refusesText(refusal *rueidis.RedisError) bool {
	return code(refusal) == "" || deniesCommand(refusal)
}

// deniesCommand reports whether the user may not run the command, whatever its keys are.
func deniesCommand(refusal *rueidis.RedisError) bool {
	return code(refusal) == "NOPERM" && strings.Contains(refusal.Error(), "to run the '")
}

// send sends attempts in chunks, and reports whether all were answered.
func (r *repair) send(ctx context.Context, attempts []attempt) bool {
	commands := make([]rueidis.Completed, len(attempts))
	buffer := make([]string, 0, 16)
	for i, t := range attempts {
		argv := t.source.argv(t.op(), t.keys, t.args, buffer)
		if t.text {
			commands[i] = r.admitText(t.source, argv)
		} else {
			commands[i], _ = r.admit(t.op(), argv) // the keys were admitted before
		}
	}
	for len(commands) > 0 {
		if r.db.check(ctx) != nil {
			return false
		}
		n := chunkOfAttempts(commands, attempts)
		var solos []solo
		for i, t := range attempts[:n] {
			r.answers.rare.ops[t.index] = t.op().id
			if l := t.loads(); l != nil || r.db.guarded(t.op()) {
				solos = append(solos, solo{i, t.op(), r.answers.base() + t.index, l})
			}
		}
		results := r.db.many(ctx, commands[:n], solos, nil)
		if done(ctx) {
			results = replaceNone(results)
		}
		lost := false
		for i, t := range attempts[:n] {
			*r.resultOf(t.scriptCall) = results[i]
			lost = lost || isLost(results[i].NonRedisError())
		}
		if lost {
			return false
		}
		commands, attempts = commands[n:], attempts[n:]
	}
	return true
}
