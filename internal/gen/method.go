package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/rueidistx/rueidistx/internal/table"
)

// method writes one method.
type method struct {
	bytes.Buffer
	table.Command
	verbs []string // the expressions of the words of its name
	op    string   // that of its op
	err   error    // what is wrong with the row
}

// methods returns the file of a group.
func methods(g table.Group) ([]byte, error) {
	var b bytes.Buffer
	for _, c := range g.Rows {
		m := &method{Command: c, op: opVar(c)}
		for _, verb := range c.Verbs() {
			m.verbs = append(m.verbs, fmt.Sprintf("%q", verb))
		}
		if c.Milli != "" {
			m.verbs, m.op = []string{"command.name"}, "command"
		}
		m.writeMethod()
		if c.Effect == table.Read && c.On == "" {
			m.writeForwarder()
		}
		if m.err != nil {
			return nil, fmt.Errorf("%s: %w", c.Method, m.err)
		}
		b.Write(m.Bytes())
	}
	return source(b.Bytes())
}

func (m *method) printf(format string, args ...any) { fmt.Fprintf(&m.Buffer, format, args...) }

// receiver returns the receiver of the method, and the expression for the queue that its command goes to.
func (m *method) receiver() (receiver, to string) {
	switch {
	case m.On == table.Auto:
		return "a Auto", "a.to()"
	case m.Effect == table.Read:
		return "q *Queries", "q.to()"
	}
	return "c *Commands", "c.to()"
}

func (m *method) writeMethod() {
	receiver, _ := m.receiver()
	m.writeDoc()
	m.printf("func (%s) %s(%s) Future[%s] {\n", receiver, m.Method, m.signature(), m.Reply.GoType)
	m.writeChecks()
	if m.Milli != "" {
		m.writeChoice()
	}
	switch options := m.options(); {
	case !m.oneWordEach(options):
		m.printf("var room [roomy]string\nown, lent := wordsFor(room[:0], %s)\n", m.size())
		m.writeAppends("own", "lent.giveBack(len(words))\n")
		m.printf("f := ")
		m.writeDo("words...")
		m.printf("lent.giveBack(len(words))\nreturn f\n")
	case options == nil:
		m.printf("return ")
		m.writeDo(strings.Join(m.words(), ", "))
	default:
		if options.Kind.Check == "" { // there may be none
			m.printf("if len(options) == 0 {\nreturn ")
			m.writeDo(strings.Join(m.words(), ", "))
			m.printf("}\n")
		}
		m.printf("var room [roomy]string\n")
		m.writeAppends("room[:0]", "")
		m.printf("return ")
		m.writeDo("words...")
	}
	m.printf("}\n\n")
}

func (m *method) writeDo(words string) {
	_, to := m.receiver()
	decoder := m.Reply.Decoder
	if m.RepliesKeys() {
		decoder = fmt.Sprintf("keyed(%s, %s)", to, decoder)
	}
	m.printf("Future[%s]{%s.do(%s, %s), %s}\n", m.Reply.GoType, to, m.op, words, decoder)
}

func (m *method) writeReject(op string) {
	_, to := m.receiver()
	m.printf("return Future[%s]{%s.reject(%s, err), %s}\n", m.Reply.GoType, to, op, m.Reply.Decoder)
}

// writeForwarder writes the method of Commands that calls the one of Queries. An embedded method would panic on Commands
// that were not made by a DB, and would not be in the documentation of Commands.
func (m *method) writeForwarder() {
	var names []string
	for _, p := range m.Params {
		name := p.Name
		if p.Kind.Variadic() {
			name += "..."
		}
		names = append(names, name)
	}
	m.printf("// %s queues %s: see [Queries.%s].\n", m.Method, m.Name, m.Method)
	m.printf("func (c *Commands) %s(%s) Future[%s] {\nreturn c.reads().%s(%s)\n}\n\n", m.Method, m.signature(), m.Reply.GoType, m.Method, strings.Join(names, ", "))
}

// writeChecks writes the checks of the parameters.
func (m *method) writeChecks() {
	var checks []string
	for _, p := range m.Params {
		if p.Kind.Check != "" {
			checks = append(checks, filled(p.Kind.Check, p))
		}
	}
	if checks == nil {
		return
	}
	all := strings.Join(checks, ", ")
	if len(checks) > 1 {
		all = "cmp.Or(" + all + ")"
	}
	m.printf("if err := %s; err != nil {\n", all)
	m.writeReject(opVar(m.Command))
	m.printf("}\n")
}

