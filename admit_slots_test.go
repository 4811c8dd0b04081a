package rueidistx_test

import (
	"fmt"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

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
			"ZINTER":   func(c *rueidistx.Commands) error { return c.ZInterStore(a, []string{a, b}).Err() },
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
	redistest.Long(t)
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
