package rueidistx

import (
	"strconv"
	"time"
)

// SetOption is an option of SET: [NX], [XX], [KeepTTL], [EX], [EXAT].
type SetOption interface{ setOption() }

// GetExOption is an option of GETEX: [Persist], [EX], [EXAT].
type GetExOption interface{ getExOption() }

// ExpireOption is an option of EXPIRE and EXPIREAT: [NX], [XX], [GT], [LT].
type ExpireOption interface{ expireOption() }

// ZAddOption is an option of ZADD: [NX], [XX], [GT], [LT], [CH].
type ZAddOption interface{ zAddOption() }

// RangeOption is an option of sorted set ranges by rank: [Rev].
type RangeOption interface{ rangeOption() }

// RangeByOption is an option of sorted set ranges by score or by member: [Rev], [Limit].
type RangeByOption interface{ rangeByOption() }

// XAddOption is an option of XADD: [ID], [NoMkStream], [MaxLen], [MinID].
type XAddOption interface{ xAddOption() }

// XTrimOption says how XTRIM shortens a stream: [MaxLen], [MinID].
type XTrimOption interface{ xTrimOption() }

type existence uint8

const (
	NX = existence(wordNX) // only if the key (SET), its TTL (EXPIRE) or the member (ZADD) does not exist
	XX = existence(wordXX) // only if it exists
)

func (existence) setOption()    {}
func (existence) expireOption() {}
func (existence) zAddOption()   {}

type ordering uint8

const (
	GT = ordering(wordGT) // only if the new TTL or score is greater than the current one
	LT = ordering(wordLT) // only if it is less
)

func (ordering) expireOption() {}
func (ordering) zAddOption()   {}

type zAddWord uint8

// CH makes ZADD count the members whose score it changed too, not only those that it added.
const CH = zAddWord(wordCH)

func (zAddWord) zAddOption() {}

type setWord uint8

// KeepTTL makes SET keep the key's TTL.
const KeepTTL = setWord(wordKeepTTL)

func (setWord) setOption() {}

type getExWord uint8

// Persist makes GETEX remove the key's TTL.
const Persist = getExWord(wordPersist)

func (getExWord) getExOption() {}

type rangeWord uint8

// Rev reverses a range. By score or member, the first bound is then the higher one.
const Rev = rangeWord(wordRev)

func (rangeWord) rangeOption()   {}
func (rangeWord) rangeByOption() {}

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

// Limit skips offset members of a range by score or member, and returns at most count of those that follow, or all of
// them if count is negative.
func Limit(offset, count int64) rangeLimit { return rangeLimit{offset, count} }

func (rangeLimit) rangeByOption() {}

type entryID string

// ID is the ID of the stream entry to add. Without this option, or if id is "" or "*", the server chooses an ID. An id
// that begins with a letter, which a server could take for an option, is [ErrInvalid].
func ID(id string) entryID { return entryID(id) }

func (entryID) xAddOption() {}

// trimming shortens a stream.
type trimming struct {
	word  optionWord // MAXLEN or MINID
	about bool
	n     int64
	id    string
}

// MaxLen keeps the n newest entries of a stream; a negative n is [ErrInvalid]. MaxLen(n).About() allows the server to keep
// a few more, which is much cheaper.
func MaxLen(n int64) trimming { return trimming{word: wordMaxLen, n: n} }

// MinID keeps the entries of a stream whose IDs are at least id. MinID(id).About() allows the server to keep a few
// more, which is much cheaper.
func MinID(id string) trimming { return trimming{word: wordMinID, id: id} }

// About allows the server to keep a few more entries.
func (t trimming) About() trimming {
	t.about = true
	return t
}

func (trimming) xAddOption()  {}
func (trimming) xTrimOption() {}

func (t trimming) append(words []string) []string {
	words = append(words, t.word.String())
	if t.about {
		words = append(words, "~")
	}
	if t.word == wordMaxLen {
		return append(words, integer(t.n))
	}
	return append(words, t.id)
}

// optionWord names an option. The types above ensure that a command accepts only its own options.
type optionWord uint8

