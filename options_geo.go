package rueidistx

// GeoAddOption is an option of GEOADD: [NX], [XX], [CH].
type GeoAddOption interface{ geoAddOption() }

func (existence) geoAddOption() {}
func (zAddWord) geoAddOption()  {}

// GeoSearchOption is an option of GEOSEARCH: [Ascending], [Descending], [Count], [CountAny].
type GeoSearchOption interface{ geoSearchOption() }

// GeoSearchStoreOption is an option of GEOSEARCHSTORE: [Ascending], [Descending], [Count], [CountAny], [StoreDist].
type GeoSearchStoreOption interface{ geoSearchStoreOption() }

func (direction) geoSearchOption()      {}
func (direction) geoSearchStoreOption() {}

func (itemCount) geoSearchOption()      {}
func (itemCount) geoSearchStoreOption() {}

type anyCount int64

// CountAny makes GEOSEARCH and GEOSEARCHSTORE end after n members were found, which need not be the nearest: see [Count]. An
// n that is not positive is [ErrInvalid].
func CountAny(n int64) anyCount { return anyCount(n) }

func (anyCount) geoSearchOption()      {}
func (anyCount) geoSearchStoreOption() {}

type geoStoreWord uint8

// StoreDist makes GEOSEARCHSTORE store the distance of each member from the center of the area as its score.
const StoreDist = geoStoreWord(wordStoreDist)

func (geoStoreWord) geoSearchStoreOption() {}
