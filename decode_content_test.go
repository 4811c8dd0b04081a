package rueidistx_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// What converts a reply is often a function of the standard library, and those quote what they could not read.
func TestDecodeErrorOfTheStandardLibraryQuotesNoReply(t *testing.T) {
	t.Parallel()
	at := func(layout string) func(string) (time.Time, error) {
		return func(s string) (time.Time, error) { return time.Parse(layout, s) }
	}
	inJSON := func(s string) (v struct{ N int8 }, err error) { return v, json.Unmarshal([]byte(s), &v) }
	converts := map[string]struct {
		stored, message string
		read            func(f rueidistx.Future[string]) error
	}{
		"Atoi":        {"hunter2", "strconv.Atoi: invalid syntax", func(f rueidistx.Future[string]) error { return rueidistx.Map(f, strconv.Atoi).Err() }},
		"Atoi, range": {"77777777777777777777", "strconv.Atoi: value out of range", func(f rueidistx.Future[string]) error { return rueidistx.Map(f, strconv.Atoi).Err() }},
		"ParseBool":   {"hunter2", "strconv.ParseBool: invalid syntax", func(f rueidistx.Future[string]) error { return rueidistx.Map(f, strconv.ParseBool).Err() }},
		"wrapped": {"hunter2", "quantity: strconv.Atoi: invalid syntax", func(f rueidistx.Future[string]) error {
			return rueidistx.Map(f, func(s string) (int, error) {
				n, err := strconv.Atoi(s)
				if err != nil {
					err = fmt.Errorf("quantity: %w", err)
				}
				return n, err
			}).Err()
		}},
		"time":        {"hunter2", `no time in the layout "2006-01-02"`, func(f rueidistx.Future[string]) error { return rueidistx.Map(f, at(time.DateOnly)).Err() }},
		"time, range": {"2077-77-77", `no time in the layout "2006-01-02"`, func(f rueidistx.Future[string]) error { return rueidistx.Map(f, at(time.DateOnly)).Err() }},
		"JSON":        {"hunter2", "invalid JSON at byte 1", func(f rueidistx.Future[string]) error { return rueidistx.Map(f, inJSON).Err() }},
		"JSON, range": {`{"N":7777777}`, "JSON of the wrong type at byte 12 for int8", func(f rueidistx.Future[string]) error { return rueidistx.Map(f, inJSON).Err() }},
	}
	for _, w := range outcometest.ClientModes[:2] {
		db := w.Open(t, redistest.Shared(t).Addr)
		a, key := db.Auto(redistest.Context(t)), redistest.Key(t, "k")
		for name, convert := range converts {
			a.Set(key, convert.stored).Must()
			err := convert.read(a.Get(key))
			require.ErrorIs(t, err, rueidistx.ErrDecode, name)
			require.EqualError(t, err, "rueidistx: command 0 (GET): reply cannot be decoded: "+convert.message, name)
		}
		a.Set(key, "hunter2").Must()
		ofRueidis := func(m rueidis.RedisMessage) (int64, error) { return m.AsInt64() }
		_, err := rueidistx.Queue(a, a.B().Get().Key(key).Build(), ofRueidis).Value()
		require.EqualError(t, err, "rueidistx: command 0 (GET): reply cannot be decoded: strconv.ParseInt: invalid syntax")
		require.ErrorIs(t, err, strconv.ErrSyntax)
		var number *strconv.NumError
		require.ErrorAs(t, err, &number)
		require.Equal(t, "hunter2", number.Num) // for whoever asks
		each := rueidistx.Queue(a, a.B().Mget().Key(key).Build(), rueidistx.AsEach(ofRueidis)).Must()
		require.EqualError(t, each[0].Err, "rueidistx: reply cannot be decoded: element 0: strconv.ParseInt: invalid syntax")
	}
}
