package main

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// BenchmarkWatch measures a transfer with a check of the balance, in one interleaved run: by Watch, by hand as it is mostly
// written, with a round trip each for WATCH, GET and the transaction, by hand with one for WATCH and GET, and by go-redis.
// Then it measures a transaction with Once, next to one on a connection of its own and one on the shared connection. The
// metrics are medians of the ratios within a round.
//
//	go -C bench test -run '^$' -bench Watch
func BenchmarkWatch(b *testing.B) {
	addr := redistest.Shared(b).Addr
	option := rueidis.ClientOption{InitAddress: []string{addr}, ForceSingleClient: true}
	db, err := rueidistx.Open(option)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	dedicated, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(4))
	if err != nil {
		b.Fatal(err)
	}
	defer dedicated.Close()
	peer := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = peer.Close() }()

	const from, to = "{w}:from", "{w}:to"
	ctx := context.Background()
	if err := db.Auto(ctx).Set(from, "1000000000").Err(); err != nil {
		b.Fatal(err)
	}
	marks := 0
	add := func(tx *rueidistx.Tx) error {
		tx.DecrBy(from, 1)
		tx.IncrBy(to, 1)
		return nil
	}
	entity := rueidistx.TagOf(from)
	takeTurns(b, 1, []contestant{
		{"watch", func(int) error { return transfer(ctx, db, from, to) }},
		{"hand", func(int) error { return transferByHand(ctx, db.Client(), from, to) }},
		{"control", func(int) error { return transferByHand(ctx, db.Client(), from, to) }},
		{"two-trips", func(int) error { return transferInTwoTrips(ctx, db.Client(), from, to) }},
		{"go-redis", func(int) error { return transferByPeer(ctx, peer, from, to) }},
		{"once", func(int) error {
			marks++
			return db.Transact(ctx, add, rueidistx.Once(entity.Mark(strconv.Itoa(marks)), time.Minute))
		}},
		{"dedicated", func(int) error { return dedicated.Transact(ctx, add) }},
		{"shared", func(int) error { return db.Transact(ctx, add) }},
	}, [][2]string{
		{"watch", "hand"}, {"control", "hand"}, {"watch", "go-redis"}, {"watch", "two-trips"}, {"two-trips", "go-redis"},
		{"once", "dedicated"}, {"once", "shared"},
	})
}

func transfer(ctx context.Context, db *rueidistx.DB, from, to string) error {
	return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get(from)).Value()
		if err != nil {
			return err
		}
		if balance < 1 {
			return errors.New("insufficient")
		}
		tx.DecrBy(from, 1)
		tx.IncrBy(to, 1)
		return nil
	})
}

func transferByHand(ctx context.Context, client rueidis.Client, from, to string) error {
	return client.Dedicated(func(c rueidis.DedicatedClient) error {
		if err := c.Do(ctx, c.B().Watch().Key(from).Build()).Error(); err != nil {
			return err
		}
		balance, err := c.Do(ctx, c.B().Get().Key(from).Build()).AsInt64()
		if err != nil {
			return err
		}
		if balance < 1 {
			return errors.New("insufficient")
		}
		return commitByHand(ctx, c, from, to)
	})
}

func commitByHand(ctx context.Context, c rueidis.DedicatedClient, from, to string) error {
	results := c.DoMulti(ctx, c.B().Multi().Build(), c.B().Decrby().Key(from).Decrement(1).Build(),
		c.B().Incrby().Key(to).Increment(1).Build(), c.B().Exec().Build())
	return results[3].Error()
}

// transferInTwoTrips is transferByHand as well as it can be: WATCH and GET share a round trip.
func transferInTwoTrips(ctx context.Context, client rueidis.Client, from, to string) error {
	return client.Dedicated(func(c rueidis.DedicatedClient) error {
		replies := c.DoMulti(ctx, c.B().Watch().Key(from).Build(), c.B().Get().Key(from).Build())
		if err := replies[0].Error(); err != nil {
			return err
		}
		balance, err := replies[1].AsInt64()
		if err != nil {
			return err
		}
		if balance < 1 {
			return errors.New("insufficient")
		}
		return commitByHand(ctx, c, from, to)
	})
}

func transferByPeer(ctx context.Context, client *redis.Client, from, to string) error {
	return client.Watch(ctx, func(tx *redis.Tx) error {
		balance, err := tx.Get(ctx, from).Int64()
		if err != nil {
			return err
		}
		if balance < 1 {
			return errors.New("insufficient")
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.DecrBy(ctx, from, 1)
			p.IncrBy(ctx, to, 1)
			return nil
		})
		return err
	}, from)
}
