package rueidistx

import (
	"fmt"
	"strconv"
	"strings"
)

// Condition is a condition of [DB.If], on the values of keys. It is a small value without state: keep it, and use it as
// often as you like, in any goroutine. The zero Condition is [ErrInvalid], and so are more than 262,144 conditions, or 524,288
// words that they and what they are compared with take, in one If.
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
	size     int   // number of words in the program: of a predicate, or of the branches of a combination
	terms    int   // number of terms, itself included; those that occur several times count as often
	err      error // why it cannot be sent
}

// What an If may consist of. Servers accept no more than 2^20 words, and whoever combines a condition with itself gets
// beyond any limit within some steps.
const (
	maxTerms          = 1 << 18
	maxConditionWords = 1 << 19
)

var errTooLarge error = invalid("there are more than %d conditions, or they take more than %d words", maxTerms, maxConditionWords)

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

// add adds a part.
func (n *term) add(c Condition) {
	if n.count(c); n.err == nil {
		n.parts = append(n.parts, c.term)
	}
}

// count adds the size of a part, and takes over why it cannot be sent.
func (n *term) count(c Condition) {
	switch part := c.term; {
	case part == nil:
		n.err = errZeroCondition
	case n.err == nil:
		n.err = part.err
		n.size += part.branches()
		n.terms += part.terms
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

// Named returns the condition with a name for errors and for String, such as "60 a minute". The names of conditions inside
// And, Or and Not are not shown.
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
	method   string   // as the caller has written it
	operator string   // see choice.lua; "" if it compares with nothing
	value    string   // "" then
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
func (o operand) compare(method, operator, value string, more ...string) Condition {
	n := &term{predicate: predicate{o, method, operator, value, more}, size: 3 + o.words + 1 + len(more), terms: 1}
	n.bound()
	return Condition{term: n}
}

// holds returns the condition that is what the command returns.
func (o operand) holds() Condition { return o.compare("", "", "") }

// refuse returns a condition that keeps its If from being sent.
func (o operand) refuse(method, why string) Condition {
	c := o.compare(method, "=", "")
	c.term.err = invalid("%s", why)
	return c
}

func (p *predicate) String() string {
	arguments := ""
	if p.kind == kindMember || p.words > 2 && p.kind != kindLast { // a field, a member or an index
		arguments = ", …"
	}
	s := p.label + "(" + strconv.Quote(p.key) + arguments + ")"
	if p.method != "" {
		s += "." + p.method + "(…)"
	}
	return s
}

// keys yields the keys of the condition.
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

// emit appends the condition of an If. Its positions count from args on.
func (n *term) emit(argv []string, args int) []string {
	if n.combines == combinesNone {
		return n.predicate.emit(argv)
	}
	at := len(argv) - args + 3 // Lua counts from 1
	argv = append(argv, "?", strconv.Itoa(at+n.size))
	return n.emitBranches(argv, at, 1, 0)
}

// emitBranches appends the branches of a condition that begins at a position, and goes on at others if it holds and if not.
func (n *term) emitBranches(argv []string, at, holds, fails int) []string {
	switch n.combines {
	case combinesNone:
		return n.predicate.emit(append(argv, strconv.Itoa(holds), strconv.Itoa(fails)))
	case negates:
		return n.parts[0].emitBranches(argv, at, fails, holds)
	}
	for i, part := range n.parts {
		next := at + part.branches()
		switch last := i == len(n.parts)-1; {
		case last:
			argv = part.emitBranches(argv, at, holds, fails)
		case n.combines == combinesAll:
			argv = part.emitBranches(argv, at, next, fails)
		default:
			argv = part.emitBranches(argv, at, holds, next)
		}
		at = next
	}
	return argv
}

// branches returns the number of words of the condition inside another.
func (n *term) branches() int {
	if n.combines == combinesNone {
		return 2 + n.size
	}
	return n.size
}

func (p *predicate) emit(argv []string) []string {
	argv = append(argv, p.kind, p.operator, strconv.Itoa(p.words))
	argv = append(argv, p.read[:p.words]...)
	return append(append(argv, p.value), p.more...)
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
	return fmt.Sprintf("%v: condition %d (%s): %s", ErrCondition, e.Index, escape(e.Name), redact(e.Err, e.Name))
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
