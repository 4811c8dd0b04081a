package parity

import (
	"slices"

	"github.com/rueidistx/rueidistx"
)

type (
	scoredList   = []rueidistx.ScoredMember
	poppedScores = rueidistx.Popped[rueidistx.ScoredMember]
	memberPage   = rueidistx.Page[rueidistx.ScoredMember]
)

// sortedSetPopShapes are about members that are removed, drawn at random, ranked, or read page by page.
func sortedSetPopShapes() []shape {
	return slices.Concat([]shape{
		useAuto("BZMPopMax", "", poppedMembers(3),
			func(a rueidistx.Auto) futureOf[poppedScores] { return a.BZMPopMax(fraction, large, key, key2) },
			func(b builder) completed {
				return b.Bzmpop().Timeout(fraction.Seconds()).Numkeys(2).Key(key, key2).Max().Count(large).Build()
			}),
		useAuto("BZMPopMin", "", poppedMembers(3),
			func(a rueidistx.Auto) futureOf[poppedScores] { return a.BZMPopMin(fraction, large, key, key2) },
			func(b builder) completed {
				return b.Bzmpop().Timeout(fraction.Seconds()).Numkeys(2).Key(key, key2).Min().Count(large).Build()
			}),
		useAuto("BZMPopMin", "missing", noPoppedMembers,
			func(a rueidistx.Auto) futureOf[poppedScores] { return a.BZMPopMin(fraction, large, key) },
			func(b builder) completed {
				return b.Bzmpop().Timeout(fraction.Seconds()).Numkeys(1).Key(key).Min().Count(large).Build()
			}),
		useAuto("BZPopMax", "", poppedMember,
			func(a rueidistx.Auto) futureOf[poppedScores] { return a.BZPopMax(fraction, key, key2) },
			func(b builder) completed { return b.Bzpopmax().Key(key, key2).Timeout(fraction.Seconds()).Build() }),
		useAuto("BZPopMin", "", poppedMember,
			func(a rueidistx.Auto) futureOf[poppedScores] { return a.BZPopMin(fraction, key, key2) },
			func(b builder) completed { return b.Bzpopmin().Key(key, key2).Timeout(fraction.Seconds()).Build() }),
		useAuto("BZPopMin", "missing", noPoppedMembers,
			func(a rueidistx.Auto) futureOf[poppedScores] { return a.BZPopMin(fraction, key) },
			func(b builder) completed { return b.Bzpopmin().Key(key).Timeout(fraction.Seconds()).Build() }),
		use("ZMPopMax", "missing", noPoppedMembers,
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMax(large, key) },
			func(b builder) completed { return b.Zmpop().Numkeys(1).Key(key).Max().Count(large).Build() }),
		use("ZRandMembers", "3", texts(3),
			func(c *commands) futureOf[[]string] { return c.ZRandMembers(key, negative) },
			func(b builder) completed { return b.Zrandmember().Key(key).Count(negative).Build() }),
		use("ZRandMembersWithScores", "3", scoredTexts(3),
			func(c *commands) futureOf[scoredList] { return c.ZRandMembersWithScores(key, large) },
			func(b builder) completed { return b.Zrandmember().Key(key).Count(large).Withscores().Build() }),
		use("ZRankWithScore", "", ranked,
			func(c *commands) futureOf[rueidistx.RankedScore] { return c.ZRankWithScore(key, value) },
			func(b builder) completed { return b.Zrank().Key(key).Member(value).Withscore().Build() }),
		use("ZRankWithScore", "missing", unranked,
			func(c *commands) futureOf[rueidistx.RankedScore] { return c.ZRankWithScore(key, value) },
			func(b builder) completed { return b.Zrank().Key(key).Member(value).Withscore().Build() }),
		use("ZRevRankWithScore", "", ranked,
			func(c *commands) futureOf[rueidistx.RankedScore] { return c.ZRevRankWithScore(key, value) },
			func(b builder) completed { return b.Zrevrank().Key(key).Member(value).Withscore().Build() }),
		use("ZScan", "", scoredPage(3),
			func(c *commands) futureOf[memberPage] { return c.ZScan(key, cursor) },
			func(b builder) completed { return b.Zscan().Key(key).Cursor(cursor).Build() }),
		use("ZScan", "MATCH COUNT", scoredPage(0),
			func(c *commands) futureOf[memberPage] {
				return c.ZScan(key, cursor, rueidistx.Match(value), rueidistx.Count(large))
			},
			func(b builder) completed { return b.Zscan().Key(key).Cursor(cursor).Match(value).Count(large).Build() }),
	},
		lengths("ZMPopMax", poppedMembers,
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMax(large, key) },
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMax(large, key, key2, key3) },
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMax(large, elements...) },
			func(b builder, list []string) completed {
				return b.Zmpop().Numkeys(count(list)).Key(list...).Max().Count(large).Build()
			}),
		lengths("ZMPopMin", poppedMembers,
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMin(large, key) },
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMin(large, key, key2, key3) },
			func(c *commands) futureOf[poppedScores] { return c.ZMPopMin(large, elements...) },
			func(b builder, list []string) completed {
				return b.Zmpop().Numkeys(count(list)).Key(list...).Min().Count(large).Build()
			}),
	)
}
