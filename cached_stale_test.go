package rueidistx_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// floor is what reads of a counter that only grows must return at least.
type floor struct {
	read  atomic.Int64 // the most that was read so far
	least atomic.Int64
}

func raise(to *atomic.Int64, n int64) {
	for old := to.Load(); old < n && !to.CompareAndSwap(old, n); old = to.Load() {
	}
}

// A read that begins after an invalidation has arrived returns what is there after the change, or something later. Another client writes.
func TestCachedIsNotOlderThanInvalidations(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]rueidis.ClientOption{
		"single": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			floors := map[string]*floor{}
			var counters []string
			for i := range 4 {
				key := redistest.Key(t, fmt.Sprint("n", i))
				counters, floors[key] = append(counters, key), new(floor)
			}
			var invalidations atomic.Int64
			option := server
			option.OnInvalidations = func(keys []rueidis.RedisMessage) {
				for _, key := range keys {
					name, _ := key.ToString()
					if f := floors[name]; f != nil {
						raise(&f.least, f.read.Load()+1) // the value that is kept, or an older one, was changed
						invalidations.Add(1)
					}
				}
			}
			db, err := rueidistx.Open(option)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			writer, err := rueidistx.Open(server)
			require.NoError(t, err)
			t.Cleanup(writer.Close)

			ctx := redistest.Context(t)
			var working sync.WaitGroup
			var ended atomic.Bool
			var hits, reads atomic.Int64
			check := func(key string, least int64, f rueidistx.Future[string]) {
				n, err := rueidistx.Int(f.Default("0")).Value()
				if err != nil || n < least {
					t.Errorf("%d, %v after an invalidation after %d", n, err, least)
				}
				if !f.FromCache() {
					raise(&floors[key].read, n) // what comes from the cache was read before
				} else {
					hits.Add(1)
				}
				reads.Add(1)
			}
			for i := range 4 {
				working.Go(func() {
					for !ended.Load() {
						time.Sleep(50 * time.Microsecond) // the writer needs the processor too
						key := counters[i]
						if i%2 == 0 {
							least := floors[key].least.Load()
							check(key, least, db.Cached(time.Minute).Auto(ctx).Get(key))
							continue
						}
						b := db.Cached(time.Minute).Batch()
						var leasts []int64
						var futures []rueidistx.Future[string]
						for _, key := range counters {
							leasts = append(leasts, floors[key].least.Load())
							futures = append(futures, b.Get(key))
						}
						if err := b.Exec(ctx); err != nil {
							t.Error(err)
						}
						for at, key := range counters {
							check(key, leasts[at], futures[at])
						}
					}
				})
			}
			for i := range redistest.Times(4000, 500) {
				if err := writer.Auto(ctx).Set(counters[i%len(counters)], strconv.Itoa(i+1)).Err(); err != nil {
					t.Error(err)
				}
				time.Sleep(200 * time.Microsecond)
			}
			ended.Store(true)
			working.Wait()
			t.Logf("%d reads, of which %d hits; %d invalidations", reads.Load(), hits.Load(), invalidations.Load())
			require.Positive(t, hits.Load())
			require.Positive(t, invalidations.Load())
		})
	}
}

// What is kept of keys that have moved to another node is dropped, as the node that had them tells of it.
func testCachedOnASlotThatMoves(t *testing.T, c *redistest.Cluster) {
	for _, m := range migrations {
		for way, open := range clusterWays {
			t.Run(m.name+" "+way, func(t *testing.T) {
				n, list := redistest.Key(t, "n"), redistest.Key(t, "list")
				slot := c.Slot(n)
				to := other(t, c, slot)
				db := open(t, c.Option())
				prepare(t, db, n, list)
				ctx := redistest.Context(t)
				read := func() (string, int64) {
					b := db.Cached(time.Hour).Batch()
					value, length := b.Get(n), b.LLen(list)
					require.NoError(t, b.Exec(ctx))
					require.NoError(t, db.Cached(time.Hour).Auto(ctx).LIndex(list, 0).Err())
					return value.Must(), length.Must()
				}
				read()
				m.begin(t, c, slot, to, n, list)
				value, length := read()
				require.Equal(t, "10", value)
				require.EqualValues(t, 1, length)
				require.NoError(t, db.Auto(ctx).Set(n, "11").Err())
				require.NoError(t, db.Auto(ctx).RPush(list, "second").Err())
				written := func() bool {
					value, length := read()
					return value == "11" && length == 2
				}
				redistest.Eventually(t, "what was written during the move is read", written)
				finish(t, c, slot, to)
				require.NoError(t, db.Auto(ctx).Set(n, "12").Err())
				redistest.Eventually(t, "what was written after the move is read", func() bool {
					value, _ := read()
					return value == "12"
				})
			})
		}
	}
}

func TestCachedAcrossAFailover(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.StartSentinel(t, 1, 1)
	db := openFor(t, s.Option())
	ctx, key := redistest.Context(t), redistest.Key(t, "key")
	require.NoError(t, db.Auto(ctx).Set(key, "before").Err())
	redistest.Eventually(t, "the value is kept", func() bool { return db.Cached(time.Hour).Auto(ctx).Get(key).FromCache() })
	s.Failover(t)
	redistest.Eventually(t, "what was written is read", func() bool {
		err := db.Auto(ctx).Set(key, "after").Err() // again and again: the old primary may acknowledge it, and lose it
		return err == nil && db.Cached(time.Hour).Auto(ctx).Get(key).Or("") == "after"
	})
}

// Where the doc says so, no invalidations come.
func TestCachedWithoutInvalidations(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for name, c := range map[string]struct {
		tracking []string
		before   func(t *testing.T, db *rueidistx.DB)
		change   func(t *testing.T, db *rueidistx.DB, key string)
	}{
		"CLIENT TRACKING OFF": {before: func(t *testing.T, db *rueidistx.DB) {
			client := db.Client()
			require.NoError(t, client.Do(redistest.Context(t), client.B().Arbitrary("CLIENT", "TRACKING", "OFF").Build()).Error())
		}},
		"a key without a prefix of BCAST": {tracking: []string{"BCAST", "PREFIX", "other:"}},
		"NOLOOP": {tracking: []string{"OPTIN", "NOLOOP"}, change: func(t *testing.T, db *rueidistx.DB, key string) {
			require.NoError(t, db.Auto(redistest.Context(t)).Set(key, "own").Err())
		}},
		"SWAPDB": {change: func(t *testing.T, _ *rueidistx.DB, _ string) { s.Do(t, "SWAPDB", "0", "1") }},
	} {
		option := s.Option()
		option.PipelineMultiplex, option.ClientTrackingOptions = -1, c.tracking
		db := openCluster(t, option)
		ctx, key := redistest.Context(t), redistest.Key(t, strings.ReplaceAll(name, " ", ""))
		require.NoError(t, db.Auto(ctx).Set(key, "old").Err())
		if c.before != nil {
			c.before(t, db)
		}
		require.Equal(t, "old", db.Cached(time.Hour).Auto(ctx).Get(key).Must(), name)
		if c.change != nil {
			c.change(t, db, key)
		}
		if name != "SWAPDB" {
			s.Do(t, "SET", key, "new")
		}
		require.NoError(t, db.Auto(ctx).Ping().Err()) // whose reply comes behind invalidations
		f := db.Cached(time.Hour).Auto(ctx).Get(key)
		require.Equal(t, "old", f.Must(), name)
		require.True(t, f.FromCache(), name)
	}
}
