package rueidistx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// withReplica starts a primary with a replica that follows it.
func withReplica(t *testing.T) (primary, replica *redistest.Server) {
	t.Helper()
	primary = redistest.Start(t, "--repl-diskless-sync-delay", "0")
	replica = redistest.Start(t, "--replicaof", fmt.Sprintf("127.0.0.1 %d", primary.Port))
	redistest.Eventually(t, "the replica follows", func() bool {
		n, err := primary.Do(t, "WAIT", "1", "100").AsInt64()
		return err == nil && n == 1
	})
	return primary, replica
}

func TestDurable(t *testing.T) {
	t.Parallel()
	primary, replica := withReplica(t)
	for _, w := range outcometest.Modes() {
		db, ctx, key := w.Open(t, primary.Addr), redistest.Context(t), redistest.Key(t, w.Name)
		var f rueidistx.Future[int64]
		count := func(ctx context.Context, options ...rueidistx.TxOption) error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { f = tx.Incr(key); return nil }, options...)
		}
		require.NoError(t, count(ctx, rueidistx.Durable(1, 10*time.Second)), w.Name)
		require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			_ = r.Get(key).Err()
			f = tx.Incr(key)
			return nil
		}, rueidistx.Durable(1, 10*time.Second)), w.Name)
		require.EqualValues(t, 2, f.Must())

		replica.Pause()
		err := count(ctx, rueidistx.Durable(1, 50*time.Millisecond))
		requireNotDurable(t, err, 0)
		require.EqualValues(t, 3, f.Must())
		bounded, cancel := context.WithTimeout(ctx, time.Second)
		requireNotDurable(t, count(bounded, rueidistx.Durable(1, time.Hour)), 0, -1)
		cancel()
		require.EqualValues(t, 4, f.Must())
		blocked := func(n int) func() bool {
			return func() bool {
				info, err := primary.Do(t, "INFO", "clients").ToString()
				require.NoError(t, err)
				return strings.Contains(info, fmt.Sprintf("blocked_clients:%d\r\n", n))
			}
		}
		redistest.Eventually(t, "the last one waits no more", blocked(0))
		ended, end := context.WithCancel(context.Background())
		waiting := make(chan error, 1)
		go func() { waiting <- count(ended, rueidistx.Durable(1, time.Hour)) }()
		redistest.Eventually(t, "it waits", blocked(1))
		end()
		requireNotDurable(t, <-waiting, -1)
		require.EqualValues(t, 5, f.Must())
		replica.Resume()
		require.NoError(t, count(ctx, rueidistx.Durable(1, 10*time.Second)), w.Name)
		require.NoError(t, count(ctx, rueidistx.Durable(1, 10*time.Second), rueidistx.Once(entity(t).Mark(w.Name), markTTL)), w.Name)
		require.Equal(t, "7", db.Auto(ctx).Get(key).Must())
	}
}

// requireNotDurable requires that a transaction was applied, and acknowledged by one of these numbers of replicas.
func requireNotDurable(t *testing.T, err error, acknowledged ...int) {
	t.Helper()
	var d *rueidistx.DurabilityError
	require.ErrorAs(t, err, &d)
	require.ErrorIs(t, err, rueidistx.ErrNotDurable)
	require.Contains(t, acknowledged, d.Acknowledged, err)
	require.Equal(t, 1, d.Wanted)
	require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	require.NotErrorIs(t, err, rueidistx.ErrUnknown)
	require.ErrorIs(t, err, rueidistx.ErrApplied)
}

func TestConnectionLostDuringWait(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for _, f := range []faultproxy.Fault{
			{Command: "WAIT"},
			{Command: "WAIT", Phase: faultproxy.AfterCommand, DropReplies: true},
		} {
			t.Run(fmt.Sprintf("%s, replies dropped %v", w.Name, f.DropReplies), func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
				p.Proxy.Arm(f)
				var n rueidistx.Future[int64]
				err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { n = tx.Incr(key); return nil }, rueidistx.Durable(1, time.Second))
				requireNotDurable(t, err, -1)
				require.ErrorIs(t, err, rueidistx.ErrConnection)
				require.NoError(t, n.Err())
				outcometest.RequireUsable(t, p.DB)
			})
		}
	}
}

func TestFsynced(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "everysec")
	db, ctx, key := outcometest.ClientModes[0].Open(t, s.Addr), redistest.Context(t), redistest.Key(t, "k")
	count := func(o rueidistx.TxOption) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }, o)
	}
	err := count(rueidistx.Fsynced(true, 0, 10*time.Second))
	if s.Since("7.2") {
		require.NoError(t, err)
		requireNotDurable(t, count(rueidistx.Fsynced(false, 1, 10*time.Millisecond)), 0)
	} else {
		var d *rueidistx.DurabilityError
		require.ErrorAs(t, err, &d)
		require.ErrorIs(t, err, rueidistx.ErrService)
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	}
}

func TestDurableMisuse(t *testing.T) {
	t.Parallel()
	db := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	ctx, key := redistest.Context(t), redistest.Key(t, "k")
	for _, o := range []rueidistx.TxOption{
		rueidistx.Durable(0, time.Second), rueidistx.Durable(-1, time.Second), rueidistx.Durable(1, 0),
		rueidistx.Fsynced(false, 0, time.Second), rueidistx.Fsynced(true, -1, time.Second), rueidistx.Fsynced(true, 0, -1),
	} {
		err := db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }, o)
		require.ErrorIs(t, err, rueidistx.ErrInvalid)
	}
	require.Zero(t, db.Auto(ctx).Exists(key).Must())
}
