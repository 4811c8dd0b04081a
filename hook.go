package rueidistx

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Way is a way to run commands.
type Way string

// The ways that a [Hook] tells apart.
const (
	WayAuto     Way = "auto"     // a command of an Auto, a script's or function's Run, a page of an iterator, [Library.Load] on each server
	WayBatch    Way = "batch"    // [DB.Execute], [Batch.Exec], [DB.MGet] and its like, and each server's Batch of [DB.EachPrimary] and [Script.Load]
	WayTransact Way = "transact" // [DB.Transact], [TransactValue] and [Tx.Exec]
	WayWatch    Way = "watch"    // [DB.Watch], [WatchValue] and [OnceValue]
	WayIf       Way = "if"       // [Choice.Exec]
	WayCached   Way = "cached"   // commands and Batches of [DB.Cached]
)

// Hook observes the units that a DB executes, for traces, metrics and logs: see [Hooks]. It learns what was executed and
// what became of it, but never keys, values or other arguments. Any number of goroutines may call it at the same time.
//
// A hook runs in the goroutine that executes the unit, which waits for it. If it panics, the panic is recovered and printed by
// the standard logger, and the unit is executed as if the hook had returned.
//
// A hook that also implements [AttemptHook] observes each attempt of a unit.
type Hook interface {
	// Before is called before a unit: before its closure runs, if it has one, except for that of EachPrimary, and before
	// anything is sent. u.ID and u.Way are set, and of a WayAuto also u.Len, u.Slot and what Names returns. The unit is
	// executed with the context that Before returns, which should be derived from ctx; nil stands for ctx. ctx is what the
	// caller gave, so it may be nil.
	Before(ctx context.Context, u *Unit) context.Context

	// After is called once for each Before, with the context that this Before returned, after the unit's futures are
	// settled; also if its closure or the client panicked or ended the goroutine. u is the same as in Before. It is valid
	// until After returns.
	After(ctx context.Context, u *Unit)
}

// AttemptHook is a [Hook] that also observes each attempt of a unit: each run of the closure of a Transact or Watch with the
// commit that follows, each sending of an If, and the only attempt of everything else. A unit that is refused before its
// first attempt, because of its options for example, has none.
//
// An attempt begins after Before, and ends before After and before the pause that precedes the next one.
type AttemptHook interface {
	Hook

	// BeforeAttempt is Before for an attempt. u.ID, u.Way and u.Attempt are set. ctx is derived from the one that Before
	// returned. The attempt is executed with the context that BeforeAttempt returns; nil stands for ctx.
	BeforeAttempt(ctx context.Context, u *Unit) context.Context

	// AfterAttempt is After for an attempt.
	AfterAttempt(ctx context.Context, u *Unit)
}

// Unit is what a [Hook] learns of a unit or, in an [AttemptHook], of one attempt. It has no room for arguments, and neither
// has the text of Err, except for that of a closure's own error.
type Unit struct {
	ID      uint64        // the unit's number, from 1 on; no other unit of the DB has it
	Way     Way           // how it was executed
	Attempt int           // of an attempt, its number, from 1 on; of a unit, how many attempts it had
	Len     int           // how many commands were queued, in the last attempt; of a Watch, those that read too, and Once's SET
	Slot    int           // the hash slot of all its keys; -1 if not known, as without a cluster or CheckSlots, or of a Batch
	Took    time.Duration // from before its closure ran to when its futures were settled, pauses included
	Outcome Outcome       // of Err, as [OutcomeOf] tells
	Err     error         // what was returned to the caller; of a single command, its future's, and nil if the reply is nil

	// FromCache is how many of the commands of a WayCached were in the cache: see [Future.FromCache].
	FromCache int

	parts []*answers
}

// Names returns the names of the unit's commands in the order in which they were queued, such as HSET or CONFIG GET, in
// the last attempt. Those of a Watch that read come first. Those of an If are of the branch that ran or, if none is known to
// have run, of both. A Batch that was sent while it was filled (see [Chunk]) has only the names of those commands that were
// queued after the last full chunk. A command of [Queue] is "?" if its name is not of the kind that Redis has. The returned
// function must not be called after the Hook has returned.
func (u *Unit) Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, a := range u.parts {
			for i := range a.len() {
				if !yield(a.opAt(i).name) {
					return
				}
			}
		}
	}
}

// Class returns a word for the reason of Err, of which there are not many, for metrics: "" if Err is nil; the server's code
// if the server replied with an error (see [Code]); or else the first of these that the error matches: "conflict", "pending",
// "done", "cross_slot", "forbidden", "invalid", "discarded", "condition", "foreign_watch", "replies_lost", "already_applied",
// "not_durable", "decode", "protocol", "deadline_exceeded", "canceled", "connection" and "not_sent", which are the errors of this
// package and of contexts with these names. That of a closure's error is "discarded", that of a closure that panicked or ended
// the goroutine "panicked", and "other" is that of what has none. A script may return any code.
func (u *Unit) Class() string {
	var own *closureError
	switch word := Code(u.Err); {
	case u.Err == nil:
		return ""
	case errors.Is(u.Err, errUnfinished):
		return "panicked"
	case errors.As(u.Err, &own):
		return "discarded"
	case word != "":
		return word
	}
	for _, c := range classes {
		if errors.Is(u.Err, c.of) {
			return c.word
		}
	}
	return "other"
}

// classes are what an error may match, the narrower ones first.
var classes = []struct {
	of   error
	word string
}{
	{ErrConflict, "conflict"},
	{ErrPending, "pending"},
	{ErrDone, "done"},
	{ErrCrossSlot, "cross_slot"},
	{ErrForbidden, "forbidden"},
	{ErrInvalid, "invalid"},
	{ErrDiscarded, "discarded"},
	{ErrCondition, "condition"},
	{ErrForeignWatch, "foreign_watch"},
	{ErrRepliesLost, "replies_lost"},
	{ErrAlreadyApplied, "already_applied"},
	{ErrNotDurable, "not_durable"},
	{ErrDecode, "decode"},
	{ErrProtocol, "protocol"},
	{context.DeadlineExceeded, "deadline_exceeded"},
	{context.Canceled, "canceled"},
	{ErrConnection, "connection"},
	{ErrNotSent, "not_sent"},
}

// Hooks adds hooks that observe each unit of the DB. Of several, Before is called in the order in which they were given, each
// with the context of the one before, and After in the opposite order. Nil hooks are left out. Without hooks, nothing is
// allocated for them.
func Hooks(hooks ...Hook) Option {
	return option(func(c *config) {
		for _, h := range hooks {
			if h != nil {
				c.hooks = append(c.hooks, h)
			}
		}
	})
}
