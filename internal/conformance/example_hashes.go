package conformance

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// among expects elements of a set, as many as named, and different ones where distinct.
func among(n int, distinct bool, set ...string) func(t *testing.T, got []string) {
	return func(t *testing.T, got []string) {
		assert.Len(t, got, n)
		assert.Subset(t, set, got)
		seen := map[string]bool{}
		for _, element := range got {
			assert.False(t, distinct && seen[element], "%s is there twice", element)
			seen[element] = true
		}
	}
}

// oneOf expects an element of a set.
func oneOf(set ...string) func(t *testing.T, got string) {
	return func(t *testing.T, got string) { assert.Contains(t, set, got) }
}

var hashExamples = []example{
	{method: "HDel", shows: "how many existed", given: "HSET $h a 1 b 2",
		call:  func(c *commands, k keys) check { return is(c.HDel(k("h"), "a", "x"), 1) },
		sends: "HDEL $h a x", then: "HLEN $h = 1"},
	{method: "HExists", shows: "a field", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HExists(k("h"), "a"), true) },
		sends: "HEXISTS $h a"},
	{method: "HExists", shows: "no field", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HExists(k("h"), "b"), false) },
		sends: "HEXISTS $h b"},
	{method: "HGet", shows: "a value", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HGet(k("h"), "a"), "1") },
		sends: "HGET $h a"},
	{method: "HGet", shows: "nil for a missing field", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return isNil(c.HGet(k("h"), "b")) },
		sends: "HGET $h b"},
	{method: "HGet", shows: "wrong type", given: "SET $h a",
		call:  func(c *commands, k keys) check { return fails(c.HGet(k("h"), "b"), "HGET", "WRONGTYPE") },
		sends: "HGET $h b"},
	{method: "HGetAll", shows: "fields and values", given: `HSET $h a 1 b ""`,
		call:  func(c *commands, k keys) check { return is(c.HGetAll(k("h")), map[string]string{"a": "1", "b": ""}) },
		sends: "HGETALL $h"},
	{method: "HGetAll", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.HGetAll(k("h")), map[string]string{}) },
		sends: "HGETALL $h"},
	{method: "HIncrBy", shows: "from a number", given: "HSET $h n 5",
		call:  func(c *commands, k keys) check { return is(c.HIncrBy(k("h"), "n", -7), -2) },
		sends: "HINCRBY $h n -7", then: "HGET $h n = -2"},
	{method: "HIncrBy", shows: "not a number", given: "HSET $h n x",
		call:  func(c *commands, k keys) check { return fails(c.HIncrBy(k("h"), "n", 1), "HINCRBY", "not an integer") },
		sends: "HINCRBY $h n 1", then: "HGET $h n = x"},
	{method: "HIncrByFloat", shows: "from a number", given: "HSET $h n 0.5",
		call:  func(c *commands, k keys) check { return is(c.HIncrByFloat(k("h"), "n", 0.25), 0.75) },
		sends: "HINCRBYFLOAT $h n 0.25", then: "HGET $h n = 0.75"},
	{method: "HKeys", shows: "the fields", given: "HSET $h a 1 b 2",
		call:  func(c *commands, k keys) check { return has(c.HKeys(k("h")), "a", "b") },
		sends: "HKEYS $h"},
	{method: "HKeys", shows: "empty for a missing key",
		call:  func(c *commands, k keys) check { return is(c.HKeys(k("h")), []string{}) },
		sends: "HKEYS $h"},
	{method: "HLen", shows: "number of fields", given: "HSET $h a 1 b 2",
		call:  func(c *commands, k keys) check { return is(c.HLen(k("h")), 2) },
		sends: "HLEN $h"},
	{method: "HMGet", shows: "missing ones", given: "HSET $h a 1 c 3",
		call: func(c *commands, k keys) check {
			return is(c.HMGet(k("h"), "a", "b", "c"), []rueidistx.Optional[string]{optional("1"), missing, optional("3")})
		},
		sends: "HMGET $h a b c"},
	{method: "HRandField", shows: "one of them", since: "6.2", given: "HSET $h a 1 b 2",
		call:  func(c *commands, k keys) check { return that(c.HRandField(k("h")), oneOf("a", "b")) },
		sends: "HRANDFIELD $h"},
	{method: "HRandField", shows: "nil for a missing key", since: "6.2",
		call:  func(c *commands, k keys) check { return isNil(c.HRandField(k("h"))) },
		sends: "HRANDFIELD $h"},
	{method: "HRandFields", shows: "different ones", since: "6.2", given: "HSET $h a 1 b 2 c 3",
		call:  func(c *commands, k keys) check { return that(c.HRandFields(k("h"), 2), among(2, true, "a", "b", "c")) },
		sends: "HRANDFIELD $h 2"},
	{method: "HRandFields", shows: "with repetitions", since: "6.2", given: "HSET $h a 1 b 2 c 3",
		call: func(c *commands, k keys) check {
			return that(c.HRandFields(k("h"), -7), among(7, false, "a", "b", "c"))
		},
		sends: "HRANDFIELD $h -7"},
	{method: "HRandFields", shows: "empty for a missing key", since: "6.2",
		call:  func(c *commands, k keys) check { return is(c.HRandFields(k("h"), 2), []string{}) },
		sends: "HRANDFIELD $h 2"},
	{method: "HSet", shows: "how many are new", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HSet(k("h"), "a", "2", "b", "3"), 1) },
		sends: "HSET $h a 2 b 3", then: "HMGET $h a b = 2 3"},
	{method: "HSetNX", shows: "a free field", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HSetNX(k("h"), "b", "2"), true) },
		sends: "HSETNX $h b 2", then: "HMGET $h a b = 1 2"},
	{method: "HSetNX", shows: "not over a field", given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HSetNX(k("h"), "a", "2"), false) },
		sends: "HSETNX $h a 2", then: "HGET $h a = 1"},
	{method: "HStrLen", shows: "in bytes", given: "HSET $h a hello",
		call:  func(c *commands, k keys) check { return is(c.HStrLen(k("h"), "a"), 5) },
		sends: "HSTRLEN $h a"},
	{method: "HVals", shows: "the values", given: "HSET $h a 1 b 1",
		call:  func(c *commands, k keys) check { return has(c.HVals(k("h")), "1", "1") },
		sends: "HVALS $h"},
}
