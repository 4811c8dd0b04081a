package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// oneDatabase is why a cluster leaves out what refers to another database.
const oneDatabase = "it has one database"

var copyExamples = []example{
	{method: "Copy", shows: "to a free key", since: "6.2", given: "SET $a v",
		call:  func(c *commands, k keys) check { return is(c.Copy(k("a"), k("b")), true) },
		sends: "COPY $a $b", then: "MGET $a $b = v v"},
	{method: "Copy", shows: "not over another key", since: "6.2", given: "MSET $a v $b w",
		call:  func(c *commands, k keys) check { return is(c.Copy(k("a"), k("b")), false) },
		sends: "COPY $a $b", then: "MGET $a $b = v w"},
	{method: "Copy", shows: "over another key", since: "6.2", given: "MSET $a v $b w",
		call:  func(c *commands, k keys) check { return is(c.Copy(k("a"), k("b"), rueidistx.Replace), true) },
		sends: "COPY $a $b REPLACE", then: "MGET $a $b = v v"},
	{method: "Copy", shows: "to another database", since: "6.2", given: "SET $a v EX 100", single: oneDatabase,
		call: func(c *commands, k keys) check {
			return is(c.Copy(k("a"), k("b"), rueidistx.DestinationDB(9), rueidistx.Replace), true)
		},
		sends: "COPY $a $b DB 9 REPLACE", then: "MGET $a $b = v nil"},
	{method: "Dump", shows: "something", given: "SET $a v",
		call:  func(c *commands, k keys) check { return that(c.Dump(k("a")), notEmpty) },
		sends: "DUMP $a"},
	{method: "Dump", shows: "nil for a missing key",
		call:  func(c *commands, k keys) check { return isNil(c.Dump(k("a"))) },
		sends: "DUMP $a"},
	{method: "Move", shows: "to another database", given: "SET $a v EX 1", single: oneDatabase,
		call: func(c *commands, k keys) check {
			return that(c.Move(k("a"), 9), func(*testing.T, bool) {}) // false if that has it from another way of running
		},
		sends: "MOVE $a 9"},
	{method: "Move", shows: "a missing key", single: oneDatabase,
		call:  func(c *commands, k keys) check { return is(c.Move(k("a"), 9), false) },
		sends: "MOVE $a 9"},
	{method: "Restore", shows: "not what is no dump", embedded: "its dumps are others",
		call: func(c *commands, k keys) check {
			return fails(c.Restore(k("a"), rueidistx.NoTTL, "nothing"), "RESTORE", "DUMP payload")
		},
		sends: "RESTORE $a 0 nothing", then: "EXISTS $a = 0"},
	{method: "Restore", shows: "with a TTL", embedded: "its dumps are others",
		call:  func(c *commands, k keys) check { return is(c.Restore(k("a"), 1500*time.Millisecond, dumpOf), "OK") },
		sends: "RESTORE $a 1500 " + dumpOf, then: "GET $a = w; PERSIST $a = 1"},
	{method: "Restore", shows: "over another key", embedded: "its dumps are others", given: "SET $a v",
		call: func(c *commands, k keys) check {
			return is(c.Restore(k("a"), rueidistx.NoTTL, dumpOf, rueidistx.Replace, rueidistx.IdleTime(time.Minute)), "OK")
		},
		sends: "RESTORE $a 0 " + dumpOf + " REPLACE IDLETIME 60", then: "GET $a = w; TTL $a = -1"},
	{method: "Restore", shows: "how often it was used", embedded: "its dumps are others",
		call: func(c *commands, k keys) check {
			return is(c.Restore(k("a"), rueidistx.NoTTL, dumpOf, rueidistx.Freq(5)), "OK")
		},
		sends: "RESTORE $a 0 " + dumpOf + " FREQ 5", then: "GET $a = w"},
	{method: "RestoreAt", shows: "until a time", embedded: "its dumps are others",
		call:  func(c *commands, k keys) check { return is(c.RestoreAt(k("a"), farFraction, dumpOf), "OK") },
		sends: "RESTORE $a 4102444800124 " + dumpOf + " ABSTTL", then: "GET $a = w; PERSIST $a = 1"},
	{method: "RestoreAt", shows: "for ever, over another key", embedded: "its dumps are others", given: "SET $a v",
		call: func(c *commands, k keys) check {
			return is(c.RestoreAt(k("a"), time.Time{}, dumpOf, rueidistx.Replace), "OK")
		},
		sends: "RESTORE $a 0 " + dumpOf + " ABSTTL REPLACE", then: "GET $a = w; TTL $a = -1"},
}

// dumpOf is a dump of the string w, of RDB version 8, which all servers accept, without spaces.
const dumpOf = "\x00\x01\x77\x08\x00\x96\x1d\x62\xc3\x99\x70\x12\x02"

