package rueidistx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/rueidis"
)

// Future is the typed reply of one queued command. It is a small value: copy it, keep it in a struct, send it over a
// channel. It holds nothing until its Batch or Tx is executed, and it never blocks: read before that, it reports
// [ErrPending], and its Batch or Tx is then not sent, because a program that went on with a value that nobody had must
// not commit what follows from it. An Auto's futures are settled when the method returns.
//
// However the execution ends, every future ends with it: with its value, or with an error that says why there is none.
// Any number of goroutines may read a settled future. Each read decodes the reply anew, so two reads share no memory;
// keep the value where that matters. A future keeps all replies of its Batch or Tx in memory while it is in use.
//
// The zero Future is never settled.
type Future[T any] struct {
	ref    ref
	decode Decoder[T]
}

// failedFuture is the future of a command that could not even be queued.
func failedFuture[T any](err error) Future[T] { return Future[T]{ref: ref{answers: failed(err)}} }

// Value returns the decoded reply, or why there is none:
//
//   - [ErrPending]: the Batch or Tx was not executed yet. Now it will not be sent: its Exec returns an error that is
//     ErrPending and [ErrNotApplied]. [Future.Err] may be called without that effect.
//   - [*CommandError]: the reply is nil, as GET's for a missing key, which is no part of Exec's error ([ErrNil]); or the
//     server answered with an error, or the decoder did not accept the reply ([ErrDecode]).
//   - otherwise the error that the whole Batch or Tx ended with: see [OutcomeOf].
func (f Future[T]) Value() (T, error) {
	v, err := f.read()
	if err == ErrNil && f.ref.answers != nil && !f.combined() {
		err = f.ref.answers.nilReply(f.ref.index)
	}
	return v, err
}

// read is Value, with ErrNil itself for a nil reply.
func (f Future[T]) read() (v T, err error) {
	a, i := f.ref.answers, f.ref.index
	if a == nil || a.load() != clean {
		return f.readUnclean()
	}
	switch r := a.rare; {
	case r == nil:
		v, err = f.decode(a.one)
	case r.replies != nil:
		v, err = f.decode(r.replies[i])
	default:
		reply, _ := r.results[i].ToMessage()
		v, err = f.decode(reply)
	}
	if err != nil {
		var none T
		return none, a.undecoded(i, err)
	}
	return v, nil
}

// readUnclean is read where not all is well.
func (f Future[T]) readUnclean() (none T, _ error) {
	a, i := f.ref.answers, f.ref.index
	switch {
	case a == nil:
		return none, ErrPending
	case f.combined():
		return f.decode(rueidis.RedisMessage{})
	case !a.done():
		a.ask()
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

// combined reports whether the future is made of others: its decode reads them.
func (f Future[T]) combined() bool { return f.ref.answers.from() != nil }

// isPending reports whether a value is not there yet, without asking for it.
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

// failure returns the error that a settled command has in place of a reply.
func (r ref) failure() error {
	from := r.answers.from()
	if from == nil {
		return r.answers.errOf(r.index)
	}
	for _, part := range from {
		if err := part.failure(); err != nil {
			return err
		}
	}
	return nil
}

// String returns "pending", the text of the error that there is in place of a reply, or "settled" if there is a reply, nil
// ones and those that do not decode included: it decodes nothing, calls no function of the caller's and shows no data. Like
// [Future.Err], it may be called at any time. So printing a future has no effect.
func (f Future[T]) String() string {
	if f.ref.isPending() {
		return "pending"
	}
	if err := f.ref.failure(); err != nil {
		return err.Error()
	}
	return "settled"
}

// GoString returns the type and what String does, so that %#v shows no data either.
func (f Future[T]) GoString() string { return fmt.Sprintf("%T{%s}", f, f.String()) }

// Err returns Value's error alone, and decodes the reply for that. It may be called at any time: before Exec it is
// [ErrPending], and the Batch or Tx is sent all the same.
func (f Future[T]) Err() error {
	if f.ref.isPending() {
		return ErrPending
	}
	_, err := f.Value()
	return err
}

// Or returns the value, or fallback where there is none for any reason, a lost connection and a key of the wrong type
// included: check Exec's error first. [Future.Default] replaces a missing key only. Like Value, it must not be called
// before Exec.
func (f Future[T]) Or(fallback T) T {
	if v, err := f.read(); err == nil {
		return v
	}
	return fallback
}

// Default returns a future that has v where the reply is nil, as for a missing key. Every other error stays.
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

// Must returns the value and panics where there is none. It is for tests and for programs that end there anyway. Like
// Value, it must not be called before Exec.
func (f Future[T]) Must() T {
	v, err := f.Value()
	if err != nil {
		panic(err)
	}
	return v
}

// combine returns the ref of a future that is made of others.
func combine(from ...ref) ref {
	c := new(struct {
		answers
		rare
		odd
	})
	c.odd.from = from
	c.rare.odd = &c.odd
	c.answers.rare, c.answers.state = &c.rare, joint
	return ref{answers: &c.answers}
}

// Map returns the future of convert's result. It does no I/O; convert runs whenever the result is read, by the goroutine
// that reads it, unless f has an error, which is then the result's. An error of convert's is [ErrDecode], as a decoder's is,
// and its text is in the message, without what strconv, time and encoding/json quote. If f is made of other futures by Zip
// or All, it is the result's as it is.
func Map[A, B any](f Future[A], convert func(A) (B, error)) Future[B] {
	if convert == nil {
		return failedFuture[B](invalid("Map needs a function"))
	}
	decode := f.decode
	if decode == nil { // it has nothing but an error
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

// Int returns the future of a string's integer, such as one that GET returns. A string that holds none is [ErrDecode].
func Int(f Future[string]) Future[int64] {
	return Map(f, func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			err = mismatch("an integer")
		}
		return n, err
	})
}

// Float returns the future of a string's number, such as one that GET returns. A string that holds none is [ErrDecode].
func Float(f Future[string]) Future[float64] { return Map(f, parseFloat) }

// Pair is the value of two futures zipped together.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Zip returns the future of both values. If one of the two has an error, the first error is the result's.
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

// All returns the future of all values in order. If some have errors, the first error is the result's.
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
	Value any   // as the method's future has it; as AsAny decodes it if the method is not known; nil for a nil reply
	Err   error // as its future's, but nil for a nil reply
}
