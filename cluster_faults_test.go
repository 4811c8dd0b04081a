package rueidistx_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// clusterContexts are those that make rueidis take different paths: without a deadline but with an end it pipelines.
var clusterContexts = map[string]func() (context.Context, context.CancelFunc){
	"background":  func() (context.Context, context.CancelFunc) { return context.Background(), func() {} },
	"cancellable": func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) },
	"deadline": func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), redistest.Patience)
	},
}

// finishes returns what work returns, if it does.
func finishes(t testing.TB, work func() error) (err error) {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- work() }()
	redistest.Eventually(t, "end", func() bool { return len(result) == 1 })
	return <-result
}

// loseReply runs exec, keeps the first reply to verb from the client, and all later ones, and cuts the connection when
// the server has executed everything, which committed reports. It reports false if exec ended without any of that: rueidis
// may take a connection that it does not know yet to be gone.
func (f *front) loseReply(t *testing.T, s *redistest.Server, verb string, committed func() bool, exec func() error) (err error, lost bool) {
	t.Helper()
	p := f.proxy(s)
	p.Arm(faultproxy.Fault{Command: verb, Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
	result := make(chan error, 1)
	go func() { result <- exec() }()
	redistest.Eventually(t, "commit", func() bool {
		lost = p.Held() == 1 && committed()
		return lost || len(result) == 1
	})
	if lost {
		p.CutAll()
	} else {
		p.Disarm()
	}
	err = finishes(t, func() error { return <-result })
	p.Release()
	return err, lost
}

// A command that reads must not make rueidis send the transaction around it again.
func TestTransactionWithAReadIsNeverSentAgain(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const tries = 40 // in each of 18 cases
	lua := rueidistx.NewReadScript(`return redis.call('GET', KEYS[1])`, rueidistx.AsString)
	reads := map[string]func(tx *rueidistx.Tx, key string) rueidistx.Future[string]{
		"GET": func(tx *rueidistx.Tx, key string) rueidistx.Future[string] { return tx.Get(key) },
		"GETRANGE": func(tx *rueidistx.Tx, key string) rueidistx.Future[string] { // raw
			return rueidistx.Queue(tx, tx.B().Getrange().Key(key).Start(0).End(-1).Build(), rueidistx.AsString)
		},
		"EVAL_RO": func(tx *rueidistx.Tx, key string) rueidistx.Future[string] { return lua.Queue(tx, []string{key}) },
	}
	if !redistest.SharedCluster(t).Nodes[0].Since("7.0") {
		delete(reads, "EVAL_RO")
	}
	for way, open := range clusterWays {
		for name, newContext := range clusterContexts {
			for verb, read := range reads {
				t.Run(way+" "+name+" "+verb, func(t *testing.T) {
					t.Parallel()
					f := startFront(t, redistest.SharedCluster(t))
					db, key := open(t, f.Option()), redistest.Key(t, "n")
					ctx, cancel := newContext()
					defer cancel()
					require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Set(key, "0"); return nil }))
					owner := f.Owner(f.Slot(key))
					for try, idle := 1, 0; try <= tries; {
						tx := db.Atomic()
						n, after := tx.Incr(key), read(tx, key)
						want := strconv.Itoa(try)
						err, lost := f.loseReply(t, owner, verb, func() bool { return textAt(t, f.Cluster, key) == want }, func() error { return tx.Exec(ctx) })
						require.Error(t, err)
						require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), "nobody can know")
						require.Equal(t, []error{err, err}, []error{n.Err(), after.Err()})
						if !lost {
							idle++
							require.Less(t, idle, tries)
							continue
						}
						require.Equal(t, want, textAt(t, f.Cluster, key), "executed again")
						try++
					}
					assert.Equal(t, tries, f.proxy(owner).Fired())
				})
			}
		}
	}
}

