package rueidistx

//go:generate go run ./internal/gen commands_gen.go

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// DB runs commands on a rueidis client in all the ways that this package offers. Create one per client and keep it; any
// number of goroutines may use it.
type DB struct {
	client  rueidis.Client
	builder rueidis.Builder
	cluster bool // commands need their slot
	owned   bool // Close closes the client
	closed  atomic.Bool
	strict  bool // the client is known not to re-send commands by itself

	multi, exec rueidis.Completed // pinned: sent again and again
	mayMulti    atomic.Bool       // the server has accepted a MULTI
	dedicated   chan struct{}     // one token for each dedicated connection that transactions may hold; nil: shared connection

	size atomic.Int32 // of the last Batch or Tx, to allocate the next one's memory in one piece
}

// Option changes how a DB works.
type Option interface{ apply(*DB) }

type option func(*DB)

func (o option) apply(db *DB) { o(db) }

// DedicatedTransactions makes every transaction take a connection of its own from the client's pool instead of the
// shared, auto-pipelined one. That is about three times slower. It is for clients with a ConnLifetime: on the shared
// connection rueidis sends a transaction again when its connection expires before the answer came, even if it was
// executed. Commands outside transactions stay on the shared connection and may then still be sent twice. In a cluster
// such a transaction follows no redirection: it is not applied, and Transact gets through when rueidis has asked for the
// new topology, which may take it a second.
//
// At most n transactions run at a time, the others wait for their turn or for the end of their context. Let n be smaller
// than the client's BlockingPoolSize (1024 by default), which blocking commands use too. It is 64 where n is not positive.
func DedicatedTransactions(n int) Option {
	if n <= 0 {
		n = 64
	}
	return option(func(db *DB) { db.dedicated = make(chan struct{}, n) })
}

// New returns a DB on a client of any kind: single node, cluster, sentinel, standalone with replicas. It sends nothing,
// and it never closes the client.
//
// Three of the client's options break the promises of this package, and New cannot see them; [Open] refuses them:
// ConnLifetime without [DedicatedTransactions], Standalone.EnableRedirect, and a SendToReplicas that is true for MULTI or
// EXEC. In a cluster also set ClusterOption.MaxMovedRedirections, without which a client that two nodes send back and
// forth goes on until the context ends.
func New(client rueidis.Client, options ...Option) *DB {
	db := &DB{client: client}
	for _, o := range options {
		if o != nil {
			o.apply(db)
		}
	}
	if client == nil {
		return db
	}
	db.builder = client.B()
	db.multi = db.builder.Multi().Build().Pin()
	db.exec = db.builder.Exec().Build().Pin()
	db.cluster = db.multi.Slot() == anySlot
	return db
}

const (
	maxRedirections = 16
	maxReadRetries  = 20
)

// Open dials a client and returns a DB that owns it. It is the safe way to get one: it refuses, with [ErrInvalid],
// the options that make rueidis send commands again by itself or send transactions to replicas, and it bounds two retries
// that are endless by default: redirections in a cluster (16, unless ClusterOption.MaxMovedRedirections is set), and
// those of reads (about 3 seconds, unless RetryDelay is set).
func Open(client rueidis.ClientOption, options ...Option) (*DB, error) {
	db := New(nil, options...)
	if client.ConnLifetime > 0 && db.dedicated == nil {
		return nil, invalid("ClientOption.ConnLifetime makes rueidis send transactions twice: leave it 0, or add DedicatedTransactions")
	}
	if client.Standalone.EnableRedirect {
		return nil, invalid("ClientOption.Standalone.EnableRedirect makes rueidis send commands twice: leave it false")
	}
	if client.ClusterOption.MaxMovedRedirections <= 0 {
		client.ClusterOption.MaxMovedRedirections = maxRedirections
	}
	if client.RetryDelay == nil {
		client.RetryDelay = readRetryDelay
	}
	c, err := rueidis.NewClient(client)
	if err != nil {
		if c != nil {
			c.Close()
		}
		return nil, undialed(err)
	}
	db = New(c, options...)
	db.owned = true
	db.strict = client.ConnLifetime == 0
	if client.SendToReplicas != nil && (client.SendToReplicas(db.multi) || client.SendToReplicas(db.exec)) {
		c.Close()
		return nil, invalid("ClientOption.SendToReplicas is true for MULTI or EXEC: transactions belong on the primary")
	}
	return db, nil
}

