package parity

import (
	"strconv"

	"github.com/rueidistx/rueidistx"
)

func rangeShapes() []shape {
	return []shape{
		use("ZRange", "negative", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRange(key, large, negative) },
			func(b builder) completed {
				return b.Zrange().Key(key).Min(strconv.FormatInt(large, 10)).Max(strconv.FormatInt(negative, 10)).Build()
			}),
		use("ZRange", "REV", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRange(key, large, negative, rueidistx.Rev) },
			func(b builder) completed {
				return b.Zrange().Key(key).Min(strconv.FormatInt(large, 10)).Max(strconv.FormatInt(negative, 10)).Rev().Build()
			}),
		use("ZRangeWithScores", "negative", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] { return c.ZRangeWithScores(key, large, negative) },
			func(b builder) completed {
				return b.Zrange().Key(key).Min(strconv.FormatInt(large, 10)).Max(strconv.FormatInt(negative, 10)).Withscores().Build()
			}),
		use("ZRangeWithScores", "REV", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.ZRangeWithScores(key, large, negative, rueidistx.Rev)
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(strconv.FormatInt(large, 10)).Max(strconv.FormatInt(negative, 10)).Rev().Withscores().Build()
			}),
		use("ZRangeByScore", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRangeByScore(key, key2, key3) },
			func(b builder) completed { return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Build() }),
		use("ZRangeByScore", "REV", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRangeByScore(key, key2, key3, rueidistx.Rev) },
			func(b builder) completed { return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Rev().Build() }),
		use("ZRangeByScore", "LIMIT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZRangeByScore(key, key2, key3, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Limit(large, negative).Build()
			}),
		use("ZRangeByScore", "REV LIMIT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZRangeByScore(key, key2, key3, rueidistx.Rev, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Rev().Limit(large, negative).Build()
			}),
		use("ZRangeByScore", "LIMIT REV", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZRangeByScore(key, key2, key3, rueidistx.Limit(large, negative), rueidistx.Rev)
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Rev().Limit(large, negative).Build()
			}).
			sends("the builder has REV first"),
		use("ZRangeByScoreWithScores", "", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.ZRangeByScoreWithScores(key, key2, key3)
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Withscores().Build()
			}),
		use("ZRangeByScoreWithScores", "REV", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.ZRangeByScoreWithScores(key, key2, key3, rueidistx.Rev)
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Rev().Withscores().Build()
			}),
		use("ZRangeByScoreWithScores", "LIMIT", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.ZRangeByScoreWithScores(key, key2, key3, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Limit(large, negative).Withscores().Build()
			}),
		use("ZRangeByScoreWithScores", "REV LIMIT", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.ZRangeByScoreWithScores(key, key2, key3, rueidistx.Rev, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Rev().Limit(large, negative).Withscores().Build()
			}),
		use("ZRangeByScoreWithScores", "LIMIT REV", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] {
				return c.ZRangeByScoreWithScores(key, key2, key3, rueidistx.Limit(large, negative), rueidistx.Rev)
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Byscore().Rev().Limit(large, negative).Withscores().Build()
			}).
			sends("the builder has REV first"),
		use("ZRangeByLex", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRangeByLex(key, key2, key3) },
			func(b builder) completed { return b.Zrange().Key(key).Min(key2).Max(key3).Bylex().Build() }),
		use("ZRangeByLex", "REV", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRangeByLex(key, key2, key3, rueidistx.Rev) },
			func(b builder) completed { return b.Zrange().Key(key).Min(key2).Max(key3).Bylex().Rev().Build() }),
		use("ZRangeByLex", "LIMIT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZRangeByLex(key, key2, key3, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Bylex().Limit(large, negative).Build()
			}),
		use("ZRangeByLex", "REV LIMIT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZRangeByLex(key, key2, key3, rueidistx.Rev, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Bylex().Rev().Limit(large, negative).Build()
			}),
		use("ZRangeByLex", "LIMIT REV", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZRangeByLex(key, key2, key3, rueidistx.Limit(large, negative), rueidistx.Rev)
			},
			func(b builder) completed {
				return b.Zrange().Key(key).Min(key2).Max(key3).Bylex().Rev().Limit(large, negative).Build()
			}).
			sends("the builder has REV first"),
		use("ZRangeStore", "negative", number,
			func(c *commands) futureOf[int64] { return c.ZRangeStore(key, key2, large, negative) },
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(key2).Min(strconv.FormatInt(large, 10)).Max(strconv.FormatInt(negative, 10)).Build()
			}),
		use("ZRangeStore", "REV", number,
			func(c *commands) futureOf[int64] { return c.ZRangeStore(key, key2, large, negative, rueidistx.Rev) },
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(key2).Min(strconv.FormatInt(large, 10)).Max(strconv.FormatInt(negative, 10)).Rev().Build()
			}),
	}
}
