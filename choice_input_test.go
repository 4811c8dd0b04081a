package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// onServer runs test with each carrier on a server, in each protocol.
func onServer(t *testing.T, test func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption)) {
	t.Helper()
	for _, w := range outcometest.Modes() {
		for name, by := range carriers {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				test(t, w.Open(t, redistest.Shared(t).Addr), by...)
			})
		}
	}
}

// requireRefusedChoice expects that nothing was sent, and that all futures say why.
func requireRefusedChoice(t *testing.T, c *rueidistx.Choice, held bool, err error, is []error, futures ...outcometest.Settled) {
	t.Helper()
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, is...)
	require.False(t, held)
	require.Nil(t, c.Held())
	require.Nil(t, c.Unmet())
	for _, f := range futures {
		require.Equal(t, err, f.Err())
	}
}

func TestChoiceWithConditionsThatCannotBe(t *testing.T) {
	t.Parallel()
	db, truth := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), rueidistx.Missing(redistest.Key(t, "none"))
	double, nots, list := truth, truth, make([]rueidistx.Condition, 0)
	for range 200 { // 2 to the power of 200 conditions
		double = rueidistx.And(double, double)
	}
	for range 1 << 18 {
		nots, list = rueidistx.Not(nots), append(list, truth)
	}
	zeros := rueidistx.And(rueidistx.Condition{})
	for range 200 {
		zeros = rueidistx.Or(zeros, zeros)
	}
	for name, condition := range map[string]rueidistx.Condition{
		"zero": {}, "zero in And": rueidistx.And(truth, rueidistx.Condition{}), "zero in Not": rueidistx.Not(rueidistx.Condition{}), "zeros": zeros,
		"NaN": rueidistx.FloatAt("k").Is(math.NaN()), "NaN in Or": rueidistx.Or(truth, rueidistx.ScoreOf("k", "m").Less(math.NaN())),
		"no ID": rueidistx.LastIDOf("k").After("x"), "half an ID": rueidistx.LastIDOf("k").Is("1-"), "negative ID": rueidistx.LastIDOf("k").Is("-1-1"),
		"ID beyond": rueidistx.LastIDOf("k").Is("18446744073709551616"), "no ID at all": rueidistx.LastIDOf("k").Before(""),
		"zero Entity": rueidistx.Exists(rueidistx.Entity{}.Key("x")), "two to the power of 200": double, "too deep": nots, "too wide": rueidistx.Or(truth, list...),
		"too many values": rueidistx.TextAt("k").OneOf(make([]string, 1<<19)...),
	} {
		t.Run(name, func(t *testing.T) {
			require.Less(t, len(condition.String()), 1<<24)
			for i, conditions := range [][]rueidistx.Condition{{condition}, {truth, condition}} {
				c := db.If(conditions[0], conditions[1:]...)
				f, g := c.Then.Incr("n"), c.Else.Get("n")
				held, err := c.Exec(redistest.Context(t))
				requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid}, f, g)
				var of *rueidistx.ConditionError
				require.ErrorAs(t, err, &of)
				require.Equal(t, i, of.Index)
			}
		})
	}
	c := db.If(truth, list...)
	held, err := c.Exec(redistest.Context(t))
	requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid})
}

// TestChoiceWithManyConditions has conditions of each shape in numbers near the largest.
func TestChoiceWithManyConditions(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		e := entity(t)
		n := redistest.Times(30_000, 2000)
		deep, other, list := rueidistx.Missing(e.Key("none")), rueidistx.Exists(e.Key("none")), []rueidistx.Condition{}
		for i := range n {
			switch i % 4 {
			case 0, 2:
				deep = rueidistx.Not(deep)
			case 1:
				deep = rueidistx.Or(deep, other)
			case 3:
				deep = rueidistx.And(deep)
			}
		}
		for i := range n {
			list = append(list, rueidistx.Missing(e.Key(fmt.Sprint(i%2000))))
		}
		require.NotEmpty(t, deep.String())
		for name, choice := range map[string]*rueidistx.Choice{
			"deep": db.If(deep), "wide": db.If(rueidistx.And(deep, list...)), "all": db.If(deep, list...), "any": db.If(rueidistx.Or(other, list...)),
		} {
			one := choice.Then.Exists(e.Key("none"))
			held, err := choice.Exec(redistest.Context(t), by...)
			require.NoError(t, err, name)
			require.True(t, held, name)
			require.EqualValues(t, 0, one.Must())
			require.Empty(t, choice.Unmet())
		}
	})
}

