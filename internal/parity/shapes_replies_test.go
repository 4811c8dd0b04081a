package parity

import (
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

// reply is a reply in both protocols, and how it is decoded by hand.
type reply[H any] struct {
	resp2, resp3 string
	decode       func(r result) (H, error)
}

// alike is a reply that is the same in both protocols.
func alike[H any](r string, decode func(r result) (H, error)) reply[H] { return reply[H]{r, r, decode} }

func bulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

func array(parts ...string) string {
	return "*" + strconv.Itoa(len(parts)) + "\r\n" + strings.Join(parts, "")
}

func repeated(part string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = part
	}
	return list
}

// as3 replaces the type of a collection.
func as3(kind string, n int, array string) string {
	_, parts, _ := strings.Cut(array, "\r\n")
	return kind + strconv.Itoa(n) + "\r\n" + parts
}

var (
	number   = alike(":1234567\r\n", result.AsInt64)
	flag     = alike(":1\r\n", result.AsBool)
	text     = alike(bulk(value), result.ToString)
	status   = alike("+OK\r\n", result.ToString)
	set      = alike("+OK\r\n", doneByHand)
	unset    = reply[bool]{"$-1\r\n", "_\r\n", doneByHand}
	none     = reply[string]{"$-1\r\n", "_\r\n", result.ToString}
	noNumber = reply[int64]{"$-1\r\n", "_\r\n", result.AsInt64}
	noFloat  = reply[float64]{"$-1\r\n", "_\r\n", result.AsFloat64}
	noTexts  = reply[[]string]{"*-1\r\n", "_\r\n", result.AsStrSlice}
	decimal  = alike(bulk("0.12345678901234567"), result.AsFloat64)
	double   = reply[float64]{bulk("0.12345678901234567"), ",0.12345678901234567\r\n", result.AsFloat64}
	seconds  = alike(":3600\r\n", func(r result) (time.Duration, error) { return ttlByHand(r, time.Second) })
	millis   = alike(":3600123\r\n", func(r result) (time.Duration, error) { return ttlByHand(r, time.Millisecond) })
	unix     = alike(":4102444800\r\n", func(r result) (time.Time, error) {
		n, err := r.AsInt64()
		return time.Unix(n, 0), err
	})
	unixMilli = alike(":4102444800123\r\n", func(r result) (time.Time, error) {
		n, err := r.AsInt64()
		return time.UnixMilli(n), err
	})
	clock  = alike(array(bulk("1700000000"), bulk("123456")), clockByHand)
	member = reply[rueidis.ZScore]{array(bulk("a"), bulk("1.5")), array(bulk("a"), ",1.5\r\n"), result.AsZScore}
)

func numbers(int) reply[int64]   { return number }
func flagged(int) reply[bool]    { return flag }
func statuses(int) reply[string] { return status }

func texts(n int) reply[[]string] {
	return alike(array(repeated(bulk(value), n)...), result.AsStrSlice)
}

// members are the elements of a set, which has a type of its own in RESP3.
func members(n int) reply[[]string] {
	r := texts(n)
	r.resp3 = as3("~", n, r.resp3)
	return r
}

func flags(n int) reply[[]bool] { return alike(array(repeated(":1\r\n", n)...), result.AsBoolSlice) }

// optionals are every other one missing, from the second on.
func optionals(n int) reply[optionalTexts] {
	list2, list3 := repeated(bulk(value), n), repeated(bulk(value), n)
	for i := 1; i < n; i += 2 {
		list2[i], list3[i] = "$-1\r\n", "_\r\n"
	}
	return reply[optionalTexts]{array(list2...), array(list3...), func(r result) (optionalTexts, error) {
		return optionalsByHand(r, (*rueidis.RedisMessage).ToString)
	}}
}

