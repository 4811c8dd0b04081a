package parity

import "github.com/rueidistx/rueidistx"

var twoPatterns = []string{"w:*", "#"}

func sortShapes() []shape {
	return []shape{
		use("Sort", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.Sort(key) },
			func(b builder) completed { return b.Sort().Key(key).Build() }),
		use("Sort", "BY LIMIT DESC ALPHA", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.Sort(key, rueidistx.By(value), rueidistx.Limit(large, negative), rueidistx.Descending, rueidistx.Alphabetic)
			},
			func(b builder) completed {
				return b.Sort().Key(key).By(value).Limit(large, negative).Desc().Alpha().Build()
			}),
		use("Sort", "ASC", texts(3),
			func(c *commands) futureOf[[]string] { return c.Sort(key, rueidistx.Ascending) },
			func(b builder) completed { return b.Sort().Key(key).Asc().Build() }),
		use("SortGet", "", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.SortGet(key, twoPatterns) },
			func(b builder) completed { return b.Sort().Key(key).Get().Get("w:*").Get("#").Build() }),
		use("SortGet", "BY LIMIT", optionals(3),
			func(c *commands) futureOf[optionalTexts] {
				return c.SortGet(key, twoPatterns, rueidistx.By(value), rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.Sort().Key(key).By(value).Limit(large, negative).Get().Get("w:*").Get("#").Build()
			}),
		use("SortGet", "ASC", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.SortGet(key, twoPatterns, rueidistx.Ascending) },
			func(b builder) completed { return b.Sort().Key(key).Get().Get("w:*").Get("#").Asc().Build() }).
			sends("the builder has the patterns first"),
		use("SortGet", "DESC ALPHA", optionals(3),
			func(c *commands) futureOf[optionalTexts] {
				return c.SortGet(key, twoPatterns, rueidistx.Descending, rueidistx.Alphabetic)
			},
			func(b builder) completed { return b.Sort().Key(key).Get().Get("w:*").Get("#").Desc().Alpha().Build() }).
			sends("the builder has the patterns first"),
		use("SortGetStore", "", number,
			func(c *commands) futureOf[int64] { return c.SortGetStore(key2, key, twoPatterns) },
			func(b builder) completed { return b.Sort().Key(key).Get().Get("w:*").Get("#").Store(key2).Build() }).
			sends("the builder has STORE last"),
		use("SortGetStore", "BY LIMIT ASC ALPHA", number,
			func(c *commands) futureOf[int64] {
				return c.SortGetStore(key2, key, twoPatterns, rueidistx.By(value), rueidistx.Limit(large, negative), rueidistx.Ascending,
					rueidistx.Alphabetic)
			},
			func(b builder) completed {
				by := b.Sort().Key(key).By(value).Limit(large, negative).Get().Get("w:*").Get("#")
				return by.Asc().Alpha().Store(key2).Build()
			}).
			sends("the builder has STORE last"),
		use("SortGetStore", "DESC", number,
			func(c *commands) futureOf[int64] { return c.SortGetStore(key2, key, twoPatterns, rueidistx.Descending) },
			func(b builder) completed {
				return b.Sort().Key(key).Get().Get("w:*").Get("#").Desc().Store(key2).Build()
			}).
			sends("the builder has STORE last"),
		use("SortStore", "", number,
			func(c *commands) futureOf[int64] { return c.SortStore(key2, key) },
			func(b builder) completed { return b.Sort().Key(key).Store(key2).Build() }),
		use("SortStore", "BY LIMIT ASC ALPHA", number,
			func(c *commands) futureOf[int64] {
				return c.SortStore(key2, key, rueidistx.By(value), rueidistx.Limit(large, negative), rueidistx.Ascending, rueidistx.Alphabetic)
			},
			func(b builder) completed {
				return b.Sort().Key(key).By(value).Limit(large, negative).Asc().Alpha().Store(key2).Build()
			}).
			sends("the builder has STORE last"),
		use("SortStore", "DESC", number,
			func(c *commands) futureOf[int64] { return c.SortStore(key2, key, rueidistx.Descending) },
			func(b builder) completed { return b.Sort().Key(key).Desc().Store(key2).Build() }).
			sends("the builder has STORE last"),
		use("SortRO", "", texts(3),
			func(c *commands) futureOf[[]string] { return c.SortRO(key) },
			func(b builder) completed { return b.SortRo().Key(key).Build() }),
		use("SortRO", "BY LIMIT DESC ALPHA", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.SortRO(key, rueidistx.By(value), rueidistx.Limit(large, negative), rueidistx.Descending, rueidistx.Alphabetic)
			},
			func(b builder) completed {
				return b.SortRo().Key(key).By(value).Limit(large, negative).Desc().Alpha().Build()
			}),
		use("SortRO", "ASC", texts(3),
			func(c *commands) futureOf[[]string] { return c.SortRO(key, rueidistx.Ascending) },
			func(b builder) completed { return b.SortRo().Key(key).Asc().Build() }),
		use("SortROGet", "BY LIMIT", optionals(3),
			func(c *commands) futureOf[optionalTexts] {
				return c.SortROGet(key, twoPatterns, rueidistx.By(value), rueidistx.Limit(large, negative))
			},
			func(b builder) completed {
				return b.SortRo().Key(key).By(value).Limit(large, negative).Get().Get("w:*").Get("#").Build()
			}),
		use("SortROGet", "ASC ALPHA", optionals(3),
			func(c *commands) futureOf[optionalTexts] {
				return c.SortROGet(key, twoPatterns, rueidistx.Ascending, rueidistx.Alphabetic)
			},
			func(b builder) completed {
				return b.SortRo().Key(key).Get().Get("w:*").Get("#").Asc().Alpha().Build()
			}).
			sends("the builder has the patterns first"),
		use("SortROGet", "DESC", optionals(3),
			func(c *commands) futureOf[optionalTexts] { return c.SortROGet(key, twoPatterns, rueidistx.Descending) },
			func(b builder) completed { return b.SortRo().Key(key).Get().Get("w:*").Get("#").Desc().Build() }).
			sends("the builder has the patterns first"),
	}
}
