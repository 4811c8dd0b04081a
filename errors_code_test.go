package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// spending fails with a code of its own, and with its argument.
func spending(t *testing.T) string {
	return "-- " + t.Name() + "\nreturn redis.error_reply('INSUFFICIENT balance of ' .. ARGV[1])"
}

// A script's code is in the message, whatever the script's way to the server: the first time its text, then its digest.
func TestCodeOfAScriptIsInTheMessage(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]rueidis.ClientOption{
		"single": redistest.Shared(t).Option(), "cluster": redistest.SharedCluster(t).Option(),
	} {
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		for _, w := range ways.All {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				script, raw := rueidistx.NewScript(spending(t), rueidistx.AsInt64), spending(t)+" -- raw"
				for range 2 {
					key := redistest.Key(t, "k")
					var futures []rueidistx.Future[int64]
					var before, after rueidistx.Future[bool]
					err := w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) {
						before = c.Set(key, "1")
						futures = []rueidistx.Future[int64]{
							script.Queue(c, []string{key}, "hunter2"), script.Queue(c, []string{key}, "hunter2"),
							rueidistx.Queue(c, c.B().Eval().Script(raw).Numkeys(1).Key(key).Arg("hunter2").Build(), rueidistx.AsInt64),
							rueidistx.Queue(c, c.B().Arbitrary("eval", raw, "1").Keys(key).Args("hunter2").Build(), rueidistx.AsInt64),
							script.Queue(c, []string{key}, "hunter2"),
						}
						after = c.Set(key, "2")
					})
					require.True(t, before.Must() && after.Must())
					for i, f := range futures {
						if w.Now {
							requireInsufficient(t, f.Err(), 0)
							continue
						}
						requireInsufficient(t, f.Err(), i+1)
						require.Equal(t, "INSUFFICIENT", rueidistx.Code(err))
						require.ErrorContains(t, err, "command 2 (EVAL")
						require.ErrorContains(t, err, "INSUFFICIENT; ")
						require.NotContains(t, err.Error(), "hunter2")
					}
				}
			})
		}
		_, err = rueidistx.NewScript(spending(t)+" -- "+name, rueidistx.AsInt64).Run(redistest.Context(t), db, []string{"k"}, "hunter2")
		requireInsufficient(t, err, 0)
	}
}

func requireInsufficient(t *testing.T, err error, index int) {
	t.Helper()
	require.Equal(t, "INSUFFICIENT", rueidistx.Code(err), "%v", err)
	require.Equal(t, rueidistx.Applied, requireOneOutcome(t, err))
	var command *rueidistx.CommandError
	require.ErrorAs(t, err, &command)
	require.EqualError(t, err, fmt.Sprintf("rueidistx: command %d (%s): INSUFFICIENT", index, command.Name))
	var server *rueidis.RedisError
	require.ErrorAs(t, err, &server)
	require.EqualError(t, server, "INSUFFICIENT balance of hunter2")
}

// Where the script's text is not known, or does not have the word, only the server's own codes are in the message.
func TestCodeOfAnUnknownScriptIsNotInTheMessage(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	digest, err := s.Do(t, "SCRIPT", "LOAD", "return redis.error_reply(ARGV[1])").ToString()
	require.NoError(t, err)
	answering := rueidistx.NewScript("return redis.error_reply(ARGV[1]) -- MINE", rueidistx.AsAny)
	for _, w := range ways.All {
		for _, c := range []struct{ word, message, whole string }{
			{"INSUFFICIENT", "script error", "script error"},
			{"MINE", "script error", "MINE"},
			{"WRONGTYPE", "WRONGTYPE", "WRONGTYPE"},
			{"BUSYGROUP", "BUSYGROUP", "BUSYGROUP"},
		} {
			var byDigest, own rueidistx.Future[any]
			_ = w.Run(redistest.Context(t), db, func(q *rueidistx.Commands) {
				byDigest = rueidistx.Queue(q, q.B().Evalsha().Sha1(digest).Numkeys(0).Arg(c.word+" hunter2").Build(), rueidistx.AsAny)
				own = answering.Queue(q, nil, c.word+" hunter2")
			})
			require.ErrorContains(t, byDigest.Err(), "(EVALSHA): "+c.message)
			require.ErrorContains(t, own.Err(), "): "+c.whole)
			for _, err := range []error{byDigest.Err(), own.Err()} {
				require.NotContains(t, err.Error(), "hunter2")
				require.Equal(t, c.word, rueidistx.Code(err))
			}
		}
	}
}

// A script of a Tx that is flushed on the way is known all the same.
func TestCodeOfAScriptBesideAFlushIsInTheMessage(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	script := rueidistx.NewScript("\n"+spending(t), rueidistx.AsInt64)
	tx := db.Atomic()
	first := script.Queue(tx, nil, "hunter2")
	rueidistx.Queue(tx, tx.B().Arbitrary("SCRIPT", "FLUSH").Build(), rueidistx.AsString)
	second, third := script.Queue(tx, nil, "hunter2"), script.Queue(tx, nil, "hunter2")
	err := tx.Exec(redistest.Context(t))
	requireInsufficient(t, first.Err(), 0)
	requireInsufficient(t, second.Err(), 2)
	requireInsufficient(t, third.Err(), 3)
	require.Equal(t, "INSUFFICIENT", rueidistx.Code(err))
}

