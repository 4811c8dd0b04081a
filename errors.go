package rueidistx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/rueidis"
)

// Outcome tells whether a unit of work was done.
type Outcome uint8

const (
	// Unknown means that the work may or may not have been done: the connection was lost, or the context ended, after
	// it may have been sent, or the reply does not tell. Doing it again may do it twice.
	Unknown Outcome = iota
	// NotApplied means that nothing was changed and nothing will be. Doing the work again is safe.
	NotApplied
	// Applied means that the server ran the work: do not send it again. It does not mean success: an INCR of a list is
	// Applied, and its error says that it failed. Redis does not roll back, so individual commands of a transaction
	// that is Applied may have failed. A nil error is Applied.
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

// OutcomeOf returns the outcome of the unit of work that err was returned for: a transaction, a Batch, or one command
// of a Batch or an Auto. A nil err is Applied: the server ran it. Errors from other packages are Unknown. So is misuse
// ([ErrDone], and the [ErrPending] of a future): the error of the first call tells the outcome.
//
// A Batch is not one unit. Its error is Unknown if the outcome of any of its commands is, NotApplied if that of all of
// them is, and otherwise Applied.
//
// For every error of a unit that was executed or refused, errors.Is agrees with OutcomeOf: exactly one of [ErrUnknown],
// [ErrNotApplied] and [ErrApplied] matches. A future's error for a nil reply matches ErrApplied. The bare [ErrNil],
// which is rueidis's own value, is Applied but matches none of the three.
func OutcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return Applied
	case errors.Is(err, ErrUnknown):
		return Unknown
	case errors.Is(err, ErrApplied):
		return Applied
	case errors.Is(err, ErrNotApplied):
		return NotApplied
	case errors.Is(err, ErrNil):
		return Applied
	}
	return Unknown
}

// sentinel is an error value that belongs to a wider one: errors.Is matches both.
type sentinel struct {
	text  string
	wider error
}

func (s *sentinel) Error() string { return "rueidistx: " + s.text }
func (s *sentinel) Unwrap() error { return s.wider }

// Nothing was applied. Running the work again is safe.
var (
	// ErrNotApplied matches, with errors.Is, every error whose outcome is [NotApplied].
	ErrNotApplied error = &sentinel{text: "not applied"}

	// ErrNotSent reports that nothing reached a server: the context had already ended, or did while the work was waiting for its
	// turn; no connection could be set up, or was free in time; an earlier chunk of the same Batch had failed; or the DB is closed.
	ErrNotSent error = &sentinel{"not sent", ErrNotApplied}

	// ErrAborted reports that the server did not execute a transaction, or the MULTI around a script. If a queued
	// command was the cause (EXECABORT), the error wraps a [*CommandError] with its index, its name and the server's
	// error.
	ErrAborted error = &sentinel{"transaction not executed by the server", ErrNotApplied}

	// ErrRejected reports that the server refused something outside a transaction before running it, for example with OOM,
	// READONLY, NOPERM, LOADING or MOVED: a single command of a Batch or an Auto, a script or a function, or the script of an If.
	ErrRejected error = &sentinel{"refused by the server", ErrNotApplied}

	// ErrConflict reports that a key that a [DB.Watch], or the conditions of an If by WATCH, had read was changed before the
	// commit. It is the error of the futures of a Watch's run that was not committed, and, as a [*ConflictError], of a Watch or
	// If whose last one was not.
	ErrConflict error = &sentinel{"a watched key has changed", ErrNotApplied}

	// ErrForeignWatch reports that EXEC's reply was nil although this package had watched nothing: other code left a
	// WATCH behind on the connection. EXEC has cleared it.
	ErrForeignWatch error = &sentinel{"transaction not executed: other code left a WATCH behind on the connection", ErrNotApplied}

	// ErrCrossSlot reports keys of different hash slots in a transaction, a script or a command with several keys, for
	// which a cluster requires one slot. Nothing was sent, unless a command was built for [Queue] without marking its
	// keys: then the server refused it.
	ErrCrossSlot error = &sentinel{"keys in different hash slots", ErrNotApplied}

	// ErrForbidden reports a command that would change the state of a shared connection, that blocks where it must not,
	// or that has no meaning on a shared connection. Nothing was sent.
	ErrForbidden error = &sentinel{"command not allowed here", ErrNotApplied}

	// ErrInvalid reports arguments that cannot form a command, such as an empty command, a name with a NUL, a command
	// from another client's builder, no keys, an odd number of fields and values, or a TTL that is not positive. It
	// also reports a Batch or Tx into which several goroutines queued at the same time. Nothing was sent.
	ErrInvalid error = &sentinel{"invalid arguments", ErrNotApplied}

	// ErrDiscarded reports a transaction or batch that ended without being executed: it was discarded, or the closure
	// that built it returned an error or panicked. Nothing was sent.
	ErrDiscarded error = &sentinel{"discarded", ErrNotApplied}

	// ErrNotTaken is the error of the futures of that branch of an If that did not run.
	ErrNotTaken error = &sentinel{"the other branch was taken", ErrNotApplied}

	// ErrCondition reports that a condition of an If could not be evaluated, for example because its key holds a value of
	// another type, or a string that is not a number. No branch ran. The error is a [*ConditionError].
	ErrCondition error = &sentinel{"a condition cannot be evaluated", ErrNotApplied}

	errAsked        error = &sentinel{"not sent, because a future was read before Exec", ErrNotApplied}
	errAskedInWatch error = &sentinel{"not sent, because a future of tx was read in the closure: read through r", ErrNotApplied}
	errReadFailed   error = &sentinel{"not applied, because a read failed", ErrNotApplied}
)

