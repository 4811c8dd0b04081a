package parity

import (
	"slices"
	"strconv"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

var (
	corners    = []rueidistx.GeoPoint{{Longitude: 1.5, Latitude: 2.5}, {Longitude: -2.25, Latitude: 3}, {Longitude: 12.125, Latitude: 4}}
	geoMembers = members100()
)

func members100() []rueidistx.GeoMember {
	var list []rueidistx.GeoMember
	for _, m := range elements {
		list = append(list, rueidistx.GeoMember{Member: m, GeoPoint: rueidistx.GeoPoint{Longitude: 1.5, Latitude: 2.5}})
	}
	return list
}

func geoShapes() []shape {
	return slices.Concat([]shape{
		use("GeoAdd", "", number,
			func(c *commands) futureOf[int64] {
				return c.GeoAdd(key, []rueidistx.GeoMember{{Member: value, GeoPoint: rueidistx.GeoPoint{Longitude: minus, Latitude: long}}})
			},
			func(b builder) completed {
				return b.Geoadd().Key(key).LongitudeLatitudeMember().LongitudeLatitudeMember(minus, long, value).Build()
			}),
		use("GeoAdd", "NX", number,
			func(c *commands) futureOf[int64] {
				return c.GeoAdd(key, []rueidistx.GeoMember{{Member: value, GeoPoint: rueidistx.GeoPoint{Longitude: minus, Latitude: long}}}, rueidistx.NX)
			},
			func(b builder) completed {
				return b.Geoadd().Key(key).Nx().LongitudeLatitudeMember().LongitudeLatitudeMember(minus, long, value).Build()
			}),
		use("GeoAdd", "XX", number,
			func(c *commands) futureOf[int64] {
				return c.GeoAdd(key, []rueidistx.GeoMember{{Member: value, GeoPoint: rueidistx.GeoPoint{Longitude: minus, Latitude: long}}}, rueidistx.XX)
			},
			func(b builder) completed {
				return b.Geoadd().Key(key).Xx().LongitudeLatitudeMember().LongitudeLatitudeMember(minus, long, value).Build()
			}),
		use("GeoAdd", "CH", number,
			func(c *commands) futureOf[int64] {
				return c.GeoAdd(key, []rueidistx.GeoMember{{Member: value, GeoPoint: rueidistx.GeoPoint{Longitude: minus, Latitude: long}}}, rueidistx.CH)
			},
			func(b builder) completed {
				return b.Geoadd().Key(key).Ch().LongitudeLatitudeMember().LongitudeLatitudeMember(minus, long, value).Build()
			}),
		use("GeoAdd", "XX CH", number,
			func(c *commands) futureOf[int64] {
				return c.GeoAdd(key, []rueidistx.GeoMember{{Member: value, GeoPoint: rueidistx.GeoPoint{Longitude: minus, Latitude: long}}}, rueidistx.XX, rueidistx.CH)
			},
			func(b builder) completed {
				return b.Geoadd().Key(key).Xx().Ch().LongitudeLatitudeMember().LongitudeLatitudeMember(minus, long, value).Build()
			}),
		use("GeoDist", "Meters", decimal,
			func(c *commands) futureOf[float64] {
				return c.GeoDist(key, key2, key3, rueidistx.Meters)
			},
			func(b builder) completed {
				return b.Geodist().Key(key).Member1(key2).Member2(key3).M().Build()
			}),
		use("GeoDist", "Kilometers", decimal,
			func(c *commands) futureOf[float64] {
				return c.GeoDist(key, key2, key3, rueidistx.Kilometers)
			},
			func(b builder) completed {
				return b.Geodist().Key(key).Member1(key2).Member2(key3).Km().Build()
			}),
		use("GeoDist", "Feet", decimal,
			func(c *commands) futureOf[float64] {
				return c.GeoDist(key, key2, key3, rueidistx.Feet)
			},
			func(b builder) completed {
				return b.Geodist().Key(key).Member1(key2).Member2(key3).Ft().Build()
			}),
		use("GeoDist", "Miles", noFloat,
			func(c *commands) futureOf[float64] {
				return c.GeoDist(key, key2, key3, rueidistx.Miles)
			},
			func(b builder) completed {
				return b.Geodist().Key(key).Member1(key2).Member2(key3).Mi().Build()
			}),
		use("GeoSearch", "circle", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Build()
			}),
		use("GeoSearch", "box", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Box(rueidistx.FromPoint(minus, long), short, long, rueidistx.Feet))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Fromlonlat(minus, long).Bybox(short).Height(long).Ft().Build()
			}),
		use("GeoSearch", "polygon", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Polygon(corners...))
			},
			func(b builder) completed {
				return withCorners(b.Arbitrary("GEOSEARCH").Keys(key)).Build()
			}),
		use("GeoSearch", "ASC", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Ascending)
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Asc().Build()
			}),
		use("GeoSearch", "DESC", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Descending)
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Desc().Build()
			}),
		use("GeoSearch", "COUNT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Count(large).Build()
			}),
		use("GeoSearch", "COUNT ANY", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.CountAny(large))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Count(large).Any().Build()
			}),
		use("GeoSearch", "ASC COUNT", texts(3),
			func(c *commands) futureOf[[]string] {
				return c.GeoSearch(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Ascending, rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Asc().Count(large).Build()
			}),
		use("GeoSearchMatches", "circle", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchMatches", "box", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Box(rueidistx.FromPoint(minus, long), short, long, rueidistx.Feet))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Fromlonlat(minus, long).Bybox(short).Height(long).Ft().Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchMatches", "polygon", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Polygon(corners...))
			},
			func(b builder) completed {
				return withCorners(b.Arbitrary("GEOSEARCH").Keys(key)).Args("WITHCOORD", "WITHDIST", "WITHHASH").Build()
			}),
		use("GeoSearchMatches", "ASC", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Ascending)
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Asc().Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchMatches", "DESC", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Descending)
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Desc().Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchMatches", "COUNT", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Count(large).Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchMatches", "COUNT ANY", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.CountAny(large))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Count(large).Any().Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchMatches", "ASC COUNT", geoMatches(3),
			func(c *commands) futureOf[[]rueidistx.GeoMatch] {
				return c.GeoSearchMatches(key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Ascending, rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Geosearch().Key(key).Frommember(value).Byradius(short).Km().Asc().Count(large).Withcoord().Withdist().Withhash().Build()
			}),
		use("GeoSearchStore", "circle", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers))
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Build()
			}),
		use("GeoSearchStore", "box", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Box(rueidistx.FromPoint(minus, long), short, long, rueidistx.Feet))
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Fromlonlat(minus, long).Bybox(short).Height(long).Ft().Build()
			}),
		use("GeoSearchStore", "polygon", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Polygon(corners...))
			},
			func(b builder) completed {
				return withCorners(b.Arbitrary("GEOSEARCHSTORE").Keys(key2, key)).Build()
			}),
		use("GeoSearchStore", "ASC", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Ascending)
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Asc().Build()
			}),
		use("GeoSearchStore", "DESC", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Descending)
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Desc().Build()
			}),
		use("GeoSearchStore", "COUNT", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Count(large).Build()
			}),
		use("GeoSearchStore", "COUNT ANY", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.CountAny(large))
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Count(large).Any().Build()
			}),
		use("GeoSearchStore", "ASC COUNT", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Ascending, rueidistx.Count(large))
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Asc().Count(large).Build()
			}),
		use("GeoSearchStore", "STOREDIST", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.StoreDist)
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Storedist().Build()
			}),
		use("GeoSearchStore", "DESC COUNT STOREDIST", number,
			func(c *commands) futureOf[int64] {
				return c.GeoSearchStore(key2, key, rueidistx.Circle(rueidistx.FromMember(value), short, rueidistx.Kilometers), rueidistx.Descending, rueidistx.Count(large), rueidistx.StoreDist)
			},
			func(b builder) completed {
				return b.Geosearchstore().Destination(key2).Source(key).Frommember(value).Byradius(short).Km().Desc().Count(large).Storedist().Build()
			}),
	},
		lengths("GeoAdd", numbers,
			func(c *commands) futureOf[int64] { return c.GeoAdd(key, geoMembers[:1]) },
			func(c *commands) futureOf[int64] { return c.GeoAdd(key, geoMembers[:3]) },
			func(c *commands) futureOf[int64] { return c.GeoAdd(key, geoMembers) },
			func(b builder, list []string) completed {
				members := b.Geoadd().Key(key).LongitudeLatitudeMember()
				for _, m := range geoMembers[:len(list)] {
					members = members.LongitudeLatitudeMember(m.Longitude, m.Latitude, m.Member)
				}
				return members.Build()
			}),
		lengths("GeoHash", optionals,
			func(c *commands) futureOf[optionalTexts] { return c.GeoHash(key, key) },
			func(c *commands) futureOf[optionalTexts] { return c.GeoHash(key, key, key2, key3) },
			func(c *commands) futureOf[optionalTexts] { return c.GeoHash(key, elements...) },
			func(b builder, list []string) completed { return b.Geohash().Key(key).Member(list...).Build() }),
		lengths("GeoPos", geoPoints,
			func(c *commands) futureOf[[]rueidistx.Optional[rueidistx.GeoPoint]] { return c.GeoPos(key, key) },
			func(c *commands) futureOf[[]rueidistx.Optional[rueidistx.GeoPoint]] {
				return c.GeoPos(key, key, key2, key3)
			},
			func(c *commands) futureOf[[]rueidistx.Optional[rueidistx.GeoPoint]] {
				return c.GeoPos(key, elements...)
			},
			func(b builder, list []string) completed { return b.Geopos().Key(key).Member(list...).Build() }),
	)
}

