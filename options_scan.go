package rueidistx

// ScanOption is an option of HSCAN, SSCAN and ZSCAN: [Match], [Count].
type ScanOption interface{ scanOption() }

// KeyScanOption is an option of SCAN: [Match], [Count], [OfType].
type KeyScanOption interface{ keyScanOption() }

type pattern string

// Match makes SCAN, HSCAN, SSCAN and ZSCAN leave out of a page what does not match a pattern: with *, ?, [abc] and \ before
// a character that stands for itself. The server looks at as many items as without it, so that pages may be empty.
func Match(glob string) pattern { return pattern(glob) }

func (pattern) scanOption()    {}
func (pattern) keyScanOption() {}

type itemCount int64

// Count makes SCAN and its like return pages of about n items, see [Page], and other commands at most n. An n that is not
// positive is [ErrInvalid].
func Count(n int64) itemCount { return itemCount(n) }

func (itemCount) scanOption()    {}
func (itemCount) keyScanOption() {}

type typeName string

// OfType makes SCAN leave out of a page the keys whose value has another type: see [Queries.Type].
func OfType(name string) typeName { return typeName(name) }

func (typeName) keyScanOption() {}
