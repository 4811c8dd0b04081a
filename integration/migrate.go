package integration

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Slot returns the slot of a key.
func (s *Servers) Slot(tb testing.TB, key string) int64 {
	tb.Helper()
	slot, err := s.Nodes[0].Do(tb, "CLUSTER", "KEYSLOT", key).ToInt64()
	if err != nil {
		tb.Fatal(err)
	}
	return slot
}

// MoveSlot moves the slot of a key to another primary under the eyes of the clients, and returns when all nodes agree
// about it. While the slot is on its way, with those of the given keys that exist at the new node and all others at the old
// one, half is called: the slot stays so until it returns.
func (s *Servers) MoveSlot(tb testing.TB, key string, to *Node, keys []string, half func()) {
	tb.Helper()
	from, slot := s.Primary(key), strconv.FormatInt(s.Slot(tb, key), 10)
	// first the target, so that it is prepared when the owner begins to ASK
	to.Do(tb, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.clusterID(tb))
	from.Do(tb, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.clusterID(tb))
	from.migrate(tb, to, keys)
	if half != nil {
		half()
	}
	for {
		rest, err := from.Do(tb, "CLUSTER", "GETKEYSINSLOT", slot, "100").AsStrSlice()
		if err != nil {
			tb.Fatal(err)
		}
		if len(rest) == 0 {
			break
		}
		from.migrate(tb, to, rest)
	}
	// first the target, so that the slot is never without an owner
	id := to.clusterID(tb)
	to.Do(tb, "CLUSTER", "SETSLOT", slot, "NODE", id)
	from.Do(tb, "CLUSTER", "SETSLOT", slot, "NODE", id)
	for _, n := range s.Nodes {
		if err := redistest.Poll(func() error { return n.follows(key, to) }); err != nil {
			tb.Fatal(err)
		}
	}
	// A node that takes a slot before it has heard of the epoch of the one that gives it away may believe a late claim of
	// that one, and the two redirect clients to each other for good.
	if err := redistest.Poll(s.haveOneEpoch); err != nil {
		tb.Fatal(err)
	}
}

// migrate sends keys to another node, those that exist.
func (n *Node) migrate(tb testing.TB, to *Node, keys []string) {
	tb.Helper()
	if len(keys) > 0 {
		n.Do(tb, append([]string{"MIGRATE", to.host(), serverPort, "", "0", "5000", "KEYS"}, keys...)...)
	}
}

// follows returns why a node does not know yet that another serves a key.
func (n *Node) follows(key string, owner *Node) error {
	addr, _, err := claimBySlot(n, key)
	if err == nil && addr != owner.Announced {
		err = fmt.Errorf("for %s, %s serves the slot", n.Name, addr)
	}
	return err
}

// haveOneEpoch returns why the nodes do not agree about how many elections there were.
func (s *Servers) haveOneEpoch() error {
	epochs := map[string]bool{}
	for _, n := range s.Nodes {
		text, err := n.text("CLUSTER", "INFO")
		if err != nil {
			return err
		}
		epochs[fields(text)["cluster_current_epoch"]] = true
	}
	if len(epochs) > 1 {
		return fmt.Errorf("the nodes have %d epochs", len(epochs))
	}
	return nil
}

func (n *Node) clusterID(tb testing.TB) string {
	tb.Helper()
	id, err := n.Do(tb, "CLUSTER", "MYID").ToString()
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(id)
}

// Replica returns the replica of a primary of a cluster.
func (s *Servers) Replica(tb testing.TB, primary *Node) *Node {
	tb.Helper()
	for _, n := range s.Nodes {
		if n == primary || !n.Healthy() {
			continue
		}
		info, err := n.info("replication")
		if err == nil && info["role"] == "slave" && info["master_host"] == primary.host() {
			return n
		}
	}
	tb.Fatalf("%s has no replica", primary.Name)
	return nil
}

// works returns what a node of a cluster still misses to do its part. Whether it believes, alone, that one of the replicas
// has failed is no matter: a node that was off the network may do so for long.
func (n *Node) works() error {
	if err := n.servesAll(); err != nil {
		return err
	}
	info, err := n.info("replication")
	if err == nil && info["role"] == "slave" {
		return n.replicates()
	}
	return err
}

// Recovered waits until all nodes are at work again.
func (s *Servers) Recovered(tb testing.TB) {
	tb.Helper()
	var err error
	switch s.Topology {
	case Cluster:
		if err = each(s.Nodes, (*Node).recovers); err != nil { // some were restarted
			err = each(s.Nodes, (*Node).recovers)
		}
	case Replicas:
		err = redistest.Poll(func() error { return s.Nodes[0].hasReplicas(len(s.Nodes) - 1) })
	case Sentinel:
		err = redistest.Poll(func() error {
			if primary := s.Primary(""); primary != nil {
				return primary.hasReplicas(len(s.Nodes) - 1)
			}
			return errors.New("there is no primary")
		})
		if err != nil {
			break
		}
		err = each(s.Sentinels, func(n *Node) error {
			return redistest.Poll(func() error { return n.watches(len(s.Nodes)-1, len(s.Sentinels)-1) })
		})
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// recovers waits until a node of a cluster is at work, and restarts it if it does not come to that by itself: one that was
// off the network may hold on to a dead connection of the cluster's bus for minutes, because it hears from the other end by
// the connection that the other has made.
func (n *Node) recovers() error {
	err := redistest.Poll(n.works)
	if err == nil {
		return nil
	}
	seen, _ := n.text("CLUSTER", "NODES") // best effort: only for the message
	n.Restart()
	return fmt.Errorf("%w:\n%s", err, seen)
}
