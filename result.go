package rueidistx

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/rueidis"
)

// Future is the typed answer of one queued command. It is a small value: copy it, keep it in a struct, send it over a
// channel. It holds nothing until its Batch or Tx is executed, and it never blocks: read before that, it reports
// [ErrPending]. An Auto's futures are settled when the method returns.
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

// Value returns the decoded reply, or why there is none:
//
//   - [ErrPending]: the Batch or Tx was not executed yet.
//   - [ErrNil]: the reply is nil, as GET's for a missing key. No part of Exec's error.
//   - [*CommandError]: the server answered with an error, or the decoder did not take the reply ([ErrDecode]).
//   - otherwise the error that the whole Batch or Tx ended with: see [OutcomeOf].
func (f Future[T]) Value() (v T, err error) {
	frame, i := f.ref.frame, f.ref.index
	if frame == nil || !frame.clean {
		return f.value()
	}
	switch {
	case frame.body == nil:
		v, err = f.decode(frame.one)
	case frame.replies != nil:
		v, err = f.decode(frame.replies[i])
	default:
		reply, _ := frame.results[i].ToMessage()
		v, err = f.decode(reply)
	}
	if err != nil {
		var none T
		return none, frame.undecoded(i, err)
	}
	return v, nil
}

// value is Value where not all is well.
func (f Future[T]) value() (none T, _ error) {
	frame, i := f.ref.frame, f.ref.index
	if frame == nil {
		if f.decode == nil {
			return none, ErrPending
		}
		return f.decode(rueidis.RedisMessage{}) // made of other futures
	}
	if err := frame.errOf(i); err != nil {
		return none, err
	}
	v, err := f.decode(frame.reply(i))
	if err != nil {
		return none, frame.undecoded(i, err)
	}
	return v, nil
}

// Err returns Value's error alone.
func (f Future[T]) Err() error {
	_, err := f.Value()
	return err
}

// Or returns the value, or otherwise where there is none for any reason. Check Exec's error first: after that the
// reason left is [ErrNil].
func (f Future[T]) Or(otherwise T) T {
	if v, err := f.Value(); err == nil {
		return v
	}
	return otherwise
}

// Must returns the value and panics where there is none. It is for tests and for programs that end there anyway.
func (f Future[T]) Must() T {
	v, err := f.Value()
	if err != nil {
		panic(err)
	}
	return v
}

// Map returns the future of convert's result. It does no I/O; convert runs whenever the result is read, and not where f
// has an error, which is then the result's.
func Map[A, B any](f Future[A], convert func(A) (B, error)) Future[B] {
	return Future[B]{decode: func(rueidis.RedisMessage) (B, error) {
		a, err := f.Value()
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
func Float(f Future[string]) Future[float64] {
	return Map(f, func(s string) (float64, error) {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			err = mismatch("a number")
		}
		return n, err
	})
}

// Pair is the value of two futures zipped together.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Zip returns the future of both values. Where one of the two has an error, the first error is the result's.
func Zip[A, B any](first Future[A], second Future[B]) Future[Pair[A, B]] {
	return Future[Pair[A, B]]{decode: func(rueidis.RedisMessage) (p Pair[A, B], err error) {
		if p.First, err = first.Value(); err != nil {
			return Pair[A, B]{}, err
		}
		if p.Second, err = second.Value(); err != nil {
			return Pair[A, B]{}, err
		}
		return p, nil
	}}
}

// All returns the future of all values in order. Where some have errors, the first error is the result's.
func All[T any](futures ...Future[T]) Future[[]T] {
	return Future[[]T]{decode: func(rueidis.RedisMessage) ([]T, error) {
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
	Value any   // nil, string, int64, float64, bool, []any or map[string]any
	Err   error // as its future's, but nil for a nil reply
}

// ref points to the reply of one command.
type ref struct {
	frame *frame
	index int
}

// frame holds the replies of commands that were sent together. That of an Auto is the one allocation that a single command
// costs, so it does without the body unless something is out of the ordinary.
type frame struct {
	done  bool
	clean bool   // done, and every command has its reply
	alone uint16 // the id of the one command of an Auto
	*body
	one rueidis.RedisMessage // the reply to it
}

// body is the part of a frame that is for several commands, or for what goes wrong.
type body struct {
	base    int                    // index of the first command; not 0 in a streamed Batch
	err     error                  // every command's, unless errs has one of its own
	errs    []error                // by command; nil while there is none
	results []rueidis.RedisResult  // by command, where they ran on their own
	replies []rueidis.RedisMessage // by command, where they ran in a transaction
	ops     []uint16               // by command, the ids of what they are
	own     map[int]*op            // by command, what those with id 0 are
}

// failed returns a frame that has ended with err.
func failed(err error) *frame { return &frame{done: true, body: &body{err: err}} }

// add makes room for one more command and returns its index.
func (f *frame) add(o *op) int {
	i := len(f.ops)
	f.ops = append(f.ops, o.id)
	if o.id == 0 && o != opUnknown {
		if f.own == nil {
			f.own = make(map[int]*op)
		}
		f.own[i] = o
	}
	return i
}

// op returns what a command is.
func (f *frame) op(i int) *op {
	if f.body == nil {
		return numbered[f.alone]
	}
	if o := f.own[i]; o != nil {
		return o
	}
	return numbered[f.ops[i]]
}

// errOf returns why the command has no reply to decode.
func (f *frame) errOf(i int) error {
	switch {
	case !f.done:
		return ErrPending
	case f.errs != nil && f.errs[i] != nil:
		return f.errs[i]
	}
	return f.err
}

// reply returns the reply of a command that has one.
func (f *frame) reply(i int) rueidis.RedisMessage {
	if f.replies != nil {
		return f.replies[i]
	}
	m, _ := f.results[i].ToMessage() // an error in the reply would be in errs; nil is for the decoder
	return m
}

// undecoded makes the error of a reply that its decoder did not take.
func (f *frame) undecoded(i int, err error) error {
	if err == ErrNil {
		return err
	}
	if !errors.Is(err, ErrDecode) {
		err = fail(ErrDecode, err)
	}
	base := 0
	if f.body != nil {
		base = f.base
	}
	return &CommandError{Index: base + i, Name: f.op(i).name, Err: err}
}

// settle ends every command with err; without one they have their replies.
func (f *frame) settle(err error) error {
	f.done, f.err = true, err
	f.clean = err == nil && f.errs == nil
	return err
}

func (f *frame) setErr(i int, err error) {
	if f.errs == nil {
		f.errs = make([]error, len(f.ops))
	}
	f.errs[i] = err
}

func (f *frame) result(i int) Result {
	r := Result{Index: f.base + i, Name: f.op(i).name}
	err := f.errOf(i)
	if err == nil {
		reply := f.reply(i)
		r.Value, err = reply.ToAny()
		if err == ErrNil {
			err = nil
		} else if err != nil {
			err = f.undecoded(i, fmt.Errorf("%w: no Go value for this reply", ErrDecode))
		}
	}
	r.Err = err
	return r
}
