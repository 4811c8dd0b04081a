package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// secret stands for what a caller puts into keys, values and arguments. No error may repeat it.
const secret = "hunter2-é\r\n'\"`"

// Who has it: every server, all but the embedded one, clusters.
const (
	everybody = iota
	realServers
	clusters
)

// indiscreet are uses that end in errors, with the secret wherever it goes.
var indiscreet = []struct {
	name string
	who  int
	call func(c *commands, tag string) func() error
}{
	{"wrong type", everybody, func(c *commands, tag string) func() error {
		c.RPush(tag+secret, secret)
		return c.IncrBy(tag+secret, 1).Err
	}},
	{"not an integer", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, secret)
		return c.Incr(tag + secret).Err
	}},
	{"a field that is no number", everybody, func(c *commands, tag string) func() error {
		c.HSet(tag+secret, secret, secret)
		return c.HIncrBy(tag+secret, secret, 1).Err
	}},
	{"unknown command", everybody, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("NOSUCH", secret, "x", secret).Build(), rueidistx.AsAny).Err
	}},
	{"unknown command of a strange name", everybody, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary(secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"unknown subcommand", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("OBJECT", secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"wrong number of arguments", everybody, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("GET").Args(secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"syntax error", everybody, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("SET").Keys(tag+secret).Args(secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"no such group", everybody, func(c *commands, tag string) func() error {
		read := c.B().Arbitrary("XREADGROUP", "GROUP", secret, secret, "STREAMS").Keys(tag + secret).Args(">").Build()
		return rueidistx.Queue(c, read, rueidistx.AsAny).Err
	}},
	{"a score that is no number", everybody, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("ZADD").Keys(tag+secret).Args(secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"a bound that is no number", everybody, func(c *commands, tag string) func() error {
		return c.ZCount(tag+secret, secret, secret).Err
	}},
	{"an ID that is none", everybody, func(c *commands, tag string) func() error {
		return c.XAdd(tag+secret, []string{secret, secret}, rueidistx.ID(secret)).Err
	}},
	{"a setting that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("CONFIG", "SET", secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"a user's rule that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("ACL", "SETUSER", "conformance", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a client that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("CLIENT", "KILL", "ID", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a sort that is none", realServers, func(c *commands, tag string) func() error {
		c.RPush(tag+secret, secret)
		return rueidistx.Queue(c, c.B().Arbitrary("SORT").Keys(tag+secret).Build(), rueidistx.AsAny).Err
	}},
	{"a place outside of the earth", realServers, func(c *commands, tag string) func() error {
		add := c.B().Arbitrary("GEOADD").Keys(tag+secret).Args("200.4711", "100.4711", secret).Build()
		return rueidistx.Queue(c, add, rueidistx.AsAny).Err
	}},
	{"a subcommand with quotes in it", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("OBJECT", "object' "+secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"a library without metadata", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FUNCTION", "LOAD", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a library with unknown metadata", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FUNCTION", "LOAD", "#!lua hunter2=1\nreturn 1").Build(), rueidistx.AsAny).Err
	}},
	{"a library of an unknown engine", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FUNCTION", "LOAD", "#!hunter2 name=x\nreturn 1").Build(), rueidistx.AsAny).Err
	}},
	{"a library that does not compile", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FUNCTION", "LOAD", "#!lua name=x\nreturn hunter2 hunter2").Build(), rueidistx.AsAny).Err
	}},
	{"a library that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FUNCTION", "DELETE", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a function that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FCALL", secret, "1").Keys(tag+secret).Args(secret).Build(), rueidistx.AsAny).Err
	}},
	{"a script with an unknown engine", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("SCRIPT", "LOAD", "#!hunter2\nreturn 1").Build(), rueidistx.AsAny).Err
	}},
	{"a script with an unknown flag", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("#!lua flags=hunter2\nreturn 1", rueidistx.AsAny).Queue(c, nil, secret).Err
	}},
	{"a script with an unknown option", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("EVAL", "#!lua hunter2=x\nreturn 1", "0").Build(), rueidistx.AsAny).Err
	}},
	{"a script that is loaded and does not compile", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("SCRIPT", "LOAD", "return hunter2 hunter2").Build(), rueidistx.AsAny).Err
	}},
	{"a number of keys that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("EVAL", "return 1", secret).Build(), rueidistx.AsAny).Err
	}},
	{"an expiry that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("SET").Keys(tag+secret).Args(secret, "EX", "-4711").Build(), rueidistx.AsAny).Err
	}},
	{"a condition that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("EXPIRE").Keys(tag+secret).Args("10", secret).Build(), rueidistx.AsAny).Err
	}},
	{"an option of XCLAIM that is none", realServers, func(c *commands, tag string) func() error {
		rueidistx.Queue(c, c.B().Arbitrary("XGROUP", "CREATE").Keys(tag+secret).Args(secret, "$", "MKSTREAM").Build(), rueidistx.AsAny)
		claim := c.B().Arbitrary("XCLAIM").Keys(tag+secret).Args(secret, secret, "1", "1-1", secret).Build()
		return rueidistx.Queue(c, claim, rueidistx.AsAny).Err
	}},
	{"a group that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("XPENDING").Keys(tag+secret).Args(secret).Build(), rueidistx.AsAny).Err
	}},
	{"an index that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("FT.SEARCH", secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"a user that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("ACL", "DRYRUN", secret, "GET", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a category that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("ACL", "CAT", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a payload that is none", realServers, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("RESTORE").Keys(tag+secret).Args("0", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a nil reply", everybody, func(c *commands, tag string) func() error { return c.Get(tag + secret).Err }},
	{"a script's own code", realServers, func(c *commands, tag string) func() error {
		text := "return redis.error_reply('INSUFFICIENT ' .. ARGV[1])"
		return rueidistx.NewScript(text, rueidistx.AsAny).Queue(c, nil, secret).Err
	}},
	{"a script's code that is its argument", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("return redis.error_reply(ARGV[1])", rueidistx.AsAny).Queue(c, nil, "HUNTER2 "+secret).Err
	}},
	{"a script that says a line of its own", realServers, func(c *commands, tag string) func() error {
		text := "return redis.error_reply(ARGV[1])"
		return rueidistx.NewScript(text, rueidistx.AsAny).Queue(c, nil, "ERR user_script:4711: "+secret).Err
	}},
	{"a node that is none", clusters, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("CLUSTER", "FORGET", secret).Build(), rueidistx.AsAny).Err
	}},
	{"a script that does not compile", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("return '"+secret+"' x", rueidistx.AsAny).Queue(c, nil, secret).Err
	}},
	{"a script whose command fails", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("return redis.call('INCR', KEYS[1], ARGV[1])", rueidistx.AsAny).Queue(c, []string{tag + secret}, secret).Err
	}},
	{"a script that fails with its argument", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("return error(ARGV[1])", rueidistx.AsAny).Queue(c, nil, secret).Err
	}},
	{"a script that answers with its argument as an error", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("return redis.error_reply(ARGV[1])", rueidistx.AsAny).Queue(c, nil, secret).Err
	}},
	{"a script that answers with its key as an error", realServers, func(c *commands, tag string) func() error {
		return rueidistx.NewScript("return {err = 'MYERR ' .. KEYS[1]}", rueidistx.AsAny).Queue(c, []string{tag + secret}).Err
	}},
	{"forbidden", everybody, func(c *commands, tag string) func() error {
		return rueidistx.Queue(c, c.B().Arbitrary("AUTH", secret, secret).Build(), rueidistx.AsAny).Err
	}},
	{"odd pairs", everybody, func(c *commands, tag string) func() error { return c.HSet(tag+secret, secret).Err }},
	{"an empty TTL", everybody, func(c *commands, tag string) func() error {
		return c.Set(tag+secret, secret, rueidistx.EX(0)).Err
	}},
	{"several slots", clusters, func(c *commands, tag string) func() error {
		return c.MGet("{a}"+secret, "{b}"+secret).Err
	}},
	{"no integer to decode", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, secret)
		return rueidistx.Queue(c, c.B().Get().Key(tag+secret).Build(), rueidistx.AsInt64).Err
	}},
	{"no JSON", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, secret)
		return rueidistx.Queue(c, c.B().Get().Key(tag+secret).Build(), rueidistx.AsJSON[user]).Err
	}},
	{"JSON of another type", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, `{"name":{"hunter2":1}}`)
		return rueidistx.Queue(c, c.B().Get().Key(tag+secret).Build(), rueidistx.AsJSON[user]).Err
	}},
	{"JSON of an unknown time", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, `{"Joined":"hunter2"}`)
		return rueidistx.Queue(c, c.B().Get().Key(tag+secret).Build(), rueidistx.AsJSON[user]).Err
	}},
	{"JSON with a secret for a field's key", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, `{"hunter2":"x"}`)
		return rueidistx.Queue(c, c.B().Get().Key(tag+secret).Build(), rueidistx.AsJSON[map[string]map[string]int]).Err
	}},
	{"no struct", everybody, func(c *commands, tag string) func() error {
		c.HSet(tag+secret, "age", secret)
		return rueidistx.Queue(c, c.B().Hgetall().Key(tag+secret).Build(), rueidistx.AsStruct[user]).Err
	}},
	{"a decoder that says too little", everybody, func(c *commands, tag string) func() error {
		c.Set(tag+secret, secret)
		return rueidistx.Queue(c, c.B().Get().Key(tag+secret).Build(), func(rueidis.RedisMessage) (int, error) {
			return 0, errors.New("no")
		}).Err
	}},
}

