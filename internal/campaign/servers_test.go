package campaign

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// field is servers with a proxy before each.
type field struct {
	topology string
	nodes    []*redistest.Server
	proxies  map[string]*faultproxy.Proxy // by address of the server
	option   func() rueidis.ClientOption
	tags     func(prefix string) []string // one for each primary, or one
	primary  func(tag string) *redistest.Server

	promoted  map[*redistest.Server]time.Time // when a node took a primary's place
	cluster   *redistest.Cluster              // or nil
	sentinels *redistest.Sentinel             // or nil
}

// front puts the proxies before the nodes.
func (f *field) front(t *testing.T, option func() rueidis.ClientOption) *field {
	f.proxies = map[string]*faultproxy.Proxy{}
	for _, s := range f.nodes {
		f.proxies[s.Addr] = faultproxy.Start(t, s.Addr)
	}
	f.option = func() rueidis.ClientOption {
		o := option()
		o.DialCtxFn = func(ctx context.Context, node string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
			if p := f.proxies[node]; p != nil {
				node = p.Addr()
			}
			return dialer.DialContext(ctx, "tcp", node)
		}
		return o
	}
	return f
}

func startSingle(t *testing.T) *field {
	s := redistest.Start(t)
	f := &field{topology: "single", nodes: []*redistest.Server{s}}
	f.tags = func(prefix string) []string { return []string{prefix + "a", prefix + "b"} }
	f.primary = func(string) *redistest.Server { return s }
	return f.front(t, s.Option)
}

func startCluster(t *testing.T) *field {
	c := redistest.StartCluster(t, 3, 1, "--cluster-node-timeout", fmt.Sprint(nodeTimeout.Milliseconds()))
	f := &field{topology: "cluster", nodes: c.Nodes, cluster: c, promoted: map[*redistest.Server]time.Time{}}
	f.tags = func(prefix string) (tags []string) {
		for third := range 3 { // each primary has a third of the slots at first
			for i := 0; ; i++ {
				if tag := fmt.Sprint(prefix, i); c.Slot(tag)*3/16384 == third {
					tags = append(tags, tag)
					break
				}
			}
		}
		return tags
	}
	f.primary = func(tag string) *redistest.Server { return c.Owner(c.Slot(tag)) }
	return f.front(t, c.Option)
}

func startSentinel(t *testing.T) *field {
	s := redistest.StartSentinel(t, 1, 3)
	f := &field{topology: "sentinel", nodes: s.Nodes, sentinels: s}
	f.tags = func(prefix string) []string { return []string{prefix + "a", prefix + "b"} }
	f.primary = func(string) *redistest.Server { return s.Primary() }
	return f.front(t, s.Option)
}

// isReplica reports whether s follows another server and has all of its data.
func isReplica(s *redistest.Server) bool {
	reply, err := s.TryDo("INFO", "replication")
	if err != nil {
		return false
	}
	text, _ := reply.ToString()
	return strings.Contains(text, "role:slave") && strings.Contains(text, "master_link_status:up")
}

