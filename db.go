package rueidistx

//go:generate go run ./internal/gen .
//go:generate go run ./internal/api .
//go:generate go run ./internal/pictures .
//go:generate go run ./internal/hazards -write .

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// DB runs commands on a rueidis client in all the ways that this package offers. Create one per client and keep it, or
// one for each [Prefix]: then the bound of [DedicatedTransactions] holds for each of them. Any number of goroutines may use it.
type DB struct {
	client      rueidis.Client
	builder     rueidis.Builder
	facts       facts
	cluster     bool           // commands need a slot
	dialed      rueidis.Client // the client that Open dialed and Close closes
	closed      *atomic.Bool   // shared with the DBs of single nodes
	pins        bool           // commands are sent again that were executed, as code around the client calls them lost
	refused     error          // why New has made a DB without a client
	overdue     time.Duration  // see overdueAfter
	cacheless   bool           // the client caches nothing
	reuses      bool           // the memory of commands may be reused once they were answered
	marks       bool           // rueidis does not resend marked commands: see ofBatch
	checksSlots bool           // without a cluster too
	prefix      string         // of all keys

	prefixPattern string // that matches the prefix

	retryDelay rueidis.RetryDelayFn // pause before reads in a Batch or group are resent; nil: they are not, or rueidis does it

	repeats *atomic.Uint64 // how often rueidis has resent commands; nil if that is not counted

	shared       carrier // single commands and batches
	transactions carrier
	own          *dedicated // for units that need a connection of their own
	guards       carrier    // commands that must run inside MULTI: see guarded

	multi, exec, role rueidis.Completed // pinned, as they are sent many times
	mayMulti          atomic.Bool       // a server has accepted a MULTI
	multiDenied       atomic.Bool       // a server has refused it: ask before each transaction
	deniesScripts     atomic.Bool       // a server does not let the user run scripts, or TIME in them
	clock             atomic.Int64      // by how many nanoseconds the server's clock is ahead, if that is much
	lacks             lacks             // native commands for an If
	cacheUnsure       atomic.Bool       // replies have had no expiry: see askCache

	libraries sync.Map // the names of those that need not be prepared

	known known // which scripts servers know

	hooks *hooks // nil: there are none

	size atomic.Int32 // number of commands of the last Batch or Tx, for which the next one allocates memory
}

// Option changes how a DB works.
type Option interface{ apply(*config) }

// config holds the options of a DB.
type config struct {
	dedicated int  // number of connections for transactions; 0: the shared one
	opened    bool // Open has dialed the client
	wraps     []func(rueidis.Client) rueidis.Client
	slots     bool // check them without a cluster too
	prefix    string
	pool      int  // the size of the client's pool; 0: not known
	pipelines bool // on all connections of the client
	hooks     []Hook
	coalesces bool // single commands
	pipeline  int  // the length from which on the client gives a pipeline its own connection; 0: not known
}

type option func(*config)

func (o option) apply(c *config) { o(c) }

// ownConnections returns how many units may have a connection of their own.
func (c *config) ownConnections() int {
	switch {
	case c.dedicated > 0:
		return c.dedicated
	case c.pool > 0:
		return min(c.pool, defaultDedicated)
	}
	return defaultDedicated
}

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

// dedicates reports whether each transaction has a connection of its own.
func (db *DB) dedicates() bool { return db.transactions == carrier(db.own) }

