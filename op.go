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
	id   uint16 // its place in numbered, 0 for those of a user's own

	// Where the keys are, as COMMAND says it: the first, the last (from the end of the arguments where negative) and the
	// step between them, all 0 where there are none; and the place of the number of keys that follow it.
	first, last, step, numkeys int8

	effect effect
	script bool // its errors may be anything
}

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

// scripting are the commands whose errors a script may have written. They have no methods: see Script.
var scripting = map[string]*op{
	"EVAL":       {name: "EVAL", numkeys: 2, effect: effectAccumulate, script: true},
	"EVALSHA":    {name: "EVALSHA", numkeys: 2, effect: effectAccumulate, script: true},
	"EVAL_RO":    {name: "EVAL_RO", numkeys: 2, effect: effectRead, script: true},
	"EVALSHA_RO": {name: "EVALSHA_RO", numkeys: 2, effect: effectRead, script: true},
	"FCALL":      {name: "FCALL", numkeys: 2, effect: effectAccumulate, script: true},
	"FCALL_RO":   {name: "FCALL_RO", numkeys: 2, effect: effectRead, script: true},
}

// numbered are all ops by id. A frame remembers ids, not pointers: they take a quarter of the memory, and the garbage
// collector passes them over.
var numbered = func() []*op {
	list := []*op{opUnknown}
	for _, table := range []map[string]*op{scripting, ops} {
		for _, o := range table {
			o.id = uint16(len(list))
			list = append(list, o)
		}
	}
	return list
}()

func lookup(verb string) *op {
	if o := scripting[verb]; o != nil {
		return o
	}
	if o := ops[verb]; o != nil {
		return o
	}
	return opUnknown
}

// printable reports whether a command's name may stand in an error.
func printable(verb string) bool {
	return len(verb) <= 32 && strings.Trim(verb, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._|-") == ""
}

// forbidden returns why a command may not be sent, and "" for the others.
func forbidden(verb string, argv []string) string {
	switch verb {
	case "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH":
		return "this package sends it itself"
	case "MONITOR", "RESET", "QUIT", "HELLO", "AUTH", "SELECT", "ASKING", "READONLY", "READWRITE":
		return "it changes the state of the shared connection"
	case "SYNC", "PSYNC", "REPLCONF", "SHUTDOWN", "SAVE":
		return "it stops the server or the connection from serving others"
	case "CLIENT":
		if len(argv) > 1 {
			switch word(argv[1]) {
			case "GETNAME", "GETREDIR", "HELP", "ID", "INFO", "KILL", "LIST", "PAUSE", "TRACKINGINFO", "UNBLOCK", "UNPAUSE":
				return ""
			}
		}
		return "it changes the state of the shared connection"
	case "SCRIPT":
		if len(argv) > 1 && word(argv[1]) == "DEBUG" {
			return "it changes the state of the shared connection"
		}
	}
	if strings.HasSuffix(verb, "SUBSCRIBE") {
		return "it changes the state of the shared connection: use rueidis's Receive"
	}
	return ""
}

// word returns an argument as Redis compares it with the words that it knows: in any case, and up to a NUL.
func word(argument string) string {
	argument, _, _ = strings.Cut(argument, "\x00")
	return strings.ToUpper(argument)
}

// blocking reports whether a command may wait on the server.
func blocking(verb string, argv []string) bool {
	switch verb {
	case "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT", "WAITAOF":
		return true
	case "XREAD", "XREADGROUP":
		from := 1
		if verb == "XREADGROUP" {
			from = min(4, len(argv)) // behind GROUP, its name and the consumer's
		}
		for _, a := range argv[from:] {
			switch word(a) {
			case "BLOCK":
				return true
			case "STREAMS":
				return false
			}
		}
	}
	return false
}
