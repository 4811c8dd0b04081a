package rueidistx

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/rueidis"
)

// run is one run of a Watch's closure, with the connection that it holds.
type run struct {
	*work
	number  int
	reader  Reader
	watched queue // reads whose keys are watched
	plain   queue // reads whose keys are not
	tx      *Tx

	mu      sync.Mutex // futures may be asked for their values at the same time
	over    bool       // the closure has returned
	conn    *held      // nil before the first wave
	slot    uint16
	keys    []string // to be watched with the next wave
	waves   int
	known   []string        // watched with the first wave
	index   map[string]bool // watched so far, from the second wave on
	queued  int             // reads of earlier waves
	seen    int             // watched reads that were answered
	fetched []*answers      // of earlier waves
	taken   []*answers      // of all waves, for hooks
	broken  error           // why the closure is not believed
	looked  bool            // the marker was looked at

	denied bool // the user may not commit it by a script
}

// readerRules are those of reads that are watched. Their plan leaves room for WATCH, or for the MULTI of a run that is
// sent as one transaction. plainRules are those of reads that are not watched.
var (
	readerRules  = &rules{oneSlot: true, head: 1, knownKeys: true, readsOnly: true, script: queuesText}
	plainRules   = &rules{oneSlot: true, readsOnly: true, script: queuesText}
	choiceReads  = &rules{oneSlot: true, head: 1, script: queuesText}                         // of an If, whose script changes nothing
	watchTxRules = &rules{oneSlot: true, head: 1, script: queuesText, early: errAskedInWatch} // of a closure that may read
)

func (w *work) newRun() *run {
	u := &run{work: w, slot: anySlot}
	u.reader = Reader{&Queries{&u.watched}, u}
	reads, rules := readerRules, watchTxRules
	if w.reads != nil {
		reads = w.reads
	}
	u.open(&u.watched, reads)
	if w.blind {
		rules = txRules
	}
	u.tx = w.db.newUnit(rules, "").tx()
	u.tx.queue.managed = true
	return u
}

// open lets a queue accept the reads of the next wave.
func (u *run) open(q *queue, r *rules) {
	a := newOddAnswers(onDemand)
	odd := a.odd()
	odd.base, odd.run = u.queued, u
	q.open(u.db, r, a, u.slot)
}

// unwatched returns the queries that are not watched.
func (u *run) unwatched() *Queries {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch q := &u.plain; {
	case q.db != nil:
	case u.over:
		q.db, q.rules = u.db, plainRules
		q.become(spent)
	default:
		u.open(q, plainRules)
	}
	return &Queries{&u.plain}
}

// watch adds keys to the next WATCH.
func (u *run) watch(keys []string) {
	q := &u.watched
	if q.load() != filling {
		return
	}
	err := checkEntities(keys)
	if u.db.prefix != "" && err == nil {
		keys, err = u.db.prefixedKeys(keys)
	}
	for i := 0; i < len(keys) && err == nil && u.db.usesSlots(); i++ {
		err = q.enter(slot(keys[i]))
	}
	if err != nil {
		q.refuse(opWatch, 0, err)
		return
	}
	u.keys = append(u.keys, keys...)
}

// opWatch names WATCH in errors.
var opWatch = &op{name: "WATCH"}

// do runs the closure and commits what it has queued. own reports that the error is the closure's.
func (u *run) do(fn func(r *Reader, tx *Tx) error) (own bool, err error) {
	defer u.end()
	if u.claim.undecided() {
		u.fetch(nil) // look at the marker: perhaps an earlier run was committed
		if u.broken != nil {
			return false, u.broken
		}
	}
	u.runs++
	u.number = u.runs
	if err = fn(&u.reader, u.tx); err != nil {
		return u.refute(err)
	}
	return false, u.commit()
}

// end ends the run, also if the closure has panicked or ended its goroutine.
func (u *run) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over = true
	u.discard(errDiscarded)
	u.release()
}

// discard ends all queues that were not sent.
func (u *run) discard(why error) {
	u.tx.queue.discard(why)
	for _, q := range []*queue{&u.watched, &u.plain} {
		if q.db != nil {
			q.discard(why)
		}
	}
}

// lose gives the reads of a run that was not committed the error of a conflict.
func (u *run) lose() {
	for _, a := range u.fetched {
		a.lose()
	}
}

// reach makes sure that the run holds a connection to the node of its slot.
func (u *run) reach(ctx context.Context) error {
	if u.conn != nil && (!u.db.cluster || u.conn.slot == u.slot) {
		return nil
	}
	u.release() // it leads to any node, and watches nothing
	if failed := u.db.probeMulti(ctx, u.slot); failed != nil {
		return failed
	}
	conn, failed := u.db.own.hold(ctx)
	if failed != nil {
		return failed
	}
	conn.slot = u.slot
	u.conn = conn
	return nil
}

func (u *run) release() {
	if u.conn != nil {
		u.conn.giveBack()
		u.conn = nil
	}
}

// enter returns an error unless keys in a slot, which may be anySlot if there are none, are in the slot of the run.
func (u *run) enter(s uint16) error {
	switch {
	case s == anySlot:
	case u.slot == anySlot:
		u.slot = s
	case u.slot != s:
		return crossSlot(u.slot, s)
	}
	return nil
}

// fetch sends the reads that are queued, because the value of one, which a has, is asked for.
func (u *run) fetch(a *answers) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over || a != nil && a.done() {
		return
	}
	u.read()
}

// read sends the reads that are queued.
func (u *run) read() {
	w := u.collect()
	if w == nil {
		return
	}
	defer w.abandon()
	if u.broken == nil {
		if results := u.exchange(func(ctx context.Context) []rueidis.RedisResult { return u.conn.send(ctx, w.commands) }); results != nil {
			w.settle(results)
			return
		}
	}
	w.fail(u.broken)
}

// exchange calls send once the run holds a connection. The results are nil if nothing was sent: then the run is broken.
func (u *run) exchange(send func(ctx context.Context) []rueidis.RedisResult) []rueidis.RedisResult {
	results, unsent := perform(u.ctx, u.db, func(ctx context.Context) []rueidis.RedisResult {
		if err := u.reach(ctx); err != nil {
			u.fail(err)
			return nil
		}
		return send(ctx)
	})
	if unsent != nil {
		u.fail(unsent)
	}
	return results
}

// looks reports whether the marker must be looked at.
func (u *run) looks() bool { return u.claim != nil && !u.looked }

// fail records that the closure is not believed, because of err, if that is an error.
func (u *run) fail(err error) {
	if u.broken == nil {
		u.broken = err
	}
}

// failRead records that a read has failed.
func (u *run) failRead(err error) {
	f := fail(errReadFailed, err)
	var cause *failure
	if errors.As(err, &cause) {
		f.transient = cause.transient || errors.Is(cause.kind, ErrUnknown) && !isServerError(err) && maySucceedLater(err)
	}
	u.fail(f)
}

// readFailure returns the error of a run in which a command of this package's own has failed.
func (f *facts) readFailure(name string, err error) *failure {
	if isServerError(err) {
		failed := failCommand(errReadFailed, -1, name, err)
		failed.transient = f.isTransient(code(err))
		return failed
	}
	lost := fail(errReadFailed, f.noReply(err, false))
	lost.transient = maySucceedLater(err)
	return lost
}
