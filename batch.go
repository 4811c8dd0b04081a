package rueidistx

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/rueidis"
)

// Batch sends many commands in one round trip. It is not atomic: other clients' commands may run in between, and each
// command succeeds or fails on its own. A Batch is executed once. It is for one goroutine at a time.
//
// Commands for one node run in the order in which they were queued. There is no order between nodes, nor, in a cluster,
// between commands with a key and commands without one; and a script that its server does not know yet runs after the
// others.
type Batch struct{ *Commands }

// BatchOption changes how a Batch is sent.
type BatchOption interface{ apply(*batchState) }

type batchOption func(*batchState)

func (o batchOption) apply(s *batchState) { o(s) }

const defaultChunk = 10_000

// Chunk sends a Batch in portions of n commands, a round trip each, one after the other; without it, or with n below 1,
// n is 10,000. Sending stops at the first portion that loses its connection: [BatchError] says what was sent.
//
// With [DB.Execute] it also bounds the memory: each n commands are sent while the closure goes on queueing, their
// futures are settled then, and whatever the program does not keep of them is freed. The closure's error can only stop
// what was not sent yet.
func Chunk(n int) BatchOption {
	return batchOption(func(s *batchState) {
		if s.streams = n > 0; s.streams {
			s.chunk = n
		}
	})
}

// Progress calls report after each portion of a Batch, on the goroutine that executes it, with the number of commands
// done and the number of all. While [Chunk] sends a Batch that is still being filled, that is the number queued until
// then, or what [Expect] says.
func Progress(report func(done, total int)) BatchOption {
	return batchOption(func(s *batchState) { s.progress = report })
}

// Expect tells [Progress] how many commands there will be, for a Batch that is sent while it is being filled.
func Expect(total int) BatchOption {
	return batchOption(func(s *batchState) { s.expected = total })
}

// batchState is what a Batch knows of its commands beside their frame.
type batchState struct {
	chunk    int
	streams  bool            // chunks are sent while the Batch is being filled
	ctx      context.Context // what for
	progress func(done, total int)
	expected int

	stopped  *frame // the answer to all commands after the chunk that failed
	total    int    // commands of earlier frames, and those queued after sending stopped
	sent     int
	answered int
	failed   int
	unsure   bool // the outcome of some command is unknown
	applied  bool // that of some command is applied
	errs     []error
}

// Batch returns an empty Batch. Nothing is sent before Exec.
func (db *DB) Batch(options ...BatchOption) *Batch {
	u := db.newUnit(modeBatch)
	if len(options) > 0 {
		s := newBatchState(options)
		s.streams = false
		u.commands.queue.batch = s
	}
	return &u.batch
}

func newBatchState(options []BatchOption) *batchState {
	s := &batchState{chunk: defaultChunk}
	for _, o := range options {
		if o != nil {
			o.apply(s)
		}
	}
	return s
}

// Execute queues commands in fn and then sends them, like a [Batch] with its Exec. If fn returns an error, Execute
// returns it as it is, and nothing was sent; nor is it if fn panics or ends its goroutine. The Batch is fn's only until
// fn returns.
//
// With [Chunk], portions are sent while fn is running. Where some were sent, fn's error comes joined with a [*BatchError]
// that says how many. When a portion fails, what fn goes on queueing is not sent: [Batch.Err] lets it stop early.
func (db *DB) Execute(ctx context.Context, fn func(b *Batch) error, options ...BatchOption) error {
	b := db.Batch()
	q := &b.queue
	if len(options) > 0 {
		q.batch = newBatchState(options)
		q.batch.ctx = ctx
		q.plain = q.plain && !q.batch.streams
	}
	defer q.discard() // where fn did not come back
	if fn == nil {
		return invalid("the closure is nil")
	}
	q.managed = true
	err := fn(b)
	q.managed = false
	if err == nil {
		return b.Exec(ctx)
	}
	if s := q.batch; s != nil && s.total > 0 { // some chunks were sent before fn gave up
		s.lose(q.frame, fail(ErrDiscarded, nil))
		s.total += len(q.frame.ops)
		q.close()
		return errors.Join(err, s.err())
	}
	return err
}

// Len returns the number of commands queued.
func (b *Batch) Len() int {
	q := &b.queue
	if q.batch != nil {
		return q.batch.total + len(q.frame.ops)
	}
	return len(q.frame.ops)
}

// Exec sends the commands and settles their futures. It takes one round trip for up to 10,000 commands, or as many as
// [Chunk] says; in a cluster one for each node at the same time. An empty Batch sends nothing. ctx bounds the wait:
// commands that were sent may run even though ctx has ended.
//
// The error is nil if the server answered every command without an error; a nil reply is none. It is a [*BatchError] if
// some failed, and otherwise says why nothing was sent: [ErrCrossSlot], [ErrForbidden] or [ErrInvalid] for a command
// that was refused while being queued, [ErrNotSent] for a context that had ended or a server that cannot be reached.
// A second Exec returns [ErrDone].
func (b *Batch) Exec(ctx context.Context) error {
	q := &b.queue
	if q.closed || q.managed {
		return ErrDone
	}
	q.close()
	f, s := q.frame, q.batch
	if q.err == nil && len(f.ops) > 0 {
		q.err = q.db.check(ctx)
	}
	if s == nil {
		if q.err == nil && q.smooth(ctx) {
			return nil
		}
		s = &batchState{chunk: defaultChunk}
	}
	switch {
	case q.err != nil:
		q.slab.free()
		s.lose(f, q.err)
		if s.sent == 0 {
			return q.err
		}
	case len(f.ops) > 0:
		q.db.remember(len(f.ops))
		q.exec(ctx, s)
	}
	s.total += len(f.ops)
	return s.err()
}

