package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// BenchmarkCached measures reads through the client-side cache, in one interleaved run: next to rueidis's DoCache and
// DoMultiCache by hand, and to plain reads of a client that caches nothing. A hit is in the cache; a miss is of a key that was
// never read. The metrics are medians of the ratios within a round.
//
//	go -C bench test -run '^$' -bench Cached
func BenchmarkCached(b *testing.B) {
	option := rueidis.ClientOption{InitAddress: []string{redistest.Shared(b).Addr}, ForceSingleClient: true}
	db, err := rueidistx.Open(option)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	plain, err := rueidistx.Open(option)
	if err != nil {
		b.Fatal(err)
	}
	defer plain.Close()

	const most = 100
	ctx, c := context.Background(), cachedWork{db: db, client: db.Client(), plain: plain}
	for i := range most {
		name := fmt.Sprint("rueidistx-bench:cached:", i)
		c.texts, c.hashes, c.lists = append(c.texts, name), append(c.hashes, name+":hash"), append(c.lists, name+":list")
		if err := errors.Join(db.Auto(ctx).Set(c.texts[i], "value").Err(), db.Auto(ctx).HSet(c.hashes[i], "a", "1", "b", "2").Err(),
			db.Auto(ctx).Del(c.lists[i]).Err(), db.Auto(ctx).RPush(c.lists[i], "a", "b", "c").Err()); err != nil {
			b.Fatal(err)
		}
	}
	for _, goroutines := range []int{1, 16} {
		kinds := c.kinds()
		for _, name := range slices.Sorted(maps.Keys(kinds)) {
			of := kinds[name]
			all := append(of, contestant{"control", of[1].do})
			b.Run(fmt.Sprintf("%s/%d", name, goroutines), func(b *testing.B) {
				takeTurns(b, goroutines, all, [][2]string{{"cached", "hand"}, {"control", "hand"}, {"cached", "plain"}})
			})
		}
	}
}

const keptFor = time.Hour

// cachedWork is what the contestants read.
type cachedWork struct {
	db, plain *rueidistx.DB
	client    rueidis.Client

	texts, hashes, lists []string
	unread               atomic.Int64
}

// several makes a piece of work that takes less than a microsecond long enough to be measured.
func several(times int, do func(i int) error) func(int) error {
	return func(goroutine int) error {
		for i := range times {
			if err := do((goroutine + i) % 100); err != nil {
				return err
			}
		}
		return nil
	}
}

// kinds are the contestants of each workload: cached, hand and plain.
func (c *cachedWork) kinds() map[string][]contestant {
	ctx := context.Background()
	cached, b := c.db.Cached(keptFor), c.client.B()
	alone := func(times int, typed func(q *rueidistx.Queries, i int) error, hand func(i int) error) []contestant {
		return []contestant{
			{"cached", several(times, func(i int) error { return typed(cached.Auto(ctx), i) })},
			{"hand", several(times, hand)},
			{"plain", several(times, func(i int) error { return typed(c.plain.Auto(ctx).Queries, i) })},
		}
	}
	get := func(q *rueidistx.Queries, i int) error { _, err := q.Get(c.texts[i]).Value(); return err }
	kinds := map[string][]contestant{
		"hit/GET": alone(20, get, func(i int) error {
			_, err := c.client.DoCache(ctx, b.Get().Key(c.texts[i]).Cache(), keptFor).ToString()
			return err
		}),
		"hit/HGETALL": alone(20, func(q *rueidistx.Queries, i int) error { _, err := q.HGetAll(c.hashes[i]).Value(); return err }, func(i int) error {
			_, err := c.client.DoCache(ctx, b.Hgetall().Key(c.hashes[i]).Cache(), keptFor).AsStrMap()
			return err
		}),
		"hit/LRANGE": alone(20, func(q *rueidistx.Queries, i int) error { _, err := q.LRange(c.lists[i], 0, 9).Value(); return err }, func(i int) error {
			_, err := c.client.DoCache(ctx, b.Lrange().Key(c.lists[i]).Start(0).Stop(9).Cache(), keptFor).AsStrSlice()
			return err
		}),
		"miss/STRLEN": alone(1, func(q *rueidistx.Queries, _ int) error { _, err := q.StrLen(c.fresh()).Value(); return err }, func(int) error {
			_, err := c.client.DoCache(ctx, b.Strlen().Key(c.fresh()).Cache(), keptFor).ToInt64()
			return err
		}),
	}
	for _, n := range []int{10, 100} {
		kinds[fmt.Sprint("hit/batch of ", n)] = c.batch(n, 5, func(i int) string { return c.texts[i] })
		kinds[fmt.Sprint("miss/batch of ", n)] = c.batch(n, 1, func(int) string { return c.fresh() })
	}
	return kinds
}

// fresh returns a key that was never read.
func (c *cachedWork) fresh() string { return fmt.Sprint("rueidistx-bench:fresh:", c.unread.Add(1)) }

// batch reads the lengths of n texts.
func (c *cachedWork) batch(n, times int, key func(i int) string) []contestant {
	ctx, b := context.Background(), c.client.B()
	cached := c.db.Cached(keptFor)
	return []contestant{
		{"cached", several(times, func(int) error { return readLengths(ctx, cached.Batch(), n, key) })},
		{"hand", several(times, func(int) error {
			commands := make([]rueidis.CacheableTTL, 0, n)
			for i := range n {
				commands = append(commands, rueidis.CT(b.Strlen().Key(key(i)).Cache(), keptFor))
			}
			for _, r := range c.client.DoMultiCache(ctx, commands...) {
				if _, err := r.ToInt64(); err != nil {
					return err
				}
			}
			return nil
		})},
		{"plain", several(times, func(int) error { return readLengths(ctx, c.plain.Batch(), n, key) })},
	}
}

// readLengths reads the lengths of n texts by a Batch or CachedBatch.
func readLengths(ctx context.Context, batch interface {
	StrLen(key string) rueidistx.Future[int64]
	Exec(ctx context.Context) error
}, n int, key func(i int) string) error {
	futures := make([]rueidistx.Future[int64], 0, n)
	for i := range n {
		futures = append(futures, batch.StrLen(key(i)))
	}
	if err := batch.Exec(ctx); err != nil {
		return err
	}
	for _, f := range futures {
		if _, err := f.Value(); err != nil {
			return err
		}
	}
	return nil
}
