package rueidistx

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Decoder makes a Go value of a reply. It is called for every reply but an error, also for nil, which it answers with
// [ErrNil] unless nil means something to it; any other error becomes the future's as [ErrDecode]. The decoders of this
// package take the RESP2 and the RESP3 form of a reply.
//
// A decoder of your own must not keep or change the message, and should not put its content into an error.
type Decoder[T any] func(rueidis.RedisMessage) (T, error)

func mismatch(want string) error {
	return fmt.Errorf("%w: the reply is not %s", ErrDecode, want)
}

// AsMessage returns the reply as rueidis has it.
func AsMessage(m rueidis.RedisMessage) (rueidis.RedisMessage, error) {
	return m, nil
}

// AsAny returns the reply as nil, string, int64, float64, bool, []any or map[string]any.
func AsAny(m rueidis.RedisMessage) (any, error) {
	return m.ToAny()
}

// AsInt64 takes integers, and strings that hold one.
func AsInt64(m rueidis.RedisMessage) (int64, error) {
	n, err := m.AsInt64()
	if err != nil && err != ErrNil {
		err = mismatch("an integer")
	}
	return n, err
}

// AsFloat64 takes doubles, integers, and strings that hold a number.
func AsFloat64(m rueidis.RedisMessage) (float64, error) {
	if m.IsInt64() {
		n, err := m.AsInt64()
		return float64(n), err
	}
	n, err := m.AsFloat64()
	if err != nil && err != ErrNil {
		err = mismatch("a number")
	}
	return n, err
}

// AsBool takes booleans, integers (0 is false) and the strings OK, 1, 0, true and false.
func AsBool(m rueidis.RedisMessage) (bool, error) {
	if m.IsString() {
		switch s, _ := m.ToString(); s {
		case "OK", "1", "true":
			return true, nil
		case "0", "false":
			return false, nil
		}
		return false, mismatch("a boolean")
	}
	b, err := m.AsBool()
	if err != nil && err != ErrNil {
		err = mismatch("a boolean")
	}
	return b, err
}

// AsDone takes what commands answer that either do their work or, by a condition such as NX, do not: false for nil.
func AsDone(m rueidis.RedisMessage) (bool, error) {
	if s, err := m.ToString(); err == nil && s == "OK" {
		return true, nil
	}
	if m.IsNil() {
		return false, nil
	}
	return AsBool(m)
}

// AsString takes strings, and numbers as Redis writes them.
func AsString(m rueidis.RedisMessage) (string, error) {
	s, err := m.ToString()
	if err == nil || err == ErrNil {
		return s, err
	}
	if m.IsInt64() {
		n, err := m.AsInt64()
		return strconv.FormatInt(n, 10), err
	}
	return "", mismatch("a string")
}

