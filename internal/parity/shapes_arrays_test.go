package parity

import (
	"slices"
	"strconv"

	"github.com/rueidistx/rueidistx"
)

var (
	index      = uint64(small)
	indices    = make([]uint64, len(elements))
	signed     = make([]int64, len(elements))
	ranges     = make([]rueidistx.IndexRange, len(elements))
	filled     = make([]rueidistx.Indexed, len(elements))
	predicates = []rueidistx.ArPredicate{rueidistx.ArExact(key), rueidistx.ArMatch(key2), rueidistx.ArGlob(key3), rueidistx.ArRegexp(value)}
)

func init() {
	for i, value := range elements {
		n := 1000 + i // numbers below 100 cost nothing
		indices[i], signed[i] = uint64(n), int64(n)
		ranges[i] = rueidistx.IndexRange{Start: uint64(n), End: uint64(n)}
		filled[i] = rueidistx.Indexed{Index: uint64(n), Value: value}
	}
}

func arrayShapes() []shape {
	return slices.Concat([]shape{
		use("ArCount", "", number,
			func(c *commands) futureOf[int64] { return c.ArCount(key) },
			func(b builder) completed { return b.Arcount().Key(key).Build() }),
		use("ArGet", "", text,
			func(c *commands) futureOf[string] { return c.ArGet(key, index) },
			func(b builder) completed { return b.Arget().Key(key).Index(small).Build() }),
		use("ArGet", "none", none,
			func(c *commands) futureOf[string] { return c.ArGet(key, index) },
			func(b builder) completed { return b.Arget().Key(key).Index(small).Build() }),
		use("ArGetRange", "", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.ArGetRange(key, index, index) },
			func(b builder) completed { return b.Argetrange().Key(key).Start(small).End(small).Build() }),
		use("ArGrep", "", indexes,
			func(c *commands) futureOf[[]uint64] { return c.ArGrep(key, index, index, predicates) },
			func(b builder) completed {
				return b.Argrep().Key(key).Start("7").End("7").Exact().String(key).Match().String(key2).Glob().Pattern(key3).Re().Pattern(value).Build()
			}),
		use("ArGrep", "options", indexes,
			func(c *commands) futureOf[[]uint64] {
				return c.ArGrep(key, index, index, predicates, rueidistx.MatchAll, rueidistx.NoCase, rueidistx.LimitTo(large))
			},
			func(b builder) completed {
				return grepByHand(b)
			}),
		use("ArGrepWithValues", "", indexed,
			func(c *commands) futureOf[[]rueidistx.Indexed] {
				return c.ArGrepWithValues(key, index, index, predicates)
			},
			func(b builder) completed {
				return b.Argrep().Key(key).Start("7").End("7").Exact().String(key).Match().String(key2).Glob().Pattern(key3).Re().Pattern(value).Withvalues().Build()
			}),
		use("ArGrepWithValues", "options", indexed,
			func(c *commands) futureOf[[]rueidistx.Indexed] {
				return c.ArGrepWithValues(key, index, index, predicates, rueidistx.MatchAll, rueidistx.NoCase, rueidistx.LimitTo(large))
			},
			func(b builder) completed {
				return grepByHand(b, "WITHVALUES")
			}),
		use("ArInfo", "", arrayInfo,
			func(c *commands) futureOf[rueidistx.ArrayInfo] { return c.ArInfo(key) },
			func(b builder) completed { return b.Arinfo().Key(key).Build() }),
		use("ArInfoFull", "", arrayDetail,
			func(c *commands) futureOf[rueidistx.ArrayDetail] { return c.ArInfoFull(key) },
			func(b builder) completed { return b.Arinfo().Key(key).Full().Build() }),
		use("ArLastItems", "", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.ArLastItems(key, large) },
			func(b builder) completed { return b.Arlastitems().Key(key).Count(large).Build() }),
		use("ArLastItems", "REV", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.ArLastItems(key, large, rueidistx.Rev) },
			func(b builder) completed { return b.Arlastitems().Key(key).Count(large).Rev().Build() }),
		use("ArLen", "", position,
			func(c *commands) futureOf[uint64] { return c.ArLen(key) },
			func(b builder) completed { return b.Arlen().Key(key).Build() }),
		use("ArNext", "", position,
			func(c *commands) futureOf[uint64] { return c.ArNext(key) },
			func(b builder) completed { return b.Arnext().Key(key).Build() }),
		use("ArOp", "", decimal,
			func(c *commands) futureOf[float64] { return c.ArOp(key, index, index, rueidistx.ArSum) },
			func(b builder) completed { return b.Arop().Key(key).Start(small).End(small).Sum().Build() }),
		use("ArOp", "none", noFloat,
			func(c *commands) futureOf[float64] { return c.ArOp(key, index, index, rueidistx.ArMax) },
			func(b builder) completed { return b.Arop().Key(key).Start(small).End(small).Max().Build() }),
		use("ArOpBits", "", number,
			func(c *commands) futureOf[int64] { return c.ArOpBits(key, index, index, rueidistx.BitXor) },
			func(b builder) completed { return b.Arop().Key(key).Start(small).End(small).Xor().Build() }),
		use("ArOpMatch", "", number,
			func(c *commands) futureOf[int64] { return c.ArOpMatch(key, index, index, value) },
			func(b builder) completed {
				return b.Arop().Key(key).Start(small).End(small).Match().Value(value).Build()
			}),
		use("ArOpUsed", "", number,
			func(c *commands) futureOf[int64] { return c.ArOpUsed(key, index, index) },
			func(b builder) completed { return b.Arop().Key(key).Start(small).End(small).Used().Build() }),
		use("ArScan", "", indexed,
			func(c *commands) futureOf[[]rueidistx.Indexed] { return c.ArScan(key, index, index) },
			func(b builder) completed { return b.Arscan().Key(key).Start(small).End(small).Build() }),
		use("ArScan", "LIMIT", indexed,
			func(c *commands) futureOf[[]rueidistx.Indexed] {
				return c.ArScan(key, index, index, rueidistx.LimitTo(large))
			},
			func(b builder) completed { return b.Arscan().Key(key).Start(small).End(small).Limit(large).Build() }),
		use("ArSeek", "", flag,
			func(c *commands) futureOf[bool] { return c.ArSeek(key, index) },
			func(b builder) completed { return b.Arseek().Key(key).Index(small).Build() }),
	},
		lengths("ArDel", numbers,
			func(c *commands) futureOf[int64] { return c.ArDel(key, indices[:1]...) },
			func(c *commands) futureOf[int64] { return c.ArDel(key, indices[:3]...) },
			func(c *commands) futureOf[int64] { return c.ArDel(key, indices...) },
			func(b builder, list []string) completed {
				return b.Ardel().Key(key).Index(signed[:len(list)]...).Build()
			}),
		lengths("ArMGet", optionals,
			func(c *commands) futureOf[optionalTexts] { return c.ArMGet(key, indices[:1]...) },
			func(c *commands) futureOf[optionalTexts] { return c.ArMGet(key, indices[:3]...) },
			func(c *commands) futureOf[optionalTexts] { return c.ArMGet(key, indices...) },
			func(b builder, list []string) completed {
				return b.Armget().Key(key).Index(signed[:len(list)]...).Build()
			}),
		lengths("ArInsert", positions,
			func(c *commands) futureOf[uint64] { return c.ArInsert(key, key) },
			func(c *commands) futureOf[uint64] { return c.ArInsert(key, key, key2, key3) },
			func(c *commands) futureOf[uint64] { return c.ArInsert(key, elements...) },
			func(b builder, list []string) completed { return b.Arinsert().Key(key).Value(list...).Build() }),
		lengths("ArRing", positions,
			func(c *commands) futureOf[uint64] { return c.ArRing(key, small, key) },
			func(c *commands) futureOf[uint64] { return c.ArRing(key, small, key, key2, key3) },
			func(c *commands) futureOf[uint64] { return c.ArRing(key, small, elements...) },
			func(b builder, list []string) completed {
				return b.Arring().Key(key).Size(small).Value(list...).Build()
			}),
		lengths("ArSet", numbers,
			func(c *commands) futureOf[int64] { return c.ArSet(key, index, key) },
			func(c *commands) futureOf[int64] { return c.ArSet(key, index, key, key2, key3) },
			func(c *commands) futureOf[int64] { return c.ArSet(key, index, elements...) },
			func(b builder, list []string) completed {
				return b.Arset().Key(key).Index(small).Value(list...).Build()
			}),
		lengths("ArDelRange", numbers,
			func(c *commands) futureOf[int64] { return c.ArDelRange(key, ranges[:1]...) },
			func(c *commands) futureOf[int64] { return c.ArDelRange(key, ranges[:3]...) },
			func(c *commands) futureOf[int64] { return c.ArDelRange(key, ranges...) },
			func(b builder, list []string) completed { return rangesByHand(b, len(list)) }),
		lengths("ArMSet", numbers,
			func(c *commands) futureOf[int64] { return c.ArMSet(key, filled[:1]...) },
			func(c *commands) futureOf[int64] { return c.ArMSet(key, filled[:3]...) },
			func(c *commands) futureOf[int64] { return c.ArMSet(key, filled...) },
			func(b builder, list []string) completed { return filledByHand(b, list) }),
	)
}

