package rueidistx

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/redis/rueidis"
)

// Queries are the commands that only read. A method queues its command, or in an [Auto] runs it at once, and returns the
// future of its answer.
type Queries struct{ queue queue }

// Commands are all commands: [Queries] and those that write. [Auto], [Batch] and [Tx] embed it, so a function that takes
// a *Commands works with each of them:
//
//	func Reserve(c *rueidistx.Commands, sku string) rueidistx.Future[int64] { return c.DecrBy("stock:"+sku, 1) }
//
// Arguments may be reused as soon as a method has returned. Like the Batch or Tx that it belongs to, a *Commands is for
// one goroutine at a time; an Auto's is for any number.
type Commands struct{ Queries }

func (c *Commands) commands() *Commands { return c }

// B returns the client's command builder, for [Queue]. In a cluster the builder itself panics on keys of different
// slots; the methods of Commands return [ErrCrossSlot] instead.
func (q *Queries) B() rueidis.Builder {
	if q.queue.db == nil {
		return rueidis.Builder{}
	}
	return q.queue.db.builder
}

// Queuer is what takes commands: a [Batch], a [Tx], an [Auto], or the [Commands] of one of them.
type Queuer interface{ commands() *Commands }

// Queue queues any command, or in an [Auto] runs it at once, and decodes its answer with decode. It is for commands
// without a method and for answers of another type; build the command with B, marking its keys as such.
//
// The command is copied, so it is still the caller's to use. A command that would change the state of the shared
// connection, such as MULTI or SUBSCRIBE, is [ErrForbidden] in any letter case; so is one that blocks, except in an Auto.
func Queue[T any](q Queuer, command rueidis.Completed, decode Decoder[T]) Future[T] {
	if q == nil || decode == nil {
		err := invalid("Queue needs a Queuer and a Decoder")
		return Future[T]{decode: func(rueidis.RedisMessage) (none T, _ error) { return none, err }}
	}
	return Future[T]{q.commands().queue.raw(command), decode}
}

type mode uint8

const (
	modeAuto mode = iota
	modeBatch
	modeTx
)

// queue is what Auto, Batch and Tx share: it takes commands, sends them and settles their futures.
type queue struct {
	db      *DB
	frame   *frame
	slab    *slab
	err     error // why nothing may be sent: a command was refused
	batch   *batchState
	ctx     context.Context // of an Auto
	slot    uint16          // of a Tx in a cluster
	mode    mode
	plain   bool // nothing stands in the way of the next command: see do
	closed  bool // executed or discarded
	managed bool // a closure builds it, so it is not the closure's to execute
}

// slab is the memory that is used again and again. It goes back to the pool only when rueidis has certainly finished
// with it: after an error it may still be reading the commands.
type slab struct {
	commands []rueidis.Completed
	calls    []scriptCall // of a Batch, by index
	strings  []string     // their keys and arguments
	loaded   []*source    // scripts that a Tx has sent in full
}

var slabs = sync.Pool{New: func() any { return new(slab) }}

const maxPooled = 1 << 16

func (s *slab) free() {
	if s == nil || cap(s.commands) > maxPooled || cap(s.strings) > maxPooled {
		return
	}
	clear(s.commands)
	clear(s.calls)
	clear(s.strings)
	clear(s.loaded)
	s.commands, s.calls, s.strings, s.loaded = s.commands[:0], s.calls[:0], s.strings[:0], s.loaded[:0]
	slabs.Put(s)
}

// unit is a Batch or Tx with its first frame in one piece of memory; room adds that for its commands, so that one
// allocation does it when a Batch is about as large as the one before.
type unit struct {
	batch    Batch
	tx       Tx
	commands Commands
	frame    frame
	body     body
}

type room[A any] struct {
	unit
	ops A
}

