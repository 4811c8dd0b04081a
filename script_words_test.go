package rueidistx_test

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// A server keeps at least the last 500 texts that came by EVAL (Redis 7.4, Valkey 8.0): behind that many, a script of the same
// transaction is unknown again by its digest.
func TestScriptInATxRunsBehindAnyNumberOfOthers(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for name, other := range map[string]func(tx *rueidistx.Tx, i int){
		"scripts": func(tx *rueidistx.Tx, i int) {
			rueidistx.NewScript(fmt.Sprintf("return %d -- scripts", i), rueidistx.AsInt64).Queue(tx, nil)
		},
		"the caller's EVALs": func(tx *rueidistx.Tx, i int) {
			rueidistx.Queue(tx, tx.B().Arbitrary("EVAL", fmt.Sprintf("return %d -- own", i), "0").Build(), rueidistx.AsInt64)
		},
		"the caller's eval_ros": func(tx *rueidistx.Tx, i int) {
			rueidistx.Queue(tx, tx.B().Arbitrary("eval_ro", fmt.Sprintf("return %d -- ro", i), "0").Build(), rueidistx.AsInt64)
		},
		"a flush": func(tx *rueidistx.Tx, i int) {
			if i == 260 {
				rueidistx.Queue(tx, tx.B().Arbitrary("script", "flush").Build(), rueidistx.AsString)
			}
		},
	} {
		for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[3]} {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				if strings.Contains(name, "_ro") && !s.Since("7.0") {
					t.Skip("EVAL_RO is of Redis 7.0")
				}
				db := w.Open(t, s.Addr)
				s.Do(t, "SCRIPT", "FLUSH")
				s.Do(t, "DEL", "n", "m")
				again := rueidistx.NewScript("return redis.call('INCR', KEYS[1]) -- again", rueidistx.AsInt64)
				var futures []rueidistx.Future[int64]
				var bystander rueidistx.Future[int64]
				require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					futures = []rueidistx.Future[int64]{again.Queue(tx, []string{"n"})}
					for i := range 520 {
						other(tx, i)
					}
					futures = append(futures, again.Queue(tx, []string{"n"}), again.Queue(tx, []string{"n"}))
					for i := range 1040 {
						if other(tx, -i); i%130 == 0 {
							futures = append(futures, again.Queue(tx, []string{"n"}))
						}
					}
					bystander = tx.Incr("m")
					return nil
				}))
				for i, f := range futures {
					require.EqualValues(t, i+1, f.Must())
				}
				require.EqualValues(t, 1, bystander.Must())
			})
		}
	}
}

// Where the server does not know a script by its digest because its text, earlier in the transaction, was refused, the
// error is that of the text.
func TestScriptThatDoesNotCompileSaysSoAtEachUse(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	bad := rueidistx.NewScript("this is not Lua", rueidistx.AsInt64)
	good := rueidistx.NewScript("return 1 -- beside it", rueidistx.AsInt64)
	ways := map[string]func(tx *rueidistx.Tx) []rueidistx.Future[int64]{
		"twice":   func(tx *rueidistx.Tx) []rueidistx.Future[int64] { return queued(tx, bad, bad) },
		"thrice":  func(tx *rueidistx.Tx) []rueidistx.Future[int64] { return queued(tx, bad, bad, bad) },
		"between": func(tx *rueidistx.Tx) []rueidistx.Future[int64] { return queued(tx, good, bad, good, bad, good, bad) },
	}
	for _, w := range outcometest.Modes() {
		for name, queue := range ways {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				tx := w.Open(t, s.Addr).Atomic()
				futures := queue(tx)
				err := tx.Exec(redistest.Context(t))
				require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
				failed := 0
				for i, f := range futures {
					if f.Err() == nil {
						continue
					}
					failed++
					outcometest.RequireFault(t, f.Err(), i, []string{"EVAL", "EVALSHA"}[min(failed-1, 1)], "compiling script")
					require.NotContains(t, f.Err().Error(), "NOSCRIPT")
				}
				require.NotContains(t, err.Error(), "NOSCRIPT")
				require.Positive(t, failed)
			})
		}
	}
}

