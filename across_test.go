package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// untagged returns a key of the test that has no {tag}.
func untagged(t *testing.T) string { return strings.Trim(redistest.Key(t, ""), "{}:") }

// scattered returns keys of the test in many slots.
func scattered(t *testing.T, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprint(untagged(t), i)
	}
	return keys
}

func TestAcrossSlots(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]rueidistx.Option{"": nil, " with slots": {rueidistx.CheckSlots()}, " with a prefix": {rueidistx.Prefix("app:")}} {
		onEach(t, func(t *testing.T, db *rueidistx.DB) {
			t.Run("of"+name, func(t *testing.T) {
				ctx, keys := redistest.Context(t), scattered(t, 100)
				var keyValues []string
				want := make([]rueidistx.Optional[string], len(keys))
				for i, key := range keys {
					if i%3 != 0 {
						keyValues = append(keyValues, key, fmt.Sprint("old ", i), key, fmt.Sprint(i)) // the last counts
						want[i] = rueidistx.Optional[string]{Value: fmt.Sprint(i), OK: true}
					}
				}
				require.NoError(t, db.MSet(ctx, keyValues...))
				values, err := db.MGet(ctx, keys...)
				require.NoError(t, err)
				require.Equal(t, want, values)
				values, err = db.MGet(ctx, keys[1], keys[0], keys[1])
				require.NoError(t, err)
				require.Equal(t, []rueidistx.Optional[string]{want[1], {}, want[1]}, values)
				for name, count := range map[string]func(context.Context, ...string) (int64, error){"Exists": db.Exists, "Touch": db.Touch} {
					n, err := count(ctx, append(keys[:len(keys):len(keys)], keys[1])...)
					require.NoError(t, err, name)
					require.EqualValues(t, 67, n, name)
				}
				n, err := db.Del(ctx, keys[:50]...)
				require.NoError(t, err)
				require.EqualValues(t, 33, n)
				n, err = db.Unlink(ctx, keys...)
				require.NoError(t, err)
				require.EqualValues(t, 33, n)
			})
		}, options...)
	}
}

// TestAcrossSlotsInPart has one of the nodes refuse to write.
func TestAcrossSlotsInPart(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0)
	db, err := rueidistx.Open(c.Option())
	require.NoError(t, err)
	t.Cleanup(db.Close)
	full := c.Nodes[1]
	full.Do(t, "CONFIG", "SET", "maxmemory", "1")

	ctx, keys, owner := redistest.Context(t), scattered(t, 100), c.Owners()
	var keyValues []string
	for _, key := range keys {
		keyValues = append(keyValues, key, "v")
	}
	err = db.MSet(ctx, keyValues...)
	var of *rueidistx.KeysError
	require.ErrorAs(t, err, &of)
	require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	require.ErrorIs(t, err, rueidistx.ErrRejected)
	require.NotErrorIs(t, err, rueidistx.ErrNotApplied)
	require.Len(t, of.Errs, len(keys))
	values, err := db.MGet(ctx, keys...)
	require.NoError(t, err)
	failed := 0
	for i, key := range keys {
		require.Equal(t, owner(int(rueidistx.Slot(key))) == full, of.Errs[i] != nil)
		require.Equal(t, of.Errs[i] == nil, values[i].OK)
		if err := of.Errs[i]; err != nil {
			failed++
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			require.Equal(t, "OOM", rueidistx.Code(err))
		}
	}
	require.Equal(t, failed, of.Failed)
	require.ErrorContains(t, of, fmt.Sprintf("rueidistx: %d of 100 keys failed: ", failed))
	require.ErrorContains(t, of, fmt.Sprintf("OOM command not allowed when used memory > 'maxmemory'.; and %d more", failed-1))
	require.NotZero(t, failed)
}

// TestAcrossSlotsGroups: one command for each slot, in one call of the client, or one command where slots do not matter.
func TestAcrossSlotsGroups(t *testing.T) {
	t.Parallel()
	single, cluster := redistest.Shared(t).Option(), redistest.SharedCluster(t).Option()
	for name, of := range map[string]struct {
		option  rueidis.ClientOption
		options []rueidistx.Option
		want    int
	}{
		"cluster": {cluster, nil, 2}, "single": {single, nil, 1}, "checked": {single, []rueidistx.Option{rueidistx.CheckSlots()}, 2},
		"prefixed": {cluster, []rueidistx.Option{rueidistx.Prefix("app:")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			db, g := openGated(t, of.option, of.options...)
			_, err := db.Exists(redistest.Context(t), redistest.Key(t, "a"), untagged(t)+"x", redistest.Key(t, "b"))
			require.NoError(t, err)
			require.Len(t, g.calls, 1)
			require.Len(t, g.calls[0], of.want)

			same, n := untagged(t), 0
			for rueidistx.Slot(same) != rueidistx.Slot(untagged(t)) || same == untagged(t) {
				same = fmt.Sprint(untagged(t), n)
				n++
			}
			_, err = db.Exists(redistest.Context(t), untagged(t), same) // of one slot, unless there is a prefix
			require.NoError(t, err)
		})
	}
}

