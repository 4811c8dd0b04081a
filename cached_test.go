package rueidistx_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// keeps reports whether the client of a DB keeps replies: with RESP2 and the embedded server it does not.
func keeps(t *testing.T, db *rueidistx.DB) bool {
	t.Helper()
	probe, key := db.Cached(time.Minute).Auto(redistest.Context(t)), redistest.Key(t, "probe")
	return !probe.Get(key).FromCache() && probe.Get(key).FromCache()
}

func TestCached(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, keeps := redistest.Context(t), keeps(t, db)
		name, user, list, missing := redistest.Key(t, "name"), redistest.Key(t, "user"), redistest.Key(t, "list"), redistest.Key(t, "missing")
		auto, cached := db.Auto(ctx), db.Cached(time.Minute)
		require.NoError(t, auto.Set(name, "Ada").Err())
		require.NoError(t, auto.HSet(user, "name", "Ada", "born", "1815").Err())
		require.NoError(t, auto.RPush(list, "a", "b", "c").Err())

		for round := range 3 {
			first, second := cached.Auto(ctx).Get(name), cached.Auto(ctx).Get(missing).Default("none")
			require.Equal(t, "Ada", first.Must())
			require.Equal(t, "none", second.Must())
			require.Equal(t, keeps && round > 0, first.FromCache())
			require.Equal(t, keeps && round > 0, rueidistx.Zip(first, second).FromCache())
			wrong := cached.Auto(ctx).HGetAll(name)
			require.Equal(t, "WRONGTYPE", rueidistx.Code(wrong.Err()))

			b := cached.Batch()
			fields, length, values := b.HGetAll(user), b.LLen(list), b.LRange(list, 0, -1)
			born := rueidistx.Query(b, b.B().Arbitrary("hget").Keys(user).Args("born").Build(), rueidistx.AsInt64)
			again := b.Get(name)
			require.Equal(t, 5, b.Len())
			require.Equal(t, "pending", fields.String())
			require.False(t, fields.FromCache())
			require.NoError(t, b.Exec(ctx))
			require.Equal(t, map[string]string{"name": "Ada", "born": "1815"}, fields.Must())
			require.EqualValues(t, 3, length.Must())
			require.Equal(t, []string{"a", "b", "c"}, values.Must())
			require.EqualValues(t, 1815, born.Must())
			for _, from := range []bool{fields.FromCache(), length.FromCache(), values.FromCache(), born.FromCache()} {
				require.Equal(t, keeps && round > 0, from)
			}
			require.Equal(t, keeps, again.FromCache())
			require.Len(t, b.Results(), 5)
			require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrDone)
		}

		ended, cancel := context.WithCancel(ctx)
		cancel()
		require.ErrorIs(t, cached.Auto(ended).Get(name).Err(), rueidistx.ErrNotSent)
		require.NoError(t, auto.Set(name, "Grace").Err())
		redistest.Eventually(t, "the invalidation arrives", func() bool { return cached.Auto(ctx).Get(name).Must() == "Grace" })
	})
}

// A Batch in chunks reads everything once, and reports its progress.
func TestCachedBatchInChunks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key, keeps := redistest.Context(t), redistest.Key(t, "h"), keeps(t, db)
		fields := make([]string, 0, 500)
		for i := range 250 {
			fields = append(fields, strings.Repeat("f", i+1), strings.Repeat("v", i+1))
		}
		require.NoError(t, db.Auto(ctx).HSet(key, fields...).Err())
		for round := range 2 {
			for name, options := range map[string][]rueidistx.BatchOption{"one": nil, "many": {rueidistx.Chunk(100)}} {
				var values []rueidistx.Future[string]
				var chunks []int
				options = append(options, rueidistx.Progress(func(done, _ int) { chunks = append(chunks, done) }))
				fill := func(b *rueidistx.CachedBatch) error {
					for i := 0; i < len(fields); i += 2 {
						values = append(values, b.HGet(key, fields[i]))
					}
					return b.Err()
				}
				if round == 0 {
					require.NoError(t, db.Cached(time.Minute).Execute(ctx, fill, options...), name)
				} else {
					b := db.Cached(time.Minute).Batch(options...)
					require.NoError(t, fill(b))
					require.NoError(t, b.Exec(ctx), name)
				}
				for i, v := range values {
					require.Equal(t, fields[2*i+1], v.Must(), name)
					require.True(t, v.FromCache() == keeps || round == 0, name)
				}
				if name == "many" {
					require.Equal(t, []int{100, 200, 250}, chunks)
				}
			}
		}
	})
}

