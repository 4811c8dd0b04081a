package rueidistx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
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

// stuckConn is a connection that breaks while it is being written: the write goes on until it is let go.
type stuckConn struct {
	net.Conn
	s *stuckWrites
}

// stuckWrites are the connections of a client one of whose writes gets stuck.
type stuckWrites struct {
	armed  atomic.Bool
	letGo  chan struct{}
	ended  atomic.Int32 // how often the broken connection was closed: by its reader, and when its writer has ended
	broken atomic.Pointer[stuckConn]
}

func (s *stuckWrites) dial(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &stuckConn{conn, s}, nil
}

func (c *stuckConn) Write(b []byte) (int, error) {
	if !c.s.armed.CompareAndSwap(true, false) {
		return c.Conn.Write(b)
	}
	c.s.broken.Store(c)
	_ = c.Conn.Close()
	<-c.s.letGo
	return 0, io.ErrClosedPipe
}

func (c *stuckConn) Close() error {
	if c == c.s.broken.Load() {
		c.s.ended.Add(1)
	}
	return c.Conn.Close()
}

// readings are ways to have commands run that only read, which are sent again when their connection breaks. Each answers
// with the values of the keys.
var readings = map[string]func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error){
	"Batch": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		b := db.Batch()
		all := getAll(b.Commands, keys)
		_ = b.Exec(ctx)
		return all.Value()
	},
	"Batch with Chunk": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		b := db.Batch(rueidistx.Chunk(len(keys) / 2))
		all := getAll(b.Commands, keys)
		_ = b.Exec(ctx)
		return all.Value()
	},
	"Execute with Chunk": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		var all rueidistx.Future[[]string]
		_ = db.Execute(ctx, func(b *rueidistx.Batch) error {
			all = getAll(b.Commands, keys)
			return nil
		}, rueidistx.Chunk(len(keys)/2))
		return all.Value()
	},
	"Batch of one": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		b := db.Batch()
		all := b.MGet(keys...)
		_ = b.Exec(ctx)
		return rueidistx.Map(all, values).Value()
	},
	"Batch of the caller's commands": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		b := db.Batch()
		var futures []rueidistx.Future[string]
		for _, k := range keys {
			futures = append(futures, rueidistx.Queue(b, b.B().Get().Key(k).Build(), rueidistx.AsString))
		}
		_ = b.Exec(ctx)
		return rueidistx.All(futures...).Value()
	},
	"Batch of scripts that only read": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		b := db.Batch()
		var futures []rueidistx.Future[string]
		for _, k := range keys {
			futures = append(futures, peeking.Queue(b, []string{k}))
		}
		_ = b.Exec(ctx)
		return rueidistx.All(futures...).Value()
	},
	"CachedBatch": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		time.Sleep(2 * time.Millisecond) // what was cached expires
		b := db.Cached(time.Millisecond).Batch()
		var futures []rueidistx.Future[string]
		for i, k := range keys {
			f := b.Get(k)
			if i%2 == 1 {
				f = b.GetRange(k, 0, -1)
			}
			futures = append(futures, f)
		}
		_ = b.Exec(ctx)
		return rueidistx.All(futures...).Value()
	},
	"Cached": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		time.Sleep(2 * time.Millisecond) // what was cached expires
		var futures []rueidistx.Future[string]
		for _, k := range keys {
			futures = append(futures, db.Cached(time.Millisecond).Auto(ctx).Get(k))
		}
		return rueidistx.All(futures...).Value()
	},
	"Auto": func(ctx context.Context, db *rueidistx.DB, keys []string) ([]string, error) {
		return rueidistx.Map(db.Auto(ctx).MGet(keys...), values).Value()
	},
}

func getAll(c *rueidistx.Commands, keys []string) rueidistx.Future[[]string] {
	futures := make([]rueidistx.Future[string], len(keys))
	for i, k := range keys {
		futures[i] = c.Get(k)
	}
	return rueidistx.All(futures...)
}

func values(found []rueidistx.Optional[string]) ([]string, error) {
	all := make([]string, len(found))
	for i, v := range found {
		all[i] = v.Value
	}
	return all, nil
}

