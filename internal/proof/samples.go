package proof

import (
	"reflect"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/table"
)

// sample is a value of an argument.
type sample struct {
	value any
	newer bool // no server that the project is tested with knows its words
}

func known(values ...any) (list []sample) {
	for _, v := range values {
		list = append(list, sample{v, false})
	}
	return list
}

func newer(values ...any) (list []sample) {
	for _, v := range values {
		list = append(list, sample{v, true})
	}
	return list
}

const digest = "b6acb9d84a38ff74"

var second, later = time.Second, time.Unix(4e9, 0)

// options are all options. Each is tried with each method that takes it.
var options = append(
	known(
		rueidistx.NX, rueidistx.XX, rueidistx.GT, rueidistx.LT, rueidistx.CH, rueidistx.KeepTTL, rueidistx.Persist, rueidistx.Rev,
		rueidistx.EX(second), rueidistx.EX(time.Millisecond), rueidistx.EXAT(later), rueidistx.EXAT(later.Add(time.Millisecond)),
		rueidistx.FNX, rueidistx.FXX, rueidistx.Limit(0, 1), rueidistx.Async, rueidistx.Sync, rueidistx.Samples(1),
		rueidistx.LibraryName("*"), rueidistx.WithCode, rueidistx.Flush,
		rueidistx.InBytes, rueidistx.InBits, rueidistx.Replace, rueidistx.DestinationDB(1), rueidistx.IdleTime(second),
		rueidistx.Freq(1), rueidistx.By("*"), rueidistx.Ascending, rueidistx.Descending, rueidistx.Alphabetic,
		rueidistx.Match("*"), rueidistx.Count(1), rueidistx.OfType("set"), rueidistx.Rank(1), rueidistx.CompareAtMost(1),
		rueidistx.Weights(1, 2), rueidistx.AggregateSum, rueidistx.AggregateMin, rueidistx.AggregateMax,
		rueidistx.NoMkStream, rueidistx.ID("1-1"), rueidistx.MaxLen(1), rueidistx.MaxLen(1).About(), rueidistx.MaxLen(1).Exactly(),
		rueidistx.MinID("1-1"), rueidistx.MaxLen(1).About().AtMost(1), rueidistx.NoAck, rueidistx.MkStream, rueidistx.Force,
		rueidistx.EntriesRead(1), rueidistx.EntriesAdded(1), rueidistx.MaxDeletedID("1-1"), rueidistx.Idle(second),
		rueidistx.DeliveredAt(later), rueidistx.RetryCount(1), rueidistx.LastID("1-1"),
		rueidistx.CAS, rueidistx.NoQuant, rueidistx.Bin, rueidistx.Q8, rueidistx.EF(1), rueidistx.SetAttr("{}"), rueidistx.NumLinks(1),
		rueidistx.CountAny(1), rueidistx.StoreDist, rueidistx.Epsilon(0.5), rueidistx.Filter("1"), rueidistx.FilterEF(1), rueidistx.Truth, rueidistx.NoThread,
		rueidistx.BitGet(rueidistx.Unsigned(8), 0), rueidistx.BitSet(rueidistx.Unsigned(8), 0, 1),
		rueidistx.BitIncrBy(rueidistx.Signed(8), 0, 1), rueidistx.Overflow(rueidistx.BitWrap),
		rueidistx.Overflow(rueidistx.BitSaturate), rueidistx.Overflow(rueidistx.BitFail),
	),
	newer(
		rueidistx.IfEq("x"), rueidistx.IfNe("x"), rueidistx.IfDigestEq(digest), rueidistx.IfDigestNe(digest), // Valkey 8.1 has IFEQ
		rueidistx.Saturate, rueidistx.ENX, rueidistx.LowerBound(1), rueidistx.UpperBound(1), rueidistx.LowerBoundFloat(1),
		rueidistx.UpperBoundFloat(1), rueidistx.AggregateCount, rueidistx.Approx, rueidistx.KeepRef, rueidistx.DelRef, rueidistx.Acked,
		rueidistx.MaxCount(1), rueidistx.MaxSize(1), rueidistx.Idempotent("p", "i"), rueidistx.IdempotentAuto("p"),
		rueidistx.IdempotenceDuration(second), rueidistx.IdempotenceMaxSize(1), rueidistx.MatchAll, rueidistx.NoCase, rueidistx.LimitTo(1),
	)...)

