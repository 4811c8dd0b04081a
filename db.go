package rueidistx

//go:generate go run ./internal/gen commands_gen.go

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// DB runs commands on a rueidis client in all the ways that this package offers. Create one per client and keep it; any
// number of goroutines may use it.
type DB struct {
	client  rueidis.Client
	builder rueidis.Builder
	facts   facts
	cluster bool           // commands need their slot
	dialed  rueidis.Client // by Open, for Close to close
	closed  atomic.Bool
	reuses  bool // the memory of commands may be used again once they were answered
	marks   bool // rueidis leaves marked commands alone: see ofBatch

	retryDelay rueidis.RetryDelayFn // how long a Batch of reads waits before it is sent again; nil: rueidis repeats it, or nobody

	repeats *atomic.Uint64 // how often rueidis has repeated commands; nil where nobody counts

	shared       carrier // single commands and batches
	transactions carrier
	guards       carrier // commands that must not run outside of MULTI: see guarded

	multi, exec, role rueidis.Completed // pinned: sent again and again
	mayMulti          atomic.Bool       // a server has accepted a MULTI
	multiDenied       atomic.Bool       // one has refused it: ask before each transaction

	size atomic.Int32 // of the last Batch or Tx, to allocate the next one's memory in one piece
}

// Option changes how a DB works.
type Option interface{ apply(*config) }

