package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

func poppedScored(key string, members ...any) rueidistx.Popped[rueidistx.ScoredMember] {
	return rueidistx.Popped[rueidistx.ScoredMember]{Key: key, Values: scored(members...)}
}

// sortedSetPopExamples are about members that are removed, drawn at random, or ranked.
var sortedSetPopExamples = []example{
	{method: "BZMPopMax", shows: "the highest first", since: "7.0", embedded: "it has no BZMPOP", given: "ZADD $y 1 a 2.5 b 3 c",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BZMPopMax(time.Minute, 2, k("z"), k("y")), poppedScored(k("y"), "c", 3.0, "b", 2.5))
		},
		sends: "BZMPOP 60 2 $z $y MAX COUNT 2", then: "ZRANGE $y 0 -1 = a"},
	{method: "BZMPopMin", shows: "the lowest first", since: "7.0", embedded: "it has no BZMPOP", given: "ZADD $y 1 a 2.5 b 3 c",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BZMPopMin(0, 2, k("z"), k("y")), poppedScored(k("y"), "a", 1.0, "b", 2.5))
		},
		sends: "BZMPOP 0 2 $z $y MIN COUNT 2", then: "ZRANGE $y 0 -1 = c"},
	{method: "BZMPopMin", shows: "nil when time is up", since: "7.0", embedded: "it has no BZMPOP",
		auto:  func(a rueidistx.Auto, k keys) check { return isNil(a.BZMPopMin(50*time.Millisecond, 2, k("z"))) },
		sends: "BZMPOP 0.05 1 $z MIN COUNT 2"},
	{method: "BZPopMax", shows: "the highest", embedded: "it has no BZPOPMAX", given: "ZADD $y 1 a 2.5 b",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BZPopMax(time.Minute, k("z"), k("y")), poppedScored(k("y"), "b", 2.5))
		},
		sends: "BZPOPMAX $z $y 60", then: "ZRANGE $y 0 -1 = a"},
	{method: "BZPopMin", shows: "the lowest", embedded: "it has no BZPOPMIN", given: "ZADD $y 1.5 a 2.5 b",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BZPopMin(time.Minute, k("z"), k("y")), poppedScored(k("y"), "a", 1.5))
		},
		sends: "BZPOPMIN $z $y 60", then: "ZRANGE $y 0 -1 = b"},
	{method: "BZPopMin", shows: "nil when time is up", embedded: "it has no BZPOPMIN",
		auto:  func(a rueidistx.Auto, k keys) check { return isNil(a.BZPopMin(50*time.Millisecond, k("z"))) },
		sends: "BZPOPMIN $z 0.05"},
	{method: "ZMPopMax", shows: "the highest first", since: "7.0", embedded: "it has no ZMPOP", given: "ZADD $y 1 a 2.5 b 3 c",
		call: func(c *commands, k keys) check {
			return is(c.ZMPopMax(2, k("z"), k("y")), poppedScored(k("y"), "c", 3.0, "b", 2.5))
		},
		sends: "ZMPOP 2 $z $y MAX COUNT 2", then: "ZRANGE $y 0 -1 = a"},
	{method: "ZMPopMin", shows: "the lowest first", since: "7.0", embedded: "it has no ZMPOP", given: "ZADD $y 1 a 2.5 b 3 c",
		call: func(c *commands, k keys) check {
			return is(c.ZMPopMin(2, k("z"), k("y")), poppedScored(k("y"), "a", 1.0, "b", 2.5))
		},
		sends: "ZMPOP 2 $z $y MIN COUNT 2", then: "ZRANGE $y 0 -1 = c"},
	{method: "ZMPopMin", shows: "nil from nothing", since: "7.0", embedded: "it has no ZMPOP",
		call:  func(c *commands, k keys) check { return isNil(c.ZMPopMin(2, k("z"))) },
		sends: "ZMPOP 1 $z MIN COUNT 2"},
	{method: "ZRandMembers", shows: "all of them", since: "6.2", given: "ZADD $z 1 a 2 b",
		call:  func(c *commands, k keys) check { return has(c.ZRandMembers(k("z"), 5), "a", "b") },
		sends: "ZRANDMEMBER $z 5"},
	{method: "ZRandMembers", shows: "repeated", since: "6.2", given: "ZADD $z 1 a",
		call:  func(c *commands, k keys) check { return has(c.ZRandMembers(k("z"), -3), "a", "a", "a") },
		sends: "ZRANDMEMBER $z -3"},
	{method: "ZRandMembers", shows: "empty for a missing key", since: "6.2",
		call:  func(c *commands, k keys) check { return is(c.ZRandMembers(k("z"), 5), []string{}) },
		sends: "ZRANDMEMBER $z 5"},
	{method: "ZRandMembersWithScores", shows: "repeated", since: "6.2", given: "ZADD $z 1.5 a",
		call: func(c *commands, k keys) check {
			return is(c.ZRandMembersWithScores(k("z"), -2), scored("a", 1.5, "a", 1.5))
		},
		sends: "ZRANDMEMBER $z -2 WITHSCORES"},
	{method: "ZRankWithScore", shows: "a member", since: "7.2", embedded: "it has no WITHSCORE", given: "ZADD $z 1 a 2.5 b",
		call: func(c *commands, k keys) check {
			return is(c.ZRankWithScore(k("z"), "b"), rueidistx.RankedScore{Rank: 1, Score: 2.5})
		},
		sends: "ZRANK $z b WITHSCORE"},
	{method: "ZRankWithScore", shows: "nil for no member", since: "7.2", embedded: "it has no WITHSCORE", given: "ZADD $z 1 a",
		call:  func(c *commands, k keys) check { return isNil(c.ZRankWithScore(k("z"), "x")) },
		sends: "ZRANK $z x WITHSCORE"},
	{method: "ZRevRankWithScore", shows: "a member", since: "7.2", embedded: "it has no WITHSCORE", given: "ZADD $z 1 a 2.5 b",
		call: func(c *commands, k keys) check {
			return is(c.ZRevRankWithScore(k("z"), "b"), rueidistx.RankedScore{Rank: 0, Score: 2.5})
		},
		sends: "ZREVRANK $z b WITHSCORE"},
	{method: "ZScan", shows: "a small set", given: "ZADD $z 1 a 2.5 b",
		call: func(c *commands, k keys) check {
			return that(c.ZScan(k("z"), 0), func(t *testing.T, got rueidistx.Page[rueidistx.ScoredMember]) {
				require.True(t, got.Done())
				require.ElementsMatch(t, scored("a", 1.0, "b", 2.5), got.Items)
			})
		},
		sends: "ZSCAN $z 0"},
	{method: "ZScan", shows: "MATCH and COUNT", given: "ZADD $z 1 a1 2 b1 3 c2",
		call: func(c *commands, k keys) check {
			return is(c.ZScan(k("z"), 0, rueidistx.Count(100), rueidistx.Match("c*")),
				rueidistx.Page[rueidistx.ScoredMember]{Items: scored("c2", 3.0)})
		},
		sends: "ZSCAN $z 0 COUNT 100 MATCH c*"},
	{method: "ZScanMembers", shows: "one member", valkey: "8.1", embedded: "it is Redis's", given: "ZADD $z 1 a1 3 c2",
		call: func(c *commands, k keys) check {
			return is(c.ZScanMembers(k("z"), 0, rueidistx.Match("c*")), rueidistx.Page[string]{Items: []string{"c2"}})
		},
		sends: "ZSCAN $z 0 MATCH c* NOSCORES"},
}
