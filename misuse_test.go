package rueidistx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// TestZeroValues uses what no DB made. Everything is refused, and nothing panics.
func TestZeroValues(t *testing.T) {
	ctx := context.Background()
	script := rueidistx.NewScript("return 1", rueidistx.AsInt64)
	var db *rueidistx.DB
	var noBatch *rueidistx.Batch
	var noTx *rueidistx.Tx
	var noAuto *rueidistx.Auto
	for name, refused := range map[string]func() error{
		"Auto, a read":          func() error { return rueidistx.Auto{}.Get("k").Err() },
		"Auto, a write":         func() error { return rueidistx.Auto{}.Set("k", "v").Err() },
		"Batch, a read":         func() error { return (&rueidistx.Batch{}).Get("k").Err() },
		"Batch, several keys":   func() error { return (&rueidistx.Batch{}).MGet("k", "l").Err() },
		"Batch, a write":        func() error { return (&rueidistx.Batch{}).Incr("k").Err() },
		"Batch, an option":      func() error { return (&rueidistx.Batch{}).Set("k", "v", rueidistx.NX).Err() },
		"Batch, Exec":           func() error { return (&rueidistx.Batch{}).Exec(ctx) },
		"no Batch, Exec":        func() error { return noBatch.Exec(ctx) },
		"no Tx, Exec":           func() error { return noTx.Exec(ctx) },
		"Tx, a read":            func() error { return (&rueidistx.Tx{}).HGetAll("k").Err() },
		"Tx, a write":           func() error { return (&rueidistx.Tx{}).Incr("k").Err() },
		"Tx, Exec":              func() error { return (&rueidistx.Tx{}).Exec(ctx) },
		"Commands, a read":      func() error { return (&rueidistx.Commands{}).Get("k").Err() },
		"no Commands, a read":   func() error { return (*rueidistx.Commands)(nil).Get("k").Err() },
		"no Queries":            func() error { return (*rueidistx.Queries)(nil).Get("k").Err() },
		"Queue into no Batch":   func() error { return script.Queue(noBatch, nil).Err() },
		"Queue into no Tx":      func() error { return script.Queue(noTx, nil).Err() },
		"Queue into no Auto":    func() error { return script.Queue(noAuto, nil).Err() },
		"Queue into zero Batch": func() error { return script.Queue(&rueidistx.Batch{}, nil).Err() },
		"Choice, a read":        func() error { return new(rueidistx.Choice).Then.Get("k").Err() },
		"Choice, a write":       func() error { return new(rueidistx.Choice).Else.Del("k").Err() },
		"Choice, Exec":          func() error { _, err := new(rueidistx.Choice).Exec(ctx); return err },
		"no Choice, Exec":       func() error { _, err := (*rueidistx.Choice)(nil).Exec(ctx); return err },
		"no DB, If":             func() error { _, err := db.If(rueidistx.Exists("k")).Exec(ctx); return err },
		"zero Condition":        func() error { _, err := db.If(rueidistx.Condition{}).Exec(ctx); return err },
		"no DB, Auto":           func() error { return db.Auto(ctx).Get("k").Err() },
		"no DB, Execute":        func() error { return db.Execute(ctx, func(b *rueidistx.Batch) error { b.Get("k"); return nil }) },
		"no DB, Transact":       func() error { return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Get("k"); return nil }) },
		"zero DB, Auto":         func() error { return new(rueidistx.DB).Auto(ctx).Get("k").Err() },
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			require.NotPanics(t, func() { err = refused() })
			require.ErrorIs(t, err, rueidistx.ErrInvalid)
			assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
		})
	}
	require.NotPanics(t, func() {
		(&rueidistx.Tx{}).Discard()
		(&rueidistx.Batch{}).Discard()
		assert.Zero(t, (&rueidistx.Batch{}).B())
		assert.Zero(t, new(rueidistx.Auto).B())
		noTx.Discard()
		noBatch.Discard()
		assert.NoError(t, noTx.Err())
		assert.NoError(t, noBatch.Err())
		assert.Zero(t, noBatch.Len()+noTx.Len())
		assert.Empty(t, append(noBatch.Results(), noTx.Results()...))
		(&rueidistx.CachedBatch{}).Discard()
		(*rueidistx.CachedBatch)(nil).Discard()
		(&rueidistx.Choice{}).Discard()
		(*rueidistx.Choice)(nil).Discard()
		assert.NoError(t, (&rueidistx.Tx{}).Err())
		assert.Empty(t, (&rueidistx.Script[int64]{}).Digest()+(*rueidistx.ReadScript[int64])(nil).Digest())
		assert.Empty(t, (*rueidistx.Library)(nil).Name()+rueidistx.NewLibrary("-", "").Name())
		db.Close()
		assert.Nil(t, db.Client())
		assert.Zero(t, (&rueidistx.Batch{}).Len()+(&rueidistx.Tx{}).Len())
		assert.Empty(t, (&rueidistx.Batch{}).Results())
		assert.Empty(t, (&rueidistx.Tx{}).Results())
		assert.Empty(t, new(rueidistx.Choice).Held())
		assert.Empty(t, (*rueidistx.Choice)(nil).Unmet())
		assert.NoError(t, (&rueidistx.Batch{}).Err())
	})
}

