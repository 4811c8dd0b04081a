package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
)

// secret stands in every reply below, and must not stand in any error.
const secret = "s3cr3t"

// randomReply writes a well-formed reply of any type. rueidis itself gives up on others.
func randomReply(r *rand.Rand, depth int) string {
	texts := []string{"", secret, "OK", "1", "-1", "inf", "nan", "1e400", secret + "\r\n\x00\xff", `{"a":"` + secret + `"}`, "{" + secret, "99999999999999999999", "1-1"}
	text := texts[r.IntN(len(texts))]
	line := strings.NewReplacer("\r", "", "\n", "").Replace(text)
	kinds := 11
	if depth == 0 {
		kinds = 8
	}
	switch r.IntN(kinds) {
	case 0:
		return "+" + line + "\r\n"
	case 1:
		return fmt.Sprintf(":%d\r\n", []int64{0, 1, -1, -2, 1 << 62}[r.IntN(5)])
	case 2:
		return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
	case 3:
		return "_\r\n"
	case 4:
		return "," + []string{"1.5", "inf", "-inf", "nan"}[r.IntN(4)] + "\r\n"
	case 5:
		return "#" + []string{"t", "f"}[r.IntN(2)] + "\r\n"
	case 6:
		return "-ERR " + line + "\r\n"
	case 7:
		return "(12345678901234567890\r\n"
	}
	n := r.IntN(5)
	kind, parts := "*", n
	switch r.IntN(3) {
	case 0:
		kind = "~"
	case 1:
		kind, parts = "%", 2*n
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s%d\r\n", kind, n)
	for range parts {
		s.WriteString(randomReply(r, depth-1))
	}
	return s.String()
}

type decodeTarget struct {
	A  string
	N  int8   `redis:"OK"`
	F  *uint  `redis:"1"`
	S  []byte `redis:"s3cr3t"`
	At time.Time
	No int `redis:"-"`
}

func tryDecoder[T any](decode rueidistx.Decoder[T]) func(rueidistx.Queuer, rueidis.Completed) error {
	return func(q rueidistx.Queuer, c rueidis.Completed) error { return rueidistx.Queue(q, c, decode).Err() }
}

// decoders are all that there are, with those that only methods use.
func decoders() map[string]func(rueidistx.Queuer, rueidis.Completed) error {
	method := func(run func(a *rueidistx.Commands) error) func(rueidistx.Queuer, rueidis.Completed) error {
		return func(q rueidistx.Queuer, _ rueidis.Completed) error { return run(q.(rueidistx.Auto).Commands) }
	}
	return map[string]func(rueidistx.Queuer, rueidis.Completed) error{
		"AsAny":           tryDecoder(rueidistx.AsAny),
		"AsMessage":       tryDecoder(rueidistx.AsMessage),
		"AsInt64":         tryDecoder(rueidistx.AsInt64),
		"AsInt64s":        tryDecoder(rueidistx.AsInt64s),
		"AsFloat64":       tryDecoder(rueidistx.AsFloat64),
		"AsBool":          tryDecoder(rueidistx.AsBool),
		"AsBools":         tryDecoder(rueidistx.AsBools),
		"AsDone":          tryDecoder(rueidistx.AsDone),
		"AsString":        tryDecoder(rueidistx.AsString),
		"AsBytes":         tryDecoder(rueidistx.AsBytes),
		"AsStrings":       tryDecoder(rueidistx.AsStrings),
		"AsOptionals":     tryDecoder(rueidistx.AsOptionals),
		"AsSlice":         tryDecoder(rueidistx.AsSlice(rueidistx.AsSlice(rueidistx.AsFloat64))),
		"AsStringMap":     tryDecoder(rueidistx.AsStringMap),
		"AsScoredMembers": tryDecoder(rueidistx.AsScoredMembers),
		"AsStreamEntries": tryDecoder(rueidistx.AsStreamEntries),
		"AsStruct":        tryDecoder(rueidistx.AsStruct[decodeTarget]),
		"AsStruct0":       tryDecoder(rueidistx.AsStruct[int]),
		"AsJSON":          tryDecoder(rueidistx.AsJSON[decodeTarget]),
		"TTL":             method(func(c *rueidistx.Commands) error { return c.TTL("k").Err() }),
		"PExpireTime":     method(func(c *rueidistx.Commands) error { return c.PExpireTime("k").Err() }),
		"Time":            method(func(c *rueidistx.Commands) error { return c.Time().Err() }),
		"ZPopMin":         method(func(c *rueidistx.Commands) error { return c.ZPopMin("k").Err() }),
		"ZMScore":         method(func(c *rueidistx.Commands) error { return c.ZMScore("k", "m").Err() }),
	}
}

func TestDecodersTakeAnyReplyWithoutPanicOrLeak(t *testing.T) {
	client, conn, err := canned.New()
	require.NoError(t, err)
	t.Cleanup(func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	})
	db := rueidistx.New(client)
	all := decoders()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		reply := randomReply(r, 3)
		for name, decode := range all {
			conn.Serve(reply)
			err := decode(db.Auto(context.Background()), db.Client().B().Arbitrary("X").Build())
			if err == nil || errors.Is(err, rueidistx.ErrNil) {
				continue
			}
			require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err), "%s of %q: %v", name, reply, err)
			if !errors.Is(err, rueidistx.ErrService) { // a server's own words are not ours to change
				require.ErrorIs(t, err, rueidistx.ErrDecode, "%s of %q", name, reply)
				require.NotContains(t, err.Error(), secret, "%s of %q", name, reply)
			}
		}
	}
}
