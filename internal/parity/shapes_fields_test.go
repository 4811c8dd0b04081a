package parity

import (
	"math"
	"slices"
	"time"

	"github.com/rueidistx/rueidistx"
)

type (
	fieldChanges  = []rueidistx.FieldChange
	optionalTTLs  = []rueidistx.Optional[time.Duration]
	optionalTimes = []rueidistx.Optional[time.Time]
)

// three are fields, and wholeSeconds a TTL.
var (
	three        = elements[:3]
	threePairs   = twice[:6]
	wholeSeconds = int64(whole / time.Second)
)

func changed(n int) reply[fieldChanges] {
	list := repeated(":1\r\n", n)
	for i := 1; i < n; i += 2 {
		list[i] = ":-2\r\n"
	}
	return alike(array(list...), func(r result) (fieldChanges, error) {
		list, err := r.ToArray()
		if err != nil {
			return nil, err
		}
		values := make(fieldChanges, len(list))
		for i := range list {
			n, err := list[i].AsInt64()
			if err != nil {
				return nil, err
			}
			values[i] = rueidistx.FieldChange(n)
		}
		return values, nil
	})
}

// orMissing is numbers, every other one of which is -2, that are decoded by unit.
func orMissing[T any](n int, number string, unit func(int64) T) reply[[]rueidistx.Optional[T]] {
	list := repeated(number, n)
	for i := 1; i < n; i += 2 {
		list[i] = ":-2\r\n"
	}
	return alike(array(list...), func(r result) ([]rueidistx.Optional[T], error) {
		list, err := r.ToArray()
		if err != nil {
			return nil, err
		}
		values := make([]rueidistx.Optional[T], len(list))
		for i := range list {
			n, err := list[i].AsInt64()
			if err != nil {
				return nil, err
			}
			if n != -2 {
				values[i] = rueidistx.Optional[T]{Value: unit(n), OK: true}
			}
		}
		return values, nil
	})
}

func ttls(n int) reply[optionalTTLs] {
	return orMissing(n, ":3600\r\n", func(n int64) time.Duration { return time.Duration(n) * time.Second })
}

