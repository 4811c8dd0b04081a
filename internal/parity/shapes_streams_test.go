package parity

import (
	"slices"
	"strconv"
	"time"

	"github.com/rueidistx/rueidistx"
)

func streamShapes() []shape {
	return slices.Concat([]shape{
		use("XLen", "", number,
			func(c *commands) futureOf[int64] { return c.XLen(key) },
			func(b builder) completed { return b.Xlen().Key(key).Build() }),
		use("XRange", "none", entries(0),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] { return c.XRange(key, key2, key3) },
			func(b builder) completed { return b.Xrange().Key(key).Start(key2).End(key3).Build() }),
		use("XRange", "3", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] { return c.XRange(key, key2, key3) },
			func(b builder) completed { return b.Xrange().Key(key).Start(key2).End(key3).Build() }),
		use("XRangeCount", "20", entries(20),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] { return c.XRangeCount(key, key2, key3, large) },
			func(b builder) completed { return b.Xrange().Key(key).Start(key2).End(key3).Count(large).Build() }),
		use("XRevRange", "3", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] { return c.XRevRange(key, key2, key3) },
			func(b builder) completed { return b.Xrevrange().Key(key).End(key2).Start(key3).Build() }),
		use("XRevRangeCount", "3", entries(3),
			func(c *commands) futureOf[[]rueidistx.StreamEntry] { return c.XRevRangeCount(key, key2, key3, large) },
			func(b builder) completed { return b.Xrevrange().Key(key).End(key2).Start(key3).Count(large).Build() }),
		use("XTrim", "MAXLEN", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MaxLen(large)) },
			func(b builder) completed {
				return b.Xtrim().Key(key).Maxlen().Threshold(strconv.FormatInt(large, 10)).Build()
			}),
		use("XAdd", "MAXLEN", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.MaxLen(large)) },
			func(b builder) completed {
				return b.Xadd().Key(key).Maxlen().Threshold(strconv.FormatInt(large, 10)).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "MAXLEN ~", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MaxLen(large).About()) },
			func(b builder) completed {
				return b.Xtrim().Key(key).Maxlen().Almost().Threshold(strconv.FormatInt(large, 10)).Build()
			}),
		use("XAdd", "MAXLEN ~", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.MaxLen(large).About())
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Maxlen().Almost().Threshold(strconv.FormatInt(large, 10)).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "MINID", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MinID(key2)) },
			func(b builder) completed { return b.Xtrim().Key(key).Minid().Threshold(key2).Build() }),
		use("XAdd", "MINID", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.MinID(key2)) },
			func(b builder) completed {
				return b.Xadd().Key(key).Minid().Threshold(key2).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XTrim", "MINID ~", number,
			func(c *commands) futureOf[int64] { return c.XTrim(key, rueidistx.MinID(key2).About()) },
			func(b builder) completed { return b.Xtrim().Key(key).Minid().Almost().Threshold(key2).Build() }),
		use("XAdd", "MINID ~", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.MinID(key2).About())
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Minid().Almost().Threshold(key2).Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XAdd", "ID", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.ID(entryID)) },
			func(b builder) completed {
				return b.Xadd().Key(key).Id(entryID).FieldValue().FieldValue(key2, value).Build()
			}),
		use("XAdd", "NOMKSTREAM", text,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.NoMkStream) },
			func(b builder) completed {
				return b.Xadd().Key(key).Nomkstream().Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XAdd", "NOMKSTREAM, no stream", none,
			func(c *commands) futureOf[string] { return c.XAdd(key, []string{key2, value}, rueidistx.NoMkStream) },
			func(b builder) completed {
				return b.Xadd().Key(key).Nomkstream().Id("*").FieldValue().FieldValue(key2, value).Build()
			}),
		use("XAdd", "NOMKSTREAM MAXLEN ~ ID", text,
			func(c *commands) futureOf[string] {
				return c.XAdd(key, []string{key2, value}, rueidistx.NoMkStream, rueidistx.MaxLen(large).About(), rueidistx.ID(entryID))
			},
			func(b builder) completed {
				return b.Xadd().Key(key).Nomkstream().Maxlen().Almost().Threshold(strconv.FormatInt(large, 10)).Id(entryID).FieldValue().FieldValue(key2, value).Build()
			}),
	},
		lengths("XAck", numbers,
			func(c *commands) futureOf[int64] { return c.XAck(key, value, key) },
			func(c *commands) futureOf[int64] { return c.XAck(key, value, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.XAck(key, value, elements...) },
			func(b builder, list []string) completed { return b.Xack().Key(key).Group(value).Id(list...).Build() }),
		lengths("XDel", numbers,
			func(c *commands) futureOf[int64] { return c.XDel(key, key) },
			func(c *commands) futureOf[int64] { return c.XDel(key, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.XDel(key, elements...) },
			func(b builder, list []string) completed { return b.Xdel().Key(key).Id(list...).Build() }),
		lengths("XAdd", func(int) reply[string] { return text },
			func(c *commands) futureOf[string] { return c.XAdd(key, twice[:2]) },
			func(c *commands) futureOf[string] { return c.XAdd(key, twice[:6]) },
			func(c *commands) futureOf[string] { return c.XAdd(key, twice) },
			func(b builder, list []string) completed {
				return withFields(b.Xadd().Key(key).Id("*").FieldValue(), list).Build()
			}),
	)
}

func keylessShapes() []shape {
	return []shape{
		use("DBSize", "", number,
			func(c *commands) futureOf[int64] { return c.DBSize() },
			func(b builder) completed { return b.Dbsize().Build() }),
		use("Echo", "", text,
			func(c *commands) futureOf[string] { return c.Echo(value) },
			func(b builder) completed { return b.Echo().Message(value).Build() }),
		use("Ping", "", text,
			func(c *commands) futureOf[string] { return c.Ping() },
			func(b builder) completed { return b.Ping().Build() }),
		use("Publish", "", number,
			func(c *commands) futureOf[int64] { return c.Publish(key, value) },
			func(b builder) completed { return b.Publish().Channel(key).Message(value).Build() }),
		use("SPublish", "", number,
			func(c *commands) futureOf[int64] { return c.SPublish(key, value) },
			func(b builder) completed { return b.Spublish().Channel(key).Message(value).Build() }),
		use("Time", "", clock,
			func(c *commands) futureOf[time.Time] { return c.Time() },
			func(b builder) completed { return b.Time().Build() }),
	}
}
