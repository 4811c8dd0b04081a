package parity

import (
	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

type optionalInts = []rueidistx.Optional[int64]

var bitFieldReply = reply[optionalInts]{
	array(":7\r\n", "$-1\r\n", ":1234567\r\n"), array(":7\r\n", "_\r\n", ":1234567\r\n"),
	func(r result) (optionalInts, error) { return optionalsByHand(r, (*rueidis.RedisMessage).AsInt64) },
}

func integers(n int) reply[[]int64] {
	return alike(array(repeated(":1234567\r\n", n)...), result.AsIntSlice)
}

func bitFieldShapes() []shape {
	u8, i64 := rueidistx.Unsigned(8), rueidistx.Signed(64)
	return []shape{
		use("BitCountRange", "BYTE", number,
			func(c *commands) futureOf[int64] { return c.BitCountRange(key, large, negative, rueidistx.InBytes) },
			func(b builder) completed { return b.Bitcount().Key(key).Start(large).End(negative).Byte().Build() }),
		use("BitCountRange", "BIT", number,
			func(c *commands) futureOf[int64] { return c.BitCountRange(key, large, negative, rueidistx.InBits) },
			func(b builder) completed { return b.Bitcount().Key(key).Start(large).End(negative).Bit().Build() }),
		use("BitPosFrom", "", number,
			func(c *commands) futureOf[int64] { return c.BitPosFrom(key, yes, negative) },
			func(b builder) completed { return b.Bitpos().Key(key).Bit(1).Start(negative).Build() }),
		use("BitPosRange", "", number,
			func(c *commands) futureOf[int64] { return c.BitPosRange(key, yes, negative, large) },
			func(b builder) completed { return b.Bitpos().Key(key).Bit(1).Start(negative).End(large).Build() }),
		use("BitPosRange", "BYTE", number,
			func(c *commands) futureOf[int64] { return c.BitPosRange(key, yes, negative, large, rueidistx.InBytes) },
			func(b builder) completed {
				return b.Bitpos().Key(key).Bit(1).Start(negative).End(large).Byte().Build()
			}),
		use("BitPosRange", "BIT", number,
			func(c *commands) futureOf[int64] { return c.BitPosRange(key, yes, negative, large, rueidistx.InBits) },
			func(b builder) completed {
				return b.Bitpos().Key(key).Bit(1).Start(negative).End(large).Bit().Build()
			}),
		use("BitOp", "DIFF", number,
			func(c *commands) futureOf[int64] { return c.BitOp(rueidistx.BitDiff, value, key, key2) },
			func(b builder) completed { return b.Bitop().Diff().Destkey(value).Key(key, key2).Build() }),
		use("BitOp", "DIFF1", number,
			func(c *commands) futureOf[int64] { return c.BitOp(rueidistx.BitDiff1, value, key, key2) },
			func(b builder) completed { return b.Bitop().Diff1().Destkey(value).Key(key, key2).Build() }),
		use("BitOp", "ANDOR", number,
			func(c *commands) futureOf[int64] { return c.BitOp(rueidistx.BitAndOr, value, key, key2) },
			func(b builder) completed { return b.Bitop().Andor().Destkey(value).Key(key, key2).Build() }),
		use("BitOp", "ONE", number,
			func(c *commands) futureOf[int64] { return c.BitOp(rueidistx.BitOne, value, key, key2) },
			func(b builder) completed { return b.Bitop().One().Destkey(value).Key(key, key2).Build() }),
		use("BitField", "GET", bitFieldReply,
			func(c *commands) futureOf[optionalInts] { return c.BitField(key, rueidistx.BitGet(u8, small)) },
			func(b builder) completed { return b.Bitfield().Key(key).Get("u8", small).Build() }),
		use("BitField", "all", bitFieldReply,
			func(c *commands) futureOf[optionalInts] {
				return c.BitField(key, rueidistx.BitGet(u8, small), rueidistx.Overflow(rueidistx.BitFail),
					rueidistx.BitSet(u8, large, small), rueidistx.BitIncrBy(i64, large, negative))
			},
			func(b builder) completed {
				return b.Bitfield().Key(key).Get("u8", small).OverflowFail().Set("u8", large, small).Incrby("i64", large, negative).Build()
			}),
		use("BitField", "OVERFLOW SAT", bitFieldReply,
			func(c *commands) futureOf[optionalInts] {
				return c.BitField(key, rueidistx.Overflow(rueidistx.BitSaturate), rueidistx.BitIncrBy(u8, small, small))
			},
			func(b builder) completed {
				return b.Bitfield().Key(key).OverflowSat().Incrby("u8", small, small).Build()
			}),
		use("BitField", "OVERFLOW WRAP", bitFieldReply,
			func(c *commands) futureOf[optionalInts] {
				return c.BitField(key, rueidistx.Overflow(rueidistx.BitWrap), rueidistx.BitIncrBy(u8, small, small))
			},
			func(b builder) completed {
				return b.Bitfield().Key(key).OverflowWrap().Incrby("u8", small, small).Build()
			}),
		use("BitFieldRO", "2", integers(2),
			func(c *commands) futureOf[[]int64] {
				return c.BitFieldRO(key, rueidistx.BitGet(u8, small), rueidistx.BitGet(i64, large))
			},
			func(b builder) completed {
				return b.BitfieldRo().Key(key).Get().Get("u8", small).Get("i64", large).Build()
			}),
	}
}
