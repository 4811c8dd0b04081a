package rueidistx_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

func TestDecodersOfNilAreInvalid(t *testing.T) {
	c := newCannery(t)
	b := c.db.Batch()
	get := b.B().Get().Key("k").Build()
	for name, f := range map[string]interface{ Err() error }{
		"AsSlice":              rueidistx.Queue(b, get, rueidistx.AsSlice[int](nil)),
		"AsEach":               rueidistx.Queue(b, get, rueidistx.AsEach[int](nil)),
		"AsOptional":           rueidistx.Queue(b, get, rueidistx.AsOptional[int](nil)),
		"AsSlice of AsSlice":   rueidistx.Queue(b, get, rueidistx.AsSlice(rueidistx.AsSlice[int](nil))),
		"AsOptional in AsEach": rueidistx.Queue(b, get, rueidistx.AsEach(rueidistx.AsOptional[int](nil))),
	} {
		require.ErrorIs(t, f.Err(), rueidistx.ErrInvalid, name)
	}
}

// TestRepliesThatNoServerWrites are those at which rueidis would panic, or a number would count over.
func TestRepliesThatNoServerWrites(t *testing.T) {
	c := newCannery(t)
	a := c.db.Auto(context.Background())
	get := a.B().Get().Key("k").Build()
	t.Run("a key without a value", func(t *testing.T) {
		c.conn.Serve("%?\r\n+" + secret + "\r\n.\r\n")
		for name, f := range map[string]interface{ Err() error }{
			"AsStringMap":     rueidistx.Queue(a, get, rueidistx.AsStringMap),
			"AsStrings":       rueidistx.Queue(a, get, rueidistx.AsStrings),
			"AsAny":           rueidistx.Queue(a, get, rueidistx.AsAny),
			"AsStruct":        rueidistx.Queue(a, get, rueidistx.AsStruct[decodeTarget]),
			"AsScoredMembers": rueidistx.Queue(a, get, rueidistx.AsScoredMembers),
			"HGetAll":         a.HGetAll("k"),
		} {
			require.ErrorIs(t, f.Err(), rueidistx.ErrDecode, name)
			require.NotContains(t, f.Err().Error(), secret, name)
		}
	})
	t.Run("a TTL before its time", func(t *testing.T) {
		for _, reply := range []string{":-9223372036854775808\r\n", ":-3\r\n"} {
			c.conn.Serve(reply)
			require.ErrorIs(t, a.TTL("k").Err(), rueidistx.ErrDecode)
			require.ErrorIs(t, a.PTTL("k").Err(), rueidistx.ErrDecode)
		}
		c.conn.Serve(":9223372036854775807\r\n")
		assert.Equal(t, time.Duration(math.MaxInt64), a.TTL("k").Must())
	})
	t.Run("maps of one in place of pairs", func(t *testing.T) {
		for _, reply := range []string{"*2\r\n*2\r\n+a\r\n+1\r\n*2\r\n+b\r\n+2\r\n", "*2\r\n%1\r\n+a\r\n+1\r\n%1\r\n+b\r\n+2\r\n"} {
			c.conn.Serve(reply)
			assert.Equal(t, map[string]string{"a": "1", "b": "2"}, rueidistx.Queue(a, get, rueidistx.AsStringMap).Must())
			assert.Equal(t, []rueidistx.ScoredMember{{Member: "a", Score: 1}, {Member: "b", Score: 2}},
				rueidistx.Queue(a, get, rueidistx.AsScoredMembers).Must())
		}
	})
	t.Run("numbers that are too large", func(t *testing.T) {
		c.conn.Serve("(12345678901234567890123\r\n")
		require.ErrorContains(t, rueidistx.Queue(a, get, rueidistx.AsInt64).Err(), "the reply is not in the range of an int64")
		assert.Equal(t, 12345678901234567890123.0, rueidistx.Queue(a, get, rueidistx.AsFloat64).Must())
	})
}