// What the cache cannot keep is refused, and nothing is sent.
func TestCachedRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, key, other := redistest.Context(t), redistest.Key(t, "key"), redistest.Key(t, "other")
		raw := func(build func(rueidis.Builder) rueidis.Completed) func(q *rueidistx.Queries) error {
			return func(q *rueidistx.Queries) error { return rueidistx.Query(q, build(q.B()), rueidistx.AsAny).Err() }
		}
		for name, c := range map[string]struct {
			read func(q *rueidistx.Queries) error
			want error
		}{
			"no key":           {func(q *rueidistx.Queries) error { return q.Ping().Err() }, rueidistx.ErrForbidden},
			"several keys":     {func(q *rueidistx.Queries) error { return q.MGet(key, other).Err() }, rueidistx.ErrForbidden},
			"two keys":         {func(q *rueidistx.Queries) error { return q.LCS(key, other).Err() }, rueidistx.ErrForbidden},
			"counted keys":     {func(q *rueidistx.Queries) error { return q.ZDiff(key).Err() }, rueidistx.ErrForbidden},
			"streams":          {func(q *rueidistx.Queries) error { return q.XRead([]rueidistx.StreamOffset{{Key: key, ID: "0"}}).Err() }, rueidistx.ErrForbidden},
			"a subcommand":     {func(q *rueidistx.Queries) error { return q.ObjectEncoding(key).Err() }, rueidistx.ErrForbidden},
			"a remaining time": {func(q *rueidistx.Queries) error { return q.TTL(key).Err() }, rueidistx.ErrForbidden},
			"a page":           {func(q *rueidistx.Queries) error { return q.SScan(key, 0).Err() }, rueidistx.ErrForbidden},
			"a random member":  {func(q *rueidistx.Queries) error { return q.SRandMember(key).Err() }, rueidistx.ErrForbidden},
			"a sort":           {func(q *rueidistx.Queries) error { return q.SortRO(key).Err() }, rueidistx.ErrForbidden},
			"a script":         {func(q *rueidistx.Queries) error { return peeking.Queue(q, []string{key}).Err() }, rueidistx.ErrForbidden},
			"a raw script": {raw(func(b rueidis.Builder) rueidis.Completed {
				return b.EvalRo().Script("return 1").Numkeys(1).Key(key).Build()
			}),
				rueidistx.ErrForbidden},
			"a raw write":       {raw(func(b rueidis.Builder) rueidis.Completed { return b.Set().Key(key).Value("v").Build() }), rueidistx.ErrForbidden},
			"an unknown read":   {raw(func(b rueidis.Builder) rueidis.Completed { return b.Arbitrary("JSON.GET").Keys(key).ReadOnly() }), rueidistx.ErrInvalid},
			"a raw lack of key": {raw(func(b rueidis.Builder) rueidis.Completed { return b.Arbitrary("GET").Build() }), rueidistx.ErrInvalid},
		} {
			err := c.read(db.Cached(time.Minute).Auto(ctx))
			require.ErrorIs(t, err, c.want, name)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), name)
			b := db.Cached(time.Minute).Batch()
			good := b.Get(key)
			_ = c.read(b.Queries)
			err = b.Exec(ctx)
			require.ErrorIs(t, err, c.want, name)
			require.ErrorIs(t, good.Err(), c.want, name)
		}
		for _, ttl := range []time.Duration{-time.Second, 0, time.Millisecond - 1} {
			require.ErrorIs(t, db.Cached(ttl).Auto(ctx).Get(key).Err(), rueidistx.ErrInvalid)
			b := db.Cached(ttl).Batch()
			b.Get(key)
			require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrInvalid)
		}
	})
}