// values are those of the other types.
var values = []any{
	int64(1), uint64(1), 1.5, true, false, second, 1500 * time.Millisecond, later, later.Add(time.Millisecond),
	[]string{"a", "b"}, []float32{1, 2}, []rueidistx.ScoredMember{{Member: "m", Score: 1}, {Member: "n", Score: 2}},
	[]rueidistx.StreamOffset{{Key: "k", ID: "0"}, {Key: "l", ID: "0"}}, rueidistx.Left, rueidistx.Right,
	rueidistx.BitAnd, rueidistx.BitOr, rueidistx.BitXor, rueidistx.BitNot, rueidistx.UpTo(1, rueidistx.InBulk),
	rueidistx.NackSilent, []rueidistx.ArPredicate{rueidistx.ArExact("x")}, rueidistx.ArSum, rueidistx.IndexRange{End: 1},
	rueidistx.Indexed{Index: 1}, []rueidistx.GeoMember{{Member: "m"}, {Member: "n"}}, rueidistx.Meters, rueidistx.Kilometers,
	rueidistx.Feet, rueidistx.Miles, rueidistx.Circle(rueidistx.FromMember("m"), 1, rueidistx.Meters),
	rueidistx.Circle(rueidistx.FromPoint(1, 2), 1, rueidistx.Meters), rueidistx.Circle(rueidistx.FromPoint(1, 2), 1, rueidistx.Kilometers),
	rueidistx.Circle(rueidistx.FromPoint(1, 2), 1, rueidistx.Feet), rueidistx.Circle(rueidistx.FromPoint(1, 2), 1, rueidistx.Miles),
	rueidistx.Box(rueidistx.FromPoint(1, 2), 1, 1, rueidistx.Meters), rueidistx.Box(rueidistx.FromPoint(1, 2), 1, 1, rueidistx.Kilometers),
	rueidistx.Box(rueidistx.FromPoint(1, 2), 1, 1, rueidistx.Feet), rueidistx.Box(rueidistx.FromPoint(1, 2), 1, 1, rueidistx.Miles),
}

// samplesOf returns the samples of the i-th argument of a method. Each is several values if the argument is variadic.
func samplesOf(row table.Command, i int, of reflect.Type, variadic bool) (list [][]sample) {
	name, kind := row.Params[i].Name, row.Params[i].Kind
	if variadic {
		of = of.Elem()
	}
	switch {
	case of.Kind() == reflect.Interface:
		if variadic && kind.Least == 0 {
			list = append(list, nil) // no option
		}
		for _, o := range options {
			if reflect.TypeOf(o.value).Implements(of) {
				list = append(list, append([]sample{o}, needed(o)...))
			}
		}
	case variadic && of.Kind() == reflect.String:
		list = append(list, known(name+"1", name+"2"))
		if row.Method == "BitOp" { // NOT has one key
			list[0] = list[0][:1]
		}
		if name == "ids" {
			list[0] = known("1-1", "2-2")
		}
	case of == reflect.TypeFor[string]():
		list = append(list, known(word(name)))
		if name == "id" && row.Verbs()[0] == "XGROUP" {
			list = append(list, known("$"))
		}
	default:
		for _, v := range values {
			if reflect.TypeOf(v) == of {
				list = append(list, known(v))
			}
		}
		if name == "ids" {
			list = [][]sample{known([]string{"1-1", "2-2"})}
		}
	}
	return list
}

// needed returns what must follow an option.
func needed(o sample) []sample {
	if reflect.TypeOf(o.value) == reflect.TypeOf(rueidistx.Overflow(rueidistx.BitWrap)) {
		return known(rueidistx.BitSet(rueidistx.Unsigned(8), 0, 1))
	}
	return nil
}

// word returns a word for an argument with a name.
func word(name string) string {
	switch name {
	case "min", "max":
		return "1" // a score
	case "id", "start", "end":
		return "1-1" // of an entry
	}
	return name
}
