package rueidistx_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// clusterWays are the two ways to a DB: Open with its safeguards, and New on a client with rueidis's own retries.
var clusterWays = map[string]func(testing.TB, rueidis.ClientOption, ...rueidistx.Option) *rueidistx.DB{
	"Open": openCluster,
	"New": func(t testing.TB, option rueidis.ClientOption, options ...rueidistx.Option) *rueidistx.DB {
		client, err := rueidis.NewClient(option)
		require.NoError(t, err)
		t.Cleanup(client.Close)
		return rueidistx.New(client, options...)
	},
}

func openCluster(t testing.TB, option rueidis.ClientOption, options ...rueidistx.Option) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(option, options...)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// front is a cluster with a proxy before each node, which records what clients send there.
type front struct {
	*redistest.Cluster
	proxies map[string]*faultproxy.Proxy // by the address of the node
}

func startFront(t testing.TB, c *redistest.Cluster) *front {
	t.Helper()
	f := &front{c, map[string]*faultproxy.Proxy{}}
	for _, s := range c.Nodes {
		f.proxies[s.Addr] = faultproxy.Start(t, s.Addr)
		f.proxies[s.Addr].Record(true)
	}
	return f
}

// Option returns the options for a client that dials the proxies instead of the nodes. It has one connection to each
// node, so that the order of what arrives there is the order in which it was sent.
func (f *front) Option() rueidis.ClientOption {
	option := f.Cluster.Option()
	option.PipelineMultiplex = -1
	option.DialCtxFn = func(ctx context.Context, node string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
		p := f.proxies[node]
		if p == nil {
			return nil, fmt.Errorf("no node at %s", node)
		}
		return dialer.DialContext(ctx, "tcp", p.Addr())
	}
	return option
}

func (f *front) proxy(s *redistest.Server) *faultproxy.Proxy { return f.proxies[s.Addr] }

// reset forgets what was recorded.
func (f *front) reset() {
	for _, p := range f.proxies {
		p.Reset()
	}
}

// count returns how many commands of this name have arrived at all nodes together.
func (f *front) count(verb string) (n int) {
	for _, p := range f.proxies {
		for _, v := range p.Commands() {
			if v == verb {
				n++
			}
		}
	}
	return n
}

// seen returns the transactions that arrived at the node and concern the key's slot, each as its commands' names, and the
// names of such commands outside of transactions.
func (f *front) seen(s *redistest.Server, key string) (transactions, outside []string) {
	tag := key[:strings.Index(key, "}")+1]
	var open []string
	for _, argv := range f.proxy(s).Argv() {
		ours := slices.ContainsFunc(argv, func(a string) bool { return strings.HasPrefix(a, tag) })
		switch verb := strings.ToUpper(argv[0]); {
		case verb == "MULTI":
			open = []string{verb}
		case verb == "EXEC" && open != nil:
			if open = append(open, verb); len(open) > 2 { // not the question whether MULTI is allowed
				transactions = append(transactions, strings.Join(open, " "))
			}
			open = nil
		case open != nil:
			open = append(open, verb)
		case ours:
			outside = append(outside, verb)
		}
	}
	return transactions, outside
}

// refresh makes clients learn the topology anew, which takes rueidis's locks: a call that left one behind, as those do
// that panic inside rueidis, would stop all further ones.
func (f *front) refresh(t testing.TB, db *rueidistx.DB, keys ...string) {
	t.Helper()
	f.reset()
	for _, p := range f.proxies {
		p.CutAll()
	}
	redistest.Eventually(t, "client asks for the topology", func() bool {
		for _, key := range keys { // a connection that is gone is noticed when it is used
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_ = db.Auto(ctx).Exists(key).Err()
			cancel()
		}
		return f.count("CLUSTER") > 0
	})
	for _, key := range keys {
		require.NoError(t, db.Auto(redistest.Context(t)).Exists(key).Err())
	}
}

// other returns a primary that does not own the slot.
func other(t testing.TB, c *redistest.Cluster, slot int) *redistest.Server {
	t.Helper()
	owner := c.Owner(slot)
	require.NotNil(t, owner)
	if owner == c.Nodes[0] {
		return c.Nodes[1]
	}
	return c.Nodes[0]
}

// keyOn returns a hash tag of the test's own whose slot the node serves.
func keyOn(t testing.TB, c *redistest.Cluster, s *redistest.Server) string {
	t.Helper()
	name := strings.TrimSuffix(redistest.Key(t, ""), "}:")
	for i := range 1000 {
		tag := fmt.Sprintf("%s:%d}", name, i)
		if c.Owner(c.Slot(tag)) == s {
			return tag
		}
	}
	t.Fatal("no key for the node")
	return ""
}

// finish completes the move of a slot and waits until the nodes agree about the epoch. A node that takes a slot before it
// has heard of the epoch of the one that gives it away may believe a late claim of that one, and the two redirect clients
// to each other for good.
func finish(t testing.TB, c *redistest.Cluster, slot int, to *redistest.Server) {
	t.Helper()
	if c.Owner(slot) != to {
		c.FinishMove(t, slot, to)
	}
	redistest.Eventually(t, "common epoch", func() bool {
		epochs := map[string]bool{}
		for _, s := range c.Nodes {
			epochs[infoAt(t, s, "cluster_current_epoch")] = true
		}
		return len(epochs) == 1
	})
}

// clusterState waits until the nodes that run say that the cluster is in the state.
func clusterState(t testing.TB, c *redistest.Cluster, state string) {
	t.Helper()
	for _, s := range c.Nodes {
		redistest.Eventually(t, "state "+state, func() bool { return !s.Running() || infoAt(t, s, "cluster_state") == state })
	}
}

func infoAt(t testing.TB, s *redistest.Server, field string) string {
	t.Helper()
	info, err := s.Do(t, "CLUSTER", "INFO").ToString()
	require.NoError(t, err)
	_, rest, _ := strings.Cut(info, field+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

func textAt(t testing.TB, c *redistest.Cluster, key string) string {
	t.Helper()
	reply := c.Owner(c.Slot(key)).Do(t, "GET", key)
	if reply.IsNil() {
		return ""
	}
	s, err := reply.ToString()
	require.NoError(t, err)
	return s
}

func listAt(t testing.TB, c *redistest.Cluster, key string) []string {
	t.Helper()
	list, err := c.Owner(c.Slot(key)).Do(t, "LRANGE", key, "0", "-1").AsStrSlice()
	require.NoError(t, err)
	return list
}
