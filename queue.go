package rueidistx

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// Queries are the commands that only read. A method queues its command, or in an [Auto] runs it immediately, and
// returns the future of its reply.
type Queries struct{ queue *queue }

// Commands are all commands: those of [Queries], which only read, and those that write. A method queues its command, or
// in an [Auto] runs it immediately, and returns the future of its reply. [Auto], [Batch] and [Tx] embed Commands, so a
// function that accepts a *Commands works with each of them. A function that accepts a *Queries is called as
// Price(tx.Queries, sku):
//
//	func Reserve(c *rueidistx.Commands, sku string) rueidistx.Future[int64] { return c.DecrBy("stock:"+sku, 1) }
//	func Price(q *rueidistx.Queries, sku string) rueidistx.Future[string]   { return q.Get("price:" + sku) }
//
// Arguments may be reused as soon as a method has returned. Like its Batch or Tx, a *Commands must be used by one
// goroutine at a time; that of an Auto may be used by any number.
type Commands struct{ *Queries }

// B returns the client's command builder, for [Queue]. In a cluster the builder itself panics if keys are in different
// slots; the methods of Commands return [ErrCrossSlot] instead. So does the builder of what has no client, with any key.
func (q *Queries) B() rueidis.Builder {
	if q == nil || q.queue == nil || q.queue.db == nil {
		return rueidis.Builder{}
	}
	return q.queue.db.builder
}

// B is [Queries.B].
func (c *Commands) B() rueidis.Builder { return c.reads().B() }

// nobody is the queue behind the zero Commands.
var nobody queue

// to returns the queue that commands go to, also for the zero Queries and Commands.
func (q *Queries) to() *queue {
	if q == nil || q.queue == nil {
		return &nobody
	}
	return q.queue
}

func (c *Commands) to() *queue {
	if c == nil || c.Queries == nil || c.queue == nil {
		return &nobody
	}
	return c.queue
}

// reads returns the methods that only read. For the zero Commands these refuse every command.
func (c *Commands) reads() *Queries {
	if c == nil {
		return nil
	}
	return c.Queries
}

// Queuer accepts commands: a [Batch], a [Tx], an [Auto], or the [Commands] of one of them or of a branch of a [Choice].
type Queuer interface {
	Querier
	commands() *Commands
}

func (c *Commands) commands() *Commands { return c }

// commandsOf returns the Commands of q, which may be nil or hold a nil pointer.
func commandsOf(q Queuer) *Commands {
	switch q := q.(type) {
	case nil:
		return nil
	case *Batch:
		if q == nil {
			return nil
		}
		return q.Commands
	case *Tx:
		if q == nil {
			return nil
		}
		return q.Commands
	case Auto:
		return q.Commands
	case *Auto:
		if q == nil {
			return nil
		}
		return q.Commands
	case *Commands:
		return q
	}
	return commandsIn(q) // a struct that embeds one of these
}

// commandsIn returns the commands of a struct that embeds a Queuer, which may be nil.
func commandsIn(q Queuer) (c *Commands) {
	defer func() { _ = recover() }()
	return q.commands()
}

// Querier accepts commands that only read: a [Reader], a [CachedBatch], a [Batch], a [Tx], an [Auto], or the [Queries] of one of
// them, of [Reader.Unwatched] or [Cached.Auto].
type Querier interface{ queries() *Queries }

func (q *Queries) queries() *Queries { return q }

// queriesOf returns the Queries of q, which may be nil or hold a nil pointer.
func queriesOf(q Querier) *Queries {
	switch q := q.(type) {
	case nil:
		return nil
	case *Reader:
		if q == nil {
			return nil
		}
		return q.Queries
	case Queuer:
		return commandsOf(q).reads()
	case *Queries:
		return q
	}
	return queriesIn(q) // a struct that embeds one of these
}

// queriesIn returns the queries of a struct that embeds a Querier, which may be nil.
func queriesIn(q Querier) (of *Queries) {
	defer func() { _ = recover() }()
	return q.queries()
}

