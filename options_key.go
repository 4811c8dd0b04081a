package rueidistx

import "time"

// CopyOption is an option of COPY: [Replace], [DestinationDB].
type CopyOption interface{ copyOption() }

// RestoreOption is an option of RESTORE: [Replace], [IdleTime], [Freq].
type RestoreOption interface{ restoreOption() }

// SortOption is an option of SORT and SORT_RO: [By], [Limit], [Ascending], [Descending], [Alphabetic].
type SortOption interface{ sortOption() }

// MemoryUsageOption is an option of MEMORY USAGE: [Samples].
type MemoryUsageOption interface{ memoryUsageOption() }

type replaceWord uint8

// Replace makes COPY and RESTORE replace a key that exists.
const Replace = replaceWord(wordReplace)

func (replaceWord) copyOption()    {}
func (replaceWord) restoreOption() {}

type database int64

// DestinationDB makes COPY copy to the database with the number n. In a cluster it needs Valkey 9.0. A negative n is
// [ErrInvalid].
func DestinationDB(n int64) database { return database(n) }

func (database) copyOption() {}

type idleTime int64

// IdleTime makes RESTORE treat the key as one that was not used for d, rounded down to the second. A negative d is
// [ErrInvalid]. See [Queries.ObjectIdleTime].
func IdleTime(d time.Duration) idleTime {
	if d < 0 {
		return -1
	}
	return idleTime(seconds(d))
}

func (idleTime) restoreOption() {}

type frequency int64

// Freq makes RESTORE treat the key as one that was used as often as [Queries.ObjectFreq] says. An n that is not from 0 to
// 255 is [ErrInvalid].
func Freq(n int64) frequency { return frequency(n) }

func (frequency) restoreOption() {}

type sortPattern string

// By makes SORT order the elements by what a pattern refers to: the string at the key that is the pattern with the element
// in place of its *, or the field of a hash that is named behind ->. A pattern without * makes SORT not order them at all.
// A cluster refuses patterns that may refer to other slots, or all those with a *, if it is older than Redis 8.0 or Valkey
// 8.0.
func By(pattern string) sortPattern { return sortPattern(pattern) }

func (sortPattern) sortOption() {}
func (rangeLimit) sortOption()  {}

type direction uint8

const (
	Ascending  = direction(wordAscending)  // SORT: the least element first, as without it; GEOSEARCH: the nearest member first
	Descending = direction(wordDescending) // SORT: the greatest element first; GEOSEARCH: the farthest member first
)

func (direction) sortOption() {}

type sortWord uint8

// Alphabetic makes SORT order the elements as texts, not as numbers.
const Alphabetic = sortWord(wordAlphabetic)

func (sortWord) sortOption() {}

type samples int64

// Samples makes MEMORY USAGE look at n elements of a collection: without it at 5, and at all of them if n is 0. A negative n
// is [ErrInvalid].
func Samples(n int64) samples { return samples(n) }

func (samples) memoryUsageOption() {}
