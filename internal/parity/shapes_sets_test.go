package parity

import (
	"slices"

	"github.com/rueidistx/rueidistx"
)

func setShapes() []shape {
	return slices.Concat([]shape{
		use("SCard", "", number,
			func(c *commands) futureOf[int64] { return c.SCard(key) },
			func(b builder) completed { return b.Scard().Key(key).Build() }),
		use("SScan", "", page(3),
			func(c *commands) futureOf[rueidistx.Page[string]] { return c.SScan(key, cursor) },
			func(b builder) completed { return b.Sscan().Key(key).Cursor(cursor).Build() }),
		use("SScan", "MATCH", page(0),
			func(c *commands) futureOf[rueidistx.Page[string]] {
				return c.SScan(key, cursor, rueidistx.Match(value))
			},
			func(b builder) completed { return b.Sscan().Key(key).Cursor(cursor).Match(value).Build() }),
		use("SScan", "MATCH COUNT", page(100),
			func(c *commands) futureOf[rueidistx.Page[string]] {
				return c.SScan(key, cursor, rueidistx.Match(value), rueidistx.Count(large))
			},
			func(b builder) completed { return b.Sscan().Key(key).Cursor(cursor).Match(value).Count(large).Build() }),
		use("SUnionCard", "APPROX", number,
			func(c *commands) futureOf[int64] { return c.SUnionCard(large, elements[:3], rueidistx.Approx) },
			func(b builder) completed {
				return b.Arbitrary("SUNIONCARD", "3").Keys(elements[:3]...).Args("APPROX", "LIMIT", decimals(large)).Build()
			}),
		use("SIsMember", "", flag,
			func(c *commands) futureOf[bool] { return c.SIsMember(key, value) },
			func(b builder) completed { return b.Sismember().Key(key).Member(value).Build() }),
		use("SMembers", "none", members(0),
			func(c *commands) futureOf[[]string] { return c.SMembers(key) },
			func(b builder) completed { return b.Smembers().Key(key).Build() }),
		use("SMembers", "3", members(3),
			func(c *commands) futureOf[[]string] { return c.SMembers(key) },
			func(b builder) completed { return b.Smembers().Key(key).Build() }),
		use("SMembers", "100", members(100),
			func(c *commands) futureOf[[]string] { return c.SMembers(key) },
			func(b builder) completed { return b.Smembers().Key(key).Build() }),
		use("SMove", "", flag,
			func(c *commands) futureOf[bool] { return c.SMove(key, key2, value) },
			func(b builder) completed { return b.Smove().Source(key).Destination(key2).Member(value).Build() }),
		use("SPop", "", text,
			func(c *commands) futureOf[string] { return c.SPop(key) },
			func(b builder) completed { return b.Spop().Key(key).Build() }),
		use("SPopCount", "3", members(3),
			func(c *commands) futureOf[[]string] { return c.SPopCount(key, large) },
			func(b builder) completed { return b.Spop().Key(key).Count(large).Build() }),
		use("SRandMember", "", text,
			func(c *commands) futureOf[string] { return c.SRandMember(key) },
			func(b builder) completed { return b.Srandmember().Key(key).Build() }),
		use("SRandMembers", "negative", texts(3),
			func(c *commands) futureOf[[]string] { return c.SRandMembers(key, negative) },
			func(b builder) completed { return b.Srandmember().Key(key).Count(negative).Build() }),
	},
		lengths("SAdd", numbers,
			func(c *commands) futureOf[int64] { return c.SAdd(key, key) },
			func(c *commands) futureOf[int64] { return c.SAdd(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SAdd(key, elements...) },
			func(b builder, list []string) completed { return b.Sadd().Key(key).Member(list...).Build() }),
		lengths("SRem", numbers,
			func(c *commands) futureOf[int64] { return c.SRem(key, key) },
			func(c *commands) futureOf[int64] { return c.SRem(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SRem(key, elements...) },
			func(b builder, list []string) completed { return b.Srem().Key(key).Member(list...).Build() }),
		lengths("SMIsMember", flags,
			func(c *commands) futureOf[[]bool] { return c.SMIsMember(key, key) },
			func(c *commands) futureOf[[]bool] { return c.SMIsMember(key, key, key2, key3) },
			func(c *commands) futureOf[[]bool] { return c.SMIsMember(key, elements...) },
			func(b builder, list []string) completed { return b.Smismember().Key(key).Member(list...).Build() }),
		lengths("SInterCard", numbers,
			func(c *commands) futureOf[int64] { return c.SInterCard(large, key) },
			func(c *commands) futureOf[int64] { return c.SInterCard(large, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SInterCard(large, elements...) },
			func(b builder, list []string) completed {
				return b.Sintercard().Numkeys(count(list)).Key(list...).Limit(large).Build()
			}),
		lengths("SDiff", members,
			func(c *commands) futureOf[[]string] { return c.SDiff(key) },
			func(c *commands) futureOf[[]string] { return c.SDiff(key, key2, key3) },
			func(c *commands) futureOf[[]string] { return c.SDiff(elements...) },
			func(b builder, list []string) completed { return b.Sdiff().Key(list...).Build() }),
		lengths("SDiffStore", numbers,
			func(c *commands) futureOf[int64] { return c.SDiffStore(value, key) },
			func(c *commands) futureOf[int64] { return c.SDiffStore(value, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SDiffStore(value, elements...) },
			func(b builder, list []string) completed {
				return b.Sdiffstore().Destination(value).Key(list...).Build()
			}),
		lengths("SUnionCard", numbers,
			func(c *commands) futureOf[int64] { return c.SUnionCard(large, elements[:1]) },
			func(c *commands) futureOf[int64] { return c.SUnionCard(large, elements[:3]) },
			func(c *commands) futureOf[int64] { return c.SUnionCard(large, elements) },
			func(b builder, list []string) completed {
				return b.Arbitrary("SUNIONCARD", decimals(count(list))).Keys(list...).Args("LIMIT", decimals(large)).Build()
			}),
		lengths("SDiffCard", numbers,
			func(c *commands) futureOf[int64] { return c.SDiffCard(large, key) },
			func(c *commands) futureOf[int64] { return c.SDiffCard(large, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SDiffCard(large, elements...) },
			func(b builder, list []string) completed {
				return b.Arbitrary("SDIFFCARD", decimals(count(list))).Keys(list...).Args("LIMIT", decimals(large)).Build()
			}),
		lengths("SInter", members,
			func(c *commands) futureOf[[]string] { return c.SInter(key) },
			func(c *commands) futureOf[[]string] { return c.SInter(key, key2, key3) },
			func(c *commands) futureOf[[]string] { return c.SInter(elements...) },
			func(b builder, list []string) completed { return b.Sinter().Key(list...).Build() }),
		lengths("SInterStore", numbers,
			func(c *commands) futureOf[int64] { return c.SInterStore(value, key) },
			func(c *commands) futureOf[int64] { return c.SInterStore(value, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SInterStore(value, elements...) },
			func(b builder, list []string) completed {
				return b.Sinterstore().Destination(value).Key(list...).Build()
			}),
		lengths("SUnion", members,
			func(c *commands) futureOf[[]string] { return c.SUnion(key) },
			func(c *commands) futureOf[[]string] { return c.SUnion(key, key2, key3) },
			func(c *commands) futureOf[[]string] { return c.SUnion(elements...) },
			func(b builder, list []string) completed { return b.Sunion().Key(list...).Build() }),
		lengths("SUnionStore", numbers,
			func(c *commands) futureOf[int64] { return c.SUnionStore(value, key) },
			func(c *commands) futureOf[int64] { return c.SUnionStore(value, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.SUnionStore(value, elements...) },
			func(b builder, list []string) completed {
				return b.Sunionstore().Destination(value).Key(list...).Build()
			}),
	)
}
