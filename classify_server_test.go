package rueidistx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// spoken is what a server says to a command. In argv, $n is a key that a script counts up, $list a list, $text a string
// that is no number, and $k any other.
type spoken struct {
	argv    string // in fields
	text    string // of a script, in place of the field S
	message string // is in the server's error, in any version
	outcome rueidistx.Outcome
	ran     bool   // the script has counted
	since   string // "7.0": what the command needs
}

// didNotRun are commands that were refused before they ran, by words that nobody else uses.
var didNotRun = []spoken{
	{argv: "NOSUCH x", message: "unknown command"},
	{argv: "INCR", message: "wrong number of arguments"},
	{argv: "INCR $k $k", message: "wrong number of arguments"},
	{argv: "OBJECT", message: "wrong number of arguments"},
	{argv: "OBJECT NOSUCH $k", message: "nknown subcommand"},
	{argv: "OBJECT ENCODING", message: "wrong number of arguments"},
	{argv: "XGROUP CREATE $k", message: "wrong number of arguments"},
	{argv: "CONFIG NOSUCH", message: "nknown subcommand"},
	{argv: "CONFIG SET port", message: "wrong number of arguments"},
	{argv: "CLIENT KILL", message: "wrong number of arguments", since: "7.0"},
	{argv: "PUBSUB NOSUCH", message: "nknown subcommand"},
	{argv: "MEMORY NOSUCH", message: "nknown subcommand"},
	{argv: "SCRIPT NOSUCH", message: "nknown subcommand"},
	{argv: "FUNCTION NOSUCH", message: "nknown "},
	{argv: "EVAL S 0", text: "this is no Lua", message: "Error compiling script"},
	{argv: "EVAL S 1 $n", text: "return redis.call('INCR', KEYS[1]", message: "Error compiling script"},
	{argv: "EVAL_RO S 0", text: "this is no Lua", message: "Error compiling script", since: "7.0"},
	{argv: "SCRIPT LOAD S", text: "this is no Lua", message: "Error compiling script"},
	{argv: "EVAL S", text: "return 1", message: "wrong number of arguments"},
	{argv: "EVAL S 9", text: "return 1", message: "Number of keys can't be greater"},
	{argv: "EVAL S -1", text: "return 1", message: "Number of keys can't be negative"},
	{argv: "EVAL S x", text: "return 1", message: "value is not an integer"},
	{argv: "EVAL S 99999999999999999999", text: "return 1", message: "value is not an integer"},
	{argv: "EVAL S 1 $n", text: "#!lua flags=nosuch\nreturn redis.call('INCR', KEYS[1])", message: ""},
	{argv: "EVAL S 1 $n", text: "#!lua name=x\nreturn redis.call('INCR', KEYS[1])", message: ""},
	{argv: "EVAL S 0", text: "#!lua", message: ""},
}

// didRun are commands that ran, if without effect, or were parsed at least: doing them again would not help.
var didRun = []spoken{
	{argv: "INCR $text", message: "value is not an integer"},
	{argv: "INCR $list", message: "WRONGTYPE"},
	{argv: "SET $k v EX x", message: "value is not an integer"},
	{argv: "SET $k v EX -1", message: "invalid expire time"},
	{argv: "SETEX $k 0 v", message: "invalid expire time"},
	{argv: "SET $k v NX XX", message: "syntax error"},
	{argv: "ZADD $k x m", message: "not a valid float"},
	{argv: "LSET $list 99 x", message: "index out of range"},
	{argv: "LSET $k 0 x", message: "no such key"},
	{argv: "RENAME $k $n", message: "no such key"},
	{argv: "XADD $k 0-0 f v", message: "must be greater than 0-0"},
	{argv: "XREADGROUP GROUP g c STREAMS $k >", message: "NOGROUP"},
	{argv: "RESTORE $k 0 garbage", message: "DUMP payload version"},
	{argv: "FUNCTION RESTORE x", message: "DUMP payload version", since: "7.0"},
	{argv: "FUNCTION DELETE nosuch", message: "Library not found", since: "7.0"},
	{argv: "FUNCTION KILL", message: "NOTBUSY", since: "7.0"},
	{argv: "SCRIPT KILL", message: "NOTBUSY"},
	{argv: "SETRANGE $k 999999999 x", message: "maximum allowed size"},
	{argv: "SWAPDB 0 99", message: "out of range"},
	{argv: "CLUSTER INFO", message: "cluster support disabled"},
	{argv: "CONFIG SET maxmemory x", message: "must be a memory value"},
}

