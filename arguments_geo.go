package rueidistx

// GeoUnit is a unit of distance.
type GeoUnit uint8

const (
	Meters GeoUnit = 1 + iota
	Kilometers
	Feet
	Miles
)

// String returns Redis's word for the unit.
func (u GeoUnit) String() string {
	switch u {
	case Meters:
		return "m"
	case Kilometers:
		return "km"
	case Feet:
		return "ft"
	case Miles:
		return "mi"
	}
	return "?"
}

func (u GeoUnit) check() *failure {
	if u < Meters || u > Miles {
		return invalid("a unit of distance is Meters, Kilometers, Feet or Miles")
	}
	return nil
}

// GeoPoint is a position on the earth in degrees. Servers accept longitudes from -180 to 180 and latitudes from about -85.05
// to 85.05, and keep them to less than a meter.
type GeoPoint struct{ Longitude, Latitude float64 }

func (p GeoPoint) check() *failure {
	if err := needFinite(p.Longitude); err != nil {
		return err
	}
	return needFinite(p.Latitude)
}

func (p GeoPoint) append(words []string) []string {
	return append(words, decimal(p.Longitude), decimal(p.Latitude))
}

// GeoMember is a member of a geospatial index with its position.
type GeoMember struct {
	Member string
	GeoPoint
}

// needGeoMembers returns an error unless there is at least one member, and all coordinates are numbers.
func needGeoMembers(what string, members []GeoMember) *failure {
	for i := range members {
		if err := members[i].check(); err != nil {
			return err
		}
	}
	return needOne(what, members)
}

func appendGeoMembers(words []string, members []GeoMember) []string {
	for i := range members {
		words = append(members[i].GeoPoint.append(words), members[i].Member)
	}
	return words
}

// GeoOrigin is the center of a [Circle] or [Box]: see [FromMember] and [FromPoint].
type GeoOrigin struct {
	word   string // "" if it was made by neither
	member string
	point  GeoPoint
}

// FromMember is the position of a member of the index that is searched. If there is no such member, the server answers with
// an error.
func FromMember(member string) GeoOrigin { return GeoOrigin{word: "FROMMEMBER", member: member} }

// FromPoint is a position of its own.
func FromPoint(longitude, latitude float64) GeoOrigin {
	return GeoOrigin{word: "FROMLONLAT", point: GeoPoint{longitude, latitude}}
}

// GeoArea is what is searched: see [Circle], [Box] and [Polygon].
type GeoArea struct {
	word          string // "" if it was made by none of them
	from          GeoOrigin
	width, height float64 // the first is the radius of a circle
	unit          GeoUnit
	corners       []GeoPoint
}

// Circle is the area within a radius. A negative radius is [ErrInvalid].
func Circle(from GeoOrigin, radius float64, unit GeoUnit) GeoArea {
	return GeoArea{word: "BYRADIUS", from: from, width: radius, unit: unit}
}

// Box is the area of a rectangle, from west to east and from north to south, around its center. A negative width or height
// is [ErrInvalid].
func Box(from GeoOrigin, width, height float64, unit GeoUnit) GeoArea {
	return GeoArea{word: "BYBOX", from: from, width: width, height: height, unit: unit}
}

// Polygon is the area within corners, of which it needs three or more, otherwise it is [ErrInvalid]. The distances of what
// is found are from its center, in meters. It needs Valkey 9.0; Redis does not have it. Do not change corners before the
// method has returned.
func Polygon(corners ...GeoPoint) GeoArea { return GeoArea{word: "BYPOLYGON", corners: corners} }

func (a GeoArea) check() *failure {
	switch {
	case a.word == "":
		return invalid("an area was not made by Circle, Box or Polygon")
	case a.word == "BYPOLYGON":
		for _, corner := range a.corners {
			if err := corner.check(); err != nil {
				return err
			}
		}
		if len(a.corners) < 3 {
			return invalid("a polygon has three or more corners")
		}
		return nil
	case a.from.word == "":
		return invalid("the center of an area was not made by FromMember or FromPoint")
	case a.width < 0 || a.height < 0:
		return invalid("the size of an area is negative")
	}
	if err := a.from.point.check(); err != nil {
		return err
	}
	if err := (GeoPoint{a.width, a.height}).check(); err != nil {
		return err
	}
	return a.unit.check()
}

// size returns the maximum number of words of the area.
func (a GeoArea) size() int { return 7 + 2*len(a.corners) }

func appendGeoArea(words []string, a GeoArea) []string {
	if a.word == "BYPOLYGON" {
		words = append(words, a.word, integer(int64(len(a.corners))))
		for _, corner := range a.corners {
			words = corner.append(words)
		}
		return words
	}
	words = append(words, a.from.word)
	if a.from.word == "FROMMEMBER" {
		words = append(words, a.from.member)
	} else {
		words = a.from.point.append(words)
	}
	words = append(words, a.word, decimal(a.width))
	if a.word == "BYBOX" {
		words = append(words, decimal(a.height))
	}
	return append(words, a.unit.String())
}
