package redistest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
)

const slots = 16384

// Cluster is a running Redis Cluster on this machine.
type Cluster struct {
	// Nodes are its servers: those that began as primaries first, then the
	// replicas of the first, of the second and so on.
	Nodes []*Server

	ids []string // of the nodes, in the same order
}

// StartCluster starts a cluster with the slots spread evenly over the
// primaries, waits until all nodes agree on it and stops it when the test ends.
// args go to every node, after "--cluster-node-timeout 2000" and the like, so
// they can overrule those. Replicas take over from dead primaries only while
// most primaries are alive, so a failover takes three of them.
//
// Without a server program on the machine StartCluster skips the test, or
// fails it if "cluster" or "redis" is [Required].
func StartCluster(tb testing.TB, primaries, replicasEach int, args ...string) *Cluster {
	tb.Helper()
	c, err := launchCluster(primaries, replicasEach, args)
	if errors.Is(err, errNoBinary) {
		skipCluster(tb, err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	for _, s := range c.Nodes {
		s.tb = tb
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			for _, s := range c.Nodes {
				tb.Logf("last output of the node at %s:\n%s", s.Addr, s.output())
			}
		}
		c.remove()
	})
	return c
}

func skipCluster(tb testing.TB, err error) {
	tb.Helper()
	if Required("redis") {
		SkipOrFail(tb, "redis", err.Error())
	}
	SkipOrFail(tb, "cluster", err.Error())
}

// launchCluster starts a cluster that nobody stops yet.
func launchCluster(primaries, replicasEach int, args []string) (*Cluster, error) {
	if _, err := findBinary(); err != nil {
		return nil, err // once, not once for each node
	}
	args = append([]string{
		"--cluster-enabled", "yes",
		"--cluster-config-file", "nodes.conf",
		"--cluster-node-timeout", "2000",
		"--cluster-announce-ip", "127.0.0.1",
		"--repl-diskless-sync-delay", "0",
		"--repl-ping-replica-period", "1",
	}, args...)
	c := &Cluster{Nodes: make([]*Server, primaries*(1+replicasEach))}
	if len(c.Nodes) == 0 {
		return nil, errors.New("a cluster needs a primary")
	}
	errs := make([]error, len(c.Nodes))
	c.each(func(i int, _ *Server) { c.Nodes[i], errs[i] = launch(args) })
	c.Nodes = slices.DeleteFunc(c.Nodes, func(s *Server) bool { return s == nil })
	err := errors.Join(errs...)
	if err == nil {
		err = c.form(primaries, replicasEach)
	}
	if err != nil {
		c.remove()
		return nil, err
	}
	return c, nil
}

// each calls do for all nodes at the same time and waits for it.
func (c *Cluster) each(do func(i int, s *Server)) {
	var wg sync.WaitGroup
	for i, s := range c.Nodes {
		wg.Go(func() { do(i, s) })
	}
	wg.Wait()
}

// remove stops the nodes and deletes their files.
func (c *Cluster) remove() {
	c.each(func(_ int, s *Server) { s.remove() })
}

