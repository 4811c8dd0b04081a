package rueidistx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// prints are all ways to print a future, by the verb.
func prints[T any](f rueidistx.Future[T]) map[string]string {
	all := map[string]string{"String": f.String(), "Sprint": fmt.Sprint(f)}
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%d"} {
		all[verb] = fmt.Sprintf(verb, f)
	}
	return all
}

func requirePrints[T any](t *testing.T, f rueidistx.Future[T], want string) {
	t.Helper()
	for verb, got := range prints(f) {
		switch verb {
		case "%d":
		case "%q":
			require.Equal(t, fmt.Sprintf("%q", want), got)
		case "%#v":
			require.Equal(t, fmt.Sprintf("%T{%s}", f, want), got)
		default:
			require.Equal(t, want, got, verb)
		}
		require.NotContains(t, got, "hunter2", verb)
	}
}

func TestPrintedFutureShowsNoDataAndAsksForNone(t *testing.T) {
	t.Parallel()
	db, key := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), redistest.Key(t, "hunter2")
	calls := 0
	decode := func(m rueidis.RedisMessage) (string, error) { calls++; return rueidistx.AsString(m) }
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			var there, gone, text rueidistx.Future[string]
			var bad rueidistx.Future[int64]
			look := func(want, wantBad string) {
				for _, f := range []rueidistx.Future[string]{there, gone, text, there.Default("hunter2")} {
					requirePrints(t, f, want)
				}
				requirePrints(t, rueidistx.Int(text), want)
				requirePrints(t, rueidistx.Map(text, func(s string) (string, error) { calls++; return s, nil }), want)
				requirePrints(t, rueidistx.Zip(there, text), want)
				requirePrints(t, rueidistx.All(there, gone, text), want)
				requirePrints(t, rueidistx.Map(rueidistx.All(there), func([]string) (string, error) { calls++; return "hunter2", nil }), want)
				requirePrints(t, bad, wantBad)
				requirePrints(t, rueidistx.Zip(there, bad), wantBad)
				requirePrints(t, rueidistx.Zip(rueidistx.Zip(bad, there), text), wantBad)
				require.Zero(t, calls)
			}
			err := w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) {
				c.Set(key, "hunter2")
				there, gone = rueidistx.Queue(c, c.B().Get().Key(key).Build(), decode), c.Get(key+"gone")
				text, bad = c.Get(key), c.HIncrBy(key, "hunter2", 1)
				if !w.Now {
					look("pending", "pending")
				}
			})
			require.ErrorIs(t, bad.Err(), rueidistx.ErrService)
			if !w.Now {
				require.NotErrorIs(t, err, rueidistx.ErrPending)
			}
			look("settled", bad.Err().Error())
			require.Equal(t, "hunter2", there.Must())
			calls = 0
		})
	}
}

func TestPrintedFutureOfNobody(t *testing.T) {
	t.Parallel()
	db := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	var zero rueidistx.Future[string]
	requirePrints(t, zero, "pending")
	requirePrints(t, zero.Default("x"), "pending")
	requirePrints(t, rueidistx.Zip(zero, zero), "pending")
	requirePrints(t, rueidistx.All[string](), "settled")
	requirePrints(t, new(rueidistx.Commands).Get("hunter2"), "rueidistx: invalid arguments: the Commands were not made by a DB")
	ended, cancel := context.WithCancel(redistest.Context(t))
	cancel()
	requirePrints(t, db.Auto(ended).Get("hunter2"), "rueidistx: not sent: command 0 (GET): context canceled")
	b := db.Batch()
	f := b.Get("hunter2")
	f.Or("")
	requirePrints(t, f, "pending")
	require.Error(t, b.Exec(redistest.Context(t)))
	require.True(t, strings.HasPrefix(f.String(), "rueidistx: not sent"))
	type holder struct{ F rueidistx.Future[string] }
	require.Equal(t, "{pending}", fmt.Sprintf("%v", holder{}))
}
