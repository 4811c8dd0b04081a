package conformance

import "github.com/rueidistx/rueidistx"

// "abc" is 01100001 01100010 01100011 in bits.
var bitmapExamples = []example{
	{method: "BitCount", shows: "a whole string", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.BitCount(k("s")), 10) },
		sends: "BITCOUNT $s"},
	{method: "BitCountRange", shows: "some bytes", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.BitCountRange(k("s"), 1, -1), 7) },
		sends: "BITCOUNT $s 1 -1"},
	{method: "BitCountRange", shows: "in bytes", since: "7.0", given: "SET $s abc", embedded: "it has no units",
		call:  func(c *commands, k keys) check { return is(c.BitCountRange(k("s"), 0, 0, rueidistx.InBytes), 3) },
		sends: "BITCOUNT $s 0 0 BYTE"},
	{method: "BitCountRange", shows: "in bits", since: "7.0", given: "SET $s abc", embedded: "it has no units",
		call:  func(c *commands, k keys) check { return is(c.BitCountRange(k("s"), 2, -1, rueidistx.InBits), 9) },
		sends: "BITCOUNT $s 2 -1 BIT"},
	{method: "BitOp", shows: "bits of the first alone", since: "8.2", embedded: ofRedis7, given: "SET $a c; SET $b b",
		call:  func(c *commands, k keys) check { return is(c.BitOp(rueidistx.BitDiff, k("d"), k("a"), k("b")), 1) },
		sends: "BITOP DIFF $d $a $b", then: "BITCOUNT $d = 1"},
	{method: "BitOp", shows: "bits of all but the first", since: "8.2", embedded: ofRedis7, given: "SET $a a; SET $b b",
		call:  func(c *commands, k keys) check { return is(c.BitOp(rueidistx.BitDiff1, k("d"), k("a"), k("b")), 1) },
		sends: "BITOP DIFF1 $d $a $b", then: "BITCOUNT $d = 1"},
	{method: "BitOp", shows: "bits of the first and any other", since: "8.2", embedded: ofRedis7, given: "SET $a a; SET $b b",
		call:  func(c *commands, k keys) check { return is(c.BitOp(rueidistx.BitAndOr, k("d"), k("a"), k("b")), 1) },
		sends: "BITOP ANDOR $d $a $b", then: "BITCOUNT $d = 2"},
	{method: "BitOp", shows: "bits of one string only", since: "8.2", embedded: ofRedis7, given: "SET $a a; SET $b b",
		call:  func(c *commands, k keys) check { return is(c.BitOp(rueidistx.BitOne, k("d"), k("a"), k("b")), 1) },
		sends: "BITOP ONE $d $a $b", then: "BITCOUNT $d = 2"},
	{method: "BitOp", shows: "OR of two strings", given: "SET $a a; SET $b b",
		call:  func(c *commands, k keys) check { return is(c.BitOp(rueidistx.BitOr, k("d"), k("a"), k("b")), 1) },
		sends: "BITOP OR $d $a $b", then: "GET $d = c"},
	{method: "BitOp", shows: "NOT of one string", given: "SET $a a",
		call:  func(c *commands, k keys) check { return is(c.BitOp(rueidistx.BitNot, k("d"), k("a")), 1) },
		sends: "BITOP NOT $d $a", then: "BITCOUNT $d = 5"},
	{method: "BitPos", shows: "of the first 1", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.BitPos(k("s"), true), 1) },
		sends: "BITPOS $s 1"},
	{method: "BitPos", shows: "of the first 0", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.BitPos(k("s"), false), 0) },
		sends: "BITPOS $s 0"},
	{method: "BitPos", shows: "-1 for a missing key",
		call:  func(c *commands, k keys) check { return is(c.BitPos(k("s"), true), -1) },
		sends: "BITPOS $s 1"},
	{method: "BitPosFrom", shows: "of the first 1 from a byte on", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.BitPosFrom(k("s"), true, -1), 17) },
		sends: "BITPOS $s 1 -1"},
	{method: "BitPosRange", shows: "of the first 1 in some bytes", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.BitPosRange(k("s"), true, 1, 2), 9) },
		sends: "BITPOS $s 1 1 2"},
	{method: "BitPosRange", shows: "in bytes", since: "7.0", given: "SET $s abc", embedded: "it has no units",
		call:  func(c *commands, k keys) check { return is(c.BitPosRange(k("s"), true, 1, 2, rueidistx.InBytes), 9) },
		sends: "BITPOS $s 1 1 2 BYTE"},
	{method: "BitPosRange", shows: "in bits", since: "7.0", given: "SET $s abc", embedded: "it has no units",
		call:  func(c *commands, k keys) check { return is(c.BitPosRange(k("s"), false, 1, 2, rueidistx.InBits), -1) },
		sends: "BITPOS $s 0 1 2 BIT"},
	{method: "GetBit", shows: "a bit that is set", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.GetBit(k("s"), 1), true) },
		sends: "GETBIT $s 1"},
	{method: "GetBit", shows: "a bit beyond the end", given: "SET $s abc",
		call:  func(c *commands, k keys) check { return is(c.GetBit(k("s"), 1000), false) },
		sends: "GETBIT $s 1000"},
	{method: "SetBit", shows: "what it was", given: "SET $s a",
		call:  func(c *commands, k keys) check { return is(c.SetBit(k("s"), 7, false), true) },
		sends: "SETBIT $s 7 0", then: "GET $s = `"},
	{method: "SetBit", shows: "from nothing",
		call:  func(c *commands, k keys) check { return is(c.SetBit(k("s"), 7, true), false) },
		sends: "SETBIT $s 7 1", then: "GETBIT $s 7 = 1"},
	{method: "PFAdd", shows: "something new",
		call:  func(c *commands, k keys) check { return is(c.PFAdd(k("h"), "a", "b"), true) },
		sends: "PFADD $h a b", then: "PFCOUNT $h = 2"},
	{method: "PFAdd", shows: "nothing new", given: "PFADD $h a b",
		call:  func(c *commands, k keys) check { return is(c.PFAdd(k("h"), "a"), false) },
		sends: "PFADD $h a"},
	{method: "PFCount", shows: "the union", embedded: "it adds the counts up", given: "PFADD $h a b; PFADD $i b c",
		call:  func(c *commands, k keys) check { return is(c.PFCount(k("h"), k("i")), 3) },
		sends: "PFCOUNT $h $i"},
	{method: "PFAdd", shows: "nothing at all makes an empty one",
		call:     func(c *commands, k keys) check { return is(c.PFAdd(k("h")), true) },
		embedded: "it needs an element", sends: "PFADD $h", then: "PFCOUNT $h = 0; EXISTS $h = 1"},
	{method: "PFMerge", shows: "nothing",
		call:     func(c *commands, k keys) check { return is(c.PFMerge(k("d")), "OK") },
		embedded: "it needs a source", sends: "PFMERGE $d", then: "EXISTS $d = 1"},
	{method: "PFMerge", shows: "into another", given: "PFADD $h a b; PFADD $i b c",
		call:  func(c *commands, k keys) check { return is(c.PFMerge(k("d"), k("h"), k("i")), "OK") },
		sends: "PFMERGE $d $h $i", then: "PFCOUNT $d = 3"},
}

