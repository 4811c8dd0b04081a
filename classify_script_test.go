package rueidistx_test

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// What a server says of scripts that it does not run, and of words that are the caller's own.
func TestOutcomesOfWhatIsSaidOfScripts(t *testing.T) {
	t.Parallel()
	if !redistest.Shared(t).Since("7.0") {
		t.Skip("functions need Redis 7.0")
	}
	s := redistest.Start(t)
	s.Do(t, "FUNCTION", "LOAD", "#!lua name=proxy\nredis.register_function('count', function(keys, args) redis.call('INCR', keys[1]) return redis.sha1hex() end)")
	for name, c := range map[string]struct {
		argv []string
		want []rueidistx.Outcome
	}{
		"engine":      {[]string{"EVAL", "#!python\nreturn 1", "0"}, []rueidistx.Outcome{rueidistx.NotApplied}},
		"load engine": {[]string{"SCRIPT", "LOAD", "#!python\nreturn 1"}, []rueidistx.Outcome{rueidistx.NotApplied}},
		"ro function": {[]string{"FCALL_RO", "count", "1", "k"}, []rueidistx.Outcome{rueidistx.NotApplied, rueidistx.Unknown}},
		"ro script":   {[]string{"EVAL_RO", "#!lua\nreturn redis.call('INCR', KEYS[1])", "1", "k"}, []rueidistx.Outcome{rueidistx.NotApplied}},
		"library":     {[]string{"FUNCTION", "LOAD", "#!lua name=proxy\nreturn 1"}, []rueidistx.Outcome{rueidistx.Applied}},
		"config":      {[]string{"CONFIG", "SET", "backend", "1"}, []rueidistx.Outcome{rueidistx.Applied}},
		"acl":         {[]string{"ACL", "SETUSER", "u", "connection"}, []rueidistx.Outcome{rueidistx.Applied}},
		"escape":      {[]string{"EVAL", "redis.call('INCR', KEYS[1]) return redis[ARGV[1]](ARGV[2])", "1", "n1", "error_reply", "OOM x"}, []rueidistx.Outcome{rueidistx.Unknown, rueidistx.Applied}},
		"pairs":       {[]string{"EVAL", "redis.call('INCR', KEYS[1]) for k, f in pairs(redis) do if k == ARGV[1] then return f(ARGV[2]) end end", "1", "n2", "error_reply", "OOM x"}, []rueidistx.Outcome{rueidistx.Unknown, rueidistx.Applied}},
	} {
		t.Run(name, func(t *testing.T) {
			db := outcometest.ClientModes[0].Open(t, s.Addr)
			err := rueidistx.Queue(db.Auto(redistest.Context(t)), db.Client().B().Arbitrary(c.argv...).Build(), rueidistx.AsAny).Err()
			require.Contains(t, c.want, rueidistx.OutcomeOf(err), "%v %v", rueidistx.OutcomeOf(err), err)
		})
	}
}

func TestStatusQueuedInARepairIsNoValue(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	client, err := rueidis.NewClient(outcometest.ClientModes[2].Option(s.Addr))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	w := wrap(client)
	w.after = func(call int, _ []rueidis.Completed) {
		if call == 1 {
			client.Do(redistest.Context(t), client.B().Multi().Build())
		}
	}
	db, script := rueidistx.New(w), rueidistx.NewScript(`return redis.call('GET', KEYS[1])`, rueidistx.AsString)
	script.Believe(db)
	b := db.Batch()
	b.Get("x")
	peek := script.Queue(b, []string{"x"})
	err = b.Exec(redistest.Context(t))
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), "%v %v", err, peek.Or("-"))
}
