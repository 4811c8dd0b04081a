package rueidistx_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// says wraps a client in one whose every result is the same, also on connections of its own.
func says(client rueidis.Client, r rueidis.RedisResult) rueidis.Client {
	return &wrapper{Client: client,
		do: func(context.Context, rueidis.Completed) rueidis.RedisResult { return r },
		doMulti: func(_ context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
			results := make([]rueidis.RedisResult, len(commands))
			for i := range results {
				results[i] = r
			}
			return results
		},
	}
}

// A wrapper that returns rueidis.Nil as an error says that the reply is nil.
func TestNilOfAWrapperIsANilReply(t *testing.T) {
	t.Parallel()
	ctx, key := redistest.Context(t), redistest.Key(t, "missing")
	wrap := func(client rueidis.Client) rueidis.Client { return says(client, rueidis.NewErrorResult(rueidis.Nil)) }
	for name, db := range map[string]*rueidistx.DB{
		"New":      rueidistx.New(wrap(redistest.Shared(t).Client(t))),
		"Wrap":     openCluster(t, redistest.Shared(t).Option(), rueidistx.Wrap(wrap)),
		"Coalesce": openCluster(t, redistest.Shared(t).Option(), rueidistx.Wrap(wrap), rueidistx.Coalesce()),
		"cluster":  openCluster(t, redistest.SharedCluster(t).Option(), rueidistx.Wrap(wrap)),
	} {
		auto := db.Auto(ctx)
		require.ErrorIs(t, auto.Get(key).Err(), rueidistx.ErrNil, name)
		require.False(t, auto.Get(key).FromCache(), name)
		require.Equal(t, "none", auto.Get(key).Or("none"), name)
		require.Equal(t, "none", auto.LPop(key).Default("none").Must(), name)
		require.ErrorIs(t, auto.ZScore(key, "m").Err(), rueidistx.ErrNil, name)
		require.False(t, auto.Set(key, "v", rueidistx.NX).Must(), name)
		require.ErrorIs(t, db.Cached(time.Minute).Auto(ctx).Get(key).Err(), rueidistx.ErrNil, name)

		b := db.Batch()
		got, popped := b.Get(key), b.RPop(key)
		require.NoError(t, b.Exec(ctx), name)
		require.ErrorIs(t, got.Err(), rueidistx.ErrNil, name)
		require.ErrorIs(t, popped.Err(), rueidistx.ErrNil, name)

		cached := db.Cached(time.Minute).Batch()
		got = cached.Get(key)
		require.NoError(t, cached.Exec(ctx), name)
		require.ErrorIs(t, got.Err(), rueidistx.ErrNil, name)
	}
}

// An error without a text is not called one of the server's.
func TestErrorOfAWrapperWithoutAText(t *testing.T) {
	t.Parallel()
	ctx := redistest.Context(t)
	db := rueidistx.New(says(redistest.Shared(t).Client(t), rueidis.NewErrorResult((*rueidis.RedisError)(nil))))
	require.ErrorIs(t, db.Auto(ctx).Incr("n").Err(), rueidistx.ErrProtocol)
	b := db.Batch()
	f := b.Incr("n")
	require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrProtocol)
	require.ErrorIs(t, f.Err(), rueidistx.ErrProtocol)
	require.ErrorIs(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr("n"); return nil }), rueidistx.ErrNotSent)
}
