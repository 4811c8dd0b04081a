package rueidistx

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Mark names a piece of work that must be done at most once, for [Once]. It is a small value: make it with
// [Entity.Mark].
type Mark struct {
	// "" in the zero Mark
	key string
}

// Mark returns the mark of a piece of work on the entity. Words identify it, usually what is done and an id that is the
// same whenever it is tried: user.Mark("pay", idempotencyKey). The same words give the same mark, in any program. If the
// entity is zero or there is no word or an empty one, for example because a request had no id, Mark returns the zero Mark:
// [Once] refuses it.
func (e Entity) Mark(words ...string) Mark {
	if e.tag == "" || len(words) == 0 {
		return Mark{}
	}
	key := e.tag + ":once"
	for _, w := range words {
		if w == "" {
			return Mark{}
		}
		key += ":" + encodeWord.Replace(w)
	}
	return Mark{key}
}

var encodeWord = strings.NewReplacer("%", "%25", ":", "%3A")

// Key returns the key of the marker, to look at it or to delete it: {user:42}:once:pay:id. In words, ":" and "%" are
// percent-encoded. Commands on the key of the zero Mark are [ErrInvalid].
func (m Mark) Key() string {
	if m.key == "" {
		return Entity{}.Key()
	}
	return m.key
}

// Once makes a transaction take effect at most once for mark. A marker is written in the same transaction, and lasts for
// ttl. It is for [DB.Transact], [TransactValue], [DB.Watch] and [WatchValue]; [OnceValue] also keeps a value with the
// marker.
//
// If the mark was used before, nothing is executed, and the error is [ErrAlreadyApplied]. If the connection is lost before
// the reply comes, the library finds out whether the transaction was executed, and runs it again if not. It does so until
// ctx ends, however often it takes, but only up to half of ttl after the first commit was sent: only then is the error
// [ErrUnknown]. So give ctx a deadline: without one, a call may last half of ttl. If it turns out that the transaction was
// executed, the error is [ErrRepliesLost].
//
// To find out, the closure may run again, more often than [Attempts] says. Futures tell of their run: those of one that turns
// out not to have been committed have [ErrConflict], and those of one that was not sent say why. But while it is not known
// whether an earlier run was committed, those of the last one have [ErrUnknown], as the call has.
//
// A Transact of up to 30 commands that a script can run takes one round trip, by the script of [Choice.Exec]. It takes one more
// if the server does not know the script, or if its clock differs from the client's by more than the client has seen before and
// a quarter of ttl. If the outcome is not known, the same script is sent again, and the closure does not run again. A script that
// arrives more than half of ttl after the first one was sent changes nothing.
//
// In a script, what the server would refuse to queue in MULTI (a command that it does not know, or does not permit to the user)
// fails alone, and uses the mark; and a reply of one integer beyond 2^53 may be an error of its future: see [Choice.Exec].
//
// Other transactions take a connection of their own and 2 round trips; in a Watch that reads, none more. These are a Watch, a
// Transact that must be durable or has more commands or others, one with [DedicatedTransactions], and that of a user who may
// not run scripts or TIME or may not both read and write all its keys.
//
// The marker is a string; anything else under its key is [ErrInvalid], and nothing is applied. In a cluster, the transaction's
// keys must be in the slot of the mark's entity.
//
// ttl is rounded up to milliseconds. It must be at least one second, and longer than what is left until ctx's deadline;
// otherwise the error is [ErrInvalid], as it is if the options have several marks. Choose it longer than anybody may try again.
// The promise depends on the marker: it ends if the server evicts the marker (under maxmemory with an allkeys or volatile
// policy), if it is deleted, as by FLUSHALL, and if a failover loses it. In the last case the transaction is lost with it,
// because both are in one transaction: add [Durable] if that matters.
func Once(mark Mark, ttl time.Duration) TxOption {
	return txOption(func(o *txOptions) { o.once = &once{mark: mark, ttl: ttl, several: o.once != nil} })
}

// OnceValue is [WatchValue] with [Once], and keeps what fn returned with the marker, as JSON. If the mark was used before,
// it returns that value, and repeated is true. That is found out together with the first reads of fn or, if it does not
// read, after it has returned: what it returns is ignored then. If this call's replies were lost but it turns out that it
// was committed, it returns the value without an error, and repeated is false; futures then have [ErrRepliesLost].
//
// This call returns what fn returned; a repeated one returns what JSON has kept of it, without unexported fields, for example, or
// the monotonic reading of a time.Time.
//
// The value is computed before the commit, so it cannot depend on replies of tx. But what was read cannot have changed at
// the commit, so a new balance, for example, can be computed from the one that was read. If the value cannot be encoded,
// for example because it contains a [Future], the error is [ErrInvalid], and nothing is sent. If a value that was kept
// cannot be decoded into T, it is [ErrDecode]. An error of fn is not kept.
//
// The error is never ErrAlreadyApplied unless fn returns it; the others are those of [DB.Watch]. If its outcome is not
// [Applied], value is the zero T. That there is no error for a repeated call says that the transaction was applied, not
// that each of its commands succeeded, nor that it is durable: only the first call can tell. A mark that was used without a
// value, by [Once], is [ErrDecode], and a Once among the options, which would be another mark, is [ErrInvalid].
func OnceValue[T any](ctx context.Context, db *DB, mark Mark, ttl time.Duration, fn func(r *Reader, tx *Tx) (T, error), options ...TxOption) (value T, repeated bool, err error) {
	if fn == nil {
		return value, false, invalid("the closure is nil")
	}
	var values runValues[T]
	w := &work{db: db, options: defaultTxOptions.with(options), way: WayWatch}
	if w.options.once != nil {
		return value, false, invalid("OnceValue has a mark already: there is another in its options")
	}
	w.options.once = &once{mark: mark, ttl: ttl, value: func(run int) (string, error) {
		value := values.of(run)
		text, err := json.Marshal(&value) // by address, because methods of the pointer count too
		if err != nil {
			return "", invalid("a value of the type %T cannot be kept as JSON", value)
		}
		return string(text), nil
	}}
	w.told = func(run int, err error) error {
		if !errors.Is(err, ErrAlreadyApplied) || w.claim.found == nil { // if it is the closure's own
			value = values.of(run)
			return err
		}
		switch {
		case errors.Is(err, ErrRepliesLost):
			value = values.of(run)
			return w.options.durable.lost(nil)
		case w.claim.found.value == "":
			err = fail(ErrDecode, errors.New("the mark was used without a value"))
		default:
			value, err = fromJSON[T](w.claim.found.value)
		}
		repeated = true
		return err
	}
	_, err = w.do(ctx, values.keeping(fn))
	return value, repeated, err
}

// once says what must be done at most once.
type once struct {
	mark  Mark
	ttl   time.Duration
	value func(run int) (string, error) // what is kept with the marker; nil: nothing

	several bool // there was a mark before in the options
}
