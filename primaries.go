package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// NodeError is the error of one server of several.
type NodeError struct {
	Addr string
	Err  error
}

// Error returns the server's address and its error.
func (e *NodeError) Error() string {
	return "rueidistx: node " + e.Addr + ": " + strings.TrimPrefix(e.Err.Error(), "rueidistx: ")
}

// Unwrap returns the server's error.
func (e *NodeError) Unwrap() error { return e.Err }

// NodesError is the error of [DB.EachPrimary], and of the Load of a [Script] or [Library], if it has failed on some servers.
// errors.Is and errors.As look into Errs. Only [ErrUnknown], [ErrNotApplied] and [ErrApplied] refer to all servers together, as
// those of a [*BatchError] do to its commands: it is Unknown if any server's is, NotApplied if that of all of them is, and
// otherwise Applied.
type NodesError struct {
	Total int // servers
	Errs  []*NodeError

	outcome Outcome
}

// Error says on how many servers it failed, and why on each of them.
func (e *NodesError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "rueidistx: %d of %d nodes failed", len(e.Errs), e.Total)
	separator := ": "
	for _, err := range e.Errs {
		s.WriteString(separator + strings.TrimPrefix(err.Error(), "rueidistx: "))
		separator = "; "
	}
	return s.String()
}

// Is reports whether target is the outcome on all servers, or matches the error of one of them.
func (e *NodesError) Is(target error) bool {
	if isOutcome(target) {
		return target == e.outcome.sentinel()
	}
	return anyIs(e.list(), target)
}

// As looks into the errors of the servers.
func (e *NodesError) As(target any) bool { return anyAs(e.list(), target) }

func (e *NodesError) list() []error {
	list := make([]error, len(e.Errs))
	for i, err := range e.Errs {
		list[i] = err
	}
	return list
}

// nodesError returns the errors of the servers, nil if there are none.
func nodesError(nodes []node, errs []error) error {
	e := &NodesError{Total: len(nodes), outcome: outcomeOfAll(errs)}
	for i, err := range errs {
		if err != nil {
			e.Errs = append(e.Errs, &NodeError{nodes[i].addr, err})
		}
	}
	if e.Errs == nil {
		return nil
	}
	return e
}

// node is a server that this package talks to without asking which slots it has.
type node struct {
	addr string
	db   *DB
}

// EachPrimary sends commands to each primary of a cluster, or to the one server if the client is not a cluster's, all at
// the same time. fn is called for one after the other, in this goroutine, with a [Batch] to queue its commands in and the
// server's address, which is "" with Standalone's replicas. Nothing is sent before fn has returned for the last one. When
// EachPrimary returns, all futures are settled:
//
//	var sizes []rueidistx.Future[int64]
//	err := db.EachPrimary(ctx, func(addr string, b *rueidistx.Batch) error {
//		sizes = append(sizes, b.DBSize())
//		return nil
//	})
//
// It is for commands without keys: a server refuses those whose keys it does not have, and the redirection is not followed.
// It must not execute or keep b. Each server is a Batch of its own, so it takes one round trip to each, and in a cluster one
// before to ask for the slots, for which the user needs the right to run CLUSTER SLOTS. Primaries without slots are left
// out. A primary that fn has been called for may have become a replica when the commands arrive: it then refuses to write.
//
// If fn returns an error, or a command was refused while being queued, nothing is sent anywhere: see [DB.Execute]. The error
// is a [*NodesError] if it has failed on some servers, with their addresses. A server that cannot be reached is among them.
func (db *DB) EachPrimary(ctx context.Context, fn func(addr string, b *Batch) error) error {
	if fn == nil {
		return invalid("the closure is nil")
	}
	nodes, err := db.primaries(ctx)
	if err != nil {
		return err
	}
	batches := make([]*Batch, 0, len(nodes))
	discard := func(why error) {
		for _, b := range batches {
			b.queue.discard(why)
		}
	}
	defer discard(errDiscarded) // if fn panicked or ended its goroutine
	for _, n := range nodes {
		b := n.db.Batch()
		b.queue.managed = true
		batches = append(batches, b)
		if err := fn(n.addr, b); err != nil {
			discarded := discardedBy(err)
			discard(discarded)
			return discarded
		}
	}
	errs := make([]error, len(nodes))
	for i, b := range batches {
		if err := b.Err(); err != nil {
			b.queue.managed = false
			errs[i] = b.Exec(ctx) // sends nothing
			discard(errDiscarded)
			e := &NodesError{Total: len(nodes), Errs: []*NodeError{{nodes[i].addr, errs[i]}}, outcome: NotApplied}
			return e
		}
	}
	concurrently(len(batches), func(i int) {
		batches[i].queue.managed = false
		errs[i] = batches[i].Exec(ctx)
	})
	return nodesError(nodes, errs)
}

