package parity

import (
	"slices"
	"strconv"

	"github.com/rueidistx/rueidistx"
)

const digest = "b6acb9d84a38ff74"

type (
	increaseInt   = rueidistx.Increase[int64]
	increaseFloat = rueidistx.Increase[float64]
)

var (
	increased      = alike(array(":1234567\r\n", ":-7\r\n"), increaseByHand)
	increasedFloat = reply[increaseFloat]{
		array(bulk("10.75"), bulk("0.25")), array(",10.75\r\n", ",0.25\r\n"), increaseFloatByHand,
	}
	lcsMatches = func() reply[rueidistx.LCSMatches] {
		ranges := array(array(":4\r\n", ":7\r\n"), array(":5\r\n", ":8\r\n"), ":4\r\n")
		r := alike(array(bulk("matches"), array(ranges, ranges), bulk("len"), ":6\r\n"), matchesByHand)
		r.resp3 = as3("%", 2, r.resp3)
		return r
	}()
)

func increaseByHand(r result) (increaseInt, error) {
	list, err := r.ToArray()
	if err != nil {
		return increaseInt{}, err
	}
	value, err := list[0].AsInt64()
	if err != nil {
		return increaseInt{}, err
	}
	increment, err := list[1].AsInt64()
	return increaseInt{Value: value, Increment: increment}, err
}

func increaseFloatByHand(r result) (increaseFloat, error) {
	list, err := r.ToArray()
	if err != nil {
		return increaseFloat{}, err
	}
	value, err := list[0].AsFloat64()
	if err != nil {
		return increaseFloat{}, err
	}
	increment, err := list[1].AsFloat64()
	return increaseFloat{Value: value, Increment: increment}, err
}

func matchesByHand(r result) (found rueidistx.LCSMatches, err error) {
	values, err := r.AsMap()
	if err != nil {
		return found, err
	}
	length, list := values["len"], values["matches"]
	if found.Length, err = length.AsInt64(); err != nil {
		return found, err
	}
	matches, err := list.ToArray()
	if err != nil {
		return found, err
	}
	found.Matches = make([]rueidistx.LCSMatch, len(matches))
	for i := range matches {
		parts, err := matches[i].ToArray()
		if err != nil {
			return found, err
		}
		for j, to := range []*rueidistx.LCSRange{&found.Matches[i].A, &found.Matches[i].B} {
			ends, err := parts[j].ToArray()
			if err != nil {
				return found, err
			}
			if to.Start, err = ends[0].AsInt64(); err != nil {
				return found, err
			}
			if to.End, err = ends[1].AsInt64(); err != nil {
				return found, err
			}
		}
		if found.Matches[i].Length, err = parts[2].AsInt64(); err != nil {
			return found, err
		}
	}
	return found, nil
}

