package rueidistx

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/rueidis"
)

// AsStruct decodes maps, such as HGETALL's reply, into a struct. A field gets the value with the name in its
// `redis:"name"` tag, or with its own name. It keeps its zero value if the map has no such value.
//
// Fields are strings, []byte, numbers, booleans (1, 0, true, false), pointers to these, or implement
// encoding.TextUnmarshaler. Unexported fields and those tagged "-" are ignored. A value that its field cannot hold is
// [ErrDecode], and so is any value for a field of another type.
//
// The fields of embedded structs without a tag, and of embedded pointers to such structs, count as the struct's own, as in
// encoding/json: of several fields with one name the outermost gets the value; of several at one depth the one with a tag,
// or else none. Embedded structs that implement encoding.TextUnmarshaler, such as time.Time, are fields themselves.
//
// An empty map is [ErrNil], because Redis has no empty hashes. If the map is not empty, but no field of the struct
// matches, the error is ErrDecode, as it is if T is not a struct. If UnmarshalText panics, it does so in the goroutine
// that reads the future.
func AsStruct[T any](m rueidis.RedisMessage) (v T, err error) {
	target := reflect.ValueOf(&v).Elem()
	if target.Kind() != reflect.Struct {
		return v, fail(ErrDecode, fmt.Errorf("AsStruct needs a struct, and %s is none", target.Type()))
	}
	values, err := AsStringMap(m)
	if err != nil {
		return v, err
	}
	if len(values) == 0 {
		return v, ErrNil
	}
	found := false
	for _, f := range fieldsOf(target.Type()) {
		s, ok := values[f.name]
		if !ok {
			continue
		}
		found = true
		if f.fault != "" {
			err = fmt.Errorf("the field %s of %s %s", f.goName, target.Type(), f.fault)
		} else if field := reach(target, f.index); !setField(field, s) {
			err = fmt.Errorf("the value does not fit the field %s of %s, a %s", f.goName, target.Type(), field.Type())
		}
		if err != nil {
			var none T
			return none, fail(ErrDecode, err)
		}
	}
	if !found {
		return v, fail(ErrDecode, fmt.Errorf("%s has no field for any value in the reply", target.Type()))
	}
	return v, nil
}

// structField is a field that can be set.
type structField struct {
	name, goName string
	index        []int
	tagged       bool
	twice        bool   // its struct is embedded more than once
	fault        string // why no value can go to it, after all
}

var structFields sync.Map // of []structField, by reflect.Type

// fieldsOf returns the fields of a struct, including those of embedded structs.
func fieldsOf(t reflect.Type) []structField {
	if fields, ok := structFields.Load(t); ok {
		return fields.([]structField)
	}
	fields := collectFields(t)
	structFields.Store(t, fields)
	return fields
}

// embedded is a struct whose fields count as those of the struct that it is in.
type embedded struct {
	t      reflect.Type
	index  []int
	closed bool // it cannot be made: it is behind a pointer that is not exported
	twice  bool // it is there more than once, so its fields have no name of their own
}

func collectFields(root reflect.Type) (fields []structField) {
	taken, seen := map[string]bool{}, map[reflect.Type]bool{root: true}
	for level := []embedded{{t: root}}; len(level) > 0; {
		var here []structField
		var next []embedded
		for _, e := range level {
			for i := range e.t.NumField() {
				field := e.t.Field(i)
				inner, inside := embeddedIn(field)
				if !inside {
					if f, ok := fieldOf(e, field); ok {
						here = append(here, f)
					}
					continue
				}
				if n := slices.IndexFunc(next, func(other embedded) bool { return other.t == inner.t }); n >= 0 {
					next[n].twice = true
				} else if !seen[inner.t] {
					seen[inner.t] = true
					inner.index = append(e.index[:len(e.index):len(e.index)], i)
					inner.closed, inner.twice = inner.closed || e.closed, e.twice
					next = append(next, inner)
				}
			}
		}
		for _, f := range here {
			if !taken[f.name] { // by an outer field, or by one of those that share its name here
				taken[f.name] = true
				if f, ok := dominant(here, f.name); ok {
					fields = append(fields, f)
				}
			}
		}
		level = next
	}
	return fields
}

// embeddedIn returns the struct that an embedded field has the fields of, if it is such a field.
func embeddedIn(field reflect.StructField) (embedded, bool) {
	e := embedded{t: field.Type}
	if e.t.Kind() == reflect.Pointer {
		e.t, e.closed = e.t.Elem(), !field.IsExported()
	}
	name, _, _ := strings.Cut(field.Tag.Get("redis"), ",")
	return e, field.Anonymous && name == "" && e.t.Kind() == reflect.Struct && !isText(e.t)
}

// fieldOf makes a field of e one that a value can go to, unless it is to be passed over.
func fieldOf(e embedded, field reflect.StructField) (f structField, ok bool) {
	tag := field.Tag.Get("redis")
	name, _, _ := strings.Cut(tag, ",")
	if tag == "-" || !field.IsExported() {
		return f, false
	}
	f = structField{cmp.Or(name, field.Name), field.Name, append(e.index[:len(e.index):len(e.index)], field.Index...), name != "", e.twice, ""}
	switch {
	case e.closed:
		f.fault = "is embedded by a pointer to an unexported struct, which cannot be made"
	case !holds(field.Type):
		f.fault = fmt.Sprintf("is a %s, which holds no reply", field.Type)
	}
	return f, true
}

// dominant returns the field that a name means, of those at one depth; none if several have the same claim to it.
func dominant(fields []structField, name string) (best structField, ok bool) {
	for _, f := range fields {
		switch {
		case f.name != name || best.tagged && !f.tagged:
		case best.name == "" || f.tagged && !best.tagged:
			best, ok = f, !f.twice
		default:
			ok = false
		}
	}
	return best, ok
}

// holds reports whether setField can set fields of a type.
func holds(t reflect.Type) bool {
	for seen := map[reflect.Type]bool{}; t.Kind() == reflect.Pointer; t = t.Elem() {
		if seen[t] { // a pointer to itself
			return false
		}
		seen[t] = true
	}
	switch k := t.Kind(); {
	case isText(t):
		return true
	case k == reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8
	default:
		return k == reflect.String || reflect.Bool <= k && k <= reflect.Float64 && k != reflect.Uintptr
	}
}

// isText reports whether a type, or a pointer to it, implements encoding.TextUnmarshaler.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// reach returns a field, allocating the embedded structs on the way if their pointers are nil.
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

// setField sets a field of a type that holds a reply.
func setField(field reflect.Value, s string) bool {
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		return setField(field.Elem(), s)
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
		field.SetBytes([]byte(s))
	}
	return err == nil
}
