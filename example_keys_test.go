package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rueidistx/rueidistx"
)

// The keys of a tenant.
func ExamplePrefix() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	tenant := rueidistx.New(db.Client(), rueidistx.Prefix("tenant-42:"))
	tenant.Auto(ctx).Set("plan", "large").Must() // the key is tenant-42:plan

	for key := range tenant.Scan(ctx) {
		fmt.Println(key, tenant.Auto(ctx).Get(key).Must(), db.Auto(ctx).Get("tenant-42:"+key).Must())
	}
	fmt.Println(errors.Is(db.Auto(ctx).Get("plan").Err(), rueidistx.ErrNil))
	// Output:
	// plan large large
	// true
}

// Keys of any slots of a cluster.
func ExampleDB_MGet() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	if err := db.MSet(ctx, "user:1", "Ada", "user:3", "Cy"); err != nil {
		fmt.Println(err)
	}

	users := []string{"user:1", "user:2"}
	names, err := db.MGet(ctx, users...)
	var failed *rueidistx.KeysError
	if errors.As(err, &failed) {
		for i, err := range failed.Errs {
			fmt.Println(users[i], rueidistx.OutcomeOf(err), err) // Applied and nil for those that have not failed
		}
	}

	fmt.Println(names[0].Value, names[1].OK)
	// Output: Ada false
}

// Reads that are kept in the process. The server of the examples does not tell of changes, so that nothing is kept of it.
func ExampleDB_Cached() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	db.Auto(ctx).HSet("product:42", "name", "lamp").Must()
	db.Auto(ctx).SAdd("tags:42", "light").Must()

	products := db.Cached(time.Minute) // any number of goroutines may use it
	name := products.Auto(ctx).HGet("product:42", "name")
	fmt.Println(name.Or("none"), name.FromCache())

	b := products.Batch()
	price, tags := b.Get("price:42"), b.SMembers("tags:42")
	if err := b.Exec(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(price.Or("none"), tags.Or(nil))
	// Output:
	// lamp false
	// none [light]
}