// The work may have been applied.
var (
	// ErrUnknown matches every error whose outcome is [Unknown]: the connection was lost, or the context ended, after
	// the work may have been sent, or the replies do not tell what happened.
	ErrUnknown error = &sentinel{text: "outcome unknown"}

	// ErrProtocol reports replies that do not match what was sent, such as an EXEC array of the wrong length, "EXEC
	// without MULTI" while a slot moves, or QUEUED outside this package's own transactions: other code left a MULTI
	// behind on the connection.
	ErrProtocol error = &sentinel{"unexpected replies", ErrUnknown}
)

// The work was applied. Most of these errors are a [*CommandError].
var (
	// ErrApplied matches every error whose outcome is [Applied].
	ErrApplied error = &sentinel{text: "applied"}

	// ErrNotAtomic reports that the server refused MULTI, so the commands of the transaction ran one by one. The first
	// transaction of a DB asks the server whether MULTI is allowed. So this happens only if the user's rights change
	// later, or differ on another node of a cluster. From then on the DB asks before each transaction.
	ErrNotAtomic error = &sentinel{"MULTI was refused, the commands ran one by one", ErrApplied}

	// ErrAlreadyApplied reports that the mark of [Once] was used: an earlier call has done the work, or this one, as
	// [ErrRepliesLost] tells.
	ErrAlreadyApplied error = &sentinel{"already applied", ErrApplied}

	// ErrRepliesLost reports that a transaction with [Once] was committed by this call, but the connection was lost
	// before its replies came.
	ErrRepliesLost error = &sentinel{"applied, but the replies are lost", ErrAlreadyApplied}

	// ErrNotDurable reports that fewer replicas than wanted by [Durable] or [Fsynced] have acknowledged a transaction in
	// time. The error is a [*DurabilityError].
	ErrNotDurable error = &sentinel{"applied, but not known to be durable", ErrApplied}

	// ErrDecode reports a reply that the decoder did not accept. The command itself ran.
	ErrDecode error = &sentinel{"reply cannot be decoded", ErrApplied}
)