func TestChoiceWithLargeValues(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		auto, members := db.Auto(ctx), make([]string, 10_000)
		for i := range members {
			members[i] = fmt.Sprint("\x00member\xff", i)
		}
		long := strings.Repeat("x", 1<<20)
		require.NoError(t, auto.SAdd(e.Key("set"), members...).Err())
		require.NoError(t, auto.Set(e.Key("long"), long).Err())
		c := db.If(
			rueidistx.HasMember(e.Key("set"), members[9999]), rueidistx.LengthOf(e.Key("set")).Is(10_000), rueidistx.Not(rueidistx.HasMember(e.Key("set"), "member")),
			rueidistx.TextAt(e.Key("long")).OneOf(append(members, long)...), rueidistx.TextAt(e.Key("long")).Is(long),
			rueidistx.TextAt(e.Key("long")).Before(long+"\x00"), rueidistx.TextAt(e.Key("long")).After(long[1:]),
		)
		all, text := c.Then.SMembers(e.Key("set")), c.Then.Get(e.Key("long"))
		held, err := c.Exec(ctx, by...)
		require.NoError(t, err)
		require.True(t, held, c.Unmet())
		require.Equal(t, slices.Sorted(slices.Values(members)), slices.Sorted(slices.Values(all.Must())))
		require.Equal(t, long, text.Must())
	})
}

// TestChoiceKeepsItsValues changes what was passed, as its owner may.
func TestChoiceKeepsItsValues(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		require.NoError(t, db.Auto(ctx).Set(key, "b").Err())
		values, more := []string{"a", "b"}, []rueidistx.Condition{rueidistx.Exists(key)}
		c := db.If(rueidistx.TextAt(key).OneOf(values...), more...)
		values[1], more[0] = "c", rueidistx.Missing(key)
		held, err := c.Exec(ctx, by...)
		require.NoError(t, err)
		require.True(t, held)
	})
}

// TestChoiceWithManyCommands has 10,000 in each branch.
func TestChoiceWithManyCommands(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		e := entity(t)
		c := db.If(rueidistx.Missing(e.Key("none")))
		var then, other []rueidistx.Future[int64]
		for i := range 10_000 {
			then = append(then, c.Then.HIncrBy(e.Key(strconv.Itoa(i)), "\x00", 1))
			other = append(other, c.Else.Incr(e.Key("other")))
		}
		held, err := c.Exec(redistest.Context(t), by...)
		require.NoError(t, err)
		require.True(t, held)
		for i := range then {
			require.EqualValues(t, 1, then[i].Must())
			require.ErrorIs(t, other[i].Err(), rueidistx.ErrNotTaken)
		}
	})
}

// TestChoiceBehindManyWords has what runs behind more words and commands than two bytes can count.
func TestChoiceBehindManyWords(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		const many = 1<<16 + 300
		e := entity(t)
		fails := rueidistx.TextAt(e.Key("none")).OneOf(make([]string, many)...)
		for n, c := range []*rueidistx.Choice{db.If(fails), db.If(rueidistx.Not(fails))} {
			runs, waits := c.Else, c.Then
			if n == 1 {
				runs, waits = c.Then, c.Else
			}
			for range many {
				waits.Get(e.Key("none"))
			}
			one, two := runs.IncrBy(e.Key("counter"), 1), runs.IncrBy(e.Key("counter"), 1)
			held, err := c.Exec(redistest.Context(t), by...)
			require.NoError(t, err)
			require.Equal(t, n == 1, held)
			require.EqualValues(t, []int64{int64(2*n + 1), int64(2*n + 2)}, []int64{one.Must(), two.Must()})
		}
	})
}

func TestChoiceAcrossSlots(t *testing.T) {
	t.Parallel()
	checking := func(t *testing.T) *rueidistx.DB {
		return outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr, rueidistx.CheckSlots())
	}
	for name, open := range map[string]func(t *testing.T) *rueidistx.DB{"CheckSlots": checking, "cluster": func(t *testing.T) *rueidistx.DB {
		db, err := rueidistx.Open(redistest.SharedCluster(t).Option())
		require.NoError(t, err)
		t.Cleanup(db.Close)
		return db
	}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			here, there := rueidistx.Missing("{a}1"), rueidistx.Missing("{b}1")
			for name, make := range map[string]func() *rueidistx.Choice{
				"conditions":  func() *rueidistx.Choice { return db.If(here, there) },
				"in one":      func() *rueidistx.Choice { return db.If(rueidistx.And(here, there)) },
				"Then":        func() *rueidistx.Choice { c := db.If(here); c.Then.Incr("{b}2"); return c },
				"Else":        func() *rueidistx.Choice { c := db.If(here); c.Else.Incr("{b}2"); return c },
				"two of Else": func() *rueidistx.Choice { c := db.If(here); c.Else.MGet("{a}2", "{b}2"); return c },
			} {
				for by, options := range carriers {
					c := make()
					f := c.Then.Get("{a}2")
					held, err := c.Exec(redistest.Context(t), options...)
					require.ErrorIs(t, err, rueidistx.ErrCrossSlot, name+by)
					requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrCrossSlot}, f)
				}
			}
		})
	}
}