// The fault of the test above is real: written by hand, a transaction that reads is executed twice, and called a success.
func TestRueidisSendsATransactionWithAReadAgain(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const tries = 20
	f := startFront(t, redistest.SharedCluster(t))
	client, err := rueidis.NewClient(f.Option())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	doubled := 0
	for try := range tries {
		key := redistest.Key(t, strconv.Itoa(try))
		err, _ := f.loseReply(t, f.Owner(f.Slot(key)), "GET", func() bool { return textAt(t, f.Cluster, key) == "1" }, func() error {
			b := client.B()
			replies := client.DoMulti(ctx, b.Multi().Build(), b.Incr().Key(key).Build(), b.Get().Key(key).Build(), b.Exec().Build())
			return replies[3].Error()
		})
		if textAt(t, f.Cluster, key) == "2" {
			doubled++
			assert.NoError(t, err)
		}
	}
	t.Logf("%d of %d executed twice", doubled, tries)
	assert.Positive(t, doubled)
}

func TestClusterDown(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0, "--cluster-node-timeout", "1000")
	f := startFront(t, c)
	dbs := map[string]*rueidistx.DB{}
	unserved, served := keyOn(t, c, c.Nodes[0]), keyOn(t, c, c.Nodes[1])
	for way, open := range clusterWays {
		dbs[way] = open(t, f.Option())
		require.NoError(t, dbs[way].Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Set(unserved, "0"); return nil }))
	}
	slot := strconv.Itoa(c.Slot(unserved))
	for _, s := range c.Nodes {
		s.Do(t, "CLUSTER", "DELSLOTS", slot)
	}
	clusterState(t, c, "fail")
	t.Run("SlotUnserved", func(t *testing.T) {
		expectClusterDown(t, f, dbs, served, unserved)
		expectReadsEnd(t, f, dbs["Open"], served, unserved)
	})

	c.Nodes[0].Do(t, "CLUSTER", "ADDSLOTS", slot)
	clusterState(t, c, "ok")
	for way, db := range dbs {
		require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
			tx.Incr(unserved)
			return nil
		}, manyAttempts...), way)
	}
	assert.Equal(t, "2", textAt(t, c, unserved))

	c.Nodes[0].Kill()
	clusterState(t, c, "fail")
	t.Run("NodeDown", func(t *testing.T) {
		expectClusterDown(t, f, dbs, served)
		expectReadsEnd(t, f, dbs["Open"], served, unserved)
	})

	for _, s := range c.Nodes[1:] {
		s.Do(t, "CONFIG", "SET", "cluster-require-full-coverage", "no")
	}
	clusterState(t, c, "ok")
	for way, open := range clusterWays {
		t.Run("PartlyDown "+way, func(t *testing.T) {
			option := c.Option()
			option.InitAddress = option.InitAddress[1:]
			db := open(t, option)
			// the first transaction of a DB, whose node is well
			require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Set(served, "1"); return nil }))
			err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Set(unserved, "1"); return nil }, fewAttempts...)
			assert.ErrorIs(t, err, rueidistx.ErrConnection)
			if way == "Open" {
				assert.ErrorIs(t, err, rueidistx.ErrNotSent)
			} else { // New does not know how its client dials
				assert.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
			}
		})
	}
}

// expectClusterDown expects transactions that read and write to end soon, each attempt with one MULTI at most.
func expectClusterDown(t *testing.T, f *front, dbs map[string]*rueidistx.DB, keys ...string) {
	for way, db := range dbs {
		for name, newContext := range clusterContexts {
			for i, key := range keys {
				if !t.Run(fmt.Sprint(way, " ", name, " ", i), func(t *testing.T) {
					f.reset()
					ctx, cancel := newContext()
					defer cancel()
					runs, began := 0, time.Now()
					err := finishes(t, func() error {
						return db.Transact(ctx, func(tx *rueidistx.Tx) error {
							runs++
							tx.Get(key)
							tx.MGet(key, key)
							tx.Set(key, "wrong")
							tx.Incr(key + "n")
							return nil
						}, fewAttempts...)
					})
					require.ErrorIs(t, err, rueidistx.ErrNotApplied)
					assert.Less(t, time.Since(began), 3*time.Second)
					assert.Equal(t, attempts, runs)
					assert.LessOrEqual(t, f.count("MULTI"), attempts)
				}) {
					return // what does not end disturbs the others
				}
			}
		}
	}
}

