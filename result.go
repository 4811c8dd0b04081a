package rueidistx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/rueidis"
)

// Future is the typed reply to one queued command. It is a small value: copy it, keep it in a struct, send it over a
// channel. It never blocks. Before its Batch or Tx is executed, it reports [ErrPending]. Reading it then also prevents
// the Batch or Tx from being sent, because a program must not commit what it derived from a value that it did not have.
// An Auto's futures are settled when the method returns.
//
// Execution settles every future, however it ends: with its value, or with an error that says why there is none. Any
// number of goroutines may read a settled future. Each read decodes the reply again, so two reads share no memory; keep
// the value if decoding is expensive. A future keeps all replies of its Batch or Tx in memory while it is in use.
//
// The zero Future is never settled.
type Future[T any] struct {
	ref    ref
	decode Decoder[T]
}

// failedFuture returns the future of a command that could not be queued.
func failedFuture[T any](err error) Future[T] { return Future[T]{ref: ref{answers: failed(err)}} }

// Value returns the decoded reply, or the reason why there is none:
//
//   - [ErrPending]: the Batch or Tx has not been executed yet. Now it will not be sent: the error of its Exec matches
//     ErrPending and [ErrNotApplied]. [Future.Err] does not have this effect.
//   - [*CommandError]: the reply is nil ([ErrNil]), such as GET's for a missing key, which is not an error of Exec; or
//     the server replied with an error, or the decoder did not accept the reply ([ErrDecode]).
//   - otherwise, the error that the whole Batch or Tx ended with: see [OutcomeOf].
func (f Future[T]) Value() (T, error) {
	a, i := f.ref.answers, f.ref.index
	if a == nil || a.load() != clean {
		return f.valueUnclean()
	}
	var v T
	var err error
	switch r := a.rare; { // what reply does, without copying the reply twice
	case r == nil:
		v, err = f.decode(a.one)
	case r.replies != nil:
		v, err = f.decode(r.replies[i])
	case i < len(r.results):
		reply, _ := r.results[i].ToMessage()
		v, err = f.decode(reply)
	default:
		v, err = f.decode(a.one)
	}
	if err != nil {
		var none T
		return none, a.undecoded(i, err)
	}
	return v, nil
}

// valueUnclean is Value for a future that is not settled with a reply to each command of its unit.
func (f Future[T]) valueUnclean() (none T, _ error) {
	a, i := f.ref.answers, f.ref.index
	switch {
	case a == nil:
		return none, ErrPending
	case f.combined():
		return f.decode(rueidis.RedisMessage{})
	case !a.done() && !a.fetch():
		a.ask(i)
		return none, ErrPending
	}
	if err := a.errOf(i); err != nil {
		return none, err
	}
	v, err := f.decode(a.reply(i))
	if err != nil {
		return none, a.undecoded(i, err)
	}
	return v, nil
}

// combined reports whether the future combines others: its decode reads them.
func (f Future[T]) combined() bool { return f.ref.answers.from() != nil }

// isPending reports whether there is no value yet, without asking for it.
func (r ref) isPending() bool {
	if r.answers == nil {
		return true
	}
	from := r.answers.from()
	if from == nil {
		return !r.answers.done()
	}
	return slices.ContainsFunc(from, ref.isPending)
}

// fetch sends what is pending, if reading it is what sends it, and reports whether everything is settled then.
func (r ref) fetch() bool {
	if r.answers == nil {
		return false
	}
	from := r.answers.from()
	if from == nil {
		return r.answers.done() || r.answers.fetch()
	}
	for _, part := range from {
		if !part.fetch() {
			return false
		}
	}
	return true
}

// failure returns the error that a settled command has instead of a reply.
func (r ref) failure() error {
	from := r.answers.from()
	if from == nil {
		return r.answers.errOf(r.index)
	}
	for i, part := range from {
		err := part.failure()
		if err != nil && r.answers.odd().either && i+1 < len(from) && errors.Is(err, ErrNotTaken) {
			continue
		}
		if err != nil || r.answers.odd().either {
			return err
		}
	}
	return nil
}

// String returns "pending", "settled", or the error's text if there is an error instead of a reply. A future is also
// "settled" if its reply is nil or cannot be decoded, as String decodes nothing. It calls no function of the caller's
// and shows no data. Like [Future.Err], it may be called at any time, so printing a future has no effect.
func (f Future[T]) String() string {
	if f.ref.isPending() {
		return "pending"
	}
	if err := f.ref.failure(); err != nil {
		return err.Error()
	}
	return "settled"
}

// GoString returns the type and the result of String, so that %#v shows no data either.
func (f Future[T]) GoString() string { return fmt.Sprintf("%T{%s}", f, f.String()) }

// MarshalJSON returns an error: a future is not a value, and must not be stored by mistake.
func (f Future[T]) MarshalJSON() ([]byte, error) {
	return nil, errors.New("rueidistx: a Future cannot be encoded: use its Value")
}

