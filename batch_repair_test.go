package rueidistx_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// padded returns a script that no server knows yet, with so many bytes of text.
func padded(t *testing.T, size int, body string) *rueidistx.Script[int64] {
	t.Helper()
	script, _ := paddedText(t, size, body)
	return script
}

// paddedText also returns the text.
func paddedText(t *testing.T, size int, body string) (*rueidistx.Script[int64], string) {
	t.Helper()
	text := fmt.Sprintf("%s\n-- %s %d\n", body, redistest.Key(t, ""), time.Now().UnixNano())
	text += "--" + strings.Repeat("x", max(size-len(text), 0))
	return rueidistx.NewScript(text, rueidistx.AsInt64), text
}

const (
	appending = "return redis.call('RPUSH', KEYS[1], ARGV[1])"
	speaking  = "local n = redis.call('RPUSH', KEYS[1], ARGV[1]); if n < 0 then return redis.error_reply('no') end; return n"
)

// requireInOrder expects that each call has appended its number to its key once, and in order.
func requireInOrder(t *testing.T, futures []rueidistx.Future[int64], keys int) {
	t.Helper()
	for i, f := range futures {
		require.EqualValues(t, i/keys+1, f.Must(), "call %d", i)
	}
}

func sentAs(verbs []string, verb string) (n int) {
	for _, v := range verbs {
		if v == verb {
			n++
		}
	}
	return n
}

// A server gets the text of a script once, however many calls there are.
func TestBatchSendsAScriptsTextOnce(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for _, body := range []string{appending, speaking} {
			for _, c := range []struct {
				calls  int
				forgot bool
			}{{2, false}, {2, true}, {redistest.Times(3000, 300), false}, {redistest.Times(3000, 300), true}} {
				t.Run(fmt.Sprintf("%s, %d calls of %.20s, forgot %v", w.Name, c.calls, body, c.forgot), func(t *testing.T) {
					t.Parallel()
					p, key, script := through(t, w, s).Warm(t), redistest.Key(t, "list"), padded(t, 10_000, body)
					calls, digests := c.calls, c.calls-1
					if c.forgot {
						script.Believe(p.DB)
						digests += calls
					}
					b := p.Batch()
					var futures []rueidistx.Future[int64]
					for i := range calls {
						futures = append(futures, script.Queue(b, []string{fmt.Sprint(key, i%2)}, fmt.Sprint(i)))
					}
					require.NoError(t, b.Exec(redistest.Context(t)))
					requireInOrder(t, futures, 2)
					require.Equal(t, 1, sentAs(p.Proxy.Commands(), "EVAL"))
					require.Equal(t, digests, sentAs(p.Proxy.Commands(), "EVALSHA"))
					require.Less(t, p.Proxy.BytesSent(), 11_000+2*calls*300)
				})
			}
		}
	}
}

// In a cluster of three nodes they get a large one with a few texts: up to 128 KiB in the first use, and in the first round
// if they forgot it. It is known which slots are far from each other, and not which are of one node.
func TestBatchSendsAScriptsTextOnceANode(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	calls, keys := redistest.Times(1500, 300), redistest.Times(300, 60)
	node, later := 3, 9 // 3 in the first round, and 6 in a second one
	if keys < 100 {     // or, rarely, one for each slot, of up to 13 that a node without a text has
		node, later = 13, 16
	}
	for way, open := range clusterWays {
		for _, body := range []string{appending, speaking} {
			for i := range 4 {
				uneven, forgot := i%2 == 1, i >= 2
				t.Run(fmt.Sprintf("%s, %.20s, uneven %v, forgot %v", way, body, uneven, forgot), func(t *testing.T) {
					f.reset()
					db, script := open(t, f.Option()), padded(t, 10_000, body)
					all := keysOfNodes(t, f, keys, uneven)
					first := 13
					if forgot {
						script.Believe(db)
						first = 0
					}
					b := db.Batch()
					var futures []rueidistx.Future[int64]
					for i := range calls {
						futures = append(futures, script.Queue(b, []string{all[i%keys]}, fmt.Sprint(i)))
					}
					require.NoError(t, b.Exec(redistest.Context(t)))
					requireInOrder(t, futures, keys)
					bytes := 0
					for _, s := range f.Nodes {
						texts := sentAs(f.proxy(s).Commands(), "EVAL")
						assert.Positive(t, texts)
						assert.LessOrEqual(t, texts, first+node)
						bytes += f.proxy(s).BytesSent()
					}
					require.LessOrEqual(t, f.count("EVAL"), first+later)
					require.Less(t, bytes, (first+later)*10_000+3*calls*300)
				})
			}
		}
	}
}

