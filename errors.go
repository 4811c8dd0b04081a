package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/rueidis"
)

// Outcome answers the first question about a failed unit of work: did it happen?
type Outcome uint8

const (
	// Unknown means that the work may or may not have been done: the connection was lost, or the deadline passed,
	// after it may have been sent. Doing it again may do it twice.
	Unknown Outcome = iota
	// NotApplied means that nothing was changed and nothing will be. Doing it again is safe.
	NotApplied
	// Applied means that the server ran it. Single commands may have failed all the same: Redis does not roll back.
	Applied
)

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case NotApplied:
		return "not applied"
	case Applied:
		return "applied"
	}
	return "unknown"
}

// OutcomeOf says what became of the unit of work that err was returned for: a transaction, a Batch, or one command of
// a Batch or an Auto. A nil err is Applied. An error that is not this library's is Unknown, and so is misuse ([ErrDone],
// [ErrPending]): the first call's error has the answer.
//
// A Batch is not one unit: its error is Unknown if the outcome of any of its commands is, NotApplied if that of all of
// them is, and else Applied.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Applied
	}
	var batch *BatchError
	if errors.As(err, &batch) {
		return batch.outcome
	}
	var command *CommandError
	switch {
	case errors.Is(err, ErrUnknown):
		return Unknown
	case errors.Is(err, ErrNotApplied):
		return NotApplied
	case errors.Is(err, errApplied), errors.Is(err, ErrNil), errors.As(err, &command):
		return Applied
	}
	return Unknown
}

// sentinel is an error value that belongs to a wider one: errors.Is finds both.
type sentinel struct {
	text  string
	wider error
}

func (s *sentinel) Error() string { return "rueidistx: " + s.text }
func (s *sentinel) Unwrap() error { return s.wider }

// Nothing was applied: running it again is safe.
var (
	// ErrNotApplied is what every error below [NotApplied] is.
	ErrNotApplied error = &sentinel{text: "not applied"}

	// ErrNotSent reports that nothing reached a server: the context had ended before, no connection could be dialed,
	// or an earlier part of the same Batch had failed.
	ErrNotSent error = &sentinel{"not sent", ErrNotApplied}

	// ErrAborted reports a transaction that the server did not execute. Where a queued command was the reason
	// (EXECABORT), the error holds a [*CommandError] with its index, its name and the server's message.
	ErrAborted error = &sentinel{"transaction not executed by the server", ErrNotApplied}

	// ErrRejected reports a single command, of a Batch or an Auto, that the server refused before running it, such as
	// with OOM, READONLY, NOPERM, LOADING or MOVED.
	ErrRejected error = &sentinel{"refused by the server", ErrNotApplied}

	// ErrConflict reports a lost race: EXEC answered nil because a watched key had changed.
	ErrConflict error = &sentinel{"a watched key has changed", ErrNotApplied}

	// ErrForeignWatch reports that EXEC answered nil though this library had watched nothing: somebody else's WATCH was
	// left behind on the connection. EXEC has cleared it.
	ErrForeignWatch error = &sentinel{"a WATCH left behind on the connection by other code stopped the transaction", ErrNotApplied}

	// ErrCrossSlot reports keys of different hash slots where a cluster needs one: in a transaction, a script or a
	// command of several keys. Nothing was sent.
	ErrCrossSlot error = &sentinel{"keys in different hash slots", ErrNotApplied}

	// ErrForbidden reports a command that would change the state of a shared connection, or that blocks where it must
	// not. Nothing was sent.
	ErrForbidden error = &sentinel{"command not allowed here", ErrNotApplied}

	// ErrInvalid reports arguments that cannot make a command, such as an empty command, a name with a NUL, a command of
	// another client's builder, no keys, an odd number of fields and values, or a TTL that is not positive. Nothing was sent.
	ErrInvalid error = &sentinel{"invalid arguments", ErrNotApplied}

	// ErrDiscarded reports a transaction or batch that ended without being executed: it was discarded, or the closure
	// that built it returned an error or panicked. Nothing was sent.
	ErrDiscarded error = &sentinel{"discarded", ErrNotApplied}
)

// It may have been applied.
var (
	// ErrUnknown is what every error below [Unknown] is: the connection was lost, or the context ended, after the work
	// may have been sent, and the answer never came.
	ErrUnknown error = &sentinel{text: "outcome unknown"}

	// ErrProtocol reports replies that do not fit what was sent, such as an EXEC array of another length.
	ErrProtocol error = &sentinel{"unexpected replies", ErrUnknown}
)

// It was applied. Most of these errors are a [*CommandError].
var (
	errApplied error = &sentinel{text: "applied"}

	// ErrNotAtomic reports that the server refused MULTI, so the commands of the transaction ran one by one. The first
	// transaction of a DB asks the server whether it may use MULTI, so this takes a change of its rights in between.
	ErrNotAtomic error = &sentinel{"MULTI was refused, the commands ran one by one", errApplied}

	// ErrDecode reports a reply that the decoder could not take. The command itself ran.
	ErrDecode error = &sentinel{"reply cannot be decoded", errApplied}
)

