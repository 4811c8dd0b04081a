package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidiscompat"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/parity"
)

// The clients, under the names that tables and charts give them. Control is a second copy of Hand: what its ratio is off
// from 1 by is what the machine's noise is worth.
const (
	typed        = "rueidistx"
	defaults     = "rueidistx defaults"
	coalesced    = "coalesced"
	hand         = "hand"
	control      = "control"
	tuned        = "hand tuned"
	background   = "hand Background"
	compat       = "rueidiscompat"
	lua          = "rueidis.Lua"
	goRedis      = "go-redis"
	autoPipeline = "go-redis auto"
	redigoName   = "redigo"
	floor        = "floor"
	oneDoMulti   = "hand, one DoMulti"
)

// ctx has neither a deadline nor an end. It is every client's, except where a workload says otherwise: see bound.
var ctx = context.Background()

// contender is one client's way to do tasks.
type contender struct {
	client string
	worker func(parity.Task) (*parity.Worker, error)
}

// field is the contenders of one workload. Each workload has clients of its own: what one of them does to its
// connections, such as rueidis's switch to background goroutines, is not there in the next.
type field struct {
	contenders []contender
	closers    []func() error
}

func (f *field) close() error {
	var errs []error
	for _, c := range slices.Backward(f.closers) {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

func (f *field) closing(c func()) {
	f.closers = append(f.closers, func() error { c(); return nil })
}

// place is where the clients connect to, and what a workload wants of all of them.
type place struct {
	addrs   []string
	cluster bool
	tls     *tls.Config // nil: without
	pool    int         // most connections of a client that has a pool
	bound   bound
	size    int // of the value of a large task
}

// option are rueidis's default options.
func (at place) option() rueidis.ClientOption {
	return rueidis.ClientOption{InitAddress: at.addrs, ForceSingleClient: !at.cluster, TLSConfig: at.tls}
}

// without is for clients that cannot fail to make a worker.
func without(worker func(parity.Task) *parity.Worker) func(parity.Task) (*parity.Worker, error) {
	return func(t parity.Task) (*parity.Worker, error) { return worker(t), nil }
}

// open connects the clients named.
func open(at place, names []string) (*field, error) {
	f := new(field)
	for _, group := range []func(*field, place, []string) error{openRueidis, openGoRedis, openRedigo, openFloor} {
		if err := group(f, at, names); err != nil {
			return nil, errors.Join(err, f.close())
		}
	}
	return f, nil
}

// add takes a contender in if its name is among names.
func (f *field) add(names []string, client string, worker func(parity.Task) (*parity.Worker, error)) {
	if slices.Contains(names, client) {
		f.contenders = append(f.contenders, contender{client, worker})
	}
}

// openRueidis connects one client for all that differ in nothing but the code on top, and one each for those that differ in
// their options or in what happens to the connection.
func openRueidis(f *field, at place, names []string) error {
	option := at.option()
	// Open leaves sizes alone that were set, so this client has rueidis's defaults in that too.
	option.ReadBufferEachConn, option.WriteBufferEachConn = rueidis.DefaultReadBuffer, rueidis.DefaultWriteBuffer
	db, err := rueidistx.Open(option)
	if err != nil {
		return fmt.Errorf("rueidis: %w", err)
	}
	f.closing(db.Close)
	addRueidis(f, at, names, db.Client(), db)
	for client, options := range map[string][]rueidistx.Option{defaults: nil, coalesced: {rueidistx.Coalesce()}} {
		if !slices.Contains(names, client) {
			continue
		}
		db, err := rueidistx.Open(at.option(), options...)
		if err != nil {
			return fmt.Errorf("%s: %w", client, err)
		}
		f.closing(db.Close)
		f.add(names, client, without(func(t parity.Task) *parity.Worker { return f.typed(t, at, db) }))
	}
	for client, change := range handOptions {
		if !slices.Contains(names, client) {
			continue
		}
		option, at := at.option(), at
		change(&option)
		if client == background {
			at.bound = unbound
		}
		own, err := rueidis.NewClient(option)
		if err != nil {
			return fmt.Errorf("%s: %w", client, err)
		}
		f.closing(own.Close)
		f.add(names, client, without(func(t parity.Task) *parity.Worker { return f.byHand(t, at, own) }))
	}
	return nil
}

// handOptions are those of the hand-written clients that have a client of rueidis's to themselves.
var handOptions = map[string]func(*rueidis.ClientOption){
	background: func(*rueidis.ClientOption) {},
	tuned: func(o *rueidis.ClientOption) {
		o.PipelineMultiplex, o.MaxFlushDelay = -1, 20*time.Microsecond
	},
	"8K":  buffersOf(8 << 10),
	"16K": buffersOf(16 << 10),
	"32K": buffersOf(32 << 10),
	"64K": buffersOf(64 << 10),
}

func addRueidis(f *field, at place, names []string, client rueidis.Client, db *rueidistx.DB) {
	adapter := rueidiscompat.NewAdapter(client)
	byHand := func(t parity.Task) *parity.Worker { return f.byHand(t, at, client) }
	f.add(names, typed, without(func(t parity.Task) *parity.Worker { return f.typed(t, at, db) }))
	f.add(names, hand, without(byHand))
	f.add(names, control, without(byHand))
	f.add(names, oneDoMulti, without(func(t parity.Task) *parity.Worker { return bulkByHand(t, client, t.N) }))
	f.add(names, lua, without(func(t parity.Task) *parity.Worker { return luaWorker(t, client) }))
	f.add(names, compat, without(peer[rueidiscompat.Pipeliner, *rueidiscompat.StatusCmd, *rueidiscompat.StringCmd, *rueidiscompat.IntCmd, *rueidiscompat.Cmd]{
		now:   adapter,
		batch: adapter.Pipeline,
		tx:    adapter.TxPipeline,
		flush: func(p rueidiscompat.Pipeliner) error { _, err := p.Exec(ctx); return err },
	}.worker))
}

// byHand does t with rueidis alone.
func (f *field) byHand(t parity.Task, at place, client rueidis.Client) *parity.Worker {
	switch {
	case t.Shape == bulk:
		return bulkByHand(t, client, chunk)
	case t.Shape == large:
		return largeByHand(t, client, at.size)
	case at.bound != unbound:
		return boundByHand(t, client, f.context(at.bound))
	}
	return t.Hand(client)
}

// typed does t with rueidistx.
func (f *field) typed(t parity.Task, at place, db *rueidistx.DB) *parity.Worker {
	switch {
	case t.Shape == bulk:
		return bulkTyped(t, db)
	case t.Shape == large:
		return largeTyped(t, db, at.size)
	case at.bound != unbound:
		return boundTyped(t, db, f.context(at.bound))
	}
	return t.Typed(db)
}

// goRedisPeer is the same for a node, a cluster, and what pipelines by itself.
type goRedisPeer = peer[redis.Pipeliner, *redis.StatusCmd, *redis.StringCmd, *redis.IntCmd, *redis.Cmd]

func newGoRedisPeer(now redis.Cmdable) goRedisPeer {
	return goRedisPeer{now, now.Pipeline, now.TxPipeline, func(p redis.Pipeliner) error { _, err := p.Exec(ctx); return err }}
}

// openGoRedis connects go-redis with RESP3, which is its default too.
func openGoRedis(f *field, at place, names []string) error {
	if !slices.Contains(names, goRedis) && !slices.Contains(names, autoPipeline) {
		return nil
	}
	if at.cluster {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: at.addrs, Protocol: 3, PoolSize: at.pool})
		f.closers = append(f.closers, client.Close)
		f.add(names, goRedis, without(newGoRedisPeer(client).worker))
		return nil
	}
	client := redis.NewClient(&redis.Options{Addr: at.addrs[0], Protocol: 3, PoolSize: at.pool})
	f.closers = append(f.closers, client.Close)
	f.add(names, goRedis, without(func(t parity.Task) *parity.Worker {
		if t.Shape == bulk {
			return bulkGoRedis(t, client)
		}
		return newGoRedisPeer(client).worker(t)
	}))
	if !slices.Contains(names, autoPipeline) {
		return nil
	}
	auto, err := client.AutoPipeline()
	if err != nil {
		return fmt.Errorf("go-redis: %w", err)
	}
	f.closers = append(f.closers, auto.Close)
	f.add(names, autoPipeline, without(newGoRedisPeer(auto).worker))
	return nil
}