// config is what the options of a DB say.
type config struct {
	dedicated int  // connections for transactions; 0: the shared one
	opened    bool // the client is one that Open has dialed
	wraps     []func(rueidis.Client) rueidis.Client
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

func configOf(options []Option) config {
	var c config
	applyAll(&c, options)
	return c
}

// applyAll applies options; nil ones change nothing, nor does a type of the caller's that embeds a nil one.
func applyAll[T any, O interface{ apply(*T) }](to *T, options []O) {
	for _, o := range options {
		if any(o) != nil {
			func() {
				defer func() { _ = recover() }()
				o.apply(to)
			}()
		}
	}
}

const defaultDedicated = 64

// DedicatedTransactions makes every transaction take a connection of its own from the client's pool instead of the
// shared, auto-pipelined one. Use it if the client sets ConnLifetime: on the shared connection, rueidis resends a
// transaction whose connection expires before the reply arrives, even if the server already executed it. Commands outside
// transactions stay on the shared connection and may then still be sent twice, so their errors say [ErrUnknown] wherever
// that may have happened. Transactions become about three times slower.
//
// In a cluster, MOVED and ASK are not followed: Exec returns [ErrNotApplied]. Transact retries until rueidis has
// refreshed the topology, up to about a second.
//
// At most n transactions run at a time, the others wait for their turn or for the end of their context. Keep n below
// ClientOption.BlockingPoolSize (default 1024), which blocking commands share. If n <= 0, it is 64.
func DedicatedTransactions(n int) Option {
	if n <= 0 {
		n = defaultDedicated
	}
	return option(func(c *config) { c.dedicated = n })
}

// Wrap has the DB use what wrap returns for its client, such as rueidisotel.WithClient or rueidishook.WithHook around it, for
// all that it sends; [DB.Client] returns it, and [DB.Close] closes it. So a client that [Open] has checked and dialed can be
// traced. wrap is called once, before Open or [New] returns. Of several Wraps the first is the innermost.
//
// What errors say of outcomes holds as long as a wrapper hands on each command at most once, unchanged, with those of one
// call in one call and in their order. It may fail instead, or end late. One that sends a command again by itself makes it
// run twice, which no error tells. Results that are missing, too many or none are [ErrProtocol] and [Unknown]. As a wrapper
// may keep what it is given, a Batch or Tx allocates memory for its commands then that others would use again. A Batch that
// only reads may be sent again through the wrapper: see [Batch.Exec].
//
// If wrap is nil, panics, or returns no client that can be used, Open closes the client that it has dialed and returns
// [ErrInvalid], and everything that is run on a DB of New is ErrInvalid.
func Wrap(wrap func(rueidis.Client) rueidis.Client) Option {
	return option(func(c *config) { c.wraps = append(c.wraps, wrap) })
}

// around returns the client with what Wrap puts around it, or why it cannot be used.
func (c *config) around(client rueidis.Client) (_ rueidis.Client, err error) {
	client, err = usable("the client", func() rueidis.Client { return client })
	for _, wrap := range c.wraps {
		if err != nil {
			break
		}
		inner := client
		client, err = usable("Wrap", func() rueidis.Client { return wrap(inner) })
	}
	return client, err
}

// usable returns the client that is made, if it is one: a nil pointer is none, nor a wrapper around nothing.
func usable(name string, client func() rueidis.Client) (rueidis.Client, error) {
	return comeBack(name, func() (rueidis.Client, error) {
		c := client()
		if c == nil {
			return nil, errors.New(name + " is nil")
		}
		_ = c.B()
		return c, nil
	})
}

// New returns a DB on a client of any kind: single node, cluster, sentinel, standalone with replicas. It sends nothing,
// and it never closes the client.
//
// Three of the client's options break the promises of this package, and New cannot see them; [Open] refuses them:
// ConnLifetime without [DedicatedTransactions], Standalone.EnableRedirect, and a SendToReplicas that is true for MULTI or
// EXEC. In a cluster also set ClusterOption.MaxMovedRedirections; otherwise two nodes that redirect to each other keep the
// client looping until the context ends.
//
// As New cannot see how the client dials, a connection that could not be set up is [ErrUnknown] here, and [ErrNotSent]
// only with Open: the same error may come from a connection that broke after the command was sent. And as it cannot see
// whether the client sends commands again by itself, a Batch or Tx allocates memory for its commands that those of Open
// use again.
func New(client rueidis.Client, options ...Option) *DB {
	c := configOf(options)
	outer, err := c.around(client)
	if err != nil {
		return new(DB)
	}
	db := newDB(outer, client.B(), c)
	db.reuses = db.cluster && c.dedicated == 0 && c.wraps == nil // there rueidis copies the commands before it sends them
	return db
}

func newDB(client rueidis.Client, builder rueidis.Builder, c config) *DB {
	db := &DB{client: client, builder: builder}
	db.multi = db.builder.Multi().Build().Pin()
	db.exec = db.builder.Exec().Build().Pin()
	db.role = db.builder.Role().Build().Pin()
	db.cluster = db.multi.Slot() == anySlot
	db.facts.cluster = db.cluster
	s := &shared{client: client, cluster: db.cluster, wrapped: !c.opened || c.wraps != nil}
	db.shared, db.transactions, db.guards = s, s, s
	if c.dedicated > 0 {
		db.transactions = &dedicated{s, make(chan struct{}, c.dedicated)}
	}
	return db
}

// Client returns the client that the DB uses, for what this package does not do: subscriptions, client-side caching. It
// shares its connections with the DB, so it must not be left inside a MULTI or WATCH, nor be closed while the DB is used.
func (db *DB) Client() rueidis.Client {
	if db == nil {
		return nil
	}
	return db.client
}

// Close closes the client of a DB that [Open] made, through the wrappers of [Wrap], waiting for pending commands. It does
// nothing for one of [New].
func (db *DB) Close() {
	if db != nil && db.dialed != nil && db.closed.CompareAndSwap(false, true) {
		defer db.dialed.Close() // a wrapper may not: the second time it does nothing
		db.client.Close()
	}
}

// check returns why the DB cannot send anything for ctx.
func (db *DB) check(ctx context.Context) error {
	switch {
	case db == nil || db.client == nil:
		return invalid("the DB has no client")
	case ctx.Err() != nil:
		return fail(ErrNotSent, ctx.Err())
	case db.closed.Load():
		f := fail(ErrNotSent, rueidis.ErrClosing)
		f.class = ErrConnection
		return f
	}
	return nil
}

// perform runs send, which sends a unit for ctx, and returns what it returns. It is the one place where a unit meets the
// server. An error says why send did not run.
func perform[R any](ctx context.Context, db *DB, send func(ctx context.Context) R) (r R, unsent error) {
	if ctx, unsent = steady(ctx); unsent == nil {
		unsent = db.check(ctx)
	}
	if unsent != nil {
		return r, unsent
	}
	return send(ctx), nil
}

// probeMulti asks the server once whether this client may use MULTI. If it may not, because of an ACL or a proxy, a
// transaction would be worse than refused: MULTI fails, and the commands that follow it run one by one. It also asks, where
// nobody else tells, whether the server is a replica.
func (db *DB) probeMulti(ctx context.Context, slot uint16) *failure {
	if db.mayMulti.Load() && !db.multiDenied.Load() {
		return nil
	}
	probe, discard := []rueidis.Completed{db.role, db.multi, db.exec}, db.builder.Discard().Build()
	if db.cluster {
		probe = probe[1:]
		if slot != anySlot {
			// Ask the node that the transaction goes to. Only because nothing is between them may these two have a slot.
			key := keyOf(slot, nil)
			probe[0], probe[1], discard = probe[0].SetSlot(key), probe[1].SetSlot(key), discard.SetSlot(key)
		}
	}
	results, failed := db.transactions.together(ctx, probe)
	if failed != nil {
		return failed
	}
	results = fit(results, len(probe))
	role := results[0]
	results = results[len(results)-2:]
	name, err, answered := "MULTI", results[0].Error(), results[0].NonRedisError() == nil
	if err == nil {
		name, err, answered = "EXEC", results[1].Error(), results[1].NonRedisError() == nil
		if err == ErrNil { // of a WATCH that other code left behind: MULTI is allowed
			err = nil
		}
		if isServerError(err) && answered {
			// The connection is still in that MULTI. What it answers does not matter.
			_, _ = db.transactions.together(ctx, []rueidis.Completed{discard})
		}
	}
	switch {
	case err == nil:
		if role, _ := role.ToArray(); !db.cluster && len(role) > 0 {
			word, _ := role[0].ToString()
			db.facts.replica.Store(word == "slave" || word == "replica")
		}
		db.mayMulti.Store(true)
		return nil
	case answered:
		f := failCommand(ErrAborted, -1, name, err)
		f.transient = db.facts.isTransient(code(err))
		db.multiDenied.CompareAndSwap(false, !f.transient)
		return f
	}
	// Nothing of the transaction was sent yet, whatever became of the question.
	f := db.facts.notSent(err)
	f.note = "asking whether MULTI is allowed: "
	var j *classified
	if errors.As(err, &j) {
		f.transient = false
	}
	return f
}
