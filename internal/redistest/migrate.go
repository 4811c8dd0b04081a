package redistest

import (
	"fmt"
	"strconv"
	"testing"
)

// MoveSlot moves slot with all its keys to the primary to and returns when all
// nodes know. Clients are redirected by ASK in the meantime, by MOVED after it.
func (c *Cluster) MoveSlot(tb testing.TB, slot int, to *Server) {
	tb.Helper()
	c.BeginMove(tb, slot, to)
	c.FinishMove(tb, slot, to)
}

// BeginMove declares that slot is on its way to the primary to, no more: the
// owner answers ASK for keys it does not have, and nothing is moved.
func (c *Cluster) BeginMove(tb testing.TB, slot int, to *Server) {
	tb.Helper()
	from := c.AgreedOwner(tb, slot)
	if from == to {
		tb.Fatalf("slot %d is at %s already", slot, to.Addr)
	}
	// first the target, so that it is prepared when the owner begins to ASK
	number := strconv.Itoa(slot)
	to.Do(tb, "CLUSTER", "SETSLOT", number, "IMPORTING", c.NodeID(from))
	from.Do(tb, "CLUSTER", "SETSLOT", number, "MIGRATING", c.NodeID(to))
}

// MigrateKeys moves the keys, those that exist, from the owner of slot to the
// primary to, after [Cluster.BeginMove].
func (c *Cluster) MigrateKeys(tb testing.TB, slot int, to *Server, keys ...string) {
	tb.Helper()
	if len(keys) == 0 {
		return
	}
	migrate := []string{"MIGRATE", "127.0.0.1", strconv.Itoa(to.Port), "", "0", "5000"}
	if to.password != "" {
		migrate = append(migrate, "AUTH", to.password)
	}
	migrate = append(append(migrate, "KEYS"), keys...)
	c.AgreedOwner(tb, slot).Do(tb, migrate...)
}

// FinishMove moves the keys that are left in slot, makes the primary to its
// owner at all nodes that run, and returns when all of those know.
func (c *Cluster) FinishMove(tb testing.TB, slot int, to *Server) {
	tb.Helper()
	from := c.AgreedOwner(tb, slot)
	number := strconv.Itoa(slot)
	for {
		reply := from.Do(tb, "CLUSTER", "GETKEYSINSLOT", number, "100")
		keys, err := reply.AsStrSlice()
		if err != nil {
			tb.Fatalf("keys in slot %d: %v", slot, err)
		}
		if len(keys) == 0 {
			break
		}
		c.MigrateKeys(tb, slot, to, keys...)
	}
	// first the target, so that the slot is never without an owner
	for _, s := range []*Server{to, from} {
		s.Do(tb, "CLUSTER", "SETSLOT", number, "NODE", c.NodeID(to))
	}
	for _, s := range c.Nodes {
		if s == to || s == from || !s.Running() {
			continue
		}
		// a replica refuses, and learns it from its primary
		role, err := s.text("INFO", "replication")
		if err != nil {
			tb.Fatal(err)
		}
		if parseInfo(role)["role"] == "master" {
			s.Do(tb, "CLUSTER", "SETSLOT", number, "NODE", c.NodeID(to))
		}
	}
	for _, s := range c.Nodes {
		if !s.Running() {
			continue
		}
		if err := Poll(func() error {
			owner, err := c.ownerSeenBy(s, slot)
			if err == nil && owner != to {
				err = fmt.Errorf("%s does not know that slot %d moved", s.Addr, slot)
			}
			return err
		}); err != nil {
			tb.Fatal(err)
		}
	}
}

// AgreedOwner returns the owner of slot once all nodes that run name the same
// one. After moves in quick succession they may not for a while.
func (c *Cluster) AgreedOwner(tb testing.TB, slot int) (owner *Server) {
	tb.Helper()
	if err := Poll(func() error {
		owner = nil
		for _, s := range c.Nodes {
			if !s.Running() {
				continue
			}
			seen, err := c.ownerSeenBy(s, slot)
			switch {
			case err != nil:
				return err
			case seen == nil || owner != nil && seen != owner:
				return fmt.Errorf("the nodes do not agree on who owns slot %d", slot)
			}
			owner = seen
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return owner
}
