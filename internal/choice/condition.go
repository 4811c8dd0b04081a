package choice

import (
	"bytes"
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/rueidistx/rueidistx"
)

// condition is a condition together with what it should come to.
type condition struct {
	text  string
	build func(prefix string) rueidistx.Condition
	holds func(s state) (bool, failure)
}

func (c condition) GoString() string { return c.text }

// failure is how the error begins with which a condition cannot be evaluated, "" if it can.
type failure string

const (
	wrongType  failure = "WRONGTYPE"
	notInteger failure = "value is not an integer"
	notFloat   failure = "value is not a valid float"
)

// anyCondition draws a condition on what is stored.
func anyCondition(s state, depth int) *rapid.Generator[condition] {
	return rapid.Custom(func(t *rapid.T) condition {
		if depth > 0 {
			switch rapid.IntRange(0, 9).Draw(t, "combination") {
			case 0, 1:
				return combined("And", rueidistx.And, false, rapid.SliceOfN(anyCondition(s, depth-1), 1, 3).Draw(t, "conditions"))
			case 2, 3:
				return combined("Or", rueidistx.Or, true, rapid.SliceOfN(anyCondition(s, depth-1), 1, 3).Draw(t, "conditions"))
			case 4:
				return negated(anyCondition(s, depth-1).Draw(t, "condition"))
			}
		}
		key := rapid.SampledFrom(names).Draw(t, "key")
		d := &drawing{t, key, s.at(key)}
		fit := []func(*drawing) condition{(*drawing).presence, (*drawing).span, (*drawing).text, (*drawing).integer, (*drawing).real, (*drawing).last}
		if rapid.IntRange(0, 15).Draw(t, "any operand") > 0 { // mostly one that can be evaluated
			switch d.at.kind {
			case text, hash:
				fit = fit[2:5]
			case list:
				fit = fit[2:3]
			case set:
				fit = fit[:2]
			case zset:
				fit = append(fit[:1:1], fit[4])
			case stream:
				fit = append(fit[1:2:2], fit[5])
			}
		}
		return rapid.SampledFrom(fit).Draw(t, "operand")(d)
	})
}

// combined is And or Or, which stop at the first condition that comes to stop.
func combined(name string, combine func(rueidistx.Condition, ...rueidistx.Condition) rueidistx.Condition, stop bool, parts []condition) condition {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.text
	}
	return condition{
		text: name + "(" + strings.Join(texts, ", ") + ")",
		build: func(prefix string) rueidistx.Condition {
			built := make([]rueidistx.Condition, len(parts))
			for i, part := range parts {
				built[i] = part.build(prefix)
			}
			return combine(built[0], built[1:]...)
		},
		holds: func(s state) (bool, failure) {
			for _, part := range parts {
				if holds, fails := part.holds(s); fails != "" || holds == stop {
					return holds, fails
				}
			}
			return !stop, ""
		},
	}
}

func negated(c condition) condition {
	return condition{
		text:  "Not(" + c.text + ")",
		build: func(prefix string) rueidistx.Condition { return rueidistx.Not(c.build(prefix)) },
		holds: func(s state) (bool, failure) {
			holds, fails := c.holds(s)
			return !holds, fails
		},
	}
}

// drawing draws a condition on the value at a key, which it knows so that it can come near it.
type drawing struct {
	t   *rapid.T
	key string
	at  value
}

// comparison is a condition that compares an operand of type A with a value.
func comparison[A any](d *drawing, name string, build func(key string) rueidistx.Condition, operand func(v value) (A, failure), holds func(A) bool) condition {
	return condition{
		text:  name + " of " + strconv.Quote(d.key),
		build: func(prefix string) rueidistx.Condition { return build(prefix + d.key) },
		holds: func(s state) (bool, failure) {
			v, fails := operand(s.at(d.key))
			return fails == "" && holds(v), fails
		},
	}
}

