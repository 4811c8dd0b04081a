package rueidistx_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// carriers are the ways in which a Choice is run.
var carriers = map[string][]rueidistx.ChoiceOption{
	"by itself": nil, "by script": {rueidistx.ByScript()}, "by WATCH": {rueidistx.ByWatch()},
}

// onEachCarrier runs test on each kind of server with each carrier.
func onEachCarrier(t *testing.T, test func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption)) {
	t.Helper()
	onEach(t, func(t *testing.T, db *rueidistx.DB) {
		for name, by := range carriers {
			t.Run(name, func(t *testing.T) { test(t, db, by...) })
		}
	})
}

// TestIf releases a lock, and reads whose it is if it is another's.
func TestIf(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, lock, n := redistest.Context(t), redistest.Key(t, "lock"), redistest.Key(t, "n")
		auto := db.Auto(ctx)
		require.NoError(t, auto.Set(lock, "mine").Err())

		release := func(token string) (*rueidistx.Choice, rueidistx.Future[int64], rueidistx.Future[int64], rueidistx.Future[string]) {
			c := db.If(rueidistx.TextAt(lock).Is(token))
			deleted, count := c.Then.Del(lock), c.Then.Incr(n)
			return c, deleted, count, c.Else.Get(lock)
		}
		c, deleted, count, owner := release("yours")
		require.Equal(t, "pending", deleted.String())
		require.Nil(t, c.Held())
		held, err := c.Exec(ctx, by...)
		require.NoError(t, err)
		require.False(t, held)
		require.Equal(t, []bool{false}, c.Held())
		require.Len(t, c.Unmet(), 1)
		require.Equal(t, "mine", owner.Must())
		for _, f := range []rueidistx.Future[int64]{deleted, count} {
			require.ErrorIs(t, f.Err(), rueidistx.ErrNotTaken)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(f.Err()))
		}

		c, deleted, count, owner = release("mine")
		held, err = c.Exec(ctx, by...)
		require.NoError(t, err)
		require.True(t, held)
		require.Equal(t, []bool{true}, c.Held())
		require.Empty(t, c.Unmet())
		require.EqualValues(t, 1, deleted.Must())
		require.EqualValues(t, 1, count.Must())
		require.ErrorIs(t, owner.Err(), rueidistx.ErrNotTaken)
		require.EqualValues(t, 0, auto.Exists(lock).Must())

		_, err = c.Exec(ctx, by...)
		require.ErrorIs(t, err, rueidistx.ErrDone)
		require.ErrorIs(t, c.Then.Incr(n).Err(), rueidistx.ErrDone)
	})
}

// TestConditions evaluates each operand with each comparison.
func TestConditions(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		auto, key := db.Auto(ctx), func(name string) string { return e.Key(name) }
		fillForConditions(t, auto, e)
		for _, c := range conditionCases(key) {
			t.Run(c.condition.String(), func(t *testing.T) {
				choice := db.If(c.condition)
				held, err := choice.Exec(ctx, by...)
				if c.fails {
					require.ErrorIs(t, err, rueidistx.ErrCondition)
					require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
					require.Nil(t, choice.Held())
					return
				}
				require.NoError(t, err)
				assert.Equal(t, c.holds, held)
				held, err = db.If(rueidistx.Not(c.condition)).Exec(ctx, by...)
				require.NoError(t, err)
				assert.Equal(t, !c.holds, held)
			})
		}
	})
}

// TestIfWithSeveralConditions combines each kind of condition with each, as conditions of If and in And, Or and Not: none is
// taken for a part of the one before it.
func TestIfWithSeveralConditions(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, e := redistest.Context(t), entity(t)
		fillForConditions(t, db.Auto(ctx), e)
		kinds := conditionsOfEachKind(func(name string) string { return e.Key(name) })
		for _, first := range kinds {
			for _, second := range kinds {
				a, b := first.condition, second.condition
				c := db.If(a, b, rueidistx.Not(a), rueidistx.And(a, b), rueidistx.Or(a, b), b)
				held, err := c.Exec(ctx, by...)
				require.NoError(t, err, "%v, %v", a, b)
				require.False(t, held)
				require.Equal(t, []bool{
					first.holds, second.holds, !first.holds, first.holds && second.holds, first.holds || second.holds, second.holds,
				}, c.Held(), "%v, %v", a, b)
			}
		}
	})
}