// withCorners writes out a polygon, for which rueidis's builder has no word.
func withCorners[A interface{ Args(args ...string) A }](command A) A {
	command = command.Args("BYPOLYGON", decimals(int64(len(corners))))
	for _, c := range corners {
		command = command.Args(strconv.FormatFloat(c.Longitude, 'f', -1, 64), strconv.FormatFloat(c.Latitude, 'f', -1, 64))
	}
	return command
}

// geoPoints are every other one missing, from the second on.
func geoPoints(n int) reply[[]rueidistx.Optional[rueidistx.GeoPoint]] {
	list2 := repeated(array(bulk("13.36138933897018433"), bulk("38.11555639549629859")), n)
	list3 := repeated(array(",13.361389338970184\r\n", ",38.1155563954963\r\n"), n)
	for i := 1; i < n; i += 2 {
		list2[i], list3[i] = "*-1\r\n", "_\r\n"
	}
	return reply[[]rueidistx.Optional[rueidistx.GeoPoint]]{
		array(list2...), array(list3...), func(r result) ([]rueidistx.Optional[rueidistx.GeoPoint], error) {
			return optionalsByHand(r, pointByHand)
		},
	}
}

func pointByHand(m *rueidis.RedisMessage) (p rueidistx.GeoPoint, err error) {
	parts, err := m.ToArray()
	if err != nil {
		return p, err
	}
	if p.Longitude, err = parts[0].AsFloat64(); err == nil {
		p.Latitude, err = parts[1].AsFloat64()
	}
	return p, err
}

// geoMatches are members with everything. rueidis decodes them to a type of its own.
func geoMatches(n int) reply[[]rueidistx.GeoMatch] {
	list2 := repeated(array(bulk(value), bulk("190.4424"), ":3479099956230698\r\n", array(bulk("13.5"), bulk("38.25"))), n)
	list3 := repeated(array(bulk(value), bulk("190.4424"), ":3479099956230698\r\n", array(",13.5\r\n", ",38.25\r\n")), n)
	return reply[[]rueidistx.GeoMatch]{array(list2...), array(list3...), func(r result) ([]rueidistx.GeoMatch, error) {
		list, err := r.AsGeosearch()
		if err != nil {
			return nil, err
		}
		found := make([]rueidistx.GeoMatch, len(list))
		for i, l := range list {
			found[i] = rueidistx.GeoMatch{
				GeoMember: rueidistx.GeoMember{Member: l.Name, GeoPoint: rueidistx.GeoPoint{Longitude: l.Longitude, Latitude: l.Latitude}},
				Distance:  l.Dist, Hash: l.GeoHash,
			}
		}
		return found, nil
	}}
}
