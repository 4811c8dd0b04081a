package rueidistx

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// addressOf returns the address of a node in the reply of one that was asked at an address. A node that does not know its
// own host leaves that out.
func addressOf(asked string, host, port *rueidis.RedisMessage) (string, error) {
	name, err := host.ToString()
	if host.IsNil() || name == "" {
		name, _, _ = net.SplitHostPort(asked)
	} else if err != nil {
		return "", mismatch("the host of a node")
	}
	n, err := AsInt64(*port)
	if err != nil {
		return "", mismatch("the port of a node")
	}
	return net.JoinHostPort(name, strconv.FormatInt(n, 10)), nil
}

// layout is which primary of a cluster has which slots, as each of them says of itself.
type layout struct {
	nodes  []node            // the primaries that have slots, and those that slots are on their way to
	owners [anySlot]string   // "" if none or several of them say that they have it
	moving map[uint16]string // where a slot is on its way to
}

// own is what a node says of itself in CLUSTER NODES.
type own struct {
	slots     []slotRange
	migrating map[uint16]string // to the node with this ID
	importing []uint16
	addrs     map[string]string // of all nodes, by ID
	hosts     map[string]string // the same with the host names that nodes announce, of those that do
}

// addressIn returns the address of the node with an ID as clients get it, from CLUSTER SLOTS. A node without slots is not
// there: it has a host name if others are there with theirs.
func (o *own) addressIn(listed []slotRange, id string) string {
	addr := o.addrs[id]
	for _, r := range listed {
		switch {
		case r.id == id && id != "":
			return r.addr
		case o.hosts[id] != "" && o.hosts[r.id] == r.addr:
			addr = o.hosts[id]
		}
	}
	return addr
}