func compareShapes() []shape {
	return []shape{
		use("DelEx", "IFEQ", flag,
			func(c *commands) futureOf[bool] { return c.DelEx(key, rueidistx.IfEq(value)) },
			func(b builder) completed { return b.Delex().Key(key).Ifeq(value).Build() }),
		use("DelEx", "IFNE", flag,
			func(c *commands) futureOf[bool] { return c.DelEx(key, rueidistx.IfNe(value)) },
			func(b builder) completed { return b.Delex().Key(key).Ifne(value).Build() }),
		use("DelEx", "IFDEQ", flag,
			func(c *commands) futureOf[bool] { return c.DelEx(key, rueidistx.IfDigestEq(digest)) },
			func(b builder) completed { return b.Delex().Key(key).Ifdeq(digest).Build() }),
		use("DelEx", "IFDNE", flag,
			func(c *commands) futureOf[bool] { return c.DelEx(key, rueidistx.IfDigestNe(digest)) },
			func(b builder) completed { return b.Delex().Key(key).Ifdne(digest).Build() }),
		use("DelIfEq", "", flag,
			func(c *commands) futureOf[bool] { return c.DelIfEq(key, value) },
			func(b builder) completed { return b.Delifeq().Key(key).Value(value).Build() }),
		use("Digest", "", text,
			func(c *commands) futureOf[string] { return c.Digest(key) },
			func(b builder) completed { return b.Digest().Key(key).Build() }),
		use("LCS", "", text,
			func(c *commands) futureOf[string] { return c.LCS(key, key2) },
			func(b builder) completed { return b.Lcs().Key1(key).Key2(key2).Build() }),
		use("LCSLen", "", number,
			func(c *commands) futureOf[int64] { return c.LCSLen(key, key2) },
			func(b builder) completed { return b.Lcs().Key1(key).Key2(key2).Len().Build() }),
		use("LCSMatches", "", lcsMatches,
			func(c *commands) futureOf[rueidistx.LCSMatches] { return c.LCSMatches(key, key2, large) },
			func(b builder) completed {
				return b.Lcs().Key1(key).Key2(key2).Idx().Minmatchlen(large).Withmatchlen().Build()
			}),
		use("Set", "IFEQ", set,
			func(c *commands) futureOf[bool] { return c.Set(key, value, rueidistx.IfEq(value)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifeq(value).Build() }),
		use("Set", "IFNE EX", set,
			func(c *commands) futureOf[bool] { return c.Set(key, value, rueidistx.IfNe(value), rueidistx.EX(whole)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifne(value).Ex(whole).Build() }),
		use("Set", "IFDEQ", unset,
			func(c *commands) futureOf[bool] { return c.Set(key, value, rueidistx.IfDigestEq(digest)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifdeq(digest).Build() }),
		use("Set", "IFDNE", set,
			func(c *commands) futureOf[bool] { return c.Set(key, value, rueidistx.IfDigestNe(digest)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifdne(digest).Build() }),
		use("SetGet", "IFEQ", text,
			func(c *commands) futureOf[string] { return c.SetGet(key, value, rueidistx.IfEq(value)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifeq(value).Get().Build() }).
			sends("the builder has the condition first"),
		use("SetGet", "IFNE", text,
			func(c *commands) futureOf[string] { return c.SetGet(key, value, rueidistx.IfNe(value)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifne(value).Get().Build() }).
			sends("the builder has the condition first"),
		use("SetGet", "IFDEQ", text,
			func(c *commands) futureOf[string] { return c.SetGet(key, value, rueidistx.IfDigestEq(digest)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifdeq(digest).Get().Build() }).
			sends("the builder has the condition first"),
		use("SetGet", "IFDNE", none,
			func(c *commands) futureOf[string] { return c.SetGet(key, value, rueidistx.IfDigestNe(digest)) },
			func(b builder) completed { return b.Set().Key(key).Value(value).Ifdne(digest).Get().Build() }).
			sends("the builder has the condition first"),
	}
}

func mSetExShapes() []shape {
	values := []string{key, value, key2, value, key3, value}
	return []shape{
		use("MSetEx", "1", flag,
			func(c *commands) futureOf[bool] { return c.MSetEx([]string{key, value}) },
			func(b builder) completed { return b.Msetex().Numkeys(1).KeyValue().KeyValue(key, value).Build() }),
		use("MSetEx", "3 NX EX", flag,
			func(c *commands) futureOf[bool] { return c.MSetEx(values, rueidistx.NX, rueidistx.EX(whole)) },
			func(b builder) completed {
				pairs := b.Msetex().Numkeys(3).KeyValue().KeyValue(key, value).KeyValue(key2, value).KeyValue(key3, value)
				return pairs.Nx().Ex(whole).Build()
			}),
		use("MSetEx", "100 XX PX", flag,
			func(c *commands) futureOf[bool] { return c.MSetEx(twice, rueidistx.XX, rueidistx.EX(fraction)) },
			func(b builder) completed {
				return withPairs(b.Msetex().Numkeys(count(elements)).KeyValue(), elements).Xx().Px(fraction).Build()
			}),
		use("MSetEx", "EXAT", flag,
			func(c *commands) futureOf[bool] { return c.MSetEx([]string{key, value}, rueidistx.EXAT(date)) },
			func(b builder) completed {
				return b.Msetex().Numkeys(1).KeyValue().KeyValue(key, value).Exat(date).Build()
			}),
		use("MSetEx", "PXAT", flag,
			func(c *commands) futureOf[bool] { return c.MSetEx([]string{key, value}, rueidistx.EXAT(instant)) },
			func(b builder) completed {
				return b.Msetex().Numkeys(1).KeyValue().KeyValue(key, value).Pxat(instant).Build()
			}),
		use("MSetEx", "KEEPTTL", flag,
			func(c *commands) futureOf[bool] { return c.MSetEx([]string{key, value}, rueidistx.KeepTTL) },
			func(b builder) completed {
				return b.Msetex().Numkeys(1).KeyValue().KeyValue(key, value).Keepttl().Build()
			}),
	}
}

func incrExShapes() []shape {
	return slices.Concat([]shape{
		use("IncrEx", "", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small) },
			func(b builder) completed { return b.Increx().Key(key).Byint(small).Build() }),
		use("IncrEx", "LBOUND UBOUND SATURATE EX ENX", increased,
			func(c *commands) futureOf[increaseInt] {
				return c.IncrEx(key, large, rueidistx.LowerBound(-12345), rueidistx.UpperBound(12345), rueidistx.Saturate,
					rueidistx.EX(whole), rueidistx.ENX)
			},
			func(b builder) completed {
				return b.Increx().Key(key).Byint(large).Lbound(-12345).Ubound(12345).Saturate().ExSeconds(wholeSeconds).Enx().Build()
			}),
		use("IncrEx", "PX", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small, rueidistx.EX(fraction)) },
			func(b builder) completed {
				return b.Increx().Key(key).Byint(small).PxMilliseconds(fraction.Milliseconds()).Build()
			}),
		use("IncrEx", "EXAT", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small, rueidistx.EXAT(date)) },
			func(b builder) completed {
				return b.Increx().Key(key).Byint(small).ExatTimestamp(date.Unix()).Build()
			}),
		use("IncrEx", "PXAT", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small, rueidistx.EXAT(instant)) },
			func(b builder) completed {
				return b.Increx().Key(key).Byint(small).PxatMillisecondsTimestamp(instant.UnixMilli()).Build()
			}),
		use("IncrEx", "PERSIST", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small, rueidistx.Persist) },
			func(b builder) completed { return b.Increx().Key(key).Byint(small).Persist().Build() }),
		use("IncrEx", "NX", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small, rueidistx.NX) },
			func(b builder) completed { return b.Arbitrary("INCREX").Keys(key).Args("BYINT", "7", "NX").Build() }),
		use("IncrEx", "XX", increased,
			func(c *commands) futureOf[increaseInt] { return c.IncrEx(key, small, rueidistx.XX) },
			func(b builder) completed { return b.Arbitrary("INCREX").Keys(key).Args("BYINT", "7", "XX").Build() }),
	}, []shape{
		use("IncrExFloat", "", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short) },
			func(b builder) completed { return b.Increx().Key(key).Byfloat(short).Build() }),
		use("IncrExFloat", "LBOUND UBOUND SATURATE EX ENX", increasedFloat,
			func(c *commands) futureOf[increaseFloat] {
				return c.IncrExFloat(key, long, rueidistx.LowerBoundFloat(minus), rueidistx.UpperBoundFloat(long), rueidistx.Saturate,
					rueidistx.EX(whole), rueidistx.ENX)
			},
			func(b builder) completed {
				return b.Increx().Key(key).Byfloat(long).Lbound(minus).Ubound(long).Saturate().ExSeconds(wholeSeconds).Enx().Build()
			}),
		use("IncrExFloat", "PX", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short, rueidistx.EX(fraction)) },
			func(b builder) completed {
				return b.Increx().Key(key).Byfloat(short).PxMilliseconds(fraction.Milliseconds()).Build()
			}),
		use("IncrExFloat", "EXAT", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short, rueidistx.EXAT(date)) },
			func(b builder) completed {
				return b.Increx().Key(key).Byfloat(short).ExatTimestamp(date.Unix()).Build()
			}),
		use("IncrExFloat", "PXAT", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short, rueidistx.EXAT(instant)) },
			func(b builder) completed {
				return b.Increx().Key(key).Byfloat(short).PxatMillisecondsTimestamp(instant.UnixMilli()).Build()
			}),
		use("IncrExFloat", "PERSIST", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short, rueidistx.Persist) },
			func(b builder) completed { return b.Increx().Key(key).Byfloat(short).Persist().Build() }),
		use("IncrExFloat", "NX", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short, rueidistx.NX) },
			func(b builder) completed {
				return b.Arbitrary("INCREX").Keys(key).Args("BYFLOAT", strconv.FormatFloat(short, 'f', -1, 64), "NX").Build()
			}),
		use("IncrExFloat", "XX", increasedFloat,
			func(c *commands) futureOf[increaseFloat] { return c.IncrExFloat(key, short, rueidistx.XX) },
			func(b builder) completed {
				return b.Arbitrary("INCREX").Keys(key).Args("BYFLOAT", strconv.FormatFloat(short, 'f', -1, 64), "XX").Build()
			}),
	})
}
