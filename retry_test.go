package rueidistx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// errNoWay is what a dial function says for itself.
var errNoWay = errors.New("no way")

// detour is a dial function that goes elsewhere once it is told to.
type detour struct {
	elsewhere atomic.Bool
	to        string // "" is nowhere
}

func (d *detour) dial(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
	if d.elsewhere.Load() {
		if d.to == "" {
			return nil, errNoWay
		}
		addr = d.to
	}
	return dialer.DialContext(ctx, "tcp", addr)
}

// secondTries are what may become of a command that rueidis sends a second time.
var secondTries = map[string]func(t *testing.T) (to string){
	"no connection": func(*testing.T) string { return "" },
	"refused dial":  func(*testing.T) string { return "127.0.0.1:1" },
	"READONLY": func(t *testing.T) string {
		s := redistest.Start(t)
		s.Do(t, "REPLICAOF", "127.0.0.1", "1")
		return s.Addr
	},
	"MASTERDOWN": func(t *testing.T) string {
		s := redistest.Start(t, "--replica-serve-stale-data", "no")
		s.Do(t, "REPLICAOF", "127.0.0.1", "1")
		return s.Addr
	},
	"OOM": func(t *testing.T) string {
		s := redistest.Start(t)
		s.Do(t, "CONFIG", "SET", "maxmemory", "1")
		return s.Addr
	},
	"NOPERM": func(t *testing.T) string {
		s := redistest.Start(t)
		s.Do(t, "ACL", "SETUSER", "default", "-incr", "-eval")
		return s.Addr
	},
	"NOAUTH":      func(t *testing.T) string { return redistest.Start(t, "--requirepass", "secret").Addr },
	"no database": func(t *testing.T) string { return redistest.Start(t, "--databases", "1").Addr },
	"too many clients": func(t *testing.T) string {
		s := redistest.Start(t)
		s.Do(t, "CONFIG", "SET", "maxclients", "1")
		return s.Addr
	},
}

// A write that was executed is never NotApplied because a second try, which its owner has allowed, was refused.
func TestRepeatedWriteIsNotAppliedOnlyWhereItWasRefusedHere(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, second := range secondTries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := second(t)
			for _, w := range outcometest.Modes() {
				for way, run := range map[string]func(db *rueidistx.DB, incr rueidis.Completed) error{
					"Auto": func(db *rueidistx.DB, incr rueidis.Completed) error {
						return rueidistx.Queue(db.Auto(redistest.Context(t)), incr, rueidistx.AsInt64).Err()
					},
					"Batch": func(db *rueidistx.DB, incr rueidis.Completed) error {
						b := db.Batch()
						f := rueidistx.Queue(b, incr, rueidistx.AsInt64)
						require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, b.Exec(redistest.Context(t))))
						return f.Err()
					},
					"Batch with others": func(db *rueidistx.DB, incr rueidis.Completed) error {
						b := db.Batch()
						b.Get("x")
						f := rueidistx.Queue(b, incr, rueidistx.AsInt64)
						b.Get("x")
						require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, b.Exec(redistest.Context(t))))
						return f.Err()
					},
					"Tx": func(db *rueidistx.DB, incr rueidis.Completed) error {
						runs := 0
						err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
							runs++
							rueidistx.Queue(tx, incr, rueidistx.AsInt64)
							return nil
						})
						require.Equal(t, 1, runs)
						return err
					},
				} {
					key := redistest.Key(t, w.Name+way)
					proxy, d := faultproxy.Start(t, s.Addr), &detour{to: to}
					option := w.Option(proxy.Addr())
					option.DialCtxFn, option.SelectDB = d.dial, 1
					option.RetryDelay = func(attempts int, _ rueidis.Completed, _ error) time.Duration {
						if attempts > 3 {
							return -1
						}
						return time.Millisecond
					}
					db := openCluster(t, option)
					require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
					phase := faultproxy.Fault{Command: "INCR", Phase: faultproxy.AfterCommand}
					if way == "Tx" {
						phase.Command = "EXEC"
					}
					d.elsewhere.Store(true)
					proxy.Arm(phase)
					err := run(db, db.Client().B().Incr().Key(key).Build().ToRetryable())
					require.Equal(t, 1, proxy.Fired())
					require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err), "%s, %s: %v", w.Name, way, err)
				}
			}
		})
	}
}

// A connection that has reached its lifetime gets another second for its last answers, then rueidis sends them again.
func TestCommandResentByAnExpiredConnectionIsUnknown(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for name, second := range secondTries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, key := redistest.Shared(t), redistest.Key(t, "n")
			proxy, d := faultproxy.Start(t, s.Addr), &detour{to: second(t)}
			option := outcometest.ClientModes[2].Option(proxy.Addr())
			option.DialCtxFn, option.SelectDB, option.ConnLifetime = d.dial, 1, 100*time.Millisecond
			db := openCluster(t, option, rueidistx.DedicatedTransactions(1))
			d.elsewhere.Store(true)
			proxy.Arm(faultproxy.Fault{Command: "INCR", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
			proxy.Arm(faultproxy.Fault{Command: "PING", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
			ended := make(chan error, 1)
			go func(ctx context.Context) { ended <- db.Auto(ctx).Incr(key).Err() }(redistest.Context(t))
			redistest.Eventually(t, "it has run", func() bool { return proxy.Held() > 0 })
			var err error
			select {
			case err = <-ended:
			case <-time.After(10 * time.Second):
				t.Fatal("the connection did not expire")
			}
			require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err), "%v", err)
			proxy.Release()
		})
	}
}