// form makes a cluster of the nodes and waits until all of them agree on it.
func (c *Cluster) form(primaries, replicasEach int) error {
	c.ids = make([]string, len(c.Nodes))
	for i, s := range c.Nodes {
		id, err := s.text("CLUSTER", "MYID")
		if err != nil {
			return err
		}
		c.ids[i] = id
		// nodes with the same epoch would first have to settle who is right
		if _, err := s.text("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
		if i < primaries {
			add := []string{"CLUSTER", "ADDSLOTS"}
			for slot := slots * i / primaries; slot < slots*(i+1)/primaries; slot++ {
				add = append(add, strconv.Itoa(slot))
			}
			if _, err := s.text(add...); err != nil {
				return err
			}
		}
		if i > 0 {
			if _, err := c.Nodes[0].text("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(s.Port)); err != nil {
				return err
			}
		}
	}
	for i, s := range c.Nodes[primaries:] {
		// refused until gossip has told this node about its primary
		if err := Poll(func() error {
			_, err := s.text("CLUSTER", "REPLICATE", c.ids[i/replicasEach])
			return err
		}); err != nil {
			return fmt.Errorf("making %s a replica: %w", s.Addr, err)
		}
	}
	for _, s := range c.Nodes {
		if err := Poll(func() error { return c.settled(s, primaries) }); err != nil {
			return fmt.Errorf("cluster as seen by %s: %w", s.Addr, err)
		}
	}
	return nil
}

// settled returns what s still misses to see the whole cluster at work.
func (c *Cluster) settled(s *Server, primaries int) error {
	text, err := s.text("CLUSTER", "INFO")
	if err != nil {
		return err
	}
	info := parseInfo(text)
	if info["cluster_state"] != "ok" || info["cluster_slots_ok"] != strconv.Itoa(slots) {
		return fmt.Errorf("state %s, %s slots served", info["cluster_state"], info["cluster_slots_ok"])
	}
	nodes, err := s.text("CLUSTER", "NODES")
	if err != nil {
		return err
	}
	known, replicas := 0, 0
	for line := range strings.Lines(nodes) {
		// id, address, flags, primary's id, ping sent, pong received, epoch, link
		fields := strings.Fields(line)
		if len(fields) < 8 || !slices.Contains(c.ids, fields[0]) || fields[7] != "connected" {
			return fmt.Errorf("node %q", line)
		}
		for flag := range strings.SplitSeq(fields[2], ",") {
			switch flag {
			case "myself", "master":
			case "slave":
				replicas++
			default:
				return fmt.Errorf("node %q", line)
			}
		}
		known++
	}
	if known != len(c.Nodes) || replicas != len(c.Nodes)-primaries {
		return fmt.Errorf("%d nodes, %d replicas known", known, replicas)
	}
	text, err = s.text("INFO", "replication")
	if err != nil {
		return err
	}
	if info := parseInfo(text); info["role"] == "slave" && info["master_link_status"] != "up" {
		return fmt.Errorf("link to the primary is %s", info["master_link_status"])
	}
	return nil
}

// text is TryDo for replies that are strings.
func (s *Server) text(args ...string) (string, error) {
	reply, err := s.TryDo(args...)
	if err != nil {
		return "", fmt.Errorf("%s at %s: %w", strings.Join(args[:min(len(args), 4)], " "), s.Addr, err)
	}
	return reply.ToString()
}

// Option returns the options for a client of the cluster that knows all nodes.
func (c *Cluster) Option() rueidis.ClientOption {
	option := rueidis.ClientOption{Password: c.Nodes[0].password}
	for _, s := range c.Nodes {
		option.InitAddress = append(option.InitAddress, s.Addr)
	}
	return option
}

// Client returns a new client of the cluster and closes it when the test ends.
func (c *Cluster) Client(tb testing.TB) rueidis.Client {
	tb.Helper()
	return newClient(tb, c.Option())
}

// NodeID returns the id of s in the cluster.
func (c *Cluster) NodeID(s *Server) string {
	i := slices.Index(c.Nodes, s)
	if i < 0 {
		panic("redistest: NodeID of a server that is not in the cluster")
	}
	return c.ids[i]
}

// Slot returns the slot of key.
func (c *Cluster) Slot(key string) int {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(rest, "}"); ok && tag != "" {
			key = tag
		}
	}
	// CRC-16/XMODEM
	crc := uint16(0)
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return int(crc) % slots
}

// Owner returns the node that serves slot as its primary, in the view of the
// first node that answers, or nil if it knows none. Nodes that are down are not
// asked; a paused one is waited for.
func (c *Cluster) Owner(slot int) *Server { return c.Owners()(slot) }

// Owners returns [Cluster.Owner] for all slots, as it is now.
func (c *Cluster) Owners() func(slot int) *Server {
	for _, s := range c.Nodes {
		if !s.Running() {
			continue
		}
		if ranges, err := c.rangesSeenBy(s); err == nil {
			return func(slot int) *Server { return ownerIn(ranges, slot) }
		}
	}
	return func(int) *Server { return nil }
}

// ownerSeenBy returns whom s takes for the owner of slot, or nil.
func (c *Cluster) ownerSeenBy(s *Server, slot int) (*Server, error) {
	ranges, err := c.rangesSeenBy(s)
	return ownerIn(ranges, slot), err
}

// slotRange are slots that one node serves.
type slotRange struct {
	first, last int64
	owner       *Server
}

func ownerIn(ranges []slotRange, slot int) *Server {
	for _, r := range ranges {
		if r.first <= int64(slot) && int64(slot) <= r.last {
			return r.owner
		}
	}
	return nil
}

// rangesSeenBy returns which slots are whose, as s sees it. Slots of nodes that
// are not in the cluster are left out.
func (c *Cluster) rangesSeenBy(s *Server) ([]slotRange, error) {
	reply, err := s.TryDo("CLUSTER", "SLOTS")
	if err != nil {
		return nil, err
	}
	list, err := reply.ToArray()
	if err != nil {
		return nil, err
	}
	var ranges []slotRange
	for _, r := range list {
		// first slot, last slot, then address, port and id of primary and replicas
		fields, err := r.ToArray()
		if err != nil || len(fields) < 3 {
			return nil, fmt.Errorf("CLUSTER SLOTS: range %v", r.String())
		}
		first, err1 := fields[0].ToInt64()
		last, err2 := fields[1].ToInt64()
		primary, err3 := fields[2].ToArray()
		if err := errors.Join(err1, err2, err3); err != nil || len(primary) < 3 {
			return nil, fmt.Errorf("CLUSTER SLOTS: range %v: %w", r.String(), err)
		}
		id, err := primary[2].ToString()
		if err != nil {
			return nil, err
		}
		if i := slices.Index(c.ids, id); i >= 0 {
			ranges = append(ranges, slotRange{first, last, c.Nodes[i]})
		}
	}
	return ranges, nil
}
