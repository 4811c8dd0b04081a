// Command goredis charges customers over HTTP, once for each idempotency key.
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

	"github.com/redis/go-redis/v9"
)

const (
	price    = 5
	patience = 2 * time.Second // of a request
	remember = 24 * time.Hour  // how long a key is known
	attempts = 64
)

var (
	errInsufficient = errors.New("insufficient funds")
	errNotCharged   = errors.New("not charged")
)

// Receipt is the reply to a payment. It is kept for as long as the key is.
type Receipt struct {
	Payment string `json:"payment"`
	Balance int64  `json:"balance"`
}

// Payments is the service.
type Payments struct{ client *redis.Client }

// Charge takes the price from a customer's balance, once for each key. The error is errNotCharged if that is certain.
func (p *Payments) Charge(ctx context.Context, name, key string) (receipt Receipt, repeated bool, err error) {
	for range attempts {
		receipt, repeated, err = p.try(ctx, name, key)
		if !errors.Is(err, redis.TxFailedErr) {
			break
		}
	}
	return receipt, repeated, err
}

// try makes one attempt. It is redis.TxFailedErr if somebody has changed the balance or used the key meanwhile.
func (p *Payments) try(ctx context.Context, name, key string) (receipt Receipt, repeated bool, err error) {
	customer := "{customer:" + name + "}"
	balance, ledger, marker := customer+":balance", customer+":ledger", customer+":pay:"+key
	sent := false
	err = p.client.Watch(ctx, func(tx *redis.Tx) error {
		kept, err := tx.Get(ctx, marker).Bytes()
		if err == nil {
			repeated = true
			return json.Unmarshal(kept, &receipt)
		}
		if !errors.Is(err, redis.Nil) {
			return err
		}
		left, err := tx.Get(ctx, balance).Int64()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		if left < price {
			return errInsufficient
		}
		receipt = Receipt{key, left - price}
		kept, err = json.Marshal(receipt)
		if err != nil {
			return err
		}
		sent = true
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.DecrBy(ctx, balance, price)
			pipe.RPush(ctx, ledger, key)
			pipe.Set(ctx, marker, kept, remember)
			return nil
		})
		return err
	}, balance, marker)
	if err != nil && (!sent || errors.Is(err, redis.TxFailedErr) || redis.IsExecAbortError(err)) {
		err = fmt.Errorf("%w: %w", errNotCharged, err)
	}
	return receipt, repeated, err
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
	case errors.Is(err, errNotCharged):
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
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	defer client.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	mux := http.NewServeMux()
	mux.Handle("POST /customers/{name}/payments", &Payments{client})
	return http.Serve(listener, mux)
}
