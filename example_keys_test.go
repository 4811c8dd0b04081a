package rueidistx_test

import (
	"context"
	"errors"
	"fmt"

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
