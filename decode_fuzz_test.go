package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
)

// readable reads a future's value, as often as it is called.
type readable struct {
	name string
	read func() (any, error)
	does does
}

// does is what the values of a decoder have in common.
type does uint8

const (
	agree  does = 1 << iota // RESP2 and RESP3 make the same value
	pair                    // of pairs, too
	method                  // Results has the same value
)

// reader adds what is readable to a Batch.
type reader func(b *rueidistx.Batch) readable

func by[T any](name string, decode rueidistx.Decoder[T], does does) reader {
	return func(b *rueidistx.Batch) readable {
		return readableOf(name, rueidistx.Queue(b, b.B().Arbitrary("X").Build(), decode), does)
	}
}

func of[T any](name string, call func(c *rueidistx.Commands) rueidistx.Future[T]) reader {
	return func(b *rueidistx.Batch) readable { return readableOf(name, call(b.Commands), agree|method) }
}

func readableOf[T any](name string, f rueidistx.Future[T], does does) readable {
	return readable{name, func() (any, error) {
		v, err := f.Value()
		if err != nil {
			return nil, err
		}
		return v, nil
	}, does}
}

// cannery is a database that replies with anything.
type cannery struct {
	db   *rueidistx.DB
	conn *canned.Conn
}

func newCannery(tb testing.TB) *cannery {
	option, conn := canned.Option()
	option.DisableRetry = true // LOADING is data here
	client, err := rueidis.NewClient(option)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	})
	return &cannery{rueidistx.New(client), conn}
}

// serve runs all readers on the same reply.
func (c *cannery) serve(r reply, readers []reader) (list []readable, results []rueidistx.Result) {
	var text strings.Builder
	r.write(&text)
	b := c.db.Batch()
	for _, add := range readers {
		list = append(list, add(b))
	}
	c.conn.Serve(strings.Repeat(text.String(), len(readers)))
	_ = b.Exec(context.Background())
	return list, b.Results()
}

// seeds are recipes of random replies.
func seeds(f *testing.F) {
	f.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b := make([]byte, 1+r.IntN(120))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		f.Add(b)
	}
}

// fuzzDecoders holds all readers to what a decoder promises, for replies of any kind in both protocols.
func fuzzDecoders(f *testing.F, readers ...reader) {
	seeds(f)
	c := newCannery(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		r := (&recipe{bytes}).usual()
		three, results3 := c.serve(r.inRESP3(), readers)
		two, results2 := c.serve(r.inRESP2(), readers)
		for i := range readers {
			v3, err3 := examine(t, three[i])
			v2, err2 := examine(t, two[i])
			does := three[i].does
			if does&method != 0 {
				requireResult(t, three[i].name, v3, err3, results3[i])
				requireResult(t, two[i].name, v2, err2, results2[i])
			}
			if r.odd || does&agree == 0 || r.kind == isScored && does&pair == 0 {
				continue
			}
			if v2 != v3 || errors.Is(err2, rueidistx.ErrNil) != errors.Is(err3, rueidistx.ErrNil) || (err2 == nil) != (err3 == nil) {
				t.Fatalf("%s: %s, %v in RESP2, %s, %v in RESP3, of %+v", three[i].name, v2, err2, v3, err3, r)
			}
		}
	})
}

// examine reads a value twice, and writes to the first before and after the second is made. It returns the value's text.
func examine(t *testing.T, r readable) (string, error) {
	first, err := r.read()
	if err != nil {
		requireDiscreet(t, r.name, err)
		return "", err
	}
	want := render(first)
	scribble(reflect.ValueOf(first))
	second, err := r.read()
	require.NoError(t, err, r.name)
	scribble(reflect.ValueOf(first))
	if got := render(second); got != want {
		t.Fatalf("%s: %s, and later %s", r.name, want, got)
	}
	return want, nil
}

// requireDiscreet expects an error that a decoder may return, without what stands in the reply.
func requireDiscreet(t *testing.T, name string, err error) {
	if errors.Is(err, rueidistx.ErrNil) {
		return
	}
	if outcome := rueidistx.OutcomeOf(err); outcome != rueidistx.Applied && !errors.Is(err, rueidistx.ErrService) {
		t.Fatalf("%s: %s, with %v", name, outcome, err)
	}
	if !errors.Is(err, rueidistx.ErrDecode) && !errors.Is(err, rueidistx.ErrService) {
		t.Fatalf("%s: %v", name, err)
	}
	text := err.Error()
	if strings.Contains(text, secret) || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		t.Fatalf("%s: the error has content of the reply: %q", name, text)
	}
}

