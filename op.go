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

// op is what a command is, apart from its arguments. Those of the table are in commands_gen.go.
type op struct {
	name string
	id   uint16 // its place in opByID, 0 for those of a caller's own

	// Where the keys are, as COMMAND says it: the first, the last (from the end of the arguments where negative) and the
	// step between them, all 0 where there are none; and the place of the number of keys that follow it.
	first, last, step, numkeys int8

	effect    effect
	reply     uint8 // what decodes its reply, in values
	script    bool  // its errors may be a script's
	speech    speech
	mayRepeat bool // it writes, and the caller allows rueidis to send it twice
}

// scriptText returns the text of a script that is sent with it, and "" for other commands.
func (o *op) scriptText(argv []string) string {
	if (o.name == "EVAL" || o.name == "EVAL_RO") && len(argv) > 1 {
		return argv[1]
	}
	return ""
}

// speaks reports whether it is a script that may answer with an error of its own, which may read like the server's.
func (o *op) speaks() bool { return o.speech > silent }

func (o *op) firstKey(argv []string) int {
	if o.first != 0 {
		return int(o.first)
	}
	if o.numkeys == 0 || argv[o.numkeys] == "0" {
		return 0
	}
	return int(o.numkeys) + 1
}

// moreKeys are the places of all keys but the first.
func (o *op) moreKeys(argv []string) iter.Seq[int] {
	return func(yield func(int) bool) {
		if o.first != 0 {
			last := int(o.last)
			if last < 0 {
				last += len(argv)
			}
			for i := int(o.first + o.step); o.step > 0 && i <= last; i += int(o.step) {
				if !yield(i) {
					return
				}
			}
		}
		if o.numkeys == 0 {
			return
		}
		n, _ := strconv.Atoi(argv[o.numkeys])
		for i := int(o.numkeys) + 1; i <= int(o.numkeys)+n && i < len(argv); i++ {
			if !yield(i) {
				return
			}
		}
	}
}

var opUnknown = &op{name: "?", effect: effectAccumulate}

// opByID are all ops by id. Answers remember ids, not pointers: they take a quarter of the memory, and the garbage
// collector passes them over. opByName are those of the table.
//
// scripting are the commands whose errors a script may have written, by what the script can say. They have no methods: see
// Script.
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
		case same.reply != o.reply && same.reply != 0: // nobody knows by the name alone
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

// lookup returns what a command is that a caller has built.
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
	return opUnknown
}

// printable reports whether a command's name may stand in an error.
func printable(verb string) bool {
	return len(verb) <= 32 && strings.Trim(verb, capitals+"0123456789._|-:") == ""
}
