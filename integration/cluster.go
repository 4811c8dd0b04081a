package integration

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

const (
	slots     = 16384
	primaries = 3 // of a cluster; each has one replica
)

// startCluster starts a cluster whose nodes agree on who serves what.
func (s *Servers) startCluster() (err error) {
	if s.network, err = s.engine.newNetwork(); err != nil {
		return err
	}
	if s.Nodes, err = s.newNodes("cluster", 2*primaries); err != nil {
		return err
	}
	for _, n := range s.Nodes {
		n.argv = s.serverArgs(
			"--cluster-enabled", "yes",
			"--cluster-config-file", "nodes.conf",
			"--cluster-announce-ip", n.host(),
			"--cluster-node-timeout", strconv.FormatInt(s.want.DownAfter.Milliseconds(), 10),
			"--repl-ping-replica-period", "1",
		)
	}
	if err := each(s.Nodes, (*Node).start); err != nil {
		return err
	}
	return s.form()
}

// form makes a cluster of the nodes and waits until all of them agree on it.
func (s *Servers) form() error {
	ids := make([]string, len(s.Nodes))
	for i, n := range s.Nodes {
		id, err := n.text("CLUSTER", "MYID")
		if err != nil {
			return err
		}
		ids[i] = id
		// nodes with the same epoch would first have to settle who is right
		if _, err := n.text("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
		if i < primaries {
			add := []string{"CLUSTER", "ADDSLOTS"}
			for slot := slots * i / primaries; slot < slots*(i+1)/primaries; slot++ {
				add = append(add, strconv.Itoa(slot))
			}
			if _, err := n.text(add...); err != nil {
				return err
			}
		}
		if i > 0 {
			if _, err := s.Nodes[0].text("CLUSTER", "MEET", n.host(), serverPort); err != nil {
				return err
			}
		}
	}
	for i, n := range s.Nodes[primaries:] {
		// refused until gossip has told this node about its primary
		if err := redistest.Poll(func() error { _, err := n.text("CLUSTER", "REPLICATE", ids[i]); return err }); err != nil {
			return err
		}
	}
	return each(s.Nodes, func(n *Node) error { return redistest.Poll(func() error { return n.agrees(ids) }) })
}

// agrees returns what a node still misses to see the whole cluster at work.
func (n *Node) agrees(ids []string) error {
	if err := n.works(); err != nil {
		return err
	}
	nodes, err := n.clusterNodes()
	if err != nil {
		return err
	}
	replicas := 0
	for _, other := range nodes {
		switch strings.TrimPrefix(other.flags, "myself,") {
		case "master":
		case "slave":
			replicas++
		default:
			return fmt.Errorf("%s sees %s as %s", n.Name, other.addr, other.flags)
		}
		if !other.connected || !slices.Contains(ids, other.id) {
			return fmt.Errorf("%s has no connection to %s", n.Name, other.addr)
		}
	}
	if len(nodes) != len(ids) || replicas != len(ids)-primaries {
		return fmt.Errorf("%s knows %d nodes, %d of them replicas", n.Name, len(nodes), replicas)
	}
	return nil
}

// servesAll returns why a node thinks that the cluster does not serve all slots.
func (n *Node) servesAll() error {
	text, err := n.text("CLUSTER", "INFO")
	if err != nil {
		return err
	}
	if info := fields(text); info["cluster_state"] != "ok" || info["cluster_slots_ok"] != strconv.Itoa(slots) {
		return fmt.Errorf("%s sees state %s, %s slots served", n.Name, info["cluster_state"], info["cluster_slots_ok"])
	}
	return nil
}

// clusterNode is a line of CLUSTER NODES.
type clusterNode struct {
	id, addr, flags string
	epoch           int64 // of the election that it has its slots from
	connected       bool
	slots           []string // such as "0-5460" or "7000"
}

// clusterNodes returns what a node knows of the cluster.
func (n *Node) clusterNodes() ([]clusterNode, error) {
	text, err := n.text("CLUSTER", "NODES")
	if err != nil {
		return nil, err
	}
	var list []clusterNode
	for line := range strings.Lines(text) {
		// id, address, flags, primary's id, ping sent, pong received, epoch, link, slots…
		words := strings.Fields(line)
		if len(words) < 8 {
			return nil, fmt.Errorf("CLUSTER NODES: %q", line)
		}
		addr, _, _ := strings.Cut(words[1], "@")
		epoch, err := strconv.ParseInt(words[6], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("CLUSTER NODES: %q: %w", line, err)
		}
		list = append(list, clusterNode{
			id: words[0], addr: addr, flags: words[2], epoch: epoch, connected: words[7] == "connected", slots: words[8:],
		})
	}
	return list, nil
}

// claimBySlot asks a node of a cluster who serves a key.
func claimBySlot(n *Node, key string) (addr string, election int64, err error) {
	reply, err := n.TryDo("CLUSTER", "KEYSLOT", key)
	if err != nil {
		return "", 0, err
	}
	slot, err := reply.ToInt64()
	if err != nil {
		return "", 0, err
	}
	nodes, err := n.clusterNodes()
	if err != nil {
		return "", 0, err
	}
	for _, node := range nodes {
		if strings.Contains(node.flags, "master") && slices.ContainsFunc(node.slots, func(r string) bool { return within(r, slot) }) {
			return node.addr, node.epoch, nil
		}
	}
	return "", 0, errors.New("nobody serves the slot")
}

// within reports whether slot is in a range such as "0-5460" or "7000".
func within(slotRange string, slot int64) bool {
	from, to, ok := strings.Cut(slotRange, "-")
	if !ok {
		to = from
	}
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	return err1 == nil && err2 == nil && first <= slot && slot <= last
}
