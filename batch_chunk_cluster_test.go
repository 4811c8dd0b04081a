package rueidistx_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestScriptsThatSpeakInChunks has scripts that must run inside of MULTI in every chunk of a Batch, between commands that
// need not: each runs once, and what it says is its own.
func TestScriptsThatSpeakInChunks(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	db, err := rueidistx.Open(c.Option())
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx := redistest.Context(t)
	key := redistest.Key(t, "n")
	says := rueidistx.NewScript("redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])", rueidistx.AsString)
	b := db.Batch(rueidistx.Chunk(3))
	var scripts []rueidistx.Future[string]
	var reads []rueidistx.Future[string]
	for i := range 12 {
		if i%2 == 0 {
			scripts = append(scripts, says.Queue(b, []string{key}, fmt.Sprintf("MOVED %d 127.0.0.1:1", i)))
		} else {
			reads = append(reads, b.Echo(fmt.Sprint(i)))
		}
	}
	require.Error(t, b.Exec(ctx))
	for i, f := range scripts {
		var command *rueidistx.CommandError
		require.ErrorAs(t, f.Err(), &command)
		assert.Equal(t, 2*i, command.Index)
		assert.ErrorContains(t, command.Err, fmt.Sprintf("MOVED %d ", 2*i))
	}
	for i, f := range reads {
		assert.Equal(t, fmt.Sprint(2*i+1), f.Must())
	}
	assert.Equal(t, "6", db.Auto(ctx).Get(key).Must())
}

// TestRefusedScriptInAChunkHasItsIndex has the server refuse a script that runs inside of MULTI.
func TestRefusedScriptInAChunkHasItsIndex(t *testing.T) {
	t.Parallel()
	db, err := rueidistx.Open(redistest.SharedCluster(t).Option())
	require.NoError(t, err)
	t.Cleanup(db.Close)
	var refused rueidistx.Future[any]
	err = db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for range 7 {
			b.Ping()
		}
		refused = rueidistx.Queue(b, b.B().Arbitrary("EVAL", "return redis.error_reply('MINE')").Build(), rueidistx.AsAny) // without numkeys
		b.Ping()
		return nil
	}, rueidistx.Chunk(3))
	require.Error(t, err)
	var command *rueidistx.CommandError
	require.ErrorAs(t, refused.Err(), &command)
	assert.Equal(t, 7, command.Index)
	assert.Equal(t, "EVAL", command.Name)
	assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(refused.Err()))
}