// readRetryDelay is rueidis's own delay with an end: rueidis stops at a negative one.
func readRetryDelay(attempts int, _ rueidis.Completed, _ error) time.Duration {
	if attempts > maxReadRetries {
		return -1
	}
	least := time.Microsecond << attempts
	return min(least+rand.N(least), time.Second)
}

// Client returns the client that the DB uses, for what this package does not do: subscriptions, client-side caching.
func (db *DB) Client() rueidis.Client { return db.client }

// Close closes the client of a DB that [Open] made, waiting for pending commands. It does nothing for one of [New].
func (db *DB) Close() {
	if db.owned && db.closed.CompareAndSwap(false, true) {
		db.client.Close()
	}
}

// check returns why the DB cannot send anything for ctx.
func (db *DB) check(ctx context.Context) error {
	switch {
	case db == nil || db.client == nil:
		return invalid("the DB has no client")
	case ctx == nil:
		return invalid("the context is nil")
	case ctx.Err() != nil:
		return fail(ErrNotSent, ctx.Err())
	case db.closed.Load():
		return fail(ErrNotSent, rueidis.ErrClosing)
	}
	return nil
}

// transaction sends MULTI, commands and EXEC as one unit, and nothing else may come between them.
func (db *DB) transaction(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, error) {
	if db.dedicated == nil {
		return db.client.DoMulti(ctx, commands...), nil
	}
	client, release, err := db.dedicate(ctx)
	if err != nil {
		return nil, err
	}
	clean := false
	defer func() { release(clean) }()
	results := client.DoMulti(ctx, commands...)
	last := results[len(results)-1]
	clean = last.NonRedisError() == nil && results[0].Error() == nil
	return results, nil
}

// dedicate takes a connection out of the client's pool. Unlike rueidis's Dedicate it ends with ctx. The connection goes
// back to the pool if clean, else it is closed: nobody may inherit a WATCH or a MULTI.
func (db *DB) dedicate(ctx context.Context) (rueidis.DedicatedClient, func(clean bool), error) {
	select {
	case db.dedicated <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, fail(ErrNotSent, ctx.Err())
	}
	type acquired struct {
		client rueidis.DedicatedClient
		cancel func()
	}
	ready := make(chan acquired)
	go func() { // the one call of rueidis's that waits without a context
		client, cancel := db.client.Dedicate()
		select {
		case ready <- acquired{client, cancel}:
		case <-ctx.Done():
			cancel()
			<-db.dedicated
		}
	}()
	select {
	case a := <-ready:
		return a.client, func(clean bool) {
			if clean {
				a.cancel()
			} else {
				a.client.Close()
			}
			<-db.dedicated
		}, nil
	case <-ctx.Done():
		return nil, nil, fail(ErrNotSent, ctx.Err())
	}
}

// allowMulti asks the server once whether this client may use MULTI. Where it may not, because of an ACL or a proxy, a
// transaction would be worse than refused: MULTI fails, and the commands that follow it run one by one.
func (db *DB) allowMulti(ctx context.Context, slot uint16) error {
	if db.mayMulti.Load() {
		return nil
	}
	multi, exec := db.multi, db.exec
	if db.cluster && slot != anySlot {
		// Ask the node that the transaction goes to. Only because nothing is between them may these two have a slot.
		key := keyOf(slot, nil)
		multi, exec = multi.SetSlot(key), exec.SetSlot(key)
	}
	results, err := db.transaction(ctx, []rueidis.Completed{multi, exec})
	if err != nil {
		return err
	}
	err = results[0].Error()
	if err == nil {
		if err = results[len(results)-1].NonRedisError(); err == nil {
			db.mayMulti.Store(true)
			return nil
		}
	}
	if isServerError(err) {
		return fail(ErrAborted, &CommandError{Index: -1, Name: "MULTI", Err: err})
	}
	// Nothing of the transaction was sent yet, whatever became of the question.
	return undialed(fmt.Errorf("asking whether MULTI is allowed: %w", err))
}