// grepByHand has options that the builder has not: nothing may follow its AND.
func grepByHand(b builder, withValues ...string) completed {
	return b.Arbitrary("ARGREP").Keys(key).Args("7", "7", "EXACT", key, "MATCH", key2, "GLOB", key3, "RE", value).
		Args(withValues...).Args("AND", "NOCASE", "LIMIT", strconv.FormatInt(large, 10)).Build()
}

func rangesByHand(b builder, n int) completed {
	build := b.Ardelrange().Key(key).Start(signed[0]).End(signed[0])
	for _, index := range signed[1:n] {
		build = build.Start(index).End(index)
	}
	return build.Build()
}

func filledByHand(b builder, list []string) completed {
	build := b.Armset().Key(key).Index(signed[0]).Value(list[0])
	for i, value := range list[1:] {
		build = build.Index(signed[i+1]).Value(value)
	}
	return build.Build()
}

var position = alike(":1234567\r\n", func(r result) (uint64, error) {
	n, err := r.AsInt64()
	return uint64(n), err
})

func positions(int) reply[uint64] { return position }

// The highest index does not fit into an int64.
var indexes = alike(array(":3\r\n", ":18446744073709551614\r\n"), func(r result) ([]uint64, error) {
	list, err := r.AsIntSlice()
	if err != nil {
		return nil, err
	}
	found := make([]uint64, len(list))
	for i, n := range list {
		found[i] = uint64(n)
	}
	return found, nil
})

