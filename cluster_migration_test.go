package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// appendAndCount is one unit of work on two keys. It returns both results or, asked to, an error after having done it.
var appendAndCount = rueidistx.NewScript(`
	local results = {redis.call('INCRBY', KEYS[1], 1), redis.call('RPUSH', KEYS[2], ARGV[1])}
	return ARGV[2] and redis.error_reply('FAILED') or results`, rueidistx.AsInt64s)

const attempts = 4

var (
	fewAttempts  = []rueidistx.TxOption{rueidistx.Attempts(attempts), rueidistx.Backoff(5*time.Millisecond, 20*time.Millisecond)}
	manyAttempts = []rueidistx.TxOption{rueidistx.Attempts(1000), rueidistx.Backoff(50*time.Millisecond, 50*time.Millisecond)}
)

// slotWork counts n up from 10 to 11 and appends "second" to a list that holds "first", by commands or by a script.
type slotWork struct {
	way    ways.Way
	script bool
}

// whole reports whether all of it happens or nothing does.
func (w slotWork) whole() bool { return w.way.Atomic || w.script }

func (w slotWork) String() string {
	if w.script {
		return "script in " + w.way.Name
	}
	return w.way.Name
}

func (w slotWork) run(ctx context.Context, db *rueidistx.DB, n, list string) error {
	w.way.Options.Tx = fewAttempts
	if !w.script {
		var c counted
		err := w.way.Run(ctx, db, func(commands *rueidistx.Commands) { c.queue(commands, n, list) })
		return errors.Join(err, c.check())
	}
	var sums rueidistx.Future[[]int64]
	err := w.way.Run(ctx, db, func(c *rueidistx.Commands) {
		if !w.way.Now {
			c.Get(n)
		}
		sums = appendAndCount.Queue(c, []string{n, list}, "second")
		if !w.way.Now {
			c.LLen(list)
		}
	})
	if w.way.Atomic {
		return errors.Join(err, checkSums(sums))
	}
	return checkSums(sums) // a Batch's is the same for all, and the script has its own
}

// slotWorks are that work in the ways that differ when a slot moves: with closures rather than without, as Transact tries
// again what Atomic gives up.
func slotWorks() (list []slotWork) {
	for _, w := range ways.Direct {
		if w.Name == ways.Watch.Name { // it follows no redirection: see testTrafficWhileSlotsMove
			continue
		}
		if w.Now || w.Managed {
			list = append(list, slotWork{w, false}, slotWork{w, true})
		}
	}
	return list
}

// counted are the results of that work done by commands.
type counted struct {
	before        rueidistx.Future[string]
	after, length rueidistx.Future[int64]
}

func (c *counted) queue(commands *rueidistx.Commands, n, list string) {
	c.before, c.after, c.length = commands.Get(n), commands.Incr(n), commands.RPush(list, "second")
}

func (c *counted) check() error {
	if err := errors.Join(c.before.Err(), c.after.Err(), c.length.Err()); err != nil {
		return err
	}
	if b, a, l := c.before.Must(), c.after.Must(), c.length.Must(); b != "10" || a != 11 || l != 2 {
		return fmt.Errorf("results %q, %d, %d", b, a, l)
	}
	return nil
}

func checkSums(sums rueidistx.Future[[]int64]) error {
	got, err := sums.Value()
	if err == nil && !slices.Equal(got, []int64{11, 2}) {
		err = fmt.Errorf("results %v", got)
	}
	return err
}

// migration is how far the slot is on its way to another node when the work is done.
type migration struct {
	name  string
	begin func(t *testing.T, c *redistest.Cluster, slot int, to *redistest.Server, n, list string)
	half  bool // one of the two keys is at the other node
}

var migrations = []migration{
	{name: "moved", begin: func(t *testing.T, c *redistest.Cluster, slot int, to *redistest.Server, _, _ string) {
		c.MoveSlot(t, slot, to)
	}},
	{name: "asking", begin: func(t *testing.T, c *redistest.Cluster, slot int, to *redistest.Server, n, list string) {
		c.BeginMove(t, slot, to)
		c.MigrateKeys(t, slot, to, n, list)
	}},
	{name: "half", half: true, begin: func(t *testing.T, c *redistest.Cluster, slot int, to *redistest.Server, n, _ string) {
		c.BeginMove(t, slot, to)
		c.MigrateKeys(t, slot, to, n)
	}},
}

func prepare(t *testing.T, db *rueidistx.DB, n, list string) {
	t.Helper()
	require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		tx.Set(n, "10")
		tx.RPush(list, "first")
		return nil
	}))
}