// TestCachedMisuse uses what no DB has made, and units that are over.
func TestCachedMisuse(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var none *rueidistx.DB
	for _, c := range []rueidistx.Cached{{}, none.Cached(time.Minute), rueidistx.New(nil).Cached(time.Minute)} {
		require.ErrorIs(t, c.Auto(ctx).Get("k").Err(), rueidistx.ErrInvalid)
		b := c.Batch()
		f := b.Get("k")
		require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrInvalid)
		require.ErrorIs(t, f.Err(), rueidistx.ErrInvalid)
		require.ErrorIs(t, c.Execute(ctx, func(b *rueidistx.CachedBatch) error { b.Get("k"); return nil }), rueidistx.ErrInvalid)
		require.ErrorIs(t, c.Execute(ctx, nil), rueidistx.ErrInvalid)
	}
	var zero *rueidistx.CachedBatch
	for _, b := range []*rueidistx.CachedBatch{zero, {}} {
		require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrInvalid)
		require.Zero(t, b.Len())
		require.NoError(t, b.Err())
		require.Empty(t, b.Results())
	}
	require.False(t, rueidistx.Future[int]{}.FromCache())

	db := rueidistx.New(redistest.Shared(t).Client(t))
	own := errors.New("own")
	var kept *rueidistx.CachedBatch
	require.ErrorIs(t, db.Cached(time.Minute).Execute(ctx, func(b *rueidistx.CachedBatch) error { kept = b; return own }), own)
	require.ErrorIs(t, kept.Get("k").Err(), rueidistx.ErrDone)
	early := db.Cached(time.Minute).Batch()
	_, err := early.Get("k").Value()
	require.ErrorIs(t, err, rueidistx.ErrPending)
	require.ErrorIs(t, early.Exec(ctx), rueidistx.ErrPending)
	var noContext context.Context
	require.ErrorIs(t, db.Cached(time.Minute).Auto(noContext).Get("k").Err(), rueidistx.ErrInvalid)
}

// similar are commands that rueidis's cache takes for the same.
func similar(q *rueidistx.Queries, list, hash string) []rueidistx.Future[any] {
	raw := func(words ...string) rueidistx.Future[any] {
		return rueidistx.Query(q, q.B().Arbitrary(words[0]).Keys(words[1]).Args(words[2:]...).ReadOnly(), rueidistx.AsAny)
	}
	return []rueidistx.Future[any]{
		raw("LRANGE", list, "1", "10"), raw("LRANGE", list, "11", "0"), raw("lrange", list, "110", "-1"), raw("LRANGE", list, "1", "10-1"),
		raw("HGET", hash, "ALL"), raw("HGETALL", hash), raw("hget", hash, "ALL"), raw("HGET", hash, "ALLOW"), raw("HGET", hash, "AL"),
		raw("HMGET", hash, "ab", "c"), raw("HMGET", hash, "a", "bc"), raw("HMGET", hash, "abc"), raw("HMGET", hash, "abc", ""), raw("HMGET", hash, "", "abc"),
		raw("HGET", hash, ""), raw("HMGET", hash, ""), raw("HMGET", hash, "", ""), raw("HGET", hash, "A", "LL"), raw("HMGET", hash),
		raw("BITCOUNT", list), raw("BITCOUNT", list, "", ""), raw("STRLEN", hash),
	}
}

// Commands whose words are divided otherwise have their own replies, alone, in a Batch, and at the same time.
func TestCachedTellsSimilarCommandsApart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, list, hash := redistest.Context(t), redistest.Key(t, "list"), redistest.Key(t, "hash")
		auto := db.Auto(ctx)
		require.NoError(t, auto.RPush(list, strings.Split("abcdefghijklmnopqrstuvwxyz", "")...).Err())
		require.NoError(t, auto.HSet(hash, "ALL", "1", "ALLOW", "2", "ab", "3", "c", "4", "bc", "5", "abc", "6", "", "7", "AL", "8").Err())
		want := similar(auto.Queries, list, hash)
		var hits atomic.Int64
		check := func(t *testing.T, got []rueidistx.Future[any]) {
			for i := range want {
				if got[i].FromCache() {
					hits.Add(1)
				}
				wanted, wantedErr := want[i].Value()
				value, err := got[i].Value()
				assert.Equal(t, wanted, value, "%d", i)
				assert.Equal(t, rueidistx.Code(wantedErr), rueidistx.Code(err), "%d: %v", i, err)
				assert.Equal(t, wantedErr == nil, err == nil, "%d: %v", i, err)
			}
		}
		var working sync.WaitGroup
		for n := range 8 {
			working.Go(func() {
				for range 20 {
					if n%2 == 0 {
						check(t, similar(db.Cached(time.Minute).Auto(ctx), list, hash))
						continue
					}
					b := db.Cached(time.Minute).Batch()
					got := similar(b.Queries, list, hash)
					_ = b.Exec(ctx)
					check(t, got)
				}
			})
		}
		working.Wait()
		require.Equal(t, keeps(t, db), hits.Load() > 0)
	})
}