// replica returns the node of a cluster that follows primary.
func (f *field) replica(t *testing.T, primary *redistest.Server) (found *redistest.Server) {
	t.Helper()
	id := f.cluster.NodeID(primary)
	redistest.Eventually(t, "a primary has a replica", func() bool {
		for _, s := range f.nodes {
			if line := nodeLine(s, f.cluster.NodeID(s)); len(line) > 3 && line[3] == id && isReplica(s) {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

// nodeLine is what a node of a cluster says of the one with this id.
func nodeLine(s *redistest.Server, id string) []string {
	if !s.Running() {
		return nil
	}
	reply, err := s.TryDo("CLUSTER", "NODES")
	if err != nil {
		return nil
	}
	text, _ := reply.ToString()
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 7 && fields[0] == id {
			return fields
		}
	}
	return nil
}

// agree waits until all nodes take one for a primary, and another one for its replica.
func (f *field) agree(t *testing.T, primary, replica *redistest.Server) {
	t.Helper()
	for _, s := range f.nodes {
		redistest.Succeeds(t, "all nodes should know of a promotion", func() error {
			p, r := nodeLine(s, f.cluster.NodeID(primary)), nodeLine(s, f.cluster.NodeID(replica))
			if len(p) > 8 && strings.Contains(p[2], "master") && !strings.Contains(p[2], "fail") &&
				len(r) > 3 && strings.Contains(r[2], "slave") && !strings.Contains(r[2], "fail") {
				return nil
			}
			return fmt.Errorf("%s sees the primary as %q, its replica as %q", s.Addr, p, r)
		})
	}
	redistest.Eventually(t, "the replica has everything", func() bool { return isReplica(replica) })
}

// upset does something to a server that it gets over by itself.
func (c *combination) upset(t *testing.T, rng *rand.Rand) {
	s := c.field.primary(c.tags[rng.IntN(len(c.tags))])
	if s == nil {
		return
	}
	c.figures.Upsets++
	switch rng.IntN(5) {
	case 0, 1:
		_, _ = s.TryDo("SCRIPT", "FLUSH")
	case 2:
		_, _ = s.TryDo("CLIENT", "KILL", "TYPE", "normal")
	case 3:
		_, _ = s.TryDo("CLIENT", "PAUSE", fmt.Sprint(5+rng.IntN(30)))
	case 4:
		s.Pause()
		time.Sleep(time.Duration(5+rng.IntN(60)) * time.Millisecond)
		s.Resume()
	}
}

// move moves the slot of a tag, and with it the keys: one after the other, with work in between.
func (c *combination) move(t *testing.T, rng *rand.Rand) {
	t.Helper()
	cl, tag := c.field.cluster, c.tags[rng.IntN(len(c.tags))]
	slot := cl.Slot(tag)
	from := cl.Owner(slot)
	var others []*redistest.Server
	for _, other := range c.primaries(t) {
		if other != from {
			others = append(others, other)
		}
	}
	to := others[rng.IntN(len(others))]
	cl.BeginMove(t, slot, to)
	switch rng.IntN(3) {
	case 0:
		cl.MigrateKeys(t, slot, to, "{"+tag+"}list")
	case 1:
		cl.MigrateKeys(t, slot, to, "{"+tag+"}hash")
	}
	time.Sleep(time.Duration(rng.IntN(15)) * time.Millisecond)
	cl.FinishMove(t, slot, to)
	c.figures.Moves++
}

// primaries returns the nodes of a cluster that are primaries.
func (c *combination) primaries(t *testing.T) (list []*redistest.Server) {
	t.Helper()
	redistest.Eventually(t, "there are three primaries", func() bool {
		list = nil
		for _, s := range c.field.nodes {
			if line := nodeLine(s, c.field.cluster.NodeID(s)); len(line) > 7 && strings.Contains(line[2], "master") {
				list = append(list, s)
			}
		}
		return len(list) == 3
	})
	return list
}

// settle waits until all nodes know of the latest epoch. A node that takes a slot gives itself a new one without asking, and
// an election that does not know of that may give the same to another: then a primary is replaced, and put back again.
func (f *field) settle(t *testing.T) {
	t.Helper()
	redistest.Eventually(t, "all nodes know the epoch", func() bool {
		epochs := map[string]bool{}
		for _, s := range f.nodes {
			reply, err := s.TryDo("CLUSTER", "INFO")
			if err != nil {
				return false
			}
			info, _ := reply.ToString()
			_, epoch, _ := strings.Cut(info, "cluster_current_epoch:")
			epoch, _, _ = strings.Cut(epoch, "\r\n")
			epochs[epoch] = true
		}
		return len(epochs) == 1
	})
}

// tired is how long a node that has been promoted must not be again: Redis would take the votes of the last election for
// those of the next, and two nodes would serve the same slots.
const tired = 4*nodeTimeout + time.Second

// nodeTimeout is long enough for a busy machine: nobody is to be replaced who was not meant to be.
const nodeTimeout = 2 * time.Second

// candidate returns a primary that serves a book, and its replica, which may take its place; or nothing, as none may.
func (c *combination) candidate(t *testing.T, rng *rand.Rand) (tag string, primary, replica *redistest.Server) {
	t.Helper()
	c.field.settle(t)
	for _, i := range rng.Perm(len(c.tags)) {
		tag = c.tags[i]
		primary = c.field.primary(tag)
		replica = c.field.replica(t, primary)
		if time.Since(c.field.promoted[replica]) > tired {
			c.field.promoted[replica] = time.Now()
			return tag, primary, replica
		}
	}
	return "", nil, nil
}

// failover lets a replica take the place of its primary, which waits for it: nothing is lost.
func (c *combination) failover(t *testing.T, rng *rand.Rand) {
	t.Helper()
	_, primary, replica := c.candidate(t, rng)
	if primary == nil {
		return
	}
	began := time.Time{}
	redistest.Eventually(t, "a failover", func() bool {
		if line := nodeLine(replica, c.field.cluster.NodeID(replica)); len(line) > 2 && strings.Contains(line[2], "master") {
			return true
		}
		if time.Since(began) > tired { // it may have been refused, or have timed out
			_, _ = replica.TryDo("CLUSTER", "FAILOVER")
			began = time.Now()
		}
		return false
	})
	c.field.agree(t, replica, primary)
	c.figures.Failovers++
}

// killing kills a primary; its replica takes its place, and it comes back as the replica.
func (c *combination) killing(t *testing.T, rng *rand.Rand) {
	t.Helper()
	tag, primary, replica := c.candidate(t, rng)
	if primary == nil {
		return
	}
	c.whileLosing(t, primary, "{"+tag+"}fence", func() {
		primary.Kill()
		redistest.Eventually(t, "the replica takes over", func() bool { return c.field.primary(tag) == replica })
		primary.Restart()
		c.field.agree(t, replica, primary)
		c.field.promoted[replica] = time.Now()
	})
	c.figures.Kills++
}

// switchover has the sentinels put another server in the primary's place. They do not wait for it.
func (c *combination) switchover(t *testing.T) {
	t.Helper()
	old := c.field.primary("")
	c.whileLosing(t, old, "fence", func() {
		c.field.sentinels.Failover(t)
		help := time.Now().Add(tired)
		redistest.Succeeds(t, "the old primary should follow the new one", func() error {
			now := c.field.primary("")
			if now == nil {
				return errors.New("the sentinels do not agree")
			}
			for _, s := range c.field.nodes {
				if s == now || isReplica(s) {
					continue
				}
				if time.Now().After(help) { // sentinels on a busy machine stand back for half a minute
					_, _ = s.TryDo("REPLICAOF", "127.0.0.1", fmt.Sprint(now.Port))
					help = time.Now().Add(tired)
				}
				return fmt.Errorf("%s does not follow %s", s.Addr, now.Addr)
			}
			return nil
		})
		c.passes(t)
	})
	c.figures.Failovers++
}

// whileLosing allows acknowledged writes to be lost while do runs, and no others: what was acknowledged before has reached
// the replica.
func (c *combination) whileLosing(t *testing.T, primary *redistest.Server, fence string, do func()) {
	t.Helper()
	c.losing.Store(true)
	c.passes(t)
	redistest.Eventually(t, "the replica has what was acknowledged", func() bool {
		if _, err := primary.TryDo("SET", fence, ""); err != nil {
			return false
		}
		n, err := primary.TryDo("WAIT", "1", "1000")
		if err != nil {
			return false
		}
		have, _ := n.ToInt64()
		return have >= 1
	})
	do()
	c.passes(t)
	c.losing.Store(false)
}

// passes waits until the units that run now have ended.
func (c *combination) passes(t *testing.T) {
	t.Helper()
	for _, w := range c.workers {
		if n, busy := w.done.Load(), w.since.Load() != 0; busy {
			redistest.Eventually(t, "units end", func() bool { return w.done.Load() > n })
		}
	}
}
