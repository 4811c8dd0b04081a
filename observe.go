package rueidistx

import (
	"context"
	"errors"
	"log"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rueidistx/rueidistx/internal/kit"
)

// hooks are those of a DB.
type hooks struct {
	list  []Hook
	units atomic.Uint64 // that were observed
	kit   kit.Observer  // the one that examines how the program uses units; nil if there is none
}

func newHooks(list []Hook) *hooks {
	if list == nil {
		return nil
	}
	h := &hooks{list: list}
	for _, hook := range list {
		if k, ok := hook.(kit.Observer); ok {
			h.kit = k
		}
	}
	return h
}

// observation is a unit while hooks observe it. Its methods do nothing if it is nil, as it is without hooks.
type observation struct {
	hooks   []Hook
	unit    Unit
	began   time.Time
	within  []context.Context // by hook, what Before returned
	attempt *observedAttempt  // nil: none is going on
	last    error             // of the last attempt that has ended
	leave   func()            // see observe
}

// observedAttempt is an attempt of a unit while hooks observe it.
type observedAttempt struct {
	unit   Unit
	began  time.Time
	within []context.Context // by hook; nil for those that do not observe attempts
}

// errUnfinished is the error of a unit until its function returns. It remains if a closure panics or ends the goroutine.
var errUnfinished error = fail(ErrDiscarded, nil)

// observe begins to observe a unit of a DB that has hooks, and returns the context to execute it with. leave, if not nil, discards
// the unit if it was not executed because a hook has ended the goroutine.
func (db *DB) observe(ctx context.Context, way Way, leave func()) (context.Context, *observation) {
	o := db.hooks.observation(way)
	o.leave = leave
	return o.before(ctx), o
}

func (h *hooks) observation(way Way) *observation {
	return &observation{hooks: h.list, unit: Unit{ID: h.units.Add(1), Way: way, Slot: -1}, began: time.Now()}
}

// before calls Before and returns the context to execute the unit with.
func (o *observation) before(ctx context.Context) context.Context {
	ended := true
	defer func() {
		if ended { // a hook ends the goroutine: those before it are told
			err := errUnfinished
			o.close(&err)
		}
	}()
	for _, h := range o.hooks {
		ctx = contextOf(h, "Before", ctx, &o.unit, h.Before)
		o.within = append(o.within, ctx)
	}
	ended = false
	return ctx
}

// begin begins an attempt and returns the context to execute it with.
func (o *observation) begin(ctx context.Context) context.Context {
	if o == nil {
		return ctx
	}
	o.unit.Attempt++
	a := &observedAttempt{unit: Unit{ID: o.unit.ID, Way: o.unit.Way, Attempt: o.unit.Attempt, Slot: -1}, began: time.Now()}
	o.attempt = a
	for _, h := range o.hooks {
		var own context.Context
		if h, ok := h.(AttemptHook); ok {
			ctx = contextOf(h, "BeforeAttempt", ctx, &a.unit, h.BeforeAttempt)
			own = ctx
		}
		a.within = append(a.within, own)
	}
	return ctx
}

// now returns the attempt that is going on or else the unit.
func (o *observation) now() *Unit {
	if o.attempt != nil {
		return &o.attempt.unit
	}
	return &o.unit
}

// observes reports whether hooks are to observe the execution of a unit by hand. seen is not nil if they do so already.
func (q *queue) observes(seen *observation) bool {
	return seen == nil && q != nil && !q.managed && q.db.hooks != nil
}

// saw records of which commands a unit consists, and the slot of their keys.
func (o *observation) saw(slot uint16, parts ...*answers) {
	if o == nil {
		return
	}
	u := o.now()
	u.parts, u.Len = parts, 0
	for _, a := range parts {
		u.Len += a.len()
	}
	if slot < anySlot {
		u.Slot = int(slot)
	}
}

// sawBatch is saw for a Batch, whose earlier chunks may be gone. If it was not finished, some of them may have been sent.
func (o *observation) sawBatch(q *queue, err *error) {
	o.saw(anySlot, q.answers)
	o.now().Len = (&Batch{queue: q}).Len()
	if q.stream != nil {
		o.now().FromCache = q.stream.hits
	}
	if s := q.stream; *err == errUnfinished && s != nil && (s.tally.applied || s.tally.unsure) {
		sum := s.tally.summary()
		sum.Total = o.now().Len
		*err = &closureError{errUnfinished, sum}
	}
}

// sawChoice is saw for an If.
func (o *observation) sawChoice(c *Choice) {
	switch {
	case o == nil || c.branches[0] == nil:
	case c.each == "":
		o.saw(c.branches[0].slot, c.branches[0].answers, c.branches[1].answers)
	default:
		q := c.branches[c.taken()]
		o.saw(q.slot, q.answers)
	}
}

// sawRun is saw for a run of a Watch, or of the If that it is part of.
func (o *observation) sawRun(u *run) {
	parts := append(u.taken, u.tx.queue.answers)
	if u.way == "" {
		parts = parts[len(u.taken):]
	}
	o.saw(min(u.slot, u.tx.queue.slot), parts...)
}