func (d *drawing) presence() condition {
	field, is := anyFew.Draw(d.t, "field"), func(yes bool) bool { return yes }
	switch rapid.IntRange(0, 3).Draw(d.t, "presence") {
	case 0:
		return comparison(d, "Exists", rueidistx.Exists, func(v value) (bool, failure) { return v.kind != none, "" }, is)
	case 1:
		return comparison(d, "Missing", rueidistx.Missing, func(v value) (bool, failure) { return v.kind == none, "" }, is)
	case 2:
		return comparison(d, "HasField "+field, func(key string) rueidistx.Condition { return rueidistx.HasField(key, field) },
			func(v value) (bool, failure) {
				s, fails := fieldOf(v, field)
				return s != nil, fails
			}, is)
	}
	return comparison(d, "HasMember "+field, func(key string) rueidistx.Condition { return rueidistx.HasMember(key, field) },
		func(v value) (bool, failure) {
			if v.kind != none && v.kind != set && v.kind != zset {
				return false, wrongType
			}
			_, scored := v.score(field)
			return scored || slices.Contains(v.list, field), ""
		}, is)
}

// What texts and numbers are read from. The string is nil if there is none.

func stringOf(v value) (*string, failure) {
	switch v.kind {
	case none:
		return nil, ""
	case text:
		return &v.text, ""
	}
	return nil, wrongType
}

func fieldOf(v value, field string) (*string, failure) {
	if v.kind != none && v.kind != hash {
		return nil, wrongType
	}
	if s, ok := v.fields[field]; ok {
		return &s, ""
	}
	return nil, ""
}

func elementOf(v value, i int64) (*string, failure) {
	if v.kind != none && v.kind != list {
		return nil, wrongType
	}
	if i < 0 {
		i += int64(len(v.list))
	}
	if i < 0 || i >= int64(len(v.list)) {
		return nil, ""
	}
	return &v.list[i], ""
}

func (d *drawing) text() condition {
	var name string
	var at func(key string) rueidistx.Text
	var operand func(v value) (*string, failure)
	switch rapid.IntRange(0, 3).Draw(d.t, "text") {
	case 0:
		name, at, operand = "TextAt", rueidistx.TextAt, stringOf
	case 1:
		field := anyFew.Draw(d.t, "field")
		name, at = "TextIn "+field, func(key string) rueidistx.Text { return rueidistx.TextIn(key, field) }
		operand = func(v value) (*string, failure) { return fieldOf(v, field) }
	case 2:
		i := rapid.SampledFrom([]int64{0, 1, -1, -2, 4, math.MaxInt64, math.MinInt64}).Draw(d.t, "index")
		name, at = "ElementAt", func(key string) rueidistx.Text { return rueidistx.ElementAt(key, i) }
		operand = func(v value) (*string, failure) { return elementOf(v, i) }
	default:
		name, at = "TypeOf", rueidistx.TypeOf
		operand = func(v value) (*string, failure) { return &v.kind, "" }
	}
	to := []string{anyWord.Draw(d.t, "to"), rapid.SampledFrom([]string{none, text, hash, list, set, zset, stream}).Draw(d.t, "to")}
	if s, _ := operand(d.at); s != nil {
		to = append(to, *s, *s, *s+"\x00", strings.TrimSuffix(*s, "x"))
	}
	with := rapid.SampledFrom(to).Draw(d.t, "to")
	compare := func(method string, build func(rueidistx.Text) rueidistx.Condition, holds func(*string) bool) condition {
		return comparison(d, name+"."+method, func(key string) rueidistx.Condition { return build(at(key)) }, operand, holds)
	}
	switch rapid.IntRange(0, 4).Draw(d.t, "method") {
	case 0:
		return compare("Is", func(t rueidistx.Text) rueidistx.Condition { return t.Is(with) }, func(s *string) bool { return s != nil && *s == with })
	case 1:
		return compare("IsNot", func(t rueidistx.Text) rueidistx.Condition { return t.IsNot(with) }, func(s *string) bool { return s == nil || *s != with })
	case 2:
		return compare("Before", func(t rueidistx.Text) rueidistx.Condition { return t.Before(with) },
			func(s *string) bool { return s != nil && bytes.Compare([]byte(*s), []byte(with)) < 0 })
	case 3:
		return compare("After", func(t rueidistx.Text) rueidistx.Condition { return t.After(with) },
			func(s *string) bool { return s != nil && bytes.Compare([]byte(*s), []byte(with)) > 0 })
	}
	among := rapid.SliceOfN(rapid.SampledFrom(to), 0, 3).Draw(d.t, "among")
	return compare("OneOf", func(t rueidistx.Text) rueidistx.Condition { return t.OneOf(among...) },
		func(s *string) bool { return s != nil && slices.Contains(among, *s) })
}