// failed are scripts that ran, counted, and then failed in words which are not those of a command that was refused.
var failed = []spoken{
	{text: "redis.sha1hex()", message: "wrong number of arguments"},
	{text: "redis.call('GET')", message: "Wrong number of args calling"},
	{text: "redis.call('NOSUCH')", message: "nknown "},
	{text: "redis.call('OBJECT', 'NOSUCH', KEYS[1])", message: "nknown "},
	{text: "redis.call('INCR', KEYS[2])", message: "value is not an integer"},
	{text: "redis.call('EVAL', 'return 1', 'x')", message: "not allowed from script"},
	{text: "redis.call('SUBSCRIBE', 'c')", message: "not allowed from script"},
	{text: "redis.call()", message: "Please specify at least one argument"},
	{text: "redis.call({})", message: "arguments must be strings or integers"},
	{text: "string.rep()", message: "bad argument"},
	{text: "nosuch", message: "nonexistent global variable"},
	{text: "(1)()", message: "attempt to call"},
	{text: "redis.setresp(9)", message: "RESP version must be 2 or 3"},
	{text: "redis.pcall('LPUSH', KEYS[2], 'x')", message: "WRONGTYPE"},
	{text: "redis.error_reply('INSUFFICIENT x')", message: "INSUFFICIENT x"},
	{text: "error('wrong number of arguments')", message: "wrong number of arguments"},
	{text: "error({err='OOM mine'})", message: ""},
	{text: "error({err=\"Number of keys can't be negative\"})", message: ""},
}

// madeUp are scripts that counted and then answered with the words of a server that did not run them.
var madeUp = []spoken{
	{text: "redis.error_reply('wrong number of arguments')", message: "wrong number of arguments"},
	{text: "redis.error_reply(\"Number of keys can't be negative\")", message: "Number of keys"},
	{text: "redis.error_reply('Error compiling script (new function): user_script:1: x')", message: "Error compiling"},
	{text: "redis.error_reply('Function not found')", message: "Function not found"},
	{text: "redis.error_reply('Unexpected flag in script shebang: x')", message: "shebang"},
	{text: "redis.error_reply('UNBLOCKED mine')", message: "UNBLOCKED"},
	{text: "redis.error_reply('MOVED 1 127.0.0.1:1')", message: "MOVED"},
	{text: "{err='OOM mine'}", message: "OOM"},
	{text: "redis.pcall('INCR', KEYS[2])", message: "value is not an integer"},
}

// scriptsOf makes calls of what a script ends with.
func scriptsOf(list []spoken, outcome rueidistx.Outcome) (calls []spoken) {
	for _, s := range list {
		s.argv, s.ran, s.outcome = "EVAL S 2 $n $text", true, outcome
		s.text = "redis.call('INCR', KEYS[1]) return " + s.text
		if strings.HasPrefix(strings.TrimPrefix(s.text, "redis.call('INCR', KEYS[1]) return "), "error(") {
			s.text = strings.Replace(s.text, "return error(", "error(", 1)
		}
		calls = append(calls, s)
	}
	return calls
}

func withOutcome(list []spoken, outcome rueidistx.Outcome) (same []spoken) {
	for _, s := range list {
		s.outcome = outcome
		same = append(same, s)
	}
	return same
}

// build returns the command.
func (s *spoken) build(b rueidis.Builder, key func(string) string) rueidis.Completed {
	argv := strings.Fields(s.argv)
	for i, a := range argv {
		switch {
		case a == "S":
			argv[i] = s.text
		case strings.HasPrefix(a, "$"):
			argv[i] = key(a[1:])
		}
	}
	return b.Arbitrary(argv...).Build()
}

func TestOutcomesOfWhatServersSay(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	all := withOutcome(didNotRun, rueidistx.NotApplied)
	all = append(all, withOutcome(didRun, rueidistx.Applied)...)
	all = append(all, scriptsOf(failed, rueidistx.Applied)...)
	all = append(all, scriptsOf(madeUp, rueidistx.Unknown)...)
	for _, w := range outcometest.Modes() {
		db := w.Open(t, server.Addr)
		for _, c := range all {
			if c.since != "" && !server.Since(c.since) {
				continue
			}
			t.Run(w.Name+", "+c.argv+" "+c.text, func(t *testing.T) { c.run(t, server, db) })
		}
	}
}

