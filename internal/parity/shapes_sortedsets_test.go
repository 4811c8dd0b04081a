package parity

import (
	"slices"

	"github.com/rueidistx/rueidistx"
)

func sortedSetShapes() []shape {
	return slices.Concat([]shape{
		use("ZCard", "", number,
			func(c *commands) futureOf[int64] { return c.ZCard(key) },
			func(b builder) completed { return b.Zcard().Key(key).Build() }),
		use("ZCount", "", number,
			func(c *commands) futureOf[int64] { return c.ZCount(key, key2, key3) },
			func(b builder) completed { return b.Zcount().Key(key).Min(key2).Max(key3).Build() }),
		use("ZLexCount", "", number,
			func(c *commands) futureOf[int64] { return c.ZLexCount(key, key2, key3) },
			func(b builder) completed { return b.Zlexcount().Key(key).Min(key2).Max(key3).Build() }),
		use("ZPopMax", "", member,
			func(c *commands) futureOf[rueidistx.ScoredMember] { return c.ZPopMax(key) },
			func(b builder) completed { return b.Zpopmax().Key(key).Build() }),
		use("ZPopMaxCount", "3", scoredTexts(3),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] { return c.ZPopMaxCount(key, large) },
			func(b builder) completed { return b.Zpopmax().Key(key).Count(large).Build() }),
		use("ZPopMin", "", member,
			func(c *commands) futureOf[rueidistx.ScoredMember] { return c.ZPopMin(key) },
			func(b builder) completed { return b.Zpopmin().Key(key).Build() }),
		use("ZPopMinCount", "100", scoredTexts(100),
			func(c *commands) futureOf[[]rueidistx.ScoredMember] { return c.ZPopMinCount(key, large) },
			func(b builder) completed { return b.Zpopmin().Key(key).Count(large).Build() }),
		use("ZRandMember", "", text,
			func(c *commands) futureOf[string] { return c.ZRandMember(key) },
			func(b builder) completed { return b.Zrandmember().Key(key).Build() }),
		use("ZRank", "", number,
			func(c *commands) futureOf[int64] { return c.ZRank(key, value) },
			func(b builder) completed { return b.Zrank().Key(key).Member(value).Build() }),
		use("ZRank", "missing", noNumber,
			func(c *commands) futureOf[int64] { return c.ZRank(key, value) },
			func(b builder) completed { return b.Zrank().Key(key).Member(value).Build() }),
		use("ZRevRank", "", number,
			func(c *commands) futureOf[int64] { return c.ZRevRank(key, value) },
			func(b builder) completed { return b.Zrevrank().Key(key).Member(value).Build() }),
		use("ZRemRangeByLex", "", number,
			func(c *commands) futureOf[int64] { return c.ZRemRangeByLex(key, key2, key3) },
			func(b builder) completed { return b.Zremrangebylex().Key(key).Min(key2).Max(key3).Build() }),
		use("ZRemRangeByRank", "negative", number,
			func(c *commands) futureOf[int64] { return c.ZRemRangeByRank(key, large, negative) },
			func(b builder) completed { return b.Zremrangebyrank().Key(key).Start(large).Stop(negative).Build() }),
		use("ZRemRangeByScore", "", number,
			func(c *commands) futureOf[int64] { return c.ZRemRangeByScore(key, key2, key3) },
			func(b builder) completed { return b.Zremrangebyscore().Key(key).Min(key2).Max(key3).Build() }),
		use("ZScore", "", double,
			func(c *commands) futureOf[float64] { return c.ZScore(key, value) },
			func(b builder) completed { return b.Zscore().Key(key).Member(value).Build() }),
		use("ZScore", "missing", noFloat,
			func(c *commands) futureOf[float64] { return c.ZScore(key, value) },
			func(b builder) completed { return b.Zscore().Key(key).Member(value).Build() }),
	},
		lengths("ZAdd", numbers,
			func(c *commands) futureOf[int64] { return c.ZAdd(key, scoredMembers[:1]) },
			func(c *commands) futureOf[int64] { return c.ZAdd(key, scoredMembers[:3]) },
			func(c *commands) futureOf[int64] { return c.ZAdd(key, scoredMembers) },
			func(b builder, list []string) completed {
				members := b.Zadd().Key(key).ScoreMember()
				for _, m := range scoredMembers[:len(list)] {
					members = members.ScoreMember(m.Score, m.Member)
				}
				return members.Build()
			}),
		lengths("ZMScore", scores,
			func(c *commands) futureOf[optionalFloats] { return c.ZMScore(key, key) },
			func(c *commands) futureOf[optionalFloats] { return c.ZMScore(key, key, key2, key3) },
			func(c *commands) futureOf[optionalFloats] { return c.ZMScore(key, elements...) },
			func(b builder, list []string) completed { return b.Zmscore().Key(key).Member(list...).Build() }),
		lengths("ZRem", numbers,
			func(c *commands) futureOf[int64] { return c.ZRem(key, key) },
			func(c *commands) futureOf[int64] { return c.ZRem(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.ZRem(key, elements...) },
			func(b builder, list []string) completed { return b.Zrem().Key(key).Member(list...).Build() }),
		lengths("ZDiff", texts,
			func(c *commands) futureOf[[]string] { return c.ZDiff(key) },
			func(c *commands) futureOf[[]string] { return c.ZDiff(key, key2, key3) },
			func(c *commands) futureOf[[]string] { return c.ZDiff(elements...) },
			func(b builder, list []string) completed {
				return b.Zdiff().Numkeys(count(list)).Key(list...).Build()
			}),
		lengths("ZInter", texts,
			func(c *commands) futureOf[[]string] { return c.ZInter(elements[:1]) },
			func(c *commands) futureOf[[]string] { return c.ZInter(elements[:3]) },
			func(c *commands) futureOf[[]string] { return c.ZInter(elements) },
			func(b builder, list []string) completed {
				return b.Zinter().Numkeys(count(list)).Key(list...).Build()
			}),
		lengths("ZUnion", texts,
			func(c *commands) futureOf[[]string] { return c.ZUnion(elements[:1]) },
			func(c *commands) futureOf[[]string] { return c.ZUnion(elements[:3]) },
			func(c *commands) futureOf[[]string] { return c.ZUnion(elements) },
			func(b builder, list []string) completed {
				return b.Zunion().Numkeys(count(list)).Key(list...).Build()
			}),
		lengths("ZInterStore", numbers,
			func(c *commands) futureOf[int64] { return c.ZInterStore(value, elements[:1]) },
			func(c *commands) futureOf[int64] { return c.ZInterStore(value, elements[:3]) },
			func(c *commands) futureOf[int64] { return c.ZInterStore(value, elements) },
			func(b builder, list []string) completed {
				return b.Zinterstore().Destination(value).Numkeys(count(list)).Key(list...).Build()
			}),
		lengths("ZUnionStore", numbers,
			func(c *commands) futureOf[int64] { return c.ZUnionStore(value, elements[:1]) },
			func(c *commands) futureOf[int64] { return c.ZUnionStore(value, elements[:3]) },
			func(c *commands) futureOf[int64] { return c.ZUnionStore(value, elements) },
			func(b builder, list []string) completed {
				store := b.Zunionstore().Destination(value)
				return store.Numkeys(count(list)).Key(list...).Build()
			}),
		zAddShapes(),
	)
}

