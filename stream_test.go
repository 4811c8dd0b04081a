package rueidistx_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/forbidden"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestStreamArgumentsThatAreInvalid are refused before anything is sent.
func TestStreamArgumentsThatAreInvalid(t *testing.T) {
	c := newCannery(t)
	a := c.db.Auto(context.Background())
	from, ids, entry := []rueidistx.StreamOffset{{Key: "k", ID: "0"}}, []string{"1-1"}, []string{"f", "v"}
	for name, f := range map[string]interface{ Err() error }{
		"no stream":               a.XRead(nil),
		"a stream twice":          a.XRead([]rueidistx.StreamOffset{{Key: "k", ID: "0"}, {Key: "l", ID: "0"}, {Key: "k", ID: "1"}}),
		"a negative timeout":      a.XReadBlock(-1, from),
		"no stream to wait for":   a.XReadGroupBlock(0, "g", "c", nil),
		"COUNT of 0":              a.XRead(from, rueidistx.Count(0)),
		"MAXCOUNT of 0":           a.XRead(from, rueidistx.MaxCount(0)),
		"MAXSIZE of 0":            a.XReadGroup("g", "c", from, rueidistx.MaxSize(0)),
		"a negative idle time":    a.XReadGroupClaim("g", "c", -1, from),
		"COUNT twice":             a.XReadGroup("g", "c", from, rueidistx.Count(1), rueidistx.Count(1)),
		"no ID":                   a.XClaim("k", "g", "c", 0, nil),
		"an ID like an option":    a.XClaimJustID("k", "g", "c", 0, []string{"1-1", "force"}),
		"IDLE and TIME":           a.XClaim("k", "g", "c", 0, ids, rueidistx.Idle(0), rueidistx.DeliveredAt(time.Now())),
		"IDLE below 0":            a.XPendingEntries("k", "g", "-", "+", 1, rueidistx.Idle(-time.Second)),
		"TIME before 1970":        a.XClaim("k", "g", "c", 0, ids, rueidistx.DeliveredAt(time.Unix(-1, 0))),
		"TIME of nothing":         a.XClaim("k", "g", "c", 0, ids, rueidistx.DeliveredAt(time.Time{})),
		"TIME too far":            a.XClaim("k", "g", "c", 0, ids, rueidistx.DeliveredAt(time.Unix(1<<62, 0))),
		"RETRYCOUNT below 0":      a.XClaim("k", "g", "c", 0, ids, rueidistx.RetryCount(-1)),
		"ENTRIESREAD below -1":    a.XGroupCreate("k", "g", "0", rueidistx.EntriesRead(-2)),
		"ENTRIESADDED below 0":    a.XSetID("k", "1-1", rueidistx.EntriesAdded(-1)),
		"KEEPREF and DELREF":      a.XDelEx("k", ids, rueidistx.KeepRef, rueidistx.DelRef),
		"DELREF and ACKED":        a.XAdd("k", entry, rueidistx.DelRef, rueidistx.Acked),
		"IDMP and IDMPAUTO":       a.XAdd("k", entry, rueidistx.Idempotent("p", "1"), rueidistx.IdempotentAuto("p")),
		"LIMIT without ~":         a.XTrim("k", rueidistx.MaxLen(1).AtMost(1)),
		"LIMIT with =":            a.XTrim("k", rueidistx.MaxLen(1).About().AtMost(1).Exactly()),
		"LIMIT below 0":           a.XAdd("k", entry, rueidistx.MinID("1").About().AtMost(-1)),
		"no IDs to delete":        a.XAckDel("k", "g", nil),
		"no mode":                 a.XNack("k", "g", 0, ids),
		"a mode that is none":     a.XNack("k", "g", 9, ids),
		"nothing to change":       a.XCfgSet("k"),
		"no time to remember":     a.XCfgSet("k", rueidistx.IdempotenceDuration(0)),
		"nothing to remember":     a.XCfgSet("k", rueidistx.IdempotenceMaxSize(0)),
		"a constant that is none": a.XDelEx("k", ids, rueidistx.KeepRef+100),
	} {
		require.ErrorIs(t, f.Err(), rueidistx.ErrInvalid, name)
	}
}

