package rueidistx

import (
	bytes "encoding/binary"
	"math"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

// messageOf makes the RESP2 reply of words: an array, in the form that rueidis's client-side cache stores.
func messageOf(t testing.TB, sign byte, words []string) (m rueidis.RedisMessage) {
	t.Helper()
	stored := bytes.BigEndian.AppendUint64(append(make([]byte, 7), sign), uint64(len(words)))
	for _, w := range words {
		stored = append(bytes.BigEndian.AppendUint64(append(stored, '$'), uint64(len(w))), w...)
	}
	require.NoError(t, m.CacheUnmarshalView(stored))
	return m
}

// level encodes itself as text.
type level int

func (l level) MarshalText() ([]byte, error) { return []byte("level " + integer(int64(l))), nil }
func (l *level) UnmarshalText(b []byte) error {
	n, err := strconv.ParseInt(string(b[len("level "):]), 10, 64)
	*l = level(n)
	return err
}

// FuzzStructRoundTrip expects of a struct that was written to a hash, and read again, to be what it was.
func FuzzStructRoundTrip(f *testing.F) {
	f.Add("ann", int64(-7), uint64(math.MaxUint64), 2.5, true, []byte("\x00\xff"), int64(1732600000), int64(90e9), uint8(3))
	f.Add("", int64(math.MinInt64), uint64(0), math.Inf(-1), false, []byte{}, int64(-1), int64(math.MinInt64), uint8(0))
	f.Add("a\r\nb", int64(0), uint64(1), math.SmallestNonzeroFloat64, true, []byte(nil), int64(253402300799), int64(0), uint8(255))
	f.Fuzz(func(t *testing.T, text string, n int64, u uint64, r float64, b bool, data []byte, unix, d int64, bits uint8) {
		type Base struct {
			City string `redis:"city"`
		}
		type nested struct {
			Text string
			Data []byte
			Map  map[string]int64
		}
		type all struct {
			Base
			Text   string `redis:"text"`
			N      int64
			Small  int8 `redis:",omitempty"`
			U      uint64
			R      float64
			Short  float32
			B      bool
			Data   []byte
			At     time.Time
			For    time.Duration `redis:"for,omitempty"`
			Level  level
			Nested nested `redis:"nested,json"`
			P      *string
			PN     **int64
			PT     *time.Time
			Skip   string `redis:"-"`
		}
		v := all{
			Base: Base{City: text}, Text: text, N: n, Small: int8(n), U: u, R: r, Short: float32(r), B: b, Data: data,
			At: time.Unix(unix%253402300799, int64(u%1e9)).UTC(), For: time.Duration(d), Level: level(n),
			Nested: nested{Data: data, Map: map[string]int64{"k": n}},
		}
		if bits&1 != 0 {
			v.P = &text
		}
		if bits&2 != 0 {
			p := &n
			v.PN = &p
		}
		if bits&4 != 0 {
			v.PT = &v.At
		}
		words, err := hashOf(reflect.ValueOf(&v).Elem())
		if v.At.Year() < 0 || v.At.Year() > 9999 {
			require.ErrorIs(t, err, ErrInvalid)
			return
		}
		require.NoError(t, err)
		for _, sign := range []byte("*%") {
			got, err := AsStruct[all](messageOf(t, sign, words))
			require.NoError(t, err)
			require.True(t, v.At.Equal(got.At) && v.At.Nanosecond() == got.At.Nanosecond())
			if math.IsNaN(r) {
				require.True(t, math.IsNaN(got.R) && math.IsNaN(float64(got.Short)))
				got.R, got.Short = v.R, v.Short
				v.R, v.Short, got.R, got.Short = 0, 0, 0, 0
			}
			want := v
			want.At, got.At, want.Skip = time.Time{}, time.Time{}, ""
			if want.PT != nil {
				require.True(t, want.PT.Equal(*got.PT))
				want.PT, got.PT = nil, nil
			}
			if len(want.Data) == 0 {
				want.Data, got.Data = nil, nil
			}
			if len(want.Nested.Data) == 0 {
				want.Nested.Data, got.Nested.Data = nil, nil
			}
			require.Equal(t, want, got)
		}
	})
}
