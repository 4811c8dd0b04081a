package rueidistx_test

import (
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestBatchOfOneKeepsItsReply reads the futures of Batches of one command after others were executed, which are in the same
// memory while they are sent.
func TestBatchOfOneKeepsItsReply(t *testing.T) {
	server := redistest.Shared(t)
	key := redistest.Key(t, "")
	for name, options := range map[string][]rueidistx.Option{
		"Plain":    nil,
		"Wrapped":  {rueidistx.Wrap(func(c rueidis.Client) rueidis.Client { return &wrapper{Client: c} })},
		"Coalesce": {rueidistx.Coalesce()},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{server.Addr}, ForceSingleClient: true}, options...)
			require.NoError(t, err)
			defer db.Close()
			require.NoError(t, db.Auto(t.Context()).Set(key, "value").Err())

			one := func(queue func(b *rueidistx.Batch)) (*rueidistx.Batch, error) {
				b := db.Batch()
				queue(b)
				return b, b.Exec(t.Context())
			}
			var value, missing, word, chunk rueidistx.Future[string]
			var wrong rueidistx.Future[int64]
			reads, err := one(func(b *rueidistx.Batch) { value = b.Get(key) })
			require.NoError(t, err)
			_, err = one(func(b *rueidistx.Batch) { missing = b.Get(key + ":missing") })
			require.NoError(t, err)
			fails, err := one(func(b *rueidistx.Batch) { wrong = b.LLen(key) })
			require.ErrorIs(t, err, rueidistx.ErrApplied)
			require.NoError(t, db.Execute(t.Context(), func(b *rueidistx.Batch) error {
				chunk = b.Get(key)
				word = b.Echo("word")
				return nil
			}, rueidistx.Chunk(1)))
			for range 10 {
				_, err = one(func(b *rueidistx.Batch) { b.Echo("another") })
				require.NoError(t, err)
			}

			assert.Equal(t, "value", value.Must())
			assert.Equal(t, "value", value.Must(), "a second time")
			assert.Equal(t, []rueidistx.Result{{Name: "GET", Value: "value"}}, reads.Results())
			assert.False(t, value.FromCache())
			require.ErrorIs(t, missing.Err(), rueidistx.ErrNil)
			assert.Equal(t, "none", missing.Default("none").Must())
			assert.Equal(t, "WRONGTYPE", rueidistx.Code(wrong.Err()))
			assert.Equal(t, wrong.Err(), fails.Results()[0].Err)
			assert.Equal(t, "value word", strings.Join([]string{chunk.Must(), word.Must()}, " "))
		})
	}
}
