package rueidistx_test

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// A command without a key has no slot to tell its node by. rueidis's Do would send it to replicas too.
func TestKeylessCommandsGoToPrimaries(t *testing.T) {
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
