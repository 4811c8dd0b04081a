package rueidistx

import (
	"math"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// arguments is a command that is being put together from optional parts.
type arguments struct {
	list []string
	id   string // of a stream entry
	err  *failure
}

func (a *arguments) add(words ...string) { a.list = append(a.list, words...) }

func (a *arguments) refuse(format string, args ...any) {
	if a.err == nil {
		a.err = invalid(format, args...)
	}
}

// doArguments takes a command with optional parts.
func (q *queue) doArguments(o *op, a *arguments) ref {
	if a.err != nil {
		return q.reject(o, a.err)
	}
	return q.do(o, a.list...)
}

func integer(n int64) string { return strconv.FormatInt(n, 10) }

// argument is an optional part of a command. The interfaces below say which command takes which.
type argument interface{ append(*arguments) }

// SetOption is an option of SET: [NX], [XX], [KeepTTL], [EX], [EXAT].
type SetOption interface {
	argument
	setOption()
}

// GetExOption is an option of GETEX: [Persist], [EX], [EXAT].
type GetExOption interface {
	argument
	getExOption()
}

// ExpireOption is an option of EXPIRE and EXPIREAT: [NX], [XX], [GT], [LT].
type ExpireOption interface {
	argument
	expireOption()
}

// ZAddOption is an option of ZADD: [NX], [XX], [GT], [LT], [CH].
type ZAddOption interface {
	argument
	zAddOption()
}

// RangeOption is an option of the ranges of sorted sets: [Rev], and [Limit] by score or member.
type RangeOption interface {
	argument
	rangeOption()
}

// XAddOption is an option of XADD: [ID], [NoMkStream], [MaxLen], [MinID].
type XAddOption interface {
	argument
	xAddOption()
}

// XTrimOption says how XTRIM shortens a stream: [MaxLen], [MinID].
type XTrimOption interface {
	argument
	xTrimOption()
}

// Condition is NX or XX.
type Condition string

const (
	NX Condition = "NX" // only if it does not exist: the key of SET, the TTL of EXPIRE, the members of ZADD
	XX Condition = "XX" // only if it exists
)

func (c Condition) append(a *arguments) { a.add(string(c)) }
func (Condition) setOption()            {}
func (Condition) expireOption()         {}
func (Condition) zAddOption()           {}

// Comparison is GT or LT.
type Comparison string

const (
	GT Comparison = "GT" // only if the new TTL or score is greater than the present one
	LT Comparison = "LT" // only if it is less
)

func (c Comparison) append(a *arguments) { a.add(string(c)) }
func (Comparison) expireOption()         {}
func (Comparison) zAddOption()           {}

// Counting is CH.
type Counting string

// CH makes ZADD count the members that it changed too, not only those that it added.
const CH Counting = "CH"

func (c Counting) append(a *arguments) { a.add(string(c)) }
func (Counting) zAddOption()           {}

// Keeping is KEEPTTL.
type Keeping string

// KeepTTL lets SET keep the key's TTL.
const KeepTTL Keeping = "KEEPTTL"

func (k Keeping) append(a *arguments) { a.add(string(k)) }
func (Keeping) setOption()            {}

// Persisting is PERSIST.
type Persisting string

// Persist lets GETEX remove the key's TTL.
const Persist Persisting = "PERSIST"

func (p Persisting) append(a *arguments) { a.add(string(p)) }
func (Persisting) getExOption()          {}

// Expiry is a TTL or a time to expire at: see [EX] and [EXAT].
type Expiry struct {
	word  string
	value int64
}

// EX lets the key expire after d, which is sent in seconds (EX) where it is a whole number of them, else in
// milliseconds (PX), rounded up. It must be positive.
func EX(d time.Duration) Expiry {
	if n, whole := seconds(d); whole {
		return Expiry{"EX", n}
	}
	return Expiry{"PX", milliseconds(d)}
}

// EXAT lets the key expire at t, which is sent in seconds (EXAT) where it is a whole number of them, else in
// milliseconds (PXAT), rounded up. It must be after 1970.
func EXAT(t time.Time) Expiry {
	if n, whole := unix(t); whole {
		return Expiry{"EXAT", n}
	}
	return Expiry{"PXAT", unixMilli(t)}
}

func (e Expiry) append(a *arguments) {
	if e.value <= 0 {
		a.refuse("a TTL or expiry time is not positive")
	}
	a.add(e.word, integer(e.value))
}

func (Expiry) setOption()   {}
func (Expiry) getExOption() {}

func seconds(d time.Duration) (n int64, whole bool) {
	return int64(d / time.Second), d%time.Second == 0
}

// milliseconds rounds up: a TTL is never shorter than what was asked for, and never 0 by rounding.
func milliseconds(d time.Duration) int64 {
	n := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		n++
	}
	return n
}