// keysOfNodes returns n keys, those of the first node and, uneven, one of each of the others; else of all alike.
func keysOfNodes(t *testing.T, f *front, n int, uneven bool) (keys []string) {
	t.Helper()
	prefix := strings.Trim(redistest.Key(t, ""), "{}:")
	seen := map[*redistest.Server]int{}
	owner := f.Owners()
	for i := 0; len(keys) < n; i++ {
		key := fmt.Sprint(prefix, i)
		if uneven {
			owner := owner(f.Slot(key))
			if seen[owner]++; owner != f.Nodes[0] && seen[owner] > 1 {
				continue
			}
		}
		keys = append(keys, key)
	}
	return keys
}

// Scripts of one call each take no further round trip, as do short ones; and one more if their servers forgot them.
func TestBatchRepairsOrdinaryScriptsInOneRoundTrip(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]rueidis.ClientOption{
		"single":  outcometest.ClientModes[0].Option(redistest.Shared(t).Addr),
		"cluster": redistest.SharedCluster(t).Option(),
	} {
		for _, trips := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d round trips", name, trips), func(t *testing.T) {
				t.Parallel()
				client, err := rueidis.NewClient(option)
				require.NoError(t, err)
				t.Cleanup(client.Close)
				wrapper := wrap(client)
				db, prefix := rueidistx.New(wrapper), strings.Trim(redistest.Key(t, ""), "{}:")
				b := db.Batch()
				short := padded(t, 0, appending)
				var futures []rueidistx.Future[int64]
				for i := range redistest.Times(20, 5) {
					long := padded(t, 30_000, appending)
					if trips == 2 {
						long.Believe(db)
						short.Believe(db)
					}
					futures = append(futures, long.Queue(b, []string{fmt.Sprint(prefix, i)}, ""))
					futures = append(futures, short.Queue(b, []string{fmt.Sprint(prefix, "short", i)}, ""))
				}
				require.NoError(t, b.Exec(redistest.Context(t)))
				require.EqualValues(t, trips, wrapper.calls.Load())
				for _, f := range futures {
					require.EqualValues(t, 1, f.Must())
				}
			})
		}
	}
}

// The texts go in chunks, too.
func TestBatchRepairsLargeTextsInChunks(t *testing.T) {
	redistest.Long(t) // it takes long to look at such texts
	t.Parallel()
	client, err := rueidis.NewClient(outcometest.ClientModes[0].Option(redistest.Shared(t).Addr))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	wrapper := wrap(client)
	wrapper.before = func(_ int, commands []rueidis.Completed) {
		size := 0
		for _, c := range commands {
			size += len(strings.Join(c.Commands(), ""))
		}
		require.LessOrEqual(t, size, chunkBytes)
	}
	db, key := rueidistx.New(wrapper), redistest.Key(t, "list")
	b := db.Batch()
	var futures []rueidistx.Future[int64]
	for range 2 {
		script := padded(t, 600_000, appending)
		script.Believe(db)
		futures = append(futures, script.Queue(b, []string{key}, ""))
	}
	require.NoError(t, b.Exec(redistest.Context(t)))
	requireInOrder(t, futures, 1)
	require.EqualValues(t, 1+2, wrapper.calls.Load())
}

// More scripts than a server remembers (Redis 8.0 and Valkey 8.1 keep 500 that came by EVAL) are sent again until each has
// run, and none runs twice.
func TestBatchOfMoreScriptsThanAServerRemembers(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t)
	const scripts, rounds = 600, 10
	var list []*rueidistx.Script[int64]
	for range scripts {
		list = append(list, padded(t, 2_000, appending))
	}
	for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[3]} {
		t.Run(w.Name, func(t *testing.T) {
			s.Do(t, "SCRIPT", "FLUSH")
			p, key := through(t, w, s).Warm(t), redistest.Key(t, "list")
			b := p.Batch()
			var futures []rueidistx.Future[int64]
			for range rounds {
				for i, script := range list {
					futures = append(futures, script.Queue(b, []string{fmt.Sprint(key, i)}, ""))
				}
			}
			require.NoError(t, b.Exec(redistest.Context(t)))
			requireInOrder(t, futures, scripts)
			texts := sentAs(p.Proxy.Commands(), "EVAL")
			t.Logf("%s: %d texts, %d bytes", s.Name(), texts, p.Proxy.BytesSent())
			require.LessOrEqual(t, texts, scripts+rounds*(scripts-500))
		})
	}
}

