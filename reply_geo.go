package rueidistx

import "github.com/redis/rueidis"

// GeoMatch is a member that GEOSEARCH found.
type GeoMatch struct {
	GeoMember
	Distance float64 // from the center of the area, in its unit
	Hash     int64   // the position as a number of 52 bits, which is the member's score
}

// asGeoPoints decodes GEOPOS's reply.
func asGeoPoints(m rueidis.RedisMessage) ([]Optional[GeoPoint], error) {
	return elements(m, AsOptional(asGeoPoint))
}

func asGeoPoint(m rueidis.RedisMessage) (p GeoPoint, err error) {
	parts, err := partsOf(&m, 2, "a longitude and a latitude")
	if err != nil {
		return p, err
	}
	if p.Longitude, err = decodeElement(parts[0], AsFloat64); err == nil {
		p.Latitude, err = decodeElement(parts[1], AsFloat64)
	}
	if err != nil {
		return GeoPoint{}, err
	}
	return p, nil
}

// asGeoMatches decodes the reply of GEOSEARCH with WITHCOORD, WITHDIST and WITHHASH.
func asGeoMatches(m rueidis.RedisMessage) ([]GeoMatch, error) { return elements(m, asGeoMatch) }

func asGeoMatch(m rueidis.RedisMessage) (found GeoMatch, err error) {
	parts, err := partsOf(&m, 4, "a member with its distance, hash and position")
	if err != nil {
		return found, err
	}
	err = decodeInto(&found.Member, parts[0], AsString, nil)
	err = decodeInto(&found.Distance, parts[1], AsFloat64, err)
	err = decodeInto(&found.Hash, parts[2], AsInt64, err)
	if err = decodeInto(&found.GeoPoint, parts[3], asGeoPoint, err); err != nil {
		return GeoMatch{}, err
	}
	return found, nil
}
