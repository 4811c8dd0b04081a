package conformance

import "github.com/rueidistx/rueidistx"

const noArrays = "it has no arrays"

var arrayExamples = []example{
	{method: "ArCount", shows: "values", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArCount(k("a")), 3) },
		sends: "ARCOUNT $a"},
	{method: "ArDel", shows: "how many", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArDel(k("a"), 0, 7), 1) },
		sends: "ARDEL $a 0 7", then: "ARCOUNT $a = 2"},
	{method: "ArDelRange", shows: "how many", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArDelRange(k("a"), rueidistx.IndexRange{Start: 1, End: 9}), 2)
		},
		sends: "ARDELRANGE $a 1 9"},
	{method: "ArGet", shows: "a value", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArGet(k("a"), 1), "b") },
		sends: "ARGET $a 1"},
	{method: "ArGet", shows: "none", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return isNil(c.ArGet(k("a"), 9)) },
		sends: "ARGET $a 9"},
	{method: "ArGetRange", shows: "values", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArGetRange(k("a"), 2, 3), []rueidistx.Optional[string]{{Value: "c", OK: true}, {}})
		},
		sends: "ARGETRANGE $a 2 3"},
	{method: "ArGrep", shows: "any", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArGrep(k("a"), 0, 9, []rueidistx.ArPredicate{rueidistx.ArExact("a"), rueidistx.ArGlob("[c]")}), []uint64{0, 2})
		},
		sends: "ARGREP $a 0 9 EXACT a GLOB [c]"},
	{method: "ArGrep", shows: "options", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArGrep(k("a"), 0, 9, []rueidistx.ArPredicate{rueidistx.ArMatch("A"), rueidistx.ArRegexp("^a")}, rueidistx.MatchAll, rueidistx.NoCase, rueidistx.LimitTo(1)), []uint64{0})
		},
		sends: "ARGREP $a 0 9 MATCH A RE ^a AND NOCASE LIMIT 1"},
	{method: "ArGrepWithValues", shows: "any", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArGrepWithValues(k("a"), 0, 9, []rueidistx.ArPredicate{rueidistx.ArExact("a")}, rueidistx.MatchAll, rueidistx.NoCase, rueidistx.LimitTo(1)), []rueidistx.Indexed{{Index: 0, Value: "a"}})
		},
		sends: "ARGREP $a 0 9 EXACT a WITHVALUES AND NOCASE LIMIT 1"},
	{method: "ArInfo", shows: "a missing key", since: "8.8", embedded: noArrays,
		call:  func(c *commands, k keys) check { return fails(c.ArInfo(k("a")), "ARINFO", "") },
		sends: "ARINFO $a"},
	{method: "ArInfoFull", shows: "a missing key", since: "8.8", embedded: noArrays,
		call:  func(c *commands, k keys) check { return fails(c.ArInfoFull(k("a")), "ARINFO", "") },
		sends: "ARINFO $a FULL"},
	{method: "ArInsert", shows: "the last index", since: "8.8", embedded: noArrays,
		call:  func(c *commands, k keys) check { return is(c.ArInsert(k("a"), "a", "b"), uint64(1)) },
		sends: "ARINSERT $a a b"},
	{method: "ArLastItems", shows: "the oldest first", since: "8.8", embedded: noArrays, given: "ARINSERT $a a b",
		call: func(c *commands, k keys) check {
			return is(c.ArLastItems(k("a"), 2), []rueidistx.Optional[string]{{Value: "a", OK: true}, {Value: "b", OK: true}})
		},
		sends: "ARLASTITEMS $a 2"},
	{method: "ArLastItems", shows: "the newest first", since: "8.8", embedded: noArrays, given: "ARINSERT $a a b",
		call: func(c *commands, k keys) check {
			return is(c.ArLastItems(k("a"), 2, rueidistx.Rev), []rueidistx.Optional[string]{{Value: "b", OK: true}, {Value: "a", OK: true}})
		},
		sends: "ARLASTITEMS $a 2 REV"},
	{method: "ArLen", shows: "the highest index and 1", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArLen(k("a")), uint64(3)) },
		sends: "ARLEN $a"},
	{method: "ArMGet", shows: "values", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArMGet(k("a"), 0, 9), []rueidistx.Optional[string]{{Value: "a", OK: true}, {}})
		},
		sends: "ARMGET $a 0 9"},
	{method: "ArMSet", shows: "how many are new", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArMSet(k("a"), rueidistx.Indexed{Index: 5, Value: "f"}), 1)
		},
		sends: "ARMSET $a 5 f"},
	{method: "ArNext", shows: "the cursor", since: "8.8", embedded: noArrays, given: "ARINSERT $a a b",
		call:  func(c *commands, k keys) check { return is(c.ArNext(k("a")), uint64(2)) },
		sends: "ARNEXT $a"},
	{method: "ArOp", shows: "sum", since: "8.8", embedded: noArrays, given: "ARSET $a 0 1 2 3",
		call:  func(c *commands, k keys) check { return is(c.ArOp(k("a"), 0, 9, rueidistx.ArSum), 6) },
		sends: "AROP $a 0 9 SUM"},
	{method: "ArOp", shows: "min", since: "8.8", embedded: noArrays, given: "ARSET $a 0 1 2 3",
		call:  func(c *commands, k keys) check { return is(c.ArOp(k("a"), 0, 9, rueidistx.ArMin), 1) },
		sends: "AROP $a 0 9 MIN"},
	{method: "ArOp", shows: "max", since: "8.8", embedded: noArrays, given: "ARSET $a 0 1 2 3",
		call:  func(c *commands, k keys) check { return is(c.ArOp(k("a"), 0, 9, rueidistx.ArMax), 3) },
		sends: "AROP $a 0 9 MAX"},
	{method: "ArOp", shows: "no numbers", since: "8.8", embedded: noArrays,
		call:  func(c *commands, k keys) check { return isNil(c.ArOp(k("a"), 0, 9, rueidistx.ArSum)) },
		sends: "AROP $a 0 9 SUM"},
	{method: "ArOpBits", shows: "or", since: "8.8", embedded: noArrays, given: "ARSET $a 0 1 2 3",
		call:  func(c *commands, k keys) check { return is(c.ArOpBits(k("a"), 0, 9, rueidistx.BitOr), 3) },
		sends: "AROP $a 0 9 OR"},
	{method: "ArOpMatch", shows: "how many", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArOpMatch(k("a"), 0, 9, "a"), 1) },
		sends: "AROP $a 0 9 MATCH a"},
	{method: "ArOpUsed", shows: "how many", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArOpUsed(k("a"), 0, 9), 3) },
		sends: "AROP $a 0 9 USED"},
	{method: "ArRing", shows: "the last index", since: "8.8", embedded: noArrays,
		call:  func(c *commands, k keys) check { return is(c.ArRing(k("a"), 2, "a", "b", "c"), uint64(0)) },
		sends: "ARRING $a 2 a b c"},
	{method: "ArScan", shows: "elements", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArScan(k("a"), 1, 1), []rueidistx.Indexed{{Index: 1, Value: "b"}})
		},
		sends: "ARSCAN $a 1 1"},
	{method: "ArScan", shows: "some", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call: func(c *commands, k keys) check {
			return is(c.ArScan(k("a"), 1, 9, rueidistx.LimitTo(1)), []rueidistx.Indexed{{Index: 1, Value: "b"}})
		},
		sends: "ARSCAN $a 1 9 LIMIT 1"},
	{method: "ArSeek", shows: "a key", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArSeek(k("a"), 7), true) },
		sends: "ARSEEK $a 7"},
	{method: "ArSet", shows: "how many are new", since: "8.8", embedded: noArrays, given: "ARSET $a 0 a b c",
		call:  func(c *commands, k keys) check { return is(c.ArSet(k("a"), 2, "c", "d"), 1) },
		sends: "ARSET $a 2 c d"},
}