// A server may forget a script at any time.
func TestBatchedScriptsRunOnceUnderScriptFlush(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	const workers, batches, calls = 4, 10, 250
	shared := padded(t, 2_000, appending)
	ctx := redistest.Context(t)
	var working sync.WaitGroup
	for worker := range workers {
		own := padded(t, 2_000, appending+fmt.Sprintf("-- %d", worker))
		db := outcometest.ClientModes[worker%len(outcometest.ClientModes)].Open(t, s.Addr)
		working.Go(func() {
			for batch := range batches {
				b := db.Batch()
				var ordered []rueidistx.Future[int64]
				for range calls {
					ordered = append(ordered, own.Queue(b, []string{fmt.Sprint("ordered", worker)}, ""))
					shared.Queue(b, []string{"unordered"}, "")
				}
				if !assert.NoError(t, b.Exec(ctx)) {
					return
				}
				for i, f := range ordered { // nobody else loads that script, so its calls keep their order
					assert.EqualValues(t, batch*calls+i+1, f.Must())
				}
			}
		})
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.Tick(200 * time.Microsecond); ; {
			select {
			case <-tick:
				_, err := s.TryDo("SCRIPT", "FLUSH")
				assert.NoError(t, err)
			case <-stop:
				return
			}
		}
	}()
	working.Wait()
	close(stop)
	<-stopped
	require.Equal(t, int64(workers*batches*calls), must(s.Do(t, "LLEN", "unordered").AsInt64()))
	t.Logf("%d times the server did not know a script", scriptMisses(t, s))
}

// Calls keep their order, also among several scripts, outside clusters.
func TestBatchRepairsScriptsInOrder(t *testing.T) {
	t.Parallel()
	db, key := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr), redistest.Key(t, "list")
	scripts := []*rueidistx.Script[int64]{padded(t, 10_000, appending), padded(t, 9_000, speaking), padded(t, 0, appending)}
	for _, script := range scripts {
		script.Believe(db)
	}
	b := db.Batch()
	var futures []rueidistx.Future[int64]
	for i := range 300 {
		futures = append(futures, scripts[i%7%3].Queue(b, []string{key}, ""))
	}
	require.NoError(t, b.Exec(redistest.Context(t)))
	requireInOrder(t, futures, 1)
}

// The calls of a script whose text the server refuses get that error, without the text being sent for each of them.
func TestBatchedScriptThatIsRefusedSaysSoAtEachCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body, message string
		given               []string
		texts               int
		forgot              bool
	}{
		{"does not compile", "this is not Lua", "compiling script", nil, 2, false},
		{"does not compile", "this is not Lua", "compiling script", nil, 1, true},
		{"does not compile, and could speak", "this is not Lua; redis.error_reply('no')", "compiling script", nil, 7, false},
		{"does not compile, and could speak", "this is not Lua; redis.error_reply('no')", "compiling script", nil, 6, true},
		{"EVAL is not allowed", appending, "NOPERM", []string{"ACL", "SETUSER", "default", "-eval"}, 1, true},
		{"out of memory", "#!lua\n" + appending, "OOM", []string{"CONFIG", "SET", "maxmemory", "1"}, 7, false},
		{"out of memory", "#!lua\n" + appending, "OOM", []string{"CONFIG", "SET", "maxmemory", "1"}, 6, true},
	} {
		for _, w := range outcometest.Modes() {
			t.Run(fmt.Sprintf("%s, %s, forgot %v", c.name, w.Name, c.forgot), func(t *testing.T) {
				t.Parallel()
				s := redistest.Shared(t)
				if c.given != nil {
					s = redistest.Start(t)
				}
				p, key, script := through(t, w, s).Warm(t), redistest.Key(t, "list"), padded(t, 10_000, c.body)
				if c.given != nil {
					s.Do(t, c.given...)
				}
				digests := 200*c.texts - c.texts*(c.texts+1)/2
				if c.forgot {
					script.Believe(p.DB)
					digests += 200
				}
				b := p.Batch()
				before := b.Exists("before")
				var futures []rueidistx.Future[int64]
				for range 200 {
					futures = append(futures, script.Queue(b, []string{key}, ""))
				}
				after := b.Exists("after")
				require.Error(t, b.Exec(redistest.Context(t)))
				require.Equal(t, []int64{0, 0}, []int64{before.Must(), after.Must()})
				sent := p.Proxy.Commands()
				require.Equal(t, c.texts, sentAs(sent, "EVAL"))
				require.Equal(t, digests, sentAs(sent, "EVALSHA"))
				for i, f := range futures {
					name := "EVAL"
					if i >= c.texts {
						name = "EVALSHA"
						outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
					}
					outcometest.RequireFault(t, f.Err(), i+1, name, c.message)
				}
			})
		}
	}
}