// testSecrets is about what errors say: never what a caller has put into keys, values and arguments.
func (s *suite) testSecrets(t *testing.T) {
	t.Parallel()
	for _, use := range indiscreet {
		if use.who != everybody && s.Embedded || use.who == clusters && !s.cluster {
			continue
		}
		t.Run(use.name, func(t *testing.T) {
			for _, w := range ways.All {
				t.Run(w.Name, func(t *testing.T) {
					tag := s.secretTag(t)
					var f func() error
					err := w.Run(redistest.Context(t), s.db, func(c *commands) { f = use.call(c, tag) })
					requireDiscreet(t, err)
					requireDiscreet(t, f())
					assert.True(t, f() != nil || s.Embedded, "there was no error at all")
				})
			}
			for _, kind := range ways.Kinds {
				t.Run("results of a "+kind.Type, func(t *testing.T) {
					u := kind.Unit(s.db)
					use.call(ways.CommandsOf(u), s.secretTag(t))
					requireDiscreet(t, u.Exec(redistest.Context(t)))
					for _, r := range u.Results() {
						requireDiscreet(t, r.Err)
					}
				})
			}
		})
	}
}

// secretTag returns a beginning for the test's one key with a secret in it, which is deleted at the end.
func (s *suite) secretTag(t *testing.T) string {
	tag := redistest.Key(t, "")
	t.Cleanup(func() { s.db.Auto(context.Background()).Unlink(tag + secret) })
	return tag
}

func requireDiscreet(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		text := fmt.Sprintf("%s %v %+v %q", err.Error(), err, err, err)
		require.NotContains(t, strings.ToLower(text), "hunter2")
		require.NotContains(t, text, "4711")
		require.False(t, strings.ContainsFunc(text, unicode.IsControl), "%q", text)
	}
}