// DedicatedTransactions runs every transaction on a connection of its own from the client's pool instead of the shared,
// auto-pipelined one. Use it if the client sets ConnLifetime: on the shared connection, rueidis resends a transaction
// whose connection expires before the reply arrives, even if the server already executed it. Commands outside
// transactions stay on the shared connection and may still be sent twice: an INCR may add two, and its reply is that of the
// second time, with no error. An error of theirs that may hide this matches [ErrUnknown]. Transactions of concurrent goroutines
// become slower, as they no longer share a round trip. An If, and a Transact with Once, go by WATCH then, except for an If with
// [ByScript], which stays on the shared connection.
//
// In a cluster, MOVED and ASK are not followed: Exec returns [ErrNotApplied]. Transact retries until rueidis has
// refreshed the topology, up to about a second.
//
// At most n units with a connection of their own run at a time: these transactions, and those of [DB.Watch], [Once] and
// [Durable], which also without this option take such a connection. The others wait for their turn, until their context
// ends but not longer than 5 seconds; then they are [ErrNotSent]. Keep n below ClientOption.BlockingPoolSize (default
// 1024), which blocking commands share. If n <= 0, it is 64. Without this option, it is 64 or, with [Open], the
// BlockingPoolSize if that is smaller. In a cluster, if others have taken all connections of a node's pool, only ctx bounds
// the wait for one.
//
// Outside clusters, a connection is kept for 10 ms before it goes back to the client's pool, because the next unit gets it
// faster then.
func DedicatedTransactions(n int) Option {
	if n <= 0 {
		n = defaultDedicated
	}
	return option(func(c *config) { c.dedicated = n })
}

// Wrap replaces the DB's client with what wrap returns for it, such as the client wrapped by rueidisotel.WithClient or
// rueidishook.WithHook. So a client that [Open] has checked and dialed can be traced. The DB sends everything through
// the wrapper; [DB.Client] returns it, and [DB.Close] closes it. wrap is called once, before Open or [New] returns. If
// there are several Wraps, the first is the innermost.
//
// The outcomes of errors hold if a wrapper passes on each command at most once and unchanged, and the commands of one
// call in one call and in the same order. It may also fail, or return late, but must not return before the client has: with
// [DB.Cached], the reply to another read could be kept then. If a wrapper resends a command, the command may run twice, and no
// error reports that. Results that are missing, surplus or empty are [ErrProtocol], with outcome [Unknown]. A wrapper may
// retain the slices that it is given, so a wrapped DB allocates them for each Batch or Tx. The commands in them are rueidis's,
// which reuses their memory when it has returned: a wrapper that looks at them later, or sends them again, must Pin them first.
// A Batch that only reads may be resent through the wrapper: see [Batch.Exec].
//
// If wrap is nil, panics, or returns an unusable client, Open closes the client that it has dialed and returns
// [ErrInvalid]. On a DB made by New, everything then fails with ErrInvalid.
func Wrap(wrap func(rueidis.Client) rueidis.Client) Option {
	return option(func(c *config) { c.wraps = append(c.wraps, wrap) })
}

// around returns the client inside its wrappers, or the reason why it cannot be used.
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

// usable returns the client that the function makes, unless it is nil, a nil pointer or a wrapper around nothing.
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

// CheckSlots makes a DB without a cluster check hash slots as with a cluster: keys in different slots in a transaction, a
// script or a command with several keys are [ErrCrossSlot], and nothing is sent. A program that works with it on a single
// server has no such errors after a move to a cluster. The keys of commands for [Queue] are checked if they are known: those
// of commands that have methods, and of scripts. Of other commands, such as GEOSEARCHSTORE, one marked key is known, which
// is compared with the keys of its transaction. With a cluster, CheckSlots has no effect.
func CheckSlots() Option {
	return option(func(c *config) { c.slots = true })
}

// New returns a DB on a client of any kind: single node, cluster, sentinel, or standalone with replicas. It sends
// nothing, and it never closes the client. Large batches are faster if the client's ReadBufferEachConn and
// WriteBufferEachConn are 32 KiB, as [Open] sets them.
//
// Three of the client's options break the promises of this package: ConnLifetime without [DedicatedTransactions],
// Standalone.EnableRedirect, and a SendToReplicas that is true for MULTI or EXEC. [Open] refuses them, but New cannot
// see them. In a cluster, also set ClusterOption.MaxMovedRedirections; otherwise two nodes that redirect to each other
// keep the client looping until the context ends.
//
// New cannot see how the client dials. So a connection that could not be set up is [ErrUnknown] here, and [ErrNotSent]
// only with Open: the same error may come from a connection that broke after the command was sent. New cannot see
// either whether the client resends commands by itself. So, unlike with Open, the memory of the commands of a Batch or
// Tx is not reused, except in a cluster. And it cannot see AlwaysPipelining and OnInvalidations: with them, rueidis ends the
// process if a connection of a Watch or of DedicatedTransactions is given back while the server is busy with a script.
func New(client rueidis.Client, options ...Option) *DB {
	c := configOf(options)
	outer, err := c.around(client)
	if err == nil {
		err = c.checkPrefix()
	}
	if err != nil {
		return &DB{refused: err}
	}
	db := newDB(outer, client.B(), c)
	db.reuses = db.cluster && c.dedicated == 0 && c.wraps == nil // a cluster client copies the commands first
	return db
}

