package rueidistx_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// told notes what a hook is told before a unit, and in the end.
type told struct{ before, after []string }

func tell(u *rueidistx.Unit) string {
	return fmt.Sprintf("%s %v %d %d", u.Way, slices.Collect(u.Names()), u.Len, u.Slot)
}

func (h *told) Before(ctx context.Context, u *rueidistx.Unit) context.Context {
	h.before = append(h.before, tell(u))
	return ctx
}

func (h *told) After(_ context.Context, u *rueidistx.Unit) {
	h.after = append(h.after, tell(u)+" "+u.Class())
}

func TestHooksAreToldTheNameOfASingleCommandBeforeItIsSent(t *testing.T) {
	t.Parallel()
	var h told
	db, err := rueidistx.Open(redistest.Shared(t).Option(), rueidistx.Hooks(&h), rueidistx.CheckSlots())
	require.NoError(t, err)
	defer db.Close()
	ctx := redistest.Context(t)
	db.Auto(ctx).Get("{a}")
	db.Auto(ctx).MGet("{a}", "{b}") // refused
	require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Get("{a}"); return nil }))
	require.Equal(t, []string{"auto [GET] 1 15495", "auto [MGET] 1 15495", "transact [] 0 -1"}, h.before)
	require.Equal(t, []string{"auto [GET] 1 15495 ", "auto [MGET] 1 -1 cross_slot", "transact [GET] 1 15495 "}, h.after)
}

func TestHooksTellAPanicFromAnError(t *testing.T) {
	t.Parallel()
	var h told
	db, err := rueidistx.Open(redistest.Shared(t).Option(), rueidistx.Hooks(&h))
	require.NoError(t, err)
	defer db.Close()
	ctx := redistest.Context(t)
	for _, run := range []func(){
		func() { _ = db.Transact(ctx, func(*rueidistx.Tx) error { panic("mine") }) },
		func() { _ = db.Execute(ctx, func(*rueidistx.Batch) error { panic("mine") }) },
		func() { _ = db.Watch(ctx, func(*rueidistx.Reader, *rueidistx.Tx) error { panic("mine") }) },
		func() { _ = db.Execute(ctx, func(*rueidistx.Batch) error { return context.Canceled }) },
	} {
		func() {
			defer func() { _ = recover() }()
			run()
		}()
	}
	require.Equal(t, []string{"transact [] 0 -1 panicked", "batch [] 0 -1 panicked", "watch [] 0 -1 panicked",
		"batch [] 0 -1 discarded"}, h.after)
}