// A refusal that is about the keys of one call is that call's own.
func TestBatchedScriptIsRefusedForItsKeyOnly(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "ACL", "SETUSER", "default", "resetkeys", "~yours*", "~warm")
	p, script := through(t, outcometest.ClientModes[0], s).Warm(t), padded(t, 10_000, appending)
	b := p.Batch()
	var mine, yours []rueidistx.Future[int64]
	for i := range 100 {
		if i < 20 || i%2 == 0 {
			mine = append(mine, script.Queue(b, []string{"mine"}, ""))
		} else {
			yours = append(yours, script.Queue(b, []string{"yours"}, ""))
		}
	}
	require.Error(t, b.Exec(redistest.Context(t)))
	requireInOrder(t, yours, 1)
	for _, f := range mine {
		outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
		require.ErrorContains(t, f.Err(), "NOPERM")
	}
}

// Between two rounds the context counts.
func TestNoRoundBeginsWhenTheContextHasEnded(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			client, err := rueidis.NewClient(w.Option(s.Addr))
			require.NoError(t, err)
			t.Cleanup(client.Close)
			ctx, cancel := context.WithCancel(redistest.Context(t))
			defer cancel()
			wrapper := wrap(client)
			wrapper.after = func(call int, _ []rueidis.Completed) {
				if call == 2 {
					cancel()
				}
			}
			script, key := padded(t, 10_000, "this is not Lua; redis.error_reply('no')"), redistest.Key(t, "n")
			db := rueidistx.New(wrapper)
			script.Believe(db)
			b := db.Batch()
			var futures []rueidistx.Future[int64]
			for range 10 {
				futures = append(futures, script.Queue(b, []string{key}, ""))
			}
			require.Error(t, b.Exec(ctx))
			require.EqualValues(t, 2, wrapper.calls.Load())
			outcometest.RequireFault(t, futures[0].Err(), 0, "EVAL", "compiling script")
			for i, f := range futures[1:] {
				outcometest.RequireFault(t, f.Err(), i+1, "EVALSHA", "NOSCRIPT")
			}
		})
	}
}

// What has had another answer than NOSCRIPT, or none, is not sent again.
func TestLostRoundIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	const calls = 10
	for _, w := range outcometest.Modes() {
		for _, nth := range []int{calls + 1, calls + 5, 2*calls - 1} { // EVALSHAs behind the text
			for _, phase := range []faultproxy.Phase{faultproxy.BeforeCommand, faultproxy.AfterCommand} {
				t.Run(fmt.Sprintf("%s, EVALSHA %d, %v", w.Name, nth, phase), func(t *testing.T) {
					t.Parallel()
					p, key, script := through(t, w, s).Warm(t), redistest.Key(t, "list"), padded(t, 10_000, appending)
					script.Believe(p.DB)
					p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Nth: nth, Phase: phase})
					b := p.Batch()
					var futures []rueidistx.Future[int64]
					for i := range calls {
						futures = append(futures, script.Queue(b, []string{key}, fmt.Sprint(i)))
					}
					err := b.Exec(redistest.Context(t))
					require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), "%v", err)
					outcometest.RequireUsable(t, p.DB)
					require.Equal(t, 1, sentAs(p.Proxy.Commands(), "EVAL"))
					ran, err := s.Do(t, "LRANGE", key, "0", "-1").AsStrSlice()
					require.NoError(t, err)
					require.Equal(t, len(ran), len(slices.Compact(slices.Clone(ran))))
					for i, f := range futures {
						require.True(t, outcometest.Agrees(f.Err(), slices.Contains(ran, fmt.Sprint(i))), "call %d: %v", i, f.Err())
					}
				})
			}
		}
	}
}

// A script that a server refuses has had its answer: the chunks behind it are sent.
func TestRefusedScriptDoesNotStopABatch(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	user := "u" + strings.Trim(redistest.Key(t, ""), "{}:")
	for _, s := range c.Nodes {
		s.Do(t, "ACL", "SETUSER", user, "on", "nopass", "~*", "&*", "+@all", "-eval", "-evalsha")
	}
	option := c.Option()
	option.Username, option.Password = user, "any"
	db, key := openCluster(t, option), redistest.Key(t, "n")
	b := db.Batch(rueidistx.Chunk(1))
	refused, then := padded(t, 0, speaking).Queue(b, []string{key}), b.Incr(key)
	err := b.Exec(redistest.Context(t))
	var batch *rueidistx.BatchError
	require.ErrorAs(t, err, &batch)
	require.Equal(t, []int{2, 1, 2, 2}, []int{batch.Total, batch.Failed, batch.Answered, batch.Sent})
	outcometest.RequireVerdict(t, refused.Err(), rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
	require.EqualValues(t, 1, then.Must())
}