// What is cached expires, by the ttl of the read that has fetched it.
func TestCachedExpires(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key := redistest.Context(t), redistest.Key(t, "key")
	read := func(ttl time.Duration) bool { return db.Cached(ttl).Auto(ctx).LLen(key).FromCache() }
	require.False(t, read(time.Hour))
	time.Sleep(2 * time.Millisecond)
	require.True(t, read(time.Millisecond), "fetched for an hour")
	require.NoError(t, db.Auto(ctx).RPush(key, "v").Err())
	redistest.Eventually(t, "the invalidation arrives", func() bool { return !read(50 * time.Millisecond) })
	redistest.Eventually(t, "it expires", func() bool { return !read(50 * time.Millisecond) })
}

// Of two commands that rueidis cannot tell apart, one is cached when the other has expired, although that was read until then.
func TestCachedSimilarCommandsTakeTurns(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key, cached := redistest.Context(t), redistest.Key(t, "list"), db.Cached(500*time.Millisecond)
	require.NoError(t, db.Auto(ctx).RPush(key, "a", "b").Err())
	for range 3 {
		b := cached.Batch()
		b.LRange(key, 1, 10)
		require.NoError(t, b.Exec(ctx))
	}
	require.False(t, cached.Auto(ctx).LRange(key, 11, 0).FromCache())
	redistest.Eventually(t, "the other is cached", func() bool { return cached.Auto(ctx).LRange(key, 11, 0).FromCache() })
	require.False(t, cached.Auto(ctx).LRange(key, 1, 10).FromCache())
}

// Fields that only begin like another command are cached.
func TestCachedFields(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key, cached := redistest.Context(t), redistest.Key(t, "flags"), db.Cached(time.Minute)
	for field, want := range map[string]bool{"ALLOW": true, "DELETE": true, "EXPIRES": true, "": true, "all": true, "ALL": false} {
		require.ErrorIs(t, cached.Auto(ctx).HGet(key, field).Err(), rueidistx.ErrNil)
		require.Equal(t, want, cached.Auto(ctx).HGet(key, field).FromCache(), "%q", field)
	}
}

// The Queries of a CachedBatch belong to it.
func TestCachedQueriesThatWereReplaced(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key, cached := redistest.Context(t), redistest.Key(t, "key"), db.Cached(time.Minute)
	for _, replace := range []func(b *rueidistx.CachedBatch){
		func(b *rueidistx.CachedBatch) { b.Queries = nil },
		func(b *rueidistx.CachedBatch) { b.Queries = cached.Batch().Queries },
	} {
		b := cached.Batch()
		f := b.Get(key)
		replace(b)
		require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrInvalid)
		require.ErrorIs(t, f.Err(), rueidistx.ErrNotApplied)
		err := cached.Execute(ctx, func(b *rueidistx.CachedBatch) error {
			f = b.Get(key)
			replace(b)
			return nil
		})
		require.ErrorIs(t, err, rueidistx.ErrInvalid)
		require.ErrorIs(t, f.Err(), rueidistx.ErrNotApplied)
	}
}

// A prefix is before the keys that are read, and two DBs of one client do not see what is kept of the other's.
func TestCachedUnderAPrefix(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client(t)
	ctx, key := redistest.Context(t), redistest.Key(t, "key")
	dbs := []*rueidistx.DB{rueidistx.New(client), rueidistx.New(client, rueidistx.Prefix("a:")), rueidistx.New(client, rueidistx.Prefix("b:"))}
	for i, db := range dbs {
		require.NoError(t, db.Auto(ctx).RPush(key, strings.Repeat("v", i+1)).Err())
	}
	for range 2 {
		for i, db := range dbs {
			require.Equal(t, []string{strings.Repeat("v", i+1)}, db.Cached(time.Minute).Auto(ctx).LRange(key, 0, 0).Must())
			b := db.Cached(time.Minute).Batch()
			length := b.LLen(key)
			require.NoError(t, b.Exec(ctx))
			require.EqualValues(t, 1, length.Must())
		}
	}
}

// unitsSeen is a hook that keeps what it is told.
type unitsSeen struct {
	mu    sync.Mutex
	units []rueidistx.Unit
}

