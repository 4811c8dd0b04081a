package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// twoFields is what the examples are given: one field with a TTL, and one without.
const twoFields = "HSET $h a 1 b 2; HEXPIRE $h 100 FIELDS 1 a"

const noFieldTTLs = "its fields do not expire"

func changes(list ...rueidistx.FieldChange) []rueidistx.FieldChange { return list }

var fieldExpiryExamples = []example{
	{method: "HExpire", shows: "in seconds", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: "HSET $h a 1",
		call: func(c *commands, k keys) check {
			return is(c.HExpire(k("h"), time.Minute, []string{"a", "b"}), changes(rueidistx.FieldChanged, rueidistx.FieldMissing))
		},
		sends: "HEXPIRE $h 60 FIELDS 2 a b", then: "HTTL $h FIELDS 1 a = 60"},
	{method: "HExpire", shows: "in milliseconds", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: "HSET $h a 1",
		call: func(c *commands, k keys) check {
			return is(c.HExpire(k("h"), 60_500*time.Millisecond, []string{"a"}), changes(rueidistx.FieldChanged))
		},
		sends: "HPEXPIRE $h 60500 FIELDS 1 a", then: "HPERSIST $h FIELDS 1 a = 1"},
	{method: "HExpire", shows: "0 deletes", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: "HSET $h a 1",
		call: func(c *commands, k keys) check {
			return is(c.HExpire(k("h"), 0, []string{"a"}), changes(rueidistx.FieldDeleted))
		},
		sends: "HEXPIRE $h 0 FIELDS 1 a", then: "EXISTS $h = 0"},
	{method: "HExpire", shows: "a negative TTL", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: "HSET $h a 1",
		call: func(c *commands, k keys) check {
			return fails(c.HExpire(k("h"), -time.Second, []string{"a"}), "HEXPIRE", "")
		},
		sends: "HEXPIRE $h -1 FIELDS 1 a", then: "HGET $h a = 1"},
	{method: "HExpire", shows: "a missing hash", since: "7.4", valkey: "9.0", embedded: noFieldTTLs,
		call: func(c *commands, k keys) check {
			return is(c.HExpire(k("h"), time.Minute, []string{"a"}), changes(rueidistx.FieldMissing))
		},
		sends: "HEXPIRE $h 60 FIELDS 1 a"},
	{method: "HExpire", shows: "NX", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HExpire(k("h"), time.Minute, []string{"a", "b"}, rueidistx.NX), changes(rueidistx.FieldUnchanged, rueidistx.FieldChanged))
		},
		sends: "HEXPIRE $h 60 NX FIELDS 2 a b"},
	{method: "HExpire", shows: "XX", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HExpire(k("h"), time.Minute, []string{"a", "b"}, rueidistx.XX), changes(rueidistx.FieldChanged, rueidistx.FieldUnchanged))
		},
		sends: "HEXPIRE $h 60 XX FIELDS 2 a b"},
	{method: "HExpireAt", shows: "in seconds", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HExpireAt(k("h"), far, []string{"a"}), changes(rueidistx.FieldChanged))
		},
		sends: "HEXPIREAT $h 4102444800 FIELDS 1 a", then: "HEXPIRETIME $h FIELDS 1 a = 4102444800"},
	{method: "HExpireAt", shows: "GT, in milliseconds", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HExpireAt(k("h"), farFraction, []string{"a", "b"}, rueidistx.GT), changes(rueidistx.FieldChanged, rueidistx.FieldUnchanged))
		},
		sends: "HPEXPIREAT $h 4102444800124 GT FIELDS 2 a b"},
	{method: "HExpireAt", shows: "LT", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HExpireAt(k("h"), far, []string{"a", "b"}, rueidistx.LT), changes(rueidistx.FieldUnchanged, rueidistx.FieldChanged))
		},
		sends: "HEXPIREAT $h 4102444800 LT FIELDS 2 a b"},
	{method: "HExpireTime", shows: "to the second", since: "7.4", valkey: "9.0", embedded: noFieldTTLs,
		given: "HSET $h a 1 b 2; HPEXPIREAT $h 4102444800000 FIELDS 1 a",
		call: func(c *commands, k keys) check {
			return is(c.HExpireTime(k("h"), "a", "b", "c"), []rueidistx.Optional[time.Time]{{Value: far, OK: true}, {OK: true}, {}})
		},
		sends: "HEXPIRETIME $h FIELDS 3 a b c"},
	{method: "HPExpireTime", shows: "to the millisecond", since: "7.4", valkey: "9.0", embedded: noFieldTTLs,
		given: "HSET $h a 1 b 2; HPEXPIREAT $h 4102444800124 FIELDS 1 a",
		call: func(c *commands, k keys) check {
			return is(c.HPExpireTime(k("h"), "a", "b", "c"),
				[]rueidistx.Optional[time.Time]{{Value: time.UnixMilli(4102444800124), OK: true}, {OK: true}, {}})
		},
		sends: "HPEXPIRETIME $h FIELDS 3 a b c"},
	{method: "HTTL", shows: "to the second", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call:  func(c *commands, k keys) check { return that(c.HTTL(k("h"), "a", "b", "c"), ttls) },
		sends: "HTTL $h FIELDS 3 a b c"},
	{method: "HTTL", shows: "a missing hash", since: "7.4", valkey: "9.0", embedded: noFieldTTLs,
		call: func(c *commands, k keys) check {
			return is(c.HTTL(k("h"), "a"), []rueidistx.Optional[time.Duration]{{}})
		},
		sends: "HTTL $h FIELDS 1 a"},
	{method: "HPTTL", shows: "to the millisecond", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call:  func(c *commands, k keys) check { return that(c.HPTTL(k("h"), "a", "b", "c"), ttls) },
		sends: "HPTTL $h FIELDS 3 a b c"},
	{method: "HPersist", shows: "three kinds of fields", since: "7.4", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HPersist(k("h"), "a", "b", "c"),
				changes(rueidistx.FieldChanged, rueidistx.FieldNoTTL, rueidistx.FieldMissing))
		},
		sends: "HPERSIST $h FIELDS 3 a b c", then: "HTTL $h FIELDS 1 a = -1"},
	{method: "HGetDel", shows: "takes fields away", since: "8.0", valkey: "9.1", embedded: noFieldTTLs, given: "HSET $h a 1 b 2",
		call: func(c *commands, k keys) check {
			return is(c.HGetDel(k("h"), "a", "c"), []rueidistx.Optional[string]{optional("1"), missing})
		},
		sends: "HGETDEL $h FIELDS 2 a c", then: "HLEN $h = 1"},
	{method: "HGetEx", shows: "without an option", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HGetEx(k("h"), []string{"a", "c"}), []rueidistx.Optional[string]{optional("1"), missing})
		},
		sends: "HGETEX $h FIELDS 2 a c", then: "HTTL $h FIELDS 1 a = 100"},
	{method: "HGetEx", shows: "a TTL", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HGetEx(k("h"), []string{"b"}, rueidistx.EX(time.Minute)), []rueidistx.Optional[string]{optional("2")})
		},
		sends: "HGETEX $h EX 60 FIELDS 1 b", then: "HTTL $h FIELDS 1 b = 60"},
	{method: "HGetEx", shows: "a time", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HGetEx(k("h"), []string{"b"}, rueidistx.EXAT(farFraction)), []rueidistx.Optional[string]{optional("2")})
		},
		sends: "HGETEX $h PXAT 4102444800124 FIELDS 1 b"},
	{method: "HGetEx", shows: "no TTL any more", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HGetEx(k("h"), []string{"a"}, rueidistx.Persist), []rueidistx.Optional[string]{optional("1")})
		},
		sends: "HGETEX $h PERSIST FIELDS 1 a", then: "HTTL $h FIELDS 1 a = -1"},
	{method: "HSetEx", shows: "fields with a TTL", since: "8.0", valkey: "9.0", embedded: noFieldTTLs,
		call: func(c *commands, k keys) check {
			return is(c.HSetEx(k("h"), []string{"a", "1", "b", "2"}, rueidistx.EX(time.Minute)), true)
		},
		sends: "HSETEX $h EX 60 FIELDS 2 a 1 b 2", then: "HMGET $h a b = 1 2; HTTL $h FIELDS 1 b = 60"},
	{method: "HSetEx", shows: "without an option", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call:  func(c *commands, k keys) check { return is(c.HSetEx(k("h"), []string{"a", "v"}), true) },
		sends: "HSETEX $h FIELDS 1 a v", then: "HGET $h a = v; HTTL $h FIELDS 1 a = -1"},
	{method: "HSetEx", shows: "a field exists", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HSetEx(k("h"), []string{"a", "v", "c", "v"}, rueidistx.FNX, rueidistx.EXAT(far)), false)
		},
		sends: "HSETEX $h FNX EXAT 4102444800 FIELDS 2 a v c v", then: "HGET $h a = 1"},
	{method: "HSetEx", shows: "all fields exist", since: "8.0", valkey: "9.0", embedded: noFieldTTLs, given: twoFields,
		call: func(c *commands, k keys) check {
			return is(c.HSetEx(k("h"), []string{"a", "v"}, rueidistx.FXX, rueidistx.KeepTTL), true)
		},
		sends: "HSETEX $h FXX KEEPTTL FIELDS 1 a v", then: "HGET $h a = v; HTTL $h FIELDS 1 a = 100"},
	{method: "HSetEx", shows: "the hash exists", valkey: "9.1", embedded: noFieldTTLs, given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HSetEx(k("h"), []string{"b", "v"}, rueidistx.NX), false) },
		sends: "HSETEX $h NX FIELDS 1 b v", then: "HLEN $h = 1"},
	{method: "HSetEx", shows: "the hash exists, as it has to", valkey: "9.1", embedded: noFieldTTLs, given: "HSET $h a 1",
		call:  func(c *commands, k keys) check { return is(c.HSetEx(k("h"), []string{"b", "v"}, rueidistx.XX), true) },
		sends: "HSETEX $h XX FIELDS 1 b v", then: "HLEN $h = 2"},
	{method: "HRandFieldsWithValues", shows: "distinct ones", since: "6.2", given: "HSET $h a 1",
		call: func(c *commands, k keys) check {
			return is(c.HRandFieldsWithValues(k("h"), 5), []rueidistx.Field{{Name: "a", Value: "1"}})
		},
		sends: "HRANDFIELD $h 5 WITHVALUES"},
	{method: "HRandFieldsWithValues", shows: "possibly repeated", since: "6.2", given: "HSET $h a 1",
		call: func(c *commands, k keys) check {
			return is(c.HRandFieldsWithValues(k("h"), -2), []rueidistx.Field{{Name: "a", Value: "1"}, {Name: "a", Value: "1"}})
		},
		sends: "HRANDFIELD $h -2 WITHVALUES"},
	{method: "HRandFieldsWithValues", shows: "of a missing hash", since: "6.2",
		call:  func(c *commands, k keys) check { return is(c.HRandFieldsWithValues(k("h"), 5), []rueidistx.Field{}) },
		sends: "HRANDFIELD $h 5 WITHVALUES"},
	{method: "HScan", shows: "a small hash", given: "HSET $h a 1 b 2",
		call: func(c *commands, k keys) check {
			return that(c.HScan(k("h"), 0), func(t *testing.T, page rueidistx.Page[rueidistx.Field]) {
				assert.True(t, page.Done())
				assert.ElementsMatch(t, []rueidistx.Field{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}, page.Items)
			})
		},
		sends: "HSCAN $h 0"},
	{method: "HScan", shows: "some fields", given: "HSET $h a 1 b 2",
		call: func(c *commands, k keys) check {
			return is(c.HScan(k("h"), 0, rueidistx.Match("[b-z]"), rueidistx.Count(100)),
				rueidistx.Page[rueidistx.Field]{Items: []rueidistx.Field{{Name: "b", Value: "2"}}})
		},
		sends: "HSCAN $h 0 MATCH [b-z] COUNT 100"},
	{method: "HScan", shows: "a missing hash",
		call: func(c *commands, k keys) check {
			return is(c.HScan(k("h"), 0), rueidistx.Page[rueidistx.Field]{Items: []rueidistx.Field{}})
		},
		sends: "HSCAN $h 0"},
	{method: "HScanFields", shows: "some fields", since: "7.4", valkey: "8.0", embedded: ofRedis7, given: "HSET $h a 1 b 2",
		call: func(c *commands, k keys) check {
			return is(c.HScanFields(k("h"), 0, rueidistx.Match("b")), rueidistx.Page[string]{Items: []string{"b"}})
		},
		sends: "HSCAN $h 0 MATCH b NOVALUES"},
}

// ttls expects the TTLs of twoFields and of a missing one.
func ttls(t *testing.T, got []rueidistx.Optional[time.Duration]) {
	if assert.Len(t, got, 3) {
		assert.True(t, got[0].OK)
		between(90*time.Second, 100*time.Second)(t, got[0].Value)
		assert.Equal(t, rueidistx.Optional[time.Duration]{Value: rueidistx.NoTTL, OK: true}, got[1])
		assert.Zero(t, got[2])
	}
}
