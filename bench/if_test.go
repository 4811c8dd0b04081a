package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// The scripts that one would write by hand.
var (
	transferScript = rueidis.NewLuaScript(`if tonumber(redis.call('GET', KEYS[1]) or 0) < tonumber(ARGV[1]) then return 0 end
redis.call('DECRBY', KEYS[1], ARGV[1])
redis.call('INCRBY', KEYS[2], ARGV[1])
return 1`)
	releaseScript = rueidis.NewLuaScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 0`)
)

// BenchmarkIf measures an If, in one interleaved run: next to the WATCH form by hand and to a script by hand, with 1 and 64
// goroutines, each on keys of its own. Then it measures a Transact with Once next to one without, with 1 and 16 goroutines.
// The metrics are medians of the ratios within a round.
//
//	go -C bench test -run '^$' -bench If
func BenchmarkIf(b *testing.B) {
	option := rueidis.ClientOption{InitAddress: []string{redistest.Shared(b).Addr}, ForceSingleClient: true}
	db, err := rueidistx.Open(option)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	ctx, client := context.Background(), db.Client()

	const most = 64
	var from, to, lock [most]string
	for g := range most {
		from[g], to[g], lock[g] = fmt.Sprintf("{%d}:from", g), fmt.Sprintf("{%d}:to", g), fmt.Sprintf("{%d}:lock", g)
		if err := errors.Join(db.Auto(ctx).Set(from[g], "1000000000").Err(), db.Auto(ctx).Set(lock[g], "token").Err()); err != nil {
			b.Fatal(err)
		}
	}
	transfers := []contestant{
		{"if", func(g int) error {
			c := db.If(rueidistx.IntAt(from[g]).AtLeast(1))
			c.Then.DecrBy(from[g], 1)
			c.Then.IncrBy(to[g], 1)
			_, err := c.Exec(ctx)
			return err
		}},
		{"watch", func(g int) error { return transferByHand(ctx, client, from[g], to[g]) }},
		{"script", func(g int) error {
			return transferScript.Exec(ctx, client, []string{from[g], to[g]}, []string{"1"}).Error()
		}},
		{"control", func(g int) error {
			return transferScript.Exec(ctx, client, []string{from[g], to[g]}, []string{"1"}).Error()
		}},
	}
	extensions := []contestant{
		{"if", func(g int) error {
			c := db.If(rueidistx.TextAt(lock[g]).Is("token"))
			c.Then.Expire(lock[g], time.Minute)
			_, err := c.Exec(ctx)
			return err
		}},
		{"watch", func(g int) error { return extendByHand(ctx, client, lock[g]) }},
		{"script", func(g int) error {
			return releaseScript.Exec(ctx, client, []string{lock[g]}, []string{"token", "60"}).Error()
		}},
	}
	for _, goroutines := range []int{1, most} {
		b.Run(fmt.Sprintf("two keys, %d goroutines", goroutines), func(b *testing.B) {
			takeTurns(b, goroutines, transfers, [][2]string{{"if", "watch"}, {"if", "script"}, {"control", "script"}})
		})
		b.Run(fmt.Sprintf("one key, %d goroutines", goroutines), func(b *testing.B) {
			takeTurns(b, goroutines, extensions, [][2]string{{"if", "watch"}, {"if", "script"}})
		})
	}
	for _, n := range []int{1, 10, 30, 100, 300} {
		for _, goroutines := range []int{1, 16} {
			b.Run(fmt.Sprintf("%d commands, %d goroutines", n, goroutines), func(b *testing.B) {
				by := func(option rueidistx.ChoiceOption) func(g int) error {
					return func(g int) error {
						c := db.If(rueidistx.Exists(lock[g]))
						for range n {
							c.Then.IncrBy(to[g], 1)
						}
						_, err := c.Exec(ctx, option)
						return err
					}
				}
				takeTurns(b, goroutines, []contestant{
					{"script", by(rueidistx.ByScript())}, {"watch", by(rueidistx.ByWatch())},
				}, [][2]string{{"script", "watch"}})
			})
		}
	}
	var marks atomic.Int64
	add := func(g int, options ...rueidistx.TxOption) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error {
			tx.DecrBy(from[g], 1)
			tx.IncrBy(to[g], 1)
			return nil
		}, options...)
	}
	for _, goroutines := range []int{1, 16} {
		b.Run(fmt.Sprintf("once, %d goroutines", goroutines), func(b *testing.B) {
			takeTurns(b, goroutines, []contestant{
				{"once", func(g int) error {
					mark := rueidistx.TagOf(from[g]).Mark(strconv.FormatInt(marks.Add(1), 10))
					return add(g, rueidistx.Once(mark, time.Minute))
				}},
				{"plain", func(g int) error { return add(g) }},
			}, [][2]string{{"once", "plain"}})
		})
	}
}

func extendByHand(ctx context.Context, client rueidis.Client, lock string) error {
	return client.Dedicated(func(c rueidis.DedicatedClient) error {
		if err := c.Do(ctx, c.B().Watch().Key(lock).Build()).Error(); err != nil {
			return err
		}
		owner, err := c.Do(ctx, c.B().Get().Key(lock).Build()).ToString()
		if err != nil {
			return err
		}
		if owner != "token" {
			return c.Do(ctx, c.B().Unwatch().Build()).Error()
		}
		results := c.DoMulti(ctx, c.B().Multi().Build(), c.B().Expire().Key(lock).Seconds(60).Build(), c.B().Exec().Build())
		return results[2].Error()
	})
}
