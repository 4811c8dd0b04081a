package choice

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/rueidistx/rueidistx"
)

// names are those of the keys, few so that conditions and commands meet.
var names = []string{"", "a", "\r\n", "\x00\xff", "{}:{x}", "MOVED 1 127.0.0.1:1"}

// words are strings at the edges of what conditions compare.
var words = []string{
	"", "0", "1", "5", "-5", "-0", "007", "+5", " 5", "5 ", "5\x00", "5.0", "5.", ".5", "1e5", "-1E-2", "1e400", "-1e400", "1e-400", "0x10", "1_0", "1e",
	"9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775806", "9223372036854775807", "9223372036854775808",
	"-9223372036854775807", "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.7976931348623157e308", "5e-324", "0.1", "1e23",
	"inf", "-inf", "+inf", "Infinity", "INF", "nan", "-nan", "a", "b", "field", "m\xff\x00m", "m\xff\x00", "é", "MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1",
	"-ERR x\r\n", "$-1\r\n", strings.Repeat("x", 64), strings.Repeat("x", 63) + "y", strings.Repeat("x", 130), strings.Repeat("x", 129) + "\x00",
}

// few are the members and fields, and some of the values.
var few = []string{"a", "b", "", "5", "-7", "field", "\x00", "MOVED 1 127.0.0.1:1"}

var anyWord = rapid.OneOf(
	rapid.SampledFrom(words), rapid.SampledFrom(words),
	rapid.StringMatching(`-?[0-9]{1,21}`),
	rapid.StringMatching(`[+-]?[0-9]{0,20}\.?[0-9]{0,20}([eE][+-]?[0-9]{1,3})?`),
	rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
	rapid.Map(rapid.Float64(), func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
)

var anyFew = rapid.SampledFrom(few)

// The types of values, as TYPE names them.
const (
	none   = "none"
	text   = "string"
	hash   = "hash"
	list   = "list"
	set    = "set"
	zset   = "zset"
	stream = "stream"
)

// id is the ID of a stream's entry.
type id struct{ ms, seq uint64 }

func (i id) String() string {
	return strconv.FormatUint(i.ms, 10) + "-" + strconv.FormatUint(i.seq, 10)
}

func (i id) compare(other id) int {
	return cmp.Or(cmp.Compare(i.ms, other.ms), cmp.Compare(i.seq, other.seq))
}

var ids = []id{
	{0, 1}, {1, 0}, {5, 7}, {5, 8}, {9007199254740993, 9007199254740993}, {9007199254740993, 9007199254740994}, {math.MaxInt64, math.MaxUint64},
	{math.MaxUint64, 1}, {math.MaxUint64, math.MaxUint64},
}

var scores = []float64{
	0, math.Copysign(0, -1), 1, -1, 1.5, 0.1, 1e23, 5e-324, 1 << 53, 1<<53 + 2, -(1 << 53), math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1),
}

// half is added to each number of minutes, so that what has become of them within half a minute begins with the same
// number.
const half = 30 * time.Second

// value is what is stored at a key before conditions are evaluated.
type value struct {
	kind    string
	text    string
	fields  map[string]string
	list    []string // or the members of the set
	members []rueidistx.ScoredMember
	last    id   // of the stream
	entries int  // in the stream
	minutes int  // of the TTL, 0: it has none
	late    bool // it expires in the year 287396, which in milliseconds is beyond 2^53
	expired bool
}

// anyValue draws what is at a key.
func anyValue(t *rapid.T) (v value) {
	v.kind = rapid.SampledFrom([]string{none, text, text, text, hash, hash, list, set, zset, zset, stream}).Draw(t, "kind")
	switch v.kind {
	case text:
		v.text = anyWord.Draw(t, "text")
	case hash:
		v.fields = rapid.MapOfN(anyFew, anyWord, 1, 5).Draw(t, "fields")
	case list:
		v.list = rapid.SliceOfN(anyWord, 1, 5).Draw(t, "elements")
	case set:
		v.list = rapid.SliceOfNDistinct(rapid.OneOf(anyFew, anyWord), 1, 6, rapid.ID[string]).Draw(t, "members")
	case zset:
		for _, m := range rapid.SliceOfNDistinct(rapid.OneOf(anyFew, anyWord), 1, 6, rapid.ID[string]).Draw(t, "members") {
			score := rapid.OneOf(rapid.SampledFrom(scores), rapid.Float64()).Draw(t, "score")
			v.members = append(v.members, rueidistx.ScoredMember{Member: m, Score: score})
		}
	case stream:
		v.last = rapid.SampledFrom(ids).Draw(t, "last ID")
		v.entries = rapid.IntRange(0, 1).Draw(t, "entries")
	}
	if v.kind != none {
		v.minutes = rapid.SampledFrom([]int{0, 0, 0, 1, 60}).Draw(t, "minutes")
		v.late = v.minutes == 0 && rapid.IntRange(0, 5).Draw(t, "late") == 0
		v.expired = rapid.IntRange(0, 9).Draw(t, "expired") == 0
	}
	return v
}

// put queues the commands that store a value, and reports whether it will expire at once.
func (v *value) put(c *rueidistx.Commands, key string) {
	switch v.kind {
	case none:
		return
	case text:
		c.Set(key, v.text)
	case hash:
		for _, field := range slices.Sorted(maps.Keys(v.fields)) {
			c.HSet(key, field, v.fields[field])
		}
	case list:
		c.RPush(key, v.list...)
	case set:
		c.SAdd(key, v.list...)
	case zset:
		c.ZAdd(key, v.members)
	case stream:
		c.XAdd(key, []string{"f", "v"}, rueidistx.ID(v.last.String()))
		if v.entries == 0 {
			c.XDel(key, v.last.String())
		}
	}
	switch {
	case v.expired:
		c.Expire(key, time.Millisecond)
	case v.late:
		c.ExpireAt(key, time.UnixMilli(1<<53+1))
	case v.minutes > 0:
		c.Expire(key, v.ttl())
	}
}

func (v *value) ttl() time.Duration { return time.Duration(v.minutes)*time.Minute + half }

// state is what is stored, by key.
type state map[string]value

// at returns what is at a key when conditions are evaluated.
func (s state) at(key string) value {
	v := s[key]
	if v.expired || v.kind == "" {
		return value{kind: none}
	}
	return v
}

// length is what LengthOf counts.
func (v *value) length() int64 {
	return int64(len(v.text) + len(v.fields) + len(v.list) + len(v.members) + v.entries)
}

// score returns that of a member, which may be missing.
func (v *value) score(member string) (float64, bool) {
	for _, m := range v.members {
		if m.Member == member {
			return m.Score, true
		}
	}
	return 0, false
}