// TestChoiceMisuse: nothing is sent, and nothing panics.
func TestChoiceMisuse(t *testing.T) {
	t.Parallel()
	shared := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	key := redistest.Key(t, "k")
	none := rueidistx.Missing(key)
	for by, options := range carriers {
		t.Run(by, func(t *testing.T) {
			ctx := redistest.Context(t)
			for _, c := range []*rueidistx.Choice{nil, {}} {
				held, err := c.Exec(ctx, options...)
				requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid})
			}
			require.ErrorIs(t, new(rueidistx.Choice).Then.Incr(key).Err(), rueidistx.ErrInvalid)

			var noDB *rueidistx.DB
			for _, db := range []*rueidistx.DB{noDB, {}} {
				c := db.If(none)
				f := c.Then.Incr(key)
				held, err := c.Exec(ctx, options...)
				requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid}, f)
				require.ErrorIs(t, db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error { return r.Get(key).Err() }), rueidistx.ErrInvalid)
			}

			c := shared.If(none)
			f := c.Then.Incr(key)
			c.Then = shared.Auto(ctx).Commands
			held, err := c.Exec(ctx, options...)
			requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid}, f)
			c = shared.If(none)
			c.Then, c.Else = c.Else, c.Then
			held, err = c.Exec(ctx, options...)
			requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid})
			c = shared.If(none)
			c.Else = nil
			held, err = c.Exec(ctx, options...)
			requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid})

			for _, early := range []func(c *rueidistx.Choice) rueidistx.Future[int64]{
				func(c *rueidistx.Choice) rueidistx.Future[int64] { return c.Then.Incr(key) },
				func(c *rueidistx.Choice) rueidistx.Future[int64] { return c.Else.Incr(key) },
			} {
				c = shared.If(none)
				f = early(c)
				require.ErrorIs(t, f.Err(), rueidistx.ErrPending) // may ask
				_ = f.Or(5)
				held, err = c.Exec(ctx, options...)
				requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrPending}, f)
			}

			c = shared.If(none)
			f, g := c.Then.Exists(rueidistx.Entity{}.Key("x")), c.Else.Get(key)
			held, err = c.Exec(ctx, options...)
			requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrInvalid}, f, g)
			c = shared.If(none)
			h := rueidistx.Queue(c.Else, c.Else.B().Arbitrary("MULTI").Build(), rueidistx.AsAny)
			held, err = c.Exec(ctx, options...)
			requireRefusedChoice(t, c, held, err, []error{rueidistx.ErrForbidden}, h)

			ended, cancel := context.WithCancel(ctx)
			cancel()
			for _, ctx := range []context.Context{ended, nil} {
				c = shared.If(none)
				f = c.Then.Incr(key)
				held, err = c.Exec(ctx, options...)
				require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
				require.False(t, held)
				require.Equal(t, err, f.Err())
			}

			closed := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
			c = closed.If(none)
			f = c.Then.Incr(key)
			closed.Close()
			held, err = c.Exec(ctx, options...)
			require.Error(t, err)
			require.NotEqual(t, rueidistx.Applied, rueidistx.OutcomeOf(err), "%v", err)
			require.False(t, held)
			require.Equal(t, err, f.Err())

			c = shared.If(rueidistx.Exists(key))
			held, err = c.Exec(ctx, append(options, nil)...)
			require.NoError(t, err)
			require.False(t, held)
			require.ErrorIs(t, c.Then.Incr(key).Err(), rueidistx.ErrDone)
			require.ErrorIs(t, c.Else.Incr(key).Err(), rueidistx.ErrDone)
			require.EqualValues(t, 0, shared.Auto(ctx).Exists(key).Must())
		})
	}
}

// TestChoiceUsedByManyAtOnce: it is executed once, and what is queued at the same time keeps it from being sent.
func TestChoiceUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		e := entity(t)
		for round := range redistest.Times(500, 20) {
			key := e.Key(strconv.Itoa(round))
			c := db.If(rueidistx.Missing(key))
			c.Then.Incr(key)
			var executed, queued atomic.Int32
			var working sync.WaitGroup
			ctx := redistest.Context(t)
			for i := range 4 {
				working.Go(func() {
					if i < 2 && round%2 == 1 && !raceEnabled { // which the detector would report, as it is a mistake
						if f := []*rueidistx.Commands{c.Then, c.Else}[i].Incr(key); f.Err() == nil {
							queued.Add(1)
						}
					}
					held, err := c.Exec(ctx, by...)
					switch {
					case err == nil:
						executed.Add(1)
						if !held {
							t.Error("it does not hold")
						}
					case !errors.Is(err, rueidistx.ErrDone) && rueidistx.OutcomeOf(err) != rueidistx.NotApplied:
						t.Error(err)
					}
				})
			}
			working.Wait()
			if round%2 == 0 {
				require.EqualValues(t, 1, executed.Load())
				require.Equal(t, "1", db.Auto(ctx).Get(key).Must())
			}
			require.LessOrEqual(t, executed.Load(), int32(1))
		}
	})
}
