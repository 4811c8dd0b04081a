package campaign

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rueidistx/rueidistx"
)

// kind is a kind of units.
type kind struct {
	name        string
	transaction bool // and nothing else
	run         func(w *worker, ctx context.Context)
}

var kinds = []kind{
	{"tx", true, func(w *worker, ctx context.Context) { w.atomic(ctx, (*worker).twoCommands) }},
	{"tx, script", true, func(w *worker, ctx context.Context) { w.atomic(ctx, (*worker).plainScript) }},
	{"tx, speaking script", true, func(w *worker, ctx context.Context) { w.atomic(ctx, (*worker).speakingScript) }},
	{"transact", true, func(w *worker, ctx context.Context) { w.transact(ctx, (*worker).twoCommands) }},
	{"transact, script", true, func(w *worker, ctx context.Context) { w.transact(ctx, (*worker).plainScript) }},
	{"transact, speaking script", true, func(w *worker, ctx context.Context) { w.transact(ctx, (*worker).speakingScript) }},
	{"transact, closure fails", true, (*worker).fails},
	{"watch", true, (*worker).watch},
	{"watch, once", true, (*worker).once},
	{"if", true, func(w *worker, ctx context.Context) { w.choice(ctx, (*worker).twoCommands) }},
	{"if by WATCH", true, func(w *worker, ctx context.Context) { w.choice(ctx, (*worker).twoCommands, rueidistx.ByWatch()) }},
	{"if, script", true, func(w *worker, ctx context.Context) { w.choice(ctx, (*worker).plainScript) }},
	{"batch", false, func(w *worker, ctx context.Context) { w.batch(ctx, 1+w.rng.IntN(6), false) }},
	{"batch, scripts", false, func(w *worker, ctx context.Context) { w.batch(ctx, 1+w.rng.IntN(6), true) }},
	{"execute, chunks", false, func(w *worker, ctx context.Context) { w.execute(ctx, false) }},
	{"execute, chunks with scripts", false, func(w *worker, ctx context.Context) { w.execute(ctx, true) }},
	{"auto", false, (*worker).auto},
	{"auto, script", false, func(w *worker, ctx context.Context) { w.autoScript(ctx, (*worker).plainScript) }},
	{"auto, speaking script", false, func(w *worker, ctx context.Context) { w.autoScript(ctx, (*worker).speakingScript) }},
}

var (
	plain = rueidistx.NewScript(`
		redis.call('RPUSH', KEYS[1], ARGV[1])
		redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
		return ARGV[1]`, rueidistx.AsString)
	speaksAfter = rueidistx.NewScript(`
		redis.call('RPUSH', KEYS[1], ARGV[1])
		redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
		if ARGV[2] then return redis.error_reply(ARGV[2]) end
		return ARGV[1]`, rueidistx.AsString)
	speaksBefore = rueidistx.NewScript(`
		if ARGV[2] then return redis.error_reply(ARGV[2]) end
		redis.call('RPUSH', KEYS[1], ARGV[1])
		redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
		return ARGV[1]`, rueidistx.AsString)
)

// speeches are what a script says: its own error, or one that reads like the server's.
var speeches = []string{
	"FAILED on purpose", "MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1", "TRYAGAIN later", "CLUSTERDOWN it is", "OOM command not allowed",
	"NOSCRIPT no such thing", "LOADING", "READONLY", "EXECABORT Transaction discarded", "MASTERDOWN", "BUSY", "MOVED", "ASK",
}

// worker does one unit after the other.
type worker struct {
	c   *combination
	rng *rand.Rand

	name  string
	n     int
	kind  kind
	early bool // the acknowledgement of what it does may be worth nothing
	since atomic.Int64
	done  atomic.Int64
}

