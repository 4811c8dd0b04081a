package rueidistx

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"time"
)

// HSetStruct queues HSET of the fields of v, a struct or a pointer to one, and returns how many of them are new. It is the
// reverse of [AsStruct], with the same tags and types: types encode themselves with encoding.TextMarshaler or else
// encoding.BinaryMarshaler, a time.Duration is sent in nanoseconds, and true as 1.
//
// A nil pointer is not sent: the hash keeps the value that it has. Nor is the zero value of a field with a tag such as
// `redis:"name,omitempty"`; a type may define it with an IsZero method.
//
// If a field cannot be encoded, or there is no field to send, nothing of the unit is sent: the error is [ErrInvalid] and
// names the field and its type. If a method of a field's type panics, so does HSetStruct, and it queues nothing.
//
// See https://redis.io/docs/latest/commands/hset/.
func HSetStruct[T any](q Queuer, key string, v T) Future[int64] {
	c := commandsOf(q)
	pairs, err := hashOf(reflect.ValueOf(&v).Elem())
	if err != nil {
		return Future[int64]{c.to().reject(opHSet, err), AsInt64}
	}
	return c.HSet(key, pairs...)
}

// hashOf returns the names and values of a struct's fields in turn.
func hashOf(v reflect.Value) ([]string, error) {
	v, _ = pointee(v)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, invalid("HSetStruct needs a struct, and got a %s that is nil", v.Type())
	}
	if v.Kind() != reflect.Struct {
		return nil, invalid("HSetStruct needs a struct, and got a %s", v.Type())
	}
	plan := planOf(v.Type())
	pairs := make([]string, 0, 2*len(plan.fields))
	for i := range plan.fields {
		f := &plan.fields[i]
		field, ok := existing(v, f.index)
		if !ok || f.omitEmpty && isZero(field) {
			continue
		}
		text, present, err := f.encode(field)
		if err != nil {
			return nil, invalid("the field %s of %s, a %s, cannot be encoded", f.goName, v.Type(), field.Type())
		}
		if present {
			pairs = append(pairs, f.name, text)
		}
	}
	if len(pairs) == 0 {
		return nil, invalid("%s has no field to set", v.Type())
	}
	return pairs, nil
}

// existing is reach without making anything: ok is false if an embedded pointer is nil.
func existing(v reflect.Value, index []int) (_ reflect.Value, ok bool) {
	for n, i := range index {
		if n > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

// isZero reports whether a value is what omitempty leaves out.
func isZero(v reflect.Value) bool {
	type zeroer interface{ IsZero() bool }
	own, ok := v.Addr().Interface().(zeroer)
	if !ok && !holdsNil(v) {
		own, ok = v.Interface().(zeroer) // of what it points to, or of what is in the interface
	}
	if ok {
		return own.IsZero()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

// holdsNil reports whether a value is a nil pointer or interface, or an interface that holds a nil pointer.
func holdsNil(v reflect.Value) bool {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// errNotEncodable says that a type has no form in a hash.
var errNotEncodable = errors.New("a type that cannot be encoded")

// encode returns a field's value as it is sent; present is false for nil.
func (f *structField) encode(v reflect.Value) (text string, present bool, err error) {
	if f.json {
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return "", false, nil
		}
		data, err := json.Marshal(v.Addr().Interface()) // by address, because methods of the pointer count too
		return string(data), true, err
	}
	v, present = pointee(v)
	if !present {
		return "", false, nil
	}
	text, err = encodeValue(v)
	return text, true, err
}

// pointee follows pointers, and reports false at a nil one. A pointer may point to itself, so it does not follow many.
func pointee(v reflect.Value) (_ reflect.Value, ok bool) {
	for range 16 {
		if v.Kind() != reflect.Pointer {
			break
		}
		if v.IsNil() {
			return v, false
		}
		v = v.Elem()
	}
	return v, true
}

func encodeValue(v reflect.Value) (string, error) {
	switch own := v.Addr().Interface().(type) {
	case *time.Duration:
		return integer(int64(*own)), nil
	case encoding.TextMarshaler:
		data, err := own.MarshalText()
		return string(data), err
	case encoding.BinaryMarshaler:
		data, err := own.MarshalBinary()
		return string(data), err
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return binary(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, v.Type().Bits()), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return string(v.Bytes()), nil
		}
	}
	return "", errNotEncodable
}
