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

// changed wraps a client, and its connections of its own, in one that changes each result.
func changed(client rueidis.Client, change func(rueidis.RedisResult) rueidis.RedisResult) rueidis.Client {
	return &wrapper{Client: client, cached: change,
		do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult { return change(client.Do(ctx, c)) },
		doMulti: func(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
			return changeAll(client.DoMulti(ctx, commands...), change)
		},
		dedicate: func() (rueidis.DedicatedClient, func()) {
			own, release := client.Dedicate()
			return changedConnection{own, change}, release
		},
	}
}

func changeAll(results []rueidis.RedisResult, change func(rueidis.RedisResult) rueidis.RedisResult) []rueidis.RedisResult {
	for i := range results {
		results[i] = change(results[i])
	}
	return results
}

type changedConnection struct {
	rueidis.DedicatedClient
	change func(rueidis.RedisResult) rueidis.RedisResult
}

func (c changedConnection) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	return changeAll(c.DedicatedClient.DoMulti(ctx, commands...), c.change)
}

// nilAsError makes an error of a nil reply, as some mocks and wrappers do.
func nilAsError(r rueidis.RedisResult) rueidis.RedisResult {
	if r.Error() == rueidis.Nil {
		return rueidis.NewErrorResult(rueidis.Nil)
	}
	return r
}

// A wrapper that returns rueidis.Nil as an error says that the reply is nil.
func TestNilOfAWrapperIsANilReply(t *testing.T) {
	t.Parallel()
	wrap := func(client rueidis.Client) rueidis.Client { return changed(client, nilAsError) }
	for name, db := range map[string]*rueidistx.DB{
		"New":       rueidistx.New(wrap(redistest.Shared(t).Client(t))),
		"Wrap":      openCluster(t, redistest.Shared(t).Option(), rueidistx.Wrap(wrap)),
		"Coalesce":  openCluster(t, redistest.Shared(t).Option(), rueidistx.Wrap(wrap), rueidistx.Coalesce()),
		"dedicated": openCluster(t, redistest.Shared(t).Option(), rueidistx.Wrap(wrap), rueidistx.DedicatedTransactions(1)),
		"cluster":   openCluster(t, redistest.SharedCluster(t).Option(), rueidistx.Wrap(wrap)),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, e := redistest.Context(t), rueidistx.Tag("nil", redistest.Key(t, name))
			missing, there := e.Key("missing"), e.Key("there")
			auto := db.Auto(ctx)
			require.NoError(t, auto.Set(there, "1").Err())
			require.ErrorIs(t, auto.Get(missing).Err(), rueidistx.ErrNil)
			require.False(t, auto.Get(missing).FromCache())
			require.Equal(t, "none", auto.Get(missing).Or("none"))
			require.Equal(t, "none", auto.LPop(missing).Default("none").Must())
			require.ErrorIs(t, auto.ZScore(missing, "m").Err(), rueidistx.ErrNil)
			require.False(t, auto.Set(there, "2", rueidistx.NX).Must())

			b := db.Batch()
			got, popped := b.Get(missing), b.RPop(missing)
			require.NoError(t, b.Exec(ctx))
			require.ErrorIs(t, got.Err(), rueidistx.ErrNil)
			require.ErrorIs(t, popped.Err(), rueidistx.ErrNil)

			for range 2 { // the second time, it is cached
				require.ErrorIs(t, db.Cached(time.Minute).Auto(ctx).Get(missing).Err(), rueidistx.ErrNil)
				cached := db.Cached(time.Minute).Batch()
				got = cached.Get(missing)
				require.NoError(t, cached.Exec(ctx))
				require.ErrorIs(t, got.Err(), rueidistx.ErrNil)
			}

			runs := 0
			require.NoError(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				require.ErrorIs(t, r.Get(missing).Err(), rueidistx.ErrNil)
				if runs++; runs == 1 { // then the reply to EXEC is nil
					require.NoError(t, db.Auto(ctx).Set(missing, "conflict").Err())
					defer db.Auto(ctx).Del(missing)
				}
				tx.Incr(there)
				return nil
			}))
			require.Equal(t, 2, runs)
			require.Equal(t, "2", auto.Get(there).Must())
		})
	}
}

// An error without a text is not called one of the server's.
func TestErrorOfAWrapperWithoutAText(t *testing.T) {
	t.Parallel()
	ctx, key := redistest.Context(t), redistest.Key(t, "n")
	db := rueidistx.New(changed(redistest.Shared(t).Client(t), func(rueidis.RedisResult) rueidis.RedisResult {
		return rueidis.NewErrorResult((*rueidis.RedisError)(nil))
	}))
	require.ErrorIs(t, db.Auto(ctx).Incr(key).Err(), rueidistx.ErrProtocol)
	require.Error(t, db.Cached(time.Minute).Auto(ctx).Get(key).Err())
	b := db.Batch()
	f := b.Incr(key)
	require.ErrorIs(t, b.Exec(ctx), rueidistx.ErrProtocol)
	require.ErrorIs(t, f.Err(), rueidistx.ErrProtocol)
	require.ErrorIs(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }), rueidistx.ErrNotSent)
}
