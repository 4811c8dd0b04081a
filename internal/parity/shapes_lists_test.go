package parity

import (
	"slices"
	"strconv"

	"github.com/rueidistx/rueidistx"
)

func listShapes() []shape {
	return slices.Concat([]shape{
		use("LIndex", "large", text,
			func(c *commands) futureOf[string] { return c.LIndex(key, large) },
			func(b builder) completed { return b.Lindex().Key(key).Index(large).Build() }),
		use("LIndex", "missing", none,
			func(c *commands) futureOf[string] { return c.LIndex(key, negative) },
			func(b builder) completed { return b.Lindex().Key(key).Index(negative).Build() }),
		use("LInsert", "before", number,
			func(c *commands) futureOf[int64] { return c.LInsert(key, yes, key2, value) },
			func(b builder) completed { return b.Linsert().Key(key).Before().Pivot(key2).Element(value).Build() }),
		use("LLen", "", number,
			func(c *commands) futureOf[int64] { return c.LLen(key) },
			func(b builder) completed { return b.Llen().Key(key).Build() }),
		use("LMove", "", text,
			func(c *commands) futureOf[string] { return c.LMove(key, key2, rueidistx.Left, rueidistx.Right) },
			func(b builder) completed { return b.Lmove().Source(key).Destination(key2).Left().Right().Build() }),
		use("LPop", "", text,
			func(c *commands) futureOf[string] { return c.LPop(key) },
			func(b builder) completed { return b.Lpop().Key(key).Build() }),
		use("LPop", "missing", none,
			func(c *commands) futureOf[string] { return c.LPop(key) },
			func(b builder) completed { return b.Lpop().Key(key).Build() }),
		use("LPopCount", "3", texts(3),
			func(c *commands) futureOf[[]string] { return c.LPopCount(key, large) },
			func(b builder) completed { return b.Lpop().Key(key).Count(large).Build() }),
		use("LPopCount", "missing", noTexts,
			func(c *commands) futureOf[[]string] { return c.LPopCount(key, large) },
			func(b builder) completed { return b.Lpop().Key(key).Count(large).Build() }),
		use("LPos", "", number,
			func(c *commands) futureOf[int64] { return c.LPos(key, value) },
			func(b builder) completed { return b.Lpos().Key(key).Element(value).Build() }),
		use("LPos", "missing", noNumber,
			func(c *commands) futureOf[int64] { return c.LPos(key, value) },
			func(b builder) completed { return b.Lpos().Key(key).Element(value).Build() }),
		use("LPos", "RANK", number,
			func(c *commands) futureOf[int64] { return c.LPos(key, value, rueidistx.Rank(negative)) },
			func(b builder) completed { return b.Lpos().Key(key).Element(value).Rank(negative).Build() }),
		use("LPos", "MAXLEN", number,
			func(c *commands) futureOf[int64] { return c.LPos(key, value, rueidistx.CompareAtMost(large)) },
			func(b builder) completed { return b.Lpos().Key(key).Element(value).Maxlen(large).Build() }),
		use("LPosCount", "3", integers(3),
			func(c *commands) futureOf[[]int64] { return c.LPosCount(key, value, large) },
			func(b builder) completed { return b.Lpos().Key(key).Element(value).Count(large).Build() }),
		use("LPosCount", "RANK", integers(3),
			func(c *commands) futureOf[[]int64] { return c.LPosCount(key, value, large, rueidistx.Rank(negative)) },
			func(b builder) completed {
				return b.Lpos().Key(key).Element(value).Rank(negative).Count(large).Build()
			}).
			sends("the builder has RANK before COUNT"),
		use("LPosCount", "MAXLEN", integers(0),
			func(c *commands) futureOf[[]int64] {
				return c.LPosCount(key, value, large, rueidistx.CompareAtMost(small))
			},
			func(b builder) completed { return b.Lpos().Key(key).Element(value).Count(large).Maxlen(small).Build() }),
		use("LRange", "none", texts(0),
			func(c *commands) futureOf[[]string] { return c.LRange(key, large, negative) },
			func(b builder) completed { return b.Lrange().Key(key).Start(large).Stop(negative).Build() }),
		use("LRange", "3", texts(3),
			func(c *commands) futureOf[[]string] { return c.LRange(key, large, negative) },
			func(b builder) completed { return b.Lrange().Key(key).Start(large).Stop(negative).Build() }),
		use("LRange", "100", texts(100),
			func(c *commands) futureOf[[]string] { return c.LRange(key, large, negative) },
			func(b builder) completed { return b.Lrange().Key(key).Start(large).Stop(negative).Build() }),
		use("LRem", "negative", number,
			func(c *commands) futureOf[int64] { return c.LRem(key, negative, value) },
			func(b builder) completed { return b.Lrem().Key(key).Count(negative).Element(value).Build() }),
		use("LSet", "large", status,
			func(c *commands) futureOf[string] { return c.LSet(key, large, value) },
			func(b builder) completed { return b.Lset().Key(key).Index(large).Element(value).Build() }),
		use("LTrim", "negative", status,
			func(c *commands) futureOf[string] { return c.LTrim(key, large, negative) },
			func(b builder) completed { return b.Ltrim().Key(key).Start(large).Stop(negative).Build() }),
		use("RPop", "", text,
			func(c *commands) futureOf[string] { return c.RPop(key) },
			func(b builder) completed { return b.Rpop().Key(key).Build() }),
		use("RPopCount", "3", texts(3),
			func(c *commands) futureOf[[]string] { return c.RPopCount(key, large) },
			func(b builder) completed { return b.Rpop().Key(key).Count(large).Build() }),
	},
		lengths("LPush", numbers,
			func(c *commands) futureOf[int64] { return c.LPush(key, key) },
			func(c *commands) futureOf[int64] { return c.LPush(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.LPush(key, elements...) },
			func(b builder, list []string) completed { return b.Lpush().Key(key).Element(list...).Build() }),
		lengths("LPushX", numbers,
			func(c *commands) futureOf[int64] { return c.LPushX(key, key) },
			func(c *commands) futureOf[int64] { return c.LPushX(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.LPushX(key, elements...) },
			func(b builder, list []string) completed { return b.Lpushx().Key(key).Element(list...).Build() }),
		lengths("RPush", numbers,
			func(c *commands) futureOf[int64] { return c.RPush(key, key) },
			func(c *commands) futureOf[int64] { return c.RPush(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.RPush(key, elements...) },
			func(b builder, list []string) completed { return b.Rpush().Key(key).Element(list...).Build() }),
		lengths("RPushX", numbers,
			func(c *commands) futureOf[int64] { return c.RPushX(key, key) },
			func(c *commands) futureOf[int64] { return c.RPushX(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.RPushX(key, elements...) },
			func(b builder, list []string) completed { return b.Rpushx().Key(key).Element(list...).Build() }),
		poppedShapes(),
	)
}

func poppedShapes() []shape {
	return slices.Concat([]shape{
		use("LMoveM", "UpTo", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.LMoveM(key, key2, rueidistx.Left, rueidistx.Right, rueidistx.UpTo(large, rueidistx.OneByOne))
			},
			func(b builder) completed {
				return b.Arbitrary("LMOVEM").Keys(key, key2).Args("LEFT", "RIGHT", "COUNT", decimals(large), "OBO").Build()
			}),
		use("LMoveM", "Exactly", noTexts,
			func(c *commands) futureOf[[]string] {
				return c.LMoveM(key, key2, rueidistx.Left, rueidistx.Right, rueidistx.Exactly(large, rueidistx.InBulk))
			},
			func(b builder) completed {
				return b.Arbitrary("LMOVEM").Keys(key, key2).Args("LEFT", "RIGHT", "EXACTLY", decimals(large), "BULK").Build()
			}),
		use("LMPop", "missing", noPopped,
			func(c *commands) futureOf[rueidistx.Popped[string]] { return c.LMPop(rueidistx.Right, large, key) },
			func(b builder) completed { return b.Lmpop().Numkeys(1).Key(key).Right().Count(large).Build() }),
		useAuto("BLMove", "", text,
			func(a rueidistx.Auto) futureOf[string] {
				return a.BLMove(fraction, key, key2, rueidistx.Left, rueidistx.Right)
			},
			func(b builder) completed {
				return b.Blmove().Source(key).Destination(key2).Left().Right().Timeout(fraction.Seconds()).Build()
			}),
		useAuto("BLMoveM", "", texts(3),
			func(a rueidistx.Auto) futureOf[[]string] {
				return a.BLMoveM(whole, key, key2, rueidistx.Left, rueidistx.Right, rueidistx.UpTo(large, rueidistx.InBulk))
			},
			func(b builder) completed {
				return b.Arbitrary("BLMOVEM").Keys(key, key2).Args("LEFT", "RIGHT", decimals(int64(whole.Seconds())), "COUNT", decimals(large), "BULK").Blocking()
			}),
		useAuto("BLMPop", "", poppedTexts(3),
			func(a rueidistx.Auto) futureOf[rueidistx.Popped[string]] {
				return a.BLMPop(fraction, rueidistx.Left, large, key, key2)
			},
			func(b builder) completed {
				return b.Blmpop().Timeout(fraction.Seconds()).Numkeys(2).Key(key, key2).Left().Count(large).Build()
			}),
		useAuto("BLMPop", "missing", noPopped,
			func(a rueidistx.Auto) futureOf[rueidistx.Popped[string]] {
				return a.BLMPop(fraction, rueidistx.Left, large, key)
			},
			func(b builder) completed {
				return b.Blmpop().Timeout(fraction.Seconds()).Numkeys(1).Key(key).Left().Count(large).Build()
			}),
		useAuto("BLPop", "", poppedText,
			func(a rueidistx.Auto) futureOf[rueidistx.Popped[string]] { return a.BLPop(fraction, key, key2) },
			func(b builder) completed { return b.Blpop().Key(key, key2).Timeout(fraction.Seconds()).Build() }),
		useAuto("BLPop", "missing", noPopped,
			func(a rueidistx.Auto) futureOf[rueidistx.Popped[string]] { return a.BLPop(fraction, key) },
			func(b builder) completed { return b.Blpop().Key(key).Timeout(fraction.Seconds()).Build() }),
		useAuto("BRPop", "", poppedText,
			func(a rueidistx.Auto) futureOf[rueidistx.Popped[string]] { return a.BRPop(fraction, key, key2) },
			func(b builder) completed { return b.Brpop().Key(key, key2).Timeout(fraction.Seconds()).Build() }),
	},
		lengths("LMPop", poppedTexts,
			func(c *commands) futureOf[rueidistx.Popped[string]] { return c.LMPop(rueidistx.Left, large, key) },
			func(c *commands) futureOf[rueidistx.Popped[string]] {
				return c.LMPop(rueidistx.Left, large, key, key2, key3)
			},
			func(c *commands) futureOf[rueidistx.Popped[string]] {
				return c.LMPop(rueidistx.Left, large, elements...)
			},
			func(b builder, list []string) completed {
				return b.Lmpop().Numkeys(count(list)).Key(list...).Left().Count(large).Build()
			}),
	)
}

func decimals(n int64) string { return strconv.FormatInt(n, 10) }