func (db *DB) newUnit(m mode) *unit {
	var u *unit
	var ops []uint16
	switch size := db.size.Load(); {
	case size <= 4:
		r := new(room[[4]uint16])
		u, ops = &r.unit, r.ops[:0]
	case size <= 16:
		r := new(room[[16]uint16])
		u, ops = &r.unit, r.ops[:0]
	case size <= 32:
		r := new(room[[32]uint16])
		u, ops = &r.unit, r.ops[:0]
	case size <= 128:
		r := new(room[[128]uint16])
		u, ops = &r.unit, r.ops[:0]
	case size <= 256:
		r := new(room[[256]uint16])
		u, ops = &r.unit, r.ops[:0]
	default:
		r := new(room[[1024]uint16])
		u, ops = &r.unit, r.ops[:0]
	}
	u.batch.Commands, u.tx.Commands = &u.commands, &u.commands
	q := &u.commands.queue
	q.db, q.mode, q.slot = db, m, anySlot
	u.body.ops = ops
	u.frame.body = &u.body
	q.frame = &u.frame
	q.plain = db.client != nil && (!db.cluster || m == modeBatch)
	q.open()
	return u
}

// remember lets the next Batch or Tx have as much room as this one needed.
func (db *DB) remember(n int) {
	if old := db.size.Load(); n > int(old) || n < int(old)/4 {
		db.size.Store(int32(min(n, 1024)))
	}
}

// What a command gets that was queued too late, or on Commands that no DB made.
var (
	ended  = failed(ErrDone)
	orphan = failed(invalid("the Commands were not made by a DB"))
)

// do takes a command of the table. argv is all of it, as it goes to the server.
func (q *queue) do(o *op, argv ...string) ref {
	if !q.plain || q.db.cluster && (o.first != 1 || o.last != 1 || o.numkeys != 0) {
		command, err := q.build(o, argv)
		return q.add(o, command, err)
	}
	// What build and add come to where nothing can go wrong: without a cluster, and in one for a Batch's commands of one
	// key. It is worth its own few lines, as it is most of what a command costs here.
	f, s := q.frame, q.slab
	f.ops = append(f.ops, o.id)
	words := len(argv)
	if q.db.cluster {
		words = 1
	}
	a := q.db.builder.Arbitrary(argv[:words]...)
	if q.db.cluster {
		a = a.Keys(argv[1]).Args(argv[2:]...)
	}
	if o.effect == effectRead && q.mode != modeTx {
		s.commands = append(s.commands, a.ReadOnly())
	} else {
		s.commands = append(s.commands, a.Build())
	}
	return ref{f, len(f.ops) - 1}
}

// refuse takes a command that cannot be built.
func (q *queue) refuse(o *op, err error) ref {
	return q.add(o, rueidis.Completed{}, err)
}

// add is where every command of every mode comes through.
func (q *queue) add(o *op, command rueidis.Completed, err error) ref {
	if q.db == nil {
		return ref{frame: orphan}
	}
	if q.mode == modeAuto {
		return q.run(o, command, err, nil)
	}
	if q.closed {
		return ref{frame: ended}
	}
	f := q.frame
	if q.batch != nil && q.batch.stopped != nil {
		q.batch.total++
		q.batch.failed++
		return ref{frame: q.batch.stopped}
	}
	r := ref{f, f.add(o)}
	if q.err != nil {
		return r
	}
	if err != nil {
		q.err = because(err, &CommandError{Index: f.base + r.index, Name: o.name})
		q.plain = false
		return r
	}
	q.open()
	q.slab.commands = append(q.slab.commands, command)
	if q.batch != nil && q.batch.streams && len(q.slab.commands) == q.batch.chunk {
		q.sendChunk()
	}
	return r
}

// open makes sure that there is memory for commands.
func (q *queue) open() {
	if q.slab != nil {
		return
	}
	q.slab = slabs.Get().(*slab)
	if q.mode == modeTx {
		q.slab.commands = append(q.slab.commands, q.db.multi)
	}
}

// because puts the command that was refused into the error that refuses it.
func because(err error, command *CommandError) error {
	f := err.(*failure)
	command.Err = f.cause
	if f.cause == nil {
		command.Err = f.kind
	}
	return &failure{kind: f.kind, class: f.class, cause: command}
}

