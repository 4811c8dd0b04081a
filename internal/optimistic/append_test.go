package optimistic

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/serial"
)

// library has lists that transactions read and append to. After some transactions others take their place, so that lists
// do not get long.
type library struct {
	*field
	entity rueidistx.Entity
	values atomic.Int64

	mu      sync.Mutex
	history serial.History
	figures appendFigures
}

const (
	shelf   = 5   // lists in use at the same time
	reshelf = 200 // transactions with the same lists
)

// appendFigures are what came out.
type appendFigures struct {
	figures
	Runs       int `json:"runs"`      // of closures
	Conflicts  int `json:"gave_up"`   // with ErrConflict
	Committed  int `json:"committed"` // that happened, those of unknown outcome included
	Unknown    int `json:"unknown"`
	OwnErrors  int `json:"own_errors"` // which say what was read, too
	Cycles     int `json:"cycles"`
	Aborted    int `json:"aborted"`
	Lost       int `json:"lost"`
	Doubled    int `json:"doubled"`
	Halves     int `json:"half"`
	Disordered int `json:"disordered"`
	Strange    int `json:"strange"`
}

// task is what a transaction does each time it runs.
type task struct {
	reads   []string // before it appends, which is one half and then the other half if there are two waves
	waves   int
	appends []string
	rereads []string // as part of the transaction, after it has appended
	fails   bool     // with an error of its own, after it has read
	once    bool
}

// attempt is one run of a task.
type attempt struct {
	txn     serial.Txn
	rereads []rueidistx.Future[[]string]
}

var errOwn = errors.New("own")

func openLibrary(t *testing.T) *library {
	t.Helper()
	return &library{field: open(t), entity: rueidistx.TagOf(redistest.Key(t, ""))}
}

func (l *library) now() int64 { return int64(time.Since(l.began)) + 1 }

// task chooses one.
func (l *library) task(rng *rand.Rand, i int) *task {
	lists := make([]string, shelf)
	for n, at := range rng.Perm(shelf) {
		lists[n] = l.entity.Key("list", strconv.Itoa(i/reshelf), strconv.Itoa(at))
	}
	w := &task{reads: lists[:rng.IntN(4)], waves: 1 + rng.IntN(2), appends: lists[2 : 3+rng.IntN(2)], once: sometimes(rng, 0.3)}
	switch rng.IntN(10) {
	case 0:
		w.appends = nil
	case 1:
		w.fails = true
	case 2, 3:
		w.rereads = lists[1:3]
	}
	return w
}

// queue queues appends, and reads after them.
func (l *library) queue(tx *rueidistx.Tx, w *task, a *attempt) {
	for _, key := range w.appends {
		value := strconv.FormatInt(l.values.Add(1), 36)
		tx.RPush(key, value)
		a.txn.Ops = append(a.txn.Ops, serial.Op{Key: key, Append: value})
	}
	for _, key := range w.rereads {
		a.rereads = append(a.rereads, tx.LRange(key, 0, -1))
	}
}

// read reads lists with queries, those of a wave together.
func (a *attempt) read(q *rueidistx.Queries, w *task) error {
	half := len(w.reads) / w.waves
	for _, wave := range [][]string{w.reads[:half], w.reads[half:]} {
		futures := make([]rueidistx.Future[[]string], len(wave))
		for i, key := range wave {
			futures[i] = q.LRange(key, 0, -1)
		}
		for i, key := range wave {
			list, err := futures[i].Value()
			if err != nil {
				return err
			}
			a.txn.Ops = append(a.txn.Ops, serial.Op{Key: key, Read: list})
		}
	}
	return nil
}

// transactor runs a task, and returns the attempts and which of them was committed, if the error says that one was.
type transactor func(ctx context.Context, l *library, db *rueidistx.DB, w *task, name string) (all []*attempt, committed *attempt, err error)

// watched runs a task in a Watch.
func watched(ctx context.Context, l *library, db *rueidistx.DB, w *task, name string) (all []*attempt, committed *attempt, err error) {
	var options []rueidistx.TxOption
	if w.once {
		options = append(options, rueidistx.Once(l.entity.Mark("append", name), ttl))
	}
	committed, err = rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (*attempt, error) {
		a := &attempt{txn: serial.Txn{Began: l.now()}}
		all = append(all, a)
		if err := a.read(r.Queries, w); err != nil {
			return a, err
		}
		l.queue(tx, w, a)
		if w.fails {
			return a, errOwn
		}
		return a, nil
	}, options...)
	return all, committed, err
}

