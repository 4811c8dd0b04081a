// Command rueidistx charges customers over HTTP, once for each idempotency key.
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

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const (
	price    = 5
	patience = 2 * time.Second // of a request
	remember = 24 * time.Hour  // how long a key is known
)

var errInsufficient = errors.New("insufficient funds")

// Receipt is the reply to a payment. It is kept for as long as the key is.
type Receipt struct {
	Payment string `json:"payment"`
	Balance int64  `json:"balance"`
}

// Payments is the service.
type Payments struct{ db *rueidistx.DB }

// Charge takes the price from a customer's balance, once for each key.
func (p *Payments) Charge(ctx context.Context, name, key string) (receipt Receipt, repeated bool, err error) {
	customer := rueidistx.Tag("customer", name)
	balance, ledger := customer.Key("balance"), customer.Key("ledger")
	return rueidistx.OnceValue(ctx, p.db, customer.Mark("pay", key), remember,
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
	key := req.Header.Get("Idempotency-Key")
	if key == "" {
		http.Error(w, "a payment needs an Idempotency-Key", http.StatusBadRequest)
		return
	}
	receipt, repeated, err := p.Charge(ctx, req.PathValue("name"), key)
	switch {
	case err == nil:
		w.Header().Set("Idempotent-Replayed", fmt.Sprint(repeated))
		_ = json.NewEncoder(w).Encode(receipt)
	case errors.Is(err, errInsufficient):
		http.Error(w, errInsufficient.Error(), http.StatusPaymentRequired)
	case rueidistx.OutcomeOf(err) == rueidistx.NotApplied:
		http.Error(w, "not charged, try again", http.StatusServiceUnavailable)
	default:
		http.Error(w, "not known yet, ask again with the same key", http.StatusGatewayTimeout)
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	listen := flag.String("listen", "127.0.0.1:8080", "host:port to serve HTTP on")
	flag.Parse()
	if err := run(*addr, *listen); err != nil {
		log.Fatal(err)
	}
}

func run(addr, listen string) error {
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		return err
	}
	defer db.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	mux := http.NewServeMux()
	mux.Handle("POST /customers/{name}/payments", &Payments{db})
	return http.Serve(listener, mux)
}
