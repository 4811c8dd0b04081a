package main

import (
	"context"
	"testing"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// idle is a hook that does nothing.
type idle struct{}

func (idle) Before(ctx context.Context, _ *rueidistx.Unit) context.Context { return ctx }
func (idle) After(context.Context, *rueidistx.Unit)                        {}

// BenchmarkHooks measures single commands and transactions of two commands, in one interleaved run: by hand, with a DB without
// hooks, and with a hook that does nothing. The metrics are medians of the ratios within a round. What unused hooks cost without
// a server is part of go -C bench run . -guard.
//
//	go -C bench test -run '^$' -bench Hooks
func BenchmarkHooks(b *testing.B) {
	option := rueidis.ClientOption{InitAddress: []string{redistest.Shared(b).Addr}, ForceSingleClient: true}
	open := func(options ...rueidistx.Option) *rueidistx.DB {
		db, err := rueidistx.Open(option, options...)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(db.Close)
		return db
	}
	none, hooked := open(), open(rueidistx.Hooks(idle{}))
	ctx, client := context.Background(), none.Client()
	single := func(db *rueidistx.DB) func(int) error {
		return func(int) error { return db.Auto(ctx).Incr("n").Err() }
	}
	transaction := func(db *rueidistx.DB) func(int) error {
		return func(int) error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error {
				tx.Incr("n")
				tx.Incr("m")
				return nil
			})
		}
	}
	singleByHand := func(int) error { return client.Do(ctx, client.B().Incr().Key("n").Build()).Error() }
	transactionByHand := func(int) error {
		replies := client.DoMulti(ctx, client.B().Multi().Build(), client.B().Incr().Key("n").Build(),
			client.B().Incr().Key("m").Build(), client.B().Exec().Build())
		return replies[3].Error()
	}
	ratios := [][2]string{{"none", "hand"}, {"hook", "none"}, {"control", "hand"}}
	b.Run("single", func(b *testing.B) {
		takeTurns(b, 1, []contestant{{"hand", singleByHand}, {"control", singleByHand}, {"none", single(none)}, {"hook", single(hooked)}}, ratios)
	})
	b.Run("transaction", func(b *testing.B) {
		takeTurns(b, 1, []contestant{{"hand", transactionByHand}, {"control", transactionByHand}, {"none", transaction(none)}, {"hook", transaction(hooked)}}, ratios)
	})
}
