package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

const (
	noConfig = "it has no CONFIG"
	known    = "de2fc910f625cbbc401e92e25ae5c58d3e79bc3e" // the digest of return'rueidistx'
	unknown  = "0000000000000000000000000000000000000000" // the digest of no script
)

var serverExamples = []example{
	{method: "ConfigGet", shows: "a parameter", embedded: noConfig,
		call: func(c *commands, _ keys) check {
			return is(c.ConfigGet("slowlog-max-len"), map[string]string{"slowlog-max-len": "128"})
		},
		sends: "CONFIG GET slowlog-max-len"},
	{method: "ConfigGet", shows: "several patterns", since: "7.0", embedded: noConfig,
		call: func(c *commands, _ keys) check {
			return that(c.ConfigGet("slowlog-*", "databases"), func(t *testing.T, values map[string]string) {
				require.Contains(t, values, "databases")
				require.Contains(t, values, "slowlog-max-len")
			})
		},
		sends: "CONFIG GET slowlog-* databases"},
	{method: "ConfigGet", shows: "nothing", embedded: noConfig,
		call:  func(c *commands, _ keys) check { return is(c.ConfigGet("nosuch"), map[string]string{}) },
		sends: "CONFIG GET nosuch"},
	{method: "ConfigSet", shows: "a parameter", embedded: noConfig,
		call:  func(c *commands, _ keys) check { return is(c.ConfigSet("slowlog-max-len", "128"), "OK") },
		sends: "CONFIG SET slowlog-max-len 128"},
	{method: "ConfigSet", shows: "several parameters", since: "7.0", embedded: noConfig,
		call: func(c *commands, _ keys) check {
			return is(c.ConfigSet("slowlog-max-len", "128", "slowlog-log-slower-than", "10000"), "OK")
		},
		sends: "CONFIG SET slowlog-max-len 128 slowlog-log-slower-than 10000"},
	{method: "ConfigSet", shows: "no parameter", embedded: noConfig,
		call:  func(c *commands, _ keys) check { return fails(c.ConfigSet("nosuch", "1"), "CONFIG SET", "") },
		sends: "CONFIG SET nosuch 1"},
	{method: "FlushAll", shows: "everything", alone: true, given: "SET $k a",
		call:  func(c *commands, _ keys) check { return is(c.FlushAll(), "OK") },
		sends: "FLUSHALL"},
	{method: "FlushAll", shows: "in the background", alone: true, given: "SET $k a",
		call:  func(c *commands, _ keys) check { return is(c.FlushAll(rueidistx.Async), "OK") },
		sends: "FLUSHALL ASYNC"},
	{method: "FlushAll", shows: "at once", alone: true, since: "6.2", embedded: "it has no FLUSHALL SYNC", given: "SET $k a",
		call:  func(c *commands, _ keys) check { return is(c.FlushAll(rueidistx.Sync), "OK") },
		sends: "FLUSHALL SYNC"},
	{method: "FlushDB", shows: "the database", alone: true, given: "SET $k a",
		call:  func(c *commands, _ keys) check { return is(c.FlushDB(), "OK") },
		sends: "FLUSHDB"},
	{method: "FlushDB", shows: "in the background", alone: true, given: "SET $k a",
		call:  func(c *commands, _ keys) check { return is(c.FlushDB(rueidistx.Async), "OK") },
		sends: "FLUSHDB ASYNC"},
	{method: "FlushDB", shows: "at once", alone: true, since: "6.2", embedded: "it has no FLUSHDB SYNC", given: "SET $k a",
		call:  func(c *commands, _ keys) check { return is(c.FlushDB(rueidistx.Sync), "OK") },
		sends: "FLUSHDB SYNC"},
	{method: "Info", shows: "the default sections", embedded: "its INFO has one section",
		call: func(c *commands, _ keys) check {
			return that(c.Info(), func(t *testing.T, info rueidistx.ServerInfo) {
				require.Greater(t, len(info), 5)
				for _, section := range info {
					assert.NotEmpty(t, section.Title)
					assert.Equal(t, strings.TrimSpace(section.Title), section.Title)
				}
				role, ok := info.Get("role")
				require.True(t, ok)
				assert.Contains(t, []string{"master", "slave"}, role) // a client may read from replicas
			})
		},
		sends: "INFO"},
	{method: "Info", shows: "a section", embedded: "its INFO has one section",
		call: func(c *commands, _ keys) check {
			return that(c.Info("memory"), func(t *testing.T, info rueidistx.ServerInfo) {
				require.Len(t, info, 1)
				assert.Equal(t, "Memory", info[0].Title)
				_, ok := info.Get("used_memory")
				assert.True(t, ok)
				_, ok = info.Get("role")
				assert.False(t, ok)
			})
		},
		sends: "INFO memory"},
	{method: "Info", shows: "several sections", since: "7.0", embedded: "its INFO has one section",
		call: func(c *commands, _ keys) check {
			return that(c.Info("memory", "cpu"), func(t *testing.T, info rueidistx.ServerInfo) { require.Len(t, info, 2) })
		},
		sends: "INFO memory cpu"},
	{method: "PingMessage", shows: "the message",
		call:  func(c *commands, _ keys) check { return is(c.PingMessage("hello"), "hello") },
		sends: "PING hello"},
	{method: "PubSubChannels", shows: "none",
		call:  func(c *commands, _ keys) check { return is(c.PubSubChannels("rueidistx-nobody-*"), []string{}) },
		sends: "PUBSUB CHANNELS rueidistx-nobody-*"},
	{method: "PubSubNumPat", shows: "how many",
		call: func(c *commands, _ keys) check {
			return that(c.PubSubNumPat(), func(t *testing.T, n int64) { assert.GreaterOrEqual(t, n, int64(0)) })
		},
		sends: "PUBSUB NUMPAT"},
	{method: "PubSubNumSub", shows: "of each",
		call: func(c *commands, _ keys) check {
			return is(c.PubSubNumSub("rueidistx-a", "rueidistx-b"), map[string]int64{"rueidistx-a": 0, "rueidistx-b": 0})
		},
		sends: "PUBSUB NUMSUB rueidistx-a rueidistx-b"},
	{method: "PubSubShardChannels", shows: "none", since: "7.0", embedded: "it has no shard channels",
		call:  func(c *commands, _ keys) check { return is(c.PubSubShardChannels("rueidistx-nobody-*"), []string{}) },
		sends: "PUBSUB SHARDCHANNELS rueidistx-nobody-*"},
	{method: "PubSubShardNumSub", shows: "of each", since: "7.0", embedded: "it has no shard channels",
		call: func(c *commands, k keys) check {
			return is(c.PubSubShardNumSub(k("a"), k("b")), map[string]int64{k("a"): 0, k("b"): 0})
		},
		sends: "PUBSUB SHARDNUMSUB $a $b"},
	{method: "ScriptExists", shows: "of each", given: "SCRIPT LOAD return'rueidistx'",
		call: func(c *commands, _ keys) check {
			return is(c.ScriptExists(known, unknown, known), []bool{true, false, true})
		},
		sends: "SCRIPT EXISTS " + known + " " + unknown + " " + known},
	{method: "ScriptShow", shows: "the source", valkey: "8.0", embedded: "only Valkey has it", given: "SCRIPT LOAD return'rueidistx'",
		call:  func(c *commands, _ keys) check { return is(c.ScriptShow(known), "return'rueidistx'") },
		sends: "SCRIPT SHOW " + known},
}
