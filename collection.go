package rueidistx

import (
	"errors"
	"fmt"

	"github.com/redis/rueidis"
)

// AsStrings decodes arrays and sets of strings and numbers, and maps as RESP2 has them, as keys and values in turn. A nil
// among them is an error: see [AsOptionals]. Members with scores, and random fields with values, are pairs in RESP3, and no
// strings: see [AsScoredMembers] and [AsStringMap].
func AsStrings(m rueidis.RedisMessage) ([]string, error) {
	return elements(m, AsString)
}

// AsInt64s is [AsStrings] for integers.
func AsInt64s(m rueidis.RedisMessage) ([]int64, error) {
	return elements(m, AsInt64)
}

// AsFloat64s is [AsStrings] for floating-point numbers.
func AsFloat64s(m rueidis.RedisMessage) ([]float64, error) {
	return elements(m, AsFloat64)
}

// AsBools is [AsStrings] for booleans.
func AsBools(m rueidis.RedisMessage) ([]bool, error) {
	return elements(m, AsBool)
}

// AsSlice returns a decoder of what [AsStrings] decodes, whose elements are decoded by element. If an element cannot be
// decoded, the error contains its index, and there is no value: see [AsEach]. If element is nil, so is the decoder.
func AsSlice[T any](element Decoder[T]) Decoder[[]T] {
	if element == nil {
		return nil
	}
	return func(m rueidis.RedisMessage) ([]T, error) { return elements(m, element) }
}

// arrayOf returns the elements of an array or set, and of a map what RESP2 has in its place: its keys and values in turn.
func arrayOf(m *rueidis.RedisMessage) ([]rueidis.RedisMessage, error) {
	if m.IsMap() {
		return inOrder(m)
	}
	list, err := m.ToArray()
	if err != nil && err != ErrNil {
		err = mismatch("an array")
	}
	return list, err
}

// partsOf returns the elements of an array that has n of them. Another one is not what is wanted.
func partsOf(m *rueidis.RedisMessage, n int, want string) ([]rueidis.RedisMessage, error) {
	parts, err := arrayOf(m)
	if err != ErrNil && (err != nil || len(parts) != n) {
		return nil, mismatch(want)
	}
	return parts, err
}

// decodeInto decodes a part of a reply, unless there is an error of an earlier part.
func decodeInto[T any](v *T, part rueidis.RedisMessage, decode Decoder[T], err error) error {
	if err == nil {
		*v, err = decodeElement(part, decode)
	}
	return err
}

func elements[T any](m rueidis.RedisMessage, element Decoder[T]) ([]T, error) {
	list, err := arrayOf(&m)
	if err != nil {
		return nil, err
	}
	values := make([]T, len(list))
	for i := range list {
		if values[i], err = decodeElement(list[i], element); err != nil {
			return nil, inElement(i, err)
		}
	}
	return values, nil
}

// decodeElement decodes a part of a reply. If its decoder does not accept nil, a nil makes the whole reply undecodable,
// rather than nil.
func decodeElement[T any](m rueidis.RedisMessage, element Decoder[T]) (v T, err error) {
	if err := m.Error(); err != nil && err != ErrNil {
		return v, fail(ErrDecode, err)
	}
	if v, err = element(m); errors.Is(err, ErrNil) {
		err = fail(ErrDecode, errors.New("it is nil"))
	}
	return v, err
}

// inElement adds the index of an element to its error.
func inElement(i int, err error) error {
	f, ok := err.(*failure)
	if !ok || f.kind != ErrDecode {
		f = fail(ErrDecode, err)
	}
	in := *f
	in.note = fmt.Sprintf("element %d: %s", i, f.note)
	return &in
}

// Each is an element of a reply decoded by [AsEach].
type Each[T any] struct {
	Value T
	Err   error // nil, ErrNil if the element is nil, or ErrDecode with the element's index
}

// AsEach returns a decoder of what [AsStrings] decodes, whose elements are decoded by element, each on its own. An element
// that cannot be decoded has an error; the others keep their values. If element is nil, so is the decoder.
func AsEach[T any](element Decoder[T]) Decoder[[]Each[T]] {
	if element == nil {
		return nil
	}
	return func(m rueidis.RedisMessage) ([]Each[T], error) {
		list, err := arrayOf(&m)
		if err != nil {
			return nil, err
		}
		each := make([]Each[T], len(list))
		for i := range list {
			e := &each[i]
			if err := list[i].Error(); err != nil && err != ErrNil {
				e.Err = inElement(i, err)
				continue
			}
			value, err := element(list[i])
			switch {
			case err == nil:
				e.Value = value
			case errors.Is(err, ErrNil):
				e.Err = ErrNil
			default:
				e.Err = inElement(i, err)
			}
		}
		return each, nil
	}
}

// Optional is a value that may be missing, such as an element of MGET's reply.
type Optional[T any] struct {
	Value T
	OK    bool
}

