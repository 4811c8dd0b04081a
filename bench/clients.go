package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	hand         = "hand"
	control      = "control"
	compat       = "rueidiscompat"
	lua          = "rueidis.Lua"
	goRedis      = "go-redis"
	autoPipeline = "go-redis auto"
	redigoName   = "redigo"
	floor        = "floor"
	oneDoMulti   = "hand, one DoMulti"
)

// ctx has neither a deadline nor an end, for every client.
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

// place is where the clients connect to.
type place struct {
	addrs   []string
	cluster bool
	pool    int // most connections of a client that has a pool
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

// openRueidis connects one client for all that is built on rueidis, with its default options, so that they differ in
// nothing but the code on top.
func openRueidis(f *field, at place, names []string) error {
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: at.addrs, ForceSingleClient: !at.cluster})
	if err != nil {
		return fmt.Errorf("rueidis: %w", err)
	}
	f.closing(db.Close)
	addRueidis(f, names, db.Client(), db)
	return nil
}

func addRueidis(f *field, names []string, client rueidis.Client, db *rueidistx.DB) {
	adapter := rueidiscompat.NewAdapter(client)
	byHand := func(t parity.Task) *parity.Worker {
		if t.Shape == bulk {
			return bulkByHand(t, client, chunk)
		}
		return t.Hand(client)
	}
	f.add(names, typed, without(func(t parity.Task) *parity.Worker {
		if t.Shape == bulk {
			return bulkTyped(t, db)
		}
		return t.Typed(db)
	}))
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