func TestStreamWordsAreRedis(t *testing.T) {
	require.Equal(t, "SILENT FAIL FATAL ?", strings.Join([]string{
		rueidistx.NackSilent.String(), rueidistx.NackFail.String(), rueidistx.NackFatal.String(), rueidistx.NackMode(0).String(),
	}, " "))
	require.Equal(t, "missing deleted kept ?", strings.Join([]string{
		rueidistx.EntryMissing.String(), rueidistx.EntryDeleted.String(), rueidistx.EntryKept.String(), rueidistx.EntryChange(0).String(),
	}, " "))
}

// TestStreamRepliesThatAreMalformed cannot be decoded, and their content is in no error.
func TestStreamRepliesThatAreMalformed(t *testing.T) {
	c := newCannery(t)
	a := c.db.Auto(context.Background())
	from, ids := []rueidistx.StreamOffset{{Key: "k", ID: "0"}}, []string{"1-1"}
	for _, reply := range []string{
		"+" + secret, ":7", "*1\r\n+" + secret, "*1\r\n*-1", "*2\r\n+" + secret + "\r\n:1", "%1\r\n+" + secret + "\r\n*1\r\n+" + secret,
		"*1\r\n*2\r\n+k\r\n*1\r\n*3\r\n+1-1\r\n*0\r\n:1", "%1\r\n+name\r\n*0", "%1\r\n+length\r\n+" + secret, "%?\r\n+" + secret + "\r\n.",
		"*1\r\n%1\r\n+name\r\n-ERR " + secret, "*1\r\n%1\r\n+pending\r\n_", "%1\r\n+groups\r\n*1\r\n%1\r\n+consumers\r\n*1\r\n%1\r\n+pending\r\n*1\r\n*1\r\n:1",
		"*4\r\n:1\r\n:2\r\n:3\r\n*1\r\n*1\r\n:1", "*3\r\n+0-0\r\n*1\r\n*1\r\n:1\r\n*0", "*1\r\n*4\r\n+1-1\r\n+c\r\n+" + secret + "\r\n:1",
	} {
		c.conn.Serve(reply + "\r\n")
		for name, decode := range map[string]func() error{
			"XRead":           func() error { return a.XRead(from).Err() },
			"XReadGroupClaim": func() error { return a.XReadGroupClaim("g", "c", 0, from).Err() },
			"XClaim":          func() error { return a.XClaim("k", "g", "c", 0, ids).Err() },
			"XAutoClaim":      func() error { return a.XAutoClaim("k", "g", "c", 0, "0").Err() },
			"XPending":        func() error { return a.XPending("k", "g").Err() },
			"XPendingEntries": func() error { return a.XPendingEntries("k", "g", "-", "+", 1).Err() },
			"XInfoStream":     func() error { return a.XInfoStream("k").Err() },
			"XInfoStreamFull": func() error { return a.XInfoStreamFull("k", 1).Err() },
			"XInfoGroups":     func() error { return a.XInfoGroups("k").Err() },
			"XInfoConsumers":  func() error { return a.XInfoConsumers("k", "g").Err() },
			"XAckDel":         func() error { return a.XAckDel("k", "g", ids).Err() },
		} {
			if err := decode(); err != nil { // what one of them cannot decode may be the form of another, or have an unknown field
				require.ErrorIs(t, err, rueidistx.ErrDecode, "%s: %q", name, reply)
				require.NotContains(t, err.Error(), secret, "%s: %q", name, reply)
			}
		}
	}
}