// Or returns the value, or fallback if it is missing.
func (o Optional[T]) Or(fallback T) T {
	if o.OK {
		return o.Value
	}
	return fallback
}

// AsOptional returns a decoder that makes nil a missing value, and decodes everything else with decode. If decode is nil,
// so is the decoder.
func AsOptional[T any](decode Decoder[T]) Decoder[Optional[T]] {
	if decode == nil {
		return nil
	}
	return func(m rueidis.RedisMessage) (Optional[T], error) {
		if m.IsNil() {
			return Optional[T]{}, nil
		}
		v, err := decode(m)
		return Optional[T]{Value: v, OK: err == nil}, err
	}
}

var (
	asOptionalText = AsOptional(AsString)
	asOptionalInt  = AsOptional(AsInt64)
)

// AsOptionals decodes arrays of strings and nils, such as MGET's reply.
func AsOptionals(m rueidis.RedisMessage) ([]Optional[string], error) {
	return elements(m, asOptionalText)
}

// asOptionalInts decodes arrays of integers and nils.
func asOptionalInts(m rueidis.RedisMessage) ([]Optional[int64], error) {
	return elements(m, asOptionalInt)
}

// asOptionalFloats decodes arrays of numbers and nils.
func asOptionalFloats(m rueidis.RedisMessage) ([]Optional[float64], error) {
	return elements(m, AsOptional(AsFloat64))
}

// AsStringMap decodes maps of strings, such as HGETALL's reply; in RESP2 these are arrays of keys and values in turn.
// It also accepts an array of pairs, such as the reply to HRANDFIELD WITHVALUES in RESP3. A nil value is an error.
func AsStringMap(m rueidis.RedisMessage) (map[string]string, error) {
	if pairs, ok := mapOf(&m); ok {
		values := make(map[string]string, len(pairs))
		for k, v := range pairs {
			var err error
			if values[k], err = decodeElement(v, AsString); err != nil {
				return nil, inValue(err)
			}
		}
		return values, nil
	}
	list, err := pairsOf(&m)
	if err != nil {
		return nil, err
	}
	values := make(map[string]string, list.len())
	for i := range list.len() {
		first, second, err := list.at(i)
		if err != nil {
			return nil, err
		}
		k, err := decodeElement(*first, AsString)
		if err == nil {
			values[k], err = decodeElement(*second, AsString)
		}
		if err != nil {
			return nil, inValue(err)
		}
	}
	return values, nil
}

// asHash decodes HGETALL's map without copying it first, which only rueidis's AsStrMap can do. That makes "" of values
// without a text, but servers do not send any there: the value of a field is a string.
func asHash(m rueidis.RedisMessage) (map[string]string, error) {
	if m.IsMap() {
		if values, err := m.AsStrMap(); err == nil {
			return values, nil
		}
	}
	return AsStringMap(m)
}

// AsAny decodes any reply:
//
//   - strings, verbatim strings and big numbers as string
//   - integers as int64, doubles as float64, booleans as bool
//   - arrays and sets as []any, maps as map[string]any with the text of the keys; of keys with the same text the last counts
//   - nil as nil, which inside arrays and maps is not [ErrNil]
//   - an error inside an array or map as an error
//
// RESP2 has no maps, doubles and booleans: there, the same commands reply with arrays, strings and integers.
func AsAny(m rueidis.RedisMessage) (any, error) {
	switch {
	case m.IsNil():
		return nil, ErrNil
	case m.IsInt64():
		return m.ToInt64()
	case m.IsBool():
		return m.ToBool()
	case m.IsFloat64():
		return AsFloat64(m)
	case m.IsArray():
		list, _ := m.ToArray()
		values := make([]any, len(list))
		for i := range list {
			values[i] = anyElement(list[i])
		}
		return values, nil
	case m.IsMap():
		list, err := inOrder(&m)
		if err != nil {
			return nil, err
		}
		values := make(map[string]any, len(list)/2)
		for i := 0; i < len(list); i += 2 {
			key, ok := textOf(&list[i])
			if !ok {
				return nil, mismatch("of a Go type: a key of the map is not a string or number")
			}
			values[key] = anyElement(list[i+1])
		}
		return values, nil
	}
	return AsString(m)
}

func anyElement(m rueidis.RedisMessage) any {
	if err := m.Error(); err != nil && err != ErrNil {
		return fail(ErrDecode, err)
	}
	v, err := AsAny(m)
	if err != nil && err != ErrNil {
		return err
	}
	return v
}

// boxed returns decode with an any as its value.
func boxed[T any](decode Decoder[T]) func(rueidis.RedisMessage) (any, error) {
	return func(m rueidis.RedisMessage) (any, error) {
		v, err := decode(m)
		if err != nil {
			return nil, err
		}
		return v, nil
	}
}
