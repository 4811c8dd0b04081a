package parity

import (
	"slices"

	"github.com/rueidistx/rueidistx"
)

// combinationShapes are about members of several sorted sets, and about ranges of one, that are stored.
func combinationShapes() []shape {
	return slices.Concat([]shape{
		use("ZRangeStoreByScore", "", number,
			func(c *commands) futureOf[int64] { return c.ZRangeStoreByScore(key, value, key2, key3) },
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Byscore().Build()
			}),
		use("ZRangeStoreByScore", "REV", number,
			func(c *commands) futureOf[int64] { return c.ZRangeStoreByScore(key, value, key2, key3, rueidistx.Rev) },
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Byscore().Rev().Build()
			}),
		use("ZRangeStoreByScore", "LIMIT", number,
			func(c *commands) futureOf[int64] {
				return c.ZRangeStoreByScore(key, value, key2, key3, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Byscore().Limit(large, negative).Build()
			}),
		use("ZRangeStoreByScore", "REV LIMIT", number,
			func(c *commands) futureOf[int64] {
				return c.ZRangeStoreByScore(key, value, key2, key3, rueidistx.Rev, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Byscore().Rev().Limit(large, negative).Build()
			}),
		use("ZRangeStoreByLex", "", number,
			func(c *commands) futureOf[int64] { return c.ZRangeStoreByLex(key, value, key2, key3) },
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Bylex().Build()
			}),
		use("ZRangeStoreByLex", "REV", number,
			func(c *commands) futureOf[int64] { return c.ZRangeStoreByLex(key, value, key2, key3, rueidistx.Rev) },
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Bylex().Rev().Build()
			}),
		use("ZRangeStoreByLex", "LIMIT", number,
			func(c *commands) futureOf[int64] {
				return c.ZRangeStoreByLex(key, value, key2, key3, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Bylex().Limit(large, negative).Build()
			}),
		use("ZRangeStoreByLex", "REV LIMIT", number,
			func(c *commands) futureOf[int64] {
				return c.ZRangeStoreByLex(key, value, key2, key3, rueidistx.Rev, rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Zrangestore().Dst(key).Src(value).Min(key2).Max(key3).Bylex().Rev().Limit(large, negative).Build()
			}),
		use("ZInter", "WEIGHTS", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZInter(elements[:3], rueidistx.Weights(2, 3, 4))
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).Build()
			}),
		use("ZInter", "SUM", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZInter(elements[:3], rueidistx.AggregateSum)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateSum().Build()
			}),
		use("ZInter", "MIN", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZInter(elements[:3], rueidistx.AggregateMin)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateMin().Build()
			}),
		use("ZInter", "MAX", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZInter(elements[:3], rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateMax().Build()
			}),
		use("ZInter", "COUNT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZInter(elements[:3], rueidistx.AggregateCount)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateCount().Build()
			}),
		use("ZInter", "WEIGHTS MAX", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZInter(elements[:3], rueidistx.Weights(2, 3, 4), rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).AggregateMax().Build()
			}),
		use("ZInterWithScores", "WEIGHTS", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZInterWithScores(elements[:3], rueidistx.Weights(2, 3, 4))
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).Withscores().Build()
			}),
		use("ZInterWithScores", "SUM", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZInterWithScores(elements[:3], rueidistx.AggregateSum)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateSum().Withscores().Build()
			}),
		use("ZInterWithScores", "MIN", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZInterWithScores(elements[:3], rueidistx.AggregateMin)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateMin().Withscores().Build()
			}),
		use("ZInterWithScores", "MAX", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZInterWithScores(elements[:3], rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateMax().Withscores().Build()
			}),
		use("ZInterWithScores", "COUNT", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZInterWithScores(elements[:3], rueidistx.AggregateCount)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).AggregateCount().Withscores().Build()
			}),
		use("ZInterWithScores", "WEIGHTS MAX", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZInterWithScores(elements[:3], rueidistx.Weights(2, 3, 4), rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zinter().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).AggregateMax().Withscores().Build()
			}),
		use("ZUnion", "WEIGHTS", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZUnion(elements[:3], rueidistx.Weights(2, 3, 4))
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).Build()
			}),
		use("ZUnion", "SUM", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZUnion(elements[:3], rueidistx.AggregateSum)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateSum().Build()
			}),
		use("ZUnion", "MIN", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZUnion(elements[:3], rueidistx.AggregateMin)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateMin().Build()
			}),
		use("ZUnion", "MAX", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZUnion(elements[:3], rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateMax().Build()
			}),
		use("ZUnion", "COUNT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZUnion(elements[:3], rueidistx.AggregateCount)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateCount().Build()
			}),
		use("ZUnion", "WEIGHTS MAX", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.ZUnion(elements[:3], rueidistx.Weights(2, 3, 4), rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).AggregateMax().Build()
			}),
		use("ZUnionWithScores", "WEIGHTS", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZUnionWithScores(elements[:3], rueidistx.Weights(2, 3, 4))
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).Withscores().Build()
			}),
		use("ZUnionWithScores", "SUM", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZUnionWithScores(elements[:3], rueidistx.AggregateSum)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateSum().Withscores().Build()
			}),
		use("ZUnionWithScores", "MIN", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZUnionWithScores(elements[:3], rueidistx.AggregateMin)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateMin().Withscores().Build()
			}),
		use("ZUnionWithScores", "MAX", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZUnionWithScores(elements[:3], rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateMax().Withscores().Build()
			}),
		use("ZUnionWithScores", "COUNT", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZUnionWithScores(elements[:3], rueidistx.AggregateCount)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).AggregateCount().Withscores().Build()
			}),
		use("ZUnionWithScores", "WEIGHTS MAX", scoredTexts(3),
			func(c *commands) futureOf[scoredList] {
				return c.ZUnionWithScores(elements[:3], rueidistx.Weights(2, 3, 4), rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zunion().Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).AggregateMax().Withscores().Build()
			}),
		use("ZInterStore", "WEIGHTS", number,
			func(c *commands) futureOf[int64] {
				return c.ZInterStore(value, elements[:3], rueidistx.Weights(2, 3, 4))
			},
			func(b builder) completed {
				return b.Zinterstore().Destination(value).Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).Build()
			}),
		use("ZInterStore", "SUM", number,
			func(c *commands) futureOf[int64] {
				return c.ZInterStore(value, elements[:3], rueidistx.AggregateSum)
			},
			func(b builder) completed {
				return b.Zinterstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateSum().Build()
			}),
		use("ZInterStore", "MIN", number,
			func(c *commands) futureOf[int64] {
				return c.ZInterStore(value, elements[:3], rueidistx.AggregateMin)
			},
			func(b builder) completed {
				return b.Zinterstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateMin().Build()
			}),
		use("ZInterStore", "MAX", number,
			func(c *commands) futureOf[int64] {
				return c.ZInterStore(value, elements[:3], rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zinterstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateMax().Build()
			}),
		use("ZInterStore", "COUNT", number,
			func(c *commands) futureOf[int64] {
				return c.ZInterStore(value, elements[:3], rueidistx.AggregateCount)
			},
			func(b builder) completed {
				return b.Zinterstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateCount().Build()
			}),
		use("ZInterStore", "WEIGHTS MAX", number,
			func(c *commands) futureOf[int64] {
				return c.ZInterStore(value, elements[:3], rueidistx.Weights(2, 3, 4), rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zinterstore().Destination(value).Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).AggregateMax().Build()
			}),
		use("ZUnionStore", "WEIGHTS", number,
			func(c *commands) futureOf[int64] {
				return c.ZUnionStore(value, elements[:3], rueidistx.Weights(2, 3, 4))
			},
			func(b builder) completed {
				return b.Zunionstore().Destination(value).Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).Build()
			}),
		use("ZUnionStore", "SUM", number,
			func(c *commands) futureOf[int64] {
				return c.ZUnionStore(value, elements[:3], rueidistx.AggregateSum)
			},
			func(b builder) completed {
				return b.Zunionstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateSum().Build()
			}),
		use("ZUnionStore", "MIN", number,
			func(c *commands) futureOf[int64] {
				return c.ZUnionStore(value, elements[:3], rueidistx.AggregateMin)
			},
			func(b builder) completed {
				return b.Zunionstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateMin().Build()
			}),
		use("ZUnionStore", "MAX", number,
			func(c *commands) futureOf[int64] {
				return c.ZUnionStore(value, elements[:3], rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zunionstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateMax().Build()
			}),
		use("ZUnionStore", "COUNT", number,
			func(c *commands) futureOf[int64] {
				return c.ZUnionStore(value, elements[:3], rueidistx.AggregateCount)
			},
			func(b builder) completed {
				return b.Zunionstore().Destination(value).Numkeys(3).Key(elements[:3]...).AggregateCount().Build()
			}),
		use("ZUnionStore", "WEIGHTS MAX", number,
			func(c *commands) futureOf[int64] {
				return c.ZUnionStore(value, elements[:3], rueidistx.Weights(2, 3, 4), rueidistx.AggregateMax)
			},
			func(b builder) completed {
				return b.Zunionstore().Destination(value).Numkeys(3).Key(elements[:3]...).Weights(2, 3, 4).AggregateMax().Build()
			}),
	},
		lengths("ZInterWithScores", scoredTexts,
			func(c *commands) futureOf[scoredList] { return c.ZInterWithScores(elements[:1]) },
			func(c *commands) futureOf[scoredList] { return c.ZInterWithScores(elements[:3]) },
			func(c *commands) futureOf[scoredList] { return c.ZInterWithScores(elements) },
			func(b builder, list []string) completed {
				return b.Zinter().Numkeys(count(list)).Key(list...).Withscores().Build()
			}),
		lengths("ZUnionWithScores", scoredTexts,
			func(c *commands) futureOf[scoredList] { return c.ZUnionWithScores(elements[:1]) },
			func(c *commands) futureOf[scoredList] { return c.ZUnionWithScores(elements[:3]) },
			func(c *commands) futureOf[scoredList] { return c.ZUnionWithScores(elements) },
			func(b builder, list []string) completed {
				return b.Zunion().Numkeys(count(list)).Key(list...).Withscores().Build()
			}),
		lengths("ZDiffWithScores", scoredTexts,
			func(c *commands) futureOf[scoredList] { return c.ZDiffWithScores(key) },
			func(c *commands) futureOf[scoredList] { return c.ZDiffWithScores(key, key2, key3) },
			func(c *commands) futureOf[scoredList] { return c.ZDiffWithScores(elements...) },
			func(b builder, list []string) completed {
				return b.Zdiff().Numkeys(count(list)).Key(list...).Withscores().Build()
			}),
		lengths("ZDiffStore", numbers,
			func(c *commands) futureOf[int64] { return c.ZDiffStore(value, key) },
			func(c *commands) futureOf[int64] { return c.ZDiffStore(value, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.ZDiffStore(value, elements...) },
			func(b builder, list []string) completed {
				return b.Zdiffstore().Destination(value).Numkeys(count(list)).Key(list...).Build()
			}),
		lengths("ZInterCard", numbers,
			func(c *commands) futureOf[int64] { return c.ZInterCard(large, key) },
			func(c *commands) futureOf[int64] { return c.ZInterCard(large, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.ZInterCard(large, elements...) },
			func(b builder, list []string) completed {
				return b.Zintercard().Numkeys(count(list)).Key(list...).Limit(large).Build()
			}),
	)
}
