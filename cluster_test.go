package rueidistx_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
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

func TestKeysOfSeveralSlotsAreRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	a, b := keyOn(t, f.Cluster, f.Nodes[0]), keyOn(t, f.Cluster, f.Nodes[1])
	script := rueidistx.NewScript(`return 1`, rueidistx.AsInt64)
	for way, open := range clusterWays {
		db := open(t, f.Option())
		ctx := redistest.Context(t)
		require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Set(a, "1"); return nil }))
		f.reset()
		for name, queue := range map[string]func(c *rueidistx.Commands) error{
			"MGET":     func(c *rueidistx.Commands) error { return c.MGet(a, b).Err() },
			"MSET":     func(c *rueidistx.Commands) error { return c.MSet(a, "1", b, "2").Err() },
			"DEL":      func(c *rueidistx.Commands) error { return c.Del(a, a, b).Err() },
			"RENAME":   func(c *rueidistx.Commands) error { return c.Rename(a, b).Err() },
			"SMOVE":    func(c *rueidistx.Commands) error { return c.SMove(a, b, "m").Err() },
			"ZINTER":   func(c *rueidistx.Commands) error { return c.ZInterStore(a, a, b).Err() },
			"a script": func(c *rueidistx.Commands) error { return script.Queue(c, []string{a, b}).Err() },
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				assert.ErrorIs(t, queue(db.Auto(ctx).Commands), rueidistx.ErrCrossSlot)
				batch, tx := db.Batch(), db.Atomic()
				batch.Set(a, "2")
				_ = queue(batch.Commands)
				assert.ErrorIs(t, batch.Exec(ctx), rueidistx.ErrCrossSlot)
				tx.Set(a, "2")
				_ = queue(tx.Commands)
				err := tx.Exec(ctx)
				assert.ErrorIs(t, err, rueidistx.ErrCrossSlot)
				assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			})
		}
		t.Run(way+" transaction", func(t *testing.T) {
			err := db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(a); tx.Incr(b); return nil })
			assert.ErrorIs(t, err, rueidistx.ErrCrossSlot)
			assert.ErrorContains(t, err, fmt.Sprintf("%d and %d", f.Slot(a), f.Slot(b)))
		})
		for _, s := range f.Nodes {
			transactions, outside := f.seen(s, a)
			assert.Empty(t, append(transactions, outside...))
		}
		f.refresh(t, db, a, b)
	}
}

func TestUnmarkedKeysAreTheServersToRefuse(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	a, b := keyOn(t, f.Cluster, f.Nodes[0]), keyOn(t, f.Cluster, f.Nodes[1])
	db := openCluster(t, f.Option())
	ctx := redistest.Context(t)
	several := func(q rueidistx.Queuer) rueidistx.Future[rueidis.RedisMessage] {
		return rueidistx.Queue(q, db.Client().B().Arbitrary("MGET").Args(a, b).Build(), rueidistx.AsMessage)
	}
	elsewhere := func(q rueidistx.Queuer) rueidistx.Future[rueidis.RedisMessage] {
		return rueidistx.Queue(q, db.Client().B().Arbitrary("INCR").Args(b).Build(), rueidistx.AsMessage)
	}

	require.ErrorIs(t, several(db.Auto(ctx)).Err(), rueidistx.ErrRejected)
	require.NoError(t, elsewhere(db.Auto(ctx)).Err()) // redirected

	for name, stray := range map[string]func(rueidistx.Queuer) rueidistx.Future[rueidis.RedisMessage]{"several": several, "elsewhere": elsewhere} {
		f.reset()
		err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
			tx.Incr(a)
			stray(tx)
			tx.Incr(a)
			return nil
		})
		sentinel := rueidistx.ErrAborted
		if name == "elsewhere" {
			sentinel = rueidistx.ErrCrossSlot // the server says so by a redirection
		}
		require.ErrorIs(t, err, sentinel, name)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), name)
		// Each of the two nodes sends the client to the other one.
		assert.LessOrEqual(t, f.count("MULTI"), 20, name)
	}
	assert.Empty(t, textAt(t, f.Cluster, a))
	assert.Equal(t, "1", textAt(t, f.Cluster, b))
	f.refresh(t, db, a, b)
}