// The program is wrong.
var (
	// ErrDone reports the use of a Batch, a CachedBatch, a Tx or a Choice after it was executed or discarded, while another
	// goroutine executes it, or after the closure that built it has returned, as does a Reader. It also reports an Exec inside
	// that closure.
	ErrDone error = &sentinel{text: "already executed or discarded, or inside its closure"}

	// ErrPending reports that a method other than Err read a future before its Batch, CachedBatch, Tx or Choice was executed.
	// That is then not sent: the error of its Exec matches ErrPending and [ErrNotApplied].
	ErrPending error = &sentinel{text: "not executed yet"}
)

// What failed.
var (
	// ErrConnection matches every failure to reach a server or to read its reply.
	ErrConnection error = &sentinel{text: "connection failed"}

	// ErrService matches every error reply of a server.
	ErrService error = &sentinel{text: "server error"}
)

// ErrNil reports a nil reply, such as GET's for a missing key. It is the error of that one future, not of Exec.
//
// Compare with errors.Is, to ErrNil or to [rueidis.Nil], which is the same value. A future's error is a [*CommandError]
// that names the command, so == and rueidis.IsRedisNil do not match it. A [Decoder] returns ErrNil itself.
var ErrNil error = rueidis.Nil

// isOutcome reports whether target is one of the three outcome sentinels. An error type that wraps other errors answers
// for these itself and consults the wrapped errors for everything else: a transaction that was not applied may wrap the
// error of a command that ran elsewhere.
func isOutcome(target error) bool {
	return target == ErrUnknown || target == ErrNotApplied || target == ErrApplied
}

// sentinel returns the sentinel that matches the errors of an outcome.
func (o Outcome) sentinel() error {
	switch o {
	case NotApplied:
		return ErrNotApplied
	case Applied:
		return ErrApplied
	}
	return ErrUnknown
}