func (s *spoken) run(t *testing.T, server *redistest.Server, db *rueidistx.DB) {
	key := func(name string) string { return redistest.Key(t, name) }
	server.Do(t, "SET", key("text"), "x")
	server.Do(t, "RPUSH", key("list"), "x")
	counts := 0
	requireEnd := func(err error, outcome rueidistx.Outcome) {
		t.Helper()
		require.Equal(t, outcome, requireOneOutcome(t, err), "%v", err)
		require.ErrorIs(t, err, rueidistx.ErrService)
		require.NotErrorIs(t, err, rueidistx.ErrConnection)
		var at *rueidistx.CommandError
		require.ErrorAs(t, err, &at)
		require.ErrorContains(t, at.Err, s.message)
		if s.ran && outcome != rueidistx.NotApplied {
			counts++
		}
		n, _ := server.Do(t, "GET", key("n")).AsInt64()
		require.EqualValues(t, counts, n, "%v", err)
	}
	requireEnd(rueidistx.Queue(db.Auto(redistest.Context(t)), s.build(db.Client().B(), key), rueidistx.AsAny).Err(), s.outcome)

	b := db.Batch()
	before := b.Incr(key("before"))
	f := rueidistx.Queue(b, s.build(b.B(), key), rueidistx.AsAny)
	whole := rueidistx.Applied
	if s.outcome == rueidistx.Unknown {
		whole = rueidistx.Unknown
	}
	err := b.Exec(redistest.Context(t))
	require.Equal(t, whole, requireOneOutcome(t, err))
	require.NoError(t, before.Err())
	requireEnd(f.Err(), s.outcome)

	// In a transaction what a script says is known to be its own, and what the server refuses at once aborts all of it.
	runs, inTx := 0, rueidistx.Applied
	err = db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
		runs++
		before = tx.Incr(key("before"))
		f = rueidistx.Queue(tx, s.build(tx.B(), key), rueidistx.AsAny)
		return nil
	})
	if before.Err() != nil {
		inTx = rueidistx.NotApplied
		require.Equal(t, rueidistx.NotApplied, s.outcome)
	}
	require.Equal(t, 1, runs)
	require.Equal(t, inTx, requireOneOutcome(t, err), "%v", err)
	requireEnd(f.Err(), inTx)
}

// A function is somebody else's text: what it answers with is never known to be the server's.
func TestOutcomesOfFunctions(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	if !s.Since("7.0") {
		t.Skip("no functions")
	}
	s.Do(t, "FUNCTION", "LOAD", `#!lua name=lib
redis.register_function('count', function(keys, args) redis.call('INCR', keys[1]) return redis.sha1hex() end)
redis.register_function('say', function(keys, args) redis.call('INCR', keys[1]) return redis.error_reply(args[1]) end)`)
	for _, w := range outcometest.Modes() {
		db := w.Open(t, s.Addr)
		for argv, want := range map[string]rueidistx.Outcome{
			"FCALL nosuch 0":                rueidistx.Unknown,
			"FCALL_RO nosuch 0":             rueidistx.Unknown,
			"FCALL count x":                 rueidistx.Unknown,
			"FCALL count -1":                rueidistx.Unknown,
			"FCALL count 9":                 rueidistx.Unknown,
			"FCALL count":                   rueidistx.Unknown,
			"FCALL count 1 $n":              rueidistx.Applied,
			"FCALL count 0":                 rueidistx.Applied, // its INCR fails
			"FCALL say 1 $n MINE":           rueidistx.Applied,
			"FCALL say 1 $n OOM":            rueidistx.Unknown,
			"FCALL say 1 $n NOSCRIPT":       rueidistx.Unknown,
			"EVALSHA 0123456789 0":          rueidistx.Unknown, // so it is for a text that is not known
			"EVALSHA 0123456789 -1":         rueidistx.Unknown,
			"FUNCTION LOAD nosuch":          rueidistx.Applied,
			"FUNCTION LOAD #!lua":           rueidistx.Applied,
			"FUNCTION STATS too many words": rueidistx.NotApplied,
		} {
			t.Run(w.Name+", "+argv, func(t *testing.T) {
				c := spoken{argv: argv}
				key := func(name string) string { return redistest.Key(t, name) }
				err := rueidistx.Queue(db.Auto(redistest.Context(t)), c.build(db.Client().B(), key), rueidistx.AsAny).Err()
				require.ErrorIs(t, err, rueidistx.ErrService)
				require.Equal(t, want, requireOneOutcome(t, err), "%v", err)
				require.Equal(t, !strings.Contains(argv, "$n"), s.Do(t, "GET", key("n")).IsNil())
			})
		}
	}
}

