package rueidistx_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestConnectionIsGivenBackToABusyServer has connections that are pipelining for every reason that there is. When rueidis
// takes one back, it unsubscribes. A server that is busy refuses that, and then rueidis ends the process.
func TestConnectionIsGivenBackToABusyServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--lua-time-limit", "5")
	cancellable, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	for name, made := range map[string]struct {
		option func(o *rueidis.ClientOption)
		ctx    context.Context
		before func(t *testing.T, db *rueidistx.DB)
	}{
		"by a context":          {ctx: cancellable},
		"by AlwaysPipelining":   {option: func(o *rueidis.ClientOption) { o.AlwaysPipelining = true }},
		"by OnInvalidations":    {option: func(o *rueidis.ClientOption) { o.OnInvalidations = func([]rueidis.RedisMessage) {} }},
		"by a blocking command": {before: func(t *testing.T, db *rueidistx.DB) { block(t, db, cancellable) }},
		"not at all":            {},
	} {
		for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[1]} {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				option, ctx := w.Option(s.Addr), made.ctx
				option.BlockingPoolSize = 1
				if made.option != nil {
					made.option(&option)
				}
				if ctx == nil {
					ctx = context.Background()
				}
				db, err := rueidistx.Open(option)
				require.NoError(t, err)
				if made.before != nil {
					made.before(t, db)
				}
				err = db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
					require.NoError(t, r.Get(redistest.Key(t, "k")).Default("").Err())
					keepBusy(t, s)
					return errInsufficient
				})
				require.ErrorIs(t, err, errInsufficient)
				db.Close() // waits until the connection is free
				s.Do(t, "SCRIPT", "KILL")
			})
		}
	}
}

// block runs a blocking command, for which rueidis takes a connection of its pool.
func block(t *testing.T, db *rueidistx.DB, ctx context.Context) {
	t.Helper()
	key := redistest.Key(t, "list")
	require.NoError(t, db.Auto(ctx).RPush(key, "x").Err())
	require.NoError(t, rueidistx.Queue(db.Auto(ctx), db.Client().B().Blpop().Key(key).Timeout(1).Build(), rueidistx.AsAny).Err())
}

// keepBusy has the server run a script until SCRIPT KILL.
func keepBusy(t *testing.T, s *redistest.Server) {
	t.Helper()
	s.Do(t, "PING") // for a connection: a busy server lets none be set up
	client, ctx := s.Client(t), redistest.Context(t)
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		_ = client.Do(ctx, client.B().Arbitrary("EVAL", "while true do end", "0").Blocking())
	}()
	redistest.Eventually(t, "the server is busy", func() bool {
		_, err := s.TryDo("GET", "x")
		return err != nil
	})
}

// TestPingMakesAConnectionPipelining has a PING of rueidis's own on its way when a Watch takes the connection, which is then a
// pipelining one though nobody has asked for that.
func TestPingMakesAConnectionPipelining(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t, "--lua-time-limit", "5")
	proxy := faultproxy.Start(t, s.Addr)
	option := outcometest.ClientModes[0].Option(proxy.Addr())
	option.BlockingPoolSize, option.Dialer.KeepAlive = 1, 100*time.Millisecond
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	ctx, key := redistest.Context(t), redistest.Key(t, "k")
	read := func(after func()) error {
		return db.Watch(context.Background(), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			require.NoError(t, r.Get(key).Default("").Err())
			after()
			return errInsufficient
		})
	}
	require.ErrorIs(t, read(func() {}), errInsufficient)
	client, release := db.Client().Dedicate() // waits until it is back in the pool
	require.NoError(t, client.Do(ctx, client.B().Ping().Build()).Error())
	release()
	proxy.Arm(faultproxy.Fault{Command: "PING", Action: faultproxy.Hold, For: 300 * time.Millisecond, Every: true})
	redistest.Eventually(t, "both connections wait for a PONG", func() bool { return proxy.Held() == 2 })
	require.ErrorIs(t, read(func() { keepBusy(t, s) }), errInsufficient)
	redistest.Eventually(t, "the connection is closed", func() bool { return proxy.Conns() < 2 })
	s.Do(t, "SCRIPT", "KILL")
	db.Close()
}

// TestWatchAfterRefusedMulti has a server that has refused MULTI once, so that each transaction asks whether it may: a Watch
// that holds the only connection must not wait for another one to ask.
func TestWatchAfterRefusedMulti(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db, ctx := outcometest.ClientModes[0].Open(t, s.Addr, rueidistx.DedicatedTransactions(1)), redistest.Context(t)
	key := redistest.Key(t, "k")
	s.Do(t, "ACL", "SETUSER", "default", "-multi")
	require.Error(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }))
	s.Do(t, "ACL", "SETUSER", "default", "+multi")
	for range 2 {
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			require.NoError(t, r.Get(key).Default("").Err())
			tx.Incr(key)
			return nil
		}))
	}
	require.Equal(t, "2", db.Auto(ctx).Get(key).Must())
}
