package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/rueidistx/rueidistx"
)

func ExampleDB_Watch() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	db.Auto(ctx).Set("{wallet}:alice", "150").Must()

	errInsufficient := errors.New("insufficient funds")
	transfer := func(from, to string, amount int64) error {
		return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			balance, err := rueidistx.Int(r.Get(from)).Value()
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
	for range 2 {
		err := transfer("{wallet}:alice", "{wallet}:bob", 100)
		fmt.Println(rueidistx.OutcomeOf(err), errors.Is(err, errInsufficient))
	}

	// Output:
	// applied false
	// not applied true
}

// The closure runs again if somebody changes what it has read.
func ExampleDB_Watch_conflict() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		n, err := rueidistx.Int(r.Get("n").Default("0")).Value()
		if err != nil {
			return err
		}
		fmt.Println("attempt", r.Attempt(), "reads", n)
		if r.Attempt() == 1 {
			db.Auto(ctx).Set("n", "10").Must() // somebody else
		}
		tx.Set("n", rueidistx.Arg(n+1))
		return nil
	})
	fmt.Println(err, db.Auto(ctx).Get("n").Must())

	// Output:
	// attempt 1 reads 0
	// attempt 2 reads 10
	// <nil> 11
}

// The closure's value may contain futures, which are settled when WatchValue returns.
func ExampleWatchValue() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	item := rueidistx.Tag("item", "A-1")
	db.Auto(ctx).Set(item.Key("stock"), "2").Must()

	type reservation struct {
		Left  int64
		Place rueidistx.Future[int64]
	}
	errSoldOut := errors.New("sold out")
	reserved, err := rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (none reservation, _ error) {
		stock, err := rueidistx.Int(r.Get(item.Key("stock"))).Value()
		if err != nil {
			return none, err
		}
		if stock < 1 {
			return none, errSoldOut
		}
		tx.Decr(item.Key("stock"))
		return reservation{stock - 1, tx.RPush(item.Key("orders"), "ada")}, nil
	})
	fmt.Println(reserved.Left, reserved.Place.Must(), err)

	// Output:
	// 1 1 <nil>
}

// A consistent view of several keys, in one round trip.
func ExampleTransactValue() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	db.Auto(ctx).MSet("{flags}:dark", "on", "{flags}:beta", "off").Must()

	type flags struct{ Dark, Beta rueidistx.Future[string] }
	f, err := rueidistx.TransactValue(ctx, db, func(tx *rueidistx.Tx) (flags, error) {
		return flags{tx.Get("{flags}:dark"), tx.Get("{flags}:beta")}, nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Dark.Must(), f.Beta.Must())

	// Output:
	// on off
}

// A change of the price list does not matter to what is committed, so it is not watched.
func ExampleReader_Unwatched() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	shop := rueidistx.Tag("shop", 1)
	db.Auto(ctx).MSet(shop.Key("price"), "5", shop.Key("budget"), "12").Must()

	err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		budget := rueidistx.Int(r.Get(shop.Key("budget")))
		price := rueidistx.Int(r.Unwatched().Get(shop.Key("price"))) // in the same round trip
		both, err := rueidistx.Zip(budget, price).Value()
		if err != nil {
			return err
		}
		db.Auto(ctx).Incr(shop.Key("price")).Must() // somebody else: no conflict
		tx.Set(shop.Key("orders"), rueidistx.Arg(both.First/both.Second))
		return nil
	})
	fmt.Println(err, db.Auto(ctx).Get(shop.Key("orders")).Must())

	// Output:
	// <nil> 2
}

// A script that only reads decides on the server, and Watch watches its keys.
func ExampleNewReadScript() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	// As a package variable, so that its digest is computed once.
	sum := rueidistx.NewReadScript(`
		local n = 0
		for _, v in ipairs(redis.call('HVALS', KEYS[1])) do
			n = n + v
		end
		return n`, rueidistx.AsInt64)

	db.Auto(ctx).HSet("{cart}:items", "apple", "3", "pear", "4").Must()
	err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		n, err := sum.Queue(r, []string{"{cart}:items"}).Value()
		if err != nil {
			return err
		}
		tx.Set("{cart}:count", rueidistx.Arg(n))
		return nil
	})
	fmt.Println(err, db.Auto(ctx).Get("{cart}:count").Must())

	// Output:
	// <nil> 7
}

func ExampleOnce() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	user := rueidistx.Tag("user", 42)
	visit := func(id string) error {
		err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
			tx.Incr(user.Key("visits"))
			return nil
		}, rueidistx.Once(user.Mark("visit", id), time.Hour))
		if errors.Is(err, rueidistx.ErrAlreadyApplied) {
			return nil // by an earlier call, or by this one
		}
		return err
	}
	fmt.Println(visit("a7f3"), visit("a7f3"))
	fmt.Println(errors.Is(visit(""), rueidistx.ErrInvalid)) // an id is missing
	fmt.Println(db.Auto(ctx).Get(user.Key("visits")).Must())

	// Output:
	// <nil> <nil>
	// true
	// 1
}

// A repeated call gets the value of the first.
func ExampleOnceValue() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	db.Auto(ctx).Set("{user:42}:balance", "12").Must()

	user := rueidistx.Tag("user", 42)
	type receipt struct{ Balance int64 }
	errInsufficient := errors.New("insufficient funds")
	pay := func(id string, amount int64) (receipt, bool, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		mark := user.Mark("pay", id)
		return rueidistx.OnceValue(ctx, db, mark, 24*time.Hour, func(r *rueidistx.Reader, tx *rueidistx.Tx) (receipt, error) {
			balance, err := rueidistx.Int(r.Get(user.Key("balance"))).Value()
			if err != nil {
				return receipt{}, err
			}
			if balance < amount {
				return receipt{}, errInsufficient
			}
			tx.DecrBy(user.Key("balance"), amount)
			return receipt{balance - amount}, nil
		})
	}
	fmt.Println(pay("a7f3", 10))
	fmt.Println(pay("a7f3", 10)) // again, with the same id
	fmt.Println(pay("b801", 10))

	// Output:
	// {2} false <nil>
	// {2} true <nil>
	// {0} false insufficient funds
}

// The embedded server has no replicas, so the transaction is applied, but not durable.
func ExampleDurable() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.Incr("n")
		return nil
	}, rueidistx.Durable(1, 50*time.Millisecond))
	fmt.Println(err)

	var few *rueidistx.DurabilityError
	if errors.As(err, &few) {
		fmt.Println(rueidistx.OutcomeOf(err), few.Acknowledged, "of", few.Wanted)
	}

	// Output:
	// rueidistx: applied, but not known to be durable: 0 of 1 replicas have acknowledged it
	// applied 0 of 1
}