type (
	ownQueuer      struct{ rueidistx.Queuer }
	ownBatch       struct{ *rueidistx.Batch }
	ownOption      struct{ rueidistx.Option }
	ownBatchOption struct{ rueidistx.BatchOption }
	ownTxOption    struct{ rueidistx.TxOption }
)

// TestTypesThatEmbedNothing has types of the caller's that embed a nil one of this package's. They are as nil themselves.
func TestTypesThatEmbedNothing(t *testing.T) {
	ctx := redistest.Context(t)
	option := redistest.EmbeddedOption(redistest.StartEmbedded(t))
	require.NotPanics(t, func() {
		db, err := rueidistx.Open(option, ownOption{})
		require.NoError(t, err)
		t.Cleanup(db.Close)
		require.NoError(t, rueidistx.New(db.Client(), ownOption{}, rueidistx.DedicatedTransactions(1)).Auto(ctx).Set("k", "1").Err())
		require.NoError(t, db.Batch(ownBatchOption{}, rueidistx.Chunk(1)).Exec(ctx))
		require.NoError(t, db.Transact(ctx, func(*rueidistx.Tx) error { return nil }, ownTxOption{}, rueidistx.Attempts(1)))
		script := rueidistx.NewScript("return 1", rueidistx.AsInt64)
		for _, q := range []rueidistx.Queuer{ownQueuer{}, ownBatch{}, &ownBatch{}, ownQueuer{ownBatch{}}} {
			require.ErrorIs(t, script.Queue(q, nil).Err(), rueidistx.ErrInvalid)
			require.ErrorIs(t, rueidistx.Queue(q, db.Client().B().Get().Key("k").Build(), rueidistx.AsString).Err(), rueidistx.ErrInvalid)
		}
		b := ownBatch{db.Batch(ownBatchOption{rueidistx.Chunk(1)})}
		n := script.Queue(b, nil)
		require.NoError(t, b.Exec(ctx))
		require.EqualValues(t, 1, n.Must())
	})
}

// TestCommandsOfAnother exchanges what a Batch and a Tx queue into. They are then not sent.
func TestCommandsOfAnother(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx := redistest.Context(t)
	for name, other := range map[string]*rueidistx.Commands{
		"none": nil, "the zero Commands": {}, "an Auto's": db.Auto(ctx).Commands, "another Batch's": db.Batch().Commands,
	} {
		t.Run(name, func(t *testing.T) {
			tx, b := db.Atomic(), db.Batch()
			n, m := tx.Incr("n"), b.Incr("n")
			tx.Commands, b.Commands = other, other
			for _, err := range []error{tx.Exec(ctx), b.Exec(ctx), n.Err(), m.Err()} {
				require.ErrorIs(t, err, rueidistx.ErrInvalid)
			}
			assert.EqualValues(t, 0, db.Auto(ctx).Exists("n").Must())
		})
	}
}

// TestReplacedQueries overwrites the Queries of a unit, which a program cannot do by mistake. Each way refuses to send the unit,
// and settles its futures. Another unit whose Queries were copied is not harmed.
func TestReplacedQueries(t *testing.T) {
	t.Parallel()
	var o observer
	for hooked, options := range map[string][]rueidistx.Option{"": nil, " with hooks": {rueidistx.Hooks(&o)}} {
		db := openCluster(t, redistest.Shared(t).Option(), options...)
		for name, replace := range map[string]func(q, other *rueidistx.Queries){
			"zero":           func(q, _ *rueidistx.Queries) { *q = rueidistx.Queries{} },
			"another unit's": func(q, other *rueidistx.Queries) { *q = *other },
		} {
			for _, w := range ways.All {
				if w.Now {
					continue
				}
				t.Run(name+", "+w.Name+hooked, func(t *testing.T) {
					ctx, key := redistest.Context(t), redistest.Key(t, "k")
					other := db.Atomic()
					defer other.Discard()
					n := other.Incr(key + "other")
					var futures []outcometest.Settled
					var err error
					require.NotPanics(t, func() {
						err = w.Run(ctx, db, func(c *rueidistx.Commands) {
							futures = append(futures, c.Incr(key+"1"))
							replace(c.Queries, other.Queries)
							futures = append(futures, c.Get(key))
						})
					})
					require.Error(t, err)
					require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
					require.ErrorIs(t, err, rueidistx.ErrInvalid)
					require.ErrorIs(t, futures[0].Err(), rueidistx.ErrInvalid)
					require.Equal(t, "---", outcometest.Traces(t, redistest.Shared(t), key))
					require.NoError(t, other.Exec(ctx))
					require.EqualValues(t, 1, n.Must())
				})
			}
		}
	}
}

