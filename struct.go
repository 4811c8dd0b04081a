package rueidistx

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/rueidis"
)

// AsStruct decodes maps such as HGETALL's into a struct. A field gets the value of its `redis:"name"` tag, or of its own
// name, and is left alone if the map has none. Fields are strings, []byte, numbers, booleans (1, 0, true, false), pointers
// to these, or implement encoding.TextUnmarshaler; unexported ones, and those tagged "-", are passed over. The fields of
// embedded structs, and of pointers to such, count as the struct's own, as with encoding/json; those of the outer struct go
// first. An empty map is [ErrNil]: Redis has no empty hashes. If the struct has a field for nothing that is in the map, that
// is [ErrDecode].
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
		return v, fail(ErrDecode, fmt.Errorf("%s is not a struct", target.Type()))
	}
	found := false
	for _, f := range fieldsOf(target.Type()) {
		s, ok := values[f.name]
		if !ok {
			continue
		}
		found = true
		if !setField(reach(target, f.index), s) {
			var none T
			return none, fail(ErrDecode, fmt.Errorf("the value does not fit the field %s of %s", f.goName, target.Type()))
		}
	}
	if !found {
		return v, fail(ErrDecode, fmt.Errorf("%s has a field for nothing that is in the reply", target.Type()))
	}
	return v, nil
}

// structField is a field that a value can go to.
type structField struct {
	name, goName string
	index        []int
}

var structFields sync.Map // of []structField, by reflect.Type

// fieldsOf returns the fields of a struct, with those of embedded structs.
func fieldsOf(t reflect.Type) []structField {
	if fields, ok := structFields.Load(t); ok {
		return fields.([]structField)
	}
	fields := collectFields(t)
	structFields.Store(t, fields)
	return fields
}

func collectFields(root reflect.Type) (fields []structField) {
	type embedded struct {
		t     reflect.Type
		index []int
	}
	taken, seen := map[string]bool{}, map[reflect.Type]bool{root: true}
	for level := []embedded{{t: root}}; len(level) > 0; {
		var next []embedded
		var here []structField
		for _, e := range level {
			for i := range e.t.NumField() {
				field := e.t.Field(i)
				index := append(e.index[:len(e.index):len(e.index)], i)
				name, _, _ := strings.Cut(field.Tag.Get("redis"), ",")
				inner := field.Type
				if inner.Kind() == reflect.Pointer {
					inner = inner.Elem()
				}
				switch {
				case name == "-":
				case field.Anonymous && name == "" && inner.Kind() == reflect.Struct && !isText(inner) && (field.IsExported() || field.Type == inner):
					if !seen[inner] {
						seen[inner] = true
						next = append(next, embedded{inner, index})
					}
				case !field.IsExported():
				default:
					if name == "" {
						name = field.Name
					}
					here = append(here, structField{name, field.Name, index})
				}
			}
		}
		for _, f := range here { // an outer field goes before an inner one, the first of a level before the others
			if !taken[f.name] {
				taken[f.name] = true
				fields = append(fields, f)
			}
		}
		level = next
	}
	return fields
}

// isText reports whether a type, or a pointer to it, decodes itself.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// reach returns a field, and makes the embedded structs that it is in where they are nil pointers.
func reach(v reflect.Value, index []int) reflect.Value {
	for n, i := range index {
		if n > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
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
	var err error
	switch field.Kind() {
	case reflect.String:
		field.SetString(s)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(s)
		field.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(s, 10, field.Type().Bits())
		field.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(s, 10, field.Type().Bits())
		field.SetUint(n)
	case reflect.Float32, reflect.Float64:
		var n float64
		n, err = strconv.ParseFloat(s, field.Type().Bits())
		field.SetFloat(n)
	case reflect.Slice:
		if field.Type().Elem().Kind() != reflect.Uint8 {
			return false
		}
		field.SetBytes([]byte(s))
	default:
		err = errors.ErrUnsupported
	}
	return err == nil
}