// unwatched is the mistake that Watch is there to avoid.
func unwatched(ctx context.Context, l *library, db *rueidistx.DB, w *task, _ string) (all []*attempt, committed *attempt, err error) {
	a := &attempt{txn: serial.Txn{Began: l.now()}}
	if err := a.read(db.Auto(ctx).Queries, w); err != nil || w.fails {
		return nil, nil, rueidistx.ErrNotSent
	}
	err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
		l.queue(tx, w, a)
		return nil
	}, rueidistx.Attempts(1))
	return []*attempt{a}, a, err
}

// run runs n tasks.
func (l *library) run(n int, transact transactor) {
	var ended atomic.Int64
	l.each(16, n, func(db *rueidistx.DB, rng *rand.Rand, i int) {
		w := l.task(rng, i)
		ctx, end, _ := l.context(rng)
		all, committed, err := transact(ctx, l, db, w, strconv.Itoa(i))
		end()
		l.note(w, all, committed, err)
		if ended.Add(1)%50 == 0 {
			l.proxy.Release()
		}
	})
}

// note enters what a task has done into the history.
func (l *library) note(w *task, all []*attempt, committed *attempt, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.figures.Runs += len(all)
	if errors.Is(err, rueidistx.ErrConflict) {
		l.figures.Conflicts++
	}
	outcome, own := rueidistx.OutcomeOf(err), errors.Is(err, errOwn)
	for i, a := range all {
		last := i == len(all)-1
		a.txn.Fate = serial.Aborted
		switch {
		case outcome == rueidistx.Applied && a == committed:
			a.txn.Fate, a.txn.Ended = serial.Committed, l.now()
			for n, f := range a.rereads {
				if list, err := f.Value(); err == nil {
					a.txn.Ops = append(a.txn.Ops, serial.Op{Key: w.rereads[n], Read: list})
				}
			}
		case outcome == rueidistx.Unknown && (last || w.once):
			a.txn.Fate = serial.Unknown
		case own && last: // nothing was committed, but what was read is one state
			l.figures.OwnErrors++
			aborted := a.txn
			l.history.Txns = append(l.history.Txns, aborted)
			a.txn = serial.Txn{Began: aborted.Began, Ended: l.now(), Fate: serial.Committed}
			for _, o := range aborted.Ops {
				if o.Append == "" {
					a.txn.Ops = append(a.txn.Ops, o)
				}
			}
		}
		l.history.Txns = append(l.history.Txns, a.txn)
	}
}

// check reads the lists and checks the history.
func (l *library) check(t *testing.T, n int, name string) (*appendFigures, *serial.Report) {
	t.Helper()
	f := &l.figures
	f.figures = l.field.figures(n)
	l.drain(t)
	l.history.Lists = map[string][]string{}
	for i := 0; i <= n/reshelf; i++ {
		for at := range shelf {
			key := l.entity.Key("list", strconv.Itoa(i), strconv.Itoa(at))
			list, err := l.server.Do(t, "LRANGE", key, "0", "-1").AsStrSlice()
			require.NoError(t, err)
			l.history.Lists[key] = list
		}
	}
	r := l.history.Check()
	f.Committed, f.Unknown, f.Cycles, f.Aborted = r.Counted, r.Unknown, len(r.Cycles), len(r.Aborted)
	f.Lost, f.Doubled, f.Halves = len(r.Lost), len(r.Doubled), len(r.Halves)
	f.Disordered, f.Strange = len(r.Disordered), len(r.Strange)
	report(name, f)
	return f, r
}

func TestAppends(t *testing.T) {
	l, n := openLibrary(t), transactions(t)/2
	l.storm(atExec, 0.25, elsewhere)
	l.run(n, watched)
	f, r := l.check(t, n, "appends")
	for i, text := range r.Problems() {
		if i == maxComplaints {
			break
		}
		t.Error(text)
	}
	require.Greater(t, f.Faults, n/10)
	require.Greater(t, f.Committed, n/2)
	require.Greater(t, f.Runs, n, "nothing has conflicted")
	require.NotZero(t, f.Unknown)
	require.NotZero(t, f.OwnErrors)
}

// TestAppendsWithoutWatchAreCaught tests the test.
func TestAppendsWithoutWatchAreCaught(t *testing.T) {
	l, n := openLibrary(t), min(transactions(t)/2, 1000)
	l.storm(atExec, 0.1, elsewhere)
	l.run(n, unwatched)
	f, r := l.check(t, n, "unwatched")
	require.NotZero(t, f.Cycles)
	require.Equal(t, len(r.Cycles), len(r.Problems()), "%v", r.Problems()) // each transaction was still all or nothing
	t.Log(fmt.Sprint("for example ", r.Cycles[0][:min(len(r.Cycles[0]), 200)]))
}
