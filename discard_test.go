package rueidistx_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// byHand are the units that are filled by hand: what one would write, how it is executed, and how it is given up.
func byHand(db *rueidistx.DB, key string) map[string]func() (f rueidistx.Future[string], exec func(context.Context) error, discard func()) {
	type made = func() (rueidistx.Future[string], func(context.Context) error, func())
	return map[string]made{
		"Batch": func() (rueidistx.Future[string], func(context.Context) error, func()) {
			b := db.Batch()
			b.Set(key, "sent")
			return b.Get(key), b.Exec, b.Discard
		},
		"Tx": func() (rueidistx.Future[string], func(context.Context) error, func()) {
			tx := db.Atomic()
			tx.Set(key, "sent")
			return tx.Get(key), tx.Exec, tx.Discard
		},
		"CachedBatch": func() (rueidistx.Future[string], func(context.Context) error, func()) {
			b := db.Cached(time.Minute).Batch()
			return b.Get(key), b.Exec, b.Discard
		},
		"Choice": func() (rueidistx.Future[string], func(context.Context) error, func()) {
			c := db.If(rueidistx.Exists(key))
			c.Then.Set(key, "sent")
			c.Else.Set(key, "sent")
			return c.Then.Get(key), func(ctx context.Context) error { _, err := c.Exec(ctx); return err }, c.Discard
		},
	}
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key := redistest.Context(t), redistest.Key(t, "k")
	for name, made := range byHand(db, key) {
		t.Run(name, func(t *testing.T) {
			f, exec, discard := made()
			discard()
			discard()
			require.ErrorIs(t, exec(ctx), rueidistx.ErrDone)
			require.ErrorIs(t, f.Err(), rueidistx.ErrDiscarded)
			require.Zero(t, db.Auto(ctx).Exists(key).Must())

			require.NoError(t, db.Auto(ctx).Set(key, "old").Err())
			f, exec, discard = made()
			require.NoError(t, exec(ctx))
			discard()
			require.NotEmpty(t, f.Must())
			require.NoError(t, db.Auto(ctx).Del(key).Err())
		})
	}
}

// Exec twice and Discard at the same time: one of them ends the unit.
func TestDiscardWhileItIsExecuted(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key := redistest.Context(t), redistest.Key(t, "k")
	require.NoError(t, db.Auto(ctx).Set(key, "old").Err())
	for name, made := range byHand(db, key) {
		for range redistest.Times(300, 20) {
			f, exec, discard := made()
			var errs [2]error
			var wg sync.WaitGroup
			wg.Go(func() { errs[0] = exec(ctx) })
			wg.Go(func() { errs[1] = exec(ctx) })
			wg.Go(discard)
			wg.Wait()
			err := errs[0]
			if err == nil {
				assert.ErrorIs(t, errs[1], rueidistx.ErrDone, name)
			} else {
				err = errs[1]
			}
			if err == nil {
				assert.NoError(t, f.Err(), name)
				continue
			}
			assert.ErrorIs(t, err, rueidistx.ErrDone, name)
			assert.ErrorIs(t, f.Err(), rueidistx.ErrDiscarded, name)
		}
	}
}

// Inside its closure, a unit cannot be discarded.
func TestDiscardInsideAClosure(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t))
	ctx, key := redistest.Context(t), redistest.Key(t, "n")
	for name, run := range map[string]func() error{
		"Execute": func() error {
			return db.Execute(ctx, func(b *rueidistx.Batch) error { b.Incr(key); b.Discard(); return nil })
		},
		"EachPrimary": func() error {
			return db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error { b.Incr(key); b.Discard(); return nil })
		},
		"Transact": func() error {
			return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); tx.Discard(); return tx.Err() })
		},
		"Watch": func() error {
			return db.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { tx.Incr(key); tx.Discard(); return tx.Err() })
		},
	} {
		require.NoError(t, run(), name)
		require.Equal(t, "1", db.Auto(ctx).Get(key).Must(), name)
		require.NoError(t, db.Auto(ctx).Del(key).Err())
	}
	f := rueidistx.Future[int64]{}
	require.NoError(t, db.Cached(time.Minute).Execute(ctx, func(b *rueidistx.CachedBatch) error { f = b.StrLen(key); b.Discard(); return nil }))
	require.Zero(t, f.Must())
}

// Err says early what Exec would say.
func TestErrOfATx(t *testing.T) {
	t.Parallel()
	db := rueidistx.New(redistest.Shared(t).Client(t), rueidistx.CheckSlots())
	ctx := redistest.Context(t)
	tx := db.Atomic()
	tx.Set("a", "1")
	require.NoError(t, tx.Err())
	tx.Set("b", "1")
	require.ErrorIs(t, tx.Err(), rueidistx.ErrCrossSlot)
	require.ErrorIs(t, tx.Exec(ctx), rueidistx.ErrCrossSlot)
	tx = db.Atomic()
	f := tx.Get("a")
	_, err := f.Value()
	require.ErrorIs(t, err, rueidistx.ErrPending)
	require.ErrorIs(t, tx.Err(), rueidistx.ErrPending)
	require.ErrorIs(t, tx.Exec(ctx), rueidistx.ErrPending)
}
