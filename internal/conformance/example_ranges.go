package conformance

import "github.com/rueidistx/rueidistx"

var sortedSetRangeExamples = []example{
	{method: "ZRange", shows: "by place", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call:  func(c *commands, k keys) check { return is(c.ZRange(k("z"), 1, -2), []string{"b", "c"}) },
		sends: "ZRANGE $z 1 -2"},
	{method: "ZRange", shows: "from the other end", since: "6.2", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call:  func(c *commands, k keys) check { return is(c.ZRange(k("z"), 0, 1, rueidistx.Rev), []string{"d", "c"}) },
		sends: "ZRANGE $z 0 1 REV"},
	{method: "ZRange", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.ZRange(k("z"), 0, -1), []string{}) },
		sends: "ZRANGE $z 0 -1"},
	{method: "ZRange", shows: "wrong type", given: "SET $z a",
		call:  func(c *commands, k keys) check { return fails(c.ZRange(k("z"), 0, -1), "ZRANGE", "WRONGTYPE") },
		sends: "ZRANGE $z 0 -1"},
	{method: "ZRangeWithScores", shows: "by place", given: "ZADD $z 1 a 2.5 b 3 c",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeWithScores(k("z"), 0, 1), scored("a", 1.0, "b", 2.5))
		},
		sends: "ZRANGE $z 0 1 WITHSCORES"},
	{method: "ZRangeWithScores", shows: "one", given: "ZADD $z 1 a 2.5 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZRangeWithScores(k("z"), 1, 1), scored("b", 2.5)) },
		sends: "ZRANGE $z 1 1 WITHSCORES"},
	{method: "ZRangeWithScores", shows: "from the other end", since: "6.2", given: "ZADD $z 1 a 2.5 b 3 c",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeWithScores(k("z"), 0, 1, rueidistx.Rev), scored("c", 3.0, "b", 2.5))
		},
		sends: "ZRANGE $z 0 1 REV WITHSCORES"},
	{method: "ZRangeWithScores", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.ZRangeWithScores(k("z"), 0, -1), scored()) },
		sends: "ZRANGE $z 0 -1 WITHSCORES"},
	{method: "ZRangeByScore", shows: "between scores", since: "6.2", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call:  func(c *commands, k keys) check { return is(c.ZRangeByScore(k("z"), "(1", "3"), []string{"b", "c"}) },
		sends: "ZRANGE $z (1 3 BYSCORE"},
	{method: "ZRangeByScore", shows: "a limit", since: "6.2", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeByScore(k("z"), "-inf", "+inf", rueidistx.Limit(1, 2)), []string{"b", "c"})
		},
		sends: "ZRANGE $z -inf +inf BYSCORE LIMIT 1 2"},
	{method: "ZRangeByScore", shows: "from the other end with a limit", since: "6.2", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeByScore(k("z"), "+inf", "-inf", rueidistx.Rev, rueidistx.Limit(1, -1)), []string{"c", "b", "a"})
		},
		sends: "ZRANGE $z +inf -inf BYSCORE REV LIMIT 1 -1"},
	{method: "ZRangeByScore", shows: "a bound that is no number", since: "6.2", given: "ZADD $z 1 a",
		call: func(c *commands, k keys) check {
			return fails(c.ZRangeByScore(k("z"), "x", "y"), "ZRANGE", "not a float")
		},
		sends: "ZRANGE $z x y BYSCORE"},
	{method: "ZRangeByScoreWithScores", shows: "a limit", since: "6.2", given: "ZADD $z 1 a 2 b 3 c 4 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeByScoreWithScores(k("z"), "2", "+inf", rueidistx.Limit(0, 2)), scored("b", 2.0, "c", 3.0))
		},
		sends: "ZRANGE $z 2 +inf BYSCORE LIMIT 0 2 WITHSCORES"},
	{method: "ZRangeByLex", shows: "between members", since: "6.2", given: "ZADD $z 0 a 0 b 0 c 0 d",
		call:  func(c *commands, k keys) check { return is(c.ZRangeByLex(k("z"), "[b", "(d"), []string{"b", "c"}) },
		sends: "ZRANGE $z [b (d BYLEX"},
	{method: "ZRangeByLex", shows: "from the other end with a limit", since: "6.2", given: "ZADD $z 0 a 0 b 0 c 0 d",
		call: func(c *commands, k keys) check {
			return is(c.ZRangeByLex(k("z"), "+", "-", rueidistx.Rev, rueidistx.Limit(1, 2)), []string{"c", "b"})
		},
		sends: "ZRANGE $z + - BYLEX REV LIMIT 1 2"},
	{method: "ZRangeStore", shows: "how many", embedded: "it has no ZRANGESTORE", since: "6.2", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZRangeStore(k("d"), k("z"), 0, 1), 2) },
		sends: "ZRANGESTORE $d $z 0 1", then: "ZRANGE $d 0 -1 = a b"},
	{method: "ZRangeStore", shows: "from the other end", embedded: "it has no ZRANGESTORE", since: "6.2", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZRangeStore(k("d"), k("z"), 0, 1, rueidistx.Rev), 2) },
		sends: "ZRANGESTORE $d $z 0 1 REV", then: "ZRANGE $d 0 -1 = b c"},
	{method: "ZRemRangeByLex", shows: "how many", given: "ZADD $z 0 a 0 b 0 c",
		call:  func(c *commands, k keys) check { return is(c.ZRemRangeByLex(k("z"), "-", "(c"), 2) },
		sends: "ZREMRANGEBYLEX $z - (c", then: "ZRANGE $z 0 -1 = c"},
	{method: "ZRemRangeByRank", shows: "how many", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZRemRangeByRank(k("z"), 0, -2), 2) },
		sends: "ZREMRANGEBYRANK $z 0 -2", then: "ZRANGE $z 0 -1 = c"},
	{method: "ZRemRangeByScore", shows: "how many", given: "ZADD $z 1 a 2 b 3 c",
		call:  func(c *commands, k keys) check { return is(c.ZRemRangeByScore(k("z"), "(1", "2"), 1) },
		sends: "ZREMRANGEBYSCORE $z (1 2", then: "ZRANGE $z 0 -1 = a c"},
}