// run sends one command at once. call is what to send instead of a script's digest that the server does not know.
func (q *queue) run(o *op, command rueidis.Completed, err error, call *scriptCall) ref {
	f := &frame{alone: o.id}
	if err == nil {
		err = q.db.check(q.ctx)
	} else {
		err = because(err, &CommandError{Name: o.name})
	}
	if err != nil {
		return ref{frame: failed(err)}
	}
	result := q.db.one(q.ctx, command)
	if call != nil && unknownScript(result) {
		if command, err = q.build(call.eval(), call.full()); err == nil {
			o = call.eval()
			result = q.db.one(q.ctx, command)
		}
	}
	f.one, err = result.ToMessage()
	if (err == nil || err == ErrNil) && f.alone != 0 {
		f.done, f.clean = true, true
		return ref{frame: f}
	}
	f.body = new(body)
	f.add(o)
	f.results = []rueidis.RedisResult{result}
	f.judge(0)
	f.settle(nil)
	return ref{frame: f}
}

// judge gives each command from the given one on its own error, and returns the last that is not the server's.
func (f *frame) judge(from int) (broken error) {
	var class error
	for i := from; i < len(f.results); i++ {
		err := f.results[i].Error()
		if err == nil || err == ErrNil {
			continue
		}
		if f.results[i].NonRedisError() == nil {
			f.setErr(i, answered(f.op(i), f.base+i, err))
			continue
		}
		if broken == nil || !reflect.TypeOf(err).Comparable() || err != broken {
			broken, class = err, lost(err)
		}
		f.setErr(i, class) // one error for all that were lost together
	}
	return broken
}

// build makes the command, with its slot in a cluster. In a transaction no command may be marked as read-only: rueidis
// would take that as leave to send the whole transaction again.
func (q *queue) build(o *op, argv []string) (rueidis.Completed, error) {
	if q.db == nil {
		return rueidis.Completed{}, orphan.err
	}
	read := o.effect == effectRead && q.mode != modeTx
	if !q.db.cluster {
		// Without a cluster nobody needs the slot, so the keys need not be marked and hashed.
		if read {
			return q.db.builder.Arbitrary(argv...).ReadOnly(), nil
		}
		return q.db.builder.Arbitrary(argv...).Build(), nil
	}
	first := o.firstKey(argv)
	if first == 0 {
		if read {
			return q.db.builder.Arbitrary(argv...).ReadOnly(), nil
		}
		return q.db.builder.Arbitrary(argv...).Build(), nil
	}
	command := q.db.builder.Arbitrary(argv[:first]...).Keys(argv[first]).Args(argv[first+1:]...)
	var c rueidis.Completed
	if read {
		c = command.ReadOnly()
	} else {
		c = command.Build()
	}
	for i := range o.moreKeys(argv) {
		if s := slot(argv[i]); s != c.Slot() {
			return c, crossSlot(c.Slot(), s)
		}
	}
	return c, q.enter(c.Slot())
}

// enter checks that a key's slot is that of the transaction.
func (q *queue) enter(s uint16) error {
	if q.mode != modeTx || s == anySlot {
		return nil
	}
	if q.slot == anySlot {
		q.slot = s
	}
	if q.slot != s {
		return crossSlot(q.slot, s)
	}
	return nil
}

func crossSlot(a, b uint16) error {
	return fail(ErrCrossSlot, fmt.Errorf("slots %d and %d: give the keys a common {tag}", a, b))
}

