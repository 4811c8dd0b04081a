package rueidistx

import (
	"context"
	_ "embed"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

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

// program is a call of choiceSource.
type program struct {
	words []string // EVALSHA, the digest, the number of keys, the keys, the arguments
	args  int      // where the arguments begin
	head  []byte   // the first of them
}

var programs = sync.Pool{New: func() any { return new(program) }}

// newProgram returns a program without words. Then the keys are added, and then the arguments, beginning with evaluate.
func newProgram() *program {
	p := programs.Get().(*program)
	p.words = append(p.words, "", "", "")
	return p
}

// release returns the program to the pool. It was sent, or will not be.
func (p *program) release() {
	if cap(p.words) > maxPooled {
		return
	}
	clear(p.words)
	p.words = p.words[:0]
	programs.Put(p)
}

// key adds a key, which may be there already.
func (p *program) key(key string) { p.words = append(p.words, key) }

// condition is key for a condition's keys.
func (p *program) condition(key string) bool {
	p.key(key)
	return true
}

// keysOf adds the keys of a command.
func (p *program) keysOf(o *op, argv []string) {
	for i := range o.keys(argv) {
		p.key(argv[i])
	}
}

// The head of a program: see choice.lua.
const (
	headOfIf   = 'i'
	headOfOnce = 'o'
	headNumber = 3 // bytes
	headLength = 1 + 3*headNumber
	headSize   = 2 // bytes for each command, after that
	headWrites = 1 << 15
)

// evaluate adds conditions, after all keys. Then the commands of both branches are added, if it runs them, and it is sealed.
func (p *program) evaluate(kind byte, conditions []Condition) {
	keys := p.words[3:]
	slices.Sort(keys) // the script takes them from its arguments, so their order has no meaning
	p.words = p.words[:3+len(slices.Compact(keys))]
	p.words[2] = strconv.Itoa(len(p.words) - 3)
	p.args = len(p.words)
	p.words = append(p.words, "") // the head
	for _, c := range conditions {
		p.words = c.term.emit(p.words, p.args)
	}
	p.head = append(p.head[:0], make([]byte, headLength)...)
	p.head[0] = kind
	p.begin(0)
	p.begin(1)
}

// begin notes that the commands of Then or Else (0 or 1) follow.
func (p *program) begin(i int) {
	p.note(i, len(p.words)-p.args+1) // Lua counts from 1
	p.note(2, (len(p.head)-headLength)/headSize)
}

// note sets a number in the head.
func (p *program) note(i, n int) {
	at := p.head[1+i*headNumber:]
	at[0], at[1], at[2] = byte(n>>16), byte(n>>8), byte(n)
}

// command adds a command. first says that it is the first of them that writes.
func (p *program) command(argv []string, first bool) {
	n := len(argv)
	if first {
		n |= headWrites
	}
	p.head = append(p.head, byte(n>>8), byte(n))
	p.words = append(p.words, argv...)
}

// seal puts the head in its place.
func (p *program) seal() { p.words[p.args] = string(p.head) }

// commands adds the commands of a branch as those of Then or Else.
func (p *program) commands(i int, plan *plan, a *answers) {
	p.begin(i)
	wrote := false
	for at := range a.len() {
		writes := a.opAt(at).effect != effectRead
		p.command(plan.wordsOf(at), writes && !wrote)
		wrote = wrote || writes
	}
}

// Longer branches run by WATCH, unless ByScript says otherwise.
//
// Measured with INCRBY on Redis 7.0 (INFO commandstats): a server runs an If of 1 command by a script for 2.8 µs, and 0.48 µs
// longer for each further one. With 30 that is 17 µs, in which it serves nobody else; by WATCH it is 7, in several pieces. For the
// caller the script takes 0.3 to 0.5 of the time with 1 command, 0.6 with 30, and 0.7 to 0.95 with 100
// (go -C bench test -run '^$' -bench If).
const (
	maxScripted      = 30   // commands
	maxScriptedWords = 1000 // in all
)

const (
	maxCommandWords = 1000    // Lua can pass only some thousands to one command
	maxBranchWords  = 1 << 18 // servers accept no more than 2^20, those of both branches and of the conditions
)

// long reports whether a branch has so many commands that a script would keep the server busy.
func (p *plan) long() bool { return len(p.ends) > maxScripted || len(p.words) > maxScriptedWords }

// scriptable reports whether a script can run the commands of a unit, of at most so many words, with the same replies as a
// transaction.
func (p *plan) scriptable(a *answers, most int) bool {
	words := 0
	if len(p.scripts) > 0 || len(p.loaded) > 0 {
		return false
	}
	for i := range a.len() {
		o, n := a.opAt(i), len(p.wordsOf(i))
		if words += n; o.id == 0 || o.unscripted || o.script || n > maxCommandWords || words > most {
			return false
		}
	}
	return true
}

// ruling is what a program replied.
type ruling struct {
	each    string // whether each condition holds: 1 or 0
	replies []rueidis.RedisMessage

	outside bool      // a script for Once did nothing because of the time
	clock   time.Time // the server's then; zero: it does not tell the user

	failed int   // the index of a condition that could not be evaluated
	reason error // why; nil: all could be
	stop   error // why no command was run although the conditions were evaluated; nil: they were
}

// held reports whether all conditions hold.
func (r *ruling) held() bool { return !strings.Contains(r.each, "0") }

var errRuling = errors.New("not a reply of the script")

// asRuling decodes the reply of a program.
func asRuling(m rueidis.RedisMessage) (r ruling, _ error) {
	list, err := m.ToArray()
	if err != nil || len(list) == 0 {
		return r, errRuling
	}
	if !list[0].IsInt64() {
		if r.each, err = list[0].ToString(); err != nil || strings.Trim(r.each, "01") != "" {
			return r, errRuling
		}
		r.replies = list[1:]
		return r, nil
	}
	switch why, _ := list[0].ToInt64(); {
	case why == -3 && len(list) == 2:
		text, err := list[1].ToString()
		now, notNumber := strconv.ParseInt(text, 10, 64)
		if r.outside = true; err != nil || notNumber != nil {
			return r, errRuling
		}
		if now > 0 {
			r.clock = time.UnixMilli(now)
		}
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

// check returns the error of a ruling that does not fit what was sent, or by which no command was run. then and other are the
// numbers of commands.
func (r *ruling) check(k *facts, conditions []Condition, then, other int) error {
	want := other
	if r.held() {
		want = then
	}
	switch {
	case r.reason != nil && r.failed >= 0 && r.failed < len(conditions):
		return &ConditionError{r.failed, conditions[r.failed].label(), r.reason}
	case r.reason != nil:
		return fail(ErrProtocol, errRuling)
	case r.stop != nil:
		f := failCommand(ErrAborted, -1, "EVALSHA", r.stop)
		f.transient = k.isTransient(code(r.stop))
		return f
	case r.outside, len(conditions) > 0 && len(r.each) != len(conditions) || len(r.replies) != want:
		return fail(ErrProtocol, errRuling)
	}
	return nil
}

// run sends the program as a script. An error says what became of all of it.
func (p *program) run(ctx context.Context, db *DB) (ruling, error) {
	a := db.Auto(ctx)
	reply := Future[ruling]{a.queue.runCall(choiceSource, p.words), asRuling}
	r, err := reply.Value()
	if err == nil {
		return r, nil
	}
	var of *CommandError
	if errors.As(err, &of) {
		of.Index = -1 // no command of a branch
	}
	if OutcomeOf(err) != Applied {
		return r, err
	}
	// The server's error says that the script was run, but not how far.
	kind := ErrUnknown
	if errors.Is(err, ErrDecode) || errors.Is(err, ErrNil) {
		kind = ErrProtocol
	}
	return r, fail(kind, err)
}