// requireResult expects the value of a method's future in Results.
func requireResult(t *testing.T, name, v string, err error, r rueidistx.Result) {
	switch {
	case errors.Is(err, rueidistx.ErrNil):
		if r.Err != nil || r.Value != nil {
			t.Fatalf("%s: nil, but %v, %v in Results", name, r.Value, r.Err)
		}
	case (err == nil) != (r.Err == nil), err == nil && render(r.Value) != v:
		t.Fatalf("%s: %s, %v, but %s, %v in Results", name, v, err, render(r.Value), r.Err)
	}
}

// render writes a value so that equal ones look the same, NaN included.
func render(v any) string {
	var b strings.Builder
	renderTo(&b, reflect.ValueOf(v))
	return b.String()
}

func renderTo(b *strings.Builder, v reflect.Value) {
	if !v.IsValid() {
		b.WriteString("nil")
		return
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case error:
			requireDiscreetText(x)
			b.WriteString("error")
			return
		case rueidis.RedisMessage:
			b.WriteString(x.String())
			return
		case time.Time:
			b.WriteString(x.UTC().Format(time.RFC3339Nano))
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		renderTo(b, v.Elem())
	case reflect.Slice:
		b.WriteString(v.Type().String() + strconv.FormatBool(v.IsNil()) + "[")
		for i := range v.Len() {
			renderTo(b, v.Index(i))
			b.WriteString(", ")
		}
		b.WriteString("]")
	case reflect.Map:
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		b.WriteString(v.Type().String() + strconv.FormatBool(v.IsNil()) + "{")
		for _, k := range keys {
			b.WriteString(strconv.Quote(k.String()) + ": ")
			renderTo(b, v.MapIndex(k))
			b.WriteString(", ")
		}
		b.WriteString("}")
	case reflect.Struct:
		b.WriteString(v.Type().String() + "{")
		for i := range v.NumField() {
			renderTo(b, v.Field(i))
			b.WriteString(", ")
		}
		b.WriteString("}")
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	case reflect.Uint8:
		b.WriteString(strconv.FormatUint(v.Uint(), 16))
	case reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 64) + "f")
	default:
		fmt.Fprintf(b, "%s(%#v)", v.Type(), v)
	}
}

// requireDiscreetText is requireDiscreet for the errors that are values.
func requireDiscreetText(err error) {
	if strings.Contains(err.Error(), secret) {
		panic("an error that is a value has content of the reply: " + err.Error())
	}
}

// scribble changes everything that a value reaches.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if _, isError := v.Interface().(error); !v.IsNil() && !isError {
			scribble(v.Elem())
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]rueidis.RedisMessage]() {
			return // documented as the reply itself
		}
		for i := range v.Len() {
			scribble(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			scribble(v.MapIndex(k))
		}
		v.Clear()
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scribble(v.Field(i))
			}
		}
	}
}

func FuzzDecodeScalars(f *testing.F) {
	fuzzDecoders(f,
		by("AsString", rueidistx.AsString, agree),
		by("AsBytes", rueidistx.AsBytes, agree),
		by("AsInt64", rueidistx.AsInt64, agree),
		by("AsFloat64", rueidistx.AsFloat64, agree),
		by("AsBool", rueidistx.AsBool, agree),
		by("AsDone", rueidistx.AsDone, agree),
		by("AsOptional", rueidistx.AsOptional(rueidistx.AsBytes), agree),
		by("AsMessage", rueidistx.AsMessage, 0),
		of("Get", func(c *rueidistx.Commands) rueidistx.Future[string] { return c.Get("k") }),
		of("ZScore", func(c *rueidistx.Commands) rueidistx.Future[float64] { return c.ZScore("k", "m") }),
		func(b *rueidistx.Batch) readable { return readableOf("Int", rueidistx.Int(b.Get("k")), agree) },
		func(b *rueidistx.Batch) readable { return readableOf("Float", rueidistx.Float(b.Get("k")), agree) },
	)
}

