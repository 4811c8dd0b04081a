package rueidistx

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// AsStruct decodes maps, such as HGETALL's reply, into a struct. A field gets the value with the name in its
// `redis:"name"` tag, or with its own name. It keeps its zero value if the map has no such value, and values that the
// struct has no field for are ignored. Fields are
//
//   - strings, []byte, numbers, and booleans (1, 0, true, false)
//   - time.Duration: nanoseconds, or text such as 1m30s
//   - types that implement encoding.TextUnmarshaler, such as time.Time, or else encoding.BinaryUnmarshaler
//   - with a tag such as `redis:"name,json"`, any type that encoding/json decodes
//   - pointers to these, which get a new value
//
// Unexported fields and those tagged "-" are ignored. A value that its field cannot hold is [ErrDecode], and so is any
// value for a field of another type; the error names the field and its type. [HSetStruct] is the reverse.
//
// The fields of embedded structs without a tag, and of embedded pointers to such structs, count as the struct's own, as in
// encoding/json: of several fields with one name the outermost gets the value; of several at one depth the one with a tag,
// or else none. Embedded structs that decode themselves, such as time.Time, are fields themselves.
//
// An empty map is [ErrNil], because Redis has no empty hashes. If the map is not empty, but no field of the struct
// matches, the error is ErrDecode, as it is if T is not a struct. If a method of a field's type panics, it does so in the
// goroutine that reads the future.
func AsStruct[T any](m rueidis.RedisMessage) (v T, err error) {
	target := reflect.ValueOf(&v).Elem()
	if target.Kind() != reflect.Struct {
		return v, fail(ErrDecode, fmt.Errorf("AsStruct needs a struct, and %s is none", target.Type()))
	}
	if err = planOf(target.Type()).decode(&m, target); err != nil {
		var none T
		return none, err
	}
	return v, nil
}

// structPlan is how a struct is read from a map, and written as one.
type structPlan struct {
	fields []structField
	byName map[string]int
}

var structPlans sync.Map // of *structPlan, by reflect.Type

func planOf(t reflect.Type) *structPlan {
	if p, ok := structPlans.Load(t); ok {
		return p.(*structPlan)
	}
	p := &structPlan{collectFields(t), map[string]int{}}
	for i, f := range p.fields {
		p.byName[f.name] = i
	}
	structPlans.Store(t, p)
	return p
}

// decode sets the fields of target.
func (p *structPlan) decode(m *rueidis.RedisMessage, target reflect.Value) error {
	n, found := 0, false
	if values, ok := mapOf(m); ok {
		n = len(values)
		for i := range p.fields {
			if value, ok := values[p.fields[i].name]; ok {
				found = true
				if err := p.fields[i].decode(&value, target); err != nil {
					return err
				}
			}
		}
	} else {
		list, err := pairsOf(m)
		if err != nil {
			return err
		}
		n = list.len()
		for i := range n {
			name, value, err := list.at(i)
			if err != nil {
				return err
			}
			text, _ := textOf(name)
			if at, ok := p.byName[text]; ok {
				found = true
				if err := p.fields[at].decode(value, target); err != nil {
					return err
				}
			}
		}
	}
	switch {
	case n == 0:
		return ErrNil
	case !found:
		return fail(ErrDecode, fmt.Errorf("%s has no field for any value in the reply", target.Type()))
	}
	return nil
}

// decode sets the field in target.
func (f *structField) decode(m *rueidis.RedisMessage, target reflect.Value) error {
	if f.fault != "" {
		return fail(ErrDecode, fmt.Errorf("the field %s of %s %s", f.goName, target.Type(), f.fault))
	}
	field := reach(target, f.index)
	if s, ok := textOf(m); !ok || !setField(field, s, f.json) {
		return fail(ErrDecode, fmt.Errorf("the value does not fit the field %s of %s, a %s", f.goName, target.Type(), field.Type()))
	}
	return nil
}

// structField is a field that can be set.
type structField struct {
	name, goName string
	index        []int
	tagged       bool
	twice        bool   // its struct is embedded more than once
	json         bool   // as JSON
	omitEmpty    bool   // its zero value is not written
	fault        string // why no value can go to it, after all
}

// embedded is a struct whose fields count as those of the struct that it is in.
type embedded struct {
	t      reflect.Type
	index  []int
	closed bool // it cannot be made: it is behind a pointer that is not exported
	twice  bool // it is there more than once, so its fields have no name of their own
}

// collectFields returns the fields of a struct, with those of embedded structs.
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
	return e, field.Anonymous && name == "" && e.t.Kind() == reflect.Struct && !decodesItself(e.t)
}

// fieldOf makes a field of e one that a value can go to, unless it is to be passed over.
func fieldOf(e embedded, field reflect.StructField) (f structField, ok bool) {
	tag := field.Tag.Get("redis")
	name, options, _ := strings.Cut(tag, ",")
	if tag == "-" || !field.IsExported() {
		return f, false
	}
	f = structField{
		name: cmp.Or(name, field.Name), goName: field.Name, tagged: name != "", twice: e.twice,
		index: append(e.index[:len(e.index):len(e.index)], field.Index...),
	}
	for option := range strings.SplitSeq(options, ",") {
		f.json = f.json || option == "json"
		f.omitEmpty = f.omitEmpty || option == "omitempty"
	}
	switch {
	case e.closed:
		f.fault = "is embedded by a pointer to an unexported struct, which cannot be made"
	case f.json && pointsToItself(field.Type), !f.json && !holds(field.Type):
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
	if pointsToItself(t) {
		return false
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch k := t.Kind(); {
	case decodesItself(t):
		return true
	case k == reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8
	default:
		return k == reflect.String || reflect.Bool <= k && k <= reflect.Float64 && k != reflect.Uintptr
	}
}

// pointsToItself reports whether a type is a pointer that leads back to itself.
func pointsToItself(t reflect.Type) bool {
	seen := 0
	for slow := t; t.Kind() == reflect.Pointer; seen++ {
		t = t.Elem()
		if t == slow {
			return true
		}
		if seen%2 == 1 { // half as fast
			slow = slow.Elem()
		}
	}
	return false
}

// decodesItself reports whether a type, or a pointer to it, has a method for that.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || p.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
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

// setField sets a field of a type that holds a reply, and reports whether s fits.
func setField(field reflect.Value, s string, asJSON bool) bool {
	if asJSON {
		return json.Unmarshal([]byte(s), field.Addr().Interface()) == nil
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		return setField(field.Elem(), s, false)
	}
	switch own := field.Addr().Interface().(type) {
	case *time.Duration:
		n, err := strconv.ParseInt(s, 10, 64)
		if *own = time.Duration(n); err != nil {
			*own, err = time.ParseDuration(s)
		}
		return err == nil
	case encoding.TextUnmarshaler:
		return own.UnmarshalText([]byte(s)) == nil
	case encoding.BinaryUnmarshaler:
		return own.UnmarshalBinary([]byte(s)) == nil
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
