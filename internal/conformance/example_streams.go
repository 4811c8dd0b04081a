package conformance

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// entry makes an entry of a stream.
func entry(id, field, value string) rueidistx.StreamEntry {
	return rueidistx.StreamEntry{ID: id, Fields: []rueidistx.Field{{Name: field, Value: value}}}
}

const threeEntries = "XADD $x 1-1 f a; XADD $x 2-1 f b; XADD $x 3-1 f c"

var streamExamples = []example{
	{method: "XAck", shows: "how many were pending",
		given: "XADD $x 1-1 f a; XGROUP CREATE $x g 0; XREADGROUP GROUP g c STREAMS $x >",
		call:  func(c *commands, k keys) check { return is(c.XAck(k("x"), "g", "1-1", "9-9"), 1) },
		sends: "XACK $x g 1-1 9-9"},
	{method: "XAdd", shows: "an ID of the server's",
		call: func(c *commands, k keys) check {
			return that(c.XAdd(k("x"), []string{"f", "v", "g", "w"}), func(t *testing.T, id string) { assert.Regexp(t, `^\d+-\d+$`, id) })
		},
		sends: "XADD $x * f v g w", then: "XLEN $x = 1"},
	{method: "XAdd", shows: "an ID of the caller's",
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.ID("5-1")), "5-1")
		},
		sends: "XADD $x 5-1 f v"},
	{method: "XAdd", shows: "an ID that is too small", given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.ID("1-1")), "XADD", "equal or smaller")
		},
		sends: "XADD $x 1-1 f v", then: "XLEN $x = 3"},
	{method: "XAdd", shows: "shortens to a length", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.ID("4-1"), rueidistx.MaxLen(2)), "4-1")
		},
		sends: "XADD $x MAXLEN 2 4-1 f v", then: "XLEN $x = 2"},
	{method: "XAdd", shows: "shortens to about a length", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MaxLen(1000).About(), rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MAXLEN ~ 1000 4-1 f v", then: "XLEN $x = 4"},
	{method: "XAdd", shows: "shortens to an ID", since: "6.2", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MinID("3"), rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MINID 3 4-1 f v", then: "XLEN $x = 2"},
	{method: "XAdd", shows: "nil without a stream", since: "6.2",
		call: func(c *commands, k keys) check {
			return isNil(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.NoMkStream))
		},
		sends: "XADD $x NOMKSTREAM * f v", then: "EXISTS $x = 0"},
	{method: "XAdd", shows: "options in any order", embedded: "it takes NOMKSTREAM first only", since: "6.2", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.ID("4-1"), rueidistx.MaxLen(2), rueidistx.NoMkStream), "4-1")
		},
		sends: "XADD $x MAXLEN 2 NOMKSTREAM 4-1 f v", then: "XLEN $x = 2"},
	{method: "XDel", shows: "how many existed", given: threeEntries,
		call:  func(c *commands, k keys) check { return is(c.XDel(k("x"), "1-1", "9-9"), 1) },
		sends: "XDEL $x 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XLen", shows: "number of entries", given: threeEntries,
		call:  func(c *commands, k keys) check { return is(c.XLen(k("x")), 3) },
		sends: "XLEN $x"},
	{method: "XRange", shows: "between IDs", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRange(k("x"), "2", "+"), []rueidistx.StreamEntry{entry("2-1", "f", "b"), entry("3-1", "f", "c")})
		},
		sends: "XRANGE $x 2 +"},
	{method: "XRange", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.XRange(k("x"), "-", "+"), []rueidistx.StreamEntry{}) },
		sends: "XRANGE $x - +"},
	{method: "XRangeCount", shows: "the first", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRangeCount(k("x"), "-", "+", 1), []rueidistx.StreamEntry{entry("1-1", "f", "a")})
		},
		sends: "XRANGE $x - + COUNT 1"},
	{method: "XRevRange", shows: "the newest first", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRevRange(k("x"), "+", "2"), []rueidistx.StreamEntry{entry("3-1", "f", "c"), entry("2-1", "f", "b")})
		},
		sends: "XREVRANGE $x + 2"},
	{method: "XRevRangeCount", shows: "the newest", given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRevRangeCount(k("x"), "+", "-", 1), []rueidistx.StreamEntry{entry("3-1", "f", "c")})
		},
		sends: "XREVRANGE $x + - COUNT 1"},
	{method: "XTrim", shows: "to a length", given: threeEntries,
		call:  func(c *commands, k keys) check { return is(c.XTrim(k("x"), rueidistx.MaxLen(1)), 2) },
		sends: "XTRIM $x MAXLEN 1", then: "XLEN $x = 1"},
	{method: "XTrim", shows: "to an ID", since: "6.2", given: threeEntries,
		call:  func(c *commands, k keys) check { return is(c.XTrim(k("x"), rueidistx.MinID("2-1")), 1) },
		sends: "XTRIM $x MINID 2-1", then: "XLEN $x = 2"},
	{method: "XTrim", shows: "to about an ID", since: "6.2", given: threeEntries,
		call:  func(c *commands, k keys) check { return is(c.XTrim(k("x"), rueidistx.MinID("2-1").About()), 0) },
		sends: "XTRIM $x MINID ~ 2-1", embedded: "about is exact there", then: "XLEN $x = 3"},
}