// A client that its owner has closed does not come back.
func TestTransactRunsOnceOnAClosedClient(t *testing.T) {
	t.Parallel()
	addr := redistest.Shared(t).Addr
	for _, w := range outcometest.Modes() {
		for _, warm := range []bool{false, true} {
			for way, open := range clusterWays {
				for _, options := range [][]rueidistx.Option{nil, {rueidistx.DedicatedTransactions(2)}} {
					db := open(t, w.Option(addr), options...)
					runs := 0
					count := func(tx *rueidistx.Tx) error { runs++; tx.Ping(); return nil }
					if warm {
						require.NoError(t, db.Transact(redistest.Context(t), count))
					}
					db.Client().Close()
					var err error
					redistest.Eventually(t, "the connection that was kept for the next transaction is closed, too", func() bool {
						runs = 0
						err = db.Transact(redistest.Context(t), count)
						return err != nil
					})
					require.Equal(t, 1, runs, "%s, %s, warm %v: %v", w.Name, way, warm, err)
					require.NotEqual(t, rueidistx.Applied, requireOneOutcome(t, err))
					require.ErrorIs(t, err, rueidis.ErrClosing)
				}
			}
		}
	}
}

// A client that was connected to a replica from the beginning does not wait for it to become a primary.
func TestTransactRunsOnceOnAReplica(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "REPLICAOF", "127.0.0.1", "1")
	for _, w := range outcometest.Modes() {
		for way, open := range clusterWays {
			for name, options := range map[string][]rueidistx.Option{"shared": nil, "dedicated": {rueidistx.DedicatedTransactions(2)}} {
				t.Run(way+", "+w.Name+", "+name, func(t *testing.T) {
					db, key := open(t, w.Option(s.Addr), options...), redistest.Key(t, "n")
					require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Get(key); return nil }))
					for range 2 { // the first transaction asks before, the others do not
						runs := 0
						err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { runs++; tx.Incr(key); return nil })
						outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
						require.ErrorContains(t, err, "READONLY")
						require.Equal(t, 1, runs)
					}
				})
			}
		}
	}
}

// A primary that becomes a replica while the client uses it is a failover, which ends with a primary somewhere.
func TestTransactWaitsForTheEndOfAFailover(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, options := range [][]rueidistx.Option{nil, {rueidistx.DedicatedTransactions(2)}} {
		db, key := outcometest.ClientModes[0].Open(t, s.Addr, options...), redistest.Key(t, fmt.Sprint(len(options)))
		require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
		s.Do(t, "REPLICAOF", "127.0.0.1", "1")
		runs := 0
		require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
			if runs++; runs == 3 {
				s.Do(t, "REPLICAOF", "NO", "ONE")
			}
			tx.Incr(key)
			return nil
		}))
		require.Equal(t, 3, runs)
		n, err := s.Do(t, "GET", key).ToString()
		require.NoError(t, err)
		require.Equal(t, "1", n)
	}
}

// A redirection to another node than that of the transaction's keys will not change, nor will one that nobody follows.
func TestRedirectionsThatDoNotPass(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	a, b := keyOn(t, f.Cluster, f.Nodes[0]), keyOn(t, f.Cluster, f.Nodes[1])
	for way, open := range clusterWays {
		for name, options := range map[string][]rueidistx.Option{"shared": nil, "dedicated": {rueidistx.DedicatedTransactions(2)}} {
			for _, order := range []string{"first", "last"} {
				t.Run(way+", "+name+", "+order, func(t *testing.T) {
					option := f.Option()
					option.ClusterOption.MaxMovedRedirections = 16 // as New wants it
					db := open(t, option, options...)
					require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Get(a); return nil }))
					f.reset()
					runs := 0
					err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
						runs++
						stray := func() {
							rueidistx.Queue(tx, tx.B().Arbitrary("SET", b+"stray", "1").Build(), rueidistx.AsAny)
						}
						if order == "first" {
							stray()
						}
						tx.Incr(a)
						if order == "last" {
							stray()
						}
						return nil
					})
					outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrCrossSlot, rueidistx.ErrService)
					require.Equal(t, 1, runs)
					multis := 20
					if options != nil {
						multis = 1 // nobody follows a redirection there
					}
					require.LessOrEqual(t, f.count("MULTI"), multis)
					require.Empty(t, textAt(t, f.Cluster, a))
					require.Empty(t, textAt(t, f.Cluster, b+"stray"))
				})
			}
		}
	}
	for _, w := range outcometest.Modes() { // a client that knows of no cluster
		db := w.Open(t, f.Nodes[0].Addr)
		runs := 0
		err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { runs++; tx.Set(b+"stray", "1"); return nil })
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrAborted, rueidistx.ErrService)
		require.ErrorContains(t, err, "MOVED")
		require.Equal(t, 1, runs)
		require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, db.Auto(redistest.Context(t)).Set(b+"stray", "1").Err()))
	}
}

// rueidis may take a second until it asks for the topology, and follows no redirection on a connection of its own.
func TestDedicatedTransactionsOutlastATopologyRefresh(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0)
	db := openCluster(t, c.Option(), rueidistx.DedicatedTransactions(64))
	key := redistest.Key(t, "n")
	slot := c.Slot(key)
	require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }))
	c.MoveSlot(t, slot, other(t, c, slot))
	const many = 40
	ended := make(chan error)
	for range many {
		go func(ctx context.Context) {
			ended <- db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); return nil })
		}(redistest.Context(t))
	}
	for range many {
		require.NoError(t, <-ended)
	}
	require.Equal(t, fmt.Sprint(many+1), strings.TrimSpace(textAt(t, c, key)))
}
