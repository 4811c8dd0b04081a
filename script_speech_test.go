package rueidistx_test

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// Ways for a script to answer with words that are data, or that it has put together, after it has written.
var devious = []string{
	`redis.call('HSET', KEYS[2], 'err', ARGV[1]) redis.call('INCR', KEYS[1]) redis.setresp(3) return redis.call('HGETALL', KEYS[2]).map`,
	`redis.call('INCR', KEYS[1]) return redis['er'..'ror_reply'](ARGV[1])`,
	`redis.call('INCR', KEYS[1]) return redis['\101rror_reply'](ARGV[1])`,
	`redis.call('INCR', KEYS[1]) local t = {} t[ARGV[2]] = ARGV[1] return t`,
	`redis.call('INCR', KEYS[1]) return cjson.decode('{"'..ARGV[2]..'": "'..ARGV[1]..'"}')`,
	`redis.call('INCR', KEYS[1]) local t, n = {}, 0; t[ARGV[2]], n = ARGV[1], 1; return t`,
	`redis.call('INCR', KEYS[1]) ARGV[ARGV[2]] = ARGV[1] return ARGV`,
	`redis.call('INCR', KEYS[1]) assert(false, ARGV[1])`,
	`redis.call('INCR', KEYS[1]) return string.gsub('HSET h a b c', '(%a+) (%a+) (%a+) (%a+) (%a+)', redis.call)`,
}

func TestNothingThatAScriptSaysIsTakenForTheServersWord(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for name, option := range map[string]rueidis.ClientOption{
		"single": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option(),
	} {
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		for _, text := range devious {
			for _, words := range []string{"OOM made up", "MOVED 1 127.0.0.1:1", "ASK", "READONLY You can't write against a read only replica."} {
				for _, w := range ways.All {
					t.Run(name+"/"+w.Name, func(t *testing.T) {
						key := redistest.Key(t, "n")
						var f rueidistx.Future[any]
						_ = w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) {
							f = rueidistx.NewScript(text, rueidistx.AsAny).Queue(c, []string{key, key + "h"}, words, "err")
						})
						require.Error(t, f.Err(), text)
						require.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(f.Err()), "%s: %v", text, f.Err())
						n, err := db.Auto(redistest.Context(t)).Get(key).Value()
						require.NoError(t, err)
						require.Equal(t, "1", n, text)
					})
				}
			}
		}
	}
}

// A script that can make up errors, but no status, was not run where its answer is QUEUED.
func TestScriptInALeftMultiIsUnknown(t *testing.T) {
	t.Parallel()
	option := redistest.Shared(t).Option()
	option.PipelineMultiplex = -1
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	ctx, key := redistest.Context(t), redistest.Key(t, "n")
	script := rueidistx.NewScript(`if #KEYS ~= 1 then return redis.error_reply('BAD') end return redis.call('INCR', KEYS[1])`, rueidistx.AsInt64)
	for _, w := range ways.All {
		if w.Atomic {
			continue
		}
		_, err := script.Run(ctx, db, []string{key}) // so that the server knows it
		require.NoError(t, err)
		require.NoError(t, db.Client().Do(ctx, db.Client().B().Multi().Build()).Error())
		var f rueidistx.Future[int64]
		_ = w.Run(ctx, db, func(c *rueidistx.Commands) { f = script.Queue(c, []string{key}) })
		require.NoError(t, db.Client().Do(ctx, db.Client().B().Discard().Build()).Error())
		require.ErrorIs(t, f.Err(), rueidistx.ErrProtocol, w.Name)
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(f.Err()), w.Name)
	}
}
