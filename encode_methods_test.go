package rueidistx_test

import (
	"encoding"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// die has all of its methods on the pointer.
type die struct{ pips int }

func (d *die) IsZero() bool                 { return d.pips == 6 }
func (d *die) MarshalJSON() ([]byte, error) { return json.Marshal(strings.Repeat("*", d.pips)) }
func (d *die) UnmarshalJSON(b []byte) (err error) {
	var stars string
	err = json.Unmarshal(b, &stars)
	d.pips = len(stars)
	return err
}

func valuesAuto(t *testing.T) rueidistx.Auto {
	t.Helper()
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db.Auto(redistest.Context(t))
}

// TestValuesWhoseMethodsAreOnThePointer are written by the methods that read them.
func TestValuesWhoseMethodsAreOnThePointer(t *testing.T) {
	a := valuesAuto(t)
	type game struct {
		Die  die `redis:"die,json,omitempty"`
		Name string
	}
	for _, want := range []game{{die{3}, "a"}, {die{0}, "b"}} {
		a.Del("game")
		require.EqualValues(t, 2, rueidistx.HSetStruct(a, "game", want).Must())
		require.Equal(t, want, rueidistx.As(a.HGetAll("game"), rueidistx.AsStruct[game]).Must())
	}
	a.Del("game")
	require.EqualValues(t, 1, rueidistx.HSetStruct(a, "game", game{die{6}, "a"}).Must(), "IsZero")

	rueidistx.SetJSON(a, "die", die{3})
	assert.Equal(t, `"***"`, a.Get("die").Must())
	assert.Equal(t, die{3}, rueidistx.As(a.Get("die"), rueidistx.AsJSON[die]).Must())
	rueidistx.SetJSON(a, "none", (*die)(nil))
	assert.Equal(t, "null", a.Get("none").Must())
}

// TestValuesThatAreNilPointersInAnInterface have no methods that could be called.
func TestValuesThatAreNilPointersInAnInterface(t *testing.T) {
	a := valuesAuto(t)
	for _, v := range []encoding.BinaryMarshaler{nil, (*time.Time)(nil)} {
		require.ErrorIs(t, rueidistx.SetBinary(a, "k", v).Err(), rueidistx.ErrInvalid)
	}
	type noted struct {
		Name string
		Note any `redis:"note,json,omitempty"`
	}
	for _, c := range []struct {
		note any
		sent int64
	}{{nil, 1}, {(*time.Time)(nil), 2}, {time.Time{}, 1}, {time.Unix(1, 0), 2}} {
		a.Del("k")
		assert.Equal(t, c.sent, rueidistx.HSetStruct(a, "k", noted{"a", c.note}).Must(), c.note)
	}
}