// What a server, or a proxy before it, says of a connection is not about the command, which may have run.
func TestErrorsOfTheConnectionAreUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "CONFIG", "SET", "proto-max-bulk-len", "1048576")
	large := strings.Repeat("x", 1<<20+1)
	for _, w := range outcometest.Modes() {
		t.Run("value too large, "+w.Name, func(t *testing.T) {
			db, key := w.Open(t, s.Addr), redistest.Key(t, "")
			b := db.Batch()
			first, second := b.Incr(key+"1"), b.Set(key+"2", large)
			third := b.Incr(key + "3")
			require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, b.Exec(redistest.Context(t))))
			for i, f := range []outcometest.Settled{first, second, third} {
				there := !s.Do(t, "GET", fmt.Sprint(key, i+1)).IsNil()
				require.True(t, outcometest.Agrees(f.Err(), there), "command %d applied %v, but: %v", i, there, f.Err())
			}
			require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, second.Err())) // the third is of another chunk

			require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
			err := db.Auto(redistest.Context(t)).Set(key+"2", large).Err()
			require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err), "%v", err)
			runs := 0
			err = db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
				runs++
				tx.Incr(key + "4")
				tx.Set(key+"2", large)
				return nil
			})
			require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err), "%v", err)
			require.Equal(t, 1, runs)
			outcometest.RequireUsable(t, db)
		})
	}
}

// A server that has too many clients says so instead of answering the handshake.
func TestTooManyClientsAreNeverApplied(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		for _, way := range []string{"Open", "New"} {
			t.Run(way+", "+w.Name, func(t *testing.T) {
				key := redistest.Key(t, "n")
				option := w.Option(s.Addr)
				// rueidis hands the server's words on only where the handshake has one command.
				option.DisableCache, option.ClientSetInfo = true, rueidis.DisableClientSetInfo
				db := clusterWays[way](t, option)
				require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(key).Err(), rueidistx.ErrNil)
				s.Do(t, "CONFIG", "SET", "maxclients", "1") // this one
				defer s.Do(t, "CONFIG", "SET", "maxclients", "100")
				s.Do(t, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
				for range 100 {
					err := db.Auto(redistest.Context(t)).Incr(key).Err()
					require.NotEqual(t, rueidistx.Applied, requireOneOutcome(t, err), "%v", err)
					if !strings.Contains(err.Error(), "max number of clients") {
						continue // the connection may be reset before that is read
					}
					want := []error{rueidistx.ErrNotSent, rueidistx.ErrService}
					if way == "New" {
						outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrService)
					} else {
						outcometest.RequireVerdict(t, err, rueidistx.NotApplied, want...)
					}
				}
				require.True(t, s.Do(t, "GET", key).IsNil())
			})
		}
	}
}

// Nothing was taken by a command that waited and was told to stop.
func TestUnblockedCommandIsNotApplied(t *testing.T) {
	t.Parallel()
	for name, unblock := range map[string]func(t *testing.T, s *redistest.Server, id string){
		"CLIENT UNBLOCK": func(t *testing.T, s *redistest.Server, id string) { s.Do(t, "CLIENT", "UNBLOCK", id, "ERROR") },
		"a failover":     func(t *testing.T, s *redistest.Server, _ string) { s.Do(t, "REPLICAOF", "127.0.0.1", "1") },
	} {
		for _, w := range outcometest.Modes() {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				s := redistest.Start(t)
				for _, argv := range []string{"BLPOP list 0", "BRPOPLPUSH list other 0", "BZPOPMIN zset 0", "XREAD BLOCK 0 STREAMS stream $"} {
					db := w.Open(t, s.Addr) // a failover closes connections on which something was blocked
					ended := make(chan error, 1)
					go func(ctx context.Context) {
						ended <- rueidistx.Queue(db.Auto(ctx), db.Client().B().Arbitrary(strings.Fields(argv)...).Build(), rueidistx.AsAny).Err()
					}(redistest.Context(t))
					id := ""
					redistest.Eventually(t, "it waits", func() bool {
						clients, err := s.Do(t, "CLIENT", "LIST").ToString()
						require.NoError(t, err)
						for line := range strings.Lines(clients) {
							_, flags, _ := strings.Cut(line, " flags=")
							if flags, _, _ = strings.Cut(flags, " "); strings.Contains(flags, "b") {
								id = strings.TrimPrefix(strings.Fields(line)[0], "id=")
							}
						}
						select {
						case err := <-ended:
							t.Fatal(argv, err)
						default:
						}
						return id != ""
					})
					unblock(t, s, id)
					err := <-ended
					outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
					require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, err))
					require.ErrorContains(t, err, "UNBLOCKED")
					s.Do(t, "REPLICAOF", "NO", "ONE")
				}
			})
		}
	}
}

