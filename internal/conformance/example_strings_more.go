package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// noDigest is a digest that none of the strings in the examples has.
const noDigest = "00000000deadbeef"

// ofRedis7 is why miniredis leaves out what is newer.
const ofRedis7 = "it has no newer commands than Redis 7"

var comparisonExamples = []example{
	{method: "DelEx", shows: "equal", since: "8.4", embedded: ofRedis7, given: "SET $s v",
		call:  func(c *commands, k keys) check { return is(c.DelEx(k("s"), rueidistx.IfEq("v")), true) },
		sends: "DELEX $s IFEQ v", then: "EXISTS $s = 0"},
	{method: "DelEx", shows: "not unequal", since: "8.4", embedded: ofRedis7, given: "SET $s v",
		call:  func(c *commands, k keys) check { return is(c.DelEx(k("s"), rueidistx.IfNe("v")), false) },
		sends: "DELEX $s IFNE v", then: "EXISTS $s = 1"},
	{method: "DelEx", shows: "another digest", since: "8.4", embedded: ofRedis7, given: "SET $s v",
		call:  func(c *commands, k keys) check { return is(c.DelEx(k("s"), rueidistx.IfDigestEq(noDigest)), false) },
		sends: "DELEX $s IFDEQ " + noDigest, then: "EXISTS $s = 1"},
	{method: "DelEx", shows: "not this digest", since: "8.4", embedded: ofRedis7, given: "SET $s v",
		call:  func(c *commands, k keys) check { return is(c.DelEx(k("s"), rueidistx.IfDigestNe(noDigest)), true) },
		sends: "DELEX $s IFDNE " + noDigest, then: "EXISTS $s = 0"},
	{method: "DelIfEq", shows: "equal", valkey: "9.0", embedded: ofRedis7, given: "SET $s v",
		call:  func(c *commands, k keys) check { return is(c.DelIfEq(k("s"), "v"), true) },
		sends: "DELIFEQ $s v", then: "EXISTS $s = 0"},
	{method: "Digest", shows: "16 digits", since: "8.4", embedded: ofRedis7, given: "SET $s v",
		call: func(c *commands, k keys) check {
			return that(c.Digest(k("s")), func(t *testing.T, digest string) { assert.Regexp(t, "^[0-9a-f]{16}$", digest) })
		},
		sends: "DIGEST $s"},
	{method: "Digest", shows: "nil for a missing key", since: "8.4", embedded: ofRedis7,
		call:  func(c *commands, k keys) check { return isNil(c.Digest(k("s"))) },
		sends: "DIGEST $s"},
	{method: "LCS", shows: "what both have", since: "7.0", embedded: "it has no LCS", given: "MSET $a ohmytext $b mynewtext",
		call:  func(c *commands, k keys) check { return is(c.LCS(k("a"), k("b")), "mytext") },
		sends: "LCS $a $b"},
	{method: "LCS", shows: "a missing key is an empty string", since: "7.0", embedded: "it has no LCS", given: "SET $a x",
		call:  func(c *commands, k keys) check { return is(c.LCS(k("a"), k("b")), "") },
		sends: "LCS $a $b"},
	{method: "LCSLen", shows: "of what both have", since: "7.0", embedded: "it has no LCS", given: "MSET $a ohmytext $b mynewtext",
		call:  func(c *commands, k keys) check { return is(c.LCSLen(k("a"), k("b")), 6) },
		sends: "LCS $a $b LEN"},
	{method: "LCSMatches", shows: "all", since: "7.0", embedded: "it has no LCS", given: "MSET $a ohmytext $b mynewtext",
		call: func(c *commands, k keys) check {
			return is(c.LCSMatches(k("a"), k("b"), 0), rueidistx.LCSMatches{Length: 6, Matches: []rueidistx.LCSMatch{
				{A: rueidistx.LCSRange{Start: 4, End: 7}, B: rueidistx.LCSRange{Start: 5, End: 8}, Length: 4},
				{A: rueidistx.LCSRange{Start: 2, End: 3}, B: rueidistx.LCSRange{Start: 0, End: 1}, Length: 2},
			}})
		},
		sends: "LCS $a $b IDX MINMATCHLEN 0 WITHMATCHLEN"},
	{method: "LCSMatches", shows: "long ones", since: "7.0", embedded: "it has no LCS", given: "MSET $a ohmytext $b mynewtext",
		call: func(c *commands, k keys) check {
			return is(c.LCSMatches(k("a"), k("b"), 5), rueidistx.LCSMatches{Length: 6, Matches: []rueidistx.LCSMatch{}})
		},
		sends: "LCS $a $b IDX MINMATCHLEN 5 WITHMATCHLEN"},
	{method: "MSetEx", shows: "several keys with a TTL", since: "8.4", valkey: "9.1", embedded: ofRedis7,
		call: func(c *commands, k keys) check {
			return is(c.MSetEx([]string{k("a"), "1", k("b"), "2"}, rueidistx.EX(time.Minute)), true)
		},
		sends: "MSETEX 2 $a 1 $b 2 EX 60", then: "MGET $a $b = 1 2; TTL $b = 60"},
	{method: "MSetEx", shows: "one exists", since: "8.4", valkey: "9.1", embedded: ofRedis7, given: "SET $b x",
		call: func(c *commands, k keys) check {
			return is(c.MSetEx([]string{k("a"), "1", k("b"), "2"}, rueidistx.NX), false)
		},
		sends: "MSETEX 2 $a 1 $b 2 NX", then: "MGET $a $b = nil x"},
	{method: "MSetEx", shows: "all exist", since: "8.4", valkey: "9.1", embedded: ofRedis7, given: "SET $a x EX 100",
		call: func(c *commands, k keys) check {
			return is(c.MSetEx([]string{k("a"), "1"}, rueidistx.XX, rueidistx.KeepTTL), true)
		},
		sends: "MSETEX 1 $a 1 XX KEEPTTL", then: "GET $a = 1; TTL $a = 100"},
	{method: "MSetEx", shows: "a time", since: "8.4", valkey: "9.1", embedded: ofRedis7,
		call:  func(c *commands, k keys) check { return is(c.MSetEx([]string{k("a"), "1"}, rueidistx.EXAT(far)), true) },
		sends: "MSETEX 1 $a 1 EXAT 4102444800", then: "PERSIST $a = 1"},
	{method: "Set", shows: "if it is equal", since: "8.4", valkey: "8.1", embedded: ofRedis7, given: "SET $s old",
		call:  func(c *commands, k keys) check { return is(c.Set(k("s"), "v", rueidistx.IfEq("old")), true) },
		sends: "SET $s v IFEQ old", then: "GET $s = v"},
	{method: "Set", shows: "not if it is not equal", since: "8.4", valkey: "8.1", embedded: ofRedis7, given: "SET $s other",
		call:  func(c *commands, k keys) check { return is(c.Set(k("s"), "v", rueidistx.IfEq("old")), false) },
		sends: "SET $s v IFEQ old", then: "GET $s = other"},
	{method: "Set", shows: "if it is not equal", since: "8.4", valkey: "99", embedded: ofRedis7, given: "SET $s old",
		call:  func(c *commands, k keys) check { return is(c.Set(k("s"), "v", rueidistx.IfNe("other")), true) },
		sends: "SET $s v IFNE other", then: "GET $s = v"},
	{method: "Set", shows: "if it has this digest", since: "8.4", valkey: "99", embedded: ofRedis7, given: "SET $s old",
		call:  func(c *commands, k keys) check { return is(c.Set(k("s"), "v", rueidistx.IfDigestEq(noDigest)), false) },
		sends: "SET $s v IFDEQ " + noDigest, then: "GET $s = old"},
	{method: "Set", shows: "if it has not this digest", since: "8.4", valkey: "99", embedded: ofRedis7, given: "SET $s old",
		call:  func(c *commands, k keys) check { return is(c.Set(k("s"), "v", rueidistx.IfDigestNe(noDigest)), true) },
		sends: "SET $s v IFDNE " + noDigest, then: "GET $s = v"},
	{method: "SetGet", shows: "if it is equal", since: "8.4", valkey: "8.1", embedded: ofRedis7, given: "SET $s old",
		call:  func(c *commands, k keys) check { return is(c.SetGet(k("s"), "v", rueidistx.IfEq("old")), "old") },
		sends: "SET $s v GET IFEQ old", then: "GET $s = v"},
}