func zAddShapes() []shape {
	return []shape{
		use("ZAdd", "", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}})
			},
			func(b builder) completed { return b.Zadd().Key(key).ScoreMember().ScoreMember(short, value).Build() }),
		use("ZAdd", "NX", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.NX)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Nx().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "NX", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.NX) },
			func(b builder) completed {
				return b.Zadd().Key(key).Nx().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAdd", "XX", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.XX)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "XX", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.XX) },
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAdd", "GT", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.GT)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Gt().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "GT", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.GT) },
			func(b builder) completed {
				return b.Zadd().Key(key).Gt().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAdd", "LT", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.LT)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Lt().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "LT", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.LT) },
			func(b builder) completed {
				return b.Zadd().Key(key).Lt().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAdd", "CH", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.CH)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Ch().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "CH", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.CH) },
			func(b builder) completed {
				return b.Zadd().Key(key).Ch().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAdd", "XX CH", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.XX, rueidistx.CH)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().Ch().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "XX CH", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.XX, rueidistx.CH) },
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().Ch().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAdd", "XX GT CH", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: short}}, rueidistx.XX, rueidistx.GT, rueidistx.CH)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().Gt().Ch().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "XX GT CH", double,
			func(c *commands) futureOf[float64] {
				return c.ZAddIncr(key, value, short, rueidistx.XX, rueidistx.GT, rueidistx.CH)
			},
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().Gt().Ch().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZAddIncr", "short", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short) },
			func(b builder) completed {
				return b.Zadd().Key(key).Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
		use("ZIncrBy", "short", double,
			func(c *commands) futureOf[float64] { return c.ZIncrBy(key, short, value) },
			func(b builder) completed { return b.Zincrby().Key(key).Increment(short).Member(value).Build() }),
		use("ZAddIncr", "17 digits", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, long) },
			func(b builder) completed {
				return b.Zadd().Key(key).Incr().ScoreMember().ScoreMember(long, value).Build()
			}),
		use("ZIncrBy", "17 digits", double,
			func(c *commands) futureOf[float64] { return c.ZIncrBy(key, long, value) },
			func(b builder) completed { return b.Zincrby().Key(key).Increment(long).Member(value).Build() }),
		use("ZAdd", "17 digits", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: long}})
			},
			func(b builder) completed { return b.Zadd().Key(key).ScoreMember().ScoreMember(long, value).Build() }),
		use("ZAddIncr", "1.2345e300", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, exponent) },
			func(b builder) completed {
				return b.Zadd().Key(key).Incr().ScoreMember().ScoreMember(exponent, value).Build()
			}),
		use("ZIncrBy", "1.2345e300", double,
			func(c *commands) futureOf[float64] { return c.ZIncrBy(key, exponent, value) },
			func(b builder) completed { return b.Zincrby().Key(key).Increment(exponent).Member(value).Build() }),
		use("ZAdd", "1.2345e300", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: exponent}})
			},
			func(b builder) completed { return b.Zadd().Key(key).ScoreMember().ScoreMember(exponent, value).Build() }),
		use("ZAddIncr", "negative", double,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, minus) },
			func(b builder) completed {
				return b.Zadd().Key(key).Incr().ScoreMember().ScoreMember(minus, value).Build()
			}),
		use("ZIncrBy", "negative", double,
			func(c *commands) futureOf[float64] { return c.ZIncrBy(key, minus, value) },
			func(b builder) completed { return b.Zincrby().Key(key).Increment(minus).Member(value).Build() }),
		use("ZAdd", "negative", number,
			func(c *commands) futureOf[int64] {
				return c.ZAdd(key, []rueidistx.ScoredMember{{Member: value, Score: minus}})
			},
			func(b builder) completed { return b.Zadd().Key(key).ScoreMember().ScoreMember(minus, value).Build() }),
		use("ZAddIncr", "not added", noFloat,
			func(c *commands) futureOf[float64] { return c.ZAddIncr(key, value, short, rueidistx.XX) },
			func(b builder) completed {
				return b.Zadd().Key(key).Xx().Incr().ScoreMember().ScoreMember(short, value).Build()
			}),
	}
}
