package parity

import (
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

type (
	textPage  = rueidistx.Page[string]
	fieldPage = rueidistx.Page[rueidistx.Field]
)

// cursor is larger than an int64.
const cursor = uint64(1<<63 + 12345)

var (
	pageReply = alike(array(bulk("9223372036854788153"), array(repeated(bulk(value), 3)...)), func(r result) (textPage, error) {
		page, err := r.AsScanEntry()
		return textPage{Cursor: page.Cursor, Items: page.Elements}, err
	})
	fieldPageReply = alike(array(bulk("0"), array(repeated(bulk(value), 6)...)), func(r result) (page fieldPage, err error) {
		parts, err := r.ToArray()
		if err != nil {
			return page, err
		}
		if page.Cursor, err = parts[0].AsUint64(); err != nil {
			return page, err
		}
		page.Items, err = fieldsByHand(&parts[1])
		return page, err
	})
	idle = alike(":3600\r\n", func(r result) (time.Duration, error) { return ttlByHand(r, time.Second) })
)

// fieldReply is n fields with their values: in turn in RESP2, in pairs in RESP3.
func fieldReply(n int) reply[[]rueidistx.Field] {
	return reply[[]rueidistx.Field]{
		array(repeated(bulk(value), 2*n)...), array(repeated(array(bulk(value), bulk(value)), n)...),
		func(r result) ([]rueidistx.Field, error) {
			m, err := r.ToMessage()
			if err != nil {
				return nil, err
			}
			return fieldsByHand(&m)
		},
	}
}

func fieldsByHand(m *rueidis.RedisMessage) ([]rueidistx.Field, error) {
	list, err := m.ToArray()
	if err != nil {
		return nil, err
	}
	if len(list) > 0 && list[0].IsArray() {
		fields := make([]rueidistx.Field, len(list))
		for i := range list {
			pair, err := list[i].ToArray()
			if err != nil {
				return nil, err
			}
			if fields[i], err = fieldByHand(&pair[0], &pair[1]); err != nil {
				return nil, err
			}
		}
		return fields, nil
	}
	fields := make([]rueidistx.Field, len(list)/2)
	for i := range fields {
		if fields[i], err = fieldByHand(&list[2*i], &list[2*i+1]); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

func fieldByHand(name, value *rueidis.RedisMessage) (f rueidistx.Field, err error) {
	if f.Name, err = name.ToString(); err != nil {
		return f, err
	}
	f.Value, err = value.ToString()
	return f, err
}

func scanShapes() []shape {
	return []shape{
		use("Keys", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.Keys(value) },
			func(b builder) completed { return b.Keys().Pattern(value).Build() }),
		use("RandomKey", "", text,
			func(c *commands) futureOf[string] { return c.RandomKey() },
			func(b builder) completed { return b.Randomkey().Build() }),
		use("Scan", "", pageReply,
			func(c *commands) futureOf[textPage] { return c.Scan(cursor) },
			func(b builder) completed { return b.Scan().Cursor(cursor).Build() }),
		use("Scan", "MATCH COUNT TYPE", pageReply,
			func(c *commands) futureOf[textPage] {
				return c.Scan(cursor, rueidistx.Match(value), rueidistx.Count(large), rueidistx.OfType("hash"))
			},
			func(b builder) completed {
				return b.Scan().Cursor(cursor).Match(value).Count(large).Type("hash").Build()
			}),
		use("HScan", "", fieldPageReply,
			func(c *commands) futureOf[fieldPage] { return c.HScan(key, cursor) },
			func(b builder) completed { return b.Hscan().Key(key).Cursor(cursor).Build() }),
		use("HScan", "MATCH COUNT", fieldPageReply,
			func(c *commands) futureOf[fieldPage] {
				return c.HScan(key, cursor, rueidistx.Match(value), rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Hscan().Key(key).Cursor(cursor).Match(value).Count(large).Build()
			}),
		use("HScanFields", "", pageReply,
			func(c *commands) futureOf[textPage] { return c.HScanFields(key, cursor) },
			func(b builder) completed { return b.Hscan().Key(key).Cursor(cursor).Novalues().Build() }),
		use("HScanFields", "MATCH COUNT", pageReply,
			func(c *commands) futureOf[textPage] {
				return c.HScanFields(key, cursor, rueidistx.Match(value), rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Hscan().Key(key).Cursor(cursor).Match(value).Count(large).Novalues().Build()
			}),
		use("ZScanMembers", "", pageReply,
			func(c *commands) futureOf[textPage] { return c.ZScanMembers(key, cursor) },
			func(b builder) completed {
				return b.Arbitrary("ZSCAN").Keys(key).Args(strconv.FormatUint(cursor, 10), "NOSCORES").Build()
			}),
		use("ZScanMembers", "MATCH COUNT", pageReply,
			func(c *commands) futureOf[textPage] {
				return c.ZScanMembers(key, cursor, rueidistx.Match(value), rueidistx.Count(1))
			},
			func(b builder) completed {
				return b.Arbitrary("ZSCAN").Keys(key).Args(strconv.FormatUint(cursor, 10), "MATCH", value, "COUNT", "1", "NOSCORES").Build()
			}),
		use("HRandFieldsWithValues", "3", fieldReply(3),
			func(c *commands) futureOf[[]rueidistx.Field] { return c.HRandFieldsWithValues(key, large) },
			func(b builder) completed { return b.Hrandfield().Key(key).Count(large).Withvalues().Build() }),
	}
}

func objectShapes() []shape {
	return []shape{
		use("Copy", "", flag,
			func(c *commands) futureOf[bool] { return c.Copy(key, key2) },
			func(b builder) completed { return b.Copy().Source(key).Destination(key2).Build() }),
		use("Copy", "DB REPLACE", flag,
			func(c *commands) futureOf[bool] {
				return c.Copy(key, key2, rueidistx.DestinationDB(large), rueidistx.Replace)
			},
			func(b builder) completed {
				return b.Copy().Source(key).Destination(key2).Db(large).Replace().Build()
			}),
		use("Dump", "", text,
			func(c *commands) futureOf[string] { return c.Dump(key) },
			func(b builder) completed { return b.Dump().Key(key).Build() }),
		use("MemoryUsage", "", number,
			func(c *commands) futureOf[int64] { return c.MemoryUsage(key) },
			func(b builder) completed { return b.MemoryUsage().Key(key).Build() }),
		use("MemoryUsage", "SAMPLES", number,
			func(c *commands) futureOf[int64] { return c.MemoryUsage(key, rueidistx.Samples(large)) },
			func(b builder) completed { return b.MemoryUsage().Key(key).Samples(large).Build() }),
		use("Move", "", flag,
			func(c *commands) futureOf[bool] { return c.Move(key, large) },
			func(b builder) completed { return b.Move().Key(key).Db(large).Build() }),
		use("ObjectEncoding", "", text,
			func(c *commands) futureOf[string] { return c.ObjectEncoding(key) },
			func(b builder) completed { return b.ObjectEncoding().Key(key).Build() }),
		use("ObjectFreq", "", number,
			func(c *commands) futureOf[int64] { return c.ObjectFreq(key) },
			func(b builder) completed { return b.ObjectFreq().Key(key).Build() }),
		use("ObjectIdleTime", "", idle,
			func(c *commands) futureOf[time.Duration] { return c.ObjectIdleTime(key) },
			func(b builder) completed { return b.ObjectIdletime().Key(key).Build() }),
		use("ObjectRefCount", "", number,
			func(c *commands) futureOf[int64] { return c.ObjectRefCount(key) },
			func(b builder) completed { return b.ObjectRefcount().Key(key).Build() }),
		use("Restore", "", status,
			func(c *commands) futureOf[string] { return c.Restore(key, rueidistx.NoTTL, value) },
			func(b builder) completed { return b.Restore().Key(key).Ttl(0).SerializedValue(value).Build() }),
		use("Restore", "REPLACE IDLETIME", status,
			func(c *commands) futureOf[string] {
				return c.Restore(key, fraction, value, rueidistx.Replace, rueidistx.IdleTime(whole))
			},
			func(b builder) completed {
				ttl := fraction.Milliseconds()
				return b.Restore().Key(key).Ttl(ttl).SerializedValue(value).Replace().Idletime(int64(whole / time.Second)).Build()
			}),
		use("Restore", "FREQ", status,
			func(c *commands) futureOf[string] { return c.Restore(key, fraction, value, rueidistx.Freq(255)) },
			func(b builder) completed {
				return b.Restore().Key(key).Ttl(fraction.Milliseconds()).SerializedValue(value).Freq(255).Build()
			}),
		use("RestoreAt", "", status,
			func(c *commands) futureOf[string] { return c.RestoreAt(key, instant, value) },
			func(b builder) completed {
				return b.Restore().Key(key).Ttl(instant.UnixMilli()).SerializedValue(value).Absttl().Build()
			}),
		use("RestoreAt", "IDLETIME", status,
			func(c *commands) futureOf[string] {
				return c.RestoreAt(key, time.Time{}, value, rueidistx.IdleTime(whole))
			},
			func(b builder) completed {
				return b.Restore().Key(key).Ttl(0).SerializedValue(value).Absttl().Idletime(int64(whole / time.Second)).Build()
			}),
		use("RestoreAt", "FREQ", status,
			func(c *commands) futureOf[string] { return c.RestoreAt(key, instant, value, rueidistx.Freq(255)) },
			func(b builder) completed {
				return b.Restore().Key(key).Ttl(instant.UnixMilli()).SerializedValue(value).Absttl().Freq(255).Build()
			}),
		use("RestoreAt", "REPLACE", status,
			func(c *commands) futureOf[string] { return c.RestoreAt(key, instant, value, rueidistx.Replace) },
			func(b builder) completed {
				return b.Restore().Key(key).Ttl(instant.UnixMilli()).SerializedValue(value).Replace().Absttl().Build()
			}).
			sends("the builder has REPLACE first"),
	}
}
