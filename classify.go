package rueidistx

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// facts are what is known of a client and decides the meaning of its errors.
type facts struct {
	cluster    bool // it follows redirections
	resends    bool // it may resend any command by itself, as with a ConnLifetime
	handshakes bool // a server's error outside a reply comes from a handshake: no credentials are refreshed on open connections
	dials      *dialMark

	replica atomic.Bool // it is connected to a replica
}

// dialMark distinguishes the errors of a client's own dial function from all others, such as those of a connection that
// dials again when it is read from.
type dialMark struct{ _ byte }

// dialError is the error of a dial: nothing was sent.
type dialError struct {
	mark *dialMark
	err  error
}

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// classified is a failure in the place of a result: it is already classified. Only this package creates one.
type classified struct{ *failure }

// isLost reports whether a result's error, which is not an error reply, says that there was no reply.
func isLost(err error) bool {
	c, ok := err.(*classified)
	return err != nil && !(ok && errors.Is(c.kind, ErrRejected))
}

// neverConnected reports whether err proves that there was no connection to send anything over.
func (k *facts) neverConnected(err error) bool {
	var dial *dialError
	switch {
	case errors.As(err, &dial):
		return k.dials != nil && dial.mark == k.dials
	case errors.Is(err, rueidis.ErrNoSlot):
		return k.cluster // no other client has slots: it is the error of something around it
	case errors.Is(err, rueidis.ErrNoAddr):
		return true
	case isServerError(err), errors.Is(err, rueidis.ErrNoCache):
		return k.handshakes
	}
	return false
}

// noReply classifies the failure to get a reply. It is NotApplied only if the error proves that nothing was sent:
// rueidis returns the same io.EOF for commands that it never wrote and for commands that were executed. mayRepeat says
// that rueidis may have sent the command before, so that the failure of its last try proves nothing.
func (k *facts) noReply(err error, mayRepeat bool) *failure {
	if j, ok := err.(*classified); ok {
		return j.failure
	}
	if !mayRepeat && k.neverConnected(err) {
		return k.notSent(err)
	}
	return &failure{kind: ErrUnknown, class: classOf(err), cause: err}
}

// notSent returns the error of work that was not begun because there was no connection for it.
func (k *facts) notSent(err error) *failure {
	return &failure{kind: ErrNotSent, class: classOf(err), cause: err, transient: maySucceedLater(err)}
}

// maySucceedLater reports whether the lack of a connection is transient.
func maySucceedLater(err error) bool {
	return !errors.Is(err, rueidis.ErrClosing) && !errors.Is(err, rueidis.ErrNoAddr)
}

// classOf returns the class of a failure that is not a reply.
func classOf(err error) error {
	switch {
	case isServerError(err):
		return ErrService
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil
	}
	return ErrConnection
}

// refusals are the codes with which Redis and Valkey refuse a command before they run it.
var refusals = map[string]bool{
	"ASK": true, "BUSY": true, "CLUSTERDOWN": true, "CROSSSLOT": true, "DENIED": true, "EXECABORT": true, "LOADING": true,
	"MASTERDOWN": true, "MISCONF": true, "MOVED": true, "NOAUTH": true, "NOPERM": true, "NOREPLICAS": true, "NOSCRIPT": true, "OOM": true,
	"READONLY": true, "REDIRECT": true, "TRYAGAIN": true, "UNBLOCKED": true,
}

// refusedTexts are prefixes of errors without a code (rueidis removes "ERR ") of commands that did not run.
var refusedTexts = []string{
	"unknown command", "wrong number of arguments", "unknown subcommand", "Unknown subcommand",
	"Error compiling script (new function): user_script:", "Number of keys can't be", "Function not found", "Unexpected flag in script shebang",
	"Unknown lua shebang option", "Invalid script shebang", "Unexpected engine in script shebang",
	"Could not find scripting engine", "Can not execute a script with write flag", "Can not run script on cluster",
}

// refusedScriptTexts are prefixes of errors that a server returns instead of running a script or function, but that
// commands inside a script return too.
var refusedScriptTexts = []string{"value is not an integer", "Bad number of keys provided"}

// connectionTexts occur in errors without a code that are about a connection, of the server or of a proxy to its own
// server, and not about the command: it may have run.
var connectionTexts = []string{
	"protocol error", "max number of clients", "upstream", "backend", "proxy", "connection", "timed out", "time out",
	"broken pipe", "unreachable", "no route to host", "host is down", "server closed", "session broken", "disconnected",
	"finished with",
}

// transientCodes are the refusals whose cause is transient.
var transientCodes = map[string]bool{
	"BUSY": true, "CLUSTERDOWN": true, "LOADING": true, "MASTERDOWN": true, "NOREPLICAS": true, "TRYAGAIN": true,
}

