package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/rueidistx/rueidistx"
)

// A lock is released only by its holder, in one round trip.
func ExampleDB_If() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	db.Auto(ctx).Set("lock", "ann").Must()

	release := func(token string) (bool, error) {
		lock := db.If(rueidistx.TextAt("lock").Is(token))
		lock.Then.Del("lock")
		return lock.Exec(ctx)
	}
	fmt.Println(release("bob"))
	fmt.Println(release("ann"))
	fmt.Println(release("ann")) // it is gone, and equals nothing

	// Output:
	// false <nil>
	// true <nil>
	// false <nil>
}

// A lock is taken if it is free, or if this process has it already, and released only if this process has it.
func ExampleDB_If_lock() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	lock, token := "lock:reports", "this process"
	free := db.If(rueidistx.Or(rueidistx.Missing(lock), rueidistx.TextAt(lock).Is(token))) // it is ours if a reply was lost
	free.Then.Set(lock, token, rueidistx.EX(time.Minute))
	left := free.Else.PTTL(lock)
	switch held, err := free.Exec(ctx); {
	case err != nil:
		log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
	case !held:
		fmt.Println("taken for", left.Must())
	}

	mine := db.If(rueidistx.TextAt(lock).Is(token))
	mine.Then.Del(lock)
	released, err := mine.Exec(ctx)
	fmt.Println(released, err)

	// Output: true <nil>
}

// Each future is settled: those of the branch that ran, and those of the other.
func ExampleDB_If_else() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	item := rueidistx.Tag("item", "A-1") // in a cluster, all keys must be in one hash slot
	db.Auto(ctx).Set(item.Key("stock"), "1").Must()

	for _, customer := range []string{"ann", "bob"} {
		enough := db.If(rueidistx.IntAt(item.Key("stock")).AtLeast(1))
		left := enough.Then.Decr(item.Key("stock"))
		enough.Then.RPush(item.Key("orders"), customer)
		place := enough.Else.RPush(item.Key("waiting"), customer)
		switch held, err := enough.Exec(ctx); {
		case err != nil:
			log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
		case held:
			fmt.Println(customer, "ordered it, left:", left.Must())
		default:
			fmt.Println(customer, "is number", place.Must(), "of those who wait;", left.Err())
		}
	}

	// Output:
	// ann ordered it, left: 0
	// bob is number 1 of those who wait; rueidistx: the other branch was taken
}

// Unmet tells which of several conditions did not hold.
func ExampleChoice_Exec() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	user := rueidistx.Tag("user", 42)
	minute, day := user.Key("minute"), user.Key("day")
	db.Auto(ctx).MSet(minute, "7", day, "1000").Must()

	quota := db.If(
		rueidistx.IntAt(minute).Less(60).Named("60 a minute"),
		rueidistx.IntAt(day).Less(1000).Named("1,000 a day"),
		rueidistx.TextIn(user.Key("profile"), "state").IsNot("blocked"),
	)
	quota.Then.Incr(minute)
	quota.Then.Incr(day)
	held, err := quota.Exec(ctx)
	fmt.Println(held, err)
	fmt.Println("held: ", quota.Held())
	fmt.Println("unmet:", quota.Unmet())

	// Output:
	// false <nil>
	// held:  [true false true]
	// unmet: [1,000 a day]
}

// A condition that cannot be evaluated is an error rather than false, and no branch runs.
func ExampleChoice_Exec_errors() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	db.Auto(ctx).Set("stock", "many").Must()

	enough := db.If(rueidistx.IntAt("stock").AtLeast(1))
	left := enough.Then.Decr("stock")
	_, err := enough.Exec(ctx)
	fmt.Println(rueidistx.OutcomeOf(err), errors.Is(err, rueidistx.ErrCondition))
	fmt.Println(err)
	fmt.Println(left.Err() == err)

	// Output:
	// not applied true
	// rueidistx: a condition cannot be evaluated: condition 0 (IntAt): value is not an integer or out of range
	// true
}

// Whoever comes first becomes the leader, and the others learn who it is.
func ExampleEither() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	for _, name := range []string{"ann", "bob"} {
		free := db.If(rueidistx.Missing("leader"))
		free.Then.Set("leader", name, rueidistx.EX(time.Minute))
		leader := rueidistx.Either(free.Then.Get("leader"), free.Else.Get("leader"))
		if _, err := free.Exec(ctx); err != nil {
			log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
		}
		fmt.Println(name, "follows", leader.Must())
	}

	// Output:
	// ann follows ann
	// bob follows ann
}

// Conditions are values: they can be kept, named, combined and used again.
func ExampleAnd() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	user := rueidistx.Tag("user", 42)
	db.Auto(ctx).SAdd(user.Key("roles"), "editor").Must()
	db.Auto(ctx).HSet(user.Key("profile"), "age", "17").Must()

	adult := rueidistx.IntIn(user.Key("profile"), "age").AtLeast(18)
	staff := rueidistx.Or(
		rueidistx.HasMember(user.Key("roles"), "editor"),
		rueidistx.HasMember(user.Key("roles"), "admin"),
	)
	active := rueidistx.Not(rueidistx.Exists(user.Key("blocked")))
	for _, may := range []rueidistx.Condition{
		adult,
		rueidistx.And(staff, active).Named("edit"),
		rueidistx.And(staff, active, adult).Named("publish"),
	} {
		held, err := db.If(may).Exec(ctx) // there may be no commands
		fmt.Println(may, held, err)
	}

	// Output:
	// IntIn("{user:42}:profile", …).AtLeast(…) false <nil>
	// edit true <nil>
	// publish false <nil>
}
