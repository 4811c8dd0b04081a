package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

var setExamples = []example{
	{method: "SAdd", shows: "how many are new", given: "SADD $s a",
		call:  func(c *commands, k keys) check { return is(c.SAdd(k("s"), "a", "b", "c"), 2) },
		sends: "SADD $s a b c", then: "SCARD $s = 3"},
	{method: "SAdd", shows: "wrong type", given: "SET $s a",
		call:  func(c *commands, k keys) check { return fails(c.SAdd(k("s"), "a"), "SADD", "WRONGTYPE") },
		sends: "SADD $s a"},
	{method: "SCard", shows: "number of members", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return is(c.SCard(k("s")), 2) },
		sends: "SCARD $s"},
	{method: "SDiff", shows: "of the first", given: "SADD $s a b c; SADD $t b",
		call:  func(c *commands, k keys) check { return has(c.SDiff(k("s"), k("t"), k("u")), "a", "c") },
		sends: "SDIFF $s $t $u"},
	{method: "SDiffCard", shows: "how many", since: "8.10", embedded: "it has no SDIFFCARD", given: "SADD $s a b c; SADD $t b",
		call:  func(c *commands, k keys) check { return is(c.SDiffCard(0, k("s"), k("t")), 2) },
		sends: "SDIFFCARD 2 $s $t LIMIT 0"},
	{method: "SDiffCard", shows: "up to a limit", since: "8.10", embedded: "it has no SDIFFCARD", given: "SADD $s a b c",
		call:  func(c *commands, k keys) check { return is(c.SDiffCard(2, k("s")), 2) },
		sends: "SDIFFCARD 1 $s LIMIT 2"},
	{method: "SDiffStore", shows: "how many", given: "SADD $s a b c; SADD $t b",
		call:  func(c *commands, k keys) check { return is(c.SDiffStore(k("d"), k("s"), k("t")), 2) },
		sends: "SDIFFSTORE $d $s $t", then: "SISMEMBER $d c = 1"},
	{method: "SInter", shows: "in each", given: "SADD $s a b c; SADD $t b c d",
		call:  func(c *commands, k keys) check { return has(c.SInter(k("s"), k("t")), "b", "c") },
		sends: "SINTER $s $t"},
	{method: "SInter", shows: "with a missing set", given: "SADD $s a b c",
		call:  func(c *commands, k keys) check { return is(c.SInter(k("s"), k("t")), []string{}) },
		sends: "SINTER $s $t"},
	{method: "SInterCard", shows: "no limit", since: "7.0", given: "SADD $s a b c; SADD $t b c d",
		call:  func(c *commands, k keys) check { return is(c.SInterCard(0, k("s"), k("t")), 2) },
		sends: "SINTERCARD 2 $s $t LIMIT 0"},
	{method: "SInterCard", shows: "a limit", since: "7.0", given: "SADD $s a b c; SADD $t b c d",
		call:  func(c *commands, k keys) check { return is(c.SInterCard(1, k("s"), k("t")), 1) },
		sends: "SINTERCARD 2 $s $t LIMIT 1"},
	{method: "SInterStore", shows: "how many", given: "SADD $s a b c; SADD $t b c d",
		call:  func(c *commands, k keys) check { return is(c.SInterStore(k("d"), k("s"), k("t")), 2) },
		sends: "SINTERSTORE $d $s $t", then: "SCARD $d = 2"},
	{method: "SIsMember", shows: "a member", given: "SADD $s a",
		call:  func(c *commands, k keys) check { return is(c.SIsMember(k("s"), "a"), true) },
		sends: "SISMEMBER $s a"},
	{method: "SIsMember", shows: "no member", given: "SADD $s a",
		call:  func(c *commands, k keys) check { return is(c.SIsMember(k("s"), "b"), false) },
		sends: "SISMEMBER $s b"},
	{method: "SMembers", shows: "all", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return has(c.SMembers(k("s")), "a", "b") },
		sends: "SMEMBERS $s"},
	{method: "SMembers", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.SMembers(k("s")), []string{}) },
		sends: "SMEMBERS $s"},
	{method: "SMIsMember", shows: "of each", since: "6.2", given: "SADD $s a b",
		call: func(c *commands, k keys) check {
			return is(c.SMIsMember(k("s"), "a", "x", "b"), []bool{true, false, true})
		},
		sends: "SMISMEMBER $s a x b"},
	{method: "SMove", shows: "a member", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return is(c.SMove(k("s"), k("t"), "a"), true) },
		sends: "SMOVE $s $t a", then: "SMEMBERS $s = b; SMEMBERS $t = a"},
	{method: "SMove", shows: "no member", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return is(c.SMove(k("s"), k("t"), "x"), false) },
		sends: "SMOVE $s $t x", then: "EXISTS $t = 0"},
	{method: "SPop", shows: "one of them", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return that(c.SPop(k("s")), oneOf("a", "b")) },
		sends: "SPOP $s", then: "SCARD $s = 1"},
	{method: "SPop", shows: "nil from nothing",
		call:  func(c *commands, k keys) check { return isNil(c.SPop(k("s"))) },
		sends: "SPOP $s"},
	{method: "SPopCount", shows: "some of them", given: "SADD $s a b c",
		call:  func(c *commands, k keys) check { return that(c.SPopCount(k("s"), 2), among(2, true, "a", "b", "c")) },
		sends: "SPOP $s 2", then: "SCARD $s = 1"},
	{method: "SPopCount", shows: "empty from nothing",
		call:  func(c *commands, k keys) check { return is(c.SPopCount(k("s"), 2), []string{}) },
		sends: "SPOP $s 2"},
	{method: "SRandMember", shows: "one of them", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return that(c.SRandMember(k("s")), oneOf("a", "b")) },
		sends: "SRANDMEMBER $s", then: "SCARD $s = 2"},
	{method: "SRandMember", shows: "nil from nothing",
		call:  func(c *commands, k keys) check { return isNil(c.SRandMember(k("s"))) },
		sends: "SRANDMEMBER $s"},
	{method: "SRandMembers", shows: "different ones", given: "SADD $s a b c",
		call:  func(c *commands, k keys) check { return that(c.SRandMembers(k("s"), 9), among(3, true, "a", "b", "c")) },
		sends: "SRANDMEMBER $s 9"},
	{method: "SRandMembers", shows: "with repetitions", given: "SADD $s a b c",
		call: func(c *commands, k keys) check {
			return that(c.SRandMembers(k("s"), -9), among(9, false, "a", "b", "c"))
		},
		sends: "SRANDMEMBER $s -9"},
	{method: "SRem", shows: "how many were in it", given: "SADD $s a b",
		call:  func(c *commands, k keys) check { return is(c.SRem(k("s"), "a", "x"), 1) },
		sends: "SREM $s a x", then: "SMEMBERS $s = b"},
	{method: "SScan", shows: "a small set", given: "SADD $s a b",
		call: func(c *commands, k keys) check {
			return that(c.SScan(k("s"), 0), func(t *testing.T, got rueidistx.Page[string]) {
				require.True(t, got.Done())
				require.ElementsMatch(t, []string{"a", "b"}, got.Items)
			})
		},
		sends: "SSCAN $s 0"},
	{method: "SScan", shows: "MATCH and COUNT", given: "SADD $s a1 b1 c2",
		call: func(c *commands, k keys) check {
			return is(c.SScan(k("s"), 0, rueidistx.Match("c*"), rueidistx.Count(100)), rueidistx.Page[string]{Items: []string{"c2"}})
		},
		sends: "SSCAN $s 0 MATCH c* COUNT 100"},
	{method: "SScan", shows: "empty for a missing key",
		call: func(c *commands, k keys) check {
			return is(c.SScan(k("s"), 0), rueidistx.Page[string]{Items: []string{}})
		},
		sends: "SSCAN $s 0"},
	{method: "SUnion", shows: "in any", given: "SADD $s a b; SADD $t b c",
		call:  func(c *commands, k keys) check { return has(c.SUnion(k("s"), k("t")), "a", "b", "c") },
		sends: "SUNION $s $t"},
	{method: "SUnionCard", shows: "how many", since: "8.10", embedded: "it has no SUNIONCARD", given: "SADD $s a b c; SADD $t b d",
		call:  func(c *commands, k keys) check { return is(c.SUnionCard(0, []string{k("s"), k("t")}), 4) },
		sends: "SUNIONCARD 2 $s $t LIMIT 0"},
	{method: "SUnionCard", shows: "APPROX", since: "8.10", embedded: "it has no SUNIONCARD", given: "SADD $s a b c; SADD $t b d",
		call: func(c *commands, k keys) check {
			return is(c.SUnionCard(2, []string{k("s"), k("t")}, rueidistx.Approx), 2)
		},
		sends: "SUNIONCARD 2 $s $t APPROX LIMIT 2"},
	{method: "SUnionStore", shows: "how many", given: "SADD $s a b; SADD $t b c",
		call:  func(c *commands, k keys) check { return is(c.SUnionStore(k("d"), k("s"), k("t")), 3) },
		sends: "SUNIONSTORE $d $s $t", then: "SCARD $d = 3"},
}