// end ends the attempt that is going on, if there is one.
func (o *observation) end(err error) {
	if o == nil || o.attempt == nil {
		return
	}
	a := o.attempt
	o.attempt, o.last = nil, err
	a.unit.conclude(a.began, err)
	if a.unit.parts != nil { // nil if a hook has ended the goroutine
		o.unit.Len, o.unit.Slot, o.unit.parts, o.unit.FromCache = a.unit.Len, a.unit.Slot, a.unit.parts, a.unit.FromCache
	}
	for i, ctx := range a.within { // of the hooks whose BeforeAttempt has returned, the last first
		if h, ok := o.hooks[i].(AttemptHook); ok {
			defer call(h, "AfterAttempt", ctx, &a.unit, h.AfterAttempt)
		}
	}
}

// close ends the unit, and the attempt that is going on. It is deferred, as the goroutine may have panicked or be ending.
func (o *observation) close(err *error) {
	if o == nil {
		return
	}
	defer o.after(err) // even if a hook ends the goroutine
	o.end(*err)
}

func (o *observation) after(err *error) {
	how := *err
	if how == errUnfinished && o.unit.Attempt > 0 { // a hook may have ended the goroutine after the attempt
		how = o.last
	}
	if how == errUnfinished && o.leave != nil {
		o.leave()
	}
	o.unit.conclude(o.began, how)
	for i, ctx := range o.within {
		defer call(o.hooks[i], "After", ctx, &o.unit, o.hooks[i].After)
	}
}

// conclude records how the unit has ended.
func (u *Unit) conclude(began time.Time, err error) {
	if err == errUnfinished && slices.ContainsFunc(u.parts, (*answers).abandoned) {
		err = errAbandoned
	}
	u.Took, u.Err, u.Outcome = time.Since(began), err, OutcomeOf(err)
	if errors.Is(err, ErrCrossSlot) {
		u.Slot = -1
	}
}

// abandoned reports whether the client was executing the commands when it panicked or ended the goroutine.
func (a *answers) abandoned() bool {
	return a.done() && (errors.Is(a.err(), ErrUnknown) || slices.ContainsFunc(a.errs(), func(err error) bool { return errors.Is(err, ErrUnknown) }))
}

// contextOf calls a method of a hook that returns a context.
func contextOf(h Hook, name string, ctx context.Context, u *Unit, method func(context.Context, *Unit) context.Context) (next context.Context) {
	next = ctx
	call(h, name, ctx, u, func(ctx context.Context, u *Unit) {
		if of := method(ctx, u); of != nil {
			next = of
		}
	})
	return next
}

// call calls a method of a hook. It prints a panic, as net/http does.
func call(h Hook, name string, ctx context.Context, u *Unit, method func(context.Context, *Unit)) {
	defer func() {
		if v := recover(); v != nil {
			log.Printf("rueidistx: %s of the hook %T panicked: %v\n%s", name, h, v, debug.Stack())
		}
	}()
	method(ctx, u)
}

// observed runs a single command of an Auto between the hooks of the DB.
func (q *queue) observed(o *op, slot uint16, run func(q *queue) ref) ref {
	a := &answers{rare: new(rare)}
	a.add(o)
	seen := q.db.hooks.observation(q.rules.way)
	seen.saw(slot, a) // before the hooks, which are told the name
	ctx := seen.before(q.ctx)
	err := errUnfinished // if a hook ends the goroutine
	defer seen.close(&err)
	within := &queue{db: q.db, ctx: seen.begin(ctx), rules: q.rules, state: immediate, seen: true}
	err = errAbandoned
	seen.saw(slot, a)
	r := run(within)
	if r.fromCache() {
		seen.now().FromCache = 1
	}
	if err = r.answers.errOf(r.index); err == ErrNil {
		err = nil
	}
	return r
}

// slotOfKeys returns the slot of a command's first key, anySlot if slots are not checked.
func (q *queue) slotOfKeys(o *op, argv []string) uint16 {
	if !q.db.usesSlots() || int(o.numkeys) >= len(argv) {
		return anySlot
	}
	i := o.firstKey(argv) // and not o.keys, which would move argv to the heap, with hooks or without
	if i == 0 || i >= len(argv) {
		return anySlot
	}
	return slot(argv[i])
}

// rehearse runs a closure once before it is run in earnest, if the kit wants that, and returns how often it did.
func (db *DB) rehearse(fn func(tx *Tx) error, options *txOptions) int {
	if !db.rehearses(options) {
		return 0
	}
	u := db.newUnit(txRules, "")
	u.queue.managed = true
	defer u.queue.discard(errConflict)
	_ = fn(u.tx())
	return 1
}

func (db *DB) rehearses(options *txOptions) bool {
	return db.tellsKit() && options.limit != 1 && db.hooks.kit.Rehearse(kit.Sealed{})
}

// rehearse runs the closure once before it is run in earnest, if the kit wants that.
func (w *work) rehearse(fn func(r *Reader, tx *Tx) error) {
	if !w.db.rehearses(&w.options) {
		return
	}
	u := w.newRun()
	defer u.end()
	w.runs++
	w.rehearsals++
	u.number = w.runs
	_ = fn(&u.reader, u.tx)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	u.discard(errConflict)
	u.lose()
}

// tellsKit reports whether created must be called. It is apart, because the arguments of created take memory.
func (db *DB) tellsKit() bool { return db != nil && db.hooks != nil && db.hooks.kit != nil }

// created tells the kit of a unit that is filled by hand, which consists of these queues.
func (db *DB) created(kind string, queues ...*queue) {
	ended := func() bool { return queues[0].load() == spent }
	db.hooks.kit.Created(kit.Sealed{}, kind, ended, func() (names []string) {
		for _, q := range queues {
			names = append(names, q.names()...)
		}
		return names
	})
}
