package rueidistx

import (
	"fmt"
	"strconv"
	"strings"
)

// Condition is a condition of [DB.If], on the values of keys. It is a small value without state: keep it, and use it as
// often as you like, in any goroutine. The zero Condition is [ErrInvalid], and so are more than 262,144 conditions, or 524,288
// values that something is compared with, in one If.
//
// A condition is an operand with a comparison, such as IntAt("stock").AtLeast(5), or [Exists], [Missing], [HasField],
// [HasMember], or combines others: [And], [Or], [Not].
//
// What does not exist counts as Redis's commands count it: an [Integer] or a [Real] is 0, and a [Text] equals nothing.
// So IntAt("balance").AtMost(0) holds without a balance; add [Exists] where that matters. What cannot be evaluated is not
// false, but an error: see [ErrCondition].
type Condition struct {
	term *term
	name string
}

// term is a condition without its name: a predicate, or a combination of others.
type term struct {
	predicate
	combines combination
	parts    []*term
	size     int   // number of words in the program
	terms    int   // number of terms, itself included; those that occur several times count as often
	err      error // why it cannot be sent
}

// What an If may consist of. Servers accept no more than 2^20 words, and whoever combines a condition with itself gets
// beyond any limit within some steps.
const (
	maxTerms          = 1 << 18
	maxConditionWords = 1 << 19
)

var errTooLarge error = invalid("there are more than %d conditions or %d words", maxTerms, maxConditionWords)

type combination string

const (
	combinesNone combination = ""
	combinesAll  combination = "And"
	combinesAny  combination = "Or"
	negates      combination = "Not"
)

// And holds if all conditions hold. Those behind the first that does not hold are not evaluated.
func And(first Condition, more ...Condition) Condition { return combinesAll.of(first, more) }

// Or holds if at least one condition holds. Those behind the first that holds are not evaluated.
func Or(first Condition, more ...Condition) Condition { return combinesAny.of(first, more) }

// Not holds if the condition does not. A condition that cannot be evaluated remains an error.
func Not(c Condition) Condition { return negates.of(c, nil) }

func (by combination) of(first Condition, more []Condition) Condition {
	n := &term{combines: by, parts: make([]*term, 0, 1+len(more)), terms: 1}
	n.add(first)
	for _, c := range more {
		n.add(c)
	}
	return Condition{term: n}
}

func (n *term) add(c Condition) {
	switch part := c.term; {
	case part == nil:
		n.err = errZeroCondition
	default:
		n.parts = append(n.parts, part)
		n.size += part.size
		n.terms += part.terms
		if n.err == nil {
			n.err = part.err
		}
		n.bound()
	}
}

// bound refuses the condition if it is too large. Then nothing goes through its parts.
func (n *term) bound() {
	if n.terms > maxTerms || n.size > maxConditionWords {
		n.parts, n.more, n.size, n.terms, n.err = nil, nil, 0, 1, errTooLarge
	}
}

var errZeroCondition error = invalid("it is the zero Condition")

// Named returns the condition with a name for errors and for String, such as "60 a minute".
func (c Condition) Named(name string) Condition {
	c.name = name
	return c
}

// String returns the name or, if there is none, what is compared: with the key, but without other arguments and values, such
// as IntAt("stock").AtLeast(…).
func (c Condition) String() string {
	if c.name != "" || c.term == nil {
		return c.name
	}
	var s strings.Builder
	c.term.write(&s)
	return s.String()
}

// GoString is String, so that %#v shows no values either.
func (c Condition) GoString() string { return c.String() }

func (n *term) write(s *strings.Builder) {
	if n.combines == combinesNone {
		s.WriteString(n.predicate.String())
		return
	}
	s.WriteString(string(n.combines))
	s.WriteByte('(')
	for i, part := range n.parts {
		if i > 0 {
			s.WriteString(", ")
		}
		part.write(s)
	}
	s.WriteByte(')')
}

