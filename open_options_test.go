package rueidistx_test

import (
	"context"
	"crypto/tls"
	"math"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func onReads(c rueidis.Completed) bool { return c.IsReadOnly() }

// refusedOptions are those with which nothing is dialed.
var refusedOptions = []struct {
	name   string
	is     error // rueidis's own, if it has one
	change func(*rueidis.ClientOption)
}{
	{"InitAddress", nil, func(o *rueidis.ClientOption) { o.InitAddress = nil }},
	{"InitAddress", nil, func(o *rueidis.ClientOption) { o.InitAddress = append(o.InitAddress, "") }},
	{"InitAddress", nil, func(o *rueidis.ClientOption) { o.InitAddress = append(o.InitAddress, "localhost") }},
	{"ReplicaAddress", nil, func(o *rueidis.ClientOption) {
		o.SendToReplicas, o.Standalone.ReplicaAddress = onReads, []string{""}
	}},
	{"PipelineMultiplex", rueidis.ErrWrongPipelineMultiplex, func(o *rueidis.ClientOption) { o.PipelineMultiplex = 9 }},
	{"TopologyRefreshInterval", rueidis.ErrInvalidTopologyRefreshInterval, func(o *rueidis.ClientOption) {
		o.Sentinel = rueidis.SentinelOption{MasterSet: "m", TopologyRefreshInterval: -1}
	}},
	{"ShardsRefreshInterval", rueidis.ErrInvalidShardsRefreshInterval, func(o *rueidis.ClientOption) {
		o.ClusterOption.ShardsRefreshInterval = -1
	}},
	{"ReplicaOnly", rueidis.ErrReplicaOnlyConflict, func(o *rueidis.ClientOption) { o.ReplicaOnly, o.SendToReplicas = true, onReads }},
	{"ReplicaOnly", rueidis.ErrReplicaOnlyConflict, func(o *rueidis.ClientOption) {
		o.Sentinel.MasterSet, o.ReplicaOnly, o.SendToReplicas = "m", true, onReads
	}},
	{"ReplicaOnly", rueidis.ErrReplicaOnlyConflictWithReplicaSelector, func(o *rueidis.ClientOption) {
		o.ReplicaOnly = true
		//lint:ignore SA1019 deprecated, but there
		o.ReplicaSelector = func(uint16, []rueidis.NodeInfo) int { return 0 }
	}},
	{"ReplicaOnly", rueidis.ErrReplicaOnlyConflictWithReadNodeSelector, func(o *rueidis.ClientOption) {
		o.ReplicaOnly = true
		o.ReadNodeSelector = func(uint16, []rueidis.NodeInfo) int { return 0 }
	}},
	{"ReplicaOnly", rueidis.ErrReplicaOnlyNotSupported, func(o *rueidis.ClientOption) { o.ReplicaOnly, o.ForceSingleClient = true, true }},
	{"ReplicaSelector", rueidis.ErrReplicaSelectorConflictWithReadNodeSelector, func(o *rueidis.ClientOption) {
		o.SendToReplicas = onReads
		//lint:ignore SA1019 deprecated, but there
		o.ReplicaSelector = func(uint16, []rueidis.NodeInfo) int { return 0 }
		o.ReadNodeSelector = func(uint16, []rueidis.NodeInfo) int { return 0 }
	}},
	{"SendToReplicas", rueidis.ErrSendToReplicasNotSet, func(o *rueidis.ClientOption) {
		//lint:ignore SA1019 deprecated, but there
		o.ReplicaSelector = func(uint16, []rueidis.NodeInfo) int { return 0 }
	}},
	{"SendToReplicas", rueidis.ErrNoSendToReplicas, func(o *rueidis.ClientOption) { o.Standalone.ReplicaAddress = o.InitAddress }},
	{"SendToReplicas", nil, func(o *rueidis.ClientOption) { o.SendToReplicas = func(rueidis.Completed) bool { return true } }},
	{"DisableCache", rueidis.ErrNoCache, func(o *rueidis.ClientOption) { o.AlwaysRESP2 = true }},
	{"EnableRedirect", nil, func(o *rueidis.ClientOption) {
		o.Standalone.EnableRedirect, o.Standalone.ReplicaAddress, o.SendToReplicas = true, o.InitAddress, onReads
	}},
	{"ConnLifetime", nil, func(o *rueidis.ClientOption) { o.ConnLifetime = time.Hour }},
	{"RingScaleEachConn", nil, func(o *rueidis.ClientOption) { o.RingScaleEachConn = 64 }},
	{"ReadBufferEachConn", nil, func(o *rueidis.ClientOption) { o.ReadBufferEachConn = math.MaxInt }},
	{"WriteBufferEachConn", nil, func(o *rueidis.ClientOption) { o.WriteBufferEachConn = math.MaxInt }},
	{"BlockingPoolMinSize", nil, func(o *rueidis.ClientOption) { o.BlockingPoolMinSize, o.BlockingPoolCleanup = -1, time.Second }},
}

func TestOpenRefusesOptionsBeforeItDials(t *testing.T) {
	addr, accepted := silent(t)
	before := goleak.IgnoreCurrent()
	for _, c := range refusedOptions {
		option := rueidis.ClientOption{InitAddress: []string{addr}, Dialer: net.Dialer{Timeout: shortly}}
		c.change(&option)
		db, err := rueidistx.Open(option)
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)
		require.NotErrorIs(t, err, rueidistx.ErrConnection)
		require.ErrorContains(t, err, c.name)
		if c.is != nil {
			require.ErrorIs(t, err, c.is)
		}
		require.Nil(t, db)
	}
	_, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}}, rueidistx.Wrap(nil))
	require.ErrorIs(t, err, rueidistx.ErrInvalid)
	require.Empty(t, accepted)
	goleak.VerifyNone(t, before)
}