// isTransient reports whether the cause of a refusal is transient for this client.
func (k *facts) isTransient(code string) bool {
	switch code {
	case "ASK", "MOVED":
		return k.cluster
	case "READONLY":
		return !k.replica.Load()
	}
	return transientCodes[code]
}

// isRefusal reports whether the server replied with err instead of running the command.
func isRefusal(err error) bool {
	if refusals[code(err)] {
		return true
	}
	return beginsWithAny(err.Error(), refusedTexts)
}

func beginsWithAny(text string, beginnings []string) bool {
	return slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(text, b) })
}

// ofConnection reports whether a server's error is about a connection rather than the command.
func ofConnection(err error) bool {
	if code(err) != "" {
		return false
	}
	text := strings.ToLower(unquoted(err.Error()))
	return slices.ContainsFunc(connectionTexts, func(part string) bool { return strings.Contains(text, part) })
}

// unquoted returns a server's text without the arguments that it may repeat, which may contain any words.
func unquoted(text string) string {
	for _, before := range []string{", with args beginning with", "Unknown node", "Unsupported CONFIG parameter"} {
		text, _, _ = strings.Cut(text, before)
	}
	const quotes = "'\"`"
	for i := range len(text) {
		if strings.IndexByte(quotes, text[i]) >= 0 && (i == 0 || text[i-1] == ' ' || text[i-1] == '(') { // not an apostrophe
			return text[:i] + text[max(i, strings.LastIndexAny(text, quotes))+1:]
		}
	}
	return text
}

// raised matches the errors of Redis and Valkey for a script or function that was running when it failed.
var raised = regexp.MustCompile(` script: \S+, on |^Error running script `)

// commandFailure classifies an error reply to a single command. A script can fail with any text after it has written
// something, so an apparent refusal is Unknown if the script may have made it up.
func (k *facts) commandFailure(o *op, index int, err error) error {
	ran := &CommandError{Index: index, Name: o.name, Err: err}
	switch {
	case o.script && raised.MatchString(err.Error()):
		return ran
	case isRefusal(err), o.script && beginsWithAny(err.Error(), refusedScriptTexts):
		if o.speaks() || o.mayRepeat || k.resends && o.effect != effectRead {
			return failCommand(ErrUnknown, index, o.name, err)
		}
		return k.rejected(o, index, err)
	case ofConnection(err) && !o.script:
		return failCommand(ErrUnknown, index, o.name, err)
	}
	return ran
}

// rejected returns the error of a single command that the server refused with err.
func (k *facts) rejected(o *op, index int, err error) *failure {
	f := failCommand(ErrRejected, index, o.name, err)
	f.transient = k.isTransient(code(err))
	return f
}

// isQueued reports whether a reply is the status QUEUED, as after MULTI, or a string with that text.
func isQueued(r *rueidis.RedisResult) bool {
	m, err := r.ToMessage()
	return err == nil && readsQueued(&m)
}

// readsQueued is isQueued for a reply that is not an error.
func readsQueued(m *rueidis.RedisMessage) bool {
	if !m.IsString() { // ToString makes an error of anything else
		return false
	}
	s, _ := m.ToString()
	return s == "QUEUED"
}

// leftInMulti reports whether a command that should run individually was queued instead, because other code left a
// MULTI behind. Only a status means that: a value is a bulk string. A script that may return any status does not count.
func leftInMulti(o *op, r *rueidis.RedisResult) bool {
	if !isQueued(r) || o.speech == free {
		return false
	}
	m, _ := r.ToMessage()
	return strings.Contains(m.String(), "simple string")
}

// movedSlot returns the slot of a MOVED or ASK error, -1 for any other error.
func movedSlot(err error) int {
	fields := strings.Fields(err.Error())
	if len(fields) != 3 || fields[0] != "MOVED" && fields[0] != "ASK" {
		return -1
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil || n < 0 || n >= anySlot {
		return -1
	}
	return n
}

const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// code returns the first word of a server's error, such as "WRONGTYPE", if it is spelled like the codes of Redis and
// Valkey.
func code(err error) string {
	word := codeWord(err.Error())
	if strings.Trim(word, capitals) != "" {
		return ""
	}
	return word
}

// codeWord returns the first word of a server's error if it has the form of a code, including codes that scripts and
// modules make up.
func codeWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if word == "" || len(word) > 32 || word[0] < 'A' || word[0] > 'Z' || strings.Trim(word, capitals+"0123456789_-") != "" {
		return ""
	}
	return word
}

func isServerError(err error) bool {
	var server *rueidis.RedisError
	return err != nil && errors.As(err, &server) && !server.IsNil()
}