// writeChoice writes the choice between the command for seconds and the one for milliseconds.
func (m *method) writeChoice() {
	for _, p := range m.Params {
		choose := map[string]string{"time.Duration": "expireAfter", "time.Time": "expireAt"}[p.Kind.GoType]
		if choose == "" {
			continue
		}
		m.printf("command, n, err := %s(%s, %s, %s)\nif err != nil {\n", choose, opVar(m.Command), milliVar(m.Command), p.Name)
		m.writeReject("command")
		m.printf("}\n")
	}
}

// writeAppends writes code that appends the words of a command to the expression room, and assigns the result to words.
// undo is what must be done before an early return.
func (m *method) writeAppends(room, undo string) {
	single, assign := m.verbs, ":="
	declare := ":="
	if m.Milli != "" {
		declare = "="
	}
	flush := func() {
		if single != nil {
			m.printf("words %s append(%s, %s)\n", assign, room, strings.Join(single, ", "))
			single, assign, room = nil, "=", "words"
		}
	}
	for _, w := range m.Sent() {
		if e := m.word(w); e != "" {
			single = append(single, e)
			continue
		}
		flush()
		switch p := m.param(w); {
		case p.Kind.Options, p.Kind.Append == "options":
			list, appends := p.Name, "appendOptions"
			if !p.Kind.Options {
				list = "[]" + p.Kind.GoType + "{" + p.Name + "}"
			} else if p.Kind.Append != "" {
				appends = p.Kind.Append
			}
			m.printf("words, err %s %s(words, %s)\nif err != nil {\n%s", declare, appends, list, undo)
			m.writeReject(m.op)
			m.printf("}\n")
			declare = "="
		case p.Kind.Append != "":
			m.printf("words = %s(words, %s)\n", p.Kind.Append, p.Name)
		default:
			m.printf("words = append(words, %s...)\n", p.Name)
		}
	}
	flush()
}

// size returns the expression for the maximum number of words of a command.
func (m *method) size() string {
	n, more := len(m.verbs), ""
	for _, w := range m.Sent() {
		if m.word(w) != "" {
			n++
			continue
		}
		switch p := m.param(w); {
		case p.Kind.Size != "":
			more += "+" + filled(p.Kind.Size, p)
		case !p.Kind.List():
			n += p.Kind.Words
		case p.Kind.Words == 1:
			more += "+len(" + p.Name + ")"
		default:
			more += fmt.Sprintf("+%d*len(%s)", p.Kind.Words, p.Name)
		}
	}
	return fmt.Sprint(n) + more
}

func (m *method) signature() string {
	var list []string
	for n, p := range m.Params {
		if n+1 < len(m.Params) && m.Params[n+1].Kind.GoType == p.Kind.GoType { // a, b string
			list = append(list, p.Name)
			continue
		}
		list = append(list, p.Name+" "+p.Kind.GoType)
	}
	return strings.Join(list, ", ")
}

func (m *method) param(name string) table.Param {
	p, err := m.Param(name)
	if err != nil {
		m.err = err
	}
	return p
}

// options returns the parameter that is the options, nil if there is none.
func (m *method) options() *table.Param {
	for n := range m.Params {
		if m.Params[n].Kind.Options {
			return &m.Params[n]
		}
	}
	return nil
}

// oneWordEach reports whether every argument except the given one is one word.
func (m *method) oneWordEach(but *table.Param) bool {
	for n := range m.Params {
		if &m.Params[n] != but && m.Params[n].Kind.Word == "" {
			return false
		}
	}
	return true
}

// word returns the expression for an argument that is one word of the command, "" for others.
func (m *method) word(w string) string {
	switch w[0] {
	case '\'':
		return `"` + strings.Trim(w, "'") + `"`
	case '#':
		if list, half := strings.CutSuffix(w[1:], "/2"); half {
			return "integer(int64(len(" + list + ")/2))"
		}
		return "integer(int64(len(" + w[1:] + ")))"
	case '@':
		return "entryIDOf(options)"
	}
	p := m.param(w)
	return filled(p.Kind.Word, p)
}

// filled returns a template of a kind with the parameter's name.
func filled(template string, p table.Param) string { return strings.ReplaceAll(template, "$", p.Name) }

// words returns the expressions for the words of the whole command, without its options.
func (m *method) words() []string {
	list := m.verbs[:len(m.verbs):len(m.verbs)]
	for _, w := range m.Sent() {
		if e := m.word(w); e != "" {
			list = append(list, e)
		}
	}
	return list
}
