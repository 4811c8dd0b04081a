package conformance

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// sicily is an index of two towns, Palermo in the west and Catania in the east.
const (
	sicily  = "GEOADD $g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
	noGeo   = "it has no GEOSEARCH"
	palermo = 3479099956230698 // its hash
)

func town(name string, longitude, latitude float64) rueidistx.GeoMember {
	return rueidistx.GeoMember{Member: name, GeoPoint: rueidistx.GeoPoint{Longitude: longitude, Latitude: latitude}}
}

// near expects a number that servers round.
func near(f rueidistx.Future[float64], want float64) check {
	return that(f, func(t *testing.T, got float64) { assert.InDelta(t, want, got, 0.01) })
}

// around is a circle between the two towns, nearer to Catania, which both are in.
func around() rueidistx.GeoArea {
	return rueidistx.Circle(rueidistx.FromPoint(15, 37), 200, rueidistx.Kilometers)
}

var geoExamples = []example{
	{method: "GeoAdd", shows: "how many are new", given: "GEOADD $g 1 2 Catania",
		call: func(c *commands, k keys) check {
			return is(c.GeoAdd(k("g"), []rueidistx.GeoMember{town("Palermo", 13.5, 38.25), town("Catania", 15, 37.5)}), 1)
		},
		sends: "GEOADD $g 13.5 38.25 Palermo 15 37.5 Catania", then: "ZCARD $g = 2"},
	{method: "GeoAdd", shows: "NX and CH", since: "6.2", embedded: "it has no options of GEOADD", given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoAdd(k("g"), []rueidistx.GeoMember{town("Palermo", 1, 2), town("Enna", 14, 37)}, rueidistx.NX, rueidistx.CH), 1)
		},
		sends: "GEOADD $g NX CH 1 2 Palermo 14 37 Enna", then: "GEOHASH $g Palermo = sqc8b49rny0; ZCARD $g = 3"},
	{method: "GeoAdd", shows: "XX", since: "6.2", embedded: "it has no options of GEOADD",
		call: func(c *commands, k keys) check {
			return is(c.GeoAdd(k("g"), []rueidistx.GeoMember{town("Enna", 14, 37)}, rueidistx.XX), 0)
		},
		sends: "GEOADD $g XX 14 37 Enna", then: "EXISTS $g = 0"},
	{method: "GeoAdd", shows: "nowhere on the earth",
		call: func(c *commands, k keys) check {
			return fails(c.GeoAdd(k("g"), []rueidistx.GeoMember{town("Pole", 0, 90)}), "GEOADD", "invalid longitude,latitude pair")
		},
		sends: "GEOADD $g 0 90 Pole"},
	{method: "GeoDist", shows: "kilometers", given: sicily,
		call: func(c *commands, k keys) check {
			return near(c.GeoDist(k("g"), "Palermo", "Catania", rueidistx.Kilometers), 166.2742)
		},
		sends: "GEODIST $g Palermo Catania km"},
	{method: "GeoDist", shows: "feet", given: sicily,
		call: func(c *commands, k keys) check {
			return near(c.GeoDist(k("g"), "Catania", "Catania", rueidistx.Feet), 0)
		},
		sends: "GEODIST $g Catania Catania ft"},
	{method: "GeoDist", shows: "nil for no member", given: sicily,
		call:  func(c *commands, k keys) check { return isNil(c.GeoDist(k("g"), "Palermo", "Enna", rueidistx.Meters)) },
		sends: "GEODIST $g Palermo Enna m"},
	{method: "GeoHash", shows: "missing ones", embedded: "it has no GEOHASH", given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoHash(k("g"), "Palermo", "Enna", "Catania"), []rueidistx.Optional[string]{{Value: "sqc8b49rny0", OK: true}, {}, {Value: "sqdtr74hyu0", OK: true}})
		},
		sends: "GEOHASH $g Palermo Enna Catania"},
	{method: "GeoPos", shows: "missing ones", given: sicily,
		call: func(c *commands, k keys) check {
			return that(c.GeoPos(k("g"), "Palermo", "Enna"), func(t *testing.T, got []rueidistx.Optional[rueidistx.GeoPoint]) {
				require.Len(t, got, 2)
				assert.True(t, got[0].OK)
				assert.InDelta(t, 13.361389, got[0].Value.Longitude, 1e-5)
				assert.InDelta(t, 38.115556, got[0].Value.Latitude, 1e-5)
				assert.Zero(t, got[1])
			})
		},
		sends: "GEOPOS $g Palermo Enna"},
	{method: "GeoSearch", shows: "ASC", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearch(k("g"), around(), rueidistx.Ascending), []string{"Catania", "Palermo"})
		},
		sends: "GEOSEARCH $g FROMLONLAT 15 37 BYRADIUS 200 km ASC"},
	{method: "GeoSearch", shows: "DESC and COUNT", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearch(k("g"), around(), rueidistx.Descending, rueidistx.Count(1)), []string{"Palermo"})
		},
		sends: "GEOSEARCH $g FROMLONLAT 15 37 BYRADIUS 200 km DESC COUNT 1"},
	{method: "GeoSearch", shows: "COUNT ANY", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return that(c.GeoSearch(k("g"), around(), rueidistx.CountAny(1)), func(t *testing.T, got []string) { require.Len(t, got, 1) })
		},
		sends: "GEOSEARCH $g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 ANY"},
	{method: "GeoSearch", shows: "a box around a member", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearch(k("g"), rueidistx.Box(rueidistx.FromMember("Palermo"), 10, 0.5, rueidistx.Miles)), []string{"Palermo"})
		},
		sends: "GEOSEARCH $g FROMMEMBER Palermo BYBOX 10 0.5 mi"},
	{method: "GeoSearch", shows: "around no member", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return fails(c.GeoSearch(k("g"), rueidistx.Circle(rueidistx.FromMember("Enna"), 1, rueidistx.Feet)), "GEOSEARCH", "could not decode requested zset member")
		},
		sends: "GEOSEARCH $g FROMMEMBER Enna BYRADIUS 1 ft"},
	{method: "GeoSearch", shows: "empty for a missing key", since: "6.2", embedded: noGeo,
		call:  func(c *commands, k keys) check { return is(c.GeoSearch(k("g"), around()), []string{}) },
		sends: "GEOSEARCH $g FROMLONLAT 15 37 BYRADIUS 200 km"},
	{method: "GeoSearch", shows: "a polygon", valkey: "9.0", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearch(k("g"), rueidistx.Polygon(rueidistx.GeoPoint{Longitude: 12, Latitude: 37},
				rueidistx.GeoPoint{Longitude: 14, Latitude: 37}, rueidistx.GeoPoint{Longitude: 13.5, Latitude: 39})), []string{"Palermo"})
		},
		sends: "GEOSEARCH $g BYPOLYGON 3 12 37 14 37 13.5 39"},
	{method: "GeoSearchMatches", shows: "ASC", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return that(c.GeoSearchMatches(k("g"), around(), rueidistx.Ascending), func(t *testing.T, got []rueidistx.GeoMatch) {
				require.Len(t, got, 2)
				assert.Equal(t, "Catania", got[0].Member)
				assert.InDelta(t, 56.4413, got[0].Distance, 0.01)
				assert.Equal(t, "Palermo", got[1].Member)
				assert.InDelta(t, 190.4424, got[1].Distance, 0.01)
				assert.EqualValues(t, palermo, got[1].Hash)
				assert.InDelta(t, 13.361389, got[1].Longitude, 1e-5)
				assert.InDelta(t, 38.115556, got[1].Latitude, 1e-5)
			})
		},
		sends: "GEOSEARCH $g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST WITHHASH"},
	{method: "GeoSearchMatches", shows: "nothing", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearchMatches(k("g"), rueidistx.Circle(rueidistx.FromPoint(0, 0), 1, rueidistx.Meters)), []rueidistx.GeoMatch{})
		},
		sends: "GEOSEARCH $g FROMLONLAT 0 0 BYRADIUS 1 m WITHCOORD WITHDIST WITHHASH"},
	{method: "GeoSearchStore", shows: "COUNT", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearchStore(k("d"), k("g"), around(), rueidistx.Descending, rueidistx.Count(1)), 1)
		},
		sends: "GEOSEARCHSTORE $d $g FROMLONLAT 15 37 BYRADIUS 200 km DESC COUNT 1", then: "GEOHASH $d Palermo = sqc8b49rny0; ZCARD $d = 1"},
	{method: "GeoSearchStore", shows: "STOREDIST", since: "6.2", embedded: noGeo, given: sicily,
		call: func(c *commands, k keys) check {
			return is(c.GeoSearchStore(k("d"), k("g"), rueidistx.Circle(rueidistx.FromMember("Palermo"), 200, rueidistx.Kilometers), rueidistx.StoreDist), 2)
		},
		sends: "GEOSEARCHSTORE $d $g FROMMEMBER Palermo BYRADIUS 200 km STOREDIST", then: "ZSCORE $d Palermo = 0; ZCOUNT $d 166 167 = 1"},
	{method: "GeoSearchStore", shows: "nothing", since: "6.2", embedded: noGeo, given: sicily + "; SET $d x",
		call: func(c *commands, k keys) check {
			return is(c.GeoSearchStore(k("d"), k("g"), rueidistx.Circle(rueidistx.FromPoint(0, 0), 1, rueidistx.Meters), rueidistx.CountAny(3)), 0)
		},
		sends: "GEOSEARCHSTORE $d $g FROMLONLAT 0 0 BYRADIUS 1 m COUNT 3 ANY", then: "EXISTS $d = 0"},
}