func FuzzDecodeTimes(f *testing.F) {
	fuzzDecoders(f,
		of("TTL", func(c *rueidistx.Commands) rueidistx.Future[time.Duration] { return c.TTL("k") }),
		of("PTTL", func(c *rueidistx.Commands) rueidistx.Future[time.Duration] { return c.PTTL("k") }),
		of("ExpireTime", func(c *rueidistx.Commands) rueidistx.Future[time.Time] { return c.ExpireTime("k") }),
		of("PExpireTime", func(c *rueidistx.Commands) rueidistx.Future[time.Time] { return c.PExpireTime("k") }),
		of("Time", func(c *rueidistx.Commands) rueidistx.Future[time.Time] { return c.Time() }),
	)
}

func FuzzDecodeLists(f *testing.F) {
	fuzzDecoders(f,
		by("AsStrings", rueidistx.AsStrings, agree),
		by("AsInt64s", rueidistx.AsInt64s, agree),
		by("AsFloat64s", rueidistx.AsFloat64s, agree),
		by("AsBools", rueidistx.AsBools, agree),
		by("AsOptionals", rueidistx.AsOptionals, agree),
		by("AsSlice of AsBytes", rueidistx.AsSlice(rueidistx.AsBytes), agree),
		by("AsSlice of AsSlice", rueidistx.AsSlice(rueidistx.AsSlice(rueidistx.AsFloat64)), agree),
		by("AsEach", rueidistx.AsEach(rueidistx.AsBytes), agree),
		by("AsEach of AsSlice", rueidistx.AsEach(rueidistx.AsSlice(rueidistx.AsInt64)), agree),
		of("ZMScore", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.Optional[float64]] {
			return c.ZMScore("k", "m")
		}),
		of("SMIsMember", func(c *rueidistx.Commands) rueidistx.Future[[]bool] { return c.SMIsMember("k", "m") }),
	)
}

func FuzzDecodeMaps(f *testing.F) {
	fuzzDecoders(f,
		by("AsStringMap", rueidistx.AsStringMap, agree|pair),
		by("AsStruct", rueidistx.AsStruct[decodeTarget], agree|pair),
		by("AsStruct of a pointer", rueidistx.AsStruct[*decodeTarget], agree|pair),
		by("AsStruct of no struct", rueidistx.AsStruct[map[string]string], agree|pair),
		by("AsSlice of AsStringMap", rueidistx.AsSlice(rueidistx.AsStringMap), agree),
		func(b *rueidistx.Batch) readable { // of strings only, whatever the protocol: see asHash
			return readableOf("HGetAll", b.HGetAll("k"), method)
		},
	)
}

func FuzzDecodeMembers(f *testing.F) {
	fuzzDecoders(f,
		by("AsScoredMembers", rueidistx.AsScoredMembers, agree|pair),
		of("ZPopMin", func(c *rueidistx.Commands) rueidistx.Future[rueidistx.ScoredMember] { return c.ZPopMin("k") }),
		of("ZPopMinCount", func(c *rueidistx.Commands) rueidistx.Future[[]rueidistx.ScoredMember] { return c.ZPopMinCount("k", 2) }),
		by("AsStreamEntry", rueidistx.AsStreamEntry, agree),
		by("AsStreamEntries", rueidistx.AsStreamEntries, agree),
	)
}

func FuzzDecodeJSON(f *testing.F) {
	fuzzDecoders(f,
		by("AsJSON of a struct", rueidistx.AsJSON[decodeTarget], agree),
		by("AsJSON of any", rueidistx.AsJSON[any], agree),
		by("AsJSON of a slice", rueidistx.AsJSON[[]*int], agree),
		by("AsSlice of AsJSON", rueidistx.AsSlice(rueidistx.AsJSON[map[string]any]), agree),
		by("AsEach of AsJSON", rueidistx.AsEach(rueidistx.AsJSON[any]), agree),
	)
}

// FuzzDecodeAny compares with what AsAny's documentation says, in each protocol.
func FuzzDecodeAny(f *testing.F) {
	seeds(f)
	c := newCannery(f)
	readers := []reader{by("AsAny", rueidistx.AsAny, 0)}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		r := (&recipe{bytes}).usual()
		for _, form := range []reply{r.inRESP2(), r.inRESP3()} {
			list, results := c.serve(form, readers)
			v, err := examine(t, list[0])
			requireResult(t, "AsAny", v, err, results[0])
			if form.odd {
				continue
			}
			want := form.expected()
			_, fails := want.(error)
			switch {
			case form.kind == isNull:
				require.ErrorIs(t, err, rueidistx.ErrNil)
			case fails:
				require.Error(t, err)
			case err != nil || render(want) != v:
				t.Fatalf("%s, %v of %+v, and should be %s", v, err, form, render(want))
			}
		}
	})
}
