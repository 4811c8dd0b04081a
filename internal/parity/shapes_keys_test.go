package parity

import (
	"slices"
	"time"

	"github.com/rueidistx/rueidistx"
)

func keyShapes() []shape {
	return slices.Concat([]shape{
		use("Persist", "", flag,
			func(c *commands) futureOf[bool] { return c.Persist(key) },
			func(b builder) completed { return b.Persist().Key(key).Build() }),
		use("Rename", "", status,
			func(c *commands) futureOf[string] { return c.Rename(key, key2) },
			func(b builder) completed { return b.Rename().Key(key).Newkey(key2).Build() }),
		use("RenameNX", "", flag,
			func(c *commands) futureOf[bool] { return c.RenameNX(key, key2) },
			func(b builder) completed { return b.Renamenx().Key(key).Newkey(key2).Build() }),
		use("Type", "", text,
			func(c *commands) futureOf[string] { return c.Type(key) },
			func(b builder) completed { return b.Type().Key(key).Build() }),
		use("TTL", "", seconds,
			func(c *commands) futureOf[time.Duration] { return c.TTL(key) },
			func(b builder) completed { return b.Ttl().Key(key).Build() }),
		use("PTTL", "", millis,
			func(c *commands) futureOf[time.Duration] { return c.PTTL(key) },
			func(b builder) completed { return b.Pttl().Key(key).Build() }),
		use("ExpireTime", "", unix,
			func(c *commands) futureOf[time.Time] { return c.ExpireTime(key) },
			func(b builder) completed { return b.Expiretime().Key(key).Build() }),
		use("PExpireTime", "", unixMilli,
			func(c *commands) futureOf[time.Time] { return c.PExpireTime(key) },
			func(b builder) completed { return b.Pexpiretime().Key(key).Build() }),
	},
		lengths("Del", numbers,
			func(c *commands) futureOf[int64] { return c.Del(key) },
			func(c *commands) futureOf[int64] { return c.Del(key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.Del(elements...) },
			func(b builder, list []string) completed { return b.Del().Key(list...).Build() }),
		lengths("Exists", numbers,
			func(c *commands) futureOf[int64] { return c.Exists(key) },
			func(c *commands) futureOf[int64] { return c.Exists(key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.Exists(elements...) },
			func(b builder, list []string) completed { return b.Exists().Key(list...).Build() }),
		lengths("Touch", numbers,
			func(c *commands) futureOf[int64] { return c.Touch(key) },
			func(c *commands) futureOf[int64] { return c.Touch(key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.Touch(elements...) },
			func(b builder, list []string) completed { return b.Touch().Key(list...).Build() }),
		lengths("Unlink", numbers,
			func(c *commands) futureOf[int64] { return c.Unlink(key) },
			func(c *commands) futureOf[int64] { return c.Unlink(key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.Unlink(elements...) },
			func(b builder, list []string) completed { return b.Unlink().Key(list...).Build() }),
		expiryShapes(),
	)
}

func expiryShapes() []shape {
	return []shape{
		use("Expire", "", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, whole) },
			func(b builder) completed { return b.Expire().Key(key).Seconds(int64(whole / time.Second)).Build() }),
		use("Expire", "NX", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, whole, rueidistx.NX) },
			func(b builder) completed { return b.Expire().Key(key).Seconds(int64(whole / time.Second)).Nx().Build() }),
		use("Expire", "XX", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, whole, rueidistx.XX) },
			func(b builder) completed { return b.Expire().Key(key).Seconds(int64(whole / time.Second)).Xx().Build() }),
		use("Expire", "GT", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, whole, rueidistx.GT) },
			func(b builder) completed { return b.Expire().Key(key).Seconds(int64(whole / time.Second)).Gt().Build() }),
		use("Expire", "LT", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, whole, rueidistx.LT) },
			func(b builder) completed { return b.Expire().Key(key).Seconds(int64(whole / time.Second)).Lt().Build() }),
		use("Expire", "milliseconds", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, fraction) },
			func(b builder) completed { return b.Pexpire().Key(key).Milliseconds(fraction.Milliseconds()).Build() }),
		use("Expire", "milliseconds NX", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, fraction, rueidistx.NX) },
			func(b builder) completed {
				return b.Pexpire().Key(key).Milliseconds(fraction.Milliseconds()).Nx().Build()
			}),
		use("Expire", "milliseconds XX", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, fraction, rueidistx.XX) },
			func(b builder) completed {
				return b.Pexpire().Key(key).Milliseconds(fraction.Milliseconds()).Xx().Build()
			}),
		use("Expire", "milliseconds GT", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, fraction, rueidistx.GT) },
			func(b builder) completed {
				return b.Pexpire().Key(key).Milliseconds(fraction.Milliseconds()).Gt().Build()
			}),
		use("Expire", "milliseconds LT", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, fraction, rueidistx.LT) },
			func(b builder) completed {
				return b.Pexpire().Key(key).Milliseconds(fraction.Milliseconds()).Lt().Build()
			}),
		use("ExpireAt", "", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, date) },
			func(b builder) completed { return b.Expireat().Key(key).Timestamp(date.Unix()).Build() }),
		use("ExpireAt", "NX", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, date, rueidistx.NX) },
			func(b builder) completed { return b.Expireat().Key(key).Timestamp(date.Unix()).Nx().Build() }),
		use("ExpireAt", "XX", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, date, rueidistx.XX) },
			func(b builder) completed { return b.Expireat().Key(key).Timestamp(date.Unix()).Xx().Build() }),
		use("ExpireAt", "GT", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, date, rueidistx.GT) },
			func(b builder) completed { return b.Expireat().Key(key).Timestamp(date.Unix()).Gt().Build() }),
		use("ExpireAt", "LT", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, date, rueidistx.LT) },
			func(b builder) completed { return b.Expireat().Key(key).Timestamp(date.Unix()).Lt().Build() }),
		use("ExpireAt", "milliseconds", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, instant) },
			func(b builder) completed {
				return b.Pexpireat().Key(key).MillisecondsTimestamp(instant.UnixMilli()).Build()
			}),
		use("ExpireAt", "milliseconds NX", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, instant, rueidistx.NX) },
			func(b builder) completed {
				return b.Pexpireat().Key(key).MillisecondsTimestamp(instant.UnixMilli()).Nx().Build()
			}),
		use("ExpireAt", "milliseconds XX", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, instant, rueidistx.XX) },
			func(b builder) completed {
				return b.Pexpireat().Key(key).MillisecondsTimestamp(instant.UnixMilli()).Xx().Build()
			}),
		use("ExpireAt", "milliseconds GT", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, instant, rueidistx.GT) },
			func(b builder) completed {
				return b.Pexpireat().Key(key).MillisecondsTimestamp(instant.UnixMilli()).Gt().Build()
			}),
		use("ExpireAt", "milliseconds LT", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, instant, rueidistx.LT) },
			func(b builder) completed {
				return b.Pexpireat().Key(key).MillisecondsTimestamp(instant.UnixMilli()).Lt().Build()
			}),
		use("Expire", "XX GT", flag,
			func(c *commands) futureOf[bool] { return c.Expire(key, whole, rueidistx.XX, rueidistx.GT) },
			func(b builder) completed { return b.Expire().Key(key).Seconds(int64(whole / time.Second)).Gt().Build() }).
			sends("the builder has one condition"),
		use("ExpireAt", "XX LT", flag,
			func(c *commands) futureOf[bool] { return c.ExpireAt(key, date, rueidistx.XX, rueidistx.LT) },
			func(b builder) completed { return b.Expireat().Key(key).Timestamp(date.Unix()).Lt().Build() }).
			sends("the builder has one condition"),
	}
}
