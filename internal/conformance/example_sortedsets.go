package conformance

import (
	"math"
	"strconv"

	"github.com/rueidistx/rueidistx"
)

// scored makes members of a sorted set: a1, b2 and so on.
func scored(members ...any) []rueidistx.ScoredMember {
	list := []rueidistx.ScoredMember{}
	for i := 0; i < len(members); i += 2 {
		list = append(list, rueidistx.ScoredMember{Member: members[i].(string), Score: members[i+1].(float64)})
	}
	return list
}

// digits writes a number without an exponent.
func digits(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func score(f float64) rueidistx.Optional[float64] {
	return rueidistx.Optional[float64]{Value: f, OK: true}
}

var sortedSetExamples = []example{
	{method: "ZAdd", shows: "how many are new", given: "ZADD $z 1 a",
		call:  func(c *commands, k keys) check { return is(c.ZAdd(k("z"), scored("a", 5.0, "b", 2.5)), 1) },
		sends: "ZADD $z 5 a 2.5 b", then: "ZSCORE $z a = 5; ZSCORE $z b = 2.5"},
	{method: "ZAdd", shows: "infinite scores",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", math.Inf(1), "b", math.Inf(-1), "c", 0.0)), 3)
		},
		sends: "ZADD $z +Inf a -Inf b 0 c", then: "ZRANGE $z 0 -1 = b c a"},
	{method: "ZAdd", shows: "the largest and the smallest score",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", math.MaxFloat64, "b", math.SmallestNonzeroFloat64)), 2)
		},
		embedded: "it does not take so many digits",
		sends:    "ZADD $z " + digits(math.MaxFloat64) + " a " + digits(math.SmallestNonzeroFloat64) + " b", then: "ZRANGE $z 0 -1 = b a"},
	{method: "ZAdd", shows: "NX", given: "ZADD $z 1 a",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", 5.0, "b", 2.0), rueidistx.NX), 1)
		},
		sends: "ZADD $z NX 5 a 2 b", then: "ZSCORE $z a = 1"},
	{method: "ZAdd", shows: "XX", given: "ZADD $z 1 a",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", 5.0, "b", 2.0), rueidistx.XX), 0)
		},
		sends: "ZADD $z XX 5 a 2 b", then: "ZSCORE $z a = 5; ZCARD $z = 1"},
	{method: "ZAdd", shows: "XX and CH", given: "ZADD $z 1 a",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", 5.0, "b", 2.0), rueidistx.XX, rueidistx.CH), 1)
		},
		sends: "ZADD $z XX CH 5 a 2 b", then: "ZCARD $z = 1"},
	{method: "ZAdd", shows: "GT and CH", since: "6.2", given: "ZADD $z 5 a 5 b",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", 1.0, "b", 9.0), rueidistx.GT, rueidistx.CH), 1)
		},
		sends: "ZADD $z GT CH 1 a 9 b", then: "ZSCORE $z a = 5; ZSCORE $z b = 9"},
	{method: "ZAdd", shows: "LT", since: "6.2", given: "ZADD $z 5 a 5 b",
		call: func(c *commands, k keys) check {
			return is(c.ZAdd(k("z"), scored("a", 1.0, "b", 9.0), rueidistx.LT), 0)
		},
		sends: "ZADD $z LT 1 a 9 b", then: "ZSCORE $z a = 1; ZSCORE $z b = 5"},
	{method: "ZAdd", shows: "wrong type", given: "SET $z a",
		call:  func(c *commands, k keys) check { return fails(c.ZAdd(k("z"), scored("a", 1.0)), "ZADD", "WRONGTYPE") },
		sends: "ZADD $z 1 a"},
	{method: "ZAddIncr", shows: "the new score", given: "ZADD $z 1 a",
		call:  func(c *commands, k keys) check { return is(c.ZAddIncr(k("z"), "a", 1.5), 2.5) },
		sends: "ZADD $z INCR 1.5 a", then: "ZSCORE $z a = 2.5"},
	{method: "ZAddIncr", shows: "nil where an option forbids it",
		call:  func(c *commands, k keys) check { return isNil(c.ZAddIncr(k("z"), "a", 1, rueidistx.XX)) },
		sends: "ZADD $z XX INCR 1 a", then: "EXISTS $z = 0"},
	{method: "ZCard", shows: "number of members", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return is(c.ZCard(k("z")), 2) },
		sends: "ZCARD $z"},
	{method: "ZCount", shows: "between scores", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZCount(k("z"), "(1", "+inf"), 2) },
		sends: "ZCOUNT $z (1 +inf"},
	{method: "ZDiff", shows: "of the first", embedded: "it has no ZDIFF", since: "6.2", given: "ZADD $z 1 a 2 b 3 c; ZADD $y 1 b",
		call:  func(c *commands, k keys) check { return is(c.ZDiff(k("z"), k("y")), []string{"a", "c"}) },
		sends: "ZDIFF 2 $z $y"},
	{method: "ZIncrBy", shows: "the new score", given: "ZADD $z 1 a",
		call:  func(c *commands, k keys) check { return is(c.ZIncrBy(k("z"), -1.5, "a"), -0.5) },
		sends: "ZINCRBY $z -1.5 a", then: "ZSCORE $z a = -0.5"},
	{method: "ZIncrBy", shows: "to infinity",
		call:  func(c *commands, k keys) check { return is(c.ZIncrBy(k("z"), math.Inf(1), "a"), math.Inf(1)) },
		sends: "ZINCRBY $z +Inf a"},
	{method: "ZInter", shows: "in each", embedded: "it does not order them", since: "6.2", given: "ZADD $z 1 a 2 b 3 c; ZADD $y 9 b 1 c",
		call:  func(c *commands, k keys) check { return is(c.ZInter([]string{k("z"), k("y")}), []string{"c", "b"}) },
		sends: "ZINTER 2 $z $y"},
	{method: "ZInterStore", shows: "how many", given: "ZADD $z 1 a 2 b 3 c; ZADD $y 9 b 1 c",
		call:  func(c *commands, k keys) check { return is(c.ZInterStore(k("d"), []string{k("z"), k("y")}), 2) },
		sends: "ZINTERSTORE $d 2 $z $y", then: "ZSCORE $d b = 11"},
	{method: "ZLexCount", shows: "between members", given: "ZADD $z 0 a 0 b 0 c",
		call:  func(c *commands, k keys) check { return is(c.ZLexCount(k("z"), "[a", "(c"), 2) },
		sends: "ZLEXCOUNT $z [a (c"},
	{method: "ZMScore", shows: "missing ones", since: "6.2", given: "ZADD $z 1.5 a 2 b",
		call: func(c *commands, k keys) check {
			return is(c.ZMScore(k("z"), "a", "x", "b"), []rueidistx.Optional[float64]{score(1.5), {}, score(2)})
		},
		sends: "ZMSCORE $z a x b"},
	{method: "ZPopMax", shows: "the highest", given: "ZADD $z 1 a 2.5 b",
		call:  func(c *commands, k keys) check { return is(c.ZPopMax(k("z")), scored("b", 2.5)[0]) },
		sends: "ZPOPMAX $z", then: "ZRANGE $z 0 -1 = a"},
	{method: "ZPopMax", shows: "nil from nothing",
		call:  func(c *commands, k keys) check { return isNil(c.ZPopMax(k("z"))) },
		sends: "ZPOPMAX $z"},
	{method: "ZPopMaxCount", shows: "the highest first", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZPopMaxCount(k("z"), 2), scored("c", 3.0, "b", 2.0)) },
		sends: "ZPOPMAX $z 2", then: "ZCARD $z = 1"},
	{method: "ZPopMaxCount", shows: "empty from nothing",
		call:  func(c *commands, k keys) check { return is(c.ZPopMaxCount(k("z"), 2), scored()) },
		sends: "ZPOPMAX $z 2"},
	{method: "ZPopMin", shows: "the lowest", given: "ZADD $z 1 a 2.5 b",
		call:  func(c *commands, k keys) check { return is(c.ZPopMin(k("z")), scored("a", 1.0)[0]) },
		sends: "ZPOPMIN $z", then: "ZRANGE $z 0 -1 = b"},
	{method: "ZPopMin", shows: "nil from nothing",
		call:  func(c *commands, k keys) check { return isNil(c.ZPopMin(k("z"))) },
		sends: "ZPOPMIN $z"},
	{method: "ZPopMinCount", shows: "one", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZPopMinCount(k("z"), 1), scored("a", 1.0)) },
		sends: "ZPOPMIN $z 1", then: "ZCARD $z = 2"},
	{method: "ZPopMinCount", shows: "the lowest first", given: "ZADD $z 1 a 2 b 3 c",
		call: func(c *commands, k keys) check {
			return is(c.ZPopMinCount(k("z"), 9), scored("a", 1.0, "b", 2.0, "c", 3.0))
		},
		sends: "ZPOPMIN $z 9", then: "EXISTS $z = 0"},
	{method: "ZRandMember", shows: "one of them", since: "6.2", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return that(c.ZRandMember(k("z")), oneOf("a", "b")) },
		sends: "ZRANDMEMBER $z"},
	{method: "ZRandMember", shows: "nil from nothing", since: "6.2",
		call:  func(c *commands, k keys) check { return isNil(c.ZRandMember(k("z"))) },
		sends: "ZRANDMEMBER $z"},
	{method: "ZRank", shows: "a member", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return is(c.ZRank(k("z"), "b"), 1) },
		sends: "ZRANK $z b"},
	{method: "ZRank", shows: "nil for no member", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return isNil(c.ZRank(k("z"), "x")) },
		sends: "ZRANK $z x"},
	{method: "ZRem", shows: "how many were in it", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return is(c.ZRem(k("z"), "a", "x"), 1) },
		sends: "ZREM $z a x", then: "ZRANGE $z 0 -1 = b"},
	{method: "ZRevRank", shows: "a member", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return is(c.ZRevRank(k("z"), "b"), 0) },
		sends: "ZREVRANK $z b"},
	{method: "ZRevRank", shows: "nil for no set",
		call:  func(c *commands, k keys) check { return isNil(c.ZRevRank(k("z"), "x")) },
		sends: "ZREVRANK $z x"},
	{method: "ZScore", shows: "a member", given: "ZADD $z 0.1 a",
		call:  func(c *commands, k keys) check { return is(c.ZScore(k("z"), "a"), 0.1) },
		sends: "ZSCORE $z a"},
	{method: "ZScore", shows: "minus infinity", given: "ZADD $z -inf a",
		call:  func(c *commands, k keys) check { return is(c.ZScore(k("z"), "a"), math.Inf(-1)) },
		sends: "ZSCORE $z a"},
	{method: "ZScore", shows: "nil for no member", given: "ZADD $z 0.1 a",
		call:  func(c *commands, k keys) check { return isNil(c.ZScore(k("z"), "x")) },
		sends: "ZSCORE $z x"},
	{method: "ZUnion", shows: "in any", since: "6.2", given: "ZADD $z 1 a 5 b; ZADD $y 2 a 1 c",
		call: func(c *commands, k keys) check {
			return is(c.ZUnion([]string{k("z"), k("y")}), []string{"c", "a", "b"})
		},
		sends: "ZUNION 2 $z $y"},
	{method: "ZUnionStore", shows: "how many", given: "ZADD $z 1 a 5 b; ZADD $y 2 a 1 c",
		call:  func(c *commands, k keys) check { return is(c.ZUnionStore(k("d"), []string{k("z"), k("y")}), 3) },
		sends: "ZUNIONSTORE $d 2 $z $y", then: "ZSCORE $d a = 3"},
}