func queued(tx *rueidistx.Tx, scripts ...*rueidistx.Script[int64]) (futures []rueidistx.Future[int64]) {
	for _, s := range scripts {
		futures = append(futures, s.Queue(tx, nil))
	}
	return futures
}

// words are errors that rueidis, or this package, would take for the server's.
var words = []string{
	"MOVED 1 %s", "MOVED", "MOVED out of town", "MOVED 1", "MOVED 99999 %s", "MOVEDTO 1 %s", "ASK", "ASK 1 %s", "ASK_LIMIT reached", "ASKING",
	"TRYAGAIN later", "CLUSTERDOWN mine", "LOADING my table", "REDIRECT %s", "READONLY mine", "OOM mine", "NOSCRIPT mine", "EXECABORT mine",
}

// ownWords are ways to run a script, or a function, that counts at key and then answers with an error of its own.
var ownWords = map[string]func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled{
	"Script": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
		return failing.Queue(q, []string{key}, text)
	},
	"raising Script": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
		return raising.Queue(q, []string{key}, text)
	},
	"table of a Script": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
		return tabling.Queue(q, []string{key}, text)
	},
	"decoding Script": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
		return decoding.Queue(q, []string{key}, text)
	},
	"EVAL": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
		return rueidistx.Queue(q, b.Eval().Script(failingText).Numkeys(1).Key(key).Arg(text).Build(), rueidistx.AsInt64)
	},
	"eval, arbitrary": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
		return rueidistx.Queue(q, b.Arbitrary("eval", failingText, "1").Keys(key).Args(text).Build(), rueidistx.AsInt64)
	},
	"EVALSHA": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
		return rueidistx.Queue(q, b.Arbitrary("EVALSHA", failingDigest, "1").Keys(key).Args(text).Build(), rueidistx.AsInt64)
	},
	"FCALL": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
		return rueidistx.Queue(q, b.Fcall().Function("words").Numkeys(1).Key(key).Arg(text).Build(), rueidistx.AsInt64)
	},
	"Function": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
		return saying.Queue(q, []string{key}, text)
	},
	"Function that raises": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
		return crying.Queue(q, []string{key}, text)
	},
}

const (
	failingText = "redis.call('INCR', KEYS[1]); return redis.error_reply(ARGV[1])"
	wordsText   = `#!lua name=words
redis.register_function('words', function(keys, args) redis.call('INCR', keys[1]) return redis.error_reply(args[1]) end)`
)

var (
	failingDigest = fmt.Sprintf("%x", sha1.Sum([]byte(failingText)))
	raising       = rueidistx.NewScript("redis.call('INCR', KEYS[1]); error({err = ARGV[1]})", rueidistx.AsInt64)
	tabling       = rueidistx.NewScript("redis.call('INCR', KEYS[1]); local t = {}; t[ARGV[2] or ('e'..'rr')] = ARGV[1]; return t", rueidistx.AsInt64)
	talk          = rueidistx.NewLibrary("talk", `
redis.register_function('say', function(keys, args) redis.call('INCR', keys[1]) return redis.error_reply(args[1]) end)
redis.register_function('cry', function(keys, args) redis.call('INCR', keys[1]) error({err = args[1]}) end)
redis.register_function{function_name = 'hear', flags = {'no-writes'}, callback = function(_, args) return redis.error_reply(args[1]) end}`)
	saying   = rueidistx.NewFunction(talk, "say", rueidistx.AsInt64)
	crying   = rueidistx.NewFunction(talk, "cry", rueidistx.AsInt64)
	hearing  = rueidistx.NewReadFunction(talk, "hear", rueidistx.AsString)
	decoding = rueidistx.NewScript(`redis.call('INCR', KEYS[1]); return cjson.decode('{"e'..'rr":"'..ARGV[1]..'"}')`, rueidistx.AsInt64)
)

// dialed are the addresses that a client has dialed.
type dialed struct {
	sync.Mutex
	addresses map[string]bool
}

func (d *dialed) dial(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
	d.Lock()
	d.addresses[addr] = true
	d.Unlock()
	return dialer.DialContext(ctx, "tcp", addr)
}

