package rueidistx_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// fillForConditions writes what conditionCases reads.
func fillForConditions(t *testing.T, auto rueidistx.Auto, e rueidistx.Entity) {
	t.Helper()
	for _, f := range []interface{ Err() error }{
		auto.Set(e.Key("text"), "m\xff\x00m"), auto.Set(e.Key("empty"), ""),
		auto.Set(e.Key("five"), "5"), auto.Set(e.Key("minus"), "-5"), auto.Set(e.Key("most"), "9223372036854775807"),
		auto.Set(e.Key("least"), "-9223372036854775808"), auto.Set(e.Key("over"), "9223372036854775808"),
		auto.Set(e.Key("plus"), "+5"), auto.Set(e.Key("zeros"), "007"), auto.Set(e.Key("real"), "5.25"),
		auto.Set(e.Key("exp"), "1e2"), auto.Set(e.Key("huge"), "1e400"), auto.Set(e.Key("hex"), "0x10"),
		auto.Set(e.Key("inf"), "inf"), auto.Set(e.Key("ttl"), "x", rueidistx.EX(time.Hour)),
		auto.HSet(e.Key("hash"), "n", "7", "x", "1.5", "t", "red"), auto.RPush(e.Key("list"), "a", "b", "c"),
		auto.SAdd(e.Key("set"), "a", "b"),
		auto.ZAdd(e.Key("zset"), []rueidistx.ScoredMember{{Member: "a", Score: 1.5}, {Member: "low", Score: math.Inf(-1)}}),
		auto.XAdd(e.Key("stream"), []string{"f", "v"}, rueidistx.ID("5-7")),
	} {
		require.NoError(t, f.Err())
	}
}

type conditionCase struct {
	condition    rueidistx.Condition
	holds, fails bool
}

func holds(c ...rueidistx.Condition) (cases []conditionCase) {
	for _, c := range c {
		cases = append(cases, conditionCase{condition: c, holds: true})
	}
	return cases
}

func fails(c ...rueidistx.Condition) (cases []conditionCase) {
	for _, c := range c {
		cases = append(cases, conditionCase{condition: c, fails: true})
	}
	return cases
}

func not(c ...rueidistx.Condition) (cases []conditionCase) {
	for _, c := range c {
		cases = append(cases, conditionCase{condition: c})
	}
	return cases
}