// orders are the methods of integers and reals.
var orders = []string{"Is", "IsNot", "Less", "AtMost", "AtLeast", "Greater"}

// inOrder reports whether a method's comparison holds, of what cmp.Compare returns.
func inOrder(method string, order int) bool {
	switch method {
	case "Is":
		return order == 0
	case "IsNot":
		return order != 0
	case "Less":
		return order < 0
	case "AtMost":
		return order <= 0
	case "AtLeast":
		return order >= 0
	}
	return order > 0
}

// ordered is what integers and reals have in common.
type ordered[N any] interface {
	Is(N) rueidistx.Condition
	IsNot(N) rueidistx.Condition
	Less(N) rueidistx.Condition
	AtMost(N) rueidistx.Condition
	AtLeast(N) rueidistx.Condition
	Greater(N) rueidistx.Condition
}

func compareBy[N any](o ordered[N], method string, with N) rueidistx.Condition {
	switch method {
	case "Is":
		return o.Is(with)
	case "IsNot":
		return o.IsNot(with)
	case "Less":
		return o.Less(with)
	case "AtMost":
		return o.AtMost(with)
	case "AtLeast":
		return o.AtLeast(with)
	}
	return o.Greater(with)
}

func (d *drawing) integer() condition {
	var name string
	var at func(key string) rueidistx.Integer
	operand := func(v value) (int64, failure) { return parseInteger(stringOf(v)) }
	switch rapid.IntRange(0, 2).Draw(d.t, "integer") {
	case 0:
		name, at = "IntAt", rueidistx.IntAt
	case 1:
		field := anyFew.Draw(d.t, "field")
		name, at = "IntIn "+field, func(key string) rueidistx.Integer { return rueidistx.IntIn(key, field) }
		operand = func(v value) (int64, failure) { return parseInteger(fieldOf(v, field)) }
	default:
		name, at = "LengthOf", rueidistx.LengthOf
		operand = func(v value) (int64, failure) { return v.length(), "" }
	}
	n, _ := operand(d.at)
	with := rapid.OneOf(
		rapid.SampledFrom([]int64{n, n + 1, n - 1, -n, 0, 1 << 53, 1<<53 + 1, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, math.MinInt64 + 1}), rapid.Int64(),
	).Draw(d.t, "with")
	method := rapid.SampledFrom(orders).Draw(d.t, "method")
	return comparison(d, name+"."+method, func(key string) rueidistx.Condition { return compareBy(at(key), method, with) },
		operand, func(n int64) bool { return inOrder(method, cmp.Compare(n, with)) })
}