var indexed = alike(array(array(":3\r\n", bulk(value)), array(":18446744073709551614\r\n", bulk(key))), func(r result) ([]rueidistx.Indexed, error) {
	list, err := r.ToArray()
	if err != nil {
		return nil, err
	}
	found := make([]rueidistx.Indexed, len(list))
	for i := range list {
		pair, err := list[i].ToArray()
		if err != nil {
			return nil, err
		}
		n, err := pair[0].ToInt64()
		if err != nil {
			return nil, err
		}
		found[i].Index = uint64(n)
		if found[i].Value, err = pair[1].ToString(); err != nil {
			return nil, err
		}
	}
	return found, nil
})

const (
	arrayFields = "$5\r\ncount\r\n:3\r\n$3\r\nlen\r\n:101\r\n$17\r\nnext-insert-index\r\n:1\r\n$6\r\nslices\r\n:2\r\n" +
		"$14\r\ndirectory-size\r\n:4\r\n$17\r\nsuper-dir-entries\r\n:5\r\n$10\r\nslice-size\r\n:4096\r\n"
	sliceCounts = "$12\r\ndense-slices\r\n:6\r\n$13\r\nsparse-slices\r\n:7\r\n"
)

var (
	arrayInfo = reply[rueidistx.ArrayInfo]{"*14\r\n" + arrayFields, "%7\r\n" + arrayFields, func(r result) (rueidistx.ArrayInfo, error) {
		detail, err := arrayByHand(r)
		return detail.ArrayInfo, err
	}}
	arrayDetail = reply[rueidistx.ArrayDetail]{
		"*24\r\n" + arrayFields + sliceCounts + bulk("avg-dense-size") + bulk("8.5") + bulk("avg-dense-fill") + bulk("0.5") + bulk("avg-sparse-size") + bulk("9.5"),
		"%12\r\n" + arrayFields + sliceCounts + bulk("avg-dense-size") + ",8.5\r\n" + bulk("avg-dense-fill") + ",0.5\r\n" + bulk("avg-sparse-size") + ",9.5\r\n",
		arrayByHand,
	}
)

func arrayByHand(r result) (d rueidistx.ArrayDetail, err error) {
	fields, err := r.AsMap()
	if err != nil {
		return d, err
	}
	number := func(name string) float64 {
		field, ok := fields[name]
		if !ok {
			return 0
		}
		f, numberErr := field.AsFloat64()
		if field.IsInt64() {
			n, _ := field.ToInt64()
			f, numberErr = float64(n), nil
		}
		if numberErr != nil {
			err = numberErr
		}
		return f
	}
	d.ArrayInfo = rueidistx.ArrayInfo{
		Count: int64(number("count")), Len: uint64(number("len")), Next: uint64(number("next-insert-index")),
		Slices: int64(number("slices")), DirectorySize: int64(number("directory-size")),
		SuperDirEntries: int64(number("super-dir-entries")), SliceSize: int64(number("slice-size")),
	}
	d.DenseSlices, d.SparseSlices = int64(number("dense-slices")), int64(number("sparse-slices"))
	d.AvgDenseSize, d.AvgDenseFill, d.AvgSparseSize = number("avg-dense-size"), number("avg-dense-fill"), number("avg-sparse-size")
	return d, err
}
