package parity

import (
	"strings"

	"github.com/rueidistx/rueidistx"
)

func serverShapes() []shape {
	const digest = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
	return []shape{
		use("ConfigGet", "", hash(1, value),
			func(c *commands) futureOf[map[string]string] { return c.ConfigGet(key) },
			func(b builder) completed { return b.ConfigGet().Parameter(key).Build() }),
		use("ConfigGet", "3", hash(3, value),
			func(c *commands) futureOf[map[string]string] { return c.ConfigGet(key, key2, key3) },
			func(b builder) completed { return b.ConfigGet().Parameter(key, key2, key3).Build() }),
		use("ConfigSet", "", status,
			func(c *commands) futureOf[string] { return c.ConfigSet(key, value) },
			func(b builder) completed { return b.ConfigSet().ParameterValue().ParameterValue(key, value).Build() }),
		use("FlushAll", "", status,
			func(c *commands) futureOf[string] { return c.FlushAll() },
			func(b builder) completed { return b.Flushall().Build() }),
		use("FlushAll", "ASYNC", status,
			func(c *commands) futureOf[string] { return c.FlushAll(rueidistx.Async) },
			func(b builder) completed { return b.Flushall().Async().Build() }),
		use("FlushAll", "SYNC", status,
			func(c *commands) futureOf[string] { return c.FlushAll(rueidistx.Sync) },
			func(b builder) completed { return b.Flushall().Sync().Build() }),
		use("FlushDB", "", status,
			func(c *commands) futureOf[string] { return c.FlushDB() },
			func(b builder) completed { return b.Flushdb().Build() }),
		use("FlushDB", "ASYNC", status,
			func(c *commands) futureOf[string] { return c.FlushDB(rueidistx.Async) },
			func(b builder) completed { return b.Flushdb().Async().Build() }),
		use("FlushDB", "SYNC", status,
			func(c *commands) futureOf[string] { return c.FlushDB(rueidistx.Sync) },
			func(b builder) completed { return b.Flushdb().Sync().Build() }),
		use("Info", "", serverInfo,
			func(c *commands) futureOf[rueidistx.ServerInfo] { return c.Info() },
			func(b builder) completed { return b.Info().Build() }),
		use("Info", "2", serverInfo,
			func(c *commands) futureOf[rueidistx.ServerInfo] { return c.Info(key, key2) },
			func(b builder) completed { return b.Info().Section(key, key2).Build() }),
		use("PingMessage", "", text,
			func(c *commands) futureOf[string] { return c.PingMessage(value) },
			func(b builder) completed { return b.Ping().Message(value).Build() }),
		use("PubSubChannels", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.PubSubChannels(key) },
			func(b builder) completed { return b.PubsubChannels().Pattern(key).Build() }),
		use("PubSubNumPat", "", number,
			func(c *commands) futureOf[int64] { return c.PubSubNumPat() },
			func(b builder) completed { return b.PubsubNumpat().Build() }),
		use("PubSubNumSub", "", subscribers,
			func(c *commands) futureOf[map[string]int64] { return c.PubSubNumSub(key, key2) },
			func(b builder) completed { return b.PubsubNumsub().Channel(key, key2).Build() }),
		use("PubSubShardChannels", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.PubSubShardChannels(key) },
			func(b builder) completed { return b.PubsubShardchannels().Pattern(key).Build() }),
		use("PubSubShardNumSub", "", subscribers,
			func(c *commands) futureOf[map[string]int64] { return c.PubSubShardNumSub(key, key2) },
			func(b builder) completed { return b.PubsubShardnumsub().Channel(key, key2).Build() }),
		use("ScriptExists", "", flags(2),
			func(c *commands) futureOf[[]bool] { return c.ScriptExists(digest, digest) },
			func(b builder) completed { return b.ScriptExists().Sha1(digest, digest).Build() }),
		use("ScriptShow", "", text,
			func(c *commands) futureOf[string] { return c.ScriptShow(digest) },
			func(b builder) completed { return b.ScriptShow().Sha1(digest).Build() }),
	}
}

var subscribers = alike(array(bulk(key), ":3\r\n", bulk(key2), ":0\r\n"), result.AsIntMap)

// The text of INFO is a verbatim string in RESP3.
var (
	infoText   = "# Server\r\nredis_version:8.0.0\r\nexecutable:/a:b\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0\r\n"
	serverInfo = reply[rueidistx.ServerInfo]{bulk(infoText), as3("=", len(infoText)+4, "\r\ntxt:"+infoText+"\r\n"), infoByHand}
)

func infoByHand(r result) (rueidistx.ServerInfo, error) {
	text, err := r.ToString()
	if err != nil {
		return nil, err
	}
	var sections rueidistx.ServerInfo
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "txt:"), "\r\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			sections = append(sections, rueidistx.InfoSection{Title: title})
		} else if name, value, ok := strings.Cut(line, ":"); ok {
			last := &sections[len(sections)-1]
			last.Fields = append(last.Fields, rueidistx.Field{Name: name, Value: value})
		}
	}
	return sections, nil
}
