package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestUnitsAreLookedAtWhileTheyAreExecuted watches units, one of whose commands fails, from other goroutines. The race detector
// finds what is not synchronized.
func TestUnitsAreLookedAtWhileTheyAreExecuted(t *testing.T) {
	s := redistest.Shared(t)
	db, ctx := outcometest.ClientModes[0].Open(t, s.Addr), redistest.Context(t)
	k := redistest.Key(t, "text")
	require.NoError(t, db.Auto(ctx).Set(k, "x").Err())
	look := func(f rueidistx.Future[int64], count func() int) func() {
		return func() {
			for range 100 {
				_, _, _, _ = f.Err(), f.String(), f.FromCache(), count()
			}
		}
	}
	for range 50 {
		b := db.Batch()
		f := b.Incr(k)
		b.Get(k)
		atOnce(func() { _ = b.Exec(ctx) }, look(f, b.Len), look(f, b.Len))
		require.Error(t, f.Err())

		tx := db.Atomic()
		f = tx.Incr(k)
		tx.Get(k)
		atOnce(func() { _ = tx.Exec(ctx) }, look(f, tx.Len), look(f, tx.Len))
		require.Error(t, f.Err())
	}
}