// smooth executes the usual Batch, which is one round without any error, at no more cost than that. It reports false,
// with the results kept in the frame for exec, if this is another one.
func (q *queue) smooth(ctx context.Context) bool {
	f := q.frame
	n := len(f.ops)
	if n == 0 || n > defaultChunk || len(q.slab.calls) > 0 {
		return false
	}
	q.db.remember(n)
	f.results = q.round(ctx, f, q.slab.commands)
	for i := range f.results {
		if err := f.results[i].Error(); err != nil && err != ErrNil {
			return false
		}
	}
	f.settle(nil)
	q.slab.free()
	q.slab = nil
	return true
}

// Err returns why nothing of what is queued now will be sent: a command was refused, or an earlier portion of a Batch
// that is sent while it is being filled has failed. It is nil while all is well.
func (b *Batch) Err() error {
	q := &b.queue
	if q.batch != nil && q.batch.stopped != nil {
		return q.batch.stopped.err
	}
	return q.err
}

// Results returns every command in order, with its reply or its error. Before Exec each has [ErrPending]. With a Batch
// that was sent while being filled, only the commands since the last portion are there.
func (b *Batch) Results() []Result { return b.queue.results() }

// sendChunk sends what a streamed Batch has queued, and starts it anew.
func (q *queue) sendChunk() {
	s, f := q.batch, q.frame
	if err := q.db.check(s.ctx); err != nil {
		s.lose(f, err)
		s.stop(err)
	} else {
		q.exec(s.ctx, s)
	}
	s.total += len(f.ops)
	q.frame = &frame{body: &body{base: s.total}}
	if s.stopped == nil {
		q.frame.ops = make([]uint16, 0, s.chunk)
	}
}

// exec sends the commands of the frame in chunks and settles them.
func (q *queue) exec(ctx context.Context, s *batchState) {
	f, n := q.frame, len(q.slab.commands)
	var broken error
	defer func() {
		if s.stopped == nil && len(f.results) < n { // the progress callback did not come back
			s.stop(fail(ErrDiscarded, nil))
		}
		for i := len(f.results); i < n; i++ {
			f.setErr(i, s.stopped.err)
		}
		f.settle(nil)
		s.tally(f)
		if broken == nil {
			q.slab.free()
		}
		q.slab = nil
	}()
	for from := 0; from < n && broken == nil; from += s.chunk {
		to := min(from+s.chunk, n)
		if from > 0 {
			if err := q.db.check(ctx); err != nil {
				s.stop(err)
				break
			}
		}
		if f.results == nil {
			f.results = q.round(ctx, f, q.slab.commands[from:to])
		} else if from > 0 {
			f.results = append(f.results, q.round(ctx, f, q.slab.commands[from:to])...)
		}
		q.repair(ctx, f, from)
		broken = f.judge(from)
		if broken == nil || !f.unsent(from) {
			s.sent += to - from
		}
		if broken == nil {
			s.answered += to - from
		} else {
			s.stop(undialed(fmt.Errorf("an earlier part of the Batch failed: %w", broken)))
		}
		if s.progress != nil {
			s.progress(s.total+to, max(s.total+n, s.expected))
		}
	}
}

// unsent reports whether none of the commands from the given one on was sent.
func (f *frame) unsent(from int) bool {
	for _, err := range f.errs[from:len(f.results)] {
		if !errors.Is(err, ErrNotSent) {
			return false
		}
	}
	return true
}

// round sends commands and returns their results; a single one without the cost of many.
func (q *queue) round(ctx context.Context, f *frame, commands []rueidis.Completed) []rueidis.RedisResult {
	if len(commands) == 1 && f.results == nil {
		return []rueidis.RedisResult{q.db.one(ctx, commands[0])}
	}
	results := q.db.send(ctx, commands)
	for len(results) < len(commands) { // by a hook around the client
		results = append(results, rueidis.NewErrorResult(ErrProtocol))
	}
	return results[:len(commands)]
}

// stop makes err the answer to every command that is still to come.
func (s *batchState) stop(err error) {
	s.stopped = failed(err)
}

// lose settles a frame of which nothing is sent.
func (s *batchState) lose(f *frame, err error) {
	f.settle(err)
	s.failed += len(f.ops)
	s.note(err)
}

const maxBatchErrors = 16

func (s *batchState) note(err error) {
	if len(s.errs) < maxBatchErrors {
		s.errs = append(s.errs, err)
	}
}

// tally adds what became of the commands of a frame that was sent.
func (s *batchState) tally(f *frame) {
	if f.errs == nil {
		s.applied = true
		return
	}
	var last error
	var outcome Outcome
	for _, err := range f.errs {
		switch {
		case err == nil:
			s.applied = true
			continue
		case err != last: // commands that were lost together share their error
			last, outcome = err, OutcomeOf(err)
			s.note(err)
		}
		s.failed++
		s.unsure = s.unsure || outcome == Unknown
		s.applied = s.applied || outcome == Applied
	}
}

// err is the error of the whole Batch.
func (s *batchState) err() error {
	if s.failed == 0 {
		return nil
	}
	e := &BatchError{Total: s.total, Failed: s.failed, Answered: s.answered, Sent: s.sent, Errs: s.errs, outcome: NotApplied}
	switch {
	case s.unsure:
		e.outcome = Unknown
	case s.applied:
		e.outcome = Applied
	}
	return e
}