// parseInteger accepts what INCR accepts.
func parseInteger(s *string, fails failure) (int64, failure) {
	if fails != "" || s == nil {
		return 0, fails
	}
	n, err := strconv.ParseInt(*s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != *s {
		return 0, notInteger
	}
	return n, ""
}

func (d *drawing) real() condition {
	var name string
	var at func(key string) rueidistx.Real
	operand := func(v value) (float64, failure) { return parseReal(stringOf(v)) }
	switch field := anyFew.Draw(d.t, "field"); rapid.IntRange(0, 2).Draw(d.t, "real") {
	case 0:
		name, at = "FloatAt", rueidistx.FloatAt
	case 1:
		name, at = "FloatIn "+field, func(key string) rueidistx.Real { return rueidistx.FloatIn(key, field) }
		operand = func(v value) (float64, failure) { return parseReal(fieldOf(v, field)) }
	default:
		name, at = "ScoreOf "+field, func(key string) rueidistx.Real { return rueidistx.ScoreOf(key, field) }
		operand = func(v value) (float64, failure) {
			if v.kind != none && v.kind != zset {
				return 0, wrongType
			}
			score, _ := v.score(field)
			return score, ""
		}
	}
	x, _ := operand(d.at)
	near := append([]float64{x, x, math.Nextafter(x, math.Inf(1)), math.Nextafter(x, math.Inf(-1)), -x}, scores...)
	with := rapid.OneOf(rapid.SampledFrom(near), rapid.Float64()).Draw(d.t, "with")
	method := rapid.SampledFrom(orders).Draw(d.t, "method")
	return comparison(d, name+"."+method, func(key string) rueidistx.Condition { return compareBy(at(key), method, with) },
		operand, func(x float64) bool { return inOrder(method, cmp.Compare(x, with)) })
}

var realNumber = regexp.MustCompile(`(?i)^[+-]?(inf|infinity|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)$`)

func parseReal(s *string, fails failure) (float64, failure) {
	if fails != "" || s == nil {
		return 0, fails
	}
	x, err := strconv.ParseFloat(*s, 64)
	if err != nil || !realNumber.MatchString(*s) {
		return 0, notFloat
	}
	return x, ""
}

// span compares with what is minutes away from the TTL, unless that is known exactly.
func (d *drawing) span() condition {
	with := rapid.SampledFrom([]time.Duration{
		math.MinInt64, -time.Nanosecond, 0, time.Nanosecond, time.Millisecond, time.Minute, 2 * time.Minute, time.Hour, 2 * time.Hour, math.MaxInt64 / 2, math.MaxInt64,
	}).Draw(d.t, "with")
	operand := func(v value) (time.Duration, failure) {
		switch {
		case v.kind == none:
			return 0, ""
		case v.minutes > 0:
			return v.ttl() - half/2, "" // by now
		}
		return -1, "" // longer than any duration
	}
	if rapid.Bool().Draw(d.t, "at most") {
		return comparison(d, "TTLOf.AtMost", func(key string) rueidistx.Condition { return rueidistx.TTLOf(key).AtMost(with) },
			operand, func(ttl time.Duration) bool { return ttl >= 0 && ttl <= with })
	}
	return comparison(d, "TTLOf.AtLeast", func(key string) rueidistx.Condition { return rueidistx.TTLOf(key).AtLeast(with) },
		operand, func(ttl time.Duration) bool { return ttl < 0 || ttl >= with })
}

func (d *drawing) last() condition {
	with := rapid.OneOf(rapid.SampledFrom(append(slices.Clone(ids), id{}, d.at.last, d.at.last)), rapid.Custom(func(t *rapid.T) id {
		return id{rapid.Uint64().Draw(t, "ms"), rapid.Uint64().Draw(t, "seq")}
	})).Draw(d.t, "with")
	written := with.String()
	if with.seq == 0 && rapid.Bool().Draw(d.t, "short") {
		written = strings.TrimSuffix(written, "-0")
	}
	operand := func(v value) (id, failure) {
		if v.kind != none && v.kind != stream {
			return id{}, wrongType
		}
		return v.last, ""
	}
	compare := func(method string, build func(rueidistx.StreamID) rueidistx.Condition, holds func(order int) bool) condition {
		return comparison(d, "LastIDOf."+method, func(key string) rueidistx.Condition { return build(rueidistx.LastIDOf(key)) },
			operand, func(last id) bool { return holds(last.compare(with)) })
	}
	switch rapid.IntRange(0, 2).Draw(d.t, "method") {
	case 0:
		return compare("Is", func(s rueidistx.StreamID) rueidistx.Condition { return s.Is(written) }, func(order int) bool { return order == 0 })
	case 1:
		return compare("Before", func(s rueidistx.StreamID) rueidistx.Condition { return s.Before(written) }, func(order int) bool { return order < 0 })
	}
	return compare("After", func(s rueidistx.StreamID) rueidistx.Condition { return s.After(written) }, func(order int) bool { return order > 0 })
}
