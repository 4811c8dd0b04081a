package rueidistx_test

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestIfWithoutMemory has a server refuse the first write of a branch, which keeps the others from running, and a later one. A
// script goes on if it has written something, and a transaction is not begun.
func TestIfWithoutMemory(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.Modes()[0].Open(t, s.Addr)
	ctx, e := redistest.Context(t), entity(t)
	for name, by := range carriers {
		require.NoError(t, db.Auto(ctx).Set(e.Key("old"), "x").Err())
		s.Do(t, "CONFIG", "SET", "maxmemory", "1")
		refused := db.If(rueidistx.Exists(e.Key("old")))
		read, written, deleted := refused.Then.Get(e.Key("old")), refused.Then.Set(e.Key(name), "x"), refused.Then.Del(e.Key("old"))
		_, err := refused.Exec(ctx, by...)
		require.ErrorIs(t, err, rueidistx.ErrAborted, name)
		require.Nil(t, refused.Held())
		for _, f := range []outcometest.Settled{read, written, deleted} {
			require.ErrorIs(t, f.Err(), rueidistx.ErrNotApplied, name)
		}
		later := db.If(rueidistx.Exists(e.Key("old")))
		deleted, written = later.Then.Del(e.Key("old")), later.Then.Set(e.Key(name), "x")
		_, err = later.Exec(ctx, by...)
		if name == "by WATCH" {
			require.ErrorIs(t, err, rueidistx.ErrAborted)
		} else {
			require.NoError(t, err, name)
			require.EqualValues(t, 1, deleted.Must())
			require.NoError(t, written.Err())
		}
		s.Do(t, "CONFIG", "SET", "maxmemory", "0")
	}
}

// TestIfWithCommandsThatFail has commands fail in a branch: while they run, and because the server does not know them.
func TestIfWithCommandsThatFail(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		require.NoError(t, db.Auto(ctx).RPush(e.Key("list"), "a").Err())
		c := db.If(rueidistx.Exists(e.Key("none")))
		taken, other := [2]rueidistx.Future[int64]{}, c.Then.Incr(e.Key("n"))
		taken[0], taken[1] = c.Else.Incr(e.Key("list")), c.Else.Incr(e.Key("n"))
		held, err := c.Exec(ctx, by...)
		require.False(t, held)
		outcometest.RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
		require.Equal(t, []bool{false}, c.Held())
		var failed *rueidistx.CommandError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, 0, failed.Index)
		require.Equal(t, "INCR", failed.Name)
		require.Equal(t, "WRONGTYPE", rueidistx.Code(taken[0].Err()))
		require.EqualValues(t, 1, taken[1].Must())
		require.ErrorIs(t, other.Err(), rueidistx.ErrNotTaken)
		require.NotErrorIs(t, err, rueidistx.ErrNotTaken)
	})
}

// TestIfWithCommandThatTheServerDoesNotKnow fails alone in a script, and keeps the others from running in MULTI.
func TestIfWithCommandThatTheServerDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		db, ctx, e := w.Open(t, s.Addr), redistest.Context(t), entity(t)
		require.NoError(t, db.Auto(ctx).Del(e.Key("n")).Err())
		if _, err := db.Auto(ctx).Digest(e.Key("n")).Value(); !strings.Contains(err.Error(), "unknown command") {
			t.Skip("the server knows DIGEST")
		}
		queue := func() (*rueidistx.Choice, rueidistx.Future[int64], rueidistx.Future[string]) {
			c := db.If(rueidistx.Missing(e.Key("none")))
			return c, c.Then.Incr(e.Key("n")), c.Then.Digest(e.Key("n"))
		}
		c, n, digest := queue()
		_, err := c.Exec(ctx)
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		require.EqualValues(t, 1, n.Must())
		outcometest.RequireFault(t, digest.Err(), 1, "DIGEST", "")
		c, n, digest = queue()
		_, err = c.Exec(ctx, rueidistx.ByWatch())
		require.ErrorIs(t, err, rueidistx.ErrAborted)
		require.ErrorIs(t, n.Err(), rueidistx.ErrAborted)
		require.ErrorIs(t, digest.Err(), rueidistx.ErrAborted)
	}
}

// TestIfEndsWithItsClient has the client panic, and end the goroutine: the futures are settled.
func TestIfEndsWithItsClient(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for how, end := range map[string]func(){"panic": func() { panic("the client's") }, "Goexit": runtime.Goexit} {
		for name, by := range carriers {
			t.Run(how+", "+name, func(t *testing.T) {
				client := s.Client(t)
				w, e := wrap(client), entity(t)
				var armed atomic.Bool
				w.before = func(int, []rueidis.Completed) {
					if armed.Load() {
						end()
					}
				}
				db := rueidistx.New(w)
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
				for _, native := range []bool{true, false} {
					armed.Store(false)
					c := db.If(rueidistx.TextAt(e.Key("k")).Is("x"))
					futures := []outcometest.Settled{c.Then.Set(e.Key("k"), "y")}
					if !native {
						futures = append(futures, c.Else.Del(e.Key("k")))
					}
					armed.Store(true)
					var ended sync.WaitGroup
					ended.Go(func() {
						defer func() { _ = recover() }()
						_, _ = c.Exec(redistest.Context(t), by...)
					})
					ended.Wait()
					want := rueidistx.ErrUnknown
					if name == "by WATCH" { // it was only reading
						want = rueidistx.ErrDiscarded
					}
					for _, f := range futures {
						require.ErrorIs(t, f.Err(), want)
					}
				}
			})
		}
	}
}

