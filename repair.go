package rueidistx

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

const (
	// maxRounds is how often the digest of a script that its server does not know is tried again. It takes more than one
	// round if other nodes have to learn the text, if the server has forgotten it again, as after SCRIPT FLUSH, or if what
	// had the text was refused.
	maxRounds = 6

	// firstTexts is how many slots of a cluster get a text in the first round, and each further round twice as many: a
	// cluster has three primaries at least, mostly with a third of the slots each.
	firstTexts = 3

	// maxTextBytes is how many bytes the texts of all calls of a script may have to be sent with all of them, which in a
	// cluster saves a round trip.
	maxTextBytes = 16 << 10
)

// repair runs the scripts of a chunk that their servers did not know: each of them was not run, and now is, once. It is
// sent again for no other answer than that.
type repair struct {
	*queue
	answers *answers
	plan    *plan
	from    int                   // the chunk's first command
	results []rueidis.RedisResult // the chunk's
}

// attempt is a call of a script that is sent again, by its text or by its digest.
type attempt struct {
	*scriptCall
	text bool
}

// op is the command that the attempt takes.
func (t attempt) op() *op {
	if t.text {
		return t.source.byText
	}
	return t.source.byDigest
}

// lesson is how the servers learn a script in a round.
type lesson struct {
	bytes   int             // of the text, with each call
	all     bool            // they have
	slots   map[uint16]bool // of the calls; true for those whose first call has the text
	refusal *rueidis.RedisError
	learned bool // not every text was refused
}

// run sends each script that is unknown until it is not, in rounds. In a round one call in each of some slots, outside
// clusters one call, has the text, and all others the digest. What follows a text in its slot follows it on the wire,
// and what is in other slots is sent when the texts were answered. So the calls of a script in a slot keep their order.
func (r *repair) run(ctx context.Context) {
	var unknown []*scriptCall
	calls := r.plan.calls(r.from, r.from+len(r.results))
	for i := range calls {
		if c := &calls[i]; c.source != nil && unknownScript(r.resultOf(c).Error()) {
			unknown = append(unknown, c)
		}
	}
	for round := 0; len(unknown) > 0; round++ {
		lessons := r.lessons(unknown, round)
		first, rest := r.attempts(unknown, lessons)
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
			if t.text || !unknownScript(r.resultOf(t.scriptCall).Error()) {
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

func (r *repair) resultOf(c *scriptCall) *rueidis.RedisResult { return &r.results[c.index-r.from] }

// slotOf returns the slot of a call in a cluster; elsewhere all is of one.
func (r *repair) slotOf(c *scriptCall) uint16 {
	if !r.db.cluster {
		return 0
	}
	return r.plan.commands[c.index].Slot()
}

// lessons decides where each of the scripts is sent by its text.
func (r *repair) lessons(unknown []*scriptCall, round int) map[*source]*lesson {
	lessons := map[*source]*lesson{}
	for _, c := range unknown {
		l := lessons[c.source]
		if l == nil {
			l = &lesson{slots: map[uint16]bool{}}
			lessons[c.source] = l
		}
		l.bytes += len(c.source.text)
		l.slots[r.slotOf(c)] = false
	}
	for _, l := range lessons {
		l.all = round == maxRounds || l.bytes <= maxTextBytes
		slots := make([]uint16, 0, len(l.slots))
		for s := range l.slots {
			slots = append(slots, s)
		}
		slices.Sort(slots) // neighbours are mostly of one node
		for i, n := 0, min(firstTexts<<round, len(slots)); i < n; i++ {
			l.slots[slots[(2*i+1)*len(slots)/(2*n)]] = true
		}
	}
	return lessons
}

// attempts returns what is sent first, in the order of the queue, and what after that.
func (r *repair) attempts(unknown []*scriptCall, lessons map[*source]*lesson) (first, rest []attempt) {
	type place struct {
		source *source
		slot   uint16
	}
	taught := map[place]bool{}
	for _, c := range unknown {
		l, at := lessons[c.source], place{c.source, r.slotOf(c)}
		switch {
		case l.all:
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

// note takes the answer to a text.
func (l *lesson) note(err error) {
	var server *rueidis.RedisError
	if err != nil && errors.As(err, &server) && !server.IsNil() && isRefusal(server) {
		l.refusal = server
	} else {
		l.learned = true
	}
}

// refusalOfAll returns the error that the calls of a script get that is still unknown after a round, because the server
// refuses its text.
func (l *lesson) refusalOfAll(s *source, round int) *rueidis.RedisError {
	switch {
	case l.learned || l.refusal == nil:
		return nil
	case refusesText(l.refusal) && !s.byText.speaks():
		return l.refusal
	case round == maxRounds-1 && code(l.refusal) != "NOPERM":
		return l.refusal
	}
	return nil
}

// refusesText reports whether the server refuses a script for its text, or its command, rather than for the keys or for the
// state that it is in.
func refusesText(refusal *rueidis.RedisError) bool {
	if code(refusal) == "NOPERM" {
		return strings.Contains(refusal.Error(), "to run the '")
	}
	return code(refusal) == ""
}

// send sends attempts, in chunks, and reports whether all were sent and answered.
func (r *repair) send(ctx context.Context, attempts []attempt) bool {
	commands := make([]rueidis.Completed, len(attempts))
	buffer := make([]string, 0, 16)
	for i, t := range attempts {
		commands[i], _ = r.admit(t.op(), t.source.argv(t.op(), t.keys, t.args, buffer)) // of the keys that were good before
	}
	for len(commands) > 0 {
		if r.db.check(ctx) != nil {
			return false
		}
		n := chunkOf(commands, len(commands))
		var solos []solo
		for i, t := range attempts[:n] {
			r.answers.rare.ops[t.index] = t.op().id
			if r.db.guarded(t.op()) {
				solos = append(solos, solo{i, t.op(), r.answers.base() + t.index})
			}
		}
		results := r.db.many(ctx, commands[:n], solos)
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