func notEmpty(t *testing.T, text string) { assert.NotEmpty(t, text) }

func positive(t *testing.T, n int64) { assert.Positive(t, n) }

var objectExamples = []example{
	{method: "MemoryUsage", shows: "some bytes", given: "SET $a v", embedded: noObject,
		call:  func(c *commands, k keys) check { return that(c.MemoryUsage(k("a")), positive) },
		sends: "MEMORY USAGE $a"},
	{method: "MemoryUsage", shows: "of all elements", given: "RPUSH $a 1 2 3", embedded: noObject,
		call:  func(c *commands, k keys) check { return that(c.MemoryUsage(k("a"), rueidistx.Samples(0)), positive) },
		sends: "MEMORY USAGE $a SAMPLES 0"},
	{method: "MemoryUsage", shows: "nil for a missing key", embedded: noObject,
		call:  func(c *commands, k keys) check { return isNil(c.MemoryUsage(k("a"))) },
		sends: "MEMORY USAGE $a"},
	{method: "ObjectEncoding", shows: "of an integer", given: "SET $a 1", embedded: noObject,
		call:  func(c *commands, k keys) check { return is(c.ObjectEncoding(k("a")), "int") },
		sends: "OBJECT ENCODING $a"},
	{method: "ObjectEncoding", shows: "nil for a missing key", embedded: noObject,
		call:  func(c *commands, k keys) check { return isNil(c.ObjectEncoding(k("a"))) },
		sends: "OBJECT ENCODING $a"},
	{method: "ObjectFreq", shows: "not with this policy", given: "SET $a 1", embedded: noObject,
		call:  func(c *commands, k keys) check { return fails(c.ObjectFreq(k("a")), "OBJECT FREQ", "LFU") },
		sends: "OBJECT FREQ $a"},
	{method: "ObjectFreq", shows: "nil for a missing key", embedded: noObject,
		call:  func(c *commands, k keys) check { return isNil(c.ObjectFreq(k("a"))) },
		sends: "OBJECT FREQ $a"},
	{method: "ObjectIdleTime", shows: "just used", given: "SET $a 1", embedded: noObject,
		call:  func(c *commands, k keys) check { return that(c.ObjectIdleTime(k("a")), between(0, time.Minute)) },
		sends: "OBJECT IDLETIME $a"},
	{method: "ObjectIdleTime", shows: "nil for a missing key", embedded: noObject,
		call:  func(c *commands, k keys) check { return isNil(c.ObjectIdleTime(k("a"))) },
		sends: "OBJECT IDLETIME $a"},
	{method: "ObjectRefCount", shows: "one, or many", given: "SET $a v", embedded: noObject,
		call:  func(c *commands, k keys) check { return that(c.ObjectRefCount(k("a")), positive) },
		sends: "OBJECT REFCOUNT $a"},
}

const noObject = "it does not say"

// oneNode is why a cluster leaves out what looks for keys on all nodes.
const oneNode = "any of its nodes answers"

// noneBut expects some of the test's keys.
func noneBut(k keys, want ...string) func(t *testing.T, got []string) {
	return func(t *testing.T, got []string) {
		for i := range want {
			want[i] = k(want[i])
		}
		assert.Subset(t, want, got)
	}
}

var scanExamples = []example{
	{method: "Keys", shows: "those that match", given: "MSET $a 1 $b 2 $ab 3", single: oneNode,
		call:  func(c *commands, k keys) check { return has(c.Keys(k("a*")), k("a"), k("ab")) },
		sends: "KEYS $a*"},
	{method: "RandomKey", shows: "there is one", given: "SET $a 1", single: oneNode,
		call:  func(c *commands, _ keys) check { return that(c.RandomKey(), notEmpty) },
		sends: "RANDOMKEY", prefixed: allKeys},
	{method: "Scan", shows: "a page", given: "SET $a 1", single: oneNode,
		call: func(c *commands, _ keys) check {
			return that(c.Scan(0), func(t *testing.T, page rueidistx.Page[string]) {
				assert.Equal(t, page.Cursor == 0, page.Done())
			})
		},
		sends: "SCAN 0"},
	{method: "Scan", shows: "all that match", given: "MSET $a 1 $ab 2; RPUSH $abc 3",
		call: func(c *commands, k keys) check {
			f := c.Scan(0, rueidistx.Match(k("a*")), rueidistx.Count(1_000_000), rueidistx.OfType("string"))
			return that(f, func(t *testing.T, page rueidistx.Page[string]) { noneBut(k, "a", "ab")(t, page.Items) })
		},
		sends: "SCAN 0 MATCH $a* COUNT 1000000 TYPE string"},
	{method: "Scan", shows: "a large cursor", embedded: "its cursors are smaller",
		call: func(c *commands, k keys) check {
			f := c.Scan(1<<63+5, rueidistx.Match(k("a*")))
			return that(f, func(t *testing.T, page rueidistx.Page[string]) { noneBut(k)(t, page.Items) })
		},
		sends: "SCAN 9223372036854775813 MATCH $a*"},
}

