package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestAsBeforeExec keeps a transaction from being sent if it asks for a value that it does not have yet, and only then.
func TestAsBeforeExec(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx := redistest.Context(t)
	type future = rueidistx.Future[string]
	as := func(f future) rueidistx.Future[int64] { return rueidistx.As(f, rueidistx.AsInt64) }
	both := func(f future) rueidistx.Future[int64] { return rueidistx.As(rueidistx.Zip(f, f), rueidistx.AsInt64) }
	all := func(f future) rueidistx.Future[int64] { return rueidistx.As(rueidistx.All(f, f), rueidistx.AsInt64) }
	for name, c := range map[string]struct {
		read func(f future)
		asks bool
	}{
		"As":         {func(f future) { as(f) }, false},
		"Err":        {func(f future) { _ = as(f).Err() }, false},
		"String":     {func(f future) { _ = as(f).String() }, false},
		"Or":         {func(f future) { as(f).Or(1) }, true},
		"of Default": {func(f future) { _, _ = as(f.Default("1")).Value() }, true},
		"of Map":     {func(f future) { rueidistx.As(rueidistx.Int(f), rueidistx.AsString).Or("") }, true},
		"in Zip":     {func(f future) { _, _ = rueidistx.Zip(as(f), f).Value() }, true},
		"of Zip":     {func(f future) { both(f).Or(1) }, true},
		"of All":     {func(f future) { all(f).Default(1).Or(1) }, true},
		"of Zip Err": {func(f future) { _ = both(f).Err() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
				tx.Set("k", "1")
				c.read(tx.Get("k"))
				return nil
			})
			if c.asks {
				require.ErrorIs(t, err, rueidistx.ErrPending)
			} else {
				require.NoError(t, err)
			}
		})
	}
	a := db.Auto(ctx)
	require.ErrorIs(t, both(a.Get("k")).Err(), rueidistx.ErrInvalid)
	require.ErrorIs(t, all(a.Get("k")).Err(), rueidistx.ErrInvalid)
	require.ErrorIs(t, both(future{}).Err(), rueidistx.ErrPending)
	assert.EqualValues(t, 1, as(a.Get("k")).Must())
}