// The program is wrong.
var (
	// ErrDone reports the use of a Batch or a Tx after it was executed or discarded, or after the closure that built it
	// has returned, and an Exec or Discard inside that closure.
	ErrDone error = &sentinel{text: "already executed, discarded, or not the caller's to execute"}

	// ErrPending reports a future that was read before its Batch or Tx was executed.
	ErrPending error = &sentinel{text: "not executed yet"}
)

// Where it went wrong.
var (
	// ErrConnection is what every failure to reach a server, or to hear its answer, is.
	ErrConnection error = &sentinel{text: "connection failed"}

	// ErrService is what every error that the server itself answered with is.
	ErrService error = &sentinel{text: "server error"}
)

// ErrNil reports a nil reply, such as GET's for a missing key. It is the error of that one future and no part of Exec's.
// It is [rueidis.Nil], so that rueidis.IsRedisNil finds it too.
var ErrNil error = rueidis.Nil

// CommandError is the error of one command. Below [Applied] the command ran and the server, or its decoder, reported
// this error; inside an error that is [ErrNotApplied] or [ErrUnknown] it names the command that was at fault.
//
// Its message holds no arguments: what a server's message repeats of them is left out. The unwrapped Err is the server's
// own [*rueidis.RedisError], unedited.
type CommandError struct {
	Index int    // position in the Batch or Tx, from 0; -1 for MULTI itself
	Name  string // the command's name, such as "HSET"
	Err   error
}

// Error returns the command's index, its name and the reason.
func (e *CommandError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("rueidistx: %s: %s", e.Name, message(e.Err, e.Name))
	}
	return fmt.Sprintf("rueidistx: command %d (%s): %s", e.Index, e.Name, message(e.Err, e.Name))
}

// Unwrap returns the reason.
func (e *CommandError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrService] and the server is where the error came from.
func (e *CommandError) Is(target error) bool {
	return target == ErrService && isServerError(e.Err)
}

// BatchError is Exec's error for a Batch of which some commands failed or were not sent. It unwraps to the errors of
// the commands, the first 16 of them; each future has its own.
type BatchError struct {
	Total    int // commands queued
	Failed   int // commands without an answer or with an error for one
	Answered int // the server answered every command before this index
	Sent     int // nothing from this index on was sent; between Answered and Sent each future says what became of it
	Errs     []error

	outcome Outcome
}

// Error says how many commands failed and, where sending stopped early, which of them ran.
func (e *BatchError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "rueidistx: %d of %d commands failed", e.Failed, e.Total)
	if e.Answered < e.Total {
		fmt.Fprintf(&s, " (answered: the first %d, not sent: the last %d)", e.Answered, e.Total-e.Sent)
	}
	return list(&s, e.Errs, e.Failed)
}

// Unwrap returns the errors of the commands.
func (e *BatchError) Unwrap() []error { return e.Errs }

// commandErrors is what the failed commands of an executed transaction make together.
type commandErrors []error

func (e commandErrors) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "rueidistx: transaction applied, but %d of its commands failed", len(e))
	return list(&s, e, len(e))
}

func (e commandErrors) Unwrap() []error { return e }

// list writes the first few errors, so that a thousand failures do not make a message of a thousand lines.
func list(s *strings.Builder, errs []error, total int) string {
	const most = 3
	for i, err := range errs {
		if i == most {
			break
		}
		s.WriteString([]string{": ", "; ", "; "}[i])
		s.WriteString(strings.TrimPrefix(err.Error(), "rueidistx: "))
	}
	if more := total - min(len(errs), most); more > 0 {
		fmt.Fprintf(s, "; and %d more", more)
	}
	return s.String()
}

// failure is a sentinel with its cause.
type failure struct {
	kind  error // tells the outcome
	class error // ErrConnection, ErrService or nil
	cause error
}

func (f *failure) Error() string {
	if f.cause == nil {
		return f.kind.Error()
	}
	return f.kind.Error() + ": " + message(f.cause, "")
}