// rules describe a way to run commands.
type rules struct {
	readsRepeat   bool // commands that only read may be sent again after a lost connection
	repeatsItself bool // this package resends them, if rueidis can be kept from it
	oneSlot       bool // in a cluster, all keys must be in one slot
	blocking      bool // commands may block
	readsOnly     bool // commands that may write are refused
	counts        bool // the bytes of commands are counted, for chunks; those of recorded commands are counted anyway
	knownKeys     bool // commands whose keys are not known are refused
	records       bool // the words of commands are kept, from which these may be built later
	head          int  // number of commands that the plan begins with

	cached bool          // commands are read through the client-side cache
	ttl    time.Duration // for which a reply is cached

	way    Way // as hooks tell it, of an Auto and of Batches
	script scriptWay
	early  error // kind of the error if a future was read too early; nil: errAsked
}

// The state of a queue says what it does with the next command.
const (
	nobodys   uint32 = iota // no DB made it
	immediate               // runs it immediately: an Auto
	filling                 // queues it
	refused                 // counts it: a command was refused, so nothing will be sent
	scattered               // refuses it: several goroutines queued at the same time, so nothing will be sent
	stopped                 // counts it: an earlier chunk has failed
	spent                   // refuses it: executed, discarded, or a chunk is in flight
)

// queue is what Auto, Batch and Tx share: it accepts commands and returns the refs of their replies.
type queue struct {
	db      *DB
	rules   *rules
	plan    *plan // what is to be sent
	answers *answers
	state   uint32 // read and written atomically
	tickets uint32 // commands that asked for a place in the plan; read and written atomically
	slot    uint16 // slot of the keys, if oneSlot holds and the client is a cluster's
	managed bool   // a closure builds the unit, and must not execute it itself
	seen    bool   // hooks observe what it runs immediately already, as part of a unit

	ctx    context.Context // of an Auto
	stream *stream         // of a Batch with options
}

func (q *queue) load() uint32       { return atomic.LoadUint32(&q.state) }
func (q *queue) become(next uint32) { atomic.StoreUint32(&q.state, next) }

// The answers of commands that were queued too late, or on Commands that no DB made.
var (
	late      = failed(ErrDone)
	notFromDB = failed(invalid("the Commands were not made by a DB"))
)

// do accepts a command of the table. argv is the whole command, as it is sent.
func (q *queue) do(o *op, argv ...string) ref {
	if q.db != nil && q.db.prefix != "" {
		own, err := q.db.prefixed(o, argv)
		if err != nil {
			return q.reject(o, err)
		}
		argv = own
	}
	switch q.load() {
	case filling:
		if q.rules.records {
			return q.record(o, argv)
		}
		command, err := q.admit(o, argv)
		p, i := q.turn()
		if p == nil || err != nil || o.id == 0 || q.stream != nil {
			return q.place(p, i, o, command, err)
		}
		return q.put(p, i, o, command)
	case immediate:
		return q.run(o, argv)
	}
	return q.divert(o, argv)
}

// record adds the words of a command to the plan, from which it is built if it is sent as a command of its own.
func (q *queue) record(o *op, argv []string) ref {
	err := checkEntities(argv)
	switch {
	case err != nil:
	case o.blocks:
		err = errBlocks
	case q.rules.cached:
		err = q.checkCached(o, argv)
	case q.db.usesSlots():
		err = q.checkKeys(o, argv)
	}
	p, i := q.turn()
	if p != nil && err == nil {
		p.words = append(p.words, argv...)
		p.bytes += lengthOf(argv)
	}
	return q.place(p, i, o, rueidis.Completed{}, err)
}

// take adds a command to the plan.
func (q *queue) take(o *op, command rueidis.Completed, err error) ref {
	p, i := q.turn()
	return q.place(p, i, o, command, err)
}

