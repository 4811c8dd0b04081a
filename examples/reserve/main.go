// Command reserve sells the last item of a shop to 50 customers at the same time: exactly one of them gets it. It starts a
// server inside the process, unless -addr names a real one, single or cluster; there it removes its keys when it ends.
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

var errSoldOut = errors.New("sold out")

// Shop keeps how many of each item are left, and who has reserved one.
type Shop struct{ db *rueidistx.DB }

func keys(sku string) (stock, reserved string) {
	item := rueidistx.Tag("rueidistx-item", sku) // one hash slot in a cluster
	return item.Key("stock"), item.Key("reserved")
}

// Reserve reserves an item for a customer, and returns how many are left.
func (s *Shop) Reserve(ctx context.Context, sku, customer string) (left int64, err error) {
	stock, reserved := keys(sku)
	return rueidistx.WatchValue(ctx, s.db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (int64, error) {
		// All of this may run again, on new values, so it only reads, decides and queues.
		n, err := rueidistx.Int(r.Get(stock).Default("0")).Value()
		if err != nil {
			return 0, err
		}
		if n < 1 {
			return 0, errSoldOut
		}
		tx.Decr(stock)
		tx.RPush(reserved, customer)
		return n - 1, nil // what was read has not changed when this is committed
	})
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
	return (&Shop{db}).rush(ctx, "last-one", 50)
}

// rush has many customers want the same item, of which there is one.
func (s *Shop) rush(ctx context.Context, sku string, customers int) (err error) {
	stock, reserved := keys(sku)
	clean := func() error { return s.db.Auto(ctx).Del(stock, reserved).Err() }
	if err := errors.Join(clean(), s.db.Auto(ctx).Set(stock, "1").Err()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	errs := make([]error, customers)
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() { _, errs[i] = s.Reserve(ctx, sku, strconv.Itoa(i)) })
	}
	working.Wait()
	winner, late := "", 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner += strconv.Itoa(i)
		case errors.Is(err, errSoldOut):
			late++
		default:
			return err
		}
	}
	who, err := s.db.Auto(ctx).LRange(reserved, 0, -1).Value()
	if err != nil {
		return err
	}
	fmt.Println("customers:          ", customers)
	fmt.Println("came too late:      ", late)
	fmt.Println("reservations:       ", len(who), "by the winner:", len(who) == 1 && who[0] == winner)
	fmt.Println("left:               ", s.db.Auto(ctx).Get(stock).Or("?"))
	return nil
}
