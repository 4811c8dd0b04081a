package rueidistx

import "context"

// Batch sends many commands in one round trip. It is not atomic: other clients' commands may run in between, and each
// command succeeds or fails on its own. A Batch is executed once. Queue its commands from one goroutine.
//
// Outside clusters, commands run in the order in which they were queued. In a cluster, commands on keys of one slot do,
// unless the client sends reads to replicas or the slot is being moved. There is no order between slots, nor between
// commands with a key and commands without one. A script that its server has forgotten, and a function that its server does
// not have, runs after the other commands of its chunk: see [Script.Queue] and [NewLibrary]. The calls of one such script keep
// their order under the same conditions.
//
// Its commands are the methods of [Commands]: the package's documentation lists them by group. [Queue] accepts any other
// command, and [Script.Queue] and [Function.Queue] queue scripts and functions.
type Batch struct {
	*Commands
	queue *queue
}

var batchRules = &rules{way: WayBatch, readsRepeat: true, repeatsItself: true, counts: true, script: queuesDigest}

// BatchOption changes how a Batch is sent.
type BatchOption interface{ apply(*batchOptions) }

type batchOption func(*batchOptions)

func (o batchOption) apply(b *batchOptions) { o(b) }

// batchOptions say how a Batch is sent.
type batchOptions struct {
	chunk    int
	streams  bool // Execute sends a chunk as soon as it is full
	progress func(done, total int)
	expected int
}

const defaultChunk = 10_000

func batchOptionsOf(options []BatchOption) *batchOptions {
	b := &batchOptions{chunk: defaultChunk}
	applyAll(b, options)
	return b
}

// Chunk sets the number of commands sent per round trip. The default, also for n < 1, is 10,000. A chunk also ends when
// its names and arguments would exceed 1 MiB; a larger command is sent alone. Sending stops at the first chunk that
// loses its connection: [BatchError] says what was sent.
//
// With [DB.Execute], each chunk is sent as soon as n commands are queued. When the method that queues the last of them
// returns, their futures are settled, and memory stays bounded if the closure does not keep them. An error returned by
// the closure cannot undo chunks already sent.
func Chunk(n int) BatchOption {
	return batchOption(func(b *batchOptions) {
		b.streams, b.chunk = n > 0, defaultChunk
		if n > 0 {
			b.chunk = n
		}
	})
}

// Progress calls report after each chunk of a Batch, in the goroutine that executes it. done is the number of commands
// sent or attempted so far, and total the number of all commands. With [DB.Execute] and [Chunk], total is the number of
// commands queued so far, or the number given by [Expect] if larger. In report the futures of the chunk are still
// pending: see Chunk. If it reads one, later chunks are not sent, and have [ErrPending]. report must not queue commands into
// the Batch: their futures get [ErrDone].
func Progress(report func(done, total int)) BatchOption {
	return batchOption(func(b *batchOptions) { b.progress = report })
}

// Expect tells [Progress] how many commands there will be, for a Batch that is sent while it is being filled.
func Expect(total int) BatchOption {
	return batchOption(func(b *batchOptions) { b.expected = total })
}

// Batch returns an empty Batch. Nothing is sent before Exec.
func (db *DB) Batch(options ...BatchOption) *Batch {
	u := db.newUnit(batchRules, "Batch")
	if len(options) > 0 {
		u.queue.stream = streamOf(options)
	}
	return &u.batch
}

// streamOf returns how a Batch with options is sent, if a program executes it itself.
func streamOf(options []BatchOption) *stream {
	s := &stream{batchOptions: batchOptionsOf(options)}
	s.streams = false
	return s
}

// Execute queues commands in fn and then sends them, like a [Batch] with its Exec. If fn returns an error, nothing is
// sent. Execute then returns an error with the same text, which matches fn's error and [ErrDiscarded] (errors.Is,
// errors.As) and whose outcome is [NotApplied]. Nothing is sent either if fn panics or calls runtime.Goexit. fn must
// queue from one goroutine, and must not retain b.
//
// With [Chunk], chunks are sent while fn is running. If some were sent and fn returns an error, Execute joins it with a
// [*BatchError] that says how many were sent and has their outcome. If a chunk fails, the commands that fn queues later
// are not sent: [Batch.Err] lets fn stop early.
func (db *DB) Execute(ctx context.Context, fn func(b *Batch) error, options ...BatchOption) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	return db.newUnit(batchRules, "").execute(ctx, fn, options)
}

// execute fills a Batch and executes it.
func (u *unit) execute(ctx context.Context, fn func(b *Batch) error, options []BatchOption) (err error) {
	q := &u.queue
	if q.db.hooks == nil {
		return u.fill(ctx, nil, fn, options)
	}
	ctx, seen := q.db.observe(ctx, q.rules.way, nil)
	err = errUnfinished
	defer func() {
		seen.sawBatch(q, &err)
		seen.close(&err)
	}()
	return u.fill(seen.begin(ctx), seen, fn, options)
}

