// Command outbox places orders and has a mail sent for each, by another system, although requests are sent twice, mails fail, and
// the relay between the two is killed midway: an order and the event that announces it are written in one transaction, and an
// event stays in the outbox until the mail system has taken it. It starts a server inside the process, unless -addr names a
// real one, single or cluster; there it removes its keys when it ends.
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

// Everything is of one entity, so in a cluster it is in one hash slot.
var (
	shop   = rueidistx.Tag("rueidistx-outbox", 1)
	orders = shop.Key("orders") // the items, by order
	outbox = shop.Key("outbox") // the events that were not relayed yet
)

func mark(order string) rueidistx.Mark { return shop.Mark("order", order) }

// place places an order. It may be called again for the same order, as when a request is sent again: then nothing happens. The
// order and its event are written together or not at all, so there is no order without a mail, and no mail without an order.
func place(ctx context.Context, db *rueidistx.DB, order, item string) error {
	err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.HSet(orders, order, item)
		tx.XAdd(outbox, []string{"order", order, "item", item})
		return nil
	}, rueidistx.Once(mark(order), time.Hour))
	if errors.Is(err, rueidistx.ErrAlreadyApplied) { // by this call or by an earlier one
		return nil
	}
	return err
}

// relay sends the events of the outbox until there is none left, in order if it is the only one. An event leaves the outbox when the mail system has
// taken it. A relay that is killed in between leaves it there, and the next one sends it again, with the same ID, by which the mail
// system knows it.
func relay(ctx context.Context, db *rueidistx.DB, mails *mailSystem) error {
	for {
		events, err := db.Auto(ctx).XRangeCount(outbox, "-", "+", 10).Value()
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			order, _ := e.Get("order")
			if err := mails.send(e.ID, order); err != nil {
				return err // and so is the next event not sent before this one
			}
			if err := db.Auto(ctx).XDel(outbox, e.ID).Err(); err != nil {
				return err
			}
		}
	}
}

// mailSystem is another system. It knows what it has sent by the ID of the event.
type mailSystem struct {
	sent  map[string]string // the order, by the event's ID
	calls int
	known int            // events that came again
	taken func(call int) // is called when an event was taken
}

var errBroken = errors.New("the mail system is out of order")

func (m *mailSystem) send(id, order string) error {
	m.calls++
	if m.calls%20 == 0 {
		return errBroken
	}
	if m.sent[id] != "" {
		m.known++
	}
	m.sent[id] = order
	m.taken(m.calls)
	return nil
}

func main() {
	addr := flag.String("addr", "", "host:port of a Redis or Valkey server; without it, one inside this process")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	if addr == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		return sell(rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true})
	}
	return sell(rueidis.ClientOption{InitAddress: []string{addr}})
}

const count = 60 // orders

func sell(option rueidis.ClientOption) (err error) {
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	keys := []string{orders, outbox}
	for i := range count {
		keys = append(keys, mark(strconv.Itoa(i)).Key())
	}
	clean := func() error { return db.Auto(ctx).Del(keys...).Err() }
	if err := clean(); err != nil { // what a run that was killed has left
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	var working sync.WaitGroup
	var failed [3]error
	for worker := range failed { // some requests come twice, by different ways
		working.Go(func() {
			for i := range count {
				if worker == 0 || i%3 == worker {
					failed[worker] = errors.Join(failed[worker], place(ctx, db, strconv.Itoa(i), fmt.Sprint("item ", i%7)))
				}
			}
		})
	}
	working.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}

	mails, relays := &mailSystem{sent: map[string]string{}}, 0
	for {
		relays++
		alive, kill := context.WithCancel(ctx)
		mails.taken = func(call int) {
			if call%25 == 0 {
				kill() // between a mail and the removal of its event
			}
		}
		err := relay(alive, db, mails)
		dead := alive.Err() != nil && ctx.Err() == nil
		kill()
		switch {
		case err == nil:
			return report(ctx, db, mails, relays)
		case !dead && !errors.Is(err, errBroken):
			return err
		}
	}
}

func report(ctx context.Context, db *rueidistx.DB, mails *mailSystem, relays int) error {
	b := db.Batch()
	placed, left := b.HLen(orders), b.XLen(outbox)
	if err := b.Exec(ctx); err != nil {
		return err
	}
	of := map[string]bool{}
	for _, order := range mails.sent {
		of[order] = true
	}
	fmt.Println("orders placed:   ", placed.Must())
	fmt.Println("mails sent:      ", len(mails.sent), "for", len(of), "orders")
	fmt.Println("left to relay:   ", left.Must())
	fmt.Println("relays:          ", relays, "(some were killed, or the mail system failed)")
	fmt.Println("came twice:      ", mails.known, "events")
	return nil
}
