package rueidistx_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestBatchOverAllSlotsKeepsItsOrder(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	for way, open := range clusterWays {
		t.Run(way, func(t *testing.T) {
			f.reset()
			db := open(t, f.Option())
			const n = 1000
			prefix := strings.Trim(redistest.Key(t, ""), "{}:")
			var written []rueidistx.Future[bool]
			var read, echoed []rueidistx.Future[string]
			require.NoError(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
				for i := 0; b.Len() < n; i++ {
					key, value := fmt.Sprintf("%s:%d", prefix, i), strconv.Itoa(i)
					written = append(written, b.Set(key, value))
					if i%3 == 0 {
						echoed = append(echoed, rueidistx.Queue(b, b.B().Echo().Message("e"+value).Build(), rueidistx.AsString))
					}
					read = append(read, b.Get(key)) // after its SET: they are of one node
				}
				return nil
			}))
			for i := range written {
				assert.True(t, written[i].Must())
				assert.Equal(t, strconv.Itoa(i), read[i].Must())
			}
			for i := range echoed {
				assert.Equal(t, "e"+strconv.Itoa(3*i), echoed[i].Must())
			}
			for _, s := range f.Nodes {
				assert.Contains(t, f.proxy(s).Commands(), "GET", "all nodes have a part in it")
			}
		})
	}
}

// A command without a key has no slot to tell its node by. rueidis's Do would send it to replicas too.
func TestKeylessCommandsGoToPrimaries(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 1)
	db, err := rueidistx.Open(c.Option())
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx := t.Context()
	flush := func(q rueidistx.Queuer) rueidistx.Future[string] {
		return rueidistx.Queue(q, db.Client().B().Arbitrary("FLUSHDB").Build(), rueidistx.AsString)
	}
	write := rueidistx.NewScript(`return redis.call("SET", "x", "1")`, rueidistx.AsAny)
	for range 30 {
		require.NoError(t, flush(db.Auto(ctx)).Err())
		b := db.Batch()
		flush(b)
		require.NoError(t, b.Exec(ctx))
		tx := db.Atomic()
		flush(tx)
		require.NoError(t, tx.Exec(ctx))
		_, err := write.Run(ctx, db, nil)
		if err != nil { // the key of the script is another node's, which only a primary says
			var server *rueidis.RedisError
			require.ErrorAs(t, err, &server)
			require.NotContains(t, server.Error(), "READONLY")
		}
	}
}