// ten returns keys whose values are their own names. They are long, so that a small buffer is written out before a
// command is complete.
func ten(t *testing.T, s *redistest.Server) []string {
	t.Helper()
	keys := make([]string, 10)
	for i := range keys {
		keys[i] = redistest.Key(t, fmt.Sprint(i, strings.Repeat("-", 100)))
		s.Do(t, "SET", keys[i], keys[i])
	}
	return keys
}

// A connection breaks while it is being written. The commands only read, so they are sent again, on a new connection, and
// answered. The writer of the first connection still reads them then: their memory must not be anybody else's yet. It
// ends the process where it was cleared.
func TestPlanIsNotReusedWhileARetriedConnectionStillReadsIt(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, read := range readings {
		for _, w := range outcometest.ClientModes[2:] {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				stuck := &stuckWrites{letGo: make(chan struct{})}
				option := w.Option(s.Addr)
				option.WriteBufferEachConn = 64
				option.DialCtxFn = stuck.dial
				db, err := rueidistx.Open(option)
				require.NoError(t, err)
				t.Cleanup(db.Close)
				keys, ctx := ten(t, s), redistest.Context(t)
				got, err := read(ctx, db, keys)
				require.NoError(t, err)
				require.Equal(t, keys, got)

				stuck.armed.Store(true)
				got, err = read(ctx, db, keys)
				require.False(t, stuck.armed.Load())
				require.NoError(t, err)
				require.Equal(t, keys, got)
				n := redistest.Key(t, "n")
				for i := range 8 { // whoever gets the memory fills it anew
					if i == 4 {
						close(stuck.letGo)
					}
					got, err := read(ctx, db, keys)
					require.NoError(t, err)
					require.Equal(t, keys, got)
					tx := db.Atomic()
					counted := tx.Incr(n)
					require.NoError(t, tx.Exec(ctx))
					require.EqualValues(t, i+1, counted.Must())
				}
				redistest.Eventually(t, "the stuck writer has ended", func() bool { return stuck.ended.Load() >= 2 })
			})
		}
	}
}

// campaign is how long a test may go on that finds the more the longer it runs.
func campaign(t *testing.T) time.Duration {
	t.Helper()
	if given := os.Getenv("RUEIDISTX_CAMPAIGN"); given != "" {
		d, err := time.ParseDuration(given)
		require.NoError(t, err)
		return d
	}
	if testing.Short() {
		return 20 * time.Millisecond
	}
	return time.Second
}

// The same with connections that are cut at any moment. It is the race detector that finds memory used too early; without
// it a value that is another key's may.
func TestConnectionsCutAtAnyMomentLeaveTheirMemoryAlone(t *testing.T) {
	s := redistest.Shared(t)
	for name, change := range map[string]func(*rueidis.ClientOption){
		"AlwaysPipelining": func(o *rueidis.ClientOption) { o.AlwaysPipelining = true },
		"MaxFlushDelay":    func(o *rueidis.ClientOption) { o.MaxFlushDelay = 100 * time.Microsecond },
		"several connections": func(o *rueidis.ClientOption) {
			o.AlwaysPipelining, o.PipelineMultiplex = true, 2
		},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := faultproxy.Start(t, s.Addr)
			option := outcometest.ClientModes[0].Option(proxy.Addr())
			option.WriteBufferEachConn = 256
			change(&option)
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			keys, l := ten(t, s), outcometest.NewLedger(redistest.Key(t, ""))
			ctx, stop := context.WithTimeout(context.Background(), time.Minute+campaign(t))
			defer stop()
			var working sync.WaitGroup
			var reads atomic.Int64
			for name, read := range readings {
				working.Go(func() {
					for ctx.Err() == nil {
						got, err := read(context.Background(), db, keys)
						if err == nil {
							assert.Equal(t, keys, got, name)
							reads.Add(1)
						}
					}
				})
			}
			for worker := range 3 {
				working.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						id := fmt.Sprint(worker, ".", i)
						if worker == 0 {
							l.Ended(id, l.Script(db.Auto(context.Background()), id).Err())
						} else {
							_ = l.Transact(context.Background(), db, id)
						}
					}
				})
			}
			const least = 20
			cuts := 0
			for end := time.Now().Add(campaign(t)); ctx.Err() == nil && (cuts <= least || time.Now().Before(end)); cuts++ {
				proxy.Reset()
				redistest.Eventually(t, "a connection is used", func() bool { return proxy.BytesSent() > rand.N(5000) || ctx.Err() != nil })
				proxy.CutAll()
			}
			stop()
			working.Wait()
			db.Close()
			redistest.Eventually(t, "the connections have ended", func() bool { return proxy.Conns() == 0 })
			t.Logf("%d cuts, %d answered reads; outcome/really applied: %v", cuts, reads.Load(), l.Audit(t, s))
			require.Greater(t, cuts, least)
			require.Positive(t, reads.Load())
		})
	}
}