func (d *dialed) all() map[string]bool {
	d.Lock()
	defer d.Unlock()
	return maps.Clone(d.addresses)
}

// What a script or a function says is data: it runs once, nobody dials the address in it, and nothing panics, in a
// goroutine of rueidis's least of all. It was applied, or that is unknown.
func TestWordsOfAScriptAreNeverObeyed(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	for _, s := range c.Nodes {
		if s.Since("7.0") {
			s.Do(t, "FUNCTION", "LOAD", "REPLACE", wordsText)
		}
		s.Do(t, "SCRIPT", "LOAD", failingText)
	}
	for way, db := range clusterWays {
		for name, queue := range ownWords {
			t.Run(way+", "+name, func(t *testing.T) {
				t.Parallel()
				if (name == "FCALL" || strings.HasPrefix(name, "Function")) && !c.Nodes[0].Since("7.0") {
					t.Skip("functions are of Redis 7.0")
				}
				dials := &dialed{addresses: map[string]bool{}}
				option := c.Option()
				option.DialCtxFn = dials.dial
				option.ClusterOption.MaxMovedRedirections = 16
				db := db(t, option)
				ctx := redistest.Context(t)
				elsewhere := redistest.Shared(t).Addr
				for i, text := range words {
					text = strings.ReplaceAll(text, "%s", elsewhere)
					key := redistest.Key(t, fmt.Sprint(i))
					requireOwnWords(t, queue(db.Auto(ctx), db.Client().B(), key, text), text)

					b := db.Batch()
					one := queue(b, b.B(), key, text)
					_ = b.Exec(ctx)
					requireOwnWords(t, one, text)

					b = db.Batch() // over several nodes, with others of its slot before and behind
					before := b.Set(key+"before", "1")
					many := []outcometest.Settled{}
					for _, tag := range []string{"{a}", "{b}", "{c}", "{d}"} {
						b.Get(tag + key)
						many = append(many, queue(b, b.B(), tag+key, text))
					}
					one = queue(b, b.B(), key, text)
					behind := b.Get(key + "before")
					_ = b.Exec(ctx)
					require.NoError(t, before.Err())
					require.Equal(t, "1", behind.Must())
					for _, f := range append(many, one) {
						requireOwnWords(t, f, text)
					}

					tx := db.Atomic()
					one = queue(tx, tx.B(), key, text)
					bystander := tx.Incr(key + "by")
					_ = tx.Exec(ctx)
					require.Error(t, one.Err())
					require.EqualValues(t, 1, bystander.Must())
					n, err := db.Auto(ctx).Get(key).Value()
					require.NoError(t, err)
					require.Equal(t, "4", n, text)
				}
				require.NotContains(t, dials.all(), elsewhere)
			})
		}
	}
}

func requireOwnWords(t *testing.T, f outcometest.Settled, text string) {
	t.Helper()
	require.Error(t, f.Err())
	require.NotErrorIs(t, f.Err(), rueidistx.ErrNotApplied, text)
}

var (
	reading    = rueidistx.NewReadScript("return redis.error_reply(ARGV[1])", rueidistx.AsString)
	readingOwn = map[string]func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled{
		"Script": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
			return reading.Queue(q, []string{key}, text)
		},
		"EVAL_RO": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
			return rueidistx.Queue(q, b.EvalRo().Script("return redis.error_reply(ARGV[1])").Numkeys(1).Key(key).Arg(text).Build(), rueidistx.AsString)
		},
		"FCALL_RO": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
			return rueidistx.Queue(q, b.FcallRo().Function("reads").Numkeys(1).Key(key).Arg(text).Build(), rueidistx.AsString)
		},
		"Function": func(q rueidistx.Queuer, _ rueidis.Builder, key, text string) outcometest.Settled {
			return hearing.Queue(q, []string{key}, text)
		},
		"arbitrary": func(q rueidistx.Queuer, b rueidis.Builder, key, text string) outcometest.Settled {
			return rueidistx.Queue(q, b.Arbitrary("eval_ro", "return redis.error_reply(ARGV[1])", "1").Keys(key).Args(text).ReadOnly(), rueidistx.AsString)
		},
	}
)