const (
	wordNX optionWord = 1 + iota
	wordXX
	wordGT
	wordLT
	wordCH
	wordKeepTTL
	wordPersist
	wordRev
	wordNoMkStream
	wordEX
	wordEXAT
	wordLimit
	wordID
	wordMaxLen
	wordMinID
	optionWords
)

func (w optionWord) String() string {
	return [optionWords]string{"?", "NX", "XX", "GT", "LT", "CH", "KEEPTTL", "PERSIST", "REV", "NOMKSTREAM", "EX", "EXAT", "LIMIT", "ID", "MAXLEN", "MINID"}[w]
}

// excluding lists groups of options that exclude each other, with any command.
var excluding = [][]optionWord{
	{wordNX, wordXX}, {wordNX, wordGT}, {wordNX, wordLT}, {wordGT, wordLT},
	{wordEX, wordEXAT, wordKeepTTL, wordPersist},
	{wordMaxLen, wordMinID},
}

// excludedBy holds, as bits, the options that exclude each option, including itself.
var excludedBy = func() (sets [optionWords]uint32) {
	for w := range optionWords {
		sets[w] = 1 << w
	}
	for _, group := range excluding {
		for _, w := range group {
			for _, other := range group {
				sets[w] |= 1 << other
			}
		}
	}
	return sets
}()

// optionSet collects the options of a command, as bits.
type optionSet uint32

// add adds an option, and returns an error if another one excludes it.
func (g *optionSet) add(w optionWord) *failure {
	clash := uint32(*g) & excludedBy[w]
	*g |= 1 << w
	if clash == 0 {
		return nil
	}
	if clash&(1<<w) != 0 {
		return invalid("%v is given twice", w)
	}
	for other := wordNX; other < optionWords; other++ {
		if clash&(1<<other) != 0 {
			return invalid("%v and %v exclude each other", other, w)
		}
	}
	return nil
}

// appendOptions appends options to the words of a command. One function handles all types of options by value, so that
// they stay on the caller's stack. The ID of a stream entry is left to entryIDOf.
func appendOptions[O any](words []string, options []O) ([]string, *failure) {
	var all optionSet
	for _, option := range options {
		var word optionWord
		n := len(words)
		switch o := any(option).(type) {
		case nil:
			return words, invalid("an option is nil")
		case existence:
			word = within(optionWord(o), wordNX, wordXX)
		case ordering:
			word = within(optionWord(o), wordGT, wordLT)
		case zAddWord:
			word = within(optionWord(o), wordCH, wordCH)
		case setWord:
			word = within(optionWord(o), wordKeepTTL, wordKeepTTL)
		case getExWord:
			word = within(optionWord(o), wordPersist, wordPersist)
		case rangeWord:
			word = within(optionWord(o), wordRev, wordRev)
		case xAddWord:
			word = within(optionWord(o), wordNoMkStream, wordNoMkStream)
		case expiry:
			if word = o.word; o.n <= 0 && word != 0 {
				return words, invalid("the time of %v is not positive or out of range", word)
			}
			words = append(words, o.unit, integer(o.n))
		case rangeLimit:
			word, words = wordLimit, append(words, "LIMIT", integer(o.offset), integer(o.count))
		case entryID:
			if word = wordID; o != "" && ('a' <= o[0]|' ' && o[0]|' ' <= 'z') {
				return words, invalid("the ID of a stream entry begins with a letter")
			}
		case trimming:
			if o.n < 0 {
				return words, invalid("MAXLEN is negative")
			}
			word, words = o.word, o.append(words)
		}
		if word == 0 { // a type that embeds the interface, or a value that is not one of the constants
			return words, invalid("an option was not made by this package")
		}
		if len(words) == n && word != wordID {
			words = append(words, word.String())
		}
		if err := all.add(word); err != nil {
			return words, err
		}
	}
	return words, nil
}

// within returns w if it is one of the words from low to high.
func within(w, low, high optionWord) optionWord {
	if w < low || w > high {
		return 0
	}
	return w
}

// entryIDOf returns the ID among the options of XADD, "*" if there is none.
func entryIDOf(options []XAddOption) string {
	for _, o := range options {
		if id, ok := o.(entryID); ok && id != "" {
			return string(id)
		}
	}
	return "*"
}

func integer(n int64) string { return strconv.FormatInt(n, 10) }
