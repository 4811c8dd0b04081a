// Command rueidistx moves money between accounts that must not be overdrawn.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const (
	alice = "{bank}:alice"
	bob   = "{bank}:bob"
)

var errInsufficient = errors.New("insufficient funds")

// Bank keeps the balances of accounts.
type Bank struct{ db *rueidistx.DB }

// Transfer moves an amount, if there is enough.
func (b *Bank) Transfer(ctx context.Context, from, to string, amount int64) error {
	return b.db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get(from).Default("0")).Value()
		if err != nil {
			return err
		}
		if balance < amount {
			return errInsufficient
		}
		tx.DecrBy(from, amount)
		tx.IncrBy(to, amount)
		return nil
	})
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		return err
	}
	defer db.Close()
	return day(ctx, &Bank{db})
}

// day has two transfers one after the other, and then twenty at the same time.
func day(ctx context.Context, b *Bank) error {
	if err := b.db.Auto(ctx).MSet(alice, "500", bob, "0").Err(); err != nil {
		return err
	}
	for _, amount := range []int64{200, 400} {
		err := b.Transfer(ctx, alice, bob, amount)
		fmt.Printf("%d: %v, %v\n", amount, rueidistx.OutcomeOf(err), err)
	}

	errs := make([]error, 20)
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() { errs[i] = b.Transfer(ctx, alice, bob, 50) })
	}
	working.Wait()
	outcomes := map[string]int{}
	for _, err := range errs {
		outcomes[rueidistx.OutcomeOf(err).String()]++
	}
	fmt.Println("20 of 50:", outcomes)

	balances, err := rueidistx.As(b.db.Auto(ctx).MGet(alice, bob), rueidistx.AsInt64s).Value()
	fmt.Println("balances:", balances)
	return err
}
