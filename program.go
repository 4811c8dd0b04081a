package rueidistx

import (
	"context"
	_ "embed"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

//go:embed choice.lua
var choiceLua string

// choiceSource is the script that evaluates conditions and runs commands. Whatever the commands reply is inside its reply,
// so that an error instead of a reply is always the server's.
var choiceSource = func() *source {
	s := newSource(regexp.MustCompile(`(?m)^ *--.*\n|^ +| +-- .*$`).ReplaceAllString(choiceLua, ""), false)
	s.byDigest, s.byText = scripting["EVALSHA"][silent], scripting["EVAL"][silent]
	return s
}()

// program is a call of choiceSource: its keys and arguments.
type program struct{ keys, args []string }

// newProgram returns a program that evaluates conditions, with room for so many more keys and words.
func newProgram(conditions []Condition, keys, words int) *program {
	size := programHead + words
	for _, c := range conditions {
		size += 2 + c.term.size
	}
	p := &program{make([]string, 0, len(conditions)+keys), make([]string, programHead, size)}
	for _, c := range conditions {
		p.keys = c.term.keysOf(p.keys)
		p.args = c.term.emit(p.args)
	}
	p.begin(0, "")
	p.begin(1, "")
	return p
}

// programHead is the number of arguments that precede the conditions: where the commands of Then and Else begin.
const programHead = 2

// begin notes that the commands of Then or Else (0 or 1) follow. What sign means says choice.lua.
func (p *program) begin(i int, sign string) { p.args[i] = sign + strconv.Itoa(len(p.args)+1) }

// command adds a command. first says that it is the first of them that writes.
func (p *program) command(o *op, argv []string, first bool) {
	size := len(argv)
	if first {
		size = -size
	}
	p.args = append(p.args, strconv.Itoa(size))
	p.args = append(p.args, argv...)
	at := o.firstKey(argv)
	if at == 0 || at >= len(argv) {
		return
	}
	p.keys = appendNew(p.keys, argv[at])
	for i := range o.moreKeys(argv) {
		p.keys = appendNew(p.keys, argv[i])
	}
}

// commands adds the commands of a unit as those of Then or Else.
func (p *program) commands(i int, a *answers, commands []rueidis.Completed) {
	p.begin(i, "")
	wrote := false
	for at := range commands {
		o := a.opAt(at)
		writes := o.effect != effectRead
		p.command(o, commands[at].Commands(), writes && !wrote)
		wrote = wrote || writes
	}
}

// maxScripted and maxScriptedWords bound the commands that one script runs, and their words, of which Lua can pass only some
// thousands to one command.
const (
	maxScripted      = 10
	maxScriptedWords = 1000
)

// scriptable reports whether a script can run the commands of a unit with the same replies as a transaction.
func (p *plan) scriptable(a *answers) bool {
	commands, words := p.commands[1:], 0
	if len(p.scripts) > 0 || len(p.loaded) > 0 {
		return false
	}
	for i := range commands {
		o := a.opAt(i)
		if words += len(commands[i].Commands()); o.id == 0 || o.unscripted || o.script || words > maxScriptedWords {
			return false
		}
	}
	return true
}

// ruling is what a program replied.
type ruling struct {
	held    bool   // all conditions hold
	each    []bool // whether each of them holds
	replies []rueidis.RedisMessage

	failed int   // the index of a condition that could not be evaluated
	reason error // why; nil: all could be
	stop   error // why no command was run although the conditions were evaluated; nil: they were
}

var errRuling = errors.New("not a reply of the script")

// asRuling decodes the reply of a program.
func asRuling(m rueidis.RedisMessage) (r ruling, _ error) {
	list, err := m.ToArray()
	if err != nil || len(list) == 0 {
		return r, errRuling
	}
	if list[0].IsInt64() {
		switch why, _ := list[0].ToInt64(); {
		case why == -1 && len(list) == 3:
			index, err := list[1].ToInt64()
			if r.failed, r.reason = int(index), list[2].Error(); err != nil || r.reason == nil {
				return r, errRuling
			}
		case why == -2 && len(list) == 2:
			if r.stop = list[1].Error(); r.stop == nil {
				return r, errRuling
			}
		default:
			return r, errRuling
		}
		return r, nil
	}
	each, err := list[0].ToString()
	if err != nil || strings.Trim(each, "01") != "" {
		return r, errRuling
	}
	r.held, r.each, r.replies = !strings.Contains(each, "0"), make([]bool, len(each)), list[1:]
	for i := range r.each {
		r.each[i] = each[i] == '1'
	}
	return r, nil
}

// check returns the error of a ruling that does not fit what was sent, or by which no command was run.
func (r *ruling) check(k *facts, conditions []Condition, commands func(held bool) int) error {
	switch {
	case r.reason != nil && r.failed >= 0 && r.failed < len(conditions):
		return &ConditionError{r.failed, conditions[r.failed].label(), r.reason}
	case r.reason != nil:
		return fail(ErrProtocol, errRuling)
	case r.stop != nil:
		f := failCommand(ErrAborted, -1, "EVALSHA", r.stop)
		f.transient = k.isTransient(code(r.stop))
		return f
	case len(r.each) != len(conditions) || len(r.replies) != commands(r.held):
		return fail(ErrProtocol, errRuling)
	}
	return nil
}

// run sends the program as a script. An error says what became of all of it.
func (p *program) run(ctx context.Context, db *DB) (ruling, error) {
	a := db.Auto(ctx)
	reply := Future[ruling]{a.queue.script(choiceSource, p.keys, p.args), asRuling}
	r, err := reply.Value()
	if err == nil || OutcomeOf(err) != Applied {
		return r, err
	}
	// The server's error says that the script was run, but not how far.
	kind := ErrUnknown
	if errors.Is(err, ErrDecode) || errors.Is(err, ErrNil) {
		kind = ErrProtocol
	}
	return r, fail(kind, err)
}
