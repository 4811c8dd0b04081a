package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// present makes a value that is not missing.
func present[T any](v T) rueidistx.Optional[T] { return rueidistx.Optional[T]{Value: v, OK: true} }

var streamInfoExamples = []example{
	{method: "XAckDel", shows: "what became of it", embedded: "it is older", since: "8.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XAckDel(k("x"), "g", []string{"1-1", "9-9"}), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XACKDEL $x g IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XDelEx", shows: "what became of it", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XDelEx(k("x"), []string{"1-1", "9-9"}), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XDELEX $x IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XAckDel", shows: "KEEPREF", embedded: "it is older", since: "8.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XAckDel(k("x"), "g", []string{"1-1", "9-9"}, rueidistx.KeepRef), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XACKDEL $x g KEEPREF IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XDelEx", shows: "KEEPREF", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XDelEx(k("x"), []string{"1-1", "9-9"}, rueidistx.KeepRef), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XDELEX $x KEEPREF IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XAdd", shows: "shortens with KEEPREF", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MaxLen(2), rueidistx.KeepRef, rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MAXLEN 2 KEEPREF 4-1 f v", then: "XLEN $x = 2"},
	{method: "XTrim", shows: "KEEPREF", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XTrim(k("x"), rueidistx.MaxLen(1), rueidistx.KeepRef), 2)
		},
		sends: "XTRIM $x MAXLEN 1 KEEPREF", then: "XLEN $x = 1"},
	{method: "XAckDel", shows: "DELREF", embedded: "it is older", since: "8.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XAckDel(k("x"), "g", []string{"1-1", "9-9"}, rueidistx.DelRef), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XACKDEL $x g DELREF IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XDelEx", shows: "DELREF", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XDelEx(k("x"), []string{"1-1", "9-9"}, rueidistx.DelRef), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XDELEX $x DELREF IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XAdd", shows: "shortens with DELREF", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MaxLen(2), rueidistx.DelRef, rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MAXLEN 2 DELREF 4-1 f v", then: "XLEN $x = 2"},
	{method: "XTrim", shows: "DELREF", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XTrim(k("x"), rueidistx.MaxLen(1), rueidistx.DelRef), 2)
		},
		sends: "XTRIM $x MAXLEN 1 DELREF", then: "XLEN $x = 1"},
	{method: "XAckDel", shows: "ACKED", embedded: "it is older", since: "8.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XAckDel(k("x"), "g", []string{"1-1", "9-9"}, rueidistx.Acked), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XACKDEL $x g ACKED IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XDelEx", shows: "ACKED", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XDelEx(k("x"), []string{"1-1", "9-9"}, rueidistx.Acked), []rueidistx.EntryChange{rueidistx.EntryDeleted, rueidistx.EntryMissing})
		},
		sends: "XDELEX $x ACKED IDS 2 1-1 9-9", then: "XLEN $x = 2"},
	{method: "XAdd", shows: "shortens with ACKED", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MaxLen(2), rueidistx.Acked, rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MAXLEN 2 ACKED 4-1 f v", then: "XLEN $x = 2"},
	{method: "XTrim", shows: "ACKED", embedded: "it is older", since: "8.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XTrim(k("x"), rueidistx.MaxLen(1), rueidistx.Acked), 2)
		},
		sends: "XTRIM $x MAXLEN 1 ACKED", then: "XLEN $x = 1"},
	{method: "XAdd", shows: "shortens to an exact length",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MaxLen(2).Exactly(), rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MAXLEN = 2 4-1 f v", then: "XLEN $x = 2"},
	{method: "XAdd", shows: "shortens by a few", embedded: "it has no LIMIT", since: "6.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.MaxLen(1).About().AtMost(50), rueidistx.ID("4-1")), "4-1")
		},
		sends: "XADD $x MAXLEN ~ 1 LIMIT 50 4-1 f v", then: "XLEN $x = 4"},
	{method: "XTrim", shows: "to an exact ID", since: "6.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XTrim(k("x"), rueidistx.MinID("2-1").Exactly()), 1)
		},
		sends: "XTRIM $x MINID = 2-1", then: "XLEN $x = 2"},
	{method: "XTrim", shows: "by a few", embedded: "it has no LIMIT", since: "6.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XTrim(k("x"), rueidistx.MinID("2-1").About().AtMost(0)), 0)
		},
		sends: "XTRIM $x MINID ~ 2-1 LIMIT 0", then: "XLEN $x = 3"},
	{method: "XAdd", shows: "once for each id", embedded: "it is older", since: "8.6",
		given: "XADD $x IDMP p 1 1-1 f v",
		call: func(c *commands, k keys) check {
			return is(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.Idempotent("p", "1")), "1-1")
		},
		sends: "XADD $x IDMP p 1 * f v", then: "XLEN $x = 1"},
	{method: "XAdd", shows: "once for each content", embedded: "it is older", since: "8.6",
		given: "XADD $x IDMPAUTO p * f v",
		call: func(c *commands, k keys) check {
			return that(c.XAdd(k("x"), []string{"f", "v"}, rueidistx.IdempotentAuto("p")), func(t *testing.T, id string) { assert.NotEmpty(t, id) })
		},
		sends: "XADD $x IDMPAUTO p * f v", then: "XLEN $x = 1"},
	{method: "XCfgSet", shows: "both", embedded: "it is older", since: "8.6",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XCfgSet(k("x"), rueidistx.IdempotenceDuration(1500*time.Millisecond), rueidistx.IdempotenceMaxSize(10)), "OK")
		},
		sends: "XCFGSET $x IDMP-DURATION 2 IDMP-MAXSIZE 10"},
	{method: "XSetID", shows: "an ID", embedded: "it has no XSETID",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XSetID(k("x"), "9-1"), "OK")
		},
		sends: "XSETID $x 9-1"},
	{method: "XSetID", shows: "an ID that is too small", embedded: "it has no XSETID",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XSetID(k("x"), "1-1"), "XSETID", "smaller")
		},
		sends: "XSETID $x 1-1"},
	{method: "XSetID", shows: "what was added and deleted", embedded: "it has no XSETID", since: "7.0",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XSetID(k("x"), "9-1", rueidistx.EntriesAdded(5), rueidistx.MaxDeletedID("5-1")), "OK")
		},
		sends: "XSETID $x 9-1 ENTRIESADDED 5 MAXDELETEDID 5-1"},
	{method: "XInfoStream", shows: "a stream", embedded: "it says less",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XInfoStream(k("x")), func(t *testing.T, got rueidistx.StreamInfo) {
				assert.EqualValues(t, 3, got.Length)
				assert.EqualValues(t, 1, got.RadixTreeKeys)
				assert.EqualValues(t, 2, got.RadixTreeNodes)
				assert.EqualValues(t, 1, got.Groups)
				assert.Equal(t, "3-1", got.LastID)
				assert.Equal(t, present(entry("1-1", "f", "a")), got.First)
				assert.Equal(t, present(entry("3-1", "f", "c")), got.Last)
			})
		},
		sends: "XINFO STREAM $x"},
	{method: "XInfoStream", shows: "what was added and deleted", embedded: "it says less", replies: "7.0",
		given: threeEntries + "; XDEL $x 1-1",
		call: func(c *commands, k keys) check {
			return that(c.XInfoStream(k("x")), func(t *testing.T, got rueidistx.StreamInfo) {
				assert.Equal(t, "1-1", got.MaxDeletedID)
				assert.Equal(t, "2-1", got.RecordedFirstID)
				assert.Equal(t, present(int64(3)), got.EntriesAdded)
			})
		},
		sends: "XINFO STREAM $x"},
	{method: "XInfoStream", shows: "an empty stream",
		given: "XGROUP CREATE $x g 0 MKSTREAM",
		call: func(c *commands, k keys) check {
			return that(c.XInfoStream(k("x")), func(t *testing.T, got rueidistx.StreamInfo) {
				assert.Zero(t, got.Length)
				assert.False(t, got.First.OK || got.Last.OK)
			})
		},
		sends: "XINFO STREAM $x"},
	{method: "XInfoStream", shows: "no stream",
		call:  func(c *commands, k keys) check { return fails(c.XInfoStream(k("x")), "XINFO STREAM", "no such key") },
		sends: "XINFO STREAM $x"},
	{method: "XInfoStreamFull", shows: "a stream and its groups", embedded: "it has no FULL",
		given: threePending + "; XCLAIM $x g d 0 3-1 TIME 1234567890123 RETRYCOUNT 5",
		call: func(c *commands, k keys) check {
			return that(c.XInfoStreamFull(k("x"), 2), func(t *testing.T, got rueidistx.StreamDetail) {
				assert.EqualValues(t, 3, got.Length)
				assert.Equal(t, []rueidistx.StreamEntry{entry("1-1", "f", "a"), entry("2-1", "f", "b")}, got.Entries)
				require.Len(t, got.Groups, 1)
				g := got.Groups[0]
				assert.Equal(t, []any{"g", "3-1", int64(3)}, []any{g.Name, g.LastDeliveredID, g.PendingCount})
				require.Len(t, g.Pending, 2)
				assert.Equal(t, []any{"1-1", "c", int64(1)}, []any{g.Pending[0].ID, g.Pending[0].Consumer, g.Pending[0].Deliveries})
				assert.WithinDuration(t, time.Now(), g.Pending[0].Delivered, time.Hour)
				require.Len(t, g.Consumers, 2)
				d := g.Consumers[1]
				assert.Equal(t, []any{"d", int64(1)}, []any{d.Name, d.PendingCount})
				assert.WithinDuration(t, time.Now(), d.Seen, time.Hour)
				assert.Equal(t, []rueidistx.PendingDelivery{{ID: "3-1", Consumer: "d", Delivered: time.UnixMilli(1234567890123), Deliveries: 5}}, d.Pending)
			})
		},
		sends: "XINFO STREAM $x FULL COUNT 2"},
	{method: "XInfoStreamFull", shows: "what was read, and when", embedded: "it has no FULL", replies: "7.2",
		given: threePending + "; XADD $x 4-1 f d; XGROUP CREATECONSUMER $x g idle",
		call: func(c *commands, k keys) check {
			return that(c.XInfoStreamFull(k("x"), 0), func(t *testing.T, got rueidistx.StreamDetail) {
				require.Len(t, got.Groups, 1)
				g := got.Groups[0]
				assert.Equal(t, present(int64(3)), g.EntriesRead)
				assert.Equal(t, present(int64(1)), g.Lag)
				require.Len(t, g.Consumers, 2)
				assert.WithinDuration(t, time.Now(), g.Consumers[0].Active.Value, time.Hour)
				assert.Equal(t, rueidistx.Optional[time.Time]{}, g.Consumers[1].Active)
			})
		},
		sends: "XINFO STREAM $x FULL COUNT 0"},
	{method: "XInfoGroups", shows: "the groups", embedded: "its groups have no order",
		given: threePending + "; XGROUP CREATE $x h 2-1",
		call: func(c *commands, k keys) check {
			return that(c.XInfoGroups(k("x")), func(t *testing.T, got []rueidistx.GroupInfo) {
				require.Len(t, got, 2)
				for i := range got {
					got[i].EntriesRead, got[i].Lag = rueidistx.Optional[int64]{}, rueidistx.Optional[int64]{}
				}
				assert.Equal(t, rueidistx.GroupInfo{Name: "g", Consumers: 1, Pending: 3, LastDeliveredID: "3-1"}, got[0])
				assert.Equal(t, rueidistx.GroupInfo{Name: "h", LastDeliveredID: "2-1"}, got[1])
			})
		},
		sends: "XINFO GROUPS $x"},
	{method: "XInfoGroups", shows: "what was read", embedded: "it does not count what was read", replies: "7.0",
		given: threePending + "; XADD $x 4-1 f d; XDEL $x 2-1; XGROUP CREATE $x h 1-1",
		call: func(c *commands, k keys) check {
			return that(c.XInfoGroups(k("x")), func(t *testing.T, got []rueidistx.GroupInfo) {
				require.Len(t, got, 2)
				if got[0].EntriesRead.OK { // replicas of Redis 7.0 do not know it, and a client may read from them
					assert.Equal(t, present(int64(3)), got[0].EntriesRead)
					assert.Equal(t, present(int64(1)), got[0].Lag)
				}
				assert.Equal(t, rueidistx.Optional[int64]{}, got[1].EntriesRead, "it is not known")
				assert.Equal(t, rueidistx.Optional[int64]{}, got[1].Lag, "it is not known")
			})
		},
		sends: "XINFO GROUPS $x"},
	{method: "XInfoConsumers", shows: "the consumers", embedded: "it does not know when a consumer was active",
		given: threePending + "; XCLAIM $x g d 0 3-1",
		call: func(c *commands, k keys) check {
			return that(c.XInfoConsumers(k("x"), "g"), func(t *testing.T, got []rueidistx.ConsumerInfo) {
				require.Len(t, got, 2)
				for i := range got {
					assert.GreaterOrEqual(t, got[i].Idle, time.Duration(0))
					got[i].Idle, got[i].Inactive = 0, rueidistx.Optional[time.Duration]{}
				}
				assert.Equal(t, []rueidistx.ConsumerInfo{{Name: "c", Pending: 2}, {Name: "d", Pending: 1}}, got)
			})
		},
		sends: "XINFO CONSUMERS $x g"},
	{method: "XInfoConsumers", shows: "when they were active", embedded: "it does not know when a consumer was active", replies: "7.2",
		given: threePending + "; XGROUP CREATECONSUMER $x g idle",
		call: func(c *commands, k keys) check {
			return that(c.XInfoConsumers(k("x"), "g"), func(t *testing.T, got []rueidistx.ConsumerInfo) {
				require.Len(t, got, 2)
				assert.True(t, got[0].Inactive.OK)
				assert.Equal(t, rueidistx.Optional[time.Duration]{}, got[1].Inactive)
			})
		},
		sends: "XINFO CONSUMERS $x g"},
}
