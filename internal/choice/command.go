package choice

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/table"
)

// call is a command of a branch.
type call struct {
	row  table.Command
	text string
	args func(prefix string) []reflect.Value
}

func (c call) GoString() string { return c.text }

// queue queues the command, and returns its future.
func (c call) queue(to *rueidistx.Commands, prefix string) reflect.Value {
	return reflect.ValueOf(to).MethodByName(c.row.Method).Call(c.args(prefix))[0]
}

// scripted reports whether a script can run the command.
func (c call) scripted() bool { return !table.Rounded[c.row.Name] && !table.NotInScripts[c.row.Name] }

// without are words in the names of methods that are left out: their replies depend on chance or on the time, or they
// concern more than some keys.
var without = []string{"Rand", "SPop", "Scan", "IdleTime", "Freq", "RefCount", "MemoryUsage", "Claim", "Consumer", "XReadGroup", "Move", "Restore"}

// callable returns the methods that can be drawn on a server.
func callable(redis, valkey string) (rows []table.Command) {
	for _, row := range table.Rows() {
		old := row.Since == "" || table.Newer(row.Since, redis)
		if valkey != "" && row.Valkey != "" {
			old = table.Newer(row.Valkey, valkey)
		}
		left := func(word string) bool { return strings.Contains(row.Method, word) }
		if old || row.On != "" || strings.HasPrefix(row.Name, "V") || row.Keys == (table.Keys{}) || slices.ContainsFunc(without, left) && row.Method != "LMove" && row.Method != "SMove" {
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

// arguments draws those of one call.
type arguments struct {
	t     *rapid.T
	row   table.Command
	plain bool // the server may not know an option
	began time.Time
	keys  []string // those of the command's type several times
	text  string
}

// argument makes an argument of a method, with a prefix for its keys.
type argument func(prefix string) any

// kinds are the types of values that methods are for.
var kinds = func() map[string]string {
	kinds := map[string]string{}
	for _, group := range table.Groups {
		for _, row := range group.Rows {
			switch group.Name {
			case "hash", "list", "set", "stream":
				kinds[row.Method] = group.Name
			case "sorted_set", "geo":
				kinds[row.Method] = zset
			default:
				kinds[row.Method] = text // or any
			}
		}
	}
	return kinds
}()

func (s *suite) anyCall(keys state, began time.Time) *rapid.Generator[call] {
	return rapid.Custom(func(t *rapid.T) call {
		a := &arguments{t: t, row: rapid.SampledFrom(s.rows).Draw(t, "row"), plain: s.plain, began: began}
		a.keys = names
		for _, name := range names {
			if keys[name].kind == kinds[a.row.Method] {
				a.keys = append(a.keys[:len(a.keys):len(a.keys)], name, name, name)
			}
		}
		method, _ := reflect.TypeFor[*rueidistx.Commands]().MethodByName(a.row.Method)
		var args []argument
		a.text = a.row.Method
		for i, p := range a.row.Params {
			in := method.Type.In(i + 1)
			if method.Type.IsVariadic() && i == len(a.row.Params)-1 {
				for range a.number(p.Name, in.Elem()) {
					args = append(args, a.list(p.Name, len(args)-i, in.Elem()))
				}
				continue
			}
			args = append(args, a.one(p.Name, in))
		}
		return call{a.row, a.text, func(prefix string) (values []reflect.Value) {
			for _, arg := range args {
				values = append(values, reflect.ValueOf(arg(prefix)))
			}
			return values
		}}
	})
}

// number is how many arguments a list has.
func (a *arguments) number(name string, of reflect.Type) int {
	switch {
	case name == "options" && (a.plain && a.row.Method != "XAdd" || a.fitting(of) == nil):
		return 0
	case strings.HasSuffix(name, "Values"): // pairs
		return 2 * rapid.IntRange(1, 3).Draw(a.t, "pairs")
	case name == "options" && a.row.Method == "XAdd":
		return 1
	case name == "options":
		return rapid.SampledFrom([]int{0, 1, 1}).Draw(a.t, "options")
	}
	return rapid.IntRange(1, 3).Draw(a.t, "number")
}

// list draws the element of a list at i.
func (a *arguments) list(name string, i int, of reflect.Type) argument {
	switch {
	case name == "keyValues" && i%2 == 0:
		return a.one("key", of)
	case strings.HasSuffix(name, "Values") && i%2 == 1:
		return a.one("value", of)
	case name == "options":
		return a.value(of)
	}
	return a.one(strings.TrimSuffix(strings.TrimSuffix(name, "s"), "Value"), of)
}

func isKey(row *table.Command, name string) bool {
	switch name {
	case "key", "source", "destination", "newKey":
		return true
	}
	return row.Name == "LCS" && (name == "a" || name == "b")
}

// constant is an argument that is no key.
func constant[T any](a *arguments, g *rapid.Generator[T]) argument {
	v := g.Draw(a.t, "argument")
	a.text += fmt.Sprintf(" %#v", v)
	return func(string) any { return v }
}

func sampled[T any](a *arguments, from ...T) argument { return constant(a, rapid.SampledFrom(from)) }

// one draws an argument.
func (a *arguments) one(name string, of reflect.Type) argument {
	if of.Kind() == reflect.Slice {
		var elements []argument
		n := a.number(name, of.Elem())
		if of.Elem() == reflect.TypeFor[rueidistx.StreamOffset]() {
			n = 1 // the same stream twice is refused
		}
		for i := range n {
			elements = append(elements, a.list(name, i, of.Elem()))
		}
		return func(prefix string) any {
			s := reflect.MakeSlice(of, 0, len(elements))
			for _, e := range elements {
				s = reflect.Append(s, reflect.ValueOf(e(prefix)))
			}
			return s.Interface()
		}
	}
	if isKey(&a.row, name) {
		key := rapid.SampledFrom(a.keys).Draw(a.t, "key")
		a.text += fmt.Sprintf(" %q", key)
		return func(prefix string) any { return prefix + key }
	}
	switch reflect.Zero(of).Interface().(type) {
	case string:
		return a.word(name)
	case int64:
		if strings.Contains(name, "crement") {
			return constant(a, rapid.OneOf(rapid.SampledFrom([]int64{1, -1, 1 << 53, 1<<53 + 1, -1<<53 - 1, math.MaxInt64, math.MinInt64}), rapid.Int64()))
		}
		return sampled(a, -2, -1, 0, 1, 2, int64(9))
	case float64:
		if strings.Contains(name, "crement") && a.row.Method != "ZIncrBy" {
			return sampled(a, 0, 1, -1.5, 0.1, 3e10, 1e-7, 1<<53)
		}
		return sampled(a, scores...)
	case bool:
		return sampled(a, true, false)
	case time.Duration:
		return sampled(a, time.Hour+half, time.Minute+half, 1<<30*time.Second+half, 0, -time.Second)
	case time.Time:
		return sampled(a, a.began.Add(time.Hour+half), a.began.Add(time.Hour).Add(half).Truncate(time.Second), time.UnixMilli(1<<53+5000), time.Unix(1, 0))
	case rueidistx.ScoredMember:
		member, score := anyFew.Draw(a.t, "member"), rapid.SampledFrom(scores).Draw(a.t, "score")
		return sampled(a, rueidistx.ScoredMember{Member: member, Score: score})
	case rueidistx.StreamOffset:
		key, from := a.one("key", reflect.TypeFor[string]()), a.word("id")
		return func(prefix string) any {
			return rueidistx.StreamOffset{Key: key(prefix).(string), ID: from(prefix).(string)}
		}
	}
	return a.value(of)
}

// word draws a string that is no key.
func (a *arguments) word(name string) argument {
	switch {
	case strings.Contains(a.row.Method, "ByLex") || strings.Contains(a.row.Method, "Lex"):
		if name == "min" || name == "max" {
			return sampled(a, "-", "+", "[a", "(b", "[field", "(", "a")
		}
	case name == "min" || name == "max":
		return sampled(a, "-inf", "+inf", "0", "(1", "1.5", "x")
	case a.row.Name == "XRANGE" || a.row.Name == "XREVRANGE" || a.row.Name == "XPENDING":
		if name == "start" || name == "end" {
			return sampled(a, "-", "+", "5", "(5-7", "5-7", "x")
		}
	case name == "group":
		return sampled(a, "g", "h")
	case name == "id":
		return sampled(a, "0", "5-7", "5-8", "9007199254740993-9007199254740994", "18446744073709551615-18446744073709551615")
	case name == "pattern":
		return sampled(a, "#")
	case name == "member", name == "field", name == "a", name == "b", name == "pivot":
		return constant(a, anyFew)
	}
	return constant(a, rapid.OneOf(anyFew, anyWord))
}

// values are what is drawn for a parameter of another type, or for an option: those of its type.
var values = []any{
	rueidistx.NX, rueidistx.XX, rueidistx.GT, rueidistx.LT, rueidistx.CH, rueidistx.EX(time.Hour + half), rueidistx.KeepTTL, rueidistx.Persist, rueidistx.Rev,
	rueidistx.Limit(1, 2), rueidistx.FNX, rueidistx.FXX, rueidistx.Replace, rueidistx.Ascending, rueidistx.Descending, rueidistx.Alphabetic,
	rueidistx.Rank(-1), rueidistx.CompareAtMost(2), rueidistx.AggregateMin, rueidistx.AggregateMax, rueidistx.InBytes, rueidistx.InBits, rueidistx.MkStream, rueidistx.StoreDist,
	rueidistx.MaxLen(1), rueidistx.MinID("5-8"), rueidistx.Left, rueidistx.Right, rueidistx.BitAnd, rueidistx.BitOr, rueidistx.BitXor, rueidistx.BitNot,
	rueidistx.Meters, rueidistx.Miles, rueidistx.GeoMember{Member: "a", GeoPoint: rueidistx.GeoPoint{Longitude: 13.4, Latitude: 52.5}},
	rueidistx.GeoMember{Member: "b", GeoPoint: rueidistx.GeoPoint{Longitude: -0.1, Latitude: 51.5}},
	rueidistx.Circle(rueidistx.FromMember("a"), 2000, rueidistx.Kilometers), rueidistx.Box(rueidistx.FromPoint(0, 50), 100, 1000, rueidistx.Kilometers),
	rueidistx.BitGet(rueidistx.Signed(64), 0), rueidistx.BitGet(rueidistx.Unsigned(63), 1), rueidistx.BitSet(rueidistx.Signed(64), 0, math.MaxInt64),
	rueidistx.BitIncrBy(rueidistx.Signed(64), 0, -1), rueidistx.Overflow(rueidistx.BitFail), rueidistx.IfEq("a"),
	rueidistx.ID("1"), rueidistx.ID("5-8"), rueidistx.ID("9007199254740993-9007199254740994"), rueidistx.ID("18446744073709551615-18446744073709551615"),
}

// fitting returns the values of a type, or those that are of an interface.
func (a *arguments) fitting(of reflect.Type) (fit []any) {
	for _, v := range values {
		t := reflect.TypeOf(v)
		if a.row.Method == "XAdd" && t != reflect.TypeOf(rueidistx.ID("")) {
			continue // it would be given an ID by the time
		}
		if (v == rueidistx.GT || v == rueidistx.LT) && strings.Contains(a.row.Name, "EXPIRE") {
			continue // two TTLs that differ by the time between commands
		}
		if t == of || of.Kind() == reflect.Interface && t.Implements(of) {
			fit = append(fit, v)
		}
	}
	return fit
}

func (a *arguments) value(of reflect.Type) argument {
	fit := a.fitting(of)
	if fit == nil {
		a.t.Fatalf("there is no argument of type %s for %s", of, a.row.Method)
	}
	return sampled(a, fit...)
}

// saying is the text of an error, without the beginning of keys in it.
func saying(err error, prefix string) string {
	return strings.ReplaceAll(fmt.Sprint(err), prefix, "")
}

// show returns what a future says: its value, or its error. What depends on the time is said to the minute.
func show(future reflect.Value, row *table.Command, prefix string, began time.Time) string {
	out := future.MethodByName("Value").Call(nil)
	err, _ := out[1].Interface().(error)
	var command *rueidistx.CommandError
	switch {
	case err == nil:
	case errors.Is(err, rueidistx.ErrNil):
		return "nil"
	case errors.As(err, &command) && rueidistx.OutcomeOf(err) == rueidistx.Applied:
		return fmt.Sprintf("error %d %s %s", command.Index, command.Name, saying(command.Err, prefix))
	default:
		return "error " + err.Error()
	}
	switch v := out[0].Interface().(type) {
	case []string:
		switch row.Method {
		case "SMembers", "SUnion", "SInter", "SDiff", "HKeys", "HVals": // in any order
			v = slices.Sorted(slices.Values(v))
		}
		return fmt.Sprintf("%q", v)
	case time.Duration:
		return v.Truncate(time.Minute).String()
	case time.Time:
		return v.Sub(began).Truncate(time.Minute).String()
	case []rueidistx.Optional[time.Duration]:
		for i := range v {
			v[i].Value = v[i].Value.Truncate(time.Minute)
		}
		return fmt.Sprintf("%v", v)
	case []rueidistx.Optional[time.Time]:
		texts := make([]string, len(v))
		for i := range v {
			texts[i] = fmt.Sprint(v[i].OK, v[i].Value.Sub(began).Truncate(time.Minute))
		}
		return fmt.Sprint(texts)
	default:
		return strings.ReplaceAll(fmt.Sprintf("%#v", v), prefix, "") // which has only letters, digits and punctuation
	}
}
