package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

var streamGroupExamples = []example{
	{method: "XAutoClaim", shows: "what is pending", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XAutoClaim(k("x"), "g", "d", 0, "0"), func(t *testing.T, got rueidistx.Claimed[rueidistx.StreamEntry]) {
				assert.Equal(t, []rueidistx.StreamEntry{entry("1-1", "f", "a"), entry("2-1", "f", "b"), entry("3-1", "f", "c")}, got.Entries)
				assert.Empty(t, got.Deleted)
				assert.True(t, got.Done())
			})
		},
		sends: "XAUTOCLAIM $x g d 0 0", then: "XPENDING $x g = 3 1-1 3-1 d 3"},
	{method: "XAutoClaim", shows: "at most so many", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XAutoClaim(k("x"), "g", "d", 0, "-", rueidistx.Count(2)), func(t *testing.T, got rueidistx.Claimed[rueidistx.StreamEntry]) {
				assert.Equal(t, []rueidistx.StreamEntry{entry("1-1", "f", "a"), entry("2-1", "f", "b")}, got.Entries)
				assert.Equal(t, "3-1", got.Next)
				assert.False(t, got.Done())
			})
		},
		sends: "XAUTOCLAIM $x g d 0 - COUNT 2"},
	{method: "XAutoClaim", shows: "not what was deleted", embedded: "it does not say what was deleted", since: "6.2", replies: "7.0",
		given: threePending + "; XDEL $x 1-1",
		call: func(c *commands, k keys) check {
			return that(c.XAutoClaim(k("x"), "g", "d", 0, "0"), func(t *testing.T, got rueidistx.Claimed[rueidistx.StreamEntry]) {
				assert.Equal(t, []rueidistx.StreamEntry{entry("2-1", "f", "b"), entry("3-1", "f", "c")}, got.Entries)
				assert.Equal(t, []string{"1-1"}, got.Deleted)
			})
		},
		sends: "XAUTOCLAIM $x g d 0 0", then: "XPENDING $x g = 2 2-1 3-1 d 2"},
	{method: "XAutoClaim", shows: "nothing that is not idle", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XAutoClaim(k("x"), "g", "d", time.Hour, "0"), func(t *testing.T, got rueidistx.Claimed[rueidistx.StreamEntry]) {
				assert.Empty(t, got.Entries)
			})
		},
		sends: "XAUTOCLAIM $x g d 3600000 0"},
	{method: "XAutoClaimJustID", shows: "what is pending", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XAutoClaimJustID(k("x"), "g", "d", 0, "0", rueidistx.Count(2)), func(t *testing.T, got rueidistx.Claimed[string]) {
				assert.Equal(t, []string{"1-1", "2-1"}, got.Entries)
				assert.Equal(t, "3-1", got.Next)
			})
		},
		sends: "XAUTOCLAIM $x g d 0 0 COUNT 2 JUSTID"},
	{method: "XClaim", shows: "what is pending",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1", "3-1", "9-9"}), []rueidistx.StreamEntry{entry("1-1", "f", "a"), entry("3-1", "f", "c")})
		},
		sends: "XCLAIM $x g d 0 1-1 3-1 9-9", then: "XPENDING $x g = 3 1-1 3-1 c 1 d 2"},
	{method: "XClaim", shows: "not what was deleted",
		given: threePending + "; XDEL $x 1-1",
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1", "2-1"}), []rueidistx.StreamEntry{entry("2-1", "f", "b")})
		},
		sends: "XCLAIM $x g d 0 1-1 2-1"},
	{method: "XClaim", shows: "nothing that is not idle", embedded: "it claims entries that are not idle",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 1500*time.Microsecond+time.Hour, []string{"1-1"}), []rueidistx.StreamEntry{})
		},
		sends: "XCLAIM $x g d 3600002 1-1"},
	{method: "XClaim", shows: "idle for a while",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.Idle(time.Hour)), []rueidistx.StreamEntry{entry("1-1", "f", "a")})
		},
		sends: "XCLAIM $x g d 0 1-1 IDLE 3600000"},
	{method: "XClaimJustID", shows: "idle for a while",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaimJustID(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.Idle(time.Hour)), []string{"1-1"})
		},
		sends: "XCLAIM $x g d 0 1-1 IDLE 3600000 JUSTID"},
	{method: "XClaim", shows: "delivered at a time",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.DeliveredAt(time.UnixMilli(1234))), []rueidistx.StreamEntry{entry("1-1", "f", "a")})
		},
		sends: "XCLAIM $x g d 0 1-1 TIME 1234"},
	{method: "XClaimJustID", shows: "delivered at a time",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaimJustID(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.DeliveredAt(time.UnixMilli(1234))), []string{"1-1"})
		},
		sends: "XCLAIM $x g d 0 1-1 TIME 1234 JUSTID"},
	{method: "XClaim", shows: "delivered so often",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.RetryCount(7)), []rueidistx.StreamEntry{entry("1-1", "f", "a")})
		},
		sends: "XCLAIM $x g d 0 1-1 RETRYCOUNT 7"},
	{method: "XClaimJustID", shows: "delivered so often",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaimJustID(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.RetryCount(7)), []string{"1-1"})
		},
		sends: "XCLAIM $x g d 0 1-1 RETRYCOUNT 7 JUSTID"},
	{method: "XClaim", shows: "a last ID", embedded: "it has no LASTID",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.LastID("2-1")), []rueidistx.StreamEntry{entry("1-1", "f", "a")})
		},
		sends: "XCLAIM $x g d 0 1-1 LASTID 2-1"},
	{method: "XClaimJustID", shows: "a last ID", embedded: "it has no LASTID",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XClaimJustID(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.LastID("2-1")), []string{"1-1"})
		},
		sends: "XCLAIM $x g d 0 1-1 LASTID 2-1 JUSTID"},
	{method: "XClaim", shows: "what is not pending",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XClaim(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.Force), []rueidistx.StreamEntry{entry("1-1", "f", "a")})
		},
		sends: "XCLAIM $x g d 0 1-1 FORCE", then: "XPENDING $x g = 1 1-1 1-1 d 1"},
	{method: "XClaim", shows: "no group",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XClaim(k("x"), "none", "d", 0, []string{"1-1"}), "XCLAIM", "NOGROUP")
		},
		sends: "XCLAIM $x none d 0 1-1"},
	{method: "XAutoClaim", shows: "no group", since: "6.2",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XAutoClaim(k("x"), "none", "d", 0, "0"), "XAUTOCLAIM", "NOGROUP")
		},
		sends: "XAUTOCLAIM $x none d 0 0"},
	{method: "XClaimJustID", shows: "what is not pending",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XClaimJustID(k("x"), "g", "d", 0, []string{"1-1"}, rueidistx.Force), []string{"1-1"})
		},
		sends: "XCLAIM $x g d 0 1-1 FORCE JUSTID", then: "XPENDING $x g = 1 1-1 1-1 d 1"},
	{method: "XGroupCreate", shows: "a group",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XGroupCreate(k("x"), "g", "2-1"), "OK")
		},
		sends: "XGROUP CREATE $x g 2-1", then: "XPENDING $x g = 0 nil nil nil"},
	{method: "XGroupCreate", shows: "a group that there is",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return fails(c.XGroupCreate(k("x"), "g", "0"), "XGROUP CREATE", "BUSYGROUP")
		},
		sends: "XGROUP CREATE $x g 0"},
	{method: "XGroupCreate", shows: "no stream",
		call: func(c *commands, k keys) check {
			return fails(c.XGroupCreate(k("x"), "g", "0"), "XGROUP CREATE", "requires the key to exist")
		},
		sends: "XGROUP CREATE $x g 0"},
	{method: "XGroupCreate", shows: "a group and its stream",
		call: func(c *commands, k keys) check {
			return is(c.XGroupCreate(k("x"), "g", "0", rueidistx.MkStream), "OK")
		},
		sends: "XGROUP CREATE $x g 0 MKSTREAM", then: "XLEN $x = 0"},
	{method: "XGroupCreate", shows: "what was read", embedded: "it has no ENTRIESREAD", since: "7.0",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return is(c.XGroupCreate(k("x"), "g", "2-1", rueidistx.EntriesRead(2)), "OK")
		},
		sends: "XGROUP CREATE $x g 2-1 ENTRIESREAD 2"},
	{method: "XGroupCreateConsumer", shows: "a new one", since: "6.2",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XGroupCreateConsumer(k("x"), "g", "c"), true)
		},
		sends: "XGROUP CREATECONSUMER $x g c"},
	{method: "XGroupCreateConsumer", shows: "one that there is", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XGroupCreateConsumer(k("x"), "g", "c"), false)
		},
		sends: "XGROUP CREATECONSUMER $x g c"},
	{method: "XGroupDelConsumer", shows: "how many were pending",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XGroupDelConsumer(k("x"), "g", "c"), 3)
		},
		sends: "XGROUP DELCONSUMER $x g c", then: "XPENDING $x g = 0 nil nil nil"},
	{method: "XGroupDelConsumer", shows: "none",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XGroupDelConsumer(k("x"), "g", "none"), 0)
		},
		sends: "XGROUP DELCONSUMER $x g none"},
	{method: "XGroupDestroy", shows: "a group",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XGroupDestroy(k("x"), "g"), true)
		},
		sends: "XGROUP DESTROY $x g"},
	{method: "XGroupDestroy", shows: "none",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XGroupDestroy(k("x"), "none"), false)
		},
		sends: "XGROUP DESTROY $x none"},
	{method: "XGroupSetID", shows: "again from the beginning", embedded: "it has no SETID",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XGroupSetID(k("x"), "g", "0"), "OK")
		},
		sends: "XGROUP SETID $x g 0"},
	{method: "XGroupSetID", shows: "what was read", embedded: "it has no SETID", since: "7.0",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XGroupSetID(k("x"), "g", "2-1", rueidistx.EntriesRead(2)), "OK")
		},
		sends: "XGROUP SETID $x g 2-1 ENTRIESREAD 2"},
	{method: "XGroupSetID", shows: "no group", embedded: "it has no SETID",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XGroupSetID(k("x"), "none", "0"), "XGROUP SETID", "NOGROUP")
		},
		sends: "XGROUP SETID $x none 0"},
	{method: "XNack", shows: "as if it had not been delivered", embedded: "it is older", since: "8.8",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XNack(k("x"), "g", rueidistx.NackSilent, []string{"1-1", "9-9"}), 1)
		},
		sends: "XNACK $x g SILENT IDS 2 1-1 9-9"},
	{method: "XNack", shows: "delivered so often", embedded: "it is older", since: "8.8",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XNack(k("x"), "g", rueidistx.NackFail, []string{"1-1"}, rueidistx.RetryCount(5)), 1)
		},
		sends: "XNACK $x g FAIL IDS 1 1-1 RETRYCOUNT 5"},
	{method: "XNack", shows: "what is not pending", embedded: "it is older", since: "8.8",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XNack(k("x"), "g", rueidistx.NackFatal, []string{"1-1"}, rueidistx.Force), 1)
		},
		sends: "XNACK $x g FATAL IDS 1 1-1 FORCE"},
	{method: "XPending", shows: "what is pending",
		given: threePending + "; XCLAIM $x g d 0 3-1",
		call: func(c *commands, k keys) check {
			return is(c.XPending(k("x"), "g"), rueidistx.PendingSummary{Count: 3, First: "1-1", Last: "3-1", Consumers: []rueidistx.ConsumerPending{{Name: "c", Count: 2}, {Name: "d", Count: 1}}})
		},
		sends: "XPENDING $x g"},
	{method: "XPending", shows: "nothing",
		given: threeInGroup,
		call: func(c *commands, k keys) check {
			return is(c.XPending(k("x"), "g"), rueidistx.PendingSummary{})
		},
		sends: "XPENDING $x g"},
	{method: "XPending", shows: "no group",
		given: threeEntries,
		call: func(c *commands, k keys) check {
			return fails(c.XPending(k("x"), "none"), "XPENDING", "NOGROUP")
		},
		sends: "XPENDING $x none"},
	{method: "XPendingEntries", shows: "between IDs",
		given: threePending,
		call: func(c *commands, k keys) check {
			return that(c.XPendingEntries(k("x"), "g", "1-1", "+", 2), func(t *testing.T, got []rueidistx.PendingEntry) {
				require.Len(t, got, 2)
				assert.True(t, got[0].Idle.OK)
				assert.GreaterOrEqual(t, got[0].Idle.Value, time.Duration(0))
				got[0].Idle = rueidistx.Optional[time.Duration]{}
				assert.Equal(t, rueidistx.PendingEntry{ID: "1-1", Consumer: "c", Deliveries: 1}, got[0])
			})
		},
		sends: "XPENDING $x g 1-1 + 2"},
	{method: "XPendingEntries", shows: "idle for a while", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XPendingEntries(k("x"), "g", "-", "+", 10, rueidistx.Idle(time.Hour)), []rueidistx.PendingEntry{})
		},
		sends: "XPENDING $x g IDLE 3600000 - + 10"},
	{method: "XPendingConsumer", shows: "of one",
		given: threePending + "; XCLAIM $x g d 0 3-1 RETRYCOUNT 9",
		call: func(c *commands, k keys) check {
			return that(c.XPendingConsumer(k("x"), "g", "d", "-", "+", 10), func(t *testing.T, got []rueidistx.PendingEntry) {
				require.Len(t, got, 1)
				assert.True(t, got[0].Idle.OK)
				assert.GreaterOrEqual(t, got[0].Idle.Value, time.Duration(0))
				got[0].Idle = rueidistx.Optional[time.Duration]{}
				assert.Equal(t, rueidistx.PendingEntry{ID: "3-1", Consumer: "d", Deliveries: 9}, got[0])
			})
		},
		sends: "XPENDING $x g - + 10 d"},
	{method: "XPendingConsumer", shows: "idle for a while", since: "6.2",
		given: threePending,
		call: func(c *commands, k keys) check {
			return is(c.XPendingConsumer(k("x"), "g", "c", "-", "+", 10, rueidistx.Idle(time.Hour)), []rueidistx.PendingEntry{})
		},
		sends: "XPENDING $x g IDLE 3600000 - + 10 c"},
}
