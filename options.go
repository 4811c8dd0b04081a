package rueidistx

import "time"

// SetOption is an option of SET: [NX], [XX], [IfEq], [IfNe], [IfDigestEq], [IfDigestNe], [KeepTTL], [EX], [EXAT].
type SetOption interface{ setOption() }

// GetExOption is an option of GETEX and HGETEX: [Persist], [EX], [EXAT].
type GetExOption interface{ getExOption() }

// ExpireOption is an option of EXPIRE, EXPIREAT, HEXPIRE and HEXPIREAT: [NX], [XX], [GT], [LT].
type ExpireOption interface{ expireOption() }

// ZAddOption is an option of ZADD: [NX], [XX], [GT], [LT], [CH].
type ZAddOption interface{ zAddOption() }

// ZRangeOption is an option of sorted set ranges by rank: [Rev].
type ZRangeOption interface{ zRangeOption() }

// ZRangeByOption is an option of sorted set ranges by score or by member: [Rev], [Limit].
type ZRangeByOption interface{ zRangeByOption() }

// XAddOption is an option of XADD: [ID], [NoMkStream], [MaxLen], [MinID], and, since Redis 8.2, [KeepRef], [DelRef] or
// [Acked], and, since Redis 8.6, [Idempotent] or [IdempotentAuto].
type XAddOption interface{ xAddOption() }

// XTrimOption says how XTRIM shortens a stream: [MaxLen], [MinID].
type XTrimOption interface{ xTrimOption() }

type existence uint8

const (
	NX = existence(wordNX) // only if the key (SET and its like), its TTL (EXPIRE) or the member (ZADD, GEOADD) does not exist
	XX = existence(wordXX) // only if it exists
)

func (existence) setOption()    {}
func (existence) expireOption() {}
func (existence) zAddOption()   {}

type ordering uint8

const (
	GT = ordering(wordGT) // EXPIRE, ZADD: only if the new TTL or score is greater than the current one
	LT = ordering(wordLT) // EXPIRE, ZADD: only if it is less
)

func (ordering) expireOption() {}
func (ordering) zAddOption()   {}

type zAddWord uint8

// CH makes ZADD and GEOADD count the members whose score or position they changed too, not only those that they added.
const CH = zAddWord(wordCH)

func (zAddWord) zAddOption() {}

type setWord uint8

// KeepTTL makes SET, MSETEX and HSETEX keep the TTLs of the keys or fields.
const KeepTTL = setWord(wordKeepTTL)

func (setWord) setOption() {}

type getExWord uint8

// Persist makes GETEX, HGETEX and INCREX remove the TTL of the key or of the fields.
const Persist = getExWord(wordPersist)

func (getExWord) getExOption() {}

type rangeWord uint8

// Rev reverses a range of a sorted set, and the elements of ARLASTITEMS. By score or member, the first bound is then the
// higher one.
const Rev = rangeWord(wordRev)

func (rangeWord) zRangeOption()   {}
func (rangeWord) zRangeByOption() {}

type xAddWord uint8

// NoMkStream makes XADD do nothing if the stream does not exist.
const NoMkStream = xAddWord(wordNoMkStream)

func (xAddWord) xAddOption() {}

// expiry is a TTL or an expiration time.
type expiry struct {
	word optionWord // EX or EXAT
	unit string     // as it is sent
	n    int64      // 0 if it is invalid
}

// EX makes the key expire after d. A whole number of seconds is sent in seconds (EX), any other d in milliseconds (PX),
// rounded up. A d that is not positive is [ErrInvalid].
func EX(d time.Duration) expiry {
	n, unit := seconds(d), "EX"
	if d%time.Second != 0 {
		n, unit = milliseconds(d), "PX"
	}
	return expiry{wordEX, unit, max(n, 0)}
}

// EXAT makes the key expire at t. A whole number of seconds is sent in seconds (EXAT), any other t in milliseconds
// (PXAT), rounded up. A t that is not after the beginning of 1970, or is after the year 292,277,000, is [ErrInvalid].
func EXAT(t time.Time) expiry {
	n, unit := t.Unix(), "EXAT"
	switch {
	case n > maxUnix || n < 0:
		n = 0
	case t.Nanosecond() != 0:
		n, unit = unixMilli(t), "PXAT"
	}
	return expiry{wordEXAT, unit, n}
}

func (expiry) setOption()   {}
func (expiry) getExOption() {}

type rangeLimit struct{ offset, count int64 }

// Limit skips offset members of a range by score or member, or elements of SORT, and returns at most count of those that
// follow, or all of them if count is negative.
func Limit(offset, count int64) rangeLimit { return rangeLimit{offset, count} }

func (rangeLimit) zRangeByOption() {}

type entryID string

// ID gives XADD the ID of the entry to add. Without this option, or if id is "" or "*", the server chooses an ID. An id
// that begins with a letter, which a server could take for an option, is [ErrInvalid].
func ID(id string) entryID { return entryID(id) }

func (entryID) xAddOption() {}

// Trimming shortens a stream: [MaxLen] and [MinID] return it.
type Trimming struct {
	word  optionWord // MAXLEN or MINID
	how   string     // ~, = or ""
	limit bool       // there is a LIMIT
	n     int64
	most  int64
	id    string
}

// MaxLen makes XADD and XTRIM keep the n newest entries of a stream; a negative n is [ErrInvalid]. MaxLen(n).About() allows
// the server to keep a few more, which is much cheaper: see [Trimming].
func MaxLen(n int64) Trimming { return Trimming{word: wordMaxLen, n: n} }

// MinID makes XADD and XTRIM keep the entries of a stream whose IDs are at least id. MinID(id).About() allows the server to
// keep a few more, which is much cheaper: see [Trimming].
func MinID(id string) Trimming { return Trimming{word: wordMinID, id: id} }

// About allows the server to keep a few more entries.
func (t Trimming) About() Trimming {
	t.how = "~"
	return t
}

// Exactly has the server keep no more entries than that, as it also does without it.
func (t Trimming) Exactly() Trimming {
	t.how = "="
	return t
}

// AtMost ends the trimming when n entries were looked at, or n is 0: when all were. It needs About, and Redis 6.2; without
// it, the server looks at about 10,000. A negative n, or one without About, is [ErrInvalid].
func (t Trimming) AtMost(n int64) Trimming {
	t.limit, t.most = true, n
	return t
}

func (Trimming) xAddOption()  {}
func (Trimming) xTrimOption() {}

func (t Trimming) check() *failure {
	switch {
	case t.n < 0:
		return invalid("MAXLEN is negative")
	case t.most < 0:
		return invalid("LIMIT is negative")
	case t.limit && t.how != "~":
		return invalid("LIMIT needs About")
	}
	return nil
}

func (t Trimming) append(words []string) []string {
	words = append(words, t.word.String())
	if t.how != "" {
		words = append(words, t.how)
	}
	if t.word == wordMaxLen {
		words = append(words, integer(t.n))
	} else {
		words = append(words, t.id)
	}
	if t.limit {
		words = append(words, "LIMIT", integer(t.most))
	}
	return words
}