func newDB(client rueidis.Client, builder rueidis.Builder, c config) *DB {
	db := &DB{client: client, builder: builder, closed: new(atomic.Bool)}
	db.pins = c.opened && c.wraps != nil
	db.multi = db.builder.Multi().Build().Pin()
	db.exec = db.builder.Exec().Build().Pin()
	db.role = db.builder.Role().Build().Pin()
	db.cluster = db.multi.Slot() == anySlot
	db.facts.cluster = db.cluster
	s := &shared{client: client, cluster: db.cluster, wrapped: !c.opened || c.wraps != nil}
	s.pipelined.Store(c.pipelines)
	db.checksSlots = c.slots && !db.cluster
	db.prefix, db.prefixPattern = c.prefix, escapePattern.Replace(c.prefix)
	db.shared, db.transactions, db.guards = s, s, s
	if c.coalesces {
		db.shared = newCoalesced(db, s, c.pipeline)
	}
	db.own = &dedicated{shared: s, turns: make(chan struct{}, c.ownConnections())}
	if c.dedicated > 0 {
		db.transactions = db.own
	}
	db.hooks = newHooks(c.hooks)
	return db
}

// usesSlots reports whether it matters in which slots keys are.
func (db *DB) usesSlots() bool { return db.cluster || db.checksSlots }

// Client returns the DB's client, for what this package does not offer, such as subscriptions.
// It shares its connections with the DB: do not leave it inside a MULTI or WATCH, and do not close it while the DB is
// in use.
func (db *DB) Client() rueidis.Client {
	if db == nil {
		return nil
	}
	return db.client
}

// Close closes the client of a DB made by [Open], through the wrappers of [Wrap], and waits for pending commands, but not for
// those that block. What is executed later is [ErrNotSent], and matches [ErrConnection]. For a DB made by [New] it does nothing.
func (db *DB) Close() {
	if db != nil && db.dialed != nil && db.closed.CompareAndSwap(false, true) {
		if c, ok := db.shared.(*coalesced); ok {
			c.drain()
		}
		db.own.close()
		defer db.dialed.Close() // in case a wrapper does not; a second Close does nothing
		db.client.Close()
	}
}

// check returns the reason, if any, why the DB cannot send anything for ctx.
func (db *DB) check(ctx context.Context) error {
	switch {
	case db != nil && db.refused != nil:
		return fail(ErrInvalid, db.refused)
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

// perform runs send, which sends a unit for ctx, and returns its result. All units are sent here. unsent says why send
// did not run.
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
// transaction would do harm: MULTI fails, and the commands that follow it run one by one. Outside clusters it also asks
// whether the server is a replica.
func (db *DB) probeMulti(ctx context.Context, slot uint16) *failure {
	if db.mayMulti.Load() && !db.multiDenied.Load() {
		return nil
	}
	probe, discard := []rueidis.Completed{db.role, db.multi, db.exec}, db.builder.Discard().Build()
	if db.cluster {
		probe = probe[1:]
		if slot != anySlot {
			// Ask the node that the transaction goes to. MULTI and EXEC may only have a slot because no command is
			// between them.
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
		if err == ErrNil { // because of a WATCH that other code left behind: MULTI is allowed
			err = nil
		}
		if isServerError(err) && answered {
			// The connection is still inside that MULTI. The reply does not matter.
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
	// Nothing of the transaction was sent yet, whether or not the question was answered.
	f := db.facts.notSent(err)
	f.note = "asking whether MULTI is allowed: "
	var j *classified
	if errors.As(err, &j) {
		f.transient = false
	}
	return f
}