// expectWork looks at what the servers have, whether the work was done once or not at all.
func expectWork(t *testing.T, c *redistest.Cluster, n, list string, done bool) {
	t.Helper()
	count, ids := "10", []string{"first"}
	if done {
		count, ids = "11", append(ids, "second")
	}
	assert.Equal(t, count, textAt(t, c, n))
	assert.Equal(t, ids, listAt(t, c, list))
}

// TestMigration has a cluster of its own and one slot at a time on its way: two nodes that send each other keys at the
// same time wait for each other, and two that take slots at the same time may disagree about them for a while.
func TestMigration(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0)
	t.Run("Work", func(t *testing.T) { testWorkOnASlotThatMoves(t, c) })
	t.Run("Dedicated", func(t *testing.T) { testDedicatedTransactionOnASlotThatMoves(t, c) })
	t.Run("HalfMigrated", func(t *testing.T) { testTransactWaitsForAHalfMigratedSlot(t, c) })
	t.Run("BeforeExec", func(t *testing.T) { testSlotMovesBeforeExec(t, c) })
	t.Run("WhileQueueing", func(t *testing.T) { testSlotMovesWhileQueueing(t, c) })
	t.Run("Cached", func(t *testing.T) { testCachedOnASlotThatMoves(t, c) })
	t.Run("Traffic", func(t *testing.T) { testTrafficWhileSlotsMove(t, c) })
}

// The client's topology is stale in all of them: it learns where the slot is from MOVED and ASK alone.
func testWorkOnASlotThatMoves(t *testing.T, c *redistest.Cluster) {
	for _, m := range migrations {
		for _, work := range slotWorks() {
			for way, open := range clusterWays {
				t.Run(fmt.Sprint(m.name, " ", work, " ", way), func(t *testing.T) {
					f := startFront(t, c)
					n, list := redistest.Key(t, "n"), redistest.Key(t, "list")
					slot := f.Slot(n)
					from, to := f.Owner(slot), other(t, f.Cluster, slot)
					db := open(t, f.Option())
					prepare(t, db, n, list)
					f.reset()
					m.begin(t, f.Cluster, slot, to, n, list)

					began := time.Now()
					err := work.run(redistest.Context(t), db, n, list)
					multis := f.count("MULTI")
					finish(t, f.Cluster, slot, to)

					if m.half && work.whole() {
						require.Error(t, err)
						assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
						assert.ErrorContains(t, err, "TRYAGAIN")
						assert.Less(t, time.Since(began), 5*time.Second)
						expectWork(t, f.Cluster, n, list, false)
					} else {
						require.NoError(t, err)
						expectWork(t, f.Cluster, n, list, true)
					}
					if !work.way.Atomic {
						return
					}
					for _, s := range []*redistest.Server{from, to} {
						transactions, outside := f.seen(s, n)
						assert.Empty(t, outside, "outside of MULTI")
						assert.Len(t, slices.Compact(transactions), 1, "at both nodes, and always the whole of it")
					}
					if m.half {
						assert.Equal(t, 2*attempts, multis)
					} else {
						assert.Equal(t, 2, multis, "one at each node")
					}
				})
			}
		}
	}
}

// rueidis follows no redirection on a dedicated connection, and asks for the topology within a second.
func testDedicatedTransactionOnASlotThatMoves(t *testing.T, c *redistest.Cluster) {
	for _, m := range migrations {
		t.Run(m.name, func(t *testing.T) {
			f := startFront(t, c)
			n, list := redistest.Key(t, "n"), redistest.Key(t, "list")
			slot := f.Slot(n)
			to := other(t, f.Cluster, slot)
			db := openCluster(t, f.Option(), rueidistx.DedicatedTransactions(2))
			prepare(t, db, n, list)
			f.reset()
			m.begin(t, f.Cluster, slot, to, n, list)

			err := db.Transact(redistest.Context(t), workInTx(n, list), rueidistx.Attempts(1))
			assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			require.ErrorIs(t, err, rueidistx.ErrAborted)
			finish(t, f.Cluster, slot, to)
			expectWork(t, f.Cluster, n, list, false)

			require.NoError(t, db.Transact(redistest.Context(t), workInTx(n, list), manyAttempts...))
			expectWork(t, f.Cluster, n, list, true)
			for _, s := range f.Nodes {
				_, outside := f.seen(s, n)
				assert.Empty(t, outside)
			}
		})
	}
}

func workInTx(n, list string) func(*rueidistx.Tx) error {
	return func(tx *rueidistx.Tx) error {
		new(counted).queue(tx.Commands, n, list)
		return nil
	}
}

