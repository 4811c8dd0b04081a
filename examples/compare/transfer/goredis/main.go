// Command goredis moves money between accounts that must not be overdrawn.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"

	"github.com/redis/go-redis/v9"
)

const (
	alice    = "{bank}:alice"
	bob      = "{bank}:bob"
	attempts = 64
)

var errInsufficient = errors.New("insufficient funds")

// Bank keeps the balances of accounts.
type Bank struct{ client *redis.Client }

// Transfer moves an amount, if there is enough.
func (b *Bank) Transfer(ctx context.Context, from, to string, amount int64) error {
	for range attempts {
		err := b.try(ctx, from, to, amount)
		if !errors.Is(err, redis.TxFailedErr) {
			return err
		}
	}
	return redis.TxFailedErr
}

// try makes one attempt. It is redis.TxFailedErr if somebody has changed the balance meanwhile.
func (b *Bank) try(ctx context.Context, from, to string, amount int64) error {
	return b.client.Watch(ctx, func(tx *redis.Tx) error {
		balance, err := tx.Get(ctx, from).Int64()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		if balance < amount {
			return errInsufficient
		}
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.DecrBy(ctx, from, amount)
			pipe.IncrBy(ctx, to, amount)
			return nil
		})
		return err
	}, from)
}

// outcome tells as much as can be known from an error.
func outcome(err error) string {
	switch {
	case err == nil:
		return "applied"
	case errors.Is(err, errInsufficient), errors.Is(err, redis.TxFailedErr), redis.IsExecAbortError(err):
		return "not applied"
	default:
		return "unknown"
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	return day(ctx, &Bank{client})
}

// day has two transfers one after the other, and then twenty at the same time.
func day(ctx context.Context, b *Bank) error {
	if err := b.client.MSet(ctx, alice, 500, bob, 0).Err(); err != nil {
		return err
	}
	for _, amount := range []int64{200, 400} {
		err := b.Transfer(ctx, alice, bob, amount)
		fmt.Printf("%d: %v, %v\n", amount, outcome(err), err)
	}

	errs := make([]error, 20)
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() { errs[i] = b.Transfer(ctx, alice, bob, 50) })
	}
	working.Wait()
	outcomes := map[string]int{}
	for _, err := range errs {
		outcomes[outcome(err)]++
	}
	fmt.Println("20 of 50:", outcomes)

	balances, err := b.client.MGet(ctx, alice, bob).Result()
	fmt.Println("balances:", balances)
	return err
}
