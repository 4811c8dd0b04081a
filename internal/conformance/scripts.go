package conformance

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// ownLine begins a script that no other test has. It is a number, as the names of servers in a test's name would be words
// of the script, which the library looks at.
func ownLine(t *testing.T) string {
	h := fnv.New64a()
	h.Write([]byte(t.Name()))
	return fmt.Sprintf("-- %x\n", h.Sum64())
}

// adder returns a script that no server knows yet: INCRBY.
func adder(t *testing.T) *rueidistx.Script[int64] {
	return rueidistx.NewScript(adding(t), rueidistx.AsInt64)
}

func adding(t *testing.T) string { return ownLine(t) + "return redis.call('INCRBY', KEYS[1], ARGV[1])" }

// forgetScripts lets every node of the server forget its scripts.
func (s *suite) forgetScripts(t *testing.T) {
	t.Helper()
	for _, node := range s.db.Client().Nodes() {
		err := node.Do(redistest.Context(t), node.B().ScriptFlush().Build()).Error()
		if s.cluster && err != nil && strings.HasPrefix(err.Error(), "READONLY") {
			continue // a replica, which follows its primary
		}
		require.NoError(t, err)
	}
}

// testScripts is about Lua scripts. Its parts are not parallel: they make the server forget its scripts.
func (s *suite) testScripts(t *testing.T) {
	t.Run("known and unknown", s.testScriptOnce)
	t.Run("run at once", s.testScriptRun)
	t.Run("in between other commands", s.testScriptsMixed)
	t.Run("twice in one transaction", s.testScriptTwice)
	if !s.lacks("7.0") {
		t.Run("read-only", s.testScriptReadOnly)
	}
	t.Run("its own NOSCRIPT", s.testOwnNoScript)
	t.Run("its own errors", s.testScriptError)
	t.Run("keys and arguments as they are", s.testScriptArguments)
	t.Run("many in a batch of chunks", s.testScriptsInChunks)
}

// testScriptOnce: a script runs exactly once, whether the server knows it or not.
func (s *suite) testScriptOnce(t *testing.T) {
	for _, w := range ways.Direct {
		t.Run(w.Name, func(t *testing.T) {
			db, recorder := s.record(t)
			k := s.keysOf(t)
			script := adder(t)
			want := int64(0)
			run := func(sent ...string) {
				t.Helper()
				recorder.clear()
				want += 2
				var f rueidistx.Future[int64]
				require.NoError(t, w.Run(redistest.Context(t), db, func(c *commands) { f = script.Queue(c, []string{k("n")}, "2") }))
				is(f, want).run(t)
				wantSent(t, recorder, w, sent)
			}
			if w.Now {
				run("EVALSHA", "EVAL")
			} else {
				run("EVAL") // the DB has not seen it before
			}
			run("EVALSHA")
			s.forgetScripts(t)
			run("EVALSHA", "EVAL")
			run("EVALSHA")
			s.then(t, "GET $n = 8", k)
		})
	}
}

// wantSent checks how a script was sent.
func wantSent(t *testing.T, recorder *recorder, w ways.Way, want []string) {
	t.Helper()
	if w.Atomic {
		want = []string{"MULTI", "EVAL", "EXEC"}
	}
	var got []string
	for _, argv := range recorder.sent() {
		if argv[0] != "TIME" { // which the way sends itself
			got = append(got, argv[0])
		}
	}
	require.Equal(t, want, got)
}

func (s *suite) testScriptRun(t *testing.T) {
	k := s.keysOf(t)
	script := adder(t)
	for i := range 3 {
		n, err := script.Run(redistest.Context(t), s.db, []string{k("n")}, "5")
		require.NoError(t, err)
		require.EqualValues(t, 5*(i+1), n)
	}
	ctx, cancel := context.WithCancel(redistest.Context(t))
	cancel()
	n, err := script.Run(ctx, s.db, []string{k("n")}, "5")
	require.Zero(t, n)
	require.ErrorIs(t, err, rueidistx.ErrNotSent)
	s.then(t, "GET $n = 15", k)
}

func (s *suite) testScriptsMixed(t *testing.T) {
	for _, w := range ways.Queueing {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			one, two := adder(t), rueidistx.NewScript(ownLine(t)+"return {KEYS[1], ARGV[1]}", rueidistx.AsStrings)
			var a, d rueidistx.Future[int64]
			var b rueidistx.Future[bool]
			var c rueidistx.Future[[]string]
			require.NoError(t, w.Run(redistest.Context(t), s.db, func(queue *commands) {
				a = one.Queue(queue, []string{k("n")}, "1")
				b = queue.Set(k("s"), "v")
				c = two.Queue(queue, []string{k("s")}, "arg")
				d = one.Queue(queue, []string{k("m")}, "7")
			}))
			is(a, 1).run(t)
			is(b, true).run(t)
			is(c, []string{k("s"), "arg"}).run(t)
			is(d, 7).run(t)
			s.then(t, "MGET $n $s $m = 1 v 7", k)
		})
	}
}