func unix(t time.Time) (n int64, whole bool) {
	return t.Unix(), t.Nanosecond() == 0
}

func unixMilli(t time.Time) int64 {
	n := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) > 0 {
		n++
	}
	return n
}

// Reversing is REV.
type Reversing string

// Rev returns a range from the other end. By score or member, the first bound is then the higher one.
const Rev Reversing = "REV"

func (r Reversing) append(a *arguments) { a.add(string(r)) }
func (Reversing) rangeOption()          {}

// Limiting is a part of a range: see [Limit].
type Limiting struct{ offset, count int64 }

// Limit skips offset members of a range by score or member, and returns at most count of the following; all of them
// where count is negative.
func Limit(offset, count int64) Limiting { return Limiting{offset, count} }

func (l Limiting) append(a *arguments) { a.add("LIMIT", integer(l.offset), integer(l.count)) }
func (Limiting) rangeOption()          {}

// ID is the ID of a stream entry to add. Without it, or with "*", the server chooses one.
type ID string

func (id ID) append(a *arguments) { a.id = string(id) }
func (ID) xAddOption()            {}

// entryID adds the ID that the options named.
func (a *arguments) entryID() {
	if a.id == "" {
		a.id = "*"
	}
	a.add(a.id)
}

// Creating is NOMKSTREAM.
type Creating string

// NoMkStream lets XADD add nothing where the stream does not exist.
const NoMkStream Creating = "NOMKSTREAM"

func (c Creating) append(a *arguments) { a.add(string(c)) }
func (Creating) xAddOption()           {}

// Trimming shortens a stream: see [MaxLen] and [MinID].
type Trimming struct{ by, about, threshold string }

// MaxLen keeps the n newest entries, or, with About, a few more where that is cheaper.
func MaxLen(n int64) Trimming { return Trimming{"MAXLEN", "", integer(n)} }

// MinID keeps the entries from id on, or, with About, a few more where that is cheaper.
func MinID(id string) Trimming { return Trimming{"MINID", "", id} }

// About allows the server to keep a few more entries, which is much cheaper.
func (t Trimming) About() Trimming {
	t.about = "~"
	return t
}

func (Trimming) xAddOption()  {}
func (Trimming) xTrimOption() {}

func (t Trimming) append(a *arguments) {
	if t.by == "" {
		a.refuse("a Trimming is empty: use MaxLen or MinID")
	}
	a.add(t.by)
	if t.about != "" {
		a.add(t.about)
	}
	a.add(t.threshold)
}

// pairs checks that words are fields with values.
func (a *arguments) pairs(what string, words []string) {
	if len(words) == 0 || len(words)%2 != 0 {
		a.refuse("%s must come in pairs, and at least one", what)
	}
	a.add(words...)
}

// atLeastOne checks that there is at least one word.
func (a *arguments) atLeastOne(what string, words []string) {
	if len(words) == 0 {
		a.refuse("at least one of %s is needed", what)
	}
	a.add(words...)
}

// option adds an option, which a caller may have left nil.
func (a *arguments) option(o argument) {
	if o == nil {
		a.refuse("an option is nil")
		return
	}
	o.append(a)
}

// members adds scores with their members.
func (a *arguments) members(list []rueidis.ZScore) {
	if len(list) == 0 {
		a.refuse("at least one of members is needed")
	}
	for _, m := range list {
		a.number(m.Score)
		a.add(m.Member)
	}
}

// number adds a number, which must be one.
func (a *arguments) number(f float64) {
	if math.IsNaN(f) {
		a.refuse("a number is NaN")
	}
	a.add(strconv.FormatFloat(f, 'f', -1, 64))
}

// End is an end of a list.
type End string

const (
	Left  End = "LEFT"  // the head
	Right End = "RIGHT" // the tail
)

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
