package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

const (
	threeInGroup = threeEntries + "; XGROUP CREATE $x g 0"
	threePending = threeInGroup + "; XREADGROUP GROUP g c STREAMS $x >"
)

var streamReadExamples = []example{
	{method: "XRead", shows: "behind an ID",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRead([]rueidistx.StreamOffset{{Key: k("x"), ID: "1-1"}}), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("2-1", "f", "b"), entry("3-1", "f", "c")}}})
		},
		sends: "XREAD STREAMS $x 1-1"},
	{method: "XRead", shows: "several streams",
		given: threeEntries + "; XADD $y 9-1 f z",
		call: func(c *commands, k keys) check {
			return is(c.XRead([]rueidistx.StreamOffset{{Key: k("y"), ID: "0"}, {Key: k("none"), ID: "0"}, {Key: k("x"), ID: "2-1"}}), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("3-1", "f", "c")}}, {Key: k("y"), Entries: []rueidistx.StreamEntry{entry("9-1", "f", "z")}}})
		},
		sends: "XREAD STREAMS $y $none $x 0 0 2-1"},
	{method: "XRead", shows: "at most so many of each",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRead([]rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}, rueidistx.Count(1)), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a")}}})
		},
		sends: "XREAD COUNT 1 STREAMS $x 0"},
	{method: "XRead", shows: "nil without entries",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return isNil(c.XRead([]rueidistx.StreamOffset{{Key: k("x"), ID: "3-1"}}))
		},
		sends: "XREAD STREAMS $x 3-1"},
	{method: "XRead", shows: "a wrong type", embedded: "it finds no stream",
		given: "SET $x v",
		call: func(c *commands, k keys) check {
			return fails(c.XRead([]rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}), "XREAD", "WRONGTYPE")
		},
		sends: "XREAD STREAMS $x 0"},
	{method: "XRead", shows: "at most so many of all", embedded: "it is older", since: "8.10",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XRead([]rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}, rueidistx.MaxCount(1)), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a")}}})
		},
		sends: "XREAD MAXCOUNT 1 STREAMS $x 0"},
	{method: "XRead", shows: "at most so many bytes", embedded: "it is older", since: "8.10",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return that(c.XRead([]rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}, rueidistx.MaxSize(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREAD MAXSIZE 1 STREAMS $x 0"},
	{method: "XReadBlock", shows: "what there is",
		given: threeEntries,
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.XReadBlock(time.Second, []rueidistx.StreamOffset{{Key: k("x"), ID: "1-1"}}, rueidistx.Count(1)), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("2-1", "f", "b")}}})
		},
		sends: "XREAD COUNT 1 BLOCK 1000 STREAMS $x 1-1"},
	{method: "XReadBlock", shows: "nil after a while",
		given: threeEntries,
		auto: func(a rueidistx.Auto, k keys) check {
			return isNil(a.XReadBlock(1500*time.Microsecond, []rueidistx.StreamOffset{{Key: k("x"), ID: "3-1"}}))
		},
		sends: "XREAD BLOCK 2 STREAMS $x 3-1"},
	{method: "XReadBlock", shows: "MAXCOUNT", embedded: "it is older", since: "8.10",
		given: threeEntries,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadBlock(time.Second, []rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}, rueidistx.MaxCount(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREAD MAXCOUNT 1 BLOCK 1000 STREAMS $x 0"},
	{method: "XReadBlock", shows: "MAXSIZE", embedded: "it is older", since: "8.10",
		given: threeEntries,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadBlock(time.Second, []rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}, rueidistx.MaxSize(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREAD MAXSIZE 1 BLOCK 1000 STREAMS $x 0"},
	{method: "XReadGroup", shows: "what was not delivered",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a"), entry("2-1", "f", "b"), entry("3-1", "f", "c")}}})
		},
		sends: "XREADGROUP GROUP g c STREAMS $x >", then: "XPENDING $x g = 3 1-1 3-1 c 3"},
	{method: "XReadGroup", shows: "what is pending",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: "1-1"}}), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("2-1", "f", "b"), entry("3-1", "f", "c")}}})
		},
		sends: "XREADGROUP GROUP g c STREAMS $x 1-1"},
	{method: "XReadGroup", shows: "an entry that was deleted", embedded: "it forgets entries that are deleted",
		given: threePending + "; XDEL $x 1-1",
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{{ID: "1-1"}, entry("2-1", "f", "b"), entry("3-1", "f", "c")}}})
		},
		sends: "XREADGROUP GROUP g c STREAMS $x 0"},
	{method: "XReadGroup", shows: "nothing pending",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: "0"}}), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{}}})
		},
		sends: "XREADGROUP GROUP g c STREAMS $x 0"},
	{method: "XReadGroup", shows: "nil if all was delivered",
		given: threePending,
		call: func(c *commands, k keys) check {
			return isNil(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}))
		},
		sends: "XREADGROUP GROUP g c STREAMS $x >"},
	{method: "XReadGroup", shows: "several streams",
		given: threeInGroup + "; XADD $y 9-1 f z; XGROUP CREATE $y g 0",
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("y"), ID: ">"}, {Key: k("x"), ID: ">"}}, rueidistx.Count(1)), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a")}}, {Key: k("y"), Entries: []rueidistx.StreamEntry{entry("9-1", "f", "z")}}})
		},
		sends: "XREADGROUP GROUP g c COUNT 1 STREAMS $y $x > >"},
	{method: "XReadGroup", shows: "a group called streams",
		given: threeEntries + "; XGROUP CREATE $x STREAMS 0",
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("STREAMS", "streams", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.Count(1)), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a")}}})
		},
		sends: "XREADGROUP GROUP STREAMS streams COUNT 1 STREAMS $x >"},
	{method: "XReadGroup", shows: "without a note",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.Count(2), rueidistx.NoAck), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a"), entry("2-1", "f", "b")}}})
		},
		sends: "XREADGROUP GROUP g c COUNT 2 NOACK STREAMS $x >", then: "XPENDING $x g = 0 nil nil nil"},
	{method: "XReadGroup", shows: "no group",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XReadGroup("none", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}), "XREADGROUP", "NOGROUP")
		},
		sends: "XREADGROUP GROUP none c STREAMS $x >"},
	{method: "XReadGroup", shows: "MAXCOUNT", embedded: "it is older", since: "8.10",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxCount(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREADGROUP GROUP g c MAXCOUNT 1 STREAMS $x >"},
	{method: "XReadGroup", shows: "MAXSIZE", embedded: "it is older", since: "8.10",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroup("g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxSize(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREADGROUP GROUP g c MAXSIZE 1 STREAMS $x >"},
	{method: "XReadGroupBlock", shows: "what there is",
		given: threeInGroup,
		auto: func(a rueidistx.Auto, k keys) check {
			return is(a.XReadGroupBlock(time.Second, "g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.Count(1), rueidistx.NoAck), []rueidistx.Stream{{Key: k("x"), Entries: []rueidistx.StreamEntry{entry("1-1", "f", "a")}}})
		},
		sends: "XREADGROUP GROUP g c COUNT 1 NOACK BLOCK 1000 STREAMS $x >"},
	{method: "XReadGroupBlock", shows: "nil after a while",
		given: threePending,
		auto: func(a rueidistx.Auto, k keys) check {
			return isNil(a.XReadGroupBlock(time.Millisecond, "g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}))
		},
		sends: "XREADGROUP GROUP g c BLOCK 1 STREAMS $x >"},
	{method: "XReadGroupBlock", shows: "MAXCOUNT", embedded: "it is older", since: "8.10",
		given: threeInGroup,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupBlock(time.Second, "g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxCount(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREADGROUP GROUP g c MAXCOUNT 1 BLOCK 1000 STREAMS $x >"},
	{method: "XReadGroupBlock", shows: "MAXSIZE", embedded: "it is older", since: "8.10",
		given: threeInGroup,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupBlock(time.Second, "g", "c", []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxSize(1)), func(t *testing.T, got []rueidistx.Stream) { assert.Len(t, got, 1) })
		},
		sends: "XREADGROUP GROUP g c MAXSIZE 1 BLOCK 1000 STREAMS $x >"},
	{method: "XReadGroupClaim", shows: "what is pending", embedded: "it is older", since: "8.4",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroupClaim("g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaimBlock", shows: "what is pending", embedded: "it is older", since: "8.4",
		given: threePending,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupClaimBlock(time.Second, "g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d BLOCK 1000 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaim", shows: "COUNT 2", embedded: "it is older", since: "8.4",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroupClaim("g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.Count(2)), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d COUNT 2 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaimBlock", shows: "COUNT 2", embedded: "it is older", since: "8.4",
		given: threePending,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupClaimBlock(time.Second, "g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.Count(2)), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d COUNT 2 BLOCK 1000 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaim", shows: "NOACK", embedded: "it is older", since: "8.4",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroupClaim("g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.NoAck), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d NOACK CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaimBlock", shows: "NOACK", embedded: "it is older", since: "8.4",
		given: threePending,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupClaimBlock(time.Second, "g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.NoAck), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d NOACK BLOCK 1000 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaim", shows: "MAXCOUNT 2", embedded: "it is older", since: "8.10",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroupClaim("g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxCount(2)), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d MAXCOUNT 2 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaimBlock", shows: "MAXCOUNT 2", embedded: "it is older", since: "8.10",
		given: threePending,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupClaimBlock(time.Second, "g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxCount(2)), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d MAXCOUNT 2 BLOCK 1000 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaim", shows: "MAXSIZE 1", embedded: "it is older", since: "8.10",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XReadGroupClaim("g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxSize(1)), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d MAXSIZE 1 CLAIM 0 STREAMS $x >"},
	{method: "XReadGroupClaimBlock", shows: "MAXSIZE 1", embedded: "it is older", since: "8.10",
		given: threePending,
		auto: func(a rueidistx.Auto, k keys) check {
			return that(a.XReadGroupClaimBlock(time.Second, "g", "d", 0, []rueidistx.StreamOffset{{Key: k("x"), ID: ">"}}, rueidistx.MaxSize(1)), func(t *testing.T, got []rueidistx.DeliveredStream) { assert.Equal(t, "1-1", got[0].Entries[0].ID) })
		},
		sends: "XREADGROUP GROUP g d MAXSIZE 1 BLOCK 1000 CLAIM 0 STREAMS $x >"},
}