// A value that reads QUEUED is a value.
func TestValueQueuedIsAValue(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	says := rueidistx.NewScript(`return redis.status_reply('QUEUED')`, rueidistx.AsString)
	table := rueidistx.NewScript(`return {ok='QUEUED'}`, rueidistx.AsString)
	returns := rueidistx.NewScript(`return 'QUEUED'`, rueidistx.AsString)
	reads := rueidistx.NewScript(`return redis.call('GET', KEYS[1])`, rueidistx.AsString)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			db, key := w.Open(t, s.Addr), redistest.Key(t, "k")
			s.Do(t, "SET", key, "QUEUED")
			queue := func(c *rueidistx.Commands) []rueidistx.Future[string] {
				return []rueidistx.Future[string]{
					c.Get(key),
					rueidistx.Queue(c, c.B().Echo().Message("QUEUED").Build(), rueidistx.AsString),
					rueidistx.Queue(c, c.B().Arbitrary("PING", "QUEUED").Build(), rueidistx.AsString),
					c.LIndex(key+"list", 0), c.HGet(key+"hash", "f"),
					says.Queue(c, nil), table.Queue(c, nil), returns.Queue(c, nil), reads.Queue(c, []string{key}),
				}
			}
			s.Do(t, "RPUSH", key+"list", "QUEUED")
			s.Do(t, "HSET", key+"hash", "f", "QUEUED")
			b, tx, chunks := db.Batch(), db.Atomic(), db.Batch(rueidistx.Chunk(2))
			for name, futures := range map[string][]rueidistx.Future[string]{
				"Auto": queue(db.Auto(redistest.Context(t)).Commands), "Batch": queue(b.Commands),
				"Tx": queue(tx.Commands), "chunks": queue(chunks.Commands),
			} {
				switch name {
				case "Batch":
					require.NoError(t, b.Exec(redistest.Context(t)))
				case "Tx":
					require.NoError(t, tx.Exec(redistest.Context(t)))
				case "chunks":
					require.NoError(t, chunks.Exec(redistest.Context(t)))
				}
				for i, f := range futures {
					value, err := f.Value()
					require.NoError(t, err, "%s: command %d", name, i)
					require.Equal(t, "QUEUED", value, "%s: command %d", name, i)
				}
			}
			require.Equal(t, "QUEUED", b.Results()[0].Value)
		})
	}
}

// What a MULTI answers that other code left on the connection is no value.
func TestStatusQueuedOfAMultiLeftBehindIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for _, withError := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, with an error %v", w.Name, withError), func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, s).Warm(t), redistest.Key(t, "")
				leaveMulti := func() {
					t.Helper()
					require.NoError(t, p.Client().Do(redistest.Context(t), p.Client().B().Multi().Build()).Error())
					if withError {
						require.Error(t, p.Client().Do(redistest.Context(t), p.Client().B().Arbitrary("NOSUCH").Build()).Error())
					}
				}
				leaveMulti()
				futures := []outcometest.Settled{p.Auto(redistest.Context(t)).Incr(key + "1"), counting.Queue(p.Auto(redistest.Context(t)), []string{key + "1"})}
				b := p.Batch()
				futures = append(futures, b.Get(key+"1"), b.Incr(key+"1"))
				require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, b.Exec(redistest.Context(t))))
				for i, f := range futures {
					require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, f.Err()), "%d", i)
					require.ErrorIs(t, f.Err(), rueidistx.ErrProtocol)
				}
				// A transaction on top of it ends it, and is classified by what EXEC says.
				tx := p.Atomic()
				own := tx.Incr(key + "2")
				err := tx.Exec(redistest.Context(t))
				if withError {
					require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, err), "%v", err)
					require.Equal(t, "--", outcometest.Traces(t, s, key)[:2])
				} else {
					// Redis executes it all, and EXEC's array is longer than the queue; Valkey 8.1 answers EXECABORT.
					there := !s.Do(t, "GET", key+"2").IsNil()
					require.NotEqual(t, rueidistx.Applied, requireOneOutcome(t, err))
					require.True(t, outcometest.Agrees(err, there), "applied %v, but: %v", there, err)
				}
				require.Equal(t, rueidistx.OutcomeOf(err), requireOneOutcome(t, own.Err()))
				outcometest.RequireUsable(t, p.DB)
			})
		}
	}
}
