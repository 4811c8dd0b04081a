// Command ratelimit limits what users may do in two ways: by a bucket of tokens, which is a script, and by quotas such as
// "60 in 1m0s", which are conditions. It starts a server inside the process, unless -addr names a real one, single or
// cluster; there it removes its keys when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

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
		server.ClockTTL(true)
		option = rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true}
	}
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(tokens(ctx, db), quotas(ctx, db))
}

// tokens has requests come at the same time, and then one by one.
func tokens(ctx context.Context, db *rueidistx.DB) (err error) {
	slow, err := NewBucket(db, 5, time.Hour)
	if err != nil {
		return err
	}
	fast, err := NewBucket(db, 2, 10*time.Millisecond)
	if err != nil {
		return err
	}
	clean := func() error {
		b := db.Batch()
		b.Del(slow.key("ann"))
		b.Del(slow.key("bob"))
		b.Del(fast.key("eve"))
		return b.Exec(ctx)
	}
	if err := clean(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	var served atomic.Int64
	errs := make([]error, 20)
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() {
			taken, err := slow.Take(ctx, "ann", 1)
			if taken.OK {
				served.Add(1)
			}
			errs[i] = err
		})
	}
	working.Wait()
	fmt.Println("a bucket of 5, 20 requests at the same time:", served.Load(), "served")
	other, err := slow.Take(ctx, "bob", 2)
	fmt.Println("another user takes 2:", other.OK, "and has", other.Left)

	began := time.Now()
	for range 5 {
		err = errors.Join(err, fast.Wait(ctx, "eve", 1))
	}
	fmt.Println("5 requests that wait take 3 times 10ms:", time.Since(began) >= 25*time.Millisecond) // the clocks differ
	return errors.Join(append(errs, err)...)
}

// quotas has a user do something more often than is allowed.
func quotas(ctx context.Context, db *rueidistx.DB) (err error) {
	minute, day := Limit{3, time.Minute}, Limit{4, 24 * time.Hour}
	quota := NewQuota(db, minute, day)
	clean := func() error { return db.Auto(ctx).Del(quota.key("ann", minute), quota.key("ann", day)).Err() }
	if err := clean(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	use := func() {
		err := quota.Use(ctx, "ann")
		var over *QuotaError
		fmt.Println("use:", err, errors.As(err, &over) && over.In > 0)
	}
	for range 4 {
		use()
	}
	if err := db.Auto(ctx).Del(quota.key("ann", minute)).Err(); err != nil { // as if a minute had passed
		return err
	}
	use()
	use()
	return nil
}