// refusedUnits are ways to a Tx that will not be sent any more.
var refusedUnits = map[string]func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx{
	"invalid": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		tx.Incr("n")
		rueidistx.Queue(tx, rueidis.Completed{}, rueidistx.AsString)
		require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrInvalid)
		return tx
	},
	"forbidden": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		rueidistx.Queue(tx, tx.B().Multi().Build(), rueidistx.AsString)
		require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrForbidden)
		return tx
	},
	"ended context": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		tx := db.Atomic()
		tx.Incr("n")
		require.ErrorIs(t, tx.Exec(ctx), rueidistx.ErrNotSent)
		return tx
	},
	"asked too early": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		tx.Incr("n").Or(0)
		require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrPending)
		return tx
	},
	"empty": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		require.NoError(t, tx.Exec(redistest.Context(t)))
		return tx
	},
	"discarded": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		tx.Incr("n")
		tx.Discard()
		return tx
	},
	"closure's error": func(t *testing.T, db *rueidistx.DB) (tx *rueidistx.Tx) {
		require.Error(t, db.Transact(redistest.Context(t), func(own *rueidistx.Tx) error {
			tx = own
			return errors.New("mine")
		}))
		return tx
	},
	"panic": func(t *testing.T, db *rueidistx.DB) (tx *rueidistx.Tx) {
		require.Panics(t, func() {
			_ = db.Transact(redistest.Context(t), func(own *rueidistx.Tx) error {
				tx = own
				panic("mine")
			})
		})
		return tx
	},
	"rejected": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		rueidistx.Queue(tx, tx.B().Arbitrary("NOSUCH").Build(), rueidistx.AsString)
		require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrAborted)
		return tx
	},
	"executed": func(t *testing.T, db *rueidistx.DB) *rueidistx.Tx {
		tx := db.Atomic()
		tx.Exists("x")
		require.NoError(t, tx.Exec(redistest.Context(t)))
		return tx
	},
}

// What is queued into a Tx that has ended would land in memory that is another Tx's by now, which would take a script for
// loaded that the server does not know.
func TestEndedTxDoesNotTouchAnother(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	for name, end := range refusedUnits {
		t.Run(name, func(t *testing.T) {
			for i := range 20 {
				script := rueidistx.NewScript(fmt.Sprintf("return redis.call('INCR', KEYS[1]) -- %s %d", name, i), rueidistx.AsInt64)
				old, n := end(t, db), redistest.Key(t, fmt.Sprint(i))
				fresh := db.Atomic()
				requireDone(t, script.Queue(old, []string{n}))
				requireDone(t, rueidistx.Queue(old, db.Client().B().Arbitrary("NOSUCH").Build(), rueidistx.AsString))
				requireDone(t, old.Incr("n"))
				first, second := script.Queue(fresh, []string{n}), script.Queue(fresh, []string{n})
				requireDone(t, rueidistx.Queue(old, db.Client().B().Arbitrary("SCRIPT", "FLUSH").Build(), rueidistx.AsString))
				requireDone(t, script.Queue(old, []string{n}))
				require.NoError(t, fresh.Exec(redistest.Context(t)))
				require.Equal(t, []int64{1, 2}, []int64{first.Must(), second.Must()})
				require.Equal(t, 2, fresh.Len())
			}
		})
	}
}

