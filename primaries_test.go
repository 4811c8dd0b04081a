package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// fillEach sets n keys.
func fillEach(t *testing.T, db *rueidistx.DB, n int) {
	t.Helper()
	require.NoError(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for i := range n {
			b.Set("key:"+strconv.Itoa(i), "v")
		}
		return nil
	}))
}

// sizes returns the number of keys of each primary by its address.
func sizes(t *testing.T, db *rueidistx.DB) map[string]int64 {
	t.Helper()
	futures := map[string]rueidistx.Future[int64]{}
	require.NoError(t, db.EachPrimary(redistest.Context(t), func(addr string, b *rueidistx.Batch) error {
		futures[addr] = b.DBSize()
		require.ErrorIs(t, futures[addr].Err(), rueidistx.ErrPending)
		return nil
	}))
	counts := map[string]int64{}
	for addr, f := range futures {
		n, err := f.Value()
		require.NoError(t, err)
		counts[addr] = n
	}
	return counts
}

func sum(counts map[string]int64) (n int64) {
	for _, count := range counts {
		n += count
	}
	return n
}

func openFor(t *testing.T, option rueidis.ClientOption) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

func TestEachPrimary(t *testing.T) {
	t.Parallel()
	t.Run("Single", func(t *testing.T) {
		t.Parallel()
		s := redistest.Start(t)
		testEachPrimary(t, openFor(t, s.Option()), s.Addr)
	})
	t.Run("SingleRESP2", func(t *testing.T) {
		t.Parallel()
		s := redistest.Start(t)
		testEachPrimary(t, openFor(t, inRESP2(s.Option())), s.Addr)
	})
	t.Run("Sentinel", func(t *testing.T) {
		t.Parallel()
		redistest.Long(t)
		s := redistest.StartSentinel(t, 1, 1)
		testEachPrimary(t, openFor(t, s.Option()), s.Nodes[0].Addr)
	})
	t.Run("Cluster", func(t *testing.T) {
		t.Parallel()
		redistest.Long(t)
		c := redistest.StartCluster(t, 3, 1)
		var primaries []string
		for _, slot := range []int{0, 8000, 16383} {
			primaries = append(primaries, c.Owner(slot).Addr)
		}
		testEachPrimary(t, openFor(t, c.Option()), primaries...)
		testEachPrimary(t, openFor(t, inRESP2(c.Option())), primaries...)
		testEachPrimary(t, rueidistx.New(c.Client(t)), primaries...)
	})
}

func testEachPrimary(t *testing.T, db *rueidistx.DB, addrs ...string) {
	ctx := redistest.Context(t)
	fillEach(t, db, 300)
	counts := sizes(t, db)
	require.Len(t, counts, len(addrs))
	for _, addr := range addrs {
		require.Positive(t, counts[addr], addr)
	}
	require.Equal(t, int64(300), sum(counts))

	t.Run("an error of the closure", func(t *testing.T) {
		own := errors.New("own")
		var f rueidistx.Future[string]
		calls := 0
		err := db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
			f = b.FlushAll()
			if calls++; calls == len(addrs) {
				return own
			}
			return nil
		})
		require.ErrorIs(t, err, own)
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrDiscarded)
		require.ErrorIs(t, f.Err(), rueidistx.ErrDiscarded)
		require.Equal(t, int64(300), sum(sizes(t, db)))
	})
	t.Run("a panic of the closure", func(t *testing.T) {
		var f rueidistx.Future[string]
		require.Panics(t, func() {
			_ = db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
				f = b.FlushAll()
				panic("own")
			})
		})
		require.ErrorIs(t, f.Err(), rueidistx.ErrDiscarded)
	})
	t.Run("a refused command", func(t *testing.T) {
		calls := 0
		err := db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
			b.FlushAll()
			if calls++; calls == len(addrs) {
				b.MGet()
			}
			return nil
		})
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)
		require.Equal(t, int64(300), sum(sizes(t, db)))
	})
	t.Run("a future read too early", func(t *testing.T) {
		err := db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
			_, err := b.DBSize().Value()
			require.ErrorIs(t, err, rueidistx.ErrPending)
			return nil
		})
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrPending)
	})
	t.Run("a server's error", func(t *testing.T) {
		err := db.EachPrimary(ctx, func(addr string, b *rueidistx.Batch) error {
			if addr == addrs[0] {
				b.ConfigSet("secret", "secret")
			}
			b.Ping()
			require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrDone)
			return nil
		})
		var nodes *rueidistx.NodesError
		require.ErrorAs(t, err, &nodes)
		require.Equal(t, len(addrs), nodes.Total)
		require.Len(t, nodes.Errs, 1)
		require.Equal(t, addrs[0], nodes.Errs[0].Addr)
		outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
		var node *rueidistx.NodeError
		require.ErrorAs(t, err, &node)
		require.ErrorContains(t, err, fmt.Sprintf("1 of %d nodes failed: node %s: ", len(addrs), addrs[0]))
		require.NotContains(t, err.Error(), "secret")
	})
	t.Run("a command that blocks", func(t *testing.T) {
		err := db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
			rueidistx.Queue(b, b.B().Arbitrary("BLPOP", "k", "0").Build(), rueidistx.AsAny)
			return nil
		})
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrForbidden)
	})
	t.Run("a context that has ended", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		err := db.EachPrimary(ended, func(string, *rueidistx.Batch) error { return nil })
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, context.Canceled)
	})

	require.NoError(t, db.EachPrimary(ctx, func(_ string, b *rueidistx.Batch) error {
		b.FlushAll(rueidistx.Sync)
		return nil
	}))
	counts = sizes(t, db)
	assert.Len(t, counts, len(addrs))
	assert.Zero(t, sum(counts))
}

// TestEachPrimaryOfALostNode expects the address of a node that does not answer.
func TestEachPrimaryOfALostNode(t *testing.T) {
	t.Parallel()
	redistest.Long(t)
	c := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
	db := openFor(t, c.Option())
	require.Len(t, sizes(t, db), 3)
	lost := c.Owner(0)
	lost.Kill()
	err := db.EachPrimary(redistest.Context(t), func(_ string, b *rueidistx.Batch) error {
		b.DBSize()
		return nil
	})
	var nodes *rueidistx.NodesError
	require.ErrorAs(t, err, &nodes)
	require.Equal(t, 3, nodes.Total)
	require.Len(t, nodes.Errs, 1)
	require.Equal(t, lost.Addr, nodes.Errs[0].Addr)
	require.ErrorIs(t, err, rueidistx.ErrConnection)
}

func TestEachPrimaryMisused(t *testing.T) {
	t.Parallel()
	var none *rueidistx.DB
	for _, db := range []*rueidistx.DB{none, new(rueidistx.DB)} {
		require.ErrorIs(t, db.EachPrimary(t.Context(), func(string, *rueidistx.Batch) error { return nil }), rueidistx.ErrInvalid)
	}
	require.ErrorIs(t, new(rueidistx.DB).EachPrimary(t.Context(), nil), rueidistx.ErrInvalid)
}
