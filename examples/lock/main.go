// Command lock has workers share a lock that expires, with a fencing token: a worker that was stopped for too long cannot
// write over the work of the next one. It starts a server inside the process, unless -addr names a real one, single or
// cluster; there it removes its keys when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"strconv"
	"sync"
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
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	register := NewRegister(db, "report")
	text, last := register.keys()
	clean := func() error {
		lock, b := NewLock(db, "report"), db.Batch()
		b.Del(lock.key(), lock.fence())
		b.Del(text, last)
		return b.Exec(ctx)
	}
	if err := clean(); err != nil {
		return err
	}
	return errors.Join(stall(ctx, db, register), share(ctx, db, register), clean())
}

const long = 10 * time.Second // much longer than the work takes

// stall has a worker come back from a pause that was longer than its lock.
func stall(ctx context.Context, db *rueidistx.DB, r *Register) error {
	ann, bob := NewLock(db, "report"), NewLock(db, "report")
	first, err := ann.Acquire(ctx, long)
	if err != nil {
		return err
	}
	fmt.Println("Ann has fence", first)
	_, err = bob.Acquire(ctx, long)
	fmt.Printf("Bob:                 %v (%v)\n", err, rueidistx.OutcomeOf(err))
	fmt.Println("Ann writes:         ", r.Write(ctx, first, "by Ann"))
	fmt.Println("Ann extends:        ", ann.Extend(ctx, 20*time.Millisecond)) // and is then stopped

	second, err := bob.Wait(ctx, long)
	if err != nil {
		return err
	}
	fmt.Println("Bob has fence", second)
	fmt.Println("Bob writes:         ", r.Write(ctx, second, "by Bob"))
	fmt.Println("Ann writes, late:   ", r.Write(ctx, first, "by Ann"))
	fmt.Println("Ann releases, late: ", ann.Release(ctx))
	fmt.Println("Bob releases:       ", bob.Release(ctx))
	text, err := r.Read(ctx)
	fmt.Println("The register:       ", text)
	return err
}

// share has many workers add to a number, which none of them does in one step.
func share(ctx context.Context, db *rueidistx.DB, r *Register) error {
	lock := NewLock(db, "report")
	fence, err := lock.Acquire(ctx, long)
	if err != nil {
		return err
	}
	if err := errors.Join(r.Write(ctx, fence, "0"), lock.Release(ctx)); err != nil {
		return err
	}
	errs := make([]error, 16)
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() { errs[i] = add(ctx, NewLock(db, "report"), r) })
	}
	working.Wait()
	sum, err := r.Read(ctx)
	fmt.Println("16 workers added 1: ", sum)
	return errors.Join(append(errs, err)...)
}

// add adds 1 while it has the lock.
func add(ctx context.Context, lock *Lock, r *Register) (err error) {
	fence, err := lock.Wait(ctx, long)
	if err != nil {
		return err
	}
	defer func() {
		// Also if ctx has ended: otherwise the others would wait for the TTL.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(err, lock.Release(ctx))
	}()
	text, err := r.Read(ctx)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	return r.Write(ctx, fence, strconv.Itoa(n+1))
}