func testTransactWaitsForAHalfMigratedSlot(t *testing.T, c *redistest.Cluster) {
	for way, open := range clusterWays {
		t.Run(way, func(t *testing.T) {
			f := startFront(t, c)
			n, list := redistest.Key(t, "n"), redistest.Key(t, "list")
			slot := f.Slot(n)
			to := other(t, f.Cluster, slot)
			db := open(t, f.Option())
			prepare(t, db, n, list)
			f.reset()
			f.BeginMove(t, slot, to)
			f.MigrateKeys(t, slot, to, list)
			if way == "Open" { // reads that rueidis tries again end without a deadline
				assert.ErrorIs(t, db.Auto(context.Background()).MGet(n, list).Err(), rueidistx.ErrRejected)
				f.reset()
			}

			var runs atomic.Int32
			result := make(chan error, 1)
			var numbers rueidistx.Future[[]rueidistx.Optional[string]]
			go func() {
				result <- db.Transact(context.Background(), func(tx *rueidistx.Tx) error {
					runs.Add(1)
					tx.Incr(n)
					tx.RPush(list, "second")
					// reads that rueidis would try again without end, several keys at once as well
					numbers = tx.MGet(n, n)
					tx.Exists(n, list)
					return nil
				}, manyAttempts...)
			}()
			redistest.Eventually(t, "some attempts", func() bool { return runs.Load() >= 5 })
			assert.Empty(t, result)
			finish(t, f.Cluster, slot, to)
			require.NoError(t, finishes(t, func() error { return <-result }))

			values, err := numbers.Value()
			require.NoError(t, err)
			assert.Len(t, values, 2)
			expectWork(t, f.Cluster, n, list, true)
			assert.Less(t, runs.Load(), int32(100))
			assert.LessOrEqual(t, f.count("MULTI"), 3*int(runs.Load()), "no loop inside an attempt")
		})
	}
}

// All commands are queued at the old owner when the slot leaves it, and EXEC comes too late.
func testSlotMovesBeforeExec(t *testing.T, c *redistest.Cluster) {
	for _, m := range migrations {
		for way, open := range clusterWays {
			for _, again := range []bool{false, true} {
				t.Run(fmt.Sprint(m.name, " ", way, " again ", again), func(t *testing.T) {
					f := startFront(t, c)
					n, list := redistest.Key(t, "n"), redistest.Key(t, "list")
					slot := f.Slot(n)
					from, to := f.Owner(slot), other(t, f.Cluster, slot)
					db := open(t, f.Option())
					prepare(t, db, n, list)
					f.reset()
					held := f.proxy(from)
					held.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.BeforeCommand, Action: faultproxy.Hold})
					budget := []rueidistx.TxOption{rueidistx.Attempts(1)}
					if again {
						budget = manyAttempts
					}
					result := make(chan error, 1)
					go func() { result <- db.Transact(redistest.Context(t), workInTx(n, list), budget...) }()
					redistest.Eventually(t, "EXEC is held", func() bool { return held.Held() == 1 })
					m.begin(t, f.Cluster, slot, to, n, list)
					held.Release()
					if again {
						finish(t, f.Cluster, slot, to)
					}
					err := <-result
					finish(t, f.Cluster, slot, to)
					// rueidis then says "EXEC without MULTI", which it also does behind a transaction that it has sent again.
					unsure := !m.half
					if again && !unsure {
						require.NoError(t, err)
						expectWork(t, f.Cluster, n, list, true)
						return
					}
					require.Error(t, err)
					if !unsure {
						assert.ErrorIs(t, err, rueidistx.ErrAborted)
						assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
					}
					assert.NotEqual(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
					expectWork(t, f.Cluster, n, list, false)
				})
			}
		}
	}
}

// The first command is queued at the old owner, the second and EXEC are redirected. rueidis sends all of the transaction to
// the new owner then, and EXEC once more behind it: the last reply is that of the second EXEC.
func testSlotMovesWhileQueueing(t *testing.T, c *redistest.Cluster) {
	for way, open := range clusterWays {
		t.Run(way, func(t *testing.T) {
			f := startFront(t, c)
			n, list := redistest.Key(t, "n"), redistest.Key(t, "list")
			slot := f.Slot(n)
			from, to := f.Owner(slot), other(t, f.Cluster, slot)
			db := open(t, f.Option())
			prepare(t, db, n, list)
			held := f.proxy(from)
			held.Arm(faultproxy.Fault{Command: "RPUSH", Phase: faultproxy.BeforeCommand, Action: faultproxy.Hold})
			result, runs := make(chan error, 1), 0
			go func() {
				result <- db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					runs++
					tx.Incr(n)
					tx.RPush(list, "second")
					return nil
				})
			}()
			redistest.Eventually(t, "RPUSH is held", func() bool { return held.Held() == 1 })
			f.MoveSlot(t, slot, to)
			held.Release()
			err := <-result
			require.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
			require.Equal(t, 1, runs)
			expectWork(t, f.Cluster, n, list, true)
		})
	}
}