func increase[T int64 | float64](value, increment T) rueidistx.Increase[T] {
	return rueidistx.Increase[T]{Value: value, Increment: increment}
}

var incrementExamples = []example{
	{method: "IncrEx", shows: "from nothing, with a TTL", since: "8.8", valkey: "9.2", embedded: ofRedis7,
		call: func(c *commands, k keys) check {
			return is(c.IncrEx(k("n"), 5, rueidistx.EX(time.Minute)), increase[int64](5, 5))
		},
		sends: "INCREX $n BYINT 5 EX 60", then: "GET $n = 5; TTL $n = 60"},
	{method: "IncrEx", shows: "not beyond a bound", since: "8.8", valkey: "9.2", embedded: ofRedis7, given: "SET $n 8",
		call: func(c *commands, k keys) check {
			return is(c.IncrEx(k("n"), 5, rueidistx.UpperBound(10)), increase[int64](8, 0))
		},
		sends: "INCREX $n BYINT 5 UBOUND 10", then: "GET $n = 8"},
	{method: "IncrEx", shows: "up to a bound", since: "8.8", valkey: "9.2", embedded: ofRedis7, given: "SET $n 8 EX 100",
		call: func(c *commands, k keys) check {
			return is(c.IncrEx(k("n"), -50, rueidistx.LowerBound(0), rueidistx.Saturate, rueidistx.Persist), increase[int64](0, -8))
		},
		sends: "INCREX $n BYINT -50 LBOUND 0 SATURATE PERSIST", then: "GET $n = 0; TTL $n = -1"},
	{method: "IncrEx", shows: "keeps a TTL", since: "8.8", valkey: "9.2", embedded: ofRedis7, given: "SET $n 8 EX 100",
		call: func(c *commands, k keys) check {
			return is(c.IncrEx(k("n"), 1, rueidistx.EXAT(far), rueidistx.ENX), increase[int64](9, 1))
		},
		sends: "INCREX $n BYINT 1 EXAT 4102444800 ENX", then: "TTL $n = 100"},
	{method: "IncrEx", shows: "NX on a missing key", valkey: "9.2", embedded: ofRedis7,
		call:  func(c *commands, k keys) check { return is(c.IncrEx(k("n"), 1, rueidistx.NX), increase[int64](1, 1)) },
		sends: "INCREX $n BYINT 1 NX", then: "GET $n = 1"},
	{method: "IncrEx", shows: "XX on an existing key", valkey: "9.2", embedded: ofRedis7, given: "SET $n 8",
		call:  func(c *commands, k keys) check { return is(c.IncrEx(k("n"), 1, rueidistx.XX), increase[int64](9, 1)) },
		sends: "INCREX $n BYINT 1 XX", then: "GET $n = 9"},
	{method: "IncrExFloat", shows: "a fraction", since: "8.8", valkey: "9.2", embedded: ofRedis7, given: "SET $n 10.5",
		call:  func(c *commands, k keys) check { return is(c.IncrExFloat(k("n"), 0.25), increase(10.75, 0.25)) },
		sends: "INCREX $n BYFLOAT 0.25", then: "GET $n = 10.75"},
	{method: "IncrExFloat", shows: "up to a bound", since: "8.8", valkey: "9.2", embedded: ofRedis7, given: "SET $n 10.5",
		call: func(c *commands, k keys) check {
			return is(c.IncrExFloat(k("n"), 5, rueidistx.LowerBoundFloat(-1.5), rueidistx.UpperBoundFloat(11.5), rueidistx.Saturate),
				increase(11.5, 1))
		},
		sends: "INCREX $n BYFLOAT 5 LBOUND -1.5 UBOUND 11.5 SATURATE", then: "GET $n = 11.5"},
}
