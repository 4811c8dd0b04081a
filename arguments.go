package rueidistx

import (
	"math"
	"strconv"
	"sync"
	"time"
)

// roomy is how many words of a command fit on the stack of its method. Longer commands borrow memory.
const roomy = 16

// borrowed is memory for the words of a long command.
type borrowed struct{ words []string }

var lenders = sync.Pool{New: func() any { return new(borrowed) }}

// wordsFor returns room for n words: the caller's own if they fit, otherwise borrowed memory.
func wordsFor(own []string, n int) ([]string, *borrowed) {
	if n <= cap(own) {
		return own, nil
	}
	b := lenders.Get().(*borrowed)
	if cap(b.words) < n {
		b.words = make([]string, 0, n)
	}
	return b.words[:0], b
}

// giveBack returns borrowed memory, of which n words were used.
func (b *borrowed) giveBack(n int) {
	if b == nil || cap(b.words) > maxPooled {
		return
	}
	clear(b.words[:min(n, cap(b.words))]) // if there were more, they are elsewhere
	lenders.Put(b)
}

// needOne returns an error if a list is empty.
func needOne[T any](what string, list []T) *failure {
	if len(list) == 0 {
		return invalid("%s must not be empty", what)
	}
	return nil
}

// needPairs returns an error unless words are at least one pair.
func needPairs(what string, words []string) *failure {
	if len(words) == 0 || len(words)%2 != 0 {
		return invalid("%s must be one or more pairs", what)
	}
	return nil
}

// needNumber returns an error if f is not a number.
func needNumber(f float64) *failure {
	if math.IsNaN(f) {
		return invalid("a number is NaN")
	}
	return nil
}

// needFinite returns an error if f is not a number, or infinite.
func needFinite(f float64) *failure {
	if math.IsInf(f, 0) {
		return invalid("a number is infinite")
	}
	return needNumber(f)
}

// needScored returns an error unless there is at least one member, and all scores are numbers.
func needScored(what string, members []ScoredMember) *failure {
	for i := range members {
		if err := needNumber(members[i].Score); err != nil {
			return err
		}
	}
	return needOne(what, members)
}

// appendScored appends each member after its score.
func appendScored(words []string, members []ScoredMember) []string {
	for i := range members {
		words = append(words, decimal(members[i].Score), members[i].Member)
	}
	return words
}

// needEntryIDs returns an error unless there is at least one ID of a stream entry, and none that a server could take for an
// option behind the IDs.
func needEntryIDs(what string, ids []string) *failure {
	for _, id := range ids {
		if beginsWithLetter(id) {
			return invalid("the ID of a stream entry begins with a letter")
		}
	}
	return needOne(what, ids)
}

func beginsWithLetter(s string) bool { return s != "" && 'a' <= s[0]|' ' && s[0]|' ' <= 'z' }

// StreamOffset says from where on to read a stream: with XREAD, the entries behind ID, which may be $ for those that are
// added from now on or, since Redis 7.4, + for the last one; with XREADGROUP, those that the group has not delivered yet if
// ID is >, otherwise the consumer's pending entries behind ID.
type StreamOffset struct{ Key, ID string }

// needStreams returns an error unless there is at least one stream, and none twice: RESP3 replies with a map.
func needStreams(what string, streams []StreamOffset) *failure {
	for i := range streams {
		for j := range i {
			if streams[i].Key == streams[j].Key {
				return invalid("a stream is in %s twice", what)
			}
		}
	}
	return needOne(what, streams)
}

// appendStreams appends the keys of all streams and then their IDs.
func appendStreams(words []string, streams []StreamOffset) []string {
	for i := range streams {
		words = append(words, streams[i].Key)
	}
	for i := range streams {
		words = append(words, streams[i].ID)
	}
	return words
}

// NackMode says what XNACK does with the number of times that an entry was delivered.
type NackMode uint8

const (
	NackSilent NackMode = 1 + iota // counts the last delivery as if it had not happened
	NackFail                       // leaves the number as it is
	NackFatal                      // makes it the greatest that there is, so that the entry can be told as one not to try again
)

// String returns Redis's word for the mode.
func (m NackMode) String() string {
	switch m {
	case NackSilent:
		return "SILENT"
	case NackFail:
		return "FAIL"
	case NackFatal:
		return "FATAL"
	}
	return "?"
}

func (m NackMode) check() *failure {
	if m < NackSilent || m > NackFatal {
		return invalid("a mode of XNACK is NackSilent, NackFail or NackFatal")
	}
	return nil
}

func decimal(f float64) string {
	var digits [32]byte
	return string(strconv.AppendFloat(digits[:0], f, 'f', -1, 64))
}