func (s *suite) testScriptTwice(t *testing.T) {
	db, recorder := s.record(t)
	k := s.keysOf(t)
	script := adder(t)
	tx := db.Atomic()
	first, second := script.Queue(tx, []string{k("n")}, "1"), script.Queue(tx, []string{k("n")}, "2")
	require.NoError(t, tx.Exec(redistest.Context(t)))
	is(first, 1).run(t)
	is(second, 3).run(t)
	var got []string
	for _, argv := range recorder.sent() {
		got = append(got, argv[0])
	}
	assert.Equal(t, []string{"MULTI", "EVAL", "EVALSHA", "EXEC"}, got)

	// A flush in between does not make the second one unknown.
	tx = db.Atomic()
	first = script.Queue(tx, []string{k("n")}, "1")
	rueidistx.Queue(tx, tx.B().Arbitrary("sCRIPT", "FLUSH").Build(), rueidistx.AsString)
	second = script.Queue(tx, []string{k("n")}, "2")
	require.NoError(t, tx.Exec(redistest.Context(t)))
	is(first, 4).run(t)
	is(second, 6).run(t)
}

func (s *suite) testScriptReadOnly(t *testing.T) {
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			s.given(t, "SET $a v", k)
			script := rueidistx.NewReadScript(ownLine(t)+"return redis.call('GET', KEYS[1])", rueidistx.AsString)
			for range 2 {
				var f rueidistx.Future[string]
				require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) { f = script.Queue(c, []string{k("a")}) }))
				is(f, "v").run(t)
			}
			if s.Embedded {
				return // it lets them write
			}
			var f rueidistx.Future[int64]
			err := w.Run(redistest.Context(t), s.db, func(c *commands) {
				f = rueidistx.NewReadScript(adding(t), rueidistx.AsInt64).Queue(c, []string{k("n")}, "1")
			})
			require.ErrorIs(t, f.Err(), rueidistx.ErrService)
			if !w.Now {
				require.ErrorIs(t, err, rueidistx.ErrService)
			}
			s.then(t, "EXISTS $n = 0", k)
		})
	}
}

// testOwnNoScript: a script that fails with words like the server's has run, and is not run again.
func (s *suite) testOwnNoScript(t *testing.T) {
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			script := rueidistx.NewScript(ownLine(t)+"redis.call('INCR', KEYS[1]); return redis.error_reply('NOSCRIPT mine')", rueidistx.AsInt64)
			for i := range 3 {
				var f rueidistx.Future[int64]
				_ = w.Run(redistest.Context(t), s.db, func(c *commands) { f = script.Queue(c, []string{k("n")}) })
				require.ErrorIs(t, f.Err(), rueidistx.ErrService)
				requireServerText(t, f.Err(), "NOSCRIPT mine")
				require.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(f.Err()), "it has written")
				s.then(t, "GET $n = "+string(rune('1'+i)), k)
			}
		})
	}
}

// requireServerText looks at the server's own words, which a message leaves out where a script may have chosen them.
func requireServerText(t *testing.T, err error, text string) {
	t.Helper()
	var server *rueidis.RedisError
	require.ErrorAs(t, err, &server)
	require.ErrorContains(t, server, text)
}

func (s *suite) testScriptError(t *testing.T) {
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			s.given(t, "RPUSH $list a", k)
			bad := rueidistx.NewScript(ownLine(t)+"redis.call('SET', KEYS[2], 'x'); return redis.call('INCR', KEYS[1])", rueidistx.AsInt64)
			var f rueidistx.Future[int64]
			var before, after rueidistx.Future[int64]
			err := w.Run(redistest.Context(t), s.db, func(c *commands) {
				before = c.Incr(k("n"))
				f = bad.Queue(c, []string{k("list"), k("written")})
				after = c.Incr(k("n"))
			})
			is(before, 1).run(t)
			is(after, 2).run(t)
			index := 1
			errs := []error{f.Err(), err}
			if w.Now {
				index, errs = 0, errs[:1]
			}
			for _, err := range errs {
				var command *rueidistx.CommandError
				require.ErrorAs(t, err, &command)
				assert.Equal(t, index, command.Index)
				assert.Contains(t, []string{"EVAL", "EVALSHA"}, command.Name)
				requireServerText(t, err, "WRONGTYPE")
				assert.ErrorIs(t, err, rueidistx.ErrService)
				if !s.Embedded { // it has the words of a script that does not compile
					assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
				}
				assert.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			}
			s.then(t, "GET $written = x", k)
		})
	}
}

func (s *suite) testScriptArguments(t *testing.T) {
	awkward := []string{"", " ", "\r\n", "\x00\xff", "{}", "é", "*1\r\n$4\r\nPING\r\n", strings.Repeat("x", 100_000)}
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			var names []string
			for _, a := range awkward {
				names = append(names, k(a))
			}
			echo := rueidistx.NewScript(ownLine(t)+"return {#KEYS, #ARGV, KEYS, ARGV}", rueidistx.AsAny)
			var all, none rueidistx.Future[any]
			require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
				all, none = echo.Queue(c, names, awkward...), echo.Queue(c, nil)
			}))
			is(all, any([]any{int64(len(names)), int64(len(awkward)), list(names), list(awkward)})).run(t)
			is(none, any([]any{int64(0), int64(0), []any{}, []any{}})).run(t)
		})
	}
}

func list(words []string) []any {
	list := make([]any, len(words))
	for i := range words {
		list[i] = words[i]
	}
	return list
}

func (s *suite) testScriptsInChunks(t *testing.T) {
	k := s.keysOf(t)
	script := adder(t)
	s.forgetScripts(t)
	b := s.db.Batch(rueidistx.Chunk(7))
	var futures []rueidistx.Future[int64]
	for range 30 {
		futures = append(futures, script.Queue(b, []string{k("n")}, "1"))
		b.Ping()
	}
	require.NoError(t, b.Exec(redistest.Context(t)))
	for i, f := range futures {
		is(f, int64(i+1)).run(t)
	}
	s.then(t, "GET $n = 30", k)
}