// testTrafficWhileSlotsMove moves slots to and fro under transactions, batches and scripts that count and append in
// them, and then compares what was said of each with what is there.
func testTrafficWhileSlotsMove(t *testing.T, c *redistest.Cluster) {
	const workers = 4
	moves := 60
	if raceEnabled { // each takes three times as long
		moves = 20
	}
	db := openCluster(t, c.Option())
	var tags []string
	for _, s := range c.Nodes {
		tag := keyOn(t, c, s)
		tags = append(tags, tag)
		require.NoError(t, db.Auto(redistest.Context(t)).Set(tag+"name", tag).Err())
	}
	kinds, ledgers := []string{"tx", "batch", "script", "watch"}, map[string]*outcometest.Ledger{}
	for _, tag := range tags {
		for _, kind := range kinds {
			ledgers[tag+kind] = outcometest.NewLedger(tag + kind + ":")
		}
	}

	var done, runs, transactions atomic.Int64
	work := func(ctx context.Context, kind, tag, id string) {
		n, list := tag+kind+":n", tag+kind
		var err error
		switch kind {
		case "tx":
			transactions.Add(1)
			err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
				runs.Add(1)
				tx.RPush(list, id)
				tx.LLen(list)
				tx.Incr(n)
				return nil
			}, rueidistx.Attempts(3))
		case "watch":
			err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				before, err := r.LLen(list).Value()
				if err != nil {
					return err
				}
				tx.RPush(list, id)
				tx.Set(n, strconv.FormatInt(before+1, 10))
				return nil
			})
		case "script":
			args := []string{id, "fail"}[:1+done.Load()%2]
			err = appendAndCount.Queue(db.Auto(ctx), []string{n, list}, args...).Err()
		case "batch":
			var names []rueidistx.Future[string]
			var pushed rueidistx.Future[int64]
			b := db.Batch()
			for _, other := range tags {
				names = append(names, b.Get(other+"name"))
				if other == tag {
					pushed = b.RPush(list, id)
				}
				names = append(names, rueidistx.Queue(b, b.B().Echo().Message(other).Build(), rueidistx.AsString))
			}
			_ = b.Exec(ctx) // each command has its own
			err = pushed.Err()
			for i, f := range names {
				name, err := f.Value()
				assert.NoError(t, err)
				assert.Equal(t, tags[i/2], name)
			}
		}
		ledgers[tag+kind].Ended(id, err)
		done.Add(1)
	}

	var wg sync.WaitGroup
	ctx, stop := redistest.Context(t), make(chan struct{})
	for w := range workers {
		wg.Go(func() {
			for i := w; ; i++ {
				select {
				case <-stop:
					return
				default:
					work(ctx, kinds[i%len(kinds)], tags[i/len(kinds)%len(tags)], fmt.Sprint(w, "-", i))
				}
			}
		})
	}
	// traffic waits for some more work, so that there is some in each state of the slots.
	traffic := func(n int64) {
		enough := done.Load() + n
		redistest.Eventually(t, "traffic", func() bool { return done.Load() >= enough })
	}
	for i := range moves {
		tag := tags[i%len(tags)]
		slot := c.Slot(tag)
		to := c.Nodes[i%3]
		if to == c.Owner(slot) {
			to = c.Nodes[(i+1)%3]
		}
		c.BeginMove(t, slot, to)
		if i%2 == 0 {
			c.MigrateKeys(t, slot, to, tag+"tx", tag+"script:n", tag+"batch", tag+"watch")
			traffic(3 * workers)
		}
		finish(t, c, slot, to)
		traffic(3 * workers)
	}
	close(stop)
	wg.Wait()

	applied := map[string]int{}
	for _, tag := range tags {
		for _, kind := range kinds {
			l, list := ledgers[tag+kind], listAt(t, c, tag+kind)
			l.Compare(t, list, func(string) bool { return false })
			if kind != "batch" {
				assert.Equal(t, fmt.Sprint(len(list)), textAt(t, c, tag+kind+":n"), "%s is in part there", kind)
			}
			assert.Zero(t, l.Count(rueidistx.Unknown), "%s: no connection was lost, so nothing is unknown", kind)
			applied[kind] += l.Count(rueidistx.Applied)
		}
	}
	t.Logf("%d moves, applied %v, %d attempts of %d transactions", moves, applied, runs.Load(), transactions.Load())
	assert.Greater(t, min(applied["tx"], applied["batch"], applied["script"], applied["watch"]), 50)
	assert.Greater(t, runs.Load(), transactions.Load(), "some found a slot half migrated")
}