func binary(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func side(before bool) string {
	if before {
		return "BEFORE"
	}
	return "AFTER"
}

// End is an end of a list.
type End uint8

const (
	Left  End = 1 + iota // the head
	Right                // the tail
)

// String returns Redis's word for the end.
func (e End) String() string {
	switch e {
	case Left:
		return "LEFT"
	case Right:
		return "RIGHT"
	}
	return "?"
}

func (e End) check() *failure {
	if e != Left && e != Right {
		return invalid("an end of a list is Left or Right")
	}
	return nil
}

// BitOperator is an operation of BITOP.
type BitOperator uint8

const (
	BitAnd   BitOperator = 1 + iota // bits that are 1 in all strings
	BitOr                           // bits that are 1 in at least one string
	BitXor                          // bits that are 1 in an odd number of strings
	BitNot                          // the inverted bits of one string
	BitDiff                         // bits that are 1 in the first string, and in none of the others
	BitDiff1                        // bits that are 1 in any string but the first
	BitAndOr                        // bits that are 1 in the first string, and in any of the others
	BitOne                          // bits that are 1 in exactly one string
)

// String returns Redis's word for the operation.
func (o BitOperator) String() string {
	switch o {
	case BitAnd:
		return "AND"
	case BitOr:
		return "OR"
	case BitXor:
		return "XOR"
	case BitNot:
		return "NOT"
	case BitDiff:
		return "DIFF"
	case BitDiff1:
		return "DIFF1"
	case BitAndOr:
		return "ANDOR"
	case BitOne:
		return "ONE"
	}
	return "?"
}

// check returns an error if the operation is none, or cannot be done to this number of keys.
func (o BitOperator) check(keys []string) *failure {
	switch {
	case o < BitAnd || o > BitOne:
		return invalid("an operation of BITOP is one of the constants, from BitAnd to BitOne")
	case o == BitNot && len(keys) > 1:
		return invalid("BitNot has one key")
	case BitDiff <= o && o <= BitAndOr && len(keys) == 1:
		return invalid("BitDiff, BitDiff1 and BitAndOr have two keys or more")
	}
	return nil
}

// appendPatterns appends each pattern after GET.
func appendPatterns(words []string, patterns []string) []string {
	for _, p := range patterns {
		words = append(words, "GET", p)
	}
	return words
}

// waiting returns a timeout in seconds, to the millisecond, rounded up.
func waiting(d time.Duration) string { return decimal(float64(milliseconds(d)) / 1000) }

// needNotNegative returns an error if a duration is negative.
func needNotNegative(d time.Duration) *failure {
	if d < 0 {
		return invalid("a duration is negative")
	}
	return nil
}

func unsigned(n uint64) string { return strconv.FormatUint(n, 10) }

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// milliseconds rounds up, so that a TTL is never shorter than requested, and not 0 because of rounding.
func milliseconds(d time.Duration) int64 {
	n := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		n++
	}
	return n
}

// maxUnix and minUnix are the last and the first second that a server can represent in milliseconds.
const (
	maxUnix = math.MaxInt64/1000 - 1
	minUnix = -maxUnix
)

// unixMilli rounds up, like milliseconds.
func unixMilli(t time.Time) int64 {
	n := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) > 0 {
		n++
	}
	return n
}

// expireAfter chooses between the command in seconds and the one in milliseconds for a TTL, and returns it with its
// number.
func expireAfter(inSeconds, inMilliseconds *op, ttl time.Duration) (*op, int64, *failure) {
	switch {
	case ttl == NoTTL:
		return inSeconds, 0, invalid("NoTTL is not a TTL: use Persist to remove a key's TTL")
	case ttl%time.Second == 0:
		return inSeconds, seconds(ttl), nil
	}
	return inMilliseconds, milliseconds(ttl), nil
}

// expireAt is expireAfter for a time.
func expireAt(inSeconds, inMilliseconds *op, at time.Time) (*op, int64, *failure) {
	switch unix := at.Unix(); {
	case at.IsZero():
		return inSeconds, 0, invalid("the time is the zero time: use Persist to remove a key's TTL")
	case unix > maxUnix || unix < minUnix:
		return inSeconds, 0, invalid("the time is outside the range that a server can represent in milliseconds")
	case at.Nanosecond() == 0:
		return inSeconds, unix, nil
	}
	return inMilliseconds, unixMilli(at), nil
}

// needTTL returns an error unless a TTL is positive, or NoTTL.
func needTTL(ttl time.Duration) *failure {
	if ttl <= 0 && ttl != NoTTL {
		return invalid("a TTL is not positive")
	}
	return nil
}

// restoreTTL returns a TTL as RESTORE has it, where 0 is none.
func restoreTTL(ttl time.Duration) string {
	if ttl == NoTTL {
		return "0"
	}
	return integer(milliseconds(ttl))
}

// needExpireTime returns an error unless a time is after the beginning of 1970 and in the range of a server, or zero.
func needExpireTime(at time.Time) *failure {
	if unix := at.Unix(); !at.IsZero() && (unix > maxUnix || unix < 0 || unixMilli(at) == 0) {
		return invalid("a time is not after the beginning of 1970, or out of range")
	}
	return nil
}

// restoreTime returns a time as RESTORE with ABSTTL has it, where 0 is never.
func restoreTime(at time.Time) string {
	if at.IsZero() {
		return "0"
	}
	return integer(unixMilli(at))
}