func scores(n int) reply[optionalFloats] {
	list2, list3 := repeated(bulk("1.5"), n), repeated(",1.5\r\n", n)
	for i := 1; i < n; i += 2 {
		list2[i], list3[i] = "$-1\r\n", "_\r\n"
	}
	return reply[optionalFloats]{array(list2...), array(list3...), func(r result) (optionalFloats, error) {
		return optionalsByHand(r, (*rueidis.RedisMessage).AsFloat64)
	}}
}

// hash has n fields with values of the given text.
func hash(n int, value string) reply[map[string]string] {
	var parts []string
	for _, field := range elements[:n] {
		parts = append(parts, bulk(field), bulk(value))
	}
	r := alike(array(parts...), result.AsStrMap)
	r.resp3 = as3("%", n, r.resp3)
	return r
}

// scoredTexts are members with scores: in turn in RESP2, in pairs in RESP3.
func scoredTexts(n int) reply[[]rueidis.ZScore] {
	var parts, pairs []string
	for _, m := range elements[:n] {
		parts = append(parts, bulk(m), bulk("1.5"))
		pairs = append(pairs, array(bulk(m), ",1.5\r\n"))
	}
	return reply[[]rueidis.ZScore]{array(parts...), array(pairs...), result.AsZScores}
}

// entries are n entries of a stream with three fields each.
func entries(n int) reply[[]rueidistx.StreamEntry] {
	fields := array(bulk("a"), bulk("1"), bulk("b"), bulk("2"), bulk("a"), bulk("3"))
	return alike(array(repeated(array(bulk("1700000000000-0"), fields), n)...), entriesByHand)
}

// doneByHand decodes the reply of a command with a condition.
func doneByHand(r result) (bool, error) {
	err := r.Error()
	if rueidis.IsRedisNil(err) {
		return false, nil
	}
	return err == nil, err
}

func ttlByHand(r result, unit time.Duration) (time.Duration, error) {
	n, err := r.AsInt64()
	return time.Duration(n) * unit, err
}

func clockByHand(r result) (time.Time, error) {
	parts, err := r.AsIntSlice()
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(parts[0], parts[1]*1000), nil
}

// optionalsByHand keeps apart what is missing and what is zero, as rueidis's slices do not.
func optionalsByHand[T any](r result, decode func(m *rueidis.RedisMessage) (T, error)) ([]rueidistx.Optional[T], error) {
	list, err := r.ToArray()
	if err != nil {
		return nil, err
	}
	values := make([]rueidistx.Optional[T], len(list))
	for i := range list {
		if list[i].IsNil() {
			continue
		}
		v, err := decode(&list[i])
		if err != nil {
			return nil, err
		}
		values[i] = rueidistx.Optional[T]{Value: v, OK: true}
	}
	return values, nil
}

// entriesByHand keeps the order of the fields, and those of the same name, as rueidis's map does not. It allocates less
// than that, too.
func entriesByHand(r result) ([]rueidistx.StreamEntry, error) {
	m, err := r.ToMessage()
	if err != nil {
		return nil, err
	}
	return entriesIn(&m)
}

func entriesIn(m *rueidis.RedisMessage) ([]rueidistx.StreamEntry, error) {
	list, err := m.ToArray()
	if err != nil {
		return nil, err
	}
	entries := make([]rueidistx.StreamEntry, len(list))
	for i := range list {
		parts, err := list[i].ToArray()
		if err != nil {
			return nil, err
		}
		if entries[i], err = entryIn(parts); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func entryIn(parts []rueidis.RedisMessage) (e rueidistx.StreamEntry, err error) {
	if e.ID, err = parts[0].ToString(); err != nil {
		return e, err
	}
	words, err := parts[1].ToArray()
	if err != nil {
		return e, err
	}
	e.Fields = make([]rueidistx.Field, len(words)/2)
	for i := range e.Fields {
		if e.Fields[i].Name, err = words[2*i].ToString(); err != nil {
			return e, err
		}
		if e.Fields[i].Value, err = words[2*i+1].ToString(); err != nil {
			return e, err
		}
	}
	return e, nil
}
