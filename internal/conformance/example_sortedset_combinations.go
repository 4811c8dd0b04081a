package conformance

import "github.com/rueidistx/rueidistx"

// sortedSetCombinationExamples are about members of several sorted sets, and about ranges of one, that are stored.
var sortedSetCombinationExamples = []example{
	{method: "ZDiffWithScores", shows: "of the first", embedded: "it has no ZDIFF", since: "6.2", given: "ZADD $z 1 a 2 b 3.5 c; ZADD $y 1 b",
		call: func(c *commands, k keys) check {
			return is(c.ZDiffWithScores(k("z"), k("y")), scored("a", 1.0, "c", 3.5))
		},
		sends: "ZDIFF 2 $z $y WITHSCORES"},
	{method: "ZDiffStore", shows: "how many", embedded: "it has no ZDIFFSTORE", since: "6.2", given: "ZADD $z 1 a 2 b 3 c; ZADD $y 1 b",
		call:  func(c *commands, k keys) check { return is(c.ZDiffStore(k("d"), k("z"), k("y")), 2) },
		sends: "ZDIFFSTORE $d 2 $z $y", then: "ZRANGE $d 0 -1 WITHSCORES = a 1 c 3"},
	{method: "ZDiffStore", shows: "nothing", embedded: "it has no ZDIFFSTORE", since: "6.2", given: "ZADD $z 1 a; SET $d x",
		call:  func(c *commands, k keys) check { return is(c.ZDiffStore(k("d"), k("z"), k("z")), 0) },
		sends: "ZDIFFSTORE $d 2 $z $z", then: "EXISTS $d = 0"},
	{method: "ZInter", shows: "WEIGHTS", embedded: "it does not order them", since: "6.2", given: "ZADD $z 1 a 2 b; ZADD $y 5 a 1 b",
		call: func(c *commands, k keys) check {
			return is(c.ZInter([]string{k("z"), k("y")}, rueidistx.Weights(10, 0.5)), []string{"a", "b"})
		},
		sends: "ZINTER 2 $z $y WEIGHTS 10 0.5"},
	{method: "ZInterWithScores", shows: "the sum", embedded: "it does not order them", since: "6.2", given: "ZADD $z 1 a 2 b 3 c; ZADD $y 9 b 1 c",
		call: func(c *commands, k keys) check {
			return is(c.ZInterWithScores([]string{k("z"), k("y")}), scored("c", 4.0, "b", 11.0))
		},
		sends: "ZINTER 2 $z $y WITHSCORES"},
	{method: "ZInterWithScores", shows: "AGGREGATE MAX", embedded: "it does not order them", since: "6.2", given: "ZADD $z 1 a 2 b; ZADD $y 9 b 1 c",
		call: func(c *commands, k keys) check {
			return is(c.ZInterWithScores([]string{k("z"), k("y")}, rueidistx.AggregateMax), scored("b", 9.0))
		},
		sends: "ZINTER 2 $z $y AGGREGATE MAX WITHSCORES"},
	{method: "ZInterWithScores", shows: "AGGREGATE COUNT", embedded: "it does not order them", since: "8.8", given: "ZADD $z 1 a 2 b; ZADD $y 9 b 1 c",
		call: func(c *commands, k keys) check {
			return is(c.ZInterWithScores([]string{k("z"), k("y")}, rueidistx.AggregateCount), scored("b", 2.0))
		},
		sends: "ZINTER 2 $z $y AGGREGATE COUNT WITHSCORES"},
	{method: "ZInterCard", shows: "all", embedded: "it has no ZINTERCARD", since: "7.0", given: "ZADD $z 1 a 2 b; ZADD $y 9 b 1 a",
		call:  func(c *commands, k keys) check { return is(c.ZInterCard(0, k("z"), k("y")), 2) },
		sends: "ZINTERCARD 2 $z $y LIMIT 0"},
	{method: "ZInterCard", shows: "up to a limit", embedded: "it has no ZINTERCARD", since: "7.0", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return is(c.ZInterCard(1, k("z")), 1) },
		sends: "ZINTERCARD 1 $z LIMIT 1"},
	{method: "ZInterStore", shows: "WEIGHTS and AGGREGATE MIN", given: "ZADD $z 1 a 2 b; ZADD $y 9 b 1 c",
		call: func(c *commands, k keys) check {
			return is(c.ZInterStore(k("d"), []string{k("z"), k("y")}, rueidistx.Weights(10, 1), rueidistx.AggregateMin), 1)
		},
		sends: "ZINTERSTORE $d 2 $z $y WEIGHTS 10 1 AGGREGATE MIN", then: "ZSCORE $d b = 9"},
	{method: "ZRangeStoreByLex", shows: "LIMIT", embedded: "it has no ZRANGESTORE", since: "6.2", given: "ZADD $z 0 a 0 b 0 c 0 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeStoreByLex(k("d"), k("z"), "(a", "+", rueidistx.Limit(0, 2)), 2)
		},
		sends: "ZRANGESTORE $d $z (a + BYLEX LIMIT 0 2", then: "ZRANGE $d 0 -1 = b c"},
	{method: "ZRangeStoreByLex", shows: "REV", embedded: "it has no ZRANGESTORE", since: "6.2", given: "ZADD $z 0 a 0 b 0 c 0 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeStoreByLex(k("d"), k("z"), "[b", "-", rueidistx.Rev), 2)
		},
		sends: "ZRANGESTORE $d $z [b - BYLEX REV", then: "ZRANGE $d 0 -1 = a b"},
	{method: "ZRangeStoreByScore", shows: "REV and LIMIT", embedded: "it has no ZRANGESTORE", since: "6.2", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeStoreByScore(k("d"), k("z"), "(4", "-inf", rueidistx.Rev, rueidistx.Limit(0, 2)), 2)
		},
		sends: "ZRANGESTORE $d $z (4 -inf BYSCORE REV LIMIT 0 2", then: "ZRANGE $d 0 -1 = b c"},
	{method: "ZRangeStoreByScore", shows: "nothing", embedded: "it has no ZRANGESTORE", since: "6.2", given: "ZADD $z 1 a; SET $d x",
		call:  func(c *commands, k keys) check { return is(c.ZRangeStoreByScore(k("d"), k("z"), "5", "9"), 0) },
		sends: "ZRANGESTORE $d $z 5 9 BYSCORE", then: "EXISTS $d = 0"},
	{method: "ZUnion", shows: "AGGREGATE MIN", since: "6.2", given: "ZADD $z 1 a 5 b; ZADD $y 0.5 b 3 c",
		call: func(c *commands, k keys) check {
			return is(c.ZUnion([]string{k("z"), k("y")}, rueidistx.AggregateMin), []string{"b", "a", "c"})
		},
		sends: "ZUNION 2 $z $y AGGREGATE MIN"},
	{method: "ZUnionWithScores", shows: "AGGREGATE SUM", since: "6.2", given: "ZADD $z 1 a 5 b; ZADD $y 2 a 1.5 c",
		call: func(c *commands, k keys) check {
			return is(c.ZUnionWithScores([]string{k("z"), k("y")}, rueidistx.AggregateSum), scored("c", 1.5, "a", 3.0, "b", 5.0))
		},
		sends: "ZUNION 2 $z $y AGGREGATE SUM WITHSCORES"},
	{method: "ZUnionWithScores", shows: "AGGREGATE COUNT", since: "8.8", embedded: "it has no AGGREGATE COUNT", given: "ZADD $z 1 a; ZADD $y 2 a",
		call: func(c *commands, k keys) check {
			return is(c.ZUnionWithScores([]string{k("z"), k("y")}, rueidistx.AggregateCount), scored("a", 2.0))
		},
		sends: "ZUNION 2 $z $y AGGREGATE COUNT WITHSCORES"},
	{method: "ZUnionStore", shows: "WEIGHTS", given: "ZADD $z 1 a 5 b; ZADD $y 2 a",
		call: func(c *commands, k keys) check {
			return is(c.ZUnionStore(k("d"), []string{k("z"), k("y")}, rueidistx.Weights(2, -1)), 2)
		},
		sends: "ZUNIONSTORE $d 2 $z $y WEIGHTS 2 -1", then: "ZSCORE $d a = 0; ZSCORE $d b = 10"},
}