func (w *worker) work() {
	for !w.c.stopped() {
		w.kind = kinds[w.rng.IntN(len(kinds))]
		w.early = w.c.losing.Load()
		began := time.Now()
		w.since.Store(began.UnixNano())
		ctx, cancel := w.context()
		w.run(ctx)
		cancel()
		w.since.Store(0)
		w.done.Add(1)
		w.c.took(time.Since(began))
		if w.n%64 == 0 { // let the others run on a machine with few processors
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// run does a unit, which must not panic.
func (w *worker) run(ctx context.Context) {
	defer func() {
		if v := recover(); v != nil {
			w.c.panics.Add(1)
			w.c.complain("%s: %s: panic: %v\n%s", w.name, w.kind.name, v, debug.Stack())
		}
	}()
	w.kind.run(w, ctx)
}

// bound is how long a unit may take. What takes longer than that and a while hangs.
const bound = 5 * time.Second

// context returns one that makes rueidis pipeline or not. Cancellable ones come in the second half, as a connection stays
// pipelined.
func (w *worker) context() (context.Context, context.CancelFunc) {
	switch r := w.rng.IntN(10); {
	case r == 0:
		return context.WithTimeout(context.Background(), time.Duration(w.rng.IntN(3000))*time.Microsecond)
	case r <= 3 && w.c.later():
		ctx, cancel := context.WithCancel(context.Background())
		after := bound
		if r == 1 {
			after = time.Duration(w.rng.IntN(3000)) * time.Microsecond
		}
		timer := time.AfterFunc(after, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	}
	return context.WithTimeout(context.Background(), bound)
}

// entry is a claim to be, with the futures that say something about it.
type entry struct {
	book    *book
	claim   *claim
	futures []interface{ Err() error }
	check   func() string // what is wrong with the values of an entry that went well; "" for nothing
}

func (w *worker) book() *book { return w.c.books[w.rng.IntN(len(w.c.books))] }

func (w *worker) entry(b *book, e entries) *entry {
	w.n++
	return &entry{book: b, claim: &claim{
		id: fmt.Sprintf("%s.%d", w.name, w.n), kind: w.kind.name, entries: e, enters: true,
		resends: w.c.shape.resends && !w.kind.transaction,
	}}
}

// end notes what was said of an entry.
func (w *worker) end(e *entry, err error) {
	e.claim.err = err
	e.claim.mayBeLost = w.early || w.c.losing.Load()
	e.book.note(e.claim)
	for _, f := range e.futures {
		own := f.Err()
		if errors.Is(own, rueidistx.ErrPending) {
			w.c.pending.Add(1)
			w.c.complain("%s: %s: a future is pending after: %v", e.claim.id, w.kind.name, err)
		}
	}
	if err == nil && e.check != nil {
		if what := e.check(); what != "" && !(e.claim.resends) {
			w.c.wrong.Add(1)
			w.c.complain("%s: %s: %s", e.claim.id, w.kind.name, what)
		}
	}
}

// endUnit notes what was said of a unit that is all or nothing. What its futures say agrees with that.
func (w *worker) endUnit(e *entry, err error) {
	w.end(e, err)
	for _, f := range e.futures {
		own := f.Err()
		if err == nil && own != nil || rueidistx.OutcomeOf(err) != rueidistx.Applied && rueidistx.OutcomeOf(own) != rueidistx.OutcomeOf(err) {
			w.c.wrong.Add(1)
			w.c.complain("%s: %s: the unit says %v, and a future %v", e.claim.id, w.kind.name, err, own)
		}
	}
}

// filling is a way to fill a unit that is all or nothing.
type filling func(w *worker, c *rueidistx.Commands, e *entry)

// twoCommands queues one command for each entry, with commands around them that read.
func (w *worker) twoCommands(c *rueidistx.Commands, e *entry) {
	pushed, counted, read := c.RPush(e.book.list, e.claim.id), c.HIncrBy(e.book.hash, e.claim.id, 1), c.HGet(e.book.hash, e.claim.id)
	e.futures = append(e.futures[:0], pushed, counted, read)
	e.check = func() string {
		if pushed.Or(0) < 1 || counted.Or(0) != 1 || read.Or("") != "1" {
			return fmt.Sprintf("RPUSH %v, HINCRBY %v, HGET %q", pushed.Or(0), counted.Or(0), read.Or(""))
		}
		return ""
	}
}

func (w *worker) plainScript(c *rueidistx.Commands, e *entry) { w.script(c, e, plain) }

func (w *worker) speakingScript(c *rueidistx.Commands, e *entry) {
	script, args := speaksAfter, []string(nil)
	if w.rng.IntN(2) == 0 {
		e.claim.speech = speeches[w.rng.IntN(len(speeches))]
		args = append(args, e.claim.speech)
	}
	if w.rng.IntN(2) == 0 {
		script = speaksBefore
		e.claim.enters = args == nil
	}
	w.script(c, e, script, args...)
}

func (w *worker) script(c *rueidistx.Commands, e *entry, s *rueidistx.Script[string], args ...string) {
	e.claim.script = true
	id := s.Queue(c, []string{e.book.list, e.book.hash}, append([]string{e.claim.id}, args...)...)
	e.futures = append(e.futures[:0], id)
	e.check = func() string {
		if id.Or("") != e.claim.id {
			return fmt.Sprintf("the script answered %q", id.Or(""))
		}
		return ""
	}
}

func (w *worker) atomic(ctx context.Context, fill filling) {
	e := w.entry(w.book(), inBoth)
	tx := w.c.db.Atomic()
	fill(w, tx.Commands, e)
	w.endUnit(e, tx.Exec(ctx))
}

func (w *worker) transact(ctx context.Context, fill filling) {
	e := w.entry(w.book(), inBoth)
	w.endUnit(e, w.c.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		e.claim.enters = true
		fill(w, tx.Commands, e)
		return nil
	}, rueidistx.Attempts(1+w.rng.IntN(4)), rueidistx.Backoff(time.Millisecond, 20*time.Millisecond)))
}

// watch reads before it enters, sometimes only with the commit.
func (w *worker) watch(ctx context.Context) {
	e := w.entry(w.book(), inBoth)
	w.endUnit(e, w.c.db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		before := r.HGet(e.book.hash, e.claim.id).Default("")
		if w.rng.IntN(3) > 0 {
			switch v, err := before.Value(); {
			case err != nil:
				return err
			case v != "":
				w.c.wrong.Add(1)
				w.c.complain("%s: %s: it was there before it was entered", e.claim.id, w.kind.name)
			}
		}
		w.twoCommands(tx.Commands, e)
		return nil
	}))
}