// primaries returns the primaries of a cluster that have slots, or the one server.
func (db *DB) primaries(ctx context.Context) ([]node, error) {
	if _, unsent := perform(ctx, db, func(context.Context) bool { return true }); unsent != nil {
		return nil, unsent
	}
	if !db.cluster {
		return []node{{db.address(), db}}, nil
	}
	slots, err := db.slots(ctx)
	if err != nil {
		return nil, err
	}
	return db.reach(ctx, slots)
}

// address returns the address of the one server, "" if it is not known which one that is.
func (db *DB) address() string {
	nodes := db.client.Nodes()
	for addr := range nodes {
		if len(nodes) == 1 {
			return addr
		}
	}
	return ""
}

// slotRange is consecutive slots of a primary.
type slotRange struct {
	first, last int64
	addr        string
	id          string // of the node
}

// slots asks one node after the other for the slots of all primaries, until one of them answers.
func (db *DB) slots(ctx context.Context) (ranges []slotRange, err error) {
	err = fail(ErrNotSent, errors.New("the client knows no node of the cluster"))
	for addr, client := range db.client.Nodes() {
		on := db.onNode(client).Auto(ctx)
		command := on.B().Arbitrary("CLUSTER", "SLOTS").ReadOnly()
		if ranges, err = Queue(on, command, asSlotRanges(addr)).Value(); err == nil && len(ranges) == 0 {
			err = fail(ErrNotSent, errors.New("no primary of the cluster has slots"))
		}
		if err == nil {
			return ranges, nil
		}
		err = &NodeError{addr, err}
	}
	return nil, err
}

// asSlotRanges returns a decoder of CLUSTER SLOTS for a node that was asked at an address.
func asSlotRanges(asked string) Decoder[[]slotRange] {
	return AsSlice(func(m rueidis.RedisMessage) (r slotRange, err error) {
		parts, err := m.ToArray()
		if err != nil || len(parts) < 3 {
			return r, mismatch("slots with their nodes")
		}
		if r.first, err = AsInt64(parts[0]); err == nil {
			r.last, err = AsInt64(parts[1])
		}
		if err != nil || r.first < 0 || r.last < r.first || r.last >= anySlot {
			return r, mismatch("a range of slots")
		}
		primary, err := parts[2].ToArray()
		if err != nil || len(primary) < 2 {
			return r, mismatch("slots with their nodes")
		}
		if len(primary) > 2 {
			r.id, _ = primary[2].ToString()
		}
		r.addr, err = addressOf(asked, &primary[0], &primary[1])
		return r, err
	})
}

// reach returns the nodes of the slots. If the client does not know one of them yet, a command for one of its slots
// makes it ask for the slots, too.
func (db *DB) reach(ctx context.Context, ranges []slotRange) ([]node, error) {
	const tries, pause = 40, 50 * time.Millisecond
	for try := 1; ; try++ {
		known := db.client.Nodes()
		var unknown *slotRange
		var nodes []node
		seen := map[string]bool{}
		for i := range ranges {
			r := &ranges[i]
			client := known[r.addr]
			switch {
			case client == nil:
				unknown = r
			case !seen[r.addr]:
				seen[r.addr], nodes = true, append(nodes, node{r.addr, db.onNode(client)})
			}
		}
		switch {
		case unknown == nil:
			return nodes, nil
		case try == tries:
			return nil, &NodeError{unknown.addr, fail(ErrNotSent, errors.New("the client does not know it"))}
		}
		q := queue{db: db, ctx: ctx, rules: autoRules, state: immediate}
		q.run(opExists, []string{"EXISTS", keyOf(uint16(unknown.first), nil)}) // a key without the DB's prefix
		select {
		case <-ctx.Done():
			return nil, fail(ErrNotSent, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// onNode returns a DB on the client of a single node of the cluster, which follows no redirections.
func (db *DB) onNode(client rueidis.Client) *DB {
	s := db.own.shared
	n := newDB(client, client.B(), config{opened: !s.wrapped, prefix: db.prefix})
	n.cluster, n.facts.cluster = false, false
	n.shared.(*shared).cluster = false
	n.facts.resends, n.facts.handshakes, n.facts.dials = db.facts.resends, db.facts.handshakes, db.facts.dials
	n.repeats, n.retryDelay, n.pins, n.hooks, n.closed = db.repeats, db.retryDelay, db.pins, db.hooks, db.closed
	opened := db.dialed != nil
	n.marks, n.reuses = opened, opened && db.reuses && !db.facts.resends
	return n
}
