package rueidistx

import (
	"context"
	_ "embed"
	"errors"
	"regexp"
	"slices"
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
type program struct {
	keyList
	args []string
}

// keyList is a list of keys, each of them once.
type keyList struct {
	keys  []string
	index map[string]bool // of all keys, if there are many
}

const manyKeys = 16

func (l *keyList) add(key string) {
	switch {
	case len(l.keys) < manyKeys:
		if slices.Contains(l.keys, key) {
			return
		}
	case l.index == nil:
		l.index = make(map[string]bool, cap(l.keys))
		for _, known := range l.keys {
			l.index[known] = true
		}
		fallthrough
	default:
		if l.index[key] {
			return
		}
		l.index[key] = true
	}
	l.keys = append(l.keys, key)
}

// Which command of a list is the first that writes: see choice.lua.
const (
	writesNever = ""
	writesFirst = "first" // and no error of it allows the rest
)

// The arguments begin with what choice.lua says.
const programHead = 5

// newProgram returns a program that evaluates conditions.
func newProgram(conditions []Condition, keys, words int) *program {
	size := programHead + len(conditions) + words
	for _, c := range conditions {
		size += c.term.size
	}
	p := &program{keyList{keys: make([]string, 0, keys)}, make([]string, programHead, size)}
	p.args[0] = strconv.Itoa(len(conditions))
	for _, c := range conditions {
		c.term.keys(func(key string) bool { p.add(key); return true })
		at := len(p.args) + 2 // Lua counts from 1
		p.args = append(p.args, strconv.Itoa(at+c.term.size))
		p.args = c.term.emit(p.args, at, 1, 0)
	}
	p.branch(0, writesNever)
	p.branch(1, writesNever)
	return p
}

// branch notes that the commands of Then or Else (0 or 1) follow, and which of them is the first that writes.
func (p *program) branch(i int, writes string) {
	p.args[1+i], p.args[3+i] = strconv.Itoa(len(p.args)+1), writes
}

// command adds a command.
func (p *program) command(o *op, argv []string) {
	p.args = append(p.args, strconv.Itoa(len(argv)))
	p.args = append(p.args, argv...)
	first := o.firstKey(argv)
	if first == 0 || first >= len(argv) {
		return
	}
	p.add(argv[first])
	for i := range o.moreKeys(argv) {
		p.add(argv[i])
	}
}

// commands adds the commands of a unit as those of Then or Else.
func (p *program) commands(i int, a *answers, commands []rueidis.Completed) {
	writes := writesNever
	p.branch(i, writes)
	for at := range commands {
		o := a.opAt(at)
		if o.effect != effectRead && writes == writesNever {
			writes = strconv.Itoa(at)
		}
		p.command(o, commands[at].Commands())
	}
	p.args[3+i] = writes
}

const (
	// Longer branches run by WATCH, unless ByScript says otherwise.
	maxScripted      = 10   // commands
	maxScriptedWords = 1000 // in all

	maxCommandWords = 1000    // Lua can pass only some thousands to one command
	maxBranchWords  = 1 << 18 // of both branches, and of the conditions, servers accept together no more than 2^20
)

// long reports whether a unit has so many commands that a script would keep the server busy.
func (p *plan) long() bool { return len(p.commands)-1 > maxScripted || p.words() > maxScriptedWords }

func (p *plan) words() (n int) {
	for i := range p.commands[1:] {
		n += len(p.commands[1+i].Commands())
	}
	return n
}

// scriptable reports whether a script can run the commands of a unit with the same replies as a transaction.
func (p *plan) scriptable(a *answers) bool {
	if len(p.scripts) > 0 || len(p.loaded) > 0 || p.words() > maxBranchWords {
		return false
	}
	for i, command := range p.commands[1:] {
		if o := a.opAt(i); o.id == 0 || o.unscripted || o.script || len(command.Commands()) > maxCommandWords {
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
	if err != nil || len(list) < 2 {
		return r, errRuling
	}
	verdict, err := list[0].ToInt64()
	switch {
	case err != nil:
		return r, errRuling
	case verdict == -1 && len(list) == 3:
		index, err := list[1].ToInt64()
		if r.reason = list[2].Error(); err != nil || r.reason == nil {
			return r, errRuling
		}
		r.failed = int(index)
		return r, nil
	case verdict == -2:
		if r.stop = list[1].Error(); r.stop == nil {
			return r, errRuling
		}
		return r, nil
	}
	each, err := list[1].ToString()
	if err != nil || verdict != 0 && verdict != 1 || strings.Trim(each, "01") != "" {
		return r, errRuling
	}
	r.held, r.each, r.replies = verdict == 1, make([]bool, len(each)), list[2:]
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
	case len(r.each) != len(conditions) || r.held == slices.Contains(r.each, false) || len(r.replies) != commands(r.held):
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