// raw takes a command of the user's. It is built anew: rueidis uses the memory of a command again once it was sent, so
// the user's own may be gone or, queued twice, be handed out twice.
func (q *queue) raw(command rueidis.Completed) ref {
	if q.db == nil {
		return ref{frame: orphan}
	}
	if command.IsEmpty() || command.Commands()[0] == "" {
		return q.refuse(opUnknown, invalid("the command is empty"))
	}
	argv := command.Commands()
	if strings.Contains(argv[0], "\x00") { // Redis may take what is before it for the name
		return q.refuse(opUnknown, invalid("the command's name has a NUL"))
	}
	verb := strings.ToUpper(argv[0])
	o := lookup(verb)
	if o == opUnknown && printable(verb) {
		o = &op{name: verb}
	}
	if verb == "SCRIPT" && q.mode == modeTx && q.slab != nil {
		q.slab.loaded = q.slab.loaded[:0] // it may flush what the Tx relies on
	}
	if why := forbidden(verb, argv); why != "" {
		return q.refuse(o, fail(ErrForbidden, fmt.Errorf("%s", why)))
	}
	blocks := command.IsBlock() || blocking(verb, argv)
	if blocks && q.mode != modeAuto {
		return q.refuse(o, fail(ErrForbidden, fmt.Errorf("it blocks: use Auto")))
	}
	if q.db.cluster && command.Slot()&noSlot != 0 {
		return q.refuse(o, invalid("the command comes from the builder of another client"))
	}

	a := q.db.builder.Arbitrary(argv...)
	var c rueidis.Completed
	switch {
	case blocks:
		c = a.Blocking()
		if command.IsUnblockOnCancel() {
			c = c.UnblockOnCancel()
		}
	case command.IsReadOnly() && q.mode != modeTx:
		c = a.ReadOnly()
	default:
		c = a.Build()
		if command.IsRetryable() && q.mode != modeTx {
			c = c.ToRetryable()
		}
	}
	if !q.db.cluster || command.Slot() == anySlot {
		return q.add(o, c, nil)
	}
	return q.add(o, c.SetSlot(keyOf(command.Slot(), argv[1:])), q.enter(command.Slot()))
}

// spread lets a command without a slot go over any of the client's connections to a single node, as rueidis does for one
// with a key. The slot itself means nothing there.
func (db *DB) spread(command rueidis.Completed) rueidis.Completed {
	if db.cluster || command.Slot() != noSlot {
		return command
	}
	return command.SetSlot("1")
}

// one sends a single command.
func (db *DB) one(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	if db.cluster && command.Slot() == anySlot {
		// Without a slot, Do takes any node, a replica as well; DoMulti takes a primary.
		if results := db.client.DoMulti(ctx, command); len(results) == 1 {
			return results[0]
		}
		return rueidis.NewErrorResult(ErrProtocol)
	}
	return db.client.Do(ctx, db.spread(command))
}

// send sends commands that need not stay together, in one round trip where they go to one node.
func (db *DB) send(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
	if len(commands) == 0 {
		return nil
	}
	if !db.cluster || !mixed(commands) {
		commands[0] = db.spread(commands[0])
		return db.client.DoMulti(ctx, commands...)
	}
	// rueidis panics on commands without a key beside those of several slots.
	var parts [2][]rueidis.Completed
	for _, c := range commands {
		parts[part(c)] = append(parts[part(c)], c)
	}
	var replies [2][]rueidis.RedisResult
	var keyless sync.WaitGroup
	keyless.Go(func() { replies[0] = db.client.DoMulti(ctx, parts[0]...) })
	replies[1] = db.client.DoMulti(ctx, parts[1]...)
	keyless.Wait()
	results := make([]rueidis.RedisResult, len(commands))
	var next [2]int
	for i, c := range commands {
		p := part(c)
		results[i] = replies[p][next[p]]
		next[p]++
	}
	return results
}

// part tells commands without a key (0) from those with one.
func part(c rueidis.Completed) int {
	if c.Slot() == anySlot {
		return 0
	}
	return 1
}

func mixed(commands []rueidis.Completed) bool {
	keyless, seen, several := false, uint16(anySlot), false
	for i := range commands {
		switch s := commands[i].Slot(); {
		case s == anySlot:
			keyless = true
		case seen == anySlot:
			seen = s
		case s != seen:
			several = true
		}
	}
	return keyless && several
}

// close lets no more commands in.
func (q *queue) close() {
	q.closed, q.plain = true, false
}

// discard ends what was queued without sending it.
func (q *queue) discard() {
	if q.closed {
		return
	}
	q.close()
	q.frame.settle(fail(ErrDiscarded, nil))
	q.slab.free()
	q.slab = nil
}

// results returns every command of the frame.
func (q *queue) results() []Result {
	list := make([]Result, len(q.frame.ops))
	for i := range list {
		list[i] = q.frame.result(i)
	}
	return list
}
