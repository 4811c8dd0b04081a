package rueidistx

import (
	"iter"
	"strconv"
	"strings"
)

// effect says what it means to run a command again.
type effect uint8

const (
	effectRead       effect = iota // changes nothing
	effectOverwrite                // leaves the same state as the first time
	effectAccumulate               // changes the state again
)

// op describes a command, apart from its arguments. Those of the table are in commands_ops.go.
type op struct {
	name string
	id   uint16 // its index in opByID, 0 for a command that only its caller knows

	// The positions of the keys, as COMMAND reports them: the first, the last (negative: from the end of the arguments)
	// and the step between them, all 0 if there are none; the position of the number of keys that follow it; and, not 0 if
	// as many keys as IDs follow the word STREAMS, the first position where a method puts that.
	first, last, step, numkeys, streams int8

	effect    effect
	reply     uint8 // index in values of what decodes its reply
	script    bool  // its errors may come from a script
	blocks    bool
	keyed     bool  // its reply holds keys
	scope     scope // what the prefix of a DB means for it
	paged     bool  // it replies with a cursor, which has a meaning only on the same server
	speech    speech
	mayRepeat bool // it writes, and the caller allows rueidis to send it twice

	unscripted bool // a script cannot run it, or would round its reply
	varies     bool // its reply may become another one although its key does not change
	words      int8 // how many it always has; 0: several numbers are possible, or it is not known
}

// scriptText returns the script's text in a call of EVAL or SCRIPT LOAD, "" for other commands.
func (o *op) scriptText(argv []string) string {
	switch {
	case (o.name == "EVAL" || o.name == "EVAL_RO") && len(argv) > 1:
		return argv[1]
	case o.name == "SCRIPT" && len(argv) > 2 && normalize(argv[1]) == "LOAD":
		return argv[2]
	}
	return ""
}

// speaks reports whether the command is a script that may return an error of its own, which may look like the server's.
func (o *op) speaks() bool { return o.speech > silent }

func (o *op) firstKey(argv []string) int {
	if o.first != 0 {
		return int(o.first)
	}
	if o.streams != 0 {
		first, _ := o.streamKeys(argv)
		return first
	}
	if o.numkeys == 0 || argv[o.numkeys] == "0" {
		return 0
	}
	return int(o.numkeys) + 1
}

// keys returns the positions of all keys.
func (o *op) keys(argv []string) iter.Seq[int] {
	return func(yield func(int) bool) {
		first := o.firstKey(argv)
		if first == 0 || first >= len(argv) || !yield(first) {
			return
		}
		o.moreKeys(argv)(yield)
	}
}

// moreKeys returns the positions of all keys except the first.
func (o *op) moreKeys(argv []string) iter.Seq[int] {
	return func(yield func(int) bool) {
		if o.first != 0 {
			last := int(o.last)
			if last < 0 {
				last += len(argv)
			}
			for i := int(o.first + o.step); o.step > 0 && i <= last && i < len(argv); i += int(o.step) {
				if !yield(i) {
					return
				}
			}
		}
		if o.streams != 0 {
			first, last := o.streamKeys(argv)
			for i := first + 1; i <= last; i++ {
				if !yield(i) {
					return
				}
			}
		}
		if o.numkeys == 0 {
			return
		}
		n, _ := strconv.Atoi(argv[o.numkeys])
		i, step := int(o.numkeys)+1, max(int(o.step), 1)
		if o.first == 0 { // that one is the first
			i, n = i+step, n-1
		}
		for ; n > 0 && i < len(argv); i, n = i+step, n-1 {
			if !yield(i) {
				return
			}
		}
	}
}

// streamKeys returns the positions of the first and the last key behind the word STREAMS, 0 and -1 if there are none.
func (o *op) streamKeys(argv []string) (first, last int) {
	i, _ := readingWords(argv)
	if n := (len(argv) - i) / 2; i > 0 && n > 0 {
		return i, i + n - 1
	}
	return 0, -1
}

var opUnknown = &op{name: "?", effect: effectAccumulate}

// opByID holds all ops by id. Answers store ids, not pointers: these take a quarter of the memory, and the garbage
// collector need not scan them. opByName holds those of the table.
//
// scripting holds the commands whose errors a script may have made up, by what the script can return. They have no
// methods: see Script.
var opByID, opByName, scripting = allOps()

func allOps() (byID []*op, byName map[string]*op, scripting map[string][free + 1]*op) {
	byID, byName, scripting = []*op{opUnknown}, map[string]*op{}, map[string][free + 1]*op{}
	for _, o := range ops {
		byID = append(byID, o)
	}
	for _, o := range ops {
		switch same := byName[o.name]; {
		case same == nil:
			byName[o.name] = o
		case same.reply != o.reply && same.reply != 0: // the name alone does not tell the reply
			unclear := *o
			unclear.id, unclear.reply = uint16(len(byID)), 0
			byID, byName[o.name] = append(byID, &unclear), &unclear
		}
	}
	for _, name := range []string{"EVAL", "EVALSHA", "FCALL", "EVAL_RO", "EVALSHA_RO", "FCALL_RO"} {
		var variants [free + 1]*op
		for speech := range free + 1 {
			o := &op{name: name, id: uint16(len(byID)), numkeys: 2, effect: effectAccumulate, script: true, speech: speech}
			if strings.HasSuffix(name, "_RO") {
				o.effect = effectRead
			}
			byID, variants[speech] = append(byID, o), o
		}
		scripting[name] = variants
	}
	return byID, byName, scripting
}

// lookup returns the op of a command built by a caller.
func lookup(verb string, argv []string) *op {
	if variants, ok := scripting[verb]; ok {
		if strings.HasPrefix(verb, "EVAL") && !strings.HasPrefix(verb, "EVALSHA") && len(argv) > 1 {
			return variants[speechOf(argv[1])]
		}
		return variants[free]
	}
	if o := opByName[verb]; o != nil {
		return o
	}
	if containers[verb] && len(argv) > 1 {
		if o := opByName[verb+" "+normalize(argv[1])]; o != nil {
			return o
		}
	}
	return opUnknown
}

// containers are the commands that have subcommands among those with methods.
var containers = func() map[string]bool {
	found := map[string]bool{}
	for _, o := range ops {
		if verb, _, ok := strings.Cut(o.name, " "); ok {
			found[verb] = true
		}
	}
	return found
}()

// printable reports whether a command's name may occur in an error.
func printable(verb string) bool {
	return len(verb) <= 32 && strings.Trim(verb, capitals+"0123456789._|-:") == ""
}
