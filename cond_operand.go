package rueidistx

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of operands, as choice.lua knows them.
const (
	kindText    = "text"
	kindType    = "type"
	kindInteger = "integer"
	kindLength  = "length"
	kindReal    = "real"
	kindTTL     = "ttl"
	kindLast    = "last"
	kindExists  = "exists"
	kindMissing = "missing"
	kindMember  = "member"
)

func reading(label, kind, key string, words ...string) operand {
	o := operand{label: label, kind: kind, key: key}
	o.words = copy(o.read[:], words)
	return o
}

// Exists holds if the key exists.
//
// See https://redis.io/docs/latest/commands/exists/.
func Exists(key string) Condition {
	return reading("Exists", kindExists, key, "EXISTS", key).holds()
}

// Missing holds if the key does not exist.
//
// See https://redis.io/docs/latest/commands/exists/.
func Missing(key string) Condition {
	return reading("Missing", kindMissing, key, "EXISTS", key).holds()
}

// HasField holds if the hash at key has the field.
//
// See https://redis.io/docs/latest/commands/hexists/.
func HasField(key, field string) Condition {
	return reading("HasField", kindExists, key, "HEXISTS", key, field).holds()
}

// HasMember holds if the set or sorted set at key has the member.
//
// See https://redis.io/docs/latest/commands/sismember/ and https://redis.io/docs/latest/commands/zscore/.
func HasMember(key, member string) Condition {
	return reading("HasMember", kindMember, key, key, member).holds()
}

// Text is an operand that is compared as a string, byte by byte. What does not exist equals nothing: Is, OneOf, Before and
// After do not hold, and IsNot does.
type Text struct{ operand operand }

// TextAt is the string at key.
//
// See https://redis.io/docs/latest/commands/get/.
func TextAt(key string) Text { return Text{reading("TextAt", kindText, key, "GET", key)} }

// TextIn is the value of a field of the hash at key.
//
// See https://redis.io/docs/latest/commands/hget/.
func TextIn(key, field string) Text {
	return Text{reading("TextIn", kindText, key, "HGET", key, field)}
}

// ElementAt is the element of the list at key that has an index, from 0 on, or from -1 down for the last ones.
//
// See https://redis.io/docs/latest/commands/lindex/.
func ElementAt(key string, index int64) Text {
	return Text{reading("ElementAt", kindText, key, "LINDEX", key, integer(index))}
}

// TypeOf is the type of the value at key, such as "string", "zset" or "stream", or "none" if there is no key.
//
// See https://redis.io/docs/latest/commands/type/.
func TypeOf(key string) Text { return Text{reading("TypeOf", kindType, key, "TYPE", key)} }

// Is holds if the operand is value.
func (t Text) Is(value string) Condition { return t.operand.compare("Is", "=", value) }

// IsNot holds if the operand is not value, or does not exist.
func (t Text) IsNot(value string) Condition { return t.operand.compare("IsNot", "~", value) }

// OneOf holds if the operand is one of values.
func (t Text) OneOf(values ...string) Condition {
	return t.operand.compare("OneOf", "in", strconv.Itoa(len(values)), slices.Clone(values)...)
}

// Before holds if the operand precedes value.
func (t Text) Before(value string) Condition { return t.operand.compare("Before", "<", value) }

// After holds if the operand follows value.
func (t Text) After(value string) Condition { return t.operand.compare("After", ">", value) }

// Integer is an operand that is compared as an integer, exactly. What does not exist is 0. A string that INCR would not
// accept, such as "5.0", "007" or one beyond an int64, is [ErrCondition].
type Integer struct{ operand operand }

// IntAt is the integer in the string at key.
//
// See https://redis.io/docs/latest/commands/get/.
func IntAt(key string) Integer { return Integer{reading("IntAt", kindInteger, key, "GET", key)} }

// IntIn is the integer in a field of the hash at key.
//
// See https://redis.io/docs/latest/commands/hget/.
func IntIn(key, field string) Integer {
	return Integer{reading("IntIn", kindInteger, key, "HGET", key, field)}
}

// LengthOf is the number of bytes of the string, of elements of the list, of members of the set or sorted set, of fields of
// the hash, or of entries of the stream at key. Vector sets and arrays count, too; values of other types are
// [ErrCondition].
//
// See https://redis.io/docs/latest/commands/strlen/ and the commands of the other types.
func LengthOf(key string) Integer { return Integer{reading("LengthOf", kindLength, key, key)} }

// Is holds if the operand is n.
func (i Integer) Is(n int64) Condition { return i.operand.compare("Is", "=", integer(n)) }

// IsNot holds if the operand is not n.
func (i Integer) IsNot(n int64) Condition { return i.operand.compare("IsNot", "~", integer(n)) }

// Less holds if the operand is less than n.
func (i Integer) Less(n int64) Condition { return i.operand.compare("Less", "<", integer(n)) }