func requireDone(t *testing.T, f outcometest.Settled) {
	t.Helper()
	require.Equal(t, rueidistx.ErrDone, f.Err())
}

// The same in a cluster, where keys of two slots are a reason.
func TestTxOfTwoSlotsDoesNotTouchAnother(t *testing.T) {
	t.Parallel()
	db := openCluster(t, redistest.SharedCluster(t).Option())
	for i := range 20 {
		script := rueidistx.NewScript(fmt.Sprintf("return redis.call('INCR', KEYS[1]) -- slots %d", i), rueidistx.AsInt64)
		old, n := db.Atomic(), redistest.Key(t, fmt.Sprint(i))
		old.Incr(n)
		old.Incr("{another}" + n)
		require.ErrorIs(t, old.Exec(redistest.Context(t)), rueidistx.ErrCrossSlot)
		fresh := db.Atomic()
		requireDone(t, script.Queue(old, []string{n}))
		requireDone(t, old.Incr("{third}"+n))
		first, second := script.Queue(fresh, []string{n}), script.Queue(fresh, []string{n})
		requireDone(t, rueidistx.Queue(old, db.Client().B().Arbitrary("SCRIPT", "FLUSH").Build(), rueidistx.AsString))
		require.NoError(t, fresh.Exec(redistest.Context(t)))
		require.Equal(t, []int64{1, 2}, []int64{first.Must(), second.Must()})
	}
}

// atOnce runs all functions at the same time and waits for them.
func atOnce(run ...func()) {
	var ready atomic.Int32
	var running sync.WaitGroup
	for _, f := range run {
		running.Go(func() {
			for ready.Add(1); int(ready.Load()) < len(run); {
				runtime.Gosched()
			}
			f()
		})
	}
	running.Wait()
}

// Two goroutines end the same unit, as a watchdog or a hedge does, while others use the DB: one of the two does it, the
// other gets ErrDone, and nobody else notices.
func TestUnitIsEndedByOneOfTwoGoroutines(t *testing.T) {
	t.Parallel()
	rounds := redistest.Times(1000, 200)
	s := redistest.Shared(t)
	for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[2]} {
		for name, end := range map[string]func(ctx context.Context, db *rueidistx.DB, key string) (ran int){
			"Exec and Exec of a Tx": func(ctx context.Context, db *rueidistx.DB, key string) int {
				tx := db.Atomic()
				tx.Incr(key)
				counting.Queue(tx, []string{key})
				var errs [2]error
				atOnce(func() { errs[0] = tx.Exec(ctx) }, func() { errs[1] = tx.Exec(ctx) })
				return 2 * one(errs)
			},
			"Exec and Exec of a Batch": func(ctx context.Context, db *rueidistx.DB, key string) int {
				b := db.Batch()
				b.Incr(key)
				counting.Queue(b, []string{key})
				var errs [2]error
				atOnce(func() { errs[0] = b.Exec(ctx) }, func() { errs[1] = b.Exec(ctx) })
				return 2 * one(errs)
			},
			"Exec and Discard": func(ctx context.Context, db *rueidistx.DB, key string) int {
				tx := db.Atomic()
				n := tx.Incr(key)
				counting.Queue(tx, []string{key})
				var err error
				atOnce(func() { err = tx.Exec(ctx) }, tx.Discard)
				if err == nil && n.Err() == nil {
					return 2
				}
				if err != rueidistx.ErrDone || !errors.Is(n.Err(), rueidistx.ErrDiscarded) {
					return -1000
				}
				return 0
			},
		} {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				db, ctx, key, own := w.Open(t, s.Addr), redistest.Context(t), redistest.Key(t, "n"), redistest.Key(t, "own")
				ran := make([]int, 2)
				atOnce(func() {
					for range rounds {
						ran[0] += end(ctx, db, key)
					}
				}, func() {
					for range rounds {
						ran[1] += end(ctx, db, key)
					}
				}, func() {
					for i := range rounds {
						tx, b := db.Atomic(), db.Batch()
						first := counting.Queue(tx, []string{own})
						assert.NoError(t, tx.Exec(ctx))
						second := b.Incr(own)
						assert.NoError(t, b.Exec(ctx))
						assert.Equal(t, []int64{int64(2*i + 1), int64(2*i + 2)}, []int64{first.Or(0), second.Or(0)})
					}
				})
				n, err := s.Do(t, "GET", key).AsInt64()
				require.NoError(t, err)
				require.EqualValues(t, n, ran[0]+ran[1])
			})
		}
	}
}

