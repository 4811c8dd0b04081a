package rueidistx_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

func TestTag(t *testing.T) {
	type userID string
	for want, e := range map[string]rueidistx.Entity{
		"{user:42}":             rueidistx.Tag("user", 42),
		"{user:-1}":             rueidistx.Tag("user", int64(-1)),
		"{user:-2}":             rueidistx.Tag("user", int32(-2)),
		"{user:4294967295}":     rueidistx.Tag("user", uint32(4294967295)),
		"{user:7}":              rueidistx.Tag("user", uint(7)),
		"{user:18446744073709}": rueidistx.Tag("user", uint64(18446744073709)),
		"{user:ann}":            rueidistx.Tag("user", userID("ann")),
		"{user:a:b}":            rueidistx.Tag("user", "a:b"),
		"{user%3Aa:b}":          rueidistx.Tag("user:a", "b"),
		"{user:42%7D:x}":        rueidistx.Tag("user", "42}:x"),
		"{user:%7Ba%7D}":        rueidistx.Tag("user", "{a}"),
		"{user:%257D}":          rueidistx.Tag("user", "%7D"),
		"{order:42}":            rueidistx.TagOf("order:42"),
		"{user:1}":              rueidistx.TagOf("{user:1}:cart"),
		"{{a}":                  rueidistx.TagOf("{a"),
	} {
		assert.Equal(t, want, e.String())
		assert.Equal(t, want, e.Key())
		assert.Equal(t, want+":cart", e.Key("cart"))
		assert.Equal(t, want+":cart:1", e.Key("cart", "1"))
	}
	assert.Equal(t, rueidistx.Tag("user", 42), rueidistx.TagOf(rueidistx.Tag("user", 42).Key("cart")))
	assert.EqualValues(t, 12182, rueidistx.Slot("foo"))
	assert.Equal(t, [][]string{{"{a}1", "{a}2"}, {"b"}, {"c"}}, rueidistx.GroupBySlot([]string{"{a}1", "b", "{a}2", "c"}))
	assert.Empty(t, rueidistx.GroupBySlot(nil))
}

// TestEntityThatIsNone uses the keys of an id that was never set. Nothing is sent, in no way of running.
func TestEntityThatIsNone(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	script := rueidistx.NewScript("return redis.call('SET', KEYS[1], '1')", rueidistx.AsString)
	for name, e := range map[string]rueidistx.Entity{
		"no id": rueidistx.Tag("user", ""), "no kind": rueidistx.Tag("", 42), "the zero Entity": {}, "no key": rueidistx.TagOf(""), "no tag": rueidistx.TagOf("a}b"),
		"a key of none": rueidistx.TagOf(rueidistx.Entity{}.Key("x")), "a key made of that": rueidistx.TagOf("lock:" + rueidistx.Entity{}.Key("x")),
	} {
		for _, w := range ways.OfEachKind {
			for what, queue := range map[string]func(c *rueidistx.Commands) error{
				"a write":      func(c *rueidistx.Commands) error { return c.Set(e.Key("x"), "v").Err() },
				"a read":       func(c *rueidistx.Commands) error { return c.Get(e.Key("x", "y")).Err() },
				"several keys": func(c *rueidistx.Commands) error { return c.Del("a", e.Key()).Err() },
				"many keys":    func(c *rueidistx.Commands) error { return c.Del(append(make([]string, 40), e.Key())...).Err() },
				"a script":     func(c *rueidistx.Commands) error { return script.Queue(c, []string{e.Key("x")}).Err() },
				"an argument":  func(c *rueidistx.Commands) error { return script.Queue(c, nil, e.Key("x")).Err() },
				"a prefix":     func(c *rueidistx.Commands) error { return c.Set("lock:"+e.Key("x"), "v").Err() },
				"a suffix":     func(c *rueidistx.Commands) error { return c.Set(e.Key("x")+":lock", "v").Err() },
				"its own": func(c *rueidistx.Commands) error {
					return rueidistx.Queue(c, c.B().Set().Key(e.Key("x")).Value("v").Build(), rueidistx.AsString).Err()
				},
			} {
				var own error
				err := w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) { own = queue(c) })
				if w.Now {
					err = own
				}
				require.ErrorIs(t, err, rueidistx.ErrInvalid, "%s, %s, %s", name, w.Name, what)
			}
		}
	}
	assert.EqualValues(t, 0, db.Auto(redistest.Context(t)).DBSize().Must())
}