// layout asks all primaries for their slots until they agree, or until it is clear that they do not soon: a cluster may be
// left without an owner of a slot for long.
func (db *DB) layout(ctx context.Context) (*layout, error) {
	const tries, pause = 40, 50 * time.Millisecond
	for try := 1; ; try++ {
		l, agree, err := db.askLayout(ctx)
		if err != nil || agree || try == tries {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, fail(ErrNotSent, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// askLayout also reports whether the primaries agree: each slot that one of them lists belongs to one that says so itself.
func (db *DB) askLayout(ctx context.Context) (l *layout, agree bool, err error) {
	if unsent := db.check(ctx); unsent != nil {
		return nil, false, unsent
	}
	listed, err := db.slots(ctx)
	if err != nil {
		return nil, false, err
	}
	l = &layout{moving: map[uint16]string{}}
	if l.nodes, err = db.reach(ctx, listed); err != nil {
		return nil, false, err
	}
	views, errs := make([]own, len(l.nodes)), make([]error, len(l.nodes))
	concurrently(len(l.nodes), func(i int) {
		on := l.nodes[i].db.Auto(ctx)
		views[i], errs[i] = Queue(on, on.B().Arbitrary("CLUSTER", "NODES").ReadOnly(), asOwn(l.nodes[i].addr)).Value()
	})
	var targets []slotRange
	var claims [anySlot]int
	for i, view := range views {
		addr := l.nodes[i].addr
		if errs[i] != nil {
			return nil, false, &NodeError{addr, errs[i]}
		}
		for _, r := range view.slots {
			for s := r.first; s <= r.last; s++ {
				claims[s]++
				l.owners[s] = addr
			}
		}
		for s, id := range view.migrating {
			l.moving[s] = view.addressIn(listed, id)
			targets = append(targets, slotRange{first: int64(s), last: int64(s), addr: l.moving[s]})
		}
		for _, s := range view.importing {
			l.moving[s] = addr
		}
	}
	agree = true
	for s := range claims {
		if claims[s] > 1 {
			l.owners[s], agree = "", false
		}
	}
	for _, r := range listed {
		for s := r.first; s <= r.last; s++ {
			agree = agree && l.owners[s] != ""
		}
	}
	l.nodes, err = db.reach(ctx, append(listed, targets...))
	return l, agree, err
}

// asOwn returns a decoder of CLUSTER NODES for a node that was asked at an address.
func asOwn(asked string) Decoder[own] {
	return func(m rueidis.RedisMessage) (own, error) {
		text, err := AsString(m)
		if err != nil {
			return own{}, err
		}
		return ownOf(text, asked)
	}
}

func ownOf(text, asked string) (own, error) {
	o := own{migrating: map[uint16]string{}, addrs: map[string]string{}, hosts: map[string]string{}}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 8 {
			return o, mismatch("a list of nodes")
		}
		at, bus, _ := strings.Cut(words[1], "@")
		colon := strings.LastIndexByte(at, ':')
		if colon < 0 {
			return o, mismatch("a list of nodes")
		}
		host := at[:colon]
		if host == "" {
			host, _, _ = net.SplitHostPort(asked)
		}
		o.addrs[words[0]] = net.JoinHostPort(host, at[colon+1:])
		if _, more, ok := strings.Cut(bus, ","); ok { // behind the port: the host name, and then names with values
			if name, _, _ := strings.Cut(more, ","); name != "" && !strings.Contains(name, "=") {
				o.hosts[words[0]] = net.JoinHostPort(name, at[colon+1:])
			}
		}
		if !slices.Contains(strings.Split(words[2], ","), "myself") {
			continue
		}
		for _, word := range words[8:] {
			if !o.add(word) {
				return o, mismatch("a list of slots")
			}
		}
	}
	return o, nil
}

// add adds one word about slots: 7, 7-9, [7->-ID] or [7-<-ID].
func (o *own) add(word string) bool {
	about := strings.Trim(word, "[]")
	if from, id, ok := strings.Cut(about, "->-"); ok {
		n, err := strconv.ParseUint(from, 10, 14)
		o.migrating[uint16(n)] = id
		return err == nil
	}
	if from, _, ok := strings.Cut(about, "-<-"); ok {
		n, err := strconv.ParseUint(from, 10, 14)
		o.importing = append(o.importing, uint16(n))
		return err == nil
	}
	first, last, several := strings.Cut(about, "-")
	if !several {
		last = first
	}
	low, err := strconv.ParseUint(first, 10, 14)
	high, err2 := strconv.ParseUint(last, 10, 14)
	o.slots = append(o.slots, slotRange{first: int64(low), last: int64(high)})
	return err == nil && err2 == nil
}

// settled reports whether all keys of a slot were seen by somebody who has first read from its owner, and then, if it was on
// its way, from where it was on its way to, with the layout before and this one after it.
func (l *layout) settled(before *layout, s uint16) bool {
	from, to := before.owners[s], before.moving[s]
	switch {
	case l.owners[s] == from:
		return l.moving[s] == to
	case to != "":
		return l.owners[s] == to && l.moving[s] == ""
	}
	return false
}

// scanCluster yields the keys of all primaries. Those of slots that were moved meanwhile are read again where they are now.
func (db *DB) scanCluster(ctx context.Context, options []KeyScanOption, yield func(string, error) bool) {
	page := func(q *Queries, cursor uint64) Future[Page[string]] { return q.Scan(cursor, options...) }
	ctx, err := steady(ctx)
	if err != nil {
		yield("", err)
		return
	}
	before, err := db.layout(ctx)
	var pending map[uint16]bool // nil: all
	for err == nil {
		// A key on its way is in one of both places at any time. It moves in one direction, so that is the order of reading.
		moving := map[string]bool{}
		for s, to := range before.moving {
			if pending == nil || pending[s] {
				moving[to] = true
			}
		}
		for _, n := range before.nodes {
			if !before.mayHave(n.addr, pending) {
				continue
			}
			whole := pending == nil
			if !readNode(ctx, n, page, yield, func(s uint16) bool { return whole || pending[s] }) {
				return
			}
		}
		for _, n := range before.nodes {
			if !moving[n.addr] {
				continue
			}
			if !readNode(ctx, n, page, yield, func(s uint16) bool { return before.moving[s] == n.addr }) {
				return
			}
		}
		var after *layout
		if after, err = db.layout(ctx); err != nil {
			break
		}
		again := map[uint16]bool{}
		for s := range uint16(anySlot) {
			if (pending == nil || pending[s]) && !after.settled(before, s) {
				again[s] = true
			}
		}
		if len(again) == 0 {
			return
		}
		before, pending = after, again
	}
	yield("", err)
}

// readValue calls read for the node that has a key, again if it turns out that another one has it.
func (db *DB) readValue(ctx context.Context, key string, read func(on *DB) (bool, error)) (bool, error) {
	const tries, pause = 40, 50 * time.Millisecond
	s := int64(slot(key))
	for try := 1; ; try++ {
		ranges, err := db.slots(ctx)
		if err != nil {
			return false, err
		}
		ranges = slices.DeleteFunc(ranges, func(r slotRange) bool { return s < r.first || s > r.last })
		nodes, err := db.reach(ctx, ranges)
		if err != nil {
			return false, err
		}
		if len(nodes) > 0 {
			more, err := read(nodes[0].db)
			switch {
			case err == nil || try < tries && isRedirection(err):
			case isRedirection(err):
				return false, fail(ErrIncomplete, errors.New("the slot is being moved"))
			default:
				return false, &NodeError{nodes[0].addr, err}
			}
			if err == nil {
				return more, nil
			}
		} else if try == tries {
			return false, fail(ErrNotSent, errors.New("no node has the slot of the key"))
		}
		select {
		case <-ctx.Done():
			return false, fail(ErrNotSent, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// mayHave reports whether a node may have one of the slots, or any slot if they are nil. Without a known owner, all may.
func (l *layout) mayHave(addr string, slots map[uint16]bool) bool {
	for s := range slots {
		if l.owners[s] == addr || l.owners[s] == "" {
			return true
		}
	}
	return slots == nil
}

// readNode yields the keys of a node that are in some slots, and reports whether there may be more on other nodes.
func readNode(ctx context.Context, n node, page func(*Queries, uint64) Future[Page[string]], yield func(string, error) bool, in func(s uint16) bool) bool {
	more, err := readPages(ctx, n.db, func(key string) bool { return !in(slot(n.db.prefix+key)) || yield(key, nil) }, page)
	if err != nil {
		yield("", &NodeError{n.addr, err})
	}
	return more && err == nil
}