func (h *unitsSeen) Before(ctx context.Context, _ *rueidistx.Unit) context.Context { return ctx }

func (h *unitsSeen) After(_ context.Context, u *rueidistx.Unit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.units = append(h.units, *u)
}

func TestCachedIsTold(t *testing.T) {
	t.Parallel()
	seen := new(unitsSeen)
	db, err := rueidistx.Open(redistest.Shared(t).Option(), rueidistx.Hooks(seen))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx, key, other := redistest.Context(t), redistest.Key(t, "key"), redistest.Key(t, "other")
	cached := db.Cached(time.Minute)
	for range 2 {
		require.EqualValues(t, 0, cached.Auto(ctx).LLen(key).Must())
	}
	b := cached.Batch()
	b.LLen(key)
	b.LLen(other)
	require.NoError(t, b.Exec(ctx))
	require.NoError(t, cached.Execute(ctx, func(b *rueidistx.CachedBatch) error {
		b.LLen(key)
		b.LLen(other)
		b.LLen(other)
		return nil
	}, rueidistx.Chunk(2)))
	require.Error(t, cached.Auto(ctx).Ping().Err())
	require.NoError(t, cached.Execute(ctx, func(b *rueidistx.CachedBatch) error {
		b.LLen(key)
		return nil
	}))
	require.Len(t, seen.units, 6)
	for i, want := range [][2]int{{1, 0}, {1, 1}, {2, 1}, {3, 3}, {1, 0}, {1, 1}} {
		u := seen.units[i]
		require.Equal(t, rueidistx.WayCached, u.Way)
		require.Equal(t, want, [2]int{u.Len, u.FromCache}, "%d", i)
	}
	require.Equal(t, "forbidden", seen.units[4].Class())
}

// A hit takes no allocation more than a plain read. A Batch takes a few more, but not with each command.
func TestCachedAllocations(t *testing.T) {
	notRaced(t, "it counts allocations, and the race detector has its own")
	db, err := rueidistx.Open(redistest.Shared(t).Option())
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx, text, hash, list := context.Background(), redistest.Key(t, "text"), redistest.Key(t, "hash"), redistest.Key(t, "list")
	require.NoError(t, db.Auto(ctx).Set(text, "value").Err())
	require.NoError(t, db.Auto(ctx).HSet(hash, "a", "1", "b", "2").Err())
	require.NoError(t, db.Auto(ctx).RPush(list, "a", "b", "c").Err())
	for name, read := range map[string]func(q *rueidistx.Queries) interface{ Err() error }{
		"GET":     func(q *rueidistx.Queries) interface{ Err() error } { return q.Get(text) },
		"HGET":    func(q *rueidistx.Queries) interface{ Err() error } { return q.HGet(hash, "a") },
		"HGETALL": func(q *rueidistx.Queries) interface{ Err() error } { return q.HGetAll(hash) },
		"HMGET":   func(q *rueidistx.Queries) interface{ Err() error } { return q.HMGet(hash, "a", "b") },
		"LRANGE":  func(q *rueidistx.Queries) interface{ Err() error } { return q.LRange(list, 0, 9) },
		"STRLEN":  func(q *rueidistx.Queries) interface{ Err() error } { return q.StrLen(text) },
	} {
		plain, cached := db.Auto(ctx).Queries, db.Cached(time.Hour).Auto(ctx)
		alone := leastAllocated(func() { _ = read(plain).Err() })
		require.LessOrEqual(t, leastAllocated(func() { _ = read(cached).Err() }), alone, name)
		many := func(q *rueidistx.Queries) {
			for range 20 {
				_ = read(q)
			}
		}
		batch := leastAllocated(func() { b := db.Batch(); many(b.Queries); _ = b.Exec(ctx) })
		hits := leastAllocated(func() { b := db.Cached(time.Hour).Batch(); many(b.Queries); _ = b.Exec(ctx) })
		require.LessOrEqual(t, hits, batch+8, name) // those of rueidis, once for a Batch
	}
}

// leastAllocated returns how often a function allocates: the least of some counts, as those of other goroutines count too.
func leastAllocated(run func()) float64 {
	least := testing.AllocsPerRun(100, run)
	for range 4 {
		least = min(least, testing.AllocsPerRun(100, run))
	}
	return least
}