func TestCodeIsTheFirstWordOfAServersError(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	db, key, ctx := outcometest.ClientModes[0].Open(t, s.Addr), redistest.Key(t, ""), redistest.Context(t)
	s.Do(t, "SET", key+"text", "x")
	s.Do(t, "RPUSH", key+"list", "x")
	wrong := db.Auto(ctx).Incr(key + "list").Err()
	several := func(c *rueidistx.Commands) {
		c.Set(key+"n", "1")
		c.Get(key + "gone")
		c.LPush(key+"text", "x")
		c.Incr(key + "text")
	}
	closing := outcometest.ClientModes[0].Open(t, s.Addr)
	closing.Close()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.TryDo("INCR", key+"list")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a wrong type":            {wrong, "WRONGTYPE"},
		"wrapped":                 {fmt.Errorf("at work: %w", wrong), "WRONGTYPE"},
		"rueidis's own":           {err, "WRONGTYPE"},
		"rueidis's own, wrapped":  {fmt.Errorf("at work: %w", errors.Join(io.EOF, err)), "WRONGTYPE"},
		"no integer":              {db.Auto(ctx).Incr(key + "text").Err(), "ERR"},
		"EXEC without MULTI":      {s.Client(t).Do(ctx, s.Client(t).B().Arbitrary("EXEC").Build()).Error(), "ERR"},
		"an unknown command":      {raw(db.Auto(ctx).Commands, "NOSUCH").Err(), "ERR"},
		"a Batch":                 {ways.Batch.Run(ctx, db, several), "WRONGTYPE"},
		"a Tx":                    {ways.Atomic.Run(ctx, db, several), "WRONGTYPE"},
		"a Tx that was not run":   {ways.Atomic.Run(ctx, db, func(c *rueidistx.Commands) { raw(c, "NOSUCH") }), "ERR"},
		"a closure's":             {db.Transact(ctx, func(*rueidistx.Tx) error { return wrong }), "WRONGTYPE"},
		"a nil reply's and one":   {errors.Join(db.Auto(ctx).Get(key+"gone").Err(), wrong), "WRONGTYPE"},
		"nil's and one":           {fmt.Errorf("%w: %w", rueidis.Nil, wrong), "WRONGTYPE"},
		"none":                    {nil, ""},
		"nil":                     {rueidistx.ErrNil, ""},
		"a future's nil":          {db.Auto(ctx).Get(key + "gone").Err(), ""},
		"not decoded":             {rueidistx.Queue(db.Auto(ctx), db.Client().B().Get().Key(key+"text").Build(), rueidistx.AsInt64).Err(), ""},
		"a lost connection":       {io.EOF, ""},
		"not sent":                {closing.Auto(ctx).Get("k").Err(), ""},
		"an ended context":        {db.Auto(ended).Get("k").Err(), ""},
		"ErrService":              {rueidistx.ErrService, ""},
		"pending":                 {db.Batch().Get("k").Err(), ""},
		"text that looks like it": {errors.New("WRONGTYPE x"), ""},
	} {
		require.Equal(t, c.want, rueidistx.Code(c.err), "%s: %v", name, c.err)
	}
}

// A cluster's own errors have their code, and neither host nor slot.
func TestMessageOfARedirectionNamesNoHost(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	option := c.Nodes[0].Option()
	option.ForceSingleClient = true
	db, err := rueidistx.Open(option)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for i := range 20 {
		if err := db.Auto(redistest.Context(t)).Set(fmt.Sprint("{", i, "}"), "x").Err(); err != nil {
			require.EqualError(t, err, "rueidistx: refused by the server: command 0 (SET): MOVED")
			require.Equal(t, "MOVED", rueidistx.Code(err))
			return
		}
	}
	t.Fatal("no key was elsewhere")
}

// Whatever chunk a script is in, and whatever is beside it.
func TestCodeOfAScriptInAChunkIsInTheMessage(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	for size := 1; size < 8; size++ {
		script := rueidistx.NewScript(fmt.Sprint("\n", spending(t), " -- ", size), rueidistx.AsInt64)
		fill := func(b *rueidistx.Batch) (scripts, others []outcometest.Settled) {
			for range 3 {
				others = append(others, raw(b.Commands, "NOSUCH", "hunter2"))
				scripts = append(scripts, script.Queue(b, nil, "hunter2"))
				others = append(others, raw(b.Commands, "MY.CMD", "hunter2"))
			}
			return scripts, others
		}
		requireAll := func(scripts, others []outcometest.Settled) {
			for i, f := range scripts {
				requireInsufficient(t, f.Err(), 3*i+1)
			}
			for i, f := range others {
				name := []string{"NOSUCH", "MY.CMD"}[i%2]
				require.EqualError(t, f.Err(), fmt.Sprintf("rueidistx: refused by the server: command %d (%s): unknown command '%[2]s'", i+(i+1)/2, name))
			}
		}
		b := db.Batch(rueidistx.Chunk(size))
		scripts, others := fill(b)
		require.Error(t, b.Exec(redistest.Context(t)))
		requireAll(scripts, others)
		require.Error(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
			scripts, others = fill(b)
			return nil
		}, rueidistx.Chunk(size)))
		requireAll(scripts, others)
	}
}