// TestStreamRepliesThatAreOdd are those of older servers, and of entries that were given back.
func TestStreamRepliesThatAreOdd(t *testing.T) {
	c := newCannery(t)
	a := c.db.Auto(context.Background())
	c.conn.Serve("*2\r\n*-1\r\n*2\r\n+1-1\r\n*0\r\n")
	require.Equal(t, []rueidistx.StreamEntry{{ID: "1-1", Fields: []rueidistx.Field{}}}, a.XClaim("k", "g", "c", 0, []string{"1-1"}).Must(), "Redis 6 has nil for deleted entries")
	c.conn.Serve("*2\r\n+0-0\r\n*1\r\n*-1\r\n")
	require.Equal(t, rueidistx.Claimed[rueidistx.StreamEntry]{Next: "0-0", Entries: []rueidistx.StreamEntry{}}, a.XAutoClaim("k", "g", "c", 0, "0").Must())
	c.conn.Serve("*1\r\n*4\r\n+1-1\r\n$0\r\n\r\n:-1\r\n:1\r\n")
	require.Equal(t, []rueidistx.PendingEntry{{ID: "1-1", Deliveries: 1}}, a.XPendingEntries("k", "g", "-", "+", 1).Must())
	c.conn.Serve("*1\r\n*4\r\n+1-1\r\n+c\r\n:9223372036854775807\r\n:1\r\n")
	require.Equal(t, time.Duration(1<<63-1), a.XPendingEntries("k", "g", "-", "+", 1).Must()[0].Idle.Value)
	c.conn.Serve("*4\r\n+length\r\n:3\r\n+entries-added\r\n*-1\r\n")
	require.Equal(t, rueidistx.StreamInfo{StreamStats: rueidistx.StreamStats{Length: 3}}, a.XInfoStream("k").Must())
	c.conn.Serve("*2\r\n+idmp-duration\r\n:9223372036854775807\r\n")
	require.Equal(t, time.Duration(1<<63-1), a.XInfoStream("k").Must().Idempotence.Value.Duration)
	c.conn.Serve("%2\r\n+b\r\n*0\r\n+a\r\n*0\r\n")
	require.Equal(t, []rueidistx.Stream{{Key: "a", Entries: []rueidistx.StreamEntry{}}, {Key: "b", Entries: []rueidistx.StreamEntry{}}}, a.XRead([]rueidistx.StreamOffset{{Key: "b"}, {Key: "a"}}).Must())
}

// TestReadersDoNotBlock: XREAD only reads, but with BLOCK it would keep a Watch waiting.
func TestReadersDoNotBlock(t *testing.T) {
	t.Parallel()
	db := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	for _, command := range forbidden.Blocking {
		err := db.Watch(redistest.Context(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			return rueidistx.Query(r, forbidden.Build(r.B(), command), rueidistx.AsAny).Err()
		})
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrForbidden)
	}
	key := redistest.Key(t, "stream")
	require.NoError(t, db.Watch(redistest.Context(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		f := r.XRead([]rueidistx.StreamOffset{{Key: key, ID: "0"}})
		require.ErrorIs(t, f.Err(), rueidistx.ErrNil)
		tx.XAdd(key, []string{"f", "v"})
		tx.Unlink(key)
		return nil
	}))
}

func FuzzDecodeStreams(f *testing.F) {
	from := []rueidistx.StreamOffset{{Key: "k", ID: "0"}}
	fuzzDecoders(f,
		of("XRead", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Stream] { return c.XRead(from) }),
		of("XReadGroupClaim", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.DeliveredStream] {
			return c.XReadGroupClaim("g", "c", 0, from)
		}),
		of("XClaim", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.StreamEntry] {
			return c.XClaim("k", "g", "c", 0, []string{"1-1"})
		}),
		of("XAutoClaim", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.Claimed[rueidistx.StreamEntry]] {
			return c.XAutoClaim("k", "g", "c", 0, "0")
		}),
		of("XPending", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.PendingSummary] { return c.XPending("k", "g") }),
		of("XPendingEntries", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.PendingEntry] {
			return c.XPendingEntries("k", "g", "-", "+", 1)
		}),
		of("XInfoStream", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.StreamInfo] { return c.XInfoStream("k") }),
		of("XInfoStreamFull", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.StreamDetail] { return c.XInfoStreamFull("k", 1) }),
		of("XInfoGroups", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.GroupInfo] { return c.XInfoGroups("k") }),
		of("XInfoConsumers", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.ConsumerInfo] {
			return c.XInfoConsumers("k", "g")
		}),
		of("XDelEx", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.EntryChange] {
			return c.XDelEx("k", []string{"1-1"})
		}),
	)
}