// TestCheckSlots expects of a single server what a cluster says, from a DB that was asked to.
func TestCheckSlots(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	db, err := rueidistx.Open(s.Option(), rueidistx.CheckSlots())
	require.NoError(t, err)
	t.Cleanup(db.Close)
	usual, err := rueidistx.Open(s.Option())
	require.NoError(t, err)
	t.Cleanup(usual.Close)
	a, b := redistest.Key(t, "a"), "{other}"+redistest.Key(t, "b")
	if strings.HasPrefix(a, "{") {
		b = "{other}" + a
	}
	script := rueidistx.NewScript("return 1", rueidistx.AsInt64)
	for what, queue := range map[string]func(c *rueidistx.Commands) error{
		"several keys": func(c *rueidistx.Commands) error { return c.Del(a, b).Err() },
		"pairs":        func(c *rueidistx.Commands) error { return c.MSetNX(b, "1", a, "2").Err() },
		"counted keys": func(c *rueidistx.Commands) error { return c.ZDiff(a+"z", b+"z").Err() },
		"a script":     func(c *rueidistx.Commands) error { return script.Queue(c, []string{a, b}).Err() },
		"its own": func(c *rueidistx.Commands) error {
			return rueidistx.Queue(c, c.B().Arbitrary("MGET", a, b).Build(), rueidistx.AsAny).Err()
		},
	} {
		for _, w := range ways.OfEachKind {
			var own error
			err := w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) { own = queue(c) })
			if w.Now {
				err = own
			}
			require.ErrorIs(t, err, rueidistx.ErrCrossSlot, "%s, %s", what, w.Name)
			require.NoError(t, w.Run(redistest.Context(t), usual, func(c *rueidistx.Commands) { _ = queue(c) }))
		}
	}
	tx := db.Atomic()
	tx.Incr(a)
	tx.Incr(b)
	require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrCrossSlot)
	tx = db.Atomic()
	tx.Incr(a)
	rueidistx.Queue(tx, tx.B().Arbitrary("MY.OWN").Keys(b).Build(), rueidistx.AsAny)
	require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrCrossSlot)

	batch := db.Batch() // of any slots
	batch.Set(a, "1")
	batch.Set(b, "1")
	batch.Del(a)
	batch.Del(b)
	for _, argv := range [][]string{{"GET"}, {"EVAL", "return 1"}, {"EVAL", "return 1", "5", a}, {"RENAME", a}, {"BITOP", "AND"}, {"ZDIFF", "x", a}} {
		incomplete := rueidistx.Queue(batch, batch.B().Arbitrary(argv...).Build(), rueidistx.AsAny)
		defer func() { require.ErrorIs(t, incomplete.Err(), rueidistx.ErrService, argv) }()
	}
	require.Error(t, batch.Exec(redistest.Context(t)))
}

// FuzzTag expects that a tag's keys are of the slot that the server says, whatever the id, and that two ids share nothing.
func FuzzTag(f *testing.F) {
	s := redistest.SharedCluster(f).Nodes[0]
	for _, seed := range [][3]string{{"user", "42", "cart"}, {"user", "42}:x", "{y}"}, {"a:b", "c%7D", ""}, {"{", "}", "{}"}, {"%", "\x00\xff", "日本"}} {
		f.Add(seed[0], seed[1], seed[2], "43")
	}
	f.Fuzz(func(t *testing.T, kind, id, name, other string) {
		e := rueidistx.Tag(kind, id)
		if kind == "" || id == "" {
			require.Empty(t, e.String())
			return
		}
		slot, err := s.Do(t, "CLUSTER", "KEYSLOT", e.Key(name)).ToInt64()
		require.NoError(t, err)
		require.EqualValues(t, slot, rueidistx.Slot(e.Key()))
		require.EqualValues(t, slot, rueidistx.Slot(e.Key(name)))
		require.Equal(t, e, rueidistx.TagOf(e.Key(name)))
		if other != id && other != "" {
			require.False(t, strings.HasPrefix(rueidistx.Tag(kind, other).Key(name), e.Key()))
			require.NotEqual(t, e.Key(name), rueidistx.Tag(kind, other).Key(name))
		}
		if other != kind && other != "" {
			require.NotEqual(t, e.Key(name), rueidistx.Tag(other, id).Key(name))
		}
	})
}
