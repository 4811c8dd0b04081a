package rueidistx_test

import (
	"context"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
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