// one returns 1 if one of the errors is ErrDone and the other nil.
func one(errs [2]error) int {
	if errs == [2]error{nil, rueidistx.ErrDone} || errs == [2]error{rueidistx.ErrDone, nil} {
		return 1
	}
	return -1000
}

// inUnits are the ways to fill a unit in a closure.
var inUnits = map[string]func(ctx context.Context, db *rueidistx.DB, fill func(c *rueidistx.Commands)) error{
	"Transact": func(ctx context.Context, db *rueidistx.DB, fill func(c *rueidistx.Commands)) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error { fill(tx.Commands); return nil })
	},
	"Execute": func(ctx context.Context, db *rueidistx.DB, fill func(c *rueidistx.Commands)) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { fill(b.Commands); return nil })
	},
	"Execute with Chunk": func(ctx context.Context, db *rueidistx.DB, fill func(c *rueidistx.Commands)) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { fill(b.Commands); return nil }, rueidistx.Chunk(7))
	},
}

// It is a mistake to queue from several goroutines. It must not be worse than an error: not another command's value, not
// a stuck connection, and not the end of the process.
func TestQueueingFromSeveralGoroutinesIsFoundBeforeSending(t *testing.T) {
	if raceEnabled {
		t.Skip("the mistake is a data race")
	}
	t.Parallel()
	const goroutines, each, rounds = 4, 50, 100
	db := outcometest.ClientModes[2].Open(t, redistest.Shared(t).Addr)
	for name, in := range inUnits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			invalid := 0
			for range rounds {
				var futures [goroutines][]rueidistx.Future[string]
				queue := func(c *rueidistx.Commands, g int) func() {
					return func() {
						for i := range each {
							futures[g] = append(futures[g], c.Echo(fmt.Sprint(g, ".", i)))
							runtime.Gosched()
						}
					}
				}
				err := in(redistest.Context(t), db, func(c *rueidistx.Commands) {
					atOnce(queue(c, 0), queue(c, 1), queue(c, 2), queue(c, 3))
				})
				if err != nil {
					var some *rueidistx.BatchError // chunks were sent before
					require.True(t, errors.Is(err, rueidistx.ErrInvalid) || errors.As(err, &some), "%v", err)
					invalid++
				}
				for g, own := range futures {
					for i, f := range own {
						v, ferr := f.Value()
						switch {
						case ferr == nil:
							require.Equal(t, fmt.Sprint(g, ".", i), v)
						case name == "Execute with Chunk" && ferr == rueidistx.ErrDone: // while a chunk was under way
						default:
							require.Error(t, err, "but a future has %v", ferr)
						}
					}
				}
			}
			t.Logf("%d of %d were found", invalid, rounds)
			outcometest.RequireUsable(t, db)
		})
	}
}

// The same with commands that the package does not know: it keeps their names by the side, once in a map.
func TestQueueingUnknownCommandsFromSeveralGoroutines(t *testing.T) {
	if raceEnabled {
		t.Skip("the mistake is a data race")
	}
	t.Parallel()
	const each = 100
	rounds := redistest.Times(3000, 50)
	db := outcometest.ClientModes[2].Open(t, redistest.Shared(t).Addr)
	for range rounds {
		b := db.Batch()
		queue := func() {
			for range each {
				rueidistx.Queue(b, b.B().Arbitrary("NO.SUCH").Build(), rueidistx.AsString)
			}
		}
		atOnce(queue, queue, func() {
			for range each {
				b.Len()
			}
		})
		require.Error(t, b.Exec(redistest.Context(t)))
		for _, r := range b.Results() {
			require.Error(t, r.Err)
		}
	}
	outcometest.RequireUsable(t, db)
}