// anyIs reports whether errors.Is holds for any of errs.
func anyIs(errs []error, target error) bool {
	for _, err := range errs {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// outcomeOfAll returns the outcome of several pieces of work together: Unknown if any is, NotApplied if all are, and otherwise
// Applied.
func outcomeOfAll(errs []error) Outcome {
	all := NotApplied
	for _, err := range errs {
		switch OutcomeOf(err) {
		case Unknown:
			return Unknown
		case Applied:
			all = Applied
		}
	}
	return all
}

// anyAs calls errors.As with each of errs until one matches.
func anyAs(errs []error, target any) bool {
	for _, err := range errs {
		if err != nil && errors.As(err, target) {
			return true
		}
	}
	return false
}

// CommandError is the error of one command. If the outcome is [Applied], the command ran and failed with Err, its reply
// is nil ([ErrNil]), or its reply could not be decoded ([ErrDecode]). Inside an error that matches [ErrNotApplied] or
// [ErrUnknown] it identifies the command that caused the whole unit to fail, or the single command of an Auto or a
// [Script.Run].
//
// The message is one line and contains no arguments. It repeats a server's text only if that is known to contain none,
// and otherwise only the code: see [Code]. The unwrapped Err is the server's own [*rueidis.RedisError], unedited.
type CommandError struct {
	Index int    // position in the Batch, Tx, or branch of an If, from 0; -1 for what the package itself sends, such as MULTI or WATCH
	Name  string // the command's name, such as "HSET"
	Err   error

	outcome error  // the outcome sentinel of the unit that the command caused to fail; nil: the command ran
	says    string // what the message says of Err, if the script's text allows more than Err alone; else ""
}

// Error returns the command's index, its name and the reason.
func (e *CommandError) Error() string {
	says := e.says
	if says == "" {
		says = redact(e.Err, e.Name)
	}
	if e.Index < 0 {
		return fmt.Sprintf("rueidistx: %s: %s", e.Name, says)
	}
	return fmt.Sprintf("rueidistx: command %d (%s): %s", e.Index, e.Name, says)
}

// Unwrap returns the reason.
func (e *CommandError) Unwrap() error { return e.Err }

// Is reports whether target is the outcome's sentinel, or is [ErrService] and the error came from the server.
func (e *CommandError) Is(target error) bool {
	if isOutcome(target) {
		return target == e.outcome || e.outcome == nil && target == ErrApplied
	}
	return target == ErrService && isServerError(e.Err)
}

// nilError is the CommandError of a nil reply. Futures share it, so errors.As returns a copy.
type nilError struct{ command CommandError }

func (e *nilError) Error() string        { return e.command.Error() }
func (e *nilError) Unwrap() error        { return ErrNil }
func (e *nilError) Is(target error) bool { return e.command.Is(target) }

func (e *nilError) As(target any) bool {
	c, ok := target.(**CommandError)
	if ok {
		own := e.command
		*c = &own
	}
	return ok
}

// BatchError is Exec's error for a Batch of which some commands failed or were not sent. errors.Is and errors.As look
// into Errs, the errors of the first 16 commands that failed; each future has its own. Only [ErrUnknown],
// [ErrNotApplied] and [ErrApplied] refer to the Batch as a whole: see [OutcomeOf].
type BatchError struct {
	Total    int // commands queued
	Failed   int // commands with an error reply or without a reply
	Answered int // the server answered commands [0, Answered)
	Sent     int // commands [Sent, Total) were never sent; for commands [Answered, Sent), ask each future
	Errs     []error

	outcome Outcome
}

// Error says how many commands failed and, if sending stopped early, how many were answered and not sent.
func (e *BatchError) Error() string {
	if e.Failed == 0 {
		return fmt.Sprintf("rueidistx: %d commands were sent before", e.Sent)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "rueidistx: %d of %d commands failed", e.Failed, e.Total)
	switch answered, unsent := e.Answered, e.Total-e.Sent; {
	case answered == e.Total || answered == 0 && unsent == 0:
	case unsent == 0:
		fmt.Fprintf(&s, " (answered: the first %d)", answered)
	case answered == 0:
		fmt.Fprintf(&s, " (not sent: the last %d)", unsent)
	default:
		fmt.Fprintf(&s, " (answered: the first %d, not sent: the last %d)", answered, unsent)
	}
	joinFirst(&s, e.Errs, e.Failed)
	return s.String()
}

// Is reports whether target is the outcome of the Batch, or matches the error of one of its commands.
func (e *BatchError) Is(target error) bool {
	if isOutcome(target) {
		return target == e.outcome.sentinel()
	}
	return anyIs(e.Errs, target)
}

// As looks into the errors of the commands.
func (e *BatchError) As(target any) bool { return anyAs(e.Errs, target) }

// commandErrors joins the errors of the commands that failed in an executed transaction.
type commandErrors []error

func (e commandErrors) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "rueidistx: transaction applied, but %d of its commands failed", len(e))
	joinFirst(&s, e, len(e))
	return s.String()
}

func (e commandErrors) Unwrap() []error { return e }

// closureError is the error of a closure that built a unit, none of which is sent then. It has the closure's text, and
// errors.Is and errors.As match the closure's error and, if nothing was sent, ErrDiscarded. Only the outcome is its
// own, as the closure's error may be about something else.
type closureError struct {
	own  error
	sent *BatchError // what was sent of a Batch before, in chunks; nil if nothing was
}

func discardedBy(own error) *closureError { return &closureError{own: own} }

func (e *closureError) Error() string {
	if e.sent == nil {
		return e.own.Error()
	}
	return e.own.Error() + "; " + e.sent.Error()
}

func (e *closureError) Is(target error) bool {
	switch {
	case isOutcome(target) && e.sent != nil:
		return e.sent.Is(target)
	case isOutcome(target):
		return target == ErrNotApplied
	}
	return target == ErrDiscarded && e.sent == nil || errors.Is(e.own, target) || e.sent != nil && e.sent.Is(target)
}

func (e *closureError) As(target any) bool {
	if batch, ok := target.(**BatchError); ok && e.sent != nil {
		*batch = e.sent
		return true
	}
	return errors.As(e.own, target) || e.sent != nil && e.sent.As(target)
}