// label is what an error may say of the condition: its name, or how it was made.
func (c Condition) label() string {
	switch {
	case c.name != "":
		return c.name
	case c.term == nil:
		return "Condition"
	case c.term.combines != combinesNone:
		return string(c.term.combines)
	}
	return c.term.label
}

// predicate compares what a command reads.
type predicate struct {
	operand
	method   string // as the caller has written it
	operator string // "=", "<", ">" or "in"
	negated  bool
	value    string
	more     []string // values after the first
}

// operand is what a condition compares. Its kind says how: see choice.lua.
type operand struct {
	label string // the function that makes it
	kind  string
	key   string
	read  [3]string // the command that reads it
	words int       // of read
}

// compare returns the condition that compares the operand with values.
func (o operand) compare(method, operator string, negated bool, value string, more ...string) Condition {
	n := &term{predicate: predicate{o, method, operator, negated, value, more}, terms: 1}
	n.size = 5 + o.words + 1 + len(more)
	n.bound()
	return Condition{term: n}
}

// is returns the condition that holds if what the command returns is not nil and not 0.
func (o operand) is(negated bool) Condition {
	n := &term{predicate: predicate{operand: o, operator: "is", negated: negated}, terms: 1}
	n.size = 5 + o.words
	return Condition{term: n}
}

// refuse returns a condition that keeps its If from being sent.
func (o operand) refuse(method, why string) Condition {
	c := o.compare(method, "=", false, "")
	c.term.err = invalid("%s", why)
	return c
}

func (p *predicate) String() string {
	arguments := ""
	if p.words > 2 && p.kind != kindLast { // a field, a member or an index
		arguments = ", …"
	}
	s := p.label + "(" + strconv.Quote(p.key) + arguments + ")"
	if p.method != "" {
		s += "." + p.method + "(…)"
	}
	return s
}

// keys calls yield with the keys of the condition, some of them several times, until it returns false.
func (n *term) keys(yield func(key string) bool) bool {
	if n.combines == combinesNone {
		return yield(n.key)
	}
	for _, part := range n.parts {
		if !part.keys(yield) {
			return false
		}
	}
	return true
}

// emit appends the comparisons of a condition that begins at a position, and goes on at others if it holds and if not.
func (n *term) emit(argv []string, at, holds, fails int) []string {
	switch n.combines {
	case combinesNone:
		if n.negated {
			holds, fails = fails, holds
		}
		argv = append(argv, n.kind, n.operator, strconv.Itoa(holds), strconv.Itoa(fails), strconv.Itoa(n.words))
		argv = append(argv, n.read[:n.words]...)
		if n.operator == "is" {
			return argv
		}
		return append(append(argv, n.value), n.more...)
	case negates:
		return n.parts[0].emit(argv, at, fails, holds)
	}
	for i, part := range n.parts {
		next := at + part.size
		switch last := i == len(n.parts)-1; {
		case last:
			argv = part.emit(argv, at, holds, fails)
		case n.combines == combinesAll:
			argv = part.emit(argv, at, next, fails)
		default:
			argv = part.emit(argv, at, holds, next)
		}
		at = next
	}
	return argv
}

// ConditionError is the error of an If with a condition that could not be evaluated. It matches [ErrCondition]; Err is the
// server's error, such as WRONGTYPE.
type ConditionError struct {
	Index int    // of the condition of If, from 0
	Name  string // what [Condition.Named] gave it, or else the function that made it, such as IntAt
	Err   error
}

// Error names the condition and the reason.
func (e *ConditionError) Error() string {
	return fmt.Sprintf("%v: condition %d (%s): %s", ErrCondition, e.Index, e.Name, redact(e.Err, e.Name))
}

// Unwrap returns the reason.
func (e *ConditionError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrCondition], or an error that it belongs to, or is [ErrService].
func (e *ConditionError) Is(target error) bool {
	if isOutcome(target) || target == ErrCondition {
		return target == ErrNotApplied || target == ErrCondition
	}
	return target == ErrService && isServerError(e.Err)
}