// AsBytes is AsString as a slice that the caller owns.
func AsBytes(m rueidis.RedisMessage) ([]byte, error) {
	s, err := AsString(m)
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// AsStrings takes arrays and sets of strings and numbers. A nil among them is an error: see [AsOptionals].
func AsStrings(m rueidis.RedisMessage) ([]string, error) {
	return elements(m, AsString)
}

// AsInt64s takes arrays of integers.
func AsInt64s(m rueidis.RedisMessage) ([]int64, error) {
	return elements(m, AsInt64)
}

// AsBools takes arrays of booleans.
func AsBools(m rueidis.RedisMessage) ([]bool, error) {
	return elements(m, AsBool)
}

// AsSlice returns the decoder of arrays and sets whose elements element decodes.
func AsSlice[T any](element Decoder[T]) Decoder[[]T] {
	return func(m rueidis.RedisMessage) ([]T, error) { return elements(m, element) }
}

func elements[T any](m rueidis.RedisMessage, element Decoder[T]) ([]T, error) {
	list, err := m.ToArray()
	if err == ErrNil {
		return nil, err
	}
	if err != nil {
		return nil, mismatch("an array")
	}
	values := make([]T, len(list))
	for i := range list {
		if values[i], err = decodeElement(list[i], element); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// decodeElement decodes a part of a reply. A nil that its decoder does not take makes the whole reply undecodable, not
// nil.
func decodeElement[T any](m rueidis.RedisMessage, element Decoder[T]) (T, error) {
	v, err := element(m)
	if err == ErrNil {
		err = mismatch("free of nil elements")
	}
	return v, err
}

// Optional is a value that may be missing, such as one of MGET's.
type Optional[T any] struct {
	Value T
	OK    bool
}

// Or returns the value, or otherwise where it is missing.
func (o Optional[T]) Or(otherwise T) T {
	if o.OK {
		return o.Value
	}
	return otherwise
}

// AsOptional returns the decoder that takes nil as a missing value and leaves everything else to decode.
func AsOptional[T any](decode Decoder[T]) Decoder[Optional[T]] {
	return func(m rueidis.RedisMessage) (Optional[T], error) {
		if m.IsNil() {
			return Optional[T]{}, nil
		}
		v, err := decode(m)
		return Optional[T]{Value: v, OK: err == nil}, err
	}
}

// AsOptionals takes arrays of strings and nils, such as MGET's.
func AsOptionals(m rueidis.RedisMessage) ([]Optional[string], error) {
	return elements(m, AsOptional(AsString))
}

// asOptionalFloats takes arrays of numbers and nils.
func asOptionalFloats(m rueidis.RedisMessage) ([]Optional[float64], error) {
	return elements(m, AsOptional(AsFloat64))
}

// AsStringMap takes maps of strings, in RESP2 the array of their keys and values, such as HGETALL's.
func AsStringMap(m rueidis.RedisMessage) (map[string]string, error) {
	pairs, err := m.AsMap()
	if err == ErrNil {
		return nil, err
	}
	if err != nil {
		return nil, mismatch("a map")
	}
	values := make(map[string]string, len(pairs))
	for k, v := range pairs {
		if values[k], err = decodeElement(v, AsString); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// AsZScores takes members with their scores, such as ZRANGE WITHSCORES's.
func AsZScores(m rueidis.RedisMessage) ([]rueidis.ZScore, error) {
	scores, err := m.AsZScores()
	if err != nil && err != ErrNil {
		err = mismatch("an array of members and scores")
	}
	return scores, err
}

// AsXRange takes the entries of a stream, such as XRANGE's.
func AsXRange(m rueidis.RedisMessage) ([]rueidis.XRangeEntry, error) {
	entries, err := m.AsXRange()
	if err != nil && err != ErrNil {
		err = mismatch("an array of stream entries")
	}
	return entries, err
}

// NoTTL is what TTL and PTTL return for a key that never expires.
const NoTTL time.Duration = -1

func ttl(unit time.Duration) Decoder[time.Duration] {
	return func(m rueidis.RedisMessage) (time.Duration, error) {
		n, err := AsInt64(m)
		switch {
		case err != nil:
			return 0, err
		case n == -2:
			return 0, ErrNil
		case n == -1:
			return NoTTL, nil
		}
		return time.Duration(n) * unit, nil
	}
}

var (
	asTTL  = ttl(time.Second)
	asPTTL = ttl(time.Millisecond)
)

// asExpireTime returns the zero time for a key that never expires.
func expireTime(unit func(int64) time.Time) Decoder[time.Time] {
	return func(m rueidis.RedisMessage) (time.Time, error) {
		n, err := AsInt64(m)
		switch {
		case err != nil:
			return time.Time{}, err
		case n == -2:
			return time.Time{}, ErrNil
		case n == -1:
			return time.Time{}, nil
		}
		return unit(n), nil
	}
}

var (
	asExpireTime  = expireTime(func(n int64) time.Time { return time.Unix(n, 0) })
	asPExpireTime = expireTime(time.UnixMilli)
)

// asTime takes TIME's seconds and microseconds.
func asTime(m rueidis.RedisMessage) (time.Time, error) {
	parts, err := AsInt64s(m)
	if err != nil {
		return time.Time{}, err
	}
	if len(parts) != 2 {
		return time.Time{}, mismatch("seconds and microseconds")
	}
	return time.Unix(parts[0], parts[1]*1000), nil
}

// asZScore takes ZPOPMIN's one member with its score, nil where the set is empty.
func asZScore(m rueidis.RedisMessage) (rueidis.ZScore, error) {
	scores, err := AsZScores(m)
	if err == nil && len(scores) == 0 {
		err = ErrNil
	}
	if err != nil {
		return rueidis.ZScore{}, err
	}
	return scores[0], nil
}

// AsJSON takes strings that hold JSON.
func AsJSON[T any](m rueidis.RedisMessage) (v T, err error) {
	s, err := AsString(m)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		var none T
		return none, jsonError(err)
	}
	return v, nil
}

// jsonError keeps what encoding/json says about the place and drops what it quotes of the content.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: invalid JSON at byte %d", ErrDecode, syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%w: JSON of another type at byte %d, field %q of type %s", ErrDecode, kind.Offset, kind.Field, kind.Type)
	}
	return fmt.Errorf("%w: JSON that the type does not take", ErrDecode)
}

// AsStruct takes maps such as HGETALL's into a struct. A field takes the value of its `redis:"name"` tag, or of its own
// name, and is left alone where the map has none. Fields are strings, []byte, numbers, booleans (1, 0, true, false),
// pointers to these, or implement encoding.TextUnmarshaler; unexported ones, and those tagged "-", are passed over. An
// empty map is [ErrNil]: Redis has no empty hashes.
func AsStruct[T any](m rueidis.RedisMessage) (v T, err error) {
	values, err := AsStringMap(m)
	if err != nil {
		return v, err
	}
	if len(values) == 0 {
		return v, ErrNil
	}
	target := reflect.ValueOf(&v).Elem()
	if target.Kind() != reflect.Struct {
		return v, fmt.Errorf("%w: %s is not a struct", ErrDecode, target.Type())
	}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("redis"), ",")
		if name == "" {
			name = field.Name
		}
		s, ok := values[name]
		if !ok || name == "-" || !field.IsExported() {
			continue
		}
		if !setField(target.Field(i), s) {
			var none T
			return none, fmt.Errorf("%w: field %s does not take its value", ErrDecode, field.Name)
		}
	}
	return v, nil
}

func setField(field reflect.Value, s string) bool {
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		if _, ok := field.Interface().(encoding.TextUnmarshaler); !ok {
			return setField(field.Elem(), s)
		}
		return field.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)) == nil
	}
	if u, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s)) == nil
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		field.SetBool(b)
		return err == nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, field.Type().Bits())
		field.SetInt(n)
		return err == nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(s, 10, field.Type().Bits())
		field.SetUint(n)
		return err == nil
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(s, field.Type().Bits())
		field.SetFloat(n)
		return err == nil
	case reflect.Slice:
		if field.Type().Elem().Kind() != reflect.Uint8 {
			return false
		}
		field.SetBytes([]byte(s))
	default:
		return false
	}
	return true
}
