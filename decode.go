package rueidistx

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// A Decoder converts a reply to a Go value. It is not called for error replies. For a nil reply it returns [ErrNil],
// unless nil is a valid value. The future reports any other error as [ErrDecode]. The decoders of this package accept
// the RESP2 and the RESP3 form of a reply.
//
// A decoder of your own must not retain or change the message, and should not put its content into an error, whose text
// is part of the future's. What strconv, time and encoding/json quote in their errors is left out.
type Decoder[T any] func(rueidis.RedisMessage) (T, error)

func mismatch(want string) error { return fail(ErrDecode, errors.New("the reply is not "+want)) }

// AsMessage returns the reply undecoded. That of a read by [DB.Cached] must not be changed.
func AsMessage(m rueidis.RedisMessage) (rueidis.RedisMessage, error) {
	return m, nil
}

// textOf returns the text that a string, number or boolean has in RESP2.
func textOf(m *rueidis.RedisMessage) (string, bool) {
	switch {
	case m.IsString():
		s, _ := m.ToString()
		return s, true
	case m.IsInt64():
		n, _ := m.ToInt64()
		return strconv.FormatInt(n, 10), true
	case m.IsBool():
		b, _ := m.ToBool()
		return binary(b), true
	case m.IsArray(), m.IsMap(), m.Error() != nil:
		return "", false
	}
	// A double, a big number, or a verbatim string, which begins with three letters for its format and a colon.
	s, err := m.ToString()
	if err == nil && len(s) > 3 && s[3] == ':' {
		s = s[4:]
	}
	return s, err == nil
}

// AsInt64 decodes integers, booleans (1 and 0), and strings that contain an integer.
func AsInt64(m rueidis.RedisMessage) (int64, error) {
	if m.IsInt64() {
		return m.ToInt64()
	}
	if m.IsNil() {
		return 0, ErrNil
	}
	s, ok := textOf(&m)
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, mismatch("in the range of an int64")
	case !ok || err != nil:
		return 0, mismatch("an integer")
	}
	return n, nil
}

// AsFloat64 decodes doubles, integers, booleans (1 and 0), and strings that contain a number, inf, -inf, nan or -nan. A
// number beyond the range of a float64, such as INCRBYFLOAT produces up to 1e4932, is [ErrDecode].
func AsFloat64(m rueidis.RedisMessage) (float64, error) {
	if m.IsInt64() {
		n, err := m.ToInt64()
		return float64(n), err
	}
	if m.IsNil() {
		return 0, ErrNil
	}
	if s, ok := textOf(&m); ok {
		return parseFloat(s)
	}
	return 0, mismatch("a number")
}

// parseFloat is strconv.ParseFloat, except that it accepts -nan, which servers written in C may send.
func parseFloat(s string) (float64, error) {
	if s == "-nan" {
		return math.NaN(), nil
	}
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, mismatch("in the range of a float64")
	case err != nil:
		return 0, mismatch("a number")
	}
	return f, nil
}

// AsBool decodes booleans, integers (0 is false) and the strings OK, 1, 0, true and false. A nil reply is [ErrNil], so let a script
// return 0 instead of false, which the server turns into nil.
func AsBool(m rueidis.RedisMessage) (bool, error) {
	if m.IsNil() {
		return false, ErrNil
	}
	if m.IsInt64() {
		n, err := m.ToInt64()
		return n != 0, err
	}
	switch s, _ := textOf(&m); s {
	case "OK", "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	return false, mismatch("a boolean")
}

// AsDone decodes the reply of conditional commands such as SET NX: true for OK, false for nil, or what [AsBool] makes
// of it.
func AsDone(m rueidis.RedisMessage) (bool, error) {
	if s, err := m.ToString(); err == nil && s == "OK" { // as a rule
		return true, nil
	}
	if m.IsNil() {
		return false, nil
	}
	return AsBool(m)
}

// AsString decodes strings, and numbers and booleans in their RESP2 form: digits, and 1 or 0.
func AsString(m rueidis.RedisMessage) (string, error) {
	if m.IsString() {
		return m.ToString()
	}
	if m.IsNil() {
		return "", ErrNil
	}
	s, ok := textOf(&m)
	if !ok {
		return "", mismatch("a string")
	}
	return s, nil
}

// AsBytes is [AsString], but returns a slice that the caller owns.
func AsBytes(m rueidis.RedisMessage) ([]byte, error) {
	s, err := AsString(m)
	if err != nil {
		return nil, err
	}
	return []byte(s), nil
}

// AsJSON decodes strings that contain JSON.
func AsJSON[T any](m rueidis.RedisMessage) (v T, err error) {
	s, err := AsString(m)
	if err != nil {
		return v, err
	}
	return fromJSON[T](s)
}

func fromJSON[T any](s string) (v T, err error) {
	if pointsToItself(reflect.TypeFor[T]()) { // encoding/json would not end
		return v, mismatch("of a type that points to itself")
	}
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		var none T
		return none, jsonError(err)
	}
	return v, nil
}

// jsonError keeps the position that encoding/json reports, and drops the content that it quotes.
func jsonError(err error) error {
	place, said := jsonPlace(err)
	if said == nil {
		place = "JSON that the type does not accept"
	}
	return fail(ErrDecode, errors.New(place))
}

// jsonPlace returns what an error of encoding/json in err says without the content, and that error, nil if there is none.
func jsonPlace(err error) (place string, said error) {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("invalid JSON at byte %d", syntax.Offset), syntax
	case errors.As(err, &kind):
		return fmt.Sprintf("JSON of the wrong type at byte %d for %s", kind.Offset, kind.Type), kind
	}
	return "", nil
}

// NoTTL is the result of TTL and PTTL for a key, and of HTTL and HPTTL for a field, that never expires. RESTORE accepts it.
const NoTTL time.Duration = -1

// ttlIn decodes a TTL in a unit. If it exceeds the largest Duration, it becomes that.
func ttlIn(unit time.Duration) Decoder[time.Duration] {
	return func(m rueidis.RedisMessage) (time.Duration, error) {
		n, err := AsInt64(m)
		switch {
		case err != nil:
			return 0, err
		case n == -2:
			return 0, ErrNil
		case n == -1:
			return NoTTL, nil
		case n < -2:
			return 0, mismatch("a TTL")
		case n > math.MaxInt64/int64(unit):
			return math.MaxInt64, nil
		}
		return time.Duration(n) * unit, nil
	}
}

var (
	asTTL  = ttlIn(time.Second)
	asPTTL = ttlIn(time.Millisecond)
)

// expireTime decodes a time. It returns the zero time for a key that never expires.
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

// asTime decodes TIME's seconds and microseconds.
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