// fill is execute without the hooks of the DB.
func (u *unit) fill(ctx context.Context, seen *observation, fn func(b *Batch) error, options []BatchOption) error {
	q := &u.queue
	if len(options) > 0 || q.rules.cached { // which counts hits there
		q.stream = &stream{batchOptions: batchOptionsOf(options), ctx: ctx}
	}
	q.managed = true
	defer q.discard(errDiscarded) // if fn panicked or ended its goroutine
	if err := fn(&u.batch); err != nil {
		return q.closureFailed(err)
	}
	q.managed = false
	return u.batch.exec(ctx, seen)
}

// closureFailed discards the commands that are still queued, because the closure returned own.
func (q *queue) closureFailed(own error) error {
	discarded := discardedBy(own)
	q.discard(discarded)
	if s := q.stream; s != nil && s.tally.total > 0 { // some chunks were sent before
		s.tally.failAll(q.answers.len(), discarded)
		return &closureError{own, s.tally.summary()}
	}
	return discarded
}

// Len returns the number of commands queued.
func (b *Batch) Len() int {
	q := b.own()
	if q == nil {
		return 0
	}
	n := q.answers.base() + q.answers.len()
	if q.stream != nil {
		n += q.stream.late
	}
	return n
}

// Err returns the error, if any, for which the commands queued from now on will not be sent and that is known already: a
// command was refused, a future was read too early, or an earlier chunk of a Batch that is sent while it is being filled has
// failed. nil does not promise that Exec sends them.
func (b *Batch) Err() error { return b.own().refusal() }

// Results returns every command in order, with its reply or its error. Before Exec, each has [ErrPending]. After
// Execute with [Chunk], only the commands of the last chunk are there.
func (b *Batch) Results() []Result {
	if b.own() == nil {
		return nil
	}
	return b.queue.results()
}

// Exec sends the commands and settles their futures. It takes one round trip for each chunk of up to 10,000 commands,
// or as many as [Chunk] says, and up to 1 MiB; in a cluster, one per node, all at the same time. If a slot of the cluster has no
// node, only its commands fail, and the others take some more, with a DB made by [Open] without [Wrap]; otherwise all of the chunk
// fail. Scripts that a server has forgotten and functions that it does not have take more: see [Script.Queue] and [NewLibrary]. An
// empty Batch sends nothing. ctx bounds the wait: commands that were sent may run even if ctx has ended.
//
// If the connection is lost and every command of the chunk only reads, Exec resends those without a reply, as often as
// the client's RetryDelay allows.
//
// The error is nil if every command has a reply that is not an error; a nil reply does not count as an error. It is a
// [*BatchError] if some commands failed. Otherwise it says why nothing was sent: [ErrCrossSlot], [ErrForbidden] or
// [ErrInvalid] if a command was refused while being queued, [ErrNotSent] if ctx had ended, [ErrPending] if a future was
// read too early. A second Exec, at the same time or later, returns [ErrDone].
func (b *Batch) Exec(ctx context.Context) error { return b.exec(ctx, nil) }

// execObserved is exec between the hooks of the DB. It is apart, because a deferred function takes time even if it is not
// needed.
func (b *Batch) execObserved(ctx context.Context) (err error) {
	q := b.queue
	ctx, seen := q.db.observe(ctx, q.rules.way, b.Discard)
	err = errUnfinished
	defer func() {
		if err != ErrDone {
			seen.sawBatch(q, &err)
		}
		seen.close(&err)
	}()
	return b.exec(seen.begin(ctx), seen)
}

// own returns the queue of a Batch, nil if no DB has made it.
func (b *Batch) own() *queue {
	if b == nil {
		return nil
	}
	return b.queue
}

// exec is Exec. seen is not nil if hooks observe the unit already.
func (b *Batch) exec(ctx context.Context, seen *observation) error {
	q := b.own()
	if q.observes(seen) {
		return b.execObserved(ctx)
	}
	p, err := q.begin()
	if q == nil || err == ErrDone {
		return err
	}
	if err == nil && !q.ownedBy(b.Commands) {
		err = invalid("the Commands of the Batch were replaced")
	}
	s, a := q.stream, q.answers
	if s == nil {
		s = &stream{batchOptions: &plainBatch}
	}
	n := a.len()
	if err == nil && n > 0 {
		err = s.send(ctx, q, p)
	}
	switch {
	case a.done():
		s.tally.total += n
	case s.tally.total == 0:
		return a.settle(err)
	default:
		s.tally.failAll(n, a.settle(err))
	}
	if s.tally.failed > 0 {
		return s.tally.summary()
	}
	return nil
}

// plainBatch are the options of a Batch that was given none.
var plainBatch = batchOptions{chunk: defaultChunk}
