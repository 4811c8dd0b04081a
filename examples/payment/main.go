// Command payment charges a customer over HTTP. Clients send an Idempotency-Key and repeat a request until it is answered, and
// the connections to Redis are killed as it goes, in the middle of transactions, too: nobody is charged twice, and no payment
// that was confirmed is lost. It starts a server inside the process, unless -addr names a real one, single or cluster; there
// it removes its keys when it ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const (
	price     = 5
	patience  = 2 * time.Second // of a request
	remember  = time.Hour       // how long a key is remembered: much longer than any client repeats a request
	keyHeader = "Idempotency-Key"
)

// Receipt is the reply to a payment. It is kept for as long as the key is.
type Receipt struct {
	Payment string `json:"payment"`
	Balance int64  `json:"balance"`
}

var errInsufficient = errors.New("insufficient funds")

// Payments is the service.
type Payments struct{ db *rueidistx.DB }

func customer(name string) (of rueidistx.Entity, balance, ledger string) {
	of = rueidistx.Tag("rueidistx-customer", name)
	return of, of.Key("balance"), of.Key("ledger")
}

// Charge takes the price from a customer's balance, once for each key. It takes two round trips: one reads the balance and
// what was kept for the key, the other writes the balance, the ledger and the receipt.
func (p *Payments) Charge(ctx context.Context, name, key string) (receipt Receipt, repeated bool, err error) {
	of, balance, ledger := customer(name)
	return rueidistx.OnceValue(ctx, p.db, of.Mark("pay", key), remember,
		func(r *rueidistx.Reader, tx *rueidistx.Tx) (Receipt, error) {
			left, err := rueidistx.Int(r.Get(balance).Default("0")).Value()
			if err != nil {
				return Receipt{}, err
			}
			if left < price {
				return Receipt{}, errInsufficient
			}
			tx.DecrBy(balance, price)
			tx.RPush(ledger, key)
			return Receipt{key, left - price}, nil
		})
}

// ServeHTTP answers POST /customers/{name}/payments.
func (p *Payments) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), patience)
	defer cancel()
	receipt, repeated, err := p.Charge(ctx, req.PathValue("name"), req.Header.Get(keyHeader))
	switch {
	case err == nil:
		w.Header().Set("Idempotent-Replayed", fmt.Sprint(repeated))
		_ = json.NewEncoder(w).Encode(receipt)
	case errors.Is(err, errInsufficient):
		http.Error(w, errInsufficient.Error(), http.StatusPaymentRequired)
	case errors.Is(err, rueidistx.ErrInvalid): // such as the mark of an empty key
		http.Error(w, "a payment needs an "+keyHeader, http.StatusBadRequest)
	case rueidistx.OutcomeOf(err) == rueidistx.NotApplied:
		http.Error(w, "not charged, try again", http.StatusServiceUnavailable)
	default: // the time was too short to find out: the same key will
		http.Error(w, "not known yet, ask again with the same key", http.StatusGatewayTimeout)
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
	var network saboteur
	option.DialCtxFn = network.dial
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()

	mux := http.NewServeMux()
	mux.Handle("POST /customers/{name}/payments", &Payments{db})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux}
	defer server.Close()
	go server.Serve(listener)
	return (&sale{"http://" + listener.Addr().String(), db, &network}).run()
}