// A dial function of the caller's own may take anything for an address.
func TestOpenTakesAnyAddressForAnOwnDialFunction(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	option := s.Option()
	option.InitAddress = []string{"somewhere"}
	option.DialCtxFn = func(ctx context.Context, _ string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", s.Addr)
	}
	outcometest.RequireUsable(t, openCluster(t, option))
}

// What only the server tells is refused after it was dialed, and nothing is left of that. rueidis itself forgets
// connections then.
func TestRefusedOpenLeavesNothingBehind(t *testing.T) {
	s, embedded := redistest.Shared(t), redistest.StartEmbedded(t)
	for name, c := range map[string]struct {
		target string
		is     error
		change func(*rueidis.ClientOption)
	}{
		"ReplicaOnly on a single server": {s.Addr, rueidistx.ErrInvalid, func(o *rueidis.ClientOption) { o.ReplicaOnly = true }},
		"no client-side caching":         {embedded, rueidistx.ErrInvalid, func(*rueidis.ClientOption) {}},
		"no cluster at two addresses": {s.Addr, rueidistx.ErrNotSent, func(o *rueidis.ClientOption) {
			o.InitAddress = append(o.InitAddress, strings.Replace(o.InitAddress[0], "127.0.0.1", "localhost", 1))
		}},
		"no sentinel": {s.Addr, rueidistx.ErrNotSent, func(o *rueidis.ClientOption) { o.Sentinel.MasterSet = "m" }},
		"no replica": {s.Addr, rueidistx.ErrNotSent, func(o *rueidis.ClientOption) {
			o.SendToReplicas, o.Standalone.ReplicaAddress = onReads, []string{"127.0.0.1:1"}
		}},
		"no such database": {s.Addr, rueidistx.ErrNotSent, func(o *rueidis.ClientOption) { o.SelectDB = 1 << 20 }},
	} {
		for _, pipelining := range []bool{false, true} {
			p := faultproxy.Start(t, c.target)
			before := goleak.IgnoreCurrent()
			option := rueidis.ClientOption{InitAddress: []string{p.Addr()}, AlwaysPipelining: pipelining}
			c.change(&option)
			db, err := rueidistx.Open(option)
			require.ErrorIs(t, err, c.is, name)
			require.ErrorIs(t, err, rueidistx.ErrNotApplied, name)
			require.Nil(t, db)
			redistest.Eventually(t, name+": no connection is left", func() bool { return p.Conns() == 0 })
			goleak.VerifyNone(t, before,
				goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"))
		}
	}
}

// MULTI has no second word, so a function that looks for one panics.
func TestSendToReplicasThatExpectsAKey(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for how, send := range map[string]func(rueidis.Completed) bool{
		"panic":  func(c rueidis.Completed) bool { return strings.HasPrefix(c.Commands()[1], "cold:") },
		"Goexit": func(rueidis.Completed) bool { runtime.Goexit(); return false },
	} {
		for _, w := range outcometest.Modes() {
			p := faultproxy.Start(t, s.Addr)
			option := w.Option(p.Addr())
			option.SendToReplicas = send
			opened := make(chan *rueidistx.DB, 1)
			go func() {
				defer close(opened)
				db, err := rueidistx.Open(option)
				if err == nil {
					opened <- db
				}
			}()
			if db := <-opened; how == "panic" {
				require.NotNil(t, db)
				require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(redistest.Key(t, "k")).Err(), rueidistx.ErrNil)
				db.Close()
			}
			redistest.Eventually(t, how+": no connection is left", func() bool { return p.Conns() == 0 })
		}
	}
}