// once is watch with a mark, which resolves outcomes that are not known.
func (w *worker) once(ctx context.Context) {
	e := w.entry(w.book(), inBoth)
	mark := rueidistx.TagOf(e.book.list).Mark("campaign", e.claim.id)
	w.endUnit(e, w.c.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		w.twoCommands(tx.Commands, e)
		return nil
	}, rueidistx.Once(mark, time.Hour)))
}

// choice enters if it is not there, which it cannot be.
func (w *worker) choice(ctx context.Context, fill filling, by ...rueidistx.ChoiceOption) {
	e := w.entry(w.book(), inBoth)
	c := w.c.db.If(rueidistx.Not(rueidistx.HasField(e.book.hash, e.claim.id)))
	fill(w, c.Then, e)
	there := c.Else.HGet(e.book.hash, e.claim.id)
	held, err := c.Exec(ctx, by...)
	w.endUnit(e, err)
	if applied := rueidistx.OutcomeOf(err) == rueidistx.Applied; held != applied || applied != errors.Is(there.Err(), rueidistx.ErrNotTaken) {
		w.c.wrong.Add(1)
		w.c.complain("%s: %s: held %v, %v; the other branch says %v", e.claim.id, w.kind.name, held, err, there.Err())
	}
}

// fails has closures that return an error, or panic, so that nothing is sent.
func (w *worker) fails(ctx context.Context) {
	e := w.entry(w.book(), inBoth)
	panics, own := w.rng.IntN(2) == 0, errors.New("own")
	var err error = rueidistx.ErrDiscarded
	func() {
		defer func() { _ = recover() }()
		err = w.c.db.Transact(ctx, func(tx *rueidistx.Tx) error {
			w.twoCommands(tx.Commands, e)
			if panics {
				panic(own)
			}
			return own
		})
	}()
	w.endUnit(e, err)
}