// Err returns the error of Value; to know it, it decodes the reply. It may be called at any time: before Exec it
// returns [ErrPending], and the Batch or Tx can still be sent.
func (f Future[T]) Err() error {
	if f.ref.isPending() && !f.ref.fetch() {
		return ErrPending
	}
	_, err := f.Value()
	return err
}

// Or returns the value, or fallback if there is an error of any kind, including a lost connection and a key of the
// wrong type. So check Exec's error first. [Future.Default] replaces only nil replies. Like Value, Or must not be
// called before Exec.
func (f Future[T]) Or(fallback T) T {
	if v, err := f.Value(); err == nil {
		return v
	}
	return fallback
}

// Default returns a future whose value is v if the reply is nil, such as for a missing key. Any other error remains.
func (f Future[T]) Default(v T) Future[T] {
	decode := f.decode
	if decode == nil {
		return f
	}
	return Future[T]{f.ref, func(m rueidis.RedisMessage) (T, error) {
		got, err := decode(m)
		if errors.Is(err, ErrNil) {
			return v, nil
		}
		return got, err
	}}
}

// FromCache reports whether the reply, to a command of [DB.Cached], was cached, or on its way to the cache for another read; or
// for this one, if the client has sent it several times, as after a lost connection. A future that combines others is from the
// cache if all of them are. Before its unit is executed, a future is not.
func (f Future[T]) FromCache() bool { return f.ref.fromCache() }

func (r ref) fromCache() bool {
	a := r.answers
	if a == nil {
		return false
	}
	from := a.from()
	for _, part := range from {
		if !part.fromCache() {
			return false
		}
	}
	switch own := a.rare; {
	case from != nil || !a.done():
		return len(from) > 0
	case own != nil && r.index < len(own.results):
		return own.results[r.index].IsCacheHit() // which may be an error
	}
	return a.one.IsCacheHit()
}

// Must returns the value and panics if there is none. It is for tests, and for programs that would exit anyway. Like
// Value, it must not be called before Exec.
func (f Future[T]) Must() T {
	v, err := f.Value()
	if err != nil {
		panic(err)
	}
	return v
}

// combine returns the ref of a future that combines others.
func combine(from ...ref) ref {
	a := newOddAnswers(joint)
	a.odd().from = from
	return ref{answers: a}
}

// Map returns the future of convert's result. It does no I/O. convert runs each time the result is read, in the
// goroutine that reads it. If f has an error, convert does not run, and the result has that error. An error of convert
// is reported as [ErrDecode], like a decoder's, and its text is in the message, without what strconv, time and
// encoding/json quote. If f was made by Zip or All, it is reported unchanged.
func Map[A, B any](f Future[A], convert func(A) (B, error)) Future[B] {
	if convert == nil {
		return failedFuture[B](invalid("Map needs a function"))
	}
	decode := f.decode
	if decode == nil { // it has only an error
		return Future[B]{ref: f.ref}
	}
	return Future[B]{f.ref, func(m rueidis.RedisMessage) (B, error) {
		a, err := decode(m)
		if err != nil {
			var none B
			return none, err
		}
		return convert(a)
	}}
}

// Int returns the future of the integer in a string, such as GET's reply. A string that is not an integer is
// [ErrDecode].
func Int(f Future[string]) Future[int64] {
	return Map(f, func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			err = mismatch("an integer")
		}
		return n, err
	})
}

// Float returns the future of the number in a string, such as GET's reply. A string that is not a number is
// [ErrDecode].
func Float(f Future[string]) Future[float64] { return Map(f, parseFloat) }

// Pair holds the values of two futures combined by [Zip].
type Pair[A, B any] struct {
	First  A
	Second B
}

// Zip returns the future of both values. If either has an error, the result has the first one.
func Zip[A, B any](first Future[A], second Future[B]) Future[Pair[A, B]] {
	return Future[Pair[A, B]]{combine(first.ref, second.ref), func(rueidis.RedisMessage) (p Pair[A, B], err error) {
		if p.First, err = first.Value(); err != nil {
			return Pair[A, B]{}, err
		}
		if p.Second, err = second.Value(); err != nil {
			return Pair[A, B]{}, err
		}
		return p, nil
	}}
}

// All returns the future of all values, in order. If any have errors, the result has the first one.
func All[T any](futures ...Future[T]) Future[[]T] {
	from := make([]ref, len(futures))
	for i, f := range futures {
		from[i] = f.ref
	}
	return Future[[]T]{combine(from...), func(rueidis.RedisMessage) ([]T, error) {
		values := make([]T, len(futures))
		for i, f := range futures {
			v, err := f.Value()
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
		return values, nil
	}}
}

// Result is one command of an executed Batch or Tx, for code that loops over them.
type Result struct {
	Index int
	Name  string
	Value any   // what the method's future returns; what AsAny returns if the command has no method; nil for a nil reply
	Err   error // the error of its future, but nil for a nil reply
}
