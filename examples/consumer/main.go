// Command consumer adds up the orders of a stream, each exactly once, although their producer sends some of them twice, two
// consumers run at the same time, and they are killed and started again midway. It starts a server inside the process, unless
// -addr names a real one, single or cluster; there it removes its keys when it ends.
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

// remember is how long an order is remembered: longer than its producer may send it again, and than a consumer may take from
// reading it to applying it.
const remember = time.Hour

// Everything is of one entity, so in a cluster it is in one hash slot.
var (
	orders   = rueidistx.Tag("rueidistx-orders", 1)
	stream   = orders.Key("stream")
	position = orders.Key("position") // of the last entry that was applied
	total    = orders.Key("total")
	applied  = orders.Key("applied") // the ids of orders, in the order in which they were applied
)

func mark(order string) rueidistx.Mark { return orders.Mark("order", order) }

// apply applies an entry of the stream, and moves the position, in one transaction. done is false if the order was applied
// before.
func apply(ctx context.Context, db *rueidistx.DB, e rueidistx.StreamEntry) (done bool, err error) {
	order, _ := e.Get("order") // without one, the mark is refused
	text, _ := e.Get("amount")
	amount, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false, fmt.Errorf("entry %s: %w", e.ID, err)
	}
	err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.IncrBy(total, amount)
		tx.RPush(applied, order)
		tx.Set(position, e.ID)
		return nil
	}, rueidistx.Once(mark(order), remember))
	switch {
	case err == nil, errors.Is(err, rueidistx.ErrRepliesLost): // by this call
		return true, nil
	case errors.Is(err, rueidistx.ErrAlreadyApplied): // by another one
		return false, nil
	}
	return false, err
}

// consume applies what is in the stream after the position, in order, until there is nothing left. So an entry is applied only
// after those before it, by whichever consumer, and the position never goes back. It calls did after each entry that it has
// applied itself.
func consume(ctx context.Context, db *rueidistx.DB, did func()) error {
	last, err := db.Auto(ctx).Get(position).Default("-").Value()
	if err != nil {
		return err
	}
	for {
		if last != "-" {
			last = "(" + last // after it
		}
		entries, err := db.Auto(ctx).XRangeCount(stream, last, "+", 10).Value()
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			done, err := apply(ctx, db, e)
			if err != nil {
				return err
			}
			if done {
				did()
			}
			last = e.ID
		}
	}
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
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	return (&plant{db, option}).run(ctx)
}

// plant runs a producer and consumers.
type plant struct {
	db     *rueidistx.DB
	option rueidis.ClientOption
}

const count = 100 // orders

func (p *plant) run(ctx context.Context) (err error) {
	keys := []string{stream, position, total, applied}
	for i := range count {
		keys = append(keys, mark(strconv.Itoa(i)).Key())
	}
	clean := func() error { return p.db.Auto(ctx).Del(keys...).Err() }
	if err := clean(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	// The producer's replies are lost now and then, so it sends some orders again.
	b := p.db.Batch()
	for i := range count {
		entry := []string{"order", strconv.Itoa(i), "amount", strconv.Itoa(i)}
		b.XAdd(stream, entry)
		if i%4 == 3 {
			b.XAdd(stream, entry)
		}
	}
	if err := b.Exec(ctx); err != nil {
		return err
	}

	var kills [2]int
	var errs [2]error
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() { kills[i], errs[i] = p.consumer(ctx) })
	}
	working.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	return p.audit(ctx, kills[0]+kills[1])
}

// consumer runs a consumer and kills it after every 15 orders, until one has reached the end of the stream.
func (p *plant) consumer(ctx context.Context) (kills int, err error) {
	for {
		killed, err := p.life(ctx, 15)
		if !killed || err != nil {
			return kills, err
		}
		kills++
	}
}

// life runs a consumer with connections of its own, and kills it while it works on the order after so many.
func (p *plant) life(ctx context.Context, orders int) (killed bool, err error) {
	db, err := rueidistx.Open(p.option)
	if err != nil {
		return false, err
	}
	defer db.Close()
	alive, kill := context.WithCancel(ctx)
	defer kill()
	err = consume(alive, db, func() {
		if orders--; orders == 0 {
			time.AfterFunc(50*time.Microsecond, kill)
		}
	})
	if alive.Err() != nil && ctx.Err() == nil {
		return true, nil // whatever err says: nothing depends on it
	}
	return false, err
}

// audit compares what was applied with what was sent.
func (p *plant) audit(ctx context.Context, kills int) error {
	b := p.db.Batch()
	sum, ids, entries := b.Get(total), b.LRange(applied, 0, -1), b.XLen(stream)
	if err := b.Exec(ctx); err != nil {
		return err
	}
	inOrder := true
	for i, id := range ids.Must() {
		inOrder = inOrder && id == strconv.Itoa(i)
	}
	fmt.Println("entries in the stream:", entries.Must(), "for", count, "orders")
	fmt.Println("applied:              ", len(ids.Must()), "in order:", inOrder)
	fmt.Println("total:                ", sum.Must(), "of", count*(count-1)/2)
	fmt.Println("killed midway:        ", kills > 0)
	return nil
}