// conditionCases are conditions on what fillForConditions has written.
func conditionCases(k func(string) string) (cases []conditionCase) {
	text, five, most, none := rueidistx.TextAt(k("text")), rueidistx.IntAt(k("five")), rueidistx.IntAt(k("most")), k("none")
	least, real, score := rueidistx.IntAt(k("least")), rueidistx.FloatAt(k("real")), rueidistx.ScoreOf(k("zset"), "a")
	ttl, last := rueidistx.TTLOf(k("ttl")), rueidistx.LastIDOf(k("stream"))
	truth, falsehood := rueidistx.Exists(k("text")), rueidistx.Missing(k("text"))
	broken := rueidistx.IntAt(k("text")).Is(1)
	for _, list := range [][]conditionCase{
		holds(
			rueidistx.Exists(k("text")), rueidistx.Missing(none), rueidistx.HasField(k("hash"), "n"),
			rueidistx.HasMember(k("set"), "a"), rueidistx.HasMember(k("zset"), "low"),
			text.Is("m\xff\x00m"), text.IsNot("m"), text.OneOf("x", "m\xff\x00m"), text.After("m\xff"), text.After("m\xff\x00l"),
			text.Before("m\xff\x00m\x00"), text.Before("n"), rueidistx.TextAt(k("empty")).Is(""), rueidistx.TextAt(none).IsNot(""),
			rueidistx.TextAt(k("empty")).Before("a"), rueidistx.TextIn(k("hash"), "t").Is("red"),
			rueidistx.ElementAt(k("list"), 0).Is("a"), rueidistx.ElementAt(k("list"), -1).OneOf("b", "c"),
			rueidistx.TypeOf(k("zset")).Is("zset"), rueidistx.TypeOf(none).Is("none"), rueidistx.TypeOf(k("hash")).OneOf("set", "hash"),
			five.Is(5), five.IsNot(4), five.Less(6), five.AtMost(5), five.AtLeast(5), five.Greater(4), five.Greater(-6),
			rueidistx.IntAt(k("minus")).Less(-4), rueidistx.IntAt(k("minus")).Greater(-50), rueidistx.IntAt(none).Is(0), rueidistx.IntAt(none).AtMost(0),
			most.Is(math.MaxInt64), most.Greater(math.MaxInt64-1), most.IsNot(math.MaxInt64-1), least.Is(math.MinInt64), least.Less(math.MinInt64+1),
			least.Less(math.MaxInt64), rueidistx.IntIn(k("hash"), "n").Is(7), rueidistx.IntIn(k("hash"), "none").Less(1),
			rueidistx.LengthOf(k("text")).Is(4), rueidistx.LengthOf(k("list")).Is(3), rueidistx.LengthOf(k("set")).Is(2), rueidistx.LengthOf(k("zset")).Is(2),
			rueidistx.LengthOf(k("hash")).Is(3), rueidistx.LengthOf(k("stream")).Is(1), rueidistx.LengthOf(none).Is(0), rueidistx.LengthOf(k("empty")).Is(0),
			real.Is(5.25), real.Less(5.250001), real.AtMost(math.Inf(1)), real.Greater(math.Inf(-1)), rueidistx.FloatAt(none).Is(0),
			rueidistx.FloatAt(k("exp")).Is(100), rueidistx.FloatAt(k("plus")).Is(5), rueidistx.FloatAt(k("inf")).Is(math.Inf(1)), rueidistx.FloatAt(k("inf")).AtLeast(math.Inf(1)),
			rueidistx.FloatAt(k("zeros")).AtLeast(7), rueidistx.FloatIn(k("hash"), "x").AtLeast(1.5), score.Is(1.5), score.IsNot(1),
			rueidistx.ScoreOf(k("zset"), "low").Is(math.Inf(-1)), rueidistx.ScoreOf(k("zset"), "none").Is(0),
			ttl.AtMost(time.Hour), ttl.AtLeast(50*time.Minute), rueidistx.TTLOf(k("text")).AtLeast(math.MaxInt64), rueidistx.TTLOf(none).AtMost(0),
			last.Is("5-7"), last.Before("5-8"), last.After("5-6"), last.After("5"), last.Before("18446744073709551615-18446744073709551615"),
			rueidistx.LastIDOf(none).Is("0-0"), rueidistx.LastIDOf(none).Before("0-1"),
			rueidistx.And(truth), rueidistx.And(truth, truth, rueidistx.Not(falsehood)), rueidistx.Or(falsehood, truth), rueidistx.Or(truth, broken),
			rueidistx.Not(rueidistx.And(falsehood, broken)), rueidistx.Not(rueidistx.Or(falsehood, rueidistx.Not(rueidistx.Not(falsehood)))),
			rueidistx.Or(rueidistx.And(truth, falsehood), rueidistx.And(falsehood, truth), rueidistx.And(truth, rueidistx.Not(rueidistx.And(truth, falsehood)))),
		),
		not(
			rueidistx.HasField(k("hash"), "none"), rueidistx.HasField(none, "n"), rueidistx.HasMember(k("set"), "c"), rueidistx.HasMember(k("zset"), "c"), rueidistx.HasMember(none, "a"),
			text.Is("m\xff\x00n"), text.OneOf(), text.OneOf("m"), text.Before("m\xff\x00m"), text.After("m\xff\x00m"), rueidistx.TextAt(none).Is(""),
			rueidistx.TextAt(none).Before("z"), rueidistx.TextAt(none).After(""), rueidistx.ElementAt(k("list"), 3).Is("c"), rueidistx.ElementAt(none, 0).Is(""),
			five.Less(5), five.Greater(5), five.AtMost(-50), most.Is(math.MaxInt64-1), most.Less(math.MinInt64), real.Is(5.2500001),
			rueidistx.FloatAt(k("inf")).Less(math.Inf(1)), rueidistx.FloatAt(k("inf")).Is(math.MaxFloat64), ttl.AtLeast(time.Hour+time.Microsecond), rueidistx.TTLOf(none).AtLeast(1),
			rueidistx.TTLOf(none).AtMost(-1), rueidistx.TTLOf(k("text")).AtMost(math.MaxInt64), last.Is("5-6"), last.Before("5-7"), last.After("5-7"), last.Before("5"),
		),
		fails(
			broken, rueidistx.And(truth, broken), rueidistx.Or(falsehood, broken), rueidistx.TextAt(k("list")).Is("a"), rueidistx.TextIn(k("text"), "f").Is("a"),
			rueidistx.ElementAt(k("set"), 0).Is("a"), rueidistx.HasField(k("list"), "f"), rueidistx.HasMember(k("text"), "m"), rueidistx.ScoreOf(k("set"), "a").Is(1),
			rueidistx.LastIDOf(k("text")).Is("1"), rueidistx.IntAt(k("plus")).Is(5), rueidistx.IntAt(k("zeros")).Is(7), rueidistx.IntAt(k("real")).Is(5),
			rueidistx.IntAt(k("over")).Is(0), rueidistx.IntAt(k("empty")).Is(0), rueidistx.FloatAt(k("huge")).Is(0), rueidistx.FloatAt(k("hex")).Is(16), rueidistx.FloatAt(k("text")).Is(0),
			rueidistx.FloatAt(k("empty")).Is(0), rueidistx.IntIn(k("hash"), "x").Is(1), rueidistx.FloatIn(k("hash"), "t").Is(1),
		),
	} {
		cases = append(cases, list...)
	}
	return cases
}

