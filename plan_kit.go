package rueidistx

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rueidistx/rueidistx/internal/kit"
)

func init() { kit.PlanOf = planOfUnit }

// planOfUnit returns what a unit would send. Only a command that is refused, and a value that is asked for too early, are known
// before it is executed.
func planOfUnit(unit any) (kit.Plan, error) {
	switch u := unit.(type) {
	case *Choice:
		if u != nil && u.branches[0] != nil {
			return u.planned(), nil
		}
	case Querier:
		if q := queriesOf(u).to(); q.load() != nobodys {
			return q.planned(), nil
		}
	}
	return kit.Plan{}, invalid("this was not made by a DB")
}

func (c *Choice) planned() kit.Plan {
	p := kit.Plan{Kind: "if", Refused: c.err}
	for _, condition := range c.conditions {
		p.Conditions = append(p.Conditions, condition.String())
	}
	for _, q := range c.branches {
		branch := q.planned()
		if p.Refused == nil {
			p.Refused = branch.Refused
		}
		p.Branches = append(p.Branches, branch.Branches...)
	}
	if len(p.Branches) < len(c.branches) { // one of them is refused
		p.Branches = nil
	}
	return p
}

func (q *queue) planned() kit.Plan {
	p := kit.Plan{Kind: "batch"}
	switch {
	case q.load() == immediate:
		return kit.Plan{Kind: "auto"}
	case q.rules == readerRules || q.rules == plainRules:
		p.Kind = "reader"
	case q.rules.oneSlot:
		p.Kind = "transaction"
	}
	switch q.load() {
	case spent:
		p.Refused = ErrDone
	case scattered:
		p.Refused = errSeveralGoroutines
	case filling:
		p.Refused = q.complete(q.plan)
		p.Branches = [][]kit.Step{q.steps()}
	default:
		p.Refused = q.recordedRefusal()
	}
	return p
}

// steps returns the commands that are queued, and the FUNCTION LOADs among them.
func (q *queue) steps() []kit.Step {
	p, steps := q.plan, []kit.Step{}
	if int(atomic.LoadUint32(&q.tickets)) != q.answers.len() {
		return steps // another goroutine is queueing
	}
	loads := p.loads
	for i := range q.answers.len() {
		for ; len(loads) > 0 && loads[0].before == i; loads = loads[1:] {
			steps = append(steps, kit.Step{Words: []string{"FUNCTION", "LOAD", loads[0].library.name}, Slot: -1})
		}
		var argv []string
		switch {
		case q.rules.cached:
			argv = p.recorded(i)
		case q.rules.records:
			argv = p.wordsOf(i)
		default:
			argv = p.commands[q.rules.head+i].Commands()
		}
		steps = append(steps, stepOf(q.answers.opAt(i), argv))
	}
	return steps
}

func stepOf(o *op, argv []string) kit.Step {
	s := kit.Step{Words: slices.Clone(argv), Slot: -1}
	shown := 1 + strings.Count(o.name, " ")
	switch {
	case o.scriptText(argv) != "":
		shown++
		s.Words[shown-1] = newSource(o.scriptText(argv), false).digest
	case o.script:
		shown++ // the digest or the function's name
	}
	var keys []int
	if int(o.numkeys) < len(argv) {
		keys = slices.Collect(o.keys(argv))
	}
	if len(keys) > 0 {
		s.Slot = int(slot(argv[keys[0]]))
	}
	for i := shown; i < len(argv); i++ {
		if i != int(o.numkeys) && !slices.Contains(keys, i) {
			s.Values = append(s.Values, i)
		}
	}
	return s
}

// names returns the names of the commands that are queued.
func (q *queue) names() (names []string) {
	for i := range q.answers.len() {
		names = append(names, q.answers.opAt(i).name)
	}
	return names
}
