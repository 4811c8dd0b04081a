package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var keylessExamples = []example{
	{method: "DBSize", shows: "number of keys",
		call: func(c *commands, _ keys) check {
			return that(c.DBSize(), func(t *testing.T, n int64) { assert.GreaterOrEqual(t, n, int64(0)) })
		},
		sends: "DBSIZE", prefixed: allKeys},
	{method: "Echo", shows: "the message",
		call:  func(c *commands, _ keys) check { return is(c.Echo("hello"), "hello") },
		sends: "ECHO hello"},
	{method: "Echo", shows: "an empty message",
		call:  func(c *commands, _ keys) check { return is(c.Echo(""), "") },
		sends: `ECHO ""`},
	{method: "Ping", shows: "pong",
		call:  func(c *commands, _ keys) check { return is(c.Ping(), "PONG") },
		sends: "PING"},
	{method: "Publish", shows: "nobody listens",
		call:  func(c *commands, _ keys) check { return is(c.Publish("rueidistx-conformance", "hello"), 0) },
		sends: "PUBLISH rueidistx-conformance hello"},
	{method: "SPublish", shows: "nobody listens", since: "7.0", embedded: "it has no shard channels",
		call:  func(c *commands, k keys) check { return is(c.SPublish(k("c"), "hello"), 0) },
		sends: "SPUBLISH $c hello"},
	{method: "Time", shows: "now, to the microsecond",
		call: func(c *commands, _ keys) check {
			return that(c.Time(), func(t *testing.T, now time.Time) {
				assert.WithinDuration(t, time.Now(), now, 5*time.Minute)
				assert.Zero(t, now.Nanosecond()%int(time.Microsecond))
			})
		},
		sends: "TIME"},
}