// conditionsOfEachKind are two conditions for each shape that a condition has in the script of If, one of which holds.
func conditionsOfEachKind(k func(string) string) []conditionCase {
	return append(
		holds(
			rueidistx.Exists(k("five")), rueidistx.Missing(k("5")), rueidistx.HasMember(k("set"), "a"), rueidistx.TextAt(k("five")).Is("5"),
			rueidistx.TextAt(k("five")).OneOf("4", "5"), rueidistx.LengthOf(k("set")).Is(2), rueidistx.FloatAt(k("real")).Is(5.25),
			rueidistx.TTLOf(k("five")).AtLeast(1), rueidistx.LastIDOf(k("stream")).After("5-6"), rueidistx.TypeOf(k("set")).Is("set"),
		),
		not(
			rueidistx.Missing(k("five")), rueidistx.HasField(k("hash"), "5"), rueidistx.HasMember(k("zset"), "5"),
			rueidistx.TextAt(k("five")).OneOf(), rueidistx.LengthOf(k("5")).Is(2), rueidistx.IntAt(k("most")).Is(2), rueidistx.LastIDOf(k("stream")).Is("5"),
		)...)
}

// TestConditionsShowNoValues expects the text of conditions to have keys, and no other arguments.
func TestConditionsShowNoValues(t *testing.T) {
	for want, c := range map[string]rueidistx.Condition{
		`TextAt("k").Is(…)`:                       rueidistx.TextAt("k").Is("secret"),
		`TextIn("k", …).OneOf(…)`:                 rueidistx.TextIn("k", "secret").OneOf("secret", "secret"),
		`ElementAt("k", …).After(…)`:              rueidistx.ElementAt("k", 1).After("secret"),
		`HasField("k", …)`:                        rueidistx.HasField("k", "secret"),
		`HasMember("k", …)`:                       rueidistx.HasMember("k", "secret"),
		`ScoreOf("k", …).Less(…)`:                 rueidistx.ScoreOf("k", "secret").Less(1),
		`LastIDOf("k").Before(…)`:                 rueidistx.LastIDOf("k").Before("1-1"),
		`And(Exists("k"), Not(Or(Missing("l"))))`: rueidistx.And(rueidistx.Exists("k"), rueidistx.Not(rueidistx.Or(rueidistx.Missing("l").Named("x")))),
		`60 a minute`:                             rueidistx.IntAt("k").Less(60).Named("60 a minute"),
		``:                                        {},
		`TTLOf("\x00").AtMost(…)`:                 rueidistx.TTLOf("\x00").AtMost(1),
	} {
		require.Equal(t, want, c.String())
		require.Equal(t, want, fmt.Sprintf("%v", c))
		require.Equal(t, want, fmt.Sprintf("%#v", c))
	}
}

// TestConditionIsCombinedWithItself doubles a condition until it is too large to be sent. It takes neither time nor memory.
func TestConditionIsCombinedWithItself(t *testing.T) {
	c := rueidistx.Exists("k")
	for range 100 {
		c = rueidistx.And(c, rueidistx.Or(c, c), rueidistx.Not(c))
	}
	require.Less(t, len(c.String()), 100)
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	choice := db.If(rueidistx.Exists("k"), c)
	f := choice.Else.Incr("n")
	_, err = choice.Exec(redistest.Context(t))
	require.ErrorIs(t, err, rueidistx.ErrInvalid)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
	require.Equal(t, err, f.Err())
}

// TestConditionErrorNamesTheCondition has names of the caller's, and others.
func TestConditionErrorNamesTheCondition(t *testing.T) {
	t.Parallel()
	onEachCarrier(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		ctx, key := redistest.Context(t), redistest.Key(t, "k")
		require.NoError(t, db.Auto(ctx).Set(key, "secret").Err())
		broken := rueidistx.IntAt(key).Is(1)
		for name, c := range map[string]rueidistx.Condition{
			"IntAt": broken, "Or": rueidistx.Or(broken.Named("inside")), "60 a minute": broken.Named("60 a minute"), "two\nlines": broken.Named("two\nlines"),
		} {
			_, err := db.If(rueidistx.Exists(key), c, broken.Named("later")).Exec(ctx, by...)
			var failed *rueidistx.ConditionError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, 1, failed.Index)
			require.Equal(t, name, failed.Name)
			require.Equal(t, "rueidistx: a condition cannot be evaluated: condition 1 ("+strings.ReplaceAll(name, "\n", `\n`)+"): value is not an integer or out of range", err.Error())
			require.Equal(t, "x: "+err.Error(), fmt.Errorf("x: %w", err).Error())
			require.ErrorIs(t, err, rueidistx.ErrService)
		}
	})
}
