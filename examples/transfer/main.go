// Command transfer moves money between accounts that must not be overdrawn: it reads a balance, decides, and writes, and
// nobody can spend the same money in between. It starts a server inside the process, unless -addr names a real one, single or
// cluster; there it removes its keys when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

var (
	errNoAccount    = errors.New("no such account")
	errInsufficient = errors.New("insufficient funds")
)

// Bank keeps the balances of its accounts. All of them are keys of one entity, so in a cluster they are in one hash slot,
// and a transaction can have any two of them.
type Bank struct {
	db *rueidistx.DB
	of rueidistx.Entity
}

func (b *Bank) account(name string) string { return b.of.Key("account", name) }

// Transfer moves an amount, if there is enough. It takes two round trips: one reads the balance and watches it, the other
// commits. If somebody has changed the balance in the meantime, the server does not commit, and the closure runs again.
func (b *Bank) Transfer(ctx context.Context, from, to string, amount int64) error {
	return b.db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance := rueidistx.Int(r.Get(b.account(from)))
		target := r.Exists(b.account(to)) // in the same round trip, as nothing was asked for yet
		switch n, err := balance.Value(); {
		case errors.Is(err, rueidistx.ErrNil):
			return fmt.Errorf("%w: %s", errNoAccount, from)
		case err != nil:
			return err
		case n < amount:
			return errInsufficient
		}
		if n, err := target.Value(); err != nil {
			return err
		} else if n == 0 {
			return fmt.Errorf("%w: %s", errNoAccount, to)
		}
		tx.DecrBy(b.account(from), amount)
		tx.IncrBy(b.account(to), amount)
		return nil
	})
}

// Balances returns the balances of accounts at one moment, in one round trip.
func (b *Bank) Balances(ctx context.Context, names ...string) ([]int64, error) {
	all, err := rueidistx.TransactValue(ctx, b.db, func(tx *rueidistx.Tx) (rueidistx.Future[[]int64], error) {
		each := make([]rueidistx.Future[int64], len(names))
		for i, name := range names {
			each[i] = rueidistx.Int(tx.Get(b.account(name)))
		}
		return rueidistx.All(each...), nil
	})
	if err != nil {
		return nil, err
	}
	return all.Value()
}

func main() {
	addr := flag.String("addr", "", "host:port of a Redis or Valkey server; without it, one inside this process")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	option := rueidis.ClientOption{InitAddress: []string{addr}}
	if addr == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		option = rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true}
	}
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	bank := &Bank{db, rueidistx.Tag("rueidistx-bank", 1)}
	clean := func() error { return db.Auto(ctx).Del(bank.account("alice"), bank.account("bob")).Err() }
	return errors.Join(clean(), day(ctx, bank), clean())
}

// day has a few transfers one after the other, and then twelve at the same time.
func day(ctx context.Context, b *Bank) error {
	if err := b.db.Auto(ctx).MSet(b.account("alice"), "500", b.account("bob"), "0").Err(); err != nil {
		return err
	}
	for _, t := range []struct {
		from, to string
		amount   int64
	}{{"alice", "bob", 200}, {"alice", "bob", 400}, {"alice", "carol", 1}, {"carol", "bob", 1}} {
		err := b.Transfer(ctx, t.from, t.to, t.amount)
		fmt.Printf("%-5s -> %-5s %4d   %-11v  %v\n", t.from, t.to, t.amount, rueidistx.OutcomeOf(err), err)
	}

	outcomes := make([]error, 12)
	var working sync.WaitGroup
	for i := range outcomes {
		working.Go(func() { outcomes[i] = b.Transfer(ctx, "alice", "bob", 50) })
	}
	working.Wait()
	moved, refused := 0, 0
	for _, err := range outcomes {
		switch {
		case err == nil:
			moved++
		case errors.Is(err, errInsufficient):
			refused++
		default:
			return err
		}
	}
	fmt.Printf("12 transfers of 50 at the same time: %d moved, %d refused\n", moved, refused)

	left, err := b.Balances(ctx, "alice", "bob")
	fmt.Println("alice and bob have", left)
	return err
}