// TestIfIsExecutedOnce has several goroutines execute a Choice: one does, the others get ErrDone.
func TestIfIsExecutedOnce(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		c := db.If(rueidistx.Missing(e.Key("none")))
		n := c.Then.Incr(e.Key("n"))
		var working sync.WaitGroup
		var executed atomic.Int32
		for range 8 {
			working.Go(func() {
				if _, err := c.Exec(ctx, by...); err == nil {
					executed.Add(1)
				} else if !errors.Is(err, rueidistx.ErrDone) {
					executed.Add(100)
				}
			})
		}
		working.Wait()
		require.EqualValues(t, 1, executed.Load())
		require.EqualValues(t, 1, n.Must())
	})
}

// TestEither takes the future of the branch that ran, whatever it is asked for.
func TestEither(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		require.NoError(t, db.Auto(ctx).RPush(e.Key("list"), "a").Err())
		for _, holds := range []bool{true, false} {
			condition := rueidistx.Exists(e.Key("list"))
			if !holds {
				condition = rueidistx.Not(condition)
			}
			c := db.If(condition)
			nested := rueidistx.Either(rueidistx.Either(c.Then.Echo("then"), c.Then.Echo("then")), c.Else.Echo("else"))
			wrong := rueidistx.Either(c.Then.Get(e.Key("list")), c.Else.Get(e.Key("list")))
			none := rueidistx.Either(c.Then.Get(e.Key("none")), c.Else.Get(e.Key("none"))).Default("none")
			number := rueidistx.Map(rueidistx.Either(c.Then.Echo("1"), c.Else.Echo("2")), strconv.Atoi)
			require.Equal(t, "pending", nested.String())
			require.ErrorIs(t, nested.Err(), rueidistx.ErrPending)
			_, err := c.Exec(ctx, by...)
			require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
			want := map[bool]string{true: "then", false: "else"}[holds]
			require.Equal(t, want, nested.Must())
			require.NoError(t, nested.Err())
			require.Equal(t, "settled", nested.String())
			require.Contains(t, wrong.String(), "WRONGTYPE")
			require.Equal(t, "WRONGTYPE", rueidistx.Code(wrong.Err()))
			require.Equal(t, "none", none.Must())
			require.Equal(t, map[bool]int{true: 1, false: 2}[holds], number.Must())

			c = db.If(rueidistx.Exists(e.Key("list")))
			neither := rueidistx.Either(c.Else.Echo("a"), c.Else.Echo("b"))
			_, err = c.Exec(ctx, by...)
			require.NoError(t, err)
			require.ErrorIs(t, neither.Err(), rueidistx.ErrNotTaken)
			require.Contains(t, neither.String(), "the other branch was taken")
			_, err = neither.Value()
			require.ErrorIs(t, err, rueidistx.ErrNotTaken)
		}
	})
}

// TestIfTriesAgain has no connection set up: nothing is applied, and Exec tries 10 times, by a script and by WATCH.
func TestIfTriesAgain(t *testing.T) {
	redistest.Long(t) // for some seconds
	t.Parallel()
	for name, by := range map[string]rueidistx.ChoiceOption{"script": rueidistx.ByScript(), "WATCH": rueidistx.ByWatch()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, outcometest.Modes()[0], redistest.Shared(t)).Warm(t), entity(t)
			unreachable(t, p)
			c := p.If(rueidistx.Missing(e.Key("n")))
			n := c.Then.Incr(e.Key("n"))
			began := time.Now()
			held, err := c.Exec(redistest.Context(t), by)
			require.False(t, held)
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
			require.Equal(t, err, n.Err())
			require.Greater(t, time.Since(began), 1500*time.Millisecond)
		})
	}
}

// TestIfGivesDecodersTheOldForm has a Decoder of the caller's see what a script returns, and what EXEC does.
func TestIfGivesDecodersTheOldForm(t *testing.T) {
	t.Parallel()
	db := outcometest.Modes()[0].Open(t, redistest.Shared(t).Addr)
	ctx, e := redistest.Context(t), entity(t)
	require.NoError(t, db.Auto(ctx).HSet(e.Key("h"), "f", "v").Err())
	isMap := func(m rueidis.RedisMessage) (bool, error) { return m.IsMap(), nil }
	for want, by := range map[bool]rueidistx.ChoiceOption{false: rueidistx.ByScript(), true: rueidistx.ByWatch()} {
		c := db.If(rueidistx.Exists(e.Key("h")))
		all := c.Then.HGetAll(e.Key("h"))
		_, err := c.Exec(ctx, by)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"f": "v"}, all.Must())
		require.Equal(t, want, rueidistx.As(all, isMap).Must())
	}
}