func (f *failure) Unwrap() []error {
	errs := make([]error, 0, 3)
	for _, err := range [...]error{f.kind, f.class, f.cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func fail(kind, cause error) error {
	f := &failure{kind: kind, cause: cause}
	if isServerError(cause) {
		f.class = ErrService
	}
	return f
}

func invalid(format string, args ...any) error {
	return fail(ErrInvalid, fmt.Errorf(format, args...))
}

// undialed is the error of work that was never begun, because there was no connection for it, or none any more.
func undialed(err error) error {
	f := lost(err).(*failure)
	f.kind = ErrNotSent
	if isServerError(err) {
		f.class = ErrService
	}
	return f
}

// lost classifies the failure to get an answer. Only what proves that nothing was sent is NotApplied: rueidis gives the
// same io.EOF for commands that it never wrote and for commands that were executed.
func lost(err error) error {
	f := &failure{kind: ErrUnknown, class: ErrConnection, cause: err}
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial", errors.Is(err, rueidis.ErrNoSlot), errors.Is(err, rueidis.ErrNoAddr):
		f.kind = ErrNotSent
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		f.class = nil
	}
	return f
}

// refusals are the codes of the errors that Redis and Valkey answer before they run a command.
var refusals = map[string]bool{
	"ASK": true, "CLUSTERDOWN": true, "CROSSSLOT": true, "DENIED": true, "LOADING": true, "MASTERDOWN": true,
	"MISCONF": true, "MOVED": true, "NOAUTH": true, "NOPERM": true, "NOREPLICAS": true, "NOSCRIPT": true, "OOM": true,
	"READONLY": true, "REDIRECT": true, "TRYAGAIN": true, "BUSY": true,
}

// passing are the refusals that end by themselves, so that trying again a little later makes sense.
var passing = map[string]bool{
	"ASK": true, "BUSY": true, "CLUSTERDOWN": true, "LOADING": true, "MASTERDOWN": true, "MOVED": true,
	"NOREPLICAS": true, "READONLY": true, "TRYAGAIN": true,
}

// refused reports whether the server answered err instead of running the command.
func refused(err error) bool {
	if refusals[code(err)] {
		return true
	}
	// These two have no code of their own; rueidis has cut off the "ERR ".
	text := err.Error()
	return strings.HasPrefix(text, "unknown command") || strings.HasPrefix(text, "wrong number of arguments")
}

// answered classifies the error that the server answered a single command with. A script can fail with any text it
// likes after it has written something, so what looks like a refusal is Unknown when a script's error may look the same.
func answered(o *op, index int, err error) error {
	command := &CommandError{Index: index, Name: o.name, Err: err}
	switch {
	case !refused(err):
		return command
	case !o.script || refusedScript(err):
		return fail(ErrRejected, command)
	}
	return fail(ErrUnknown, command)
}

// refusedScript reports whether err is, to the letter, what a server answers instead of running a script.
func refusedScript(err error) bool {
	text := err.Error()
	fields := strings.Fields(text)
	switch code(err) {
	case "MOVED", "ASK":
		return len(fields) == 3 && strings.Contains(fields[2], ":")
	case "CLUSTERDOWN":
		return text == "CLUSTERDOWN Hash slot not served" || text == "CLUSTERDOWN The cluster is down" ||
			text == "CLUSTERDOWN The cluster is down and only accepts read commands"
	case "TRYAGAIN":
		return text == "TRYAGAIN Multiple keys request during rehashing of slot"
	case "MASTERDOWN":
		return text == "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
	case "LOADING":
		return strings.HasSuffix(text, " is loading the dataset in memory")
	case "NOAUTH":
		return text == "NOAUTH Authentication required."
	}
	return isNoScript(text)
}

// code returns the first word of a server's error, such as "WRONGTYPE", and "" where it is not a code.
func code(err error) string {
	text := err.Error()
	word, _, _ := strings.Cut(text, " ")
	for i := range len(word) {
		if word[i] < 'A' || word[i] > 'Z' {
			return ""
		}
	}
	return word
}

func isServerError(err error) bool {
	var server *rueidis.RedisError
	return errors.As(err, &server) && !server.IsNil()
}

// message is err's text without this library's prefix and without what a server repeats of a command's arguments:
// anything that it puts in quotes, except the command's own name; and anything at all that a script may have written.
func message(err error, name string) string {
	if err == nil {
		return "<nil>"
	}
	if _, ok := err.(*rueidis.RedisError); !ok {
		return strings.TrimPrefix(err.Error(), "rueidistx: ")
	}
	text, _, _ := strings.Cut(err.Error(), ", with args beginning with")
	if scripting[name] != nil && !isNoScript(text) {
		return scriptMessage(text)
	}
	for _, what := range []string{"Unknown node", "Unsupported CONFIG parameter"} { // the rest is without quotes
		if before, _, found := strings.Cut(text, what); found {
			return before + what
		}
	}
	for i := 0; i < len(text); i++ {
		if !strings.ContainsRune("'\"`", rune(text[i])) || i > 0 && text[i-1] != ' ' && text[i-1] != '(' {
			continue // no quote, or an apostrophe
		}
		word, _, closed := strings.Cut(text[i+1:], text[i:i+1])
		if !closed || !strings.EqualFold(word, name) && word != "maxmemory" {
			// What is quoted may hold quotes itself, so everything up to the last one goes.
			if last := strings.LastIndexAny(text, "'\"`"); last > i {
				return text[:i] + "'…'" + text[last+1:]
			}
			return text[:i] + "'…'"
		}
		i += len(word) + 1
	}
	return text
}

// scriptMessage keeps of a script's error the code, if it is one of Redis's own, and the line. The rest is in the
// unwrapped error.
func scriptMessage(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if !refusals[word] && word != "WRONGTYPE" {
		word = "script error"
	}
	if _, after, found := strings.Cut(text, "user_script:"); found {
		if n := len(after) - len(strings.TrimLeft(after, "0123456789")); n > 0 {
			return word + " at line " + after[:n]
		}
	}
	return word
}