// expectReadsEnd expects reads, which rueidis tries again, to end without a deadline.
func expectReadsEnd(t *testing.T, f *front, db *rueidistx.DB, keys ...string) {
	f.reset()
	bg := context.Background()
	for name, read := range map[string]func() error{
		"Auto": func() error { return db.Auto(bg).Get(keys[0]).Err() },
		"Batch": func() error {
			b := db.Batch()
			for _, key := range keys {
				b.Get(key)
				b.MGet(key, key)
				b.Set(key, "wrong")
			}
			return b.Exec(bg)
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := finishes(t, read)
			require.Error(t, err)
			assert.NotEqual(t, rueidistx.Applied, rueidistx.OutcomeOf(err), "%v", err)
		})
	}
	assert.LessOrEqual(t, f.count("GET"), 30*3, "of Auto and of each key")
}

// TestReplicas has one cluster for both of its parts, the second of which loses a node.
func TestReplicas(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 1, "--cluster-node-timeout", "1000")
	t.Run("Reads", func(t *testing.T) { testReplicaReads(t, c) })
	t.Run("Failover", func(t *testing.T) { testFailover(t, c) })
}

// replicated waits until the replicas of the node have what it has.
func replicated(t *testing.T, s *redistest.Server, key string) {
	t.Helper()
	s.Do(t, "SET", key, "fence") // WAIT is about what its own connection has written
	n, err := s.Do(t, "WAIT", "1", "10000").ToInt64()
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

func testReplicaReads(t *testing.T, c *redistest.Cluster) {
	for _, s := range c.Nodes[:3] {
		replicated(t, s, keyOn(t, c, s))
	}
	for _, s := range c.Nodes {
		for _, replica := range c.Nodes[3:] { // listed for clients when the node has heard of its offset
			redistest.Eventually(t, "replica is listed", func() bool {
				return strings.Contains(s.Do(t, "CLUSTER", "SLOTS").String(), c.NodeID(replica))
			})
		}
	}
	for name, toReplica := range map[string]func(rueidis.Completed) bool{
		"IsReadOnly": func(c rueidis.Completed) bool { return c.IsReadOnly() },
		"by name": func(c rueidis.Completed) bool {
			return slices.Contains([]string{"GET", "MGET", "ECHO"}, c.Commands()[0])
		},
	} {
		for way, open := range clusterWays {
			t.Run(way+" "+name, func(t *testing.T) {
				f := startFront(t, c)
				option := f.Option()
				option.SendToReplicas = toReplica
				option.InitAddress = option.InitAddress[:3] // rueidis sends no READONLY to replicas that are among them
				db := open(t, option)
				var keys []string
				for i, s := range c.Nodes[:3] {
					key := keyOn(t, c, s)
					keys = append(keys, key)
					require.NoError(t, db.Auto(redistest.Context(t)).Set(key, "0").Err())
					replicated(t, s, key+"fence")
					f.reset()

					tx := db.Atomic()
					before, _, between := tx.Get(key), tx.Set(key, "1"), tx.Get(key)
					many, after := tx.MGet(key, key), tx.IncrBy(key, 4)
					raw := rueidistx.Queue(tx, tx.B().Get().Key(key).Build(), rueidistx.AsString)
					require.NoError(t, tx.Exec(redistest.Context(t)))
					assert.Equal(t, "0", before.Must())
					assert.Equal(t, "1", between.Must())
					assert.Equal(t, "1", many.Must()[1].Or(""))
					assert.EqualValues(t, 5, after.Must())
					assert.Equal(t, "5", raw.Must())
					transactions, outside := f.seen(s, key)
					assert.Equal(t, []string{"MULTI GET SET GET MGET INCRBY GET EXEC"}, transactions)
					assert.Empty(t, outside)
					assert.NotContains(t, f.proxy(c.Nodes[3+i]).Commands(), "MULTI")
					replicated(t, s, key+"fence")
				}
				f.reset()
				for _, keyless := range []bool{false, true} {
					b := db.Batch()
					var got []rueidistx.Future[string]
					for i, key := range keys {
						got = append(got, b.Get(key))
						b.Set(key+"other", strconv.Itoa(i))
						if keyless {
							rueidistx.Queue(b, b.B().Echo().Message("x").Build(), rueidistx.AsString)
						}
						got = append(got, b.Get(key))
					}
					require.NoError(t, b.Exec(redistest.Context(t)))
					assert.Equal(t, slices.Repeat([]string{"5"}, 6), rueidistx.All(got...).Must())
				}
				for i, key := range keys {
					_, atPrimary := f.seen(c.Nodes[i], key)
					_, atReplica := f.seen(c.Nodes[3+i], key)
					assert.Equal(t, []string{"SET", "SET"}, atPrimary)
					assert.Equal(t, slices.Repeat([]string{"GET"}, 4), atReplica, "the option has an effect")
				}
			})
		}
	}
}

// testFailover kills a primary under transactions that append an id and count, and compares what was said of each with
// what its replica has. Replication is asynchronous, so what was acknowledged just before the end may be lost.
func testFailover(t *testing.T, c *redistest.Cluster) {
	key := keyOn(t, c, c.Nodes[0])
	slot := c.Slot(key)
	db := openCluster(t, c.Option())
	l := outcometest.NewLedger(key)
	var mayBeLost sync.Map
	var wg sync.WaitGroup
	var phase, recovered atomic.Int64 // phase 0: before the fence, 1: until the replica has taken over, 2: after it
	stop := make(chan struct{})
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id, began := fmt.Sprint(w, "-", i), phase.Load()
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
				err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
					l.Enter(tx.Commands, id)
					tx.LLen(l.List)
					return nil
				}, rueidistx.Attempts(2+i%2), rueidistx.Backoff(10*time.Millisecond, 50*time.Millisecond))
				cancel()
				if began == 1 || phase.Load() == 1 {
					mayBeLost.Store(id, true)
				}
				l.Ended(id, err)
				if began == 2 && err == nil {
					recovered.CompareAndSwap(0, time.Now().UnixNano())
				}
			}
		})
	}
	redistest.Eventually(t, "traffic", func() bool { return l.Count(rueidistx.Applied) >= 200 })
	phase.Store(1)
	replicated(t, c.Nodes[0], key+"fence")
	acknowledged := l.Count(rueidistx.Applied)
	redistest.Eventually(t, "more traffic", func() bool { return l.Count(rueidistx.Applied) >= acknowledged+50 })
	killed := time.Now()
	c.Nodes[0].Kill()
	redistest.Eventually(t, "the replica takes over", func() bool { return c.Owner(slot) == c.Nodes[3] })
	promoted := time.Since(killed)
	phase.Store(2)
	acknowledged = l.Count(rueidistx.Applied)
	redistest.Eventually(t, "traffic again", func() bool { return l.Count(rueidistx.Applied) >= acknowledged+200 })
	close(stop)
	wg.Wait()
	took := time.Unix(0, recovered.Load()).Sub(killed)
	t.Logf("promoted after %v, first transaction after %v; applied %d, not applied %d, unknown %d", promoted, took,
		l.Count(rueidistx.Applied), l.Count(rueidistx.NotApplied), l.Count(rueidistx.Unknown))
	assert.Less(t, took, promoted+5*time.Second)
	l.AuditExcept(t, c.Nodes[3], func(id string) bool { _, ok := mayBeLost.Load(id); return ok })
	assert.Positive(t, l.Count(rueidistx.NotApplied), "no connection could be dialed")
	assert.LessOrEqual(t, l.Count(rueidistx.Unknown), 4*4, "the last on each connection, and the next that finds it gone")
}
