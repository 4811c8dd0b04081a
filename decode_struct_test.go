package rueidistx_test

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// decodeTarget is what fuzzed replies are decoded into.
type decodeTarget struct {
	A  string
	N  int8   `redis:"OK"`
	F  *uint  `redis:"1"`
	S  []byte `redis:"s3cr3t"`
	At time.Time
	No int `redis:"-"`
	Odd
	*Deep
}

type Odd struct {
	C chan int `redis:"0"`
	T bool     `redis:"true"`
}

type Deep struct {
	*Deep
	Inf **float32 `redis:"inf"`
}

// hash is HGETALL's reply in RESP2.
func hash(words ...string) reply {
	r := reply{kind: isMap}
	for _, w := range words {
		r.parts = append(r.parts, reply{text: w})
	}
	return r.inRESP2()
}

func decodeHash[T any](t *testing.T, words ...string) (T, error) {
	t.Helper()
	c := newCannery(t)
	var text strings.Builder
	hash(words...).write(&text)
	c.conn.Serve(text.String())
	a := c.db.Auto(context.Background())
	return rueidistx.Queue(a, a.B().Hgetall().Key("k").Build(), rueidistx.AsStruct[T]).Value()
}

type (
	// Upper has its methods on the pointer, Lower on the value, which cannot do anything with it.
	Upper struct{ text string }
	Lower []byte
	Words map[string]int
	Count int

	Inner struct {
		Name string
		Deep string `redis:"deep"`
	}
	Other struct {
		Name string
		Both string
	}
	Third  struct{ Both string }
	Tagged struct {
		B string `redis:"Both"`
	}
	inner   struct{ City string }
	Shared  struct{ Zip string }
	Left    struct{ Shared }
	Right   struct{ Shared }
	Self    *Self
	Ping    *Pong
	Pong    *Ping
	Endless struct {
		*Endless
		Name string
	}
	stamp struct{ time.Time }
)

func (u *Upper) UnmarshalText(b []byte) error { u.text = strings.ToUpper(string(b)); return nil }
func (l Lower) UnmarshalText([]byte) error    { return nil }
func (w Words) UnmarshalText(b []byte) error  { w[string(b)]++; return nil }

func (c *Count) UnmarshalText(b []byte) error {
	if *c = Count(len(b)); *c > 3 {
		return errors.New("too long: " + string(b))
	}
	return nil
}

