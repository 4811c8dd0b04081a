package proof

import (
	"fmt"
	"reflect"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/table"
)

// sample is a value of an argument.
type sample struct {
	value any
	newer bool // servers older than Redis 8.1 and Valkey 9 do not know its words
}

// options are all options. Each is tried with each method that takes it.
var options = []sample{
	{value: rueidistx.NX}, {value: rueidistx.XX}, {value: rueidistx.GT}, {value: rueidistx.LT}, {value: rueidistx.CH},
	{value: rueidistx.KeepTTL}, {value: rueidistx.Persist}, {value: rueidistx.Rev}, {value: rueidistx.NoMkStream},
	{value: rueidistx.Limit(0, 1)}, {value: rueidistx.ID("1-1")}, {value: rueidistx.EX(time.Second)},
	{value: rueidistx.EX(time.Millisecond)}, {value: rueidistx.EXAT(time.Unix(4e9, 0))}, {value: rueidistx.EXAT(time.Unix(4e9, 1e6))},
	{value: rueidistx.MaxLen(1)}, {value: rueidistx.MaxLen(1).About()}, {value: rueidistx.MinID("1-1")},
}

// values are those of the other types, by type.
var values = map[reflect.Type][]any{
	reflect.TypeFor[int64]():                    {int64(1)},
	reflect.TypeFor[uint64]():                   {uint64(1)},
	reflect.TypeFor[float64]():                  {1.5},
	reflect.TypeFor[bool]():                     {true, false},
	reflect.TypeFor[time.Duration]():            {time.Second, 1500 * time.Millisecond},
	reflect.TypeFor[time.Time]():                {time.Unix(4e9, 0), time.Unix(4e9, 1e6)},
	reflect.TypeFor[rueidistx.End]():            {rueidistx.Left, rueidistx.Right},
	reflect.TypeFor[rueidistx.BitOperator]():    {rueidistx.BitAnd, rueidistx.BitOr, rueidistx.BitXor, rueidistx.BitNot},
	reflect.TypeFor[[]rueidistx.ScoredMember](): {[]rueidistx.ScoredMember{{Member: "m", Score: 1}, {Member: "n", Score: 2}}},
}

// samplesOf returns the samples of the i-th argument of a method. Each is several values if the argument is variadic.
func samplesOf(row table.Command, i int, of reflect.Type, variadic bool) (list [][]reflect.Value) {
	name := row.Params[i].Name
	switch {
	case variadic && of.Elem().Kind() == reflect.Interface:
		list = append(list, nil) // no option
		for _, o := range options {
			if v := reflect.ValueOf(o.value); v.Type().Implements(of.Elem()) {
				list = append(list, []reflect.Value{v})
			}
		}
	case variadic && of.Elem().Kind() == reflect.String:
		if row.Method == "BitOp" { // NOT has one key
			return [][]reflect.Value{{reflect.ValueOf(name + "1")}}
		}
		list = append(list, []reflect.Value{reflect.ValueOf(name + "1"), reflect.ValueOf(name + "2")})
	case variadic:
		for _, v := range values[of.Elem()] {
			list = append(list, []reflect.Value{reflect.ValueOf(v)})
		}
	case of.Kind() == reflect.Interface:
		for _, o := range options {
			if v := reflect.ValueOf(o.value); v.Type().Implements(of) {
				list = append(list, []reflect.Value{v})
			}
		}
	case of == reflect.TypeFor[string]():
		if name == "min" || name == "max" {
			name = "1" // a score
		}
		list = append(list, []reflect.Value{reflect.ValueOf(name)})
	case of == reflect.TypeFor[[]string]():
		list = append(list, []reflect.Value{reflect.ValueOf([]string{name + "1", name + "2"})})
	default:
		for _, v := range values[of] {
			list = append(list, []reflect.Value{reflect.ValueOf(v)})
		}
	}
	return list
}

// isNewer reports whether one of the values is an option of newer servers.
func isNewer(values []reflect.Value) bool {
	for _, v := range values {
		for _, o := range options {
			if o.newer && fmt.Sprintf("%T%v", o.value, o.value) == fmt.Sprintf("%T%v", v.Interface(), v.Interface()) {
				return true
			}
		}
	}
	return false
}