// TestAcrossSlotsWithOddResults loses the reply to one command, and then has one reply hold too few values.
func TestAcrossSlotsWithOddResults(t *testing.T) {
	t.Parallel()
	lost := errors.New("lost")
	var odd func(client rueidis.Client, c rueidis.Completed) (rueidis.RedisResult, bool)
	db := openCluster(t, redistest.SharedCluster(t).Option(), rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
		return &wrapper{Client: client, doMulti: func(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
			for i := range commands {
				commands[i] = commands[i].Pin()
			}
			results := client.DoMulti(ctx, commands...)
			for i, c := range commands {
				if r, is := odd(client, c); is {
					results[i] = r
				}
			}
			return results
		}}
	}))
	ctx, keys := redistest.Context(t), scattered(t, 20)
	var keyValues []string
	for i, key := range keys {
		keyValues = append(keyValues, key, fmt.Sprint(i))
	}
	first := func(c rueidis.Completed) bool { return c.Commands()[1] == keys[0] }
	odd = func(_ rueidis.Client, c rueidis.Completed) (rueidis.RedisResult, bool) {
		return rueidis.NewErrorResult(lost), first(c)
	}
	var of *rueidistx.KeysError
	err := db.MSet(ctx, keyValues...)
	require.ErrorAs(t, err, &of)
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
	require.ErrorIs(t, of.Errs[0], lost)
	require.Equal(t, make([]error, 19), of.Errs[1:])
	require.Equal(t, 1, of.Failed)

	odd = func(client rueidis.Client, c rueidis.Completed) (rueidis.RedisResult, bool) {
		if !first(c) {
			return rueidis.RedisResult{}, false
		}
		return client.Do(ctx, client.B().Lrange().Key(untagged(t)+"none").Start(0).Stop(0).Build()), true
	}
	values, err := db.MGet(ctx, keys...)
	require.ErrorIs(t, err, rueidistx.ErrProtocol)
	require.ErrorAs(t, err, &of)
	require.Equal(t, 1, of.Failed)
	require.False(t, values[0].OK)
	require.Equal(t, "1", values[1].Value)
}

func TestAcrossSlotsMisused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		ctx, k := redistest.Context(t), redistest.Key(t, "k")
		ended, cancel := context.WithCancel(ctx)
		cancel()
		for name, err := range map[string]error{
			"no keys": second(db.MGet(ctx)), "none to delete": second(db.Del(ctx)), "no pairs": db.MSet(ctx), "no value": db.MSet(ctx, k),
			"a zero entity": second(db.Exists(ctx, k, rueidistx.Entity{}.Key("x"))),
			"no DB":         second((*rueidistx.DB)(nil).MGet(ctx, k)),
		} {
			require.ErrorIs(t, err, rueidistx.ErrInvalid, name)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), name)
		}
		values, err := db.MGet(ended, k, k)
		require.ErrorIs(t, err, rueidistx.ErrNotSent)
		require.ErrorIs(t, err, context.Canceled)
		require.Len(t, values, 2)
		require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
	})
}

func second[T any](_ T, err error) error { return err }

// TestSlotsWithoutANode: the commands of other slots are sent all the same.
func TestSlotsWithoutANode(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
	keys := scattered(t, 200)
	nobodys := map[int]bool{}
	remove := func(keys ...string) {
		for _, key := range keys {
			slot := c.Slot(key)
			nobodys[slot] = true
			for _, s := range c.Nodes {
				_, _ = s.TryDo("CLUSTER", "DELSLOTS", fmt.Sprint(slot)) // one of them may have forgotten it already
			}
		}
	}
	for name, gone := range map[string][]string{"one": keys[:1], "a third": keys[:66]} {
		remove(gone...)
		db, ctx := openCluster(t, c.Option()), redistest.Context(t)
		expect := func(about, key string, err error) {
			t.Helper()
			if !nobodys[c.Slot(key)] {
				require.NoError(t, err, "%s, %s", name, about)
				return
			}
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%s, %s: %v", name, about, err)
		}
		var keyValues []string
		for _, key := range keys {
			keyValues = append(keyValues, key, "v")
		}
		for about, err := range map[string]error{"MSet": db.MSet(ctx, keyValues...), "MGet": second(db.MGet(ctx, keys...)), "Exists": second(db.Exists(ctx, keys...))} {
			var of *rueidistx.KeysError
			require.ErrorAs(t, err, &of, about)
			for i, key := range keys {
				expect(about, key, of.Errs[i])
			}
		}
		var written []rueidistx.Future[int64]
		b := db.Batch()
		b.Ping()
		for _, key := range keys { // twice, and in order
			written = append(written, b.Append(key, "1"), b.Append(key, "2"))
		}
		require.Error(t, b.Exec(ctx))
		cached := db.Cached(time.Minute).Batch()
		var read []rueidistx.Future[string]
		for _, key := range keys {
			read = append(read, cached.Get(key))
		}
		require.Error(t, cached.Exec(ctx))
		for i, key := range keys {
			expect("Batch", key, written[2*i].Err())
			expect("Batch", key, written[2*i+1].Err())
			expect("Cached", key, read[i].Err())
			if !nobodys[c.Slot(key)] {
				require.Equal(t, "v12", read[i].Must())
			}
		}
	}
}
