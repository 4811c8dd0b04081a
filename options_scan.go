package rueidistx

// ScanOption is an option of HSCAN, SSCAN and ZSCAN: [Match], [Count].
type ScanOption interface{ scanOption() }

// KeyScanOption is an option of SCAN: [Match], [Count], [OfType].
type KeyScanOption interface{ keyScanOption() }

type pattern string

// Match leaves out of a page what does not match a pattern in the style of a shell: with *, ?, [abc] and \ before a
// character that stands for itself. The server looks at as many items as without it, so that pages may be empty.
func Match(glob string) pattern { return pattern(glob) }

func (pattern) scanOption()    {}
func (pattern) keyScanOption() {}

type itemCount int64

// Count makes n the number of items: of a page about that many, see [Page], otherwise at most that many. An n that is not
// positive is [ErrInvalid].
func Count(n int64) itemCount { return itemCount(n) }

func (itemCount) scanOption()    {}
func (itemCount) keyScanOption() {}

type typeName string

// OfType leaves out of a page the keys whose value has another type: see [Queries.Type].
func OfType(name string) typeName { return typeName(name) }

func (typeName) keyScanOption() {}