// rueidis sends a command that only reads again where the server is loading, or the cluster is down. A script that says so
// is not the server, and neither it nor what is in a Batch with it runs again.
func TestWordsOfAReadOnlyScriptAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	if !redistest.Shared(t).Since("7.0") {
		t.Skip("scripts that only read are of Redis 7.0")
	}
	const reads = `#!lua name=reads
redis.register_function{function_name='reads', flags={'no-writes'}, callback=function(keys, args) return redis.error_reply(args[1]) end}`
	s, c := redistest.Shared(t), redistest.SharedCluster(t)
	for _, node := range append([]*redistest.Server{s}, c.Nodes...) {
		node.Do(t, "FUNCTION", "LOAD", "REPLACE", reads)
	}
	for name, queue := range readingOwn {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, w := range outcometest.Modes() {
				p := through(t, w, s).Warm(t)
				requireNotWaitedFor(t, p.DB, queue, func() (n int) {
					for _, verb := range p.Proxy.Commands() {
						if verb != "GET" {
							n++
						}
					}
					p.Proxy.Reset()
					return n
				})
			}
			f := startFront(t, c)
			requireNotWaitedFor(t, openCluster(t, f.Option()), queue, func() (n int) {
				for _, verb := range []string{"EVALSHA_RO", "EVAL_RO", "FCALL_RO"} {
					n += f.count(verb)
				}
				f.reset()
				return n
			})
		})
	}
}

func requireNotWaitedFor(t *testing.T, db *rueidistx.DB, queue func(rueidistx.Queuer, rueidis.Builder, string, string) outcometest.Settled, sent func() int) {
	t.Helper()
	ctx, key, b := redistest.Context(t), redistest.Key(t, "k"), db.Client().B()
	for _, text := range []string{"LOADING my table", "LOADING", "TRYAGAIN later", "CLUSTERDOWN mine", "MOVED 1 127.0.0.1:1", "mine"} {
		_ = queue(db.Auto(ctx), b, key, text) // now the server knows it
		sent()
		requireOwnWords(t, queue(db.Auto(ctx), b, key, text), text)
		require.Equal(t, 1, sent(), text)
		batch := db.Batch()
		before, one, behind := batch.Get(key), queue(batch, b, key, text), batch.Get(key)
		require.Error(t, batch.Exec(ctx))
		requireOwnWords(t, one, text)
		require.ErrorIs(t, before.Err(), rueidistx.ErrNil)
		require.ErrorIs(t, behind.Err(), rueidistx.ErrNil)
		require.Equal(t, 1, sent(), text)
	}
}

// Of a short transaction on the shared connection, rueidis's ConnLifetime sends the rest again alone when the connection
// expires in the middle, and obeys what that says.
func TestWordsOfAScriptAreNotObeyedWhenTheConnectionExpires(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 1, 0)
	f := startFront(t, c)
	option := f.Option()
	option.AlwaysPipelining, option.ConnLifetime = true, 300*time.Millisecond
	db, err := rueidistx.Open(option, rueidistx.DedicatedTransactions(2))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for _, words := range []string{"OWN", "ASK", "MOVED 1 " + c.Nodes[0].Addr} {
		for _, w := range []ways.Way{ways.Auto, ways.Batch} {
			key := redistest.Key(t, words+w.Name)
			run := func() (f rueidistx.Future[int64]) {
				_ = w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) { f = failing.Queue(c, []string{key}, words) })
				return f
			}
			require.Error(t, run().Err()) // the server knows it then
			f.proxy(c.Nodes[0]).Arm(faultproxy.Fault{
				Command: "EVALSHA", Phase: faultproxy.AfterCommand, Action: faultproxy.Hold, For: 2 * time.Second,
			})
			err := run().Err()
			require.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%s, %s: %v", words, w.Name, err)
			n, err := c.Nodes[0].Do(t, "GET", key).AsInt64()
			require.NoError(t, err)
			require.EqualValues(t, 2, n, "%s, %s", words, w.Name)
		}
	}
}