// AtMost holds if the operand is n or less.
func (i Integer) AtMost(n int64) Condition {
	return i.operand.compare("AtMost", "<=", integer(n))
}

// AtLeast holds if the operand is n or more.
func (i Integer) AtLeast(n int64) Condition {
	return i.operand.compare("AtLeast", ">=", integer(n))
}

// Greater holds if the operand is more than n.
func (i Integer) Greater(n int64) Condition {
	return i.operand.compare("Greater", ">", integer(n))
}

// Real is an operand that is compared as a float64, as Redis compares scores. What does not exist is 0. Numbers are decimal,
// with an exponent or without, or inf and -inf; any other string, and a number beyond the range of a float64, is
// [ErrCondition]. INCRBYFLOAT computes with more digits than a float64 has: two numbers that differ only in those are equal
// here. A comparison with NaN is [ErrInvalid].
type Real struct{ operand operand }

// FloatAt is the number in the string at key.
//
// See https://redis.io/docs/latest/commands/get/.
func FloatAt(key string) Real { return Real{reading("FloatAt", kindReal, key, "GET", key)} }

// FloatIn is the number in a field of the hash at key.
//
// See https://redis.io/docs/latest/commands/hget/.
func FloatIn(key, field string) Real {
	return Real{reading("FloatIn", kindReal, key, "HGET", key, field)}
}

// ScoreOf is the score of a member of the sorted set at key.
//
// See https://redis.io/docs/latest/commands/zscore/.
func ScoreOf(key, member string) Real {
	return Real{reading("ScoreOf", kindReal, key, "ZSCORE", key, member)}
}

func (r Real) compare(method, operator string, x float64) Condition {
	if math.IsNaN(x) {
		return r.operand.refuse(method, "the operand is compared with NaN")
	}
	text := strconv.FormatFloat(x, 'g', -1, 64)
	return r.operand.compare(method, operator, strings.TrimPrefix(text, "+"))
}

// Is holds if the operand is x.
func (r Real) Is(x float64) Condition { return r.compare("Is", "=", x) }

// IsNot holds if the operand is not x.
func (r Real) IsNot(x float64) Condition { return r.compare("IsNot", "~", x) }

// Less holds if the operand is less than x.
func (r Real) Less(x float64) Condition { return r.compare("Less", "<", x) }

// AtMost holds if the operand is x or less.
func (r Real) AtMost(x float64) Condition { return r.compare("AtMost", "<=", x) }

// AtLeast holds if the operand is x or more.
func (r Real) AtLeast(x float64) Condition { return r.compare("AtLeast", ">=", x) }

// Greater holds if the operand is more than x.
func (r Real) Greater(x float64) Condition { return r.compare("Greater", ">", x) }

// Span is an operand that is a duration.
type Span struct{ operand operand }

// TTLOf is how long the key will exist, in milliseconds on the server: 0 if it does not exist, and longer than any duration
// if it has no TTL.
//
// See https://redis.io/docs/latest/commands/pttl/.
func TTLOf(key string) Span { return Span{reading("TTLOf", kindTTL, key, "PTTL", key)} }

// AtMost holds if the operand is d or less.
func (s Span) AtMost(d time.Duration) Condition {
	ms := d.Milliseconds()
	if d%time.Millisecond < 0 {
		ms--
	}
	return s.operand.compare("AtMost", "<=", integer(ms))
}

// AtLeast holds if the operand is d or more.
func (s Span) AtLeast(d time.Duration) Condition {
	return s.operand.compare("AtLeast", ">=", integer(milliseconds(d)))
}

// StreamID is an operand that is the ID of a stream's entry. IDs are compared with "ms-seq", or with "ms", which is "ms-0".
// Any other text is [ErrInvalid].
type StreamID struct{ operand operand }

// LastIDOf is the largest ID that the stream at key has given to an entry, or 0-0 if there is no key: XADD accepts only
// larger ones.
//
// See https://redis.io/docs/latest/commands/xinfo-stream/.
func LastIDOf(key string) StreamID {
	return StreamID{reading("LastIDOf", kindLast, key, "XINFO", "STREAM", key)}
}

func (s StreamID) compare(method, operator, id string) Condition {
	ms, seq, full := strings.Cut(id, "-")
	if !full {
		seq = "0"
	}
	m, err := strconv.ParseUint(ms, 10, 64)
	n, err2 := strconv.ParseUint(seq, 10, 64)
	if err != nil || err2 != nil {
		return s.operand.refuse(method, "the operand is compared with what is not the ID of an entry")
	}
	return s.operand.compare(method, operator, strconv.FormatUint(m, 10), strconv.FormatUint(n, 10))
}

// Is holds if the operand is id.
func (s StreamID) Is(id string) Condition { return s.compare("Is", "=", id) }

// Before holds if the operand is smaller than id.
func (s StreamID) Before(id string) Condition { return s.compare("Before", "<", id) }

// After holds if the operand is larger than id.
func (s StreamID) After(id string) Condition { return s.compare("After", ">", id) }