// mixed queues entries of several books, each a command or a script of its own, with reads and commands without a key among
// them.
func (w *worker) mixed(c *rueidistx.Commands, n int, scripts bool) (list []*entry, others []rueidistx.Future[string]) {
	for range n {
		b := w.book()
		switch r := w.rng.IntN(6); {
		case scripts && r < 2:
			e := w.entry(b, inBoth)
			w.plainScript(c, e)
			list = append(list, e)
		case scripts && r < 4:
			e := w.entry(b, inBoth)
			w.speakingScript(c, e)
			list = append(list, e)
		case r == 4:
			others = append(others, c.HGet(b.hash, "nobody"))
		case r == 5:
			others = append(others, rueidistx.Queue(c, c.B().Echo().Message(w.name).Build(), rueidistx.AsString))
		}
		list = append(list, w.oneCommand(c, b))
	}
	return list, others
}

// oneCommand queues an entry in the list or in the hash.
func (w *worker) oneCommand(c *rueidistx.Commands, b *book) *entry {
	e, least, most := (*entry)(nil), int64(1), int64(1)
	var f rueidistx.Future[int64]
	if w.rng.IntN(2) == 0 {
		e = w.entry(b, inList)
		f, most = c.RPush(b.list, e.claim.id), 1<<62
	} else {
		e = w.entry(b, inHash)
		f = c.HIncrBy(b.hash, e.claim.id, 1)
	}
	e.futures = append(e.futures, f)
	e.check = func() string {
		if n := f.Or(0); n < least || n > most {
			return fmt.Sprintf("the answer is %d", n)
		}
		return ""
	}
	return e
}

func (w *worker) batch(ctx context.Context, n int, scripts bool) {
	b := w.c.db.Batch()
	list, others := w.mixed(b.Commands, n, scripts)
	w.endBatch(list, others, b.Exec(ctx))
}

// execute sends chunks while they are being filled, of a closure that fails now and then.
func (w *worker) execute(ctx context.Context, scripts bool) {
	var list []*entry
	var others []rueidistx.Future[string]
	fails := w.rng.IntN(8) == 0
	err := w.c.db.Execute(ctx, func(b *rueidistx.Batch) error {
		list, others = w.mixed(b.Commands, 2+w.rng.IntN(8), scripts)
		if fails {
			return errors.New("own")
		}
		return nil
	}, rueidistx.Chunk(1+w.rng.IntN(4)))
	w.endBatch(list, others, err)
}

// endBatch notes what each future says, and compares that with what the whole Batch says.
func (w *worker) endBatch(list []*entry, others []rueidistx.Future[string], err error) {
	var all []error
	for _, e := range list {
		own := e.futures[0].Err()
		all = append(all, own)
		w.end(e, own)
	}
	for _, f := range others {
		own := f.Err()
		if text, _ := f.Value(); own == nil && text != w.name {
			w.c.wrong.Add(1)
			w.c.complain("%s: %s: somebody else's answer: %q", w.name, w.kind.name, text)
		}
		if own != nil && errors.Is(own, rueidistx.ErrPending) {
			w.c.pending.Add(1)
		}
		if errors.Is(own, rueidistx.ErrNil) {
			own = nil
		}
		all = append(all, own)
	}
	if said, is := rueidistx.OutcomeOf(err), sum(all); said != is {
		w.c.wrong.Add(1)
		w.c.complain("%s: %s: the whole is %v, though its parts make %v: %v\n\t%v", w.name, w.kind.name, said, is, err, errors.Join(all...))
	}
}

// sum is the outcome of a Batch.
func sum(all []error) rueidistx.Outcome {
	is := rueidistx.NotApplied
	for _, err := range all {
		switch rueidistx.OutcomeOf(err) {
		case rueidistx.Unknown:
			return rueidistx.Unknown
		case rueidistx.Applied:
			is = rueidistx.Applied
		}
	}
	return is
}

func (w *worker) auto(ctx context.Context) {
	auto := w.c.db.Auto(ctx)
	e := w.oneCommand(auto.Commands, w.book())
	w.end(e, e.futures[0].Err())
}

func (w *worker) autoScript(ctx context.Context, fill filling) {
	e := w.entry(w.book(), inBoth)
	fill(w, w.c.db.Auto(ctx).Commands, e)
	w.end(e, e.futures[0].Err())
}

// complain keeps the first of what is wrong.
func (c *combination) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.complaints) < 2*maxComplaints {
		c.complaints = append(c.complaints, strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}