// turn returns the plan and the place of the next command in it, which only the caller may fill, or nil if there is
// none.
//
// The ticket, and the check of the state after it, protect the memory of other units if a program queues from several
// goroutines, or while another goroutine executes the unit. Either this command sees that the one before has not taken
// its place yet, or that the unit is spent; or the goroutine that executes the unit sees a ticket without a command,
// and sends nothing.
func (q *queue) turn() (*plan, int) {
	i := int(atomic.AddUint32(&q.tickets, 1)) - 1
	p := q.plan
	if q.load() != filling || p == nil || len(p.commands) != i+q.rules.head || len(q.answers.rare.ops) != i {
		return nil, i
	}
	return p, i
}

// place adds a command at the place returned by turn. The plan may have been taken from the queue in the meantime: then
// it is neither sent nor reused.
func (q *queue) place(p *plan, i int, o *op, command rueidis.Completed, err error) ref {
	a := q.answers
	switch {
	case p == nil:
		return q.scatter(o)
	case err != nil:
		q.refuse(o, i, err)
		return ref{a, a.add(o)}
	case o.id == 0:
		a.keepOwn(o)
	}
	if q.rules.records {
		p.ends = append(p.ends, len(p.words))
	}
	r := q.put(p, i, o, command)
	if q.stream != nil && i+1 == q.stream.chunk {
		q.stream.flush(q)
	}
	return r
}

// put is what all commands that may be sent come to: it adds one to the plan and to the answers. do calls it itself where place
// would do nothing else. Keep it small enough to be inlined.
func (q *queue) put(p *plan, i int, o *op, command rueidis.Completed) ref {
	a := q.answers
	p.commands = append(p.commands, command)
	if q.rules.counts {
		p.bytes += bytesOf(command)
	}
	a.rare.ops = append(a.rare.ops, o.id) // at last: then it is the turn of the next command, which another goroutine may queue
	return ref{a, i}
}

var (
	errSeveralGoroutines = invalid("several goroutines queued commands at the same time")
	outOfTurn            = failed(errSeveralGoroutines)
)

// scatter handles a command that came out of turn, or too late.
func (q *queue) scatter(o *op) ref {
	if !atomic.CompareAndSwapUint32(&q.state, filling, scattered) {
		return q.divert(o, nil)
	}
	return ref{answers: outOfTurn}
}

// refuse prevents the unit from being sent, because of the command at i.
func (q *queue) refuse(o *op, i int, err error) {
	if f, ok := err.(*failure); ok {
		err = f.ofCommand(q.answers.base()+i, o.name)
	}
	q.recordRefusal(err)
	atomic.CompareAndSwapUint32(&q.state, filling, refused)
}

// recordRefusal records why nothing will be sent.
func (q *queue) recordRefusal(err error) { q.answers.needOdd().refusal = err }

// recordedRefusal returns the reason, if any, why nothing will be sent.
func (q *queue) recordedRefusal() error {
	if q.answers == nil || q.answers.odd() == nil {
		return nil
	}
	return q.answers.odd().refusal
}

// divert handles a command while the queue is not filling.
func (q *queue) divert(o *op, argv []string) ref {
	switch q.load() {
	case immediate:
		return q.run(o, argv)
	case refused:
		if i := int(atomic.AddUint32(&q.tickets, 1)) - 1; i == q.answers.len() {
			return ref{q.answers, q.answers.add(o)}
		}
		return ref{answers: outOfTurn}
	case scattered:
		return ref{answers: outOfTurn}
	case stopped:
		return q.stream.drop()
	case nobodys:
		return ref{answers: notFromDB}
	}
	return ref{answers: late}
}

// reject handles a command that cannot be built.
func (q *queue) reject(o *op, err error) ref {
	switch q.load() {
	case filling:
		return q.take(o, rueidis.Completed{}, err)
	case immediate:
		if q.db != nil && q.db.hooks != nil {
			return q.observed(o, anySlot, func(*queue) ref { return refuseSingle(o, err) })
		}
		return refuseSingle(o, err)
	}
	return q.divert(o, nil)
}