func longTTL(int) reply[optionalTTLs] {
	return orMissing(3, ":4102444800123\r\n", func(n int64) time.Duration {
		return time.Duration(min(n, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
	})
}

func fieldShapes() []shape {
	return slices.Concat(expireShapes(), []shape{
		use("HPTTL", "3", longTTL(3),
			func(c *commands) futureOf[optionalTTLs] { return c.HPTTL(key, three...) },
			func(b builder) completed { return b.Hpttl().Key(key).Fields().Numfields(3).Field(three...).Build() }),
		use("HExpireTime", "3", orMissing(3, ":4102444800\r\n", func(n int64) time.Time { return time.Unix(n, 0) }),
			func(c *commands) futureOf[optionalTimes] { return c.HExpireTime(key, three...) },
			func(b builder) completed {
				return b.Hexpiretime().Key(key).Fields().Numfields(3).Field(three...).Build()
			}),
		use("HPExpireTime", "3", orMissing(3, ":4102444800123\r\n", time.UnixMilli),
			func(c *commands) futureOf[optionalTimes] { return c.HPExpireTime(key, three...) },
			func(b builder) completed {
				return b.Hpexpiretime().Key(key).Fields().Numfields(3).Field(three...).Build()
			}),
	},
		lengths("HTTL", ttls,
			func(c *commands) futureOf[optionalTTLs] { return c.HTTL(key, key) },
			func(c *commands) futureOf[optionalTTLs] { return c.HTTL(key, key, key2, key3) },
			func(c *commands) futureOf[optionalTTLs] { return c.HTTL(key, elements...) },
			func(b builder, list []string) completed {
				return b.Httl().Key(key).Fields().Numfields(count(list)).Field(list...).Build()
			}),
		lengths("HPersist", changed,
			func(c *commands) futureOf[fieldChanges] { return c.HPersist(key, key) },
			func(c *commands) futureOf[fieldChanges] { return c.HPersist(key, key, key2, key3) },
			func(c *commands) futureOf[fieldChanges] { return c.HPersist(key, elements...) },
			func(b builder, list []string) completed {
				return b.Hpersist().Key(key).Fields().Numfields(count(list)).Field(list...).Build()
			}),
		lengths("HGetDel", optionals,
			func(c *commands) futureOf[optionalTexts] { return c.HGetDel(key, key) },
			func(c *commands) futureOf[optionalTexts] { return c.HGetDel(key, key, key2, key3) },
			func(c *commands) futureOf[optionalTexts] { return c.HGetDel(key, elements...) },
			func(b builder, list []string) completed {
				return b.Hgetdel().Key(key).Fields().Numfields(count(list)).Field(list...).Build()
			}),
		hashExpiryShapes(),
	)
}

func expireShapes() []shape {
	return []shape{
		use("HExpire", "", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpire(key, whole, three) },
			func(b builder) completed {
				return b.Hexpire().Key(key).Seconds(wholeSeconds).Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpire", "100 fields, NX", changed(100),
			func(c *commands) futureOf[fieldChanges] { return c.HExpire(key, whole, elements, rueidistx.NX) },
			func(b builder) completed {
				return b.Hexpire().Key(key).Seconds(wholeSeconds).Nx().Fields().Numfields(count(elements)).Field(elements...).Build()
			}),
		use("HExpire", "XX", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpire(key, whole, three, rueidistx.XX) },
			func(b builder) completed {
				return b.Hexpire().Key(key).Seconds(wholeSeconds).Xx().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpire", "milliseconds GT", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpire(key, fraction, three, rueidistx.GT) },
			func(b builder) completed {
				return b.Hpexpire().Key(key).Milliseconds(fraction.Milliseconds()).Gt().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpire", "milliseconds LT", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpire(key, fraction, three, rueidistx.LT) },
			func(b builder) completed {
				return b.Hpexpire().Key(key).Milliseconds(fraction.Milliseconds()).Lt().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpireAt", "", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpireAt(key, date, three) },
			func(b builder) completed {
				return b.Hexpireat().Key(key).UnixTimeSeconds(date.Unix()).Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpireAt", "NX", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpireAt(key, date, three, rueidistx.NX) },
			func(b builder) completed {
				return b.Hexpireat().Key(key).UnixTimeSeconds(date.Unix()).Nx().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpireAt", "XX", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpireAt(key, date, three, rueidistx.XX) },
			func(b builder) completed {
				return b.Hexpireat().Key(key).UnixTimeSeconds(date.Unix()).Xx().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpireAt", "milliseconds GT", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpireAt(key, instant, three, rueidistx.GT) },
			func(b builder) completed {
				at := b.Hpexpireat().Key(key).UnixTimeMilliseconds(instant.UnixMilli())
				return at.Gt().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HExpireAt", "milliseconds LT", changed(3),
			func(c *commands) futureOf[fieldChanges] { return c.HExpireAt(key, instant, three, rueidistx.LT) },
			func(b builder) completed {
				at := b.Hpexpireat().Key(key).UnixTimeMilliseconds(instant.UnixMilli())
				return at.Lt().Fields().Numfields(3).Field(three...).Build()
			}),
	}
}

func hashExpiryShapes() []shape {
	return []shape{
		use("HGetEx", "", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.HGetEx(key, three) },
			func(b builder) completed { return b.Hgetex().Key(key).Fields().Numfields(3).Field(three...).Build() }),
		use("HGetEx", "100 fields, EX", optionals(100),
			func(c *commands) futureOf[optionalTexts] { return c.HGetEx(key, elements, rueidistx.EX(whole)) },
			func(b builder) completed {
				return b.Hgetex().Key(key).Ex(wholeSeconds).Fields().Numfields(count(elements)).Field(elements...).Build()
			}),
		use("HGetEx", "PX", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.HGetEx(key, three, rueidistx.EX(fraction)) },
			func(b builder) completed {
				return b.Hgetex().Key(key).Px(fraction.Milliseconds()).Fields().Numfields(3).Field(three...).Build()
			}),
		use("HGetEx", "EXAT", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.HGetEx(key, three, rueidistx.EXAT(date)) },
			func(b builder) completed {
				return b.Hgetex().Key(key).Exat(date.Unix()).Fields().Numfields(3).Field(three...).Build()
			}),
		use("HGetEx", "PXAT", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.HGetEx(key, three, rueidistx.EXAT(instant)) },
			func(b builder) completed {
				return b.Hgetex().Key(key).Pxat(instant.UnixMilli()).Fields().Numfields(3).Field(three...).Build()
			}),
		use("HGetEx", "PERSIST", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.HGetEx(key, three, rueidistx.Persist) },
			func(b builder) completed {
				return b.Hgetex().Key(key).Persist().Fields().Numfields(3).Field(three...).Build()
			}),
		use("HSetEx", "", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, threePairs) },
			func(b builder) completed {
				return withFields(b.Hsetex().Key(key).Fields().Numfields(3).FieldValue(), three).Build()
			}),
		use("HSetEx", "100 fields, FNX EX", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, twice, rueidistx.FNX, rueidistx.EX(whole)) },
			func(b builder) completed {
				fields := b.Hsetex().Key(key).Fnx().Ex(wholeSeconds).Fields().Numfields(count(elements)).FieldValue()
				return withFields(fields, elements).Build()
			}),
		use("HSetEx", "FXX PX", flag,
			func(c *commands) futureOf[bool] {
				return c.HSetEx(key, threePairs, rueidistx.FXX, rueidistx.EX(fraction))
			},
			func(b builder) completed {
				fields := b.Hsetex().Key(key).Fxx().Px(fraction.Milliseconds()).Fields().Numfields(3).FieldValue()
				return withFields(fields, three).Build()
			}),
		use("HSetEx", "EXAT", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, threePairs, rueidistx.EXAT(date)) },
			func(b builder) completed {
				return withFields(b.Hsetex().Key(key).Exat(date.Unix()).Fields().Numfields(3).FieldValue(), three).Build()
			}),
		use("HSetEx", "PXAT", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, threePairs, rueidistx.EXAT(instant)) },
			func(b builder) completed {
				return withFields(b.Hsetex().Key(key).Pxat(instant.UnixMilli()).Fields().Numfields(3).FieldValue(), three).Build()
			}),
		use("HSetEx", "KEEPTTL", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, threePairs, rueidistx.KeepTTL) },
			func(b builder) completed {
				return withFields(b.Hsetex().Key(key).Keepttl().Fields().Numfields(3).FieldValue(), three).Build()
			}),
		use("HSetEx", "NX", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, threePairs, rueidistx.NX) },
			func(b builder) completed {
				return b.Arbitrary("HSETEX").Keys(key).Args("NX", "FIELDS", "3").Args(threePairs...).Build()
			}),
		use("HSetEx", "XX", flag,
			func(c *commands) futureOf[bool] { return c.HSetEx(key, threePairs, rueidistx.XX) },
			func(b builder) completed {
				return b.Arbitrary("HSETEX").Keys(key).Args("XX", "FIELDS", "3").Args(threePairs...).Build()
			}),
	}
}