func TestCommandsOfAnotherClientsBuilderAreInvalid(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	a, b := keyOn(t, f.Cluster, f.Nodes[0]), keyOn(t, f.Cluster, f.Nodes[1])
	foreign := redistest.Shared(t).Client(t).B()
	for way, open := range clusterWays {
		db := open(t, f.Option())
		for name, command := range map[string]func() rueidis.Completed{
			"with a key":    func() rueidis.Completed { return foreign.Get().Key(a).Build() },
			"write":         func() rueidis.Completed { return foreign.Set().Key(a).Value("x").Build() },
			"without a key": func() rueidis.Completed { return foreign.Ping().Build() },
			"raw":           func() rueidis.Completed { return foreign.Arbitrary("GET").Keys(b).ReadOnly() },
			"zero":          func() rueidis.Completed { return rueidis.Completed{} },
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				ctx := redistest.Context(t)
				assert.ErrorIs(t, rueidistx.Queue(db.Auto(ctx), command(), rueidistx.AsMessage).Err(), rueidistx.ErrInvalid)
				batch, tx := db.Batch(), db.Atomic()
				rueidistx.Queue(batch, command(), rueidistx.AsMessage)
				assert.ErrorIs(t, batch.Exec(ctx), rueidistx.ErrInvalid)
				tx.Get(a)
				rueidistx.Queue(tx, command(), rueidistx.AsMessage)
				assert.ErrorIs(t, tx.Exec(ctx), rueidistx.ErrInvalid)
			})
		}
		f.refresh(t, db, a, b)
	}
}

func TestKeylessCommandsGoWithTheTransaction(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	for way, open := range clusterWays {
		db := open(t, f.Option())
		for name, order := range map[string]string{ // k: with a key, r: a raw one, p: PING, d: DBSIZE
			"first": "pk", "last": "kd", "between": "kprdk", "only": "pd", "raw": "rr", "alone": "p", "many": "ppppkrkrpd",
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				key := keyOn(t, f.Cluster, f.Nodes[2])
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Set(key, "0"); return nil }))
				f.reset()
				var got []rueidistx.Future[string]
				var want []string
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					got, want = nil, nil
					n := 0
					for _, kind := range order {
						var c rueidis.Completed
						switch kind {
						case 'k':
							n++
							c, want = tx.B().Incr().Key(key).Build(), append(want, strconv.Itoa(n))
						case 'r':
							c, want = tx.B().Mget().Key(key, key).Build(), append(want, fmt.Sprintf("%[1]d %[1]d", n))
						case 'p':
							c, want = tx.B().Ping().Build(), append(want, "PONG")
						case 'd':
							c, want = tx.B().Dbsize().Build(), append(want, "int")
						}
						got = append(got, rueidistx.Queue(tx, c, inWords(kind)))
					}
					return nil
				}))
				values, err := rueidistx.All(got...).Value()
				require.NoError(t, err)
				assert.Equal(t, want, values)
				assert.Equal(t, 1, f.count("MULTI"), "at once to the right node")
				if strings.ContainsAny(order, "kr") {
					transactions, outside := f.seen(f.Nodes[2], key)
					assert.Len(t, transactions, 1)
					assert.Empty(t, outside)
				}
			})
		}
	}
}

// inWords makes one type of the replies to the commands above.
func inWords(kind rune) rueidistx.Decoder[string] {
	return func(m rueidis.RedisMessage) (string, error) {
		switch {
		case kind == 'd' && m.IsInt64():
			return "int", nil
		case m.IsArray():
			words, err := m.AsStrSlice()
			return strings.Join(words, " "), err
		case m.IsInt64():
			n, err := m.AsInt64()
			return strconv.FormatInt(n, 10), err
		}
		return m.ToString()
	}
}

func TestBatchOverAllSlotsKeepsItsOrder(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	for way, open := range clusterWays {
		t.Run(way, func(t *testing.T) {
			f.reset()
			db := open(t, f.Option())
			const n = 1000
			prefix := strings.Trim(redistest.Key(t, ""), "{}:")
			var written []rueidistx.Future[bool]
			var read, echoed []rueidistx.Future[string]
			require.NoError(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
				for i := 0; b.Len() < n; i++ {
					key, value := fmt.Sprintf("%s:%d", prefix, i), strconv.Itoa(i)
					written = append(written, b.Set(key, value))
					if i%3 == 0 {
						echoed = append(echoed, rueidistx.Queue(b, b.B().Echo().Message("e"+value).Build(), rueidistx.AsString))
					}
					read = append(read, b.Get(key)) // after its SET: they are of one node
				}
				return nil
			}))
			for i := range written {
				assert.True(t, written[i].Must())
				assert.Equal(t, strconv.Itoa(i), read[i].Must())
			}
			for i := range echoed {
				assert.Equal(t, "e"+strconv.Itoa(3*i), echoed[i].Must())
			}
			for _, s := range f.Nodes {
				assert.Contains(t, f.proxy(s).Commands(), "GET", "all nodes have a part in it")
			}
		})
	}
}