func filled[T any](want T, words ...string) func(t *testing.T) {
	return func(t *testing.T) {
		got, err := decodeHash[T](t, words...)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func unfit[T any](says string, words ...string) func(t *testing.T) {
	return func(t *testing.T) {
		got, err := decodeHash[T](t, words...)
		require.ErrorIs(t, err, rueidistx.ErrDecode)
		assert.Equal(t, "rueidistx: command 0 (HGETALL): reply cannot be decoded: "+says, err.Error())
		assert.Zero(t, got)
		assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	}
}

func TestAsStructTakesEmbeddedStructsAsJSONDoes(t *testing.T) {
	type outermost struct {
		Inner
		Name string
	}
	t.Run("the outer field goes first", filled(outermost{Name: "a", Inner: Inner{Deep: "b"}}, "Name", "a", "deep", "b"))
	type equals struct {
		Other
		Third
		Own string
	}
	t.Run("of two at one depth none", filled(equals{Own: "o", Other: Other{Name: "n"}}, "Own", "o", "Both", "x", "Name", "n"))
	type preferred struct {
		Other
		Tagged
	}
	t.Run("but the one with a tag", filled(preferred{Tagged: Tagged{"x"}}, "Both", "x"))
	type twice struct {
		Left
		Right
		Own string
	}
	t.Run("none of a struct that is there twice", filled(twice{Own: "o"}, "Own", "o", "Zip", "x"))
	type unexported struct{ inner }
	t.Run("unexported", filled(unexported{inner{"Rome"}}, "City", "Rome"))
	t.Run("pointer", filled(struct{ *Inner }{&Inner{Name: "a"}}, "Name", "a"))
	t.Run("pointer that nothing is for", filled(struct {
		*Inner
		Own string
	}{Own: "o"}, "Own", "o"))
	type behind struct {
		*inner
		Own string
	}
	t.Run("pointer to an unexported struct, unused", filled(behind{Own: "o"}, "Own", "o"))
	t.Run("pointer to an unexported struct", unfit[behind]("the field City of rueidistx_test.behind is embedded by a pointer to an unexported struct, which cannot be made", "City", "x"))
	t.Run("recursive", filled(Endless{Name: "a"}, "Name", "a"))
	type named struct {
		Inner `redis:"in"`
		Own   string
	}
	t.Run("with a tag it is a field", unfit[named]("the field Inner of rueidistx_test.named is a rueidistx_test.Inner, which holds no reply", "in", "x"))
	t.Run("whose own fields are not the struct's", filled(named{Own: "o"}, "Own", "o", "Name", "x"))
	type left struct {
		Inner `redis:"-"`
		Own   string
	}
	t.Run("left out", filled(left{Own: "o"}, "Own", "o", "Name", "x"))
	type options struct {
		Inner `redis:",inline"`
		Dash  string `redis:"-,"`
	}
	t.Run("options without a name", filled(options{Inner: Inner{Name: "a"}, Dash: "d"}, "Name", "a", "-", "d"))
	at := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	t.Run("time.Time is a field", filled(struct{ time.Time }{at}, "Time", "2024-02-29T12:00:00Z"))
	t.Run("an unexported one is passed over", filled(struct {
		stamp
		Own string
	}{Own: "o"}, "Own", "o", "Time", "x", "stamp", "x"))
	type anybody struct {
		fmt.Stringer
		encoding.TextUnmarshaler
		Own string
	}
	t.Run("interfaces, unused", filled(anybody{Own: "o"}, "Own", "o"))
	t.Run("interface", unfit[anybody]("the field Stringer of rueidistx_test.anybody is a fmt.Stringer, which holds no reply", "Stringer", "x"))
}

func TestAsStructNamesTheFieldThatCannotHoldItsValue(t *testing.T) {
	type all struct {
		Upper  Upper
		PUpper *Upper
		Lower  Lower
		Count  Count
		Addr   netip.Addr
		Deep   ***int8
		Bytes  []byte
		Own    string

		Array [16]byte
		Map   map[string]int
		Chan  chan int
		Func  func()
		Any   any
		Struc struct{ A int }
		List  []string
		Uptr  uintptr
		Cplx  complex128
		Self  Self
		Ping  Ping

		hidden string
	}
	n := int8(-7)
	p := &n
	pp := &p
	t.Run("fields that hold values", filled(all{
		Upper: Upper{"A"}, PUpper: &Upper{"B"}, Count: 2, Addr: netip.MustParseAddr("::1"), Deep: &pp, Bytes: []byte{},
	}, "Upper", "a", "PUpper", "b", "Lower", "c", "Count", "dd", "Addr", "::1", "Deep", "-7", "Bytes", "", "hidden", "x"))
	for name, kind := range map[string]string{
		"Array": "[16]uint8", "Map": "map[string]int", "Chan": "chan int", "Func": "func()", "Any": "interface {}",
		"Struc": "struct { A int }", "List": "[]string", "Uptr": "uintptr", "Cplx": "complex128",
		"Self": "rueidistx_test.Self", "Ping": "rueidistx_test.Ping",
	} {
		t.Run(name, unfit[all](fmt.Sprintf("the field %s of rueidistx_test.all is a %s, which holds no reply", name, kind), "Own", secret, name, secret))
	}
	for name, kind := range map[string]string{"Count": "rueidistx_test.Count", "Addr": "netip.Addr", "Deep": "***int8"} {
		t.Run(name, unfit[all](fmt.Sprintf("the value does not fit the field %s of rueidistx_test.all, a %s", name, kind), "Own", secret, name, secret))
	}
	require.Empty(t, all{}.hidden)
}

// Ring is a pointer that leads back to itself over another one.
type (
	Ring  *Round
	Round *Ring
	Alone *Alone
)

func TestJSONOfATypeThatPointsToItself(t *testing.T) {
	c := newCannery(t)
	c.conn.Serve("$1\r\n1\r\n")
	a := c.db.Auto(context.Background())
	require.ErrorIs(t, rueidistx.As(a.Get("k"), rueidistx.AsJSON[Ring]).Err(), rueidistx.ErrDecode)
	require.ErrorIs(t, rueidistx.As(a.Get("k"), rueidistx.AsJSON[Alone]).Err(), rueidistx.ErrDecode)
	require.Equal(t, 1, ****rueidistx.As(a.Get("k"), rueidistx.AsJSON[****int]).Must())
	_, err := decodeHash[struct {
		R Ring `redis:",json"`
	}](t, "R", "1")
	require.ErrorIs(t, err, rueidistx.ErrDecode)
}

func TestAsStructNeedsAStruct(t *testing.T) {
	says := func(t reflect.Type) string { return fmt.Sprintf("AsStruct needs a struct, and %s is none", t) }
	for _, words := range [][]string{nil, {"Name", secret}} { // a key that is missing tells of it, too
		t.Run("pointer", unfit[*Inner](says(reflect.TypeFor[*Inner]()), words...))
		t.Run("map", unfit[map[string]string](says(reflect.TypeFor[map[string]string]()), words...))
		t.Run("any", unfit[any](says(reflect.TypeFor[any]()), words...))
		t.Run("number", unfit[int](says(reflect.TypeFor[int]()), words...))
	}
}

func TestAsStructLeavesAPanicToTheReader(t *testing.T) {
	type target struct{ Words Words }
	require.Panics(t, func() { _, _ = decodeHash[target](t, "Words", "x") }, "UnmarshalText writes to a nil map")
	type quiet struct{ Own string }
	filled(quiet{"o"}, "Own", "o")(t)
}

func TestAsStructLearnsATypeInAnyNumberOfGoroutines(t *testing.T) {
	type fresh struct {
		Inner
		*Other
		Own string
	}
	c := newCannery(t)
	var text strings.Builder
	hash("Own", "o", "deep", "d").write(&text)
	c.conn.Serve(text.String())
	b := c.db.Batch()
	f := rueidistx.Queue(b, b.B().Hgetall().Key("k").Build(), rueidistx.AsStruct[fresh])
	require.NoError(t, b.Exec(context.Background()))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 100 {
				v, err := f.Value()
				assert.NoError(t, err)
				assert.Equal(t, fresh{Own: "o", Inner: Inner{Deep: "d"}}, v)
			}
		})
	}
	all.Wait()
}