// Without a bound, rueidis follows two nodes, or a script, that redirect for ever.
func TestOpenBoundsRedirections(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	db, key := openCluster(t, c.Option()), redistest.Key(t, "n")
	b := db.Client().B()
	script := `redis.call('INCR', KEYS[1]) return redis.error_reply('MOVED 1 ' .. ARGV[1])`
	err := db.Client().Do(redistest.Context(t), b.Eval().Script(script).Numkeys(1).Key(key).Arg(c.Owner(c.Slot(key)).Addr).Build()).Error()
	require.ErrorContains(t, err, "MOVED")
	require.Equal(t, "17", textAt(t, c, key))
}

func TestOpenBoundsRetriesOfReads(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for name, read := range readsOf {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				s := redistest.Start(t) // of its own, as all its connections are ended
				var gone atomic.Bool
				var dials atomic.Int32
				option := w.Option(s.Addr)
				option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
					if gone.Load() {
						dials.Add(1)
						return nil, errNoWay
					}
					return dialer.DialContext(ctx, "tcp", addr)
				}
				db := openCluster(t, option)
				p := redistest.Key(t, "k")
				require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(p).Err(), rueidistx.ErrNil)
				gone.Store(true)
				kick(t, s)
				start := time.Now()
				require.ErrorIs(t, read(db, p), errNoWay)
				require.Less(t, time.Since(start), 10*time.Second)
				require.InDelta(t, 20, dials.Load(), 2)
			})
		}
	}
}

// Sentinels announce a failover once. A client that misses it finds the new primary by asking.
func TestOpenAsksSentinelsAgain(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.StartSentinel(t, 1, 1)
	for name, c := range map[string]struct{ every, within time.Duration }{
		"default": {0, 5 * time.Second}, "own": {100 * time.Millisecond, time.Second}, "rare": {time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := faultproxy.Start(t, s.Sentinels[0].Addr)
			p.Record(true)
			option := s.Option()
			option.InitAddress, option.Sentinel.TopologyRefreshInterval = []string{p.Addr()}, c.every
			openCluster(t, option)
			asked := func() int { return askedForThePrimary(p) }
			first, start := asked(), time.Now()
			require.Positive(t, first)
			if c.within == 0 {
				time.Sleep(6 * time.Second)
				require.Equal(t, first, asked())
				return
			}
			redistest.Eventually(t, "asked again", func() bool { return asked() > first })
			require.Less(t, time.Since(start), c.within+10*time.Second)
		})
	}
}

// askedForThePrimary returns how often a sentinel was, through a proxy that records.
func askedForThePrimary(p *faultproxy.Proxy) (n int) {
	for _, argv := range p.Argv() {
		if strings.EqualFold(argv[0], "SENTINEL") && strings.EqualFold(argv[1], "get-master-addr-by-name") {
			n++
		}
	}
	return n
}

// longestWrite is a connection that notes how much is written to it at once.
type longestWrite struct {
	net.Conn
	bytes *atomic.Int64
}

func (c longestWrite) Write(b []byte) (int, error) {
	c.bytes.Store(max(c.bytes.Load(), int64(len(b))))
	return c.Conn.Write(b)
}

func TestOpenSendsLargeBatchesWhileItEncodesThem(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct{ set, want int }{"default": {0, 32 << 10}, "too small": {31, 32 << 10}, "the caller's": {1 << 20, 400_000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var longest atomic.Int64
			option := redistest.Shared(t).Option()
			option.ReadBufferEachConn, option.WriteBufferEachConn = of.set, of.set
			option.DialCtxFn = func(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, "tcp", addr)
				return longestWrite{conn, &longest}, err
			}
			db := openCluster(t, option)
			b := db.Batch()
			key := redistest.Key(t, "k")
			for range 10_000 {
				b.Set(key, "v")
			}
			require.NoError(t, b.Exec(redistest.Context(t)))
			if of.set < 32 {
				require.EqualValues(t, of.want, longest.Load())
			} else {
				require.Greater(t, longest.Load(), int64(of.want))
			}
		})
	}
}