var sortExamples = []example{
	{method: "Sort", shows: "as numbers", given: "RPUSH $l 10 9 2", embedded: noSort,
		call:  func(c *commands, k keys) check { return is(c.Sort(k("l")), []string{"2", "9", "10"}) },
		sends: "SORT $l"},
	{method: "Sort", shows: "as texts, a few of them", given: "RPUSH $l b c a", embedded: noSort,
		call: func(c *commands, k keys) check {
			return is(c.Sort(k("l"), rueidistx.Alphabetic, rueidistx.Descending, rueidistx.Limit(1, 1)), []string{"b"})
		},
		sends: "SORT $l ALPHA DESC LIMIT 1 1"},
	{method: "Sort", shows: "by other keys", given: "RPUSH $l 1 2 3; MSET $w:1 5 $w:2 4 $w:3 6", embedded: noSort, single: noPatterns,
		call: func(c *commands, k keys) check {
			return is(c.Sort(k("l"), rueidistx.By(k("w:*")), rueidistx.Ascending), []string{"2", "1", "3"})
		},
		sends: "SORT $l BY $w:* ASC", prefixed: otherKeys},
	{method: "Sort", shows: "not at all", given: "RPUSH $l 3 1 2", embedded: noSort,
		call: func(c *commands, k keys) check {
			return is(c.Sort(k("l"), rueidistx.By("nosort")), []string{"3", "1", "2"})
		},
		sends: "SORT $l BY nosort"},
	{method: "SortGet", shows: "other keys and the elements", given: "RPUSH $l 2 1 3; MSET $w:1 a $w:2 b", embedded: noSort, single: noPatterns,
		call: func(c *commands, k keys) check {
			return is(c.SortGet(k("l"), []string{k("w:*"), "#"}, rueidistx.Descending),
				[]rueidistx.Optional[string]{missing, optional("3"), optional("b"), optional("2"), optional("a"), optional("1")})
		},
		sends: "SORT $l DESC GET $w:* GET #", prefixed: otherKeys},
	{method: "SortGet", shows: "the elements", given: "RPUSH $l 2 1", embedded: noSort, single: noPatterns,
		call: func(c *commands, k keys) check {
			return is(c.SortGet(k("l"), []string{"#"}), []rueidistx.Optional[string]{optional("1"), optional("2")})
		},
		sends: "SORT $l GET #"},
	{method: "SortGetStore", shows: "the elements twice", given: "RPUSH $l 2 1", embedded: noSort, single: noPatterns,
		call:  func(c *commands, k keys) check { return is(c.SortGetStore(k("d"), k("l"), []string{"#", "#"}), 4) },
		sends: "SORT $l STORE $d GET # GET #", then: "LRANGE $d 0 -1 = 1 1 2 2"},
	{method: "SortStore", shows: "in another key", given: "RPUSH $l 2 1 3", embedded: noSort,
		call:  func(c *commands, k keys) check { return is(c.SortStore(k("d"), k("l"), rueidistx.Limit(0, 2)), 2) },
		sends: "SORT $l STORE $d LIMIT 0 2", then: "LRANGE $d 0 -1 = 1 2"},
	{method: "SortStore", shows: "nothing", given: "RPUSH $d x", embedded: noSort,
		call:  func(c *commands, k keys) check { return is(c.SortStore(k("d"), k("l")), 0) },
		sends: "SORT $l STORE $d", then: "EXISTS $d = 0"},
	{method: "SortRO", shows: "as numbers", since: "7.0", given: "SADD $l 10 9 2", embedded: noSort,
		call:  func(c *commands, k keys) check { return is(c.SortRO(k("l")), []string{"2", "9", "10"}) },
		sends: "SORT_RO $l"},
	{method: "SortRO", shows: "of a missing key", since: "7.0", embedded: noSort,
		call:  func(c *commands, k keys) check { return is(c.SortRO(k("l"), rueidistx.Alphabetic), []string{}) },
		sends: "SORT_RO $l ALPHA"},
	{method: "SortROGet", shows: "the elements", since: "7.0", given: "RPUSH $l 2 1", embedded: noSort, single: noPatterns,
		call: func(c *commands, k keys) check {
			return is(c.SortROGet(k("l"), []string{"#"}), []rueidistx.Optional[string]{optional("1"), optional("2")})
		},
		sends: "SORT_RO $l GET #"},
}

const (
	allKeys    = "it concerns keys without the prefix too"
	otherKeys  = "its patterns refer to keys without the prefix"
	noSort     = "it has no SORT"
	noPatterns = "before Redis 8.0 it refuses patterns, even those of one slot"
)
