package rueidistx

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// Argument lists the types that [Arg] accepts. It excludes time.Duration and all other named number types, because their
// unit is not known: see [Millis].
type Argument interface {
	~string | ~[]byte | bool |
		int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// Arg returns v as an argument of a command or a script: strings and bytes unchanged, numbers in decimal, true as 1 and
// false as 0. Bytes are copied.
func Arg[T Argument](v T) string {
	switch v := any(v).(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case bool:
		return binary(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return decimal(v)
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Slice:
		return string(r.Bytes())
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return strconv.FormatInt(r.Int(), 10)
	default:
		return strconv.FormatUint(r.Uint(), 10)
	}
}

// Args returns each of values as [Arg] does.
func Args[T Argument](values ...T) []string {
	args := make([]string, len(values))
	for i, v := range values {
		args[i] = Arg(v)
	}
	return args
}

// Millis returns d in whole milliseconds, rounded up, as an argument.
func Millis(d time.Duration) string { return integer(milliseconds(d)) }

// UnixMillis returns t in milliseconds since 1970, rounded up, as an argument. A time that an int64 cannot represent so,
// about 292 million years from 1970, becomes the largest or the smallest int64.
func UnixMillis(t time.Time) string {
	switch unix := t.Unix(); {
	case unix > maxUnix:
		return integer(math.MaxInt64)
	case unix < minUnix:
		return integer(math.MinInt64)
	}
	return integer(unixMilli(t))
}

// As returns a future of the same reply, decoded by decode, such as As(b.Get(key), AsJSON[User]) or
// As(b.HGetAll(key), AsStruct[User]). decode gets the command's own reply, without what [Map] and [Future.Default] made of
// it. A future of [Zip] or [All] has no reply of its own: once it is settled, the result's error is [ErrInvalid].
func As[B, A any](f Future[A], decode Decoder[B]) Future[B] {
	switch {
	case decode == nil:
		return failedFuture[B](invalid("As needs a Decoder"))
	case f.ref.answers != nil && f.combined():
		return Future[B]{f.ref, func(rueidis.RedisMessage) (none B, err error) {
			if _, err = f.Value(); !errors.Is(err, ErrPending) { // which asks for the values, so that their unit is not sent
				err = invalid("a future that is made of others has no reply of its own")
			}
			return none, err
		}}
	}
	return Future[B]{f.ref, decode}
}

// SetJSON queues SET with the JSON of v, and reports whether the key was set, as [Commands.Set] does. If v cannot be
// encoded, nothing of the unit is sent: the error is [ErrInvalid] and names v's type.
//
// See https://redis.io/docs/latest/commands/set/.
func SetJSON[T any](q Queuer, key string, v T, options ...SetOption) Future[bool] {
	text, err := json.Marshal(&v) // by address, because methods of the pointer count too
	return setEncoded(q, key, v, "as JSON", text, err, options)
}

// SetBinary queues SET with the result of v's MarshalBinary, and reports whether the key was set, as [Commands.Set] does.
// If v cannot be encoded, nothing of the unit is sent: the error is [ErrInvalid] and names v's type.
//
// See https://redis.io/docs/latest/commands/set/.
func SetBinary[T encoding.BinaryMarshaler](q Queuer, key string, v T, options ...SetOption) Future[bool] {
	if holdsNil(reflect.ValueOf(&v).Elem()) {
		return setEncoded(q, key, v, "by MarshalBinary", nil, errNilValue, options)
	}
	data, err := v.MarshalBinary()
	return setEncoded(q, key, v, "by MarshalBinary", data, err, options)
}

var errNilValue = fmt.Errorf("the value is nil")

func setEncoded[T any](q Queuer, key string, v T, how string, data []byte, err error, options []SetOption) Future[bool] {
	c := commandsOf(q)
	if err != nil {
		return Future[bool]{c.to().reject(opSet, invalid("a value of the type %T cannot be encoded %s", v, how)), AsDone}
	}
	return c.Set(key, string(data), options...)
}