func integers(list ...int64) []rueidistx.Optional[int64] {
	values := make([]rueidistx.Optional[int64], len(list))
	for i, n := range list {
		values[i] = rueidistx.Optional[int64]{Value: n, OK: true}
	}
	return values
}

var bitFieldExamples = []example{
	{method: "BitField", shows: "one integer", given: "SET $s abc", embedded: noBitField,
		call: func(c *commands, k keys) check {
			return is(c.BitField(k("s"), rueidistx.BitGet(rueidistx.Unsigned(8), 8)), integers('b'))
		},
		sends: "BITFIELD $s GET u8 8"},
	{method: "BitField", shows: "reads and writes", embedded: noBitField,
		call: func(c *commands, k keys) check {
			i8 := rueidistx.Signed(8)
			return is(c.BitField(k("s"), rueidistx.BitSet(i8, 0, 100), rueidistx.Overflow(rueidistx.BitSaturate),
				rueidistx.BitIncrBy(i8, 0, 100), rueidistx.BitGet(i8, 0)), integers(0, 127, 127))
		},
		sends: "BITFIELD $s SET i8 0 100 OVERFLOW SAT INCRBY i8 0 100 GET i8 0", then: "STRLEN $s = 1"},
	{method: "BitField", shows: "an overflow that fails", given: "SET $s abc", embedded: noBitField,
		call: func(c *commands, k keys) check {
			return is(c.BitField(k("s"), rueidistx.Overflow(rueidistx.BitFail), rueidistx.BitIncrBy(rueidistx.Unsigned(8), 0, 200)),
				[]rueidistx.Optional[int64]{{}})
		},
		sends: "BITFIELD $s OVERFLOW FAIL INCRBY u8 0 200", then: "GET $s = abc"},
	{method: "BitField", shows: "an overflow that wraps around", given: "SET $s abc", embedded: noBitField,
		call: func(c *commands, k keys) check {
			return is(c.BitField(k("s"), rueidistx.Overflow(rueidistx.BitWrap), rueidistx.BitIncrBy(rueidistx.Unsigned(8), 0, 256)),
				integers('a'))
		},
		sends: "BITFIELD $s OVERFLOW WRAP INCRBY u8 0 256", then: "GET $s = abc"},
	{method: "BitFieldRO", shows: "several integers", given: "SET $s abc", embedded: noBitField,
		call: func(c *commands, k keys) check {
			return is(c.BitFieldRO(k("s"), rueidistx.BitGet(rueidistx.Signed(16), 0), rueidistx.BitGet(rueidistx.Signed(64), 64)),
				[]int64{0x6162, 0})
		},
		sends: "BITFIELD_RO $s GET i16 0 GET i64 64"},
}

const noBitField = "it has no BITFIELD"
