package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/rueidistx/rueidistx"
)

const (
	payments = 60
	covered  = 40 // the money is enough for these
	name     = "ann"
)

// sale has a customer make many payments at the same time.
type sale struct {
	url     string
	db      *rueidistx.DB
	network *saboteur
}

// client makes one payment.
type client struct {
	key     string
	receipt *Receipt // nil if there was too little money
	err     error
	sent    int // requests
}

// run has each payment made by two clients with the same key, as if somebody had pressed the button twice, while connections
// are killed. Then it checks the ledger.
func (s *sale) run() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	of, balance, ledger := customer(name)
	keys := []string{balance, ledger}
	clients := make([]client, 2*payments)
	for i := range clients {
		clients[i].key = fmt.Sprint("order-", i/2)
		keys = append(keys, of.Mark("pay", clients[i].key).Key())
	}
	clean := func() error { return s.db.Auto(ctx).Del(keys...).Err() }
	if err := errors.Join(clean(), s.db.Auto(ctx).Set(balance, fmt.Sprint(price*covered)).Err()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	s.network.kills.Store(true)
	var working sync.WaitGroup
	for i := range clients {
		working.Go(func() { clients[i].pay(ctx, s.url) })
	}
	working.Wait()
	s.network.kills.Store(false)
	return s.audit(ctx, clients)
}

// audit compares what the clients were told with the ledger.
func (s *sale) audit(ctx context.Context, clients []client) error {
	_, balance, ledger := customer(name)
	b := s.db.Batch()
	left, entries := b.Get(balance), b.LRange(ledger, 0, -1)
	if err := b.Exec(ctx); err != nil {
		return err
	}
	charged := map[string]int{}
	for _, key := range entries.Must() {
		charged[key]++
	}
	confirmed, wrong, sent := map[string]Receipt{}, 0, 0
	for _, c := range clients {
		sent += c.sent
		switch {
		case c.err != nil:
			return c.err
		case c.receipt == nil && charged[c.key] == 0:
		case c.receipt == nil || charged[c.key] != 1 || c.receipt.Payment != c.key:
			wrong++
		default:
			if other, ok := confirmed[c.key]; ok && other != *c.receipt {
				wrong++
			}
			confirmed[c.key] = *c.receipt
		}
	}
	fmt.Fprintln(os.Stderr, sent, "requests;", s.network.killed.Load(), "connections killed")
	fmt.Println("payments:              ", payments, "by", len(clients), "clients")
	fmt.Println("charged:               ", len(entries.Must()))
	fmt.Println("confirmed:             ", len(confirmed))
	fmt.Println("refused:               ", payments-len(confirmed))
	fmt.Println("told something wrong:  ", wrong)
	fmt.Println("balance:               ", left.Must())
	return nil
}

// pay repeats a request until it is answered.
func (c *client) pay(ctx context.Context, url string) {
	for known := false; !known && c.err == nil; {
		c.sent++
		known, c.err = c.ask(ctx, url)
	}
}

// ask sends a request. known is false if it must be repeated.
func (c *client) ask(ctx context.Context, url string) (known bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/customers/"+name+"/payments", nil)
	if err != nil {
		return false, err
	}
	req.Header.Set(keyHeader, c.key)
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return true, json.NewDecoder(response.Body).Decode(&c.receipt)
	case http.StatusPaymentRequired:
		return true, nil
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false, nil
	}
	return false, errors.New(response.Status)
}
