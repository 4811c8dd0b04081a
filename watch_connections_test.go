package rueidistx_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestWatchLeavesNothingBehind runs closures that end in every way, on a pool of 2 connections: no connection is lost, and
// none is left with a watch or a MULTI.
func TestWatchLeavesNothingBehind(t *testing.T) {
	s := redistest.Shared(t)
	rounds := 5000
	if testing.Short() {
		rounds = 300
	}
	for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[2]} {
		t.Run(w.Name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			option := w.Option(s.Addr)
			option.ClientName = fmt.Sprintf("watching-%x", rand.Uint64())
			option.BlockingPoolSize = 2
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			defer db.Close()
			key, other := redistest.Key(t, "k"), redistest.Key(t, "other")
			ctx := redistest.Context(t)
			require.NoError(t, db.Auto(ctx).RPush(redistest.Key(t, "list"), "x").Err())
			endings := []func(r *rueidistx.Reader, tx *rueidistx.Tx, cancel func()) error{
				func(*rueidistx.Reader, *rueidistx.Tx, func()) error { return errInsufficient },
				func(*rueidistx.Reader, *rueidistx.Tx, func()) error { panic("closure") },
				func(*rueidistx.Reader, *rueidistx.Tx, func()) error { runtime.Goexit(); return nil },
				func(_ *rueidistx.Reader, tx *rueidistx.Tx, cancel func()) error { cancel(); tx.Incr(other); return nil },
				func(r *rueidistx.Reader, _ *rueidistx.Tx, _ func()) error { return r.LLen(key).Err() },
				func(r *rueidistx.Reader, _ *rueidistx.Tx, _ func()) error {
					return r.Get(redistest.Key(t, "list")).Err()
				},
				func(_ *rueidistx.Reader, tx *rueidistx.Tx, _ func()) error { return tx.Get(key).Err() },
				func(_ *rueidistx.Reader, tx *rueidistx.Tx, _ func()) error { tx.Incr(other); return nil },
				func(*rueidistx.Reader, *rueidistx.Tx, func()) error { return nil },
			}
			var working sync.WaitGroup
			for worker := range 4 {
				working.Go(func() {
					for i := worker; i < rounds; i += 4 {
						finished := make(chan struct{})
						go func() {
							defer close(finished)
							defer func() { _ = recover() }()
							bounded, cancel := context.WithCancel(ctx)
							defer cancel()
							_ = db.Watch(bounded, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
								_ = r.Get(key).Err()
								return endings[i%len(endings)](r, tx, cancel)
							}, rueidistx.Attempts(2))
						}()
						<-finished
					}
				})
			}
			working.Wait()

			// Nobody who uses these connections next finds a watch: a change of the key does not keep EXEC from running.
			require.NoError(t, db.Auto(ctx).Set(key, "changed").Err())
			for range 4 {
				client, release := db.Client().Dedicate()
				results := client.DoMulti(ctx, client.B().Multi().Build(), client.B().Incr().Key(other).Build(), client.B().Exec().Build())
				replies, err := results[2].ToArray()
				require.NoError(t, err)
				require.Len(t, replies, 1)
				release()
			}
			redistest.Eventually(t, "the connections are free", func() bool {
				all, inTransaction := connections(t, s, option.ClientName)
				most := 1 + 2
				if w.RESP2 {
					most *= 2
				}

				return all <= most && inTransaction == 0
			})
			outcometest.RequireUsable(t, db)
			db.Close()
			redistest.Eventually(t, "the connections are closed", func() bool {
				all, _ := connections(t, s, option.ClientName)
				return all == 0
			})
			goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1")) // of a cluster before
		})
	}
}

// TestWatchInsideWatch has as many closures as connections, each of which waits for one more.
func TestWatchInsideWatch(t *testing.T) {
	redistest.Long(t) // it waits until no connection was free for 5 seconds
	t.Parallel()
	for _, size := range []int{1, 2} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			option := redistest.Shared(t).Option()
			option.BlockingPoolSize = size
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			key := redistest.Key(t, "k")
			inside := make([]error, size)
			var entered, working sync.WaitGroup
			entered.Add(size)
			for i := range size {
				working.Go(func() {
					_ = db.Watch(context.Background(), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
						_ = r.Get(key).Err()
						if r.Attempt() == 1 {
							entered.Done()
						}
						entered.Wait()
						inside[i] = db.Watch(context.Background(), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
							return r.Get(key).Default("").Err()
						})
						return inside[i]
					})
				})
			}
			working.Wait()
			refused := 0
			for _, err := range inside {
				if err != nil { // else it got the connection of one that was refused
					require.ErrorIs(t, err, rueidistx.ErrNotSent)
					require.ErrorIs(t, err, rueidistx.ErrConnection)
					refused++
				}
			}
			require.Positive(t, refused)
			outcometest.RequireUsable(t, db)
		})
	}
}

// TestWatchWithForeignLeftovers has connections in the pool that other code has left inside a MULTI or with a WATCH.
func TestWatchWithForeignLeftovers(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for _, left := range [][]string{{"MULTI"}, {"WATCH", "k"}} {
			if left[0] == "MULTI" && w.Pipelined {
				continue // rueidis ends the process when other code gives such a connection back
			}
			t.Run(w.Name+", "+left[0], func(t *testing.T) {
				t.Parallel()
				db := w.Open(t, redistest.Shared(t).Addr)
				ctx, key := redistest.Context(t), redistest.Key(t, "k")
				client, release := db.Client().Dedicate()
				require.NoError(t, client.Do(ctx, client.B().Arbitrary(left...).Build()).Error())
				release()
				require.NoError(t, db.Auto(ctx).Set("k", time.Now().String()).Err())
				runs := 0
				require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
					runs++
					n, err := rueidistx.Int(r.Get(key).Default("0")).Value()
					if err != nil {
						return err
					}
					tx.Set(key, fmt.Sprint(n+1))
					return nil
				}))
				require.Equal(t, 2, runs)
				require.Equal(t, "1", db.Auto(ctx).Get(key).Must())
			})
		}
	}
}
