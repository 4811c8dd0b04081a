package conformance

import (
	"time"

	"github.com/rueidistx/rueidistx"
)

func popped(key string, elements ...string) rueidistx.Popped[string] {
	return rueidistx.Popped[string]{Key: key, Values: elements}
}

var listExamples = []example{
	{method: "BLMove", shows: "at once", since: "6.2", given: "RPUSH $l a b; RPUSH $m x",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BLMove(time.Minute, k("l"), k("m"), rueidistx.Right, rueidistx.Left), "b")
		},
		sends: "BLMOVE $l $m RIGHT LEFT 60", then: "LRANGE $l 0 -1 = a; LRANGE $m 0 -1 = b x"},
	{method: "BLMove", shows: "nil when time is up", since: "6.2",
		auto: func(a rueidistx.Auto, k keys) check {
			return isNil(a.BLMove(50*time.Millisecond, k("l"), k("m"), rueidistx.Left, rueidistx.Left))
		},
		sends: "BLMOVE $l $m LEFT LEFT 0.05", then: "EXISTS $m = 0"},
	{method: "BLMoveM", shows: "at once", embedded: "it has no LMOVEM", since: "8.10", given: "RPUSH $l a b c",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BLMoveM(time.Second, k("l"), k("m"), rueidistx.Left, rueidistx.Left, rueidistx.Exactly(2, rueidistx.InBulk)), []string{"a", "b"})
		},
		sends: "BLMOVEM $l $m LEFT LEFT 1 EXACTLY 2 BULK", then: "LRANGE $l 0 -1 = c; LRANGE $m 0 -1 = a b"},
	{method: "BLMoveM", shows: "nil when time is up", embedded: "it has no LMOVEM", since: "8.10", given: "RPUSH $l a",
		auto: func(a rueidistx.Auto, k keys) check {
			return isNil(a.BLMoveM(50*time.Millisecond, k("l"), k("m"), rueidistx.Left, rueidistx.Left, rueidistx.Exactly(2, rueidistx.OneByOne)))
		},
		sends: "BLMOVEM $l $m LEFT LEFT 0.05 EXACTLY 2 OBO", then: "LRANGE $l 0 -1 = a"},
	{method: "BLMPop", shows: "the first list that is not empty", embedded: "it has no BLMPOP", since: "7.0", given: "RPUSH $m a b c",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BLMPop(time.Minute, rueidistx.Right, 2, k("l"), k("m")), popped(k("m"), "c", "b"))
		},
		sends: "BLMPOP 60 2 $l $m RIGHT COUNT 2", then: "LRANGE $m 0 -1 = a"},
	{method: "BLMPop", shows: "nil when time is up", embedded: "it has no BLMPOP", since: "7.0",
		auto: func(a rueidistx.Auto, k keys) check {
			return isNil(a.BLMPop(50*time.Millisecond, rueidistx.Left, 1, k("l")))
		},
		sends: "BLMPOP 0.05 1 $l LEFT COUNT 1"},
	{method: "BLPop", shows: "the first list that is not empty", given: "RPUSH $m a b",
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.BLPop(time.Minute, k("l"), k("m")), popped(k("m"), "a"))
		},
		sends: "BLPOP $l $m 60", then: "LRANGE $m 0 -1 = b"},
	{method: "BLPop", shows: "nil when time is up",
		auto:  func(a rueidistx.Auto, k keys) check { return isNil(a.BLPop(50*time.Millisecond, k("l"))) },
		sends: "BLPOP $l 0.05"},
	{method: "BLPop", shows: "wrong type", given: "SET $l a",
		auto:  func(a rueidistx.Auto, k keys) check { return fails(a.BLPop(time.Second, k("l")), "BLPOP", "WRONGTYPE") },
		sends: "BLPOP $l 1"},
	{method: "BRPop", shows: "without a timeout", given: "RPUSH $l a b",
		auto:  func(a rueidistx.Auto, k keys) check { return is(a.BRPop(0, k("l")), popped(k("l"), "b")) },
		sends: "BRPOP $l 0", then: "LRANGE $l 0 -1 = a"},
	{method: "BRPop", shows: "nil when time is up",
		auto:  func(a rueidistx.Auto, k keys) check { return isNil(a.BRPop(50*time.Millisecond, k("l"), k("m"))) },
		sends: "BRPOP $l $m 0.05"},
	{method: "LIndex", shows: "from the end", given: "RPUSH $l a b c",
		call:  func(c *commands, k keys) check { return is(c.LIndex(k("l"), -1), "c") },
		sends: "LINDEX $l -1"},
	{method: "LIndex", shows: "nil beyond the end", given: "RPUSH $l a b c",
		call:  func(c *commands, k keys) check { return isNil(c.LIndex(k("l"), 3)) },
		sends: "LINDEX $l 3"},
	{method: "LInsert", shows: "before", given: "RPUSH $l a c",
		call:  func(c *commands, k keys) check { return is(c.LInsert(k("l"), true, "c", "b"), 3) },
		sends: "LINSERT $l BEFORE c b", then: "LRANGE $l 0 -1 = a b c"},
	{method: "LInsert", shows: "after", given: "RPUSH $l a c",
		call:  func(c *commands, k keys) check { return is(c.LInsert(k("l"), false, "c", "b"), 3) },
		sends: "LINSERT $l AFTER c b", then: "LRANGE $l 0 -1 = a c b"},
	{method: "LInsert", shows: "no pivot", given: "RPUSH $l a c",
		call:  func(c *commands, k keys) check { return is(c.LInsert(k("l"), true, "x", "b"), -1) },
		sends: "LINSERT $l BEFORE x b"},
	{method: "LInsert", shows: "no list",
		call:  func(c *commands, k keys) check { return is(c.LInsert(k("l"), true, "x", "b"), 0) },
		sends: "LINSERT $l BEFORE x b"},
	{method: "LLen", shows: "a list", given: "RPUSH $l a b c",
		call:  func(c *commands, k keys) check { return is(c.LLen(k("l")), 3) },
		sends: "LLEN $l"},
	{method: "LLen", shows: "wrong type", given: "SET $l a",
		call:  func(c *commands, k keys) check { return fails(c.LLen(k("l")), "LLEN", "WRONGTYPE") },
		sends: "LLEN $l"},
	{method: "LMove", shows: "from head to tail", since: "6.2", given: "RPUSH $l a b; RPUSH $m x",
		call: func(c *commands, k keys) check {
			return is(c.LMove(k("l"), k("m"), rueidistx.Left, rueidistx.Right), "a")
		},
		sends: "LMOVE $l $m LEFT RIGHT", then: "LRANGE $l 0 -1 = b; LRANGE $m 0 -1 = x a"},
	{method: "LMove", shows: "around", since: "6.2", given: "RPUSH $l a b c",
		call: func(c *commands, k keys) check {
			return is(c.LMove(k("l"), k("l"), rueidistx.Right, rueidistx.Left), "c")
		},
		sends: "LMOVE $l $l RIGHT LEFT", then: "LRANGE $l 0 -1 = c a b"},
	{method: "LMove", shows: "nil from nothing", since: "6.2",
		call:  func(c *commands, k keys) check { return isNil(c.LMove(k("l"), k("m"), rueidistx.Left, rueidistx.Left)) },
		sends: "LMOVE $l $m LEFT LEFT", then: "EXISTS $m = 0"},
	{method: "LMoveM", shows: "one by one", embedded: "it has no LMOVEM", since: "8.10", given: "RPUSH $l a b c",
		call: func(c *commands, k keys) check {
			return is(c.LMoveM(k("l"), k("m"), rueidistx.Left, rueidistx.Left, rueidistx.UpTo(2, rueidistx.OneByOne)), []string{"b", "a"})
		},
		sends: "LMOVEM $l $m LEFT LEFT COUNT 2 OBO", then: "LRANGE $l 0 -1 = c; LRANGE $m 0 -1 = b a"},
	{method: "LMoveM", shows: "in bulk", embedded: "it has no LMOVEM", since: "8.10", given: "RPUSH $l a b c",
		call: func(c *commands, k keys) check {
			return is(c.LMoveM(k("l"), k("m"), rueidistx.Left, rueidistx.Left, rueidistx.Exactly(2, rueidistx.InBulk)), []string{"a", "b"})
		},
		sends: "LMOVEM $l $m LEFT LEFT EXACTLY 2 BULK", then: "LRANGE $l 0 -1 = c; LRANGE $m 0 -1 = a b"},
	{method: "LMoveM", shows: "nil for too few", embedded: "it has no LMOVEM", since: "8.10", given: "RPUSH $l a",
		call: func(c *commands, k keys) check {
			return isNil(c.LMoveM(k("l"), k("m"), rueidistx.Left, rueidistx.Left, rueidistx.Exactly(2, rueidistx.InBulk)))
		},
		sends: "LMOVEM $l $m LEFT LEFT EXACTLY 2 BULK", then: "LRANGE $l 0 -1 = a"},
	{method: "LMPop", shows: "the first list that is not empty", embedded: "it has no LMPOP", since: "7.0", given: "RPUSH $m a b c; RPUSH $n d",
		call: func(c *commands, k keys) check {
			return is(c.LMPop(rueidistx.Left, 2, k("l"), k("m"), k("n")), popped(k("m"), "a", "b"))
		},
		sends: "LMPOP 3 $l $m $n LEFT COUNT 2", then: "LRANGE $m 0 -1 = c; LRANGE $n 0 -1 = d"},
	{method: "LMPop", shows: "nil from nothing", embedded: "it has no LMPOP", since: "7.0",
		call:  func(c *commands, k keys) check { return isNil(c.LMPop(rueidistx.Right, 1, k("l"))) },
		sends: "LMPOP 1 $l RIGHT COUNT 1"},
	{method: "LPop", shows: "the first", given: "RPUSH $l a b",
		call:  func(c *commands, k keys) check { return is(c.LPop(k("l")), "a") },
		sends: "LPOP $l", then: "LRANGE $l 0 -1 = b"},
	{method: "LPop", shows: "nil from nothing",
		call:  func(c *commands, k keys) check { return isNil(c.LPop(k("l"))) },
		sends: "LPOP $l"},
	{method: "LPopCount", shows: "more than there are", since: "6.2", given: "RPUSH $l a b",
		call:  func(c *commands, k keys) check { return is(c.LPopCount(k("l"), 5), []string{"a", "b"}) },
		sends: "LPOP $l 5", then: "EXISTS $l = 0"},
	{method: "LPopCount", shows: "nil from nothing", since: "6.2",
		call:  func(c *commands, k keys) check { return isNil(c.LPopCount(k("l"), 5)) },
		sends: "LPOP $l 5"},
	{method: "LPos", shows: "the first", since: "6.0.6", given: "RPUSH $l a b a b",
		call:  func(c *commands, k keys) check { return is(c.LPos(k("l"), "b"), 1) },
		sends: "LPOS $l b"},
	{method: "LPos", shows: "nil for none", since: "6.0.6", given: "RPUSH $l a",
		call:  func(c *commands, k keys) check { return isNil(c.LPos(k("l"), "b")) },
		sends: "LPOS $l b"},
	{method: "LPos", shows: "RANK", since: "6.0.6", given: "RPUSH $l a b a b",
		call:  func(c *commands, k keys) check { return is(c.LPos(k("l"), "b", rueidistx.Rank(-1)), 3) },
		sends: "LPOS $l b RANK -1"},
	{method: "LPos", shows: "MAXLEN", since: "6.0.6", given: "RPUSH $l a b a b",
		call:  func(c *commands, k keys) check { return isNil(c.LPos(k("l"), "b", rueidistx.CompareAtMost(1))) },
		sends: "LPOS $l b MAXLEN 1"},
	{method: "LPosCount", shows: "all", since: "6.0.6", given: "RPUSH $l a b a b",
		call:  func(c *commands, k keys) check { return is(c.LPosCount(k("l"), "b", 0), []int64{1, 3}) },
		sends: "LPOS $l b COUNT 0"},
	{method: "LPosCount", shows: "RANK and MAXLEN", since: "6.0.6", given: "RPUSH $l b b b b",
		call: func(c *commands, k keys) check {
			return is(c.LPosCount(k("l"), "b", 5, rueidistx.Rank(2), rueidistx.CompareAtMost(3)), []int64{1, 2})
		},
		sends: "LPOS $l b COUNT 5 RANK 2 MAXLEN 3"},
	{method: "LPosCount", shows: "empty for a missing key", since: "6.0.6",
		call:  func(c *commands, k keys) check { return is(c.LPosCount(k("l"), "b", 2), []int64{}) },
		sends: "LPOS $l b COUNT 2"},
	{method: "LPush", shows: "one after the other", given: "RPUSH $l a",
		call:  func(c *commands, k keys) check { return is(c.LPush(k("l"), "b", "c"), 3) },
		sends: "LPUSH $l b c", then: "LRANGE $l 0 -1 = c b a"},
	{method: "LPushX", shows: "a list", given: "RPUSH $l a",
		call:  func(c *commands, k keys) check { return is(c.LPushX(k("l"), "b"), 2) },
		sends: "LPUSHX $l b", then: "LRANGE $l 0 -1 = b a"},
	{method: "LPushX", shows: "no list",
		call:  func(c *commands, k keys) check { return is(c.LPushX(k("l"), "b"), 0) },
		sends: "LPUSHX $l b", then: "EXISTS $l = 0"},
	{method: "LRange", shows: "some", given: "RPUSH $l a b c d",
		call:  func(c *commands, k keys) check { return is(c.LRange(k("l"), 1, -2), []string{"b", "c"}) },
		sends: "LRANGE $l 1 -2"},
	{method: "LRange", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.LRange(k("l"), 0, -1), []string{}) },
		sends: "LRANGE $l 0 -1"},
	{method: "LRem", shows: "from the end", given: "RPUSH $l a b a b a",
		call:  func(c *commands, k keys) check { return is(c.LRem(k("l"), -2, "a"), 2) },
		sends: "LREM $l -2 a", then: "LRANGE $l 0 -1 = a b b"},
	{method: "LSet", shows: "an element", given: "RPUSH $l a b",
		call:  func(c *commands, k keys) check { return is(c.LSet(k("l"), -1, "c"), "OK") },
		sends: "LSET $l -1 c", then: "LRANGE $l 0 -1 = a c"},
	{method: "LSet", shows: "beyond the end", given: "RPUSH $l a b",
		call:  func(c *commands, k keys) check { return fails(c.LSet(k("l"), 5, "c"), "LSET", "index out of range") },
		sends: "LSET $l 5 c"},
	{method: "LTrim", shows: "all but some", given: "RPUSH $l a b c d",
		call:  func(c *commands, k keys) check { return is(c.LTrim(k("l"), 1, 2), "OK") },
		sends: "LTRIM $l 1 2", then: "LRANGE $l 0 -1 = b c"},
	{method: "RPop", shows: "the last", given: "RPUSH $l a b",
		call:  func(c *commands, k keys) check { return is(c.RPop(k("l")), "b") },
		sends: "RPOP $l", then: "LRANGE $l 0 -1 = a"},
	{method: "RPop", shows: "nil from nothing",
		call:  func(c *commands, k keys) check { return isNil(c.RPop(k("l"))) },
		sends: "RPOP $l"},
	{method: "RPopCount", shows: "the last first", since: "6.2", given: "RPUSH $l a b c",
		call:  func(c *commands, k keys) check { return is(c.RPopCount(k("l"), 2), []string{"c", "b"}) },
		sends: "RPOP $l 2", then: "LRANGE $l 0 -1 = a"},
	{method: "RPopCount", shows: "nil from nothing", since: "6.2",
		call:  func(c *commands, k keys) check { return isNil(c.RPopCount(k("l"), 2)) },
		sends: "RPOP $l 2"},
	{method: "RPush", shows: "length after appending", given: "RPUSH $l a",
		call:  func(c *commands, k keys) check { return is(c.RPush(k("l"), "b", "c"), 3) },
		sends: "RPUSH $l b c", then: "LRANGE $l 0 -1 = a b c"},
	{method: "RPush", shows: "wrong type", given: "SET $l a",
		call:  func(c *commands, k keys) check { return fails(c.RPush(k("l"), "b"), "RPUSH", "WRONGTYPE") },
		sends: "RPUSH $l b", then: "GET $l = a"},
	{method: "RPushX", shows: "a list", given: "RPUSH $l a",
		call:  func(c *commands, k keys) check { return is(c.RPushX(k("l"), "b", "c"), 3) },
		sends: "RPUSHX $l b c", then: "LRANGE $l 0 -1 = a b c"},
	{method: "RPushX", shows: "no list",
		call:  func(c *commands, k keys) check { return is(c.RPushX(k("l"), "b"), 0) },
		sends: "RPUSHX $l b"},
}