// TestChunkOfNothing expects Chunk(0) to be as no Chunk: nothing is sent while the closure runs.
func TestChunkOfNothing(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx, own := redistest.Context(t), errors.New("changed my mind")
	for _, n := range []int{0, -1} {
		err = db.Execute(ctx, func(b *rueidistx.Batch) error {
			for range 10_001 {
				b.Incr("n")
			}
			return own
		}, rueidistx.Chunk(5), rueidistx.Chunk(n))
		require.ErrorIs(t, err, own)
		require.ErrorIs(t, err, rueidistx.ErrDiscarded)
		require.EqualValues(t, 0, db.Auto(ctx).Exists("n").Must())
	}
}

// TestClosureFailsAfterOneCommand expects to hear of the one command that was sent.
func TestClosureFailsAfterOneCommand(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	own := errors.New("changed my mind")
	err = db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		b.Incr("n")
		return own
	}, rueidistx.Chunk(1))
	require.ErrorIs(t, err, own)
	var batch *rueidistx.BatchError
	require.ErrorAs(t, err, &batch)
	assert.Equal(t, 1, batch.Sent)
	assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
}

// TestBatchErrorKeepsTheFirstSixteen has more commands fail than the error of the Batch keeps.
func TestBatchErrorKeepsTheFirstSixteen(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b := db.Batch()
	b.Set("text", "v")
	for range 20 {
		b.Incr("text")
	}
	var batch *rueidistx.BatchError
	require.ErrorAs(t, b.Exec(redistest.Context(t)), &batch)
	require.Len(t, batch.Errs, 16)
	assert.Equal(t, 20, batch.Failed)
	var last *rueidistx.CommandError
	require.ErrorAs(t, batch.Errs[15], &last)
	assert.Equal(t, 16, last.Index)
}

// TestErrorOfAValueAskedForTooEarlyNamesTheCommand finds the future among several.
func TestErrorOfAValueAskedForTooEarlyNamesTheCommand(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	err = db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		tx.Incr("a")
		n := rueidistx.Int(tx.Get("b"))
		tx.Incr("c")
		_, _ = n.Value()
		return nil
	})
	require.ErrorIs(t, err, rueidistx.ErrPending)
	require.ErrorIs(t, err, rueidistx.ErrNotApplied)
	assert.EqualError(t, err, "rueidistx: not sent, because a future was read before Exec: command 1 (GET): not executed yet")
}

// TestBorrowedQueries gives the Queries of what only reads to a Commands, and the Commands of what does not block to an Auto.
func TestBorrowedQueries(t *testing.T) {
	t.Parallel()
	db, ctx, key := openCluster(t, redistest.Shared(t).Option()), redistest.Context(t), redistest.Key(t, "k")
	forbidden := func(f outcometest.Settled) {
		t.Helper()
		outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrForbidden)
	}
	for name, queries := range map[string]func(r *rueidistx.Reader) *rueidistx.Queries{
		"watched": func(r *rueidistx.Reader) *rueidistx.Queries { return r.Queries }, "unwatched": (*rueidistx.Reader).Unwatched,
	} {
		var written rueidistx.Future[int64]
		err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			written = (&rueidistx.Commands{Queries: queries(r)}).Incr(key)
			tx.Set(key+"2", "x")
			return nil
		})
		require.ErrorIs(t, err, rueidistx.ErrForbidden, name)
		forbidden(written)
	}
	forbidden((&rueidistx.Commands{Queries: db.Cached(time.Hour).Auto(ctx)}).Incr(key))
	for _, w := range ways.All {
		if w.Now {
			continue
		}
		var popped outcometest.Settled
		err := w.Run(ctx, db, func(c *rueidistx.Commands) { popped = rueidistx.Auto{Commands: c}.BLPop(time.Minute, key) })
		require.ErrorIs(t, err, rueidistx.ErrForbidden, w.Name)
		forbidden(popped)
	}
	require.Zero(t, db.Auto(ctx).Exists(key, key+"2").Must())
}
