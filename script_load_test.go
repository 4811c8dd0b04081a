package rueidistx_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// After Load, no primary has to be told the text.
func TestLoadMakesAllPrimariesKnowAScript(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	for way, open := range clusterWays {
		for _, body := range []string{appending, speaking} {
			t.Run(fmt.Sprintf("%s, %.20s", way, body), func(t *testing.T) {
				f.reset()
				db, script := open(t, f.Option()), padded(t, 10_000, body)
				require.NoError(t, script.Load(redistest.Context(t), db))
				require.Equal(t, 3, f.count("SCRIPT"))
				require.NoError(t, script.Load(redistest.Context(t), db), "again")
				keys := keysOfNodes(t, f, 60, false)
				b := db.Batch()
				var futures []rueidistx.Future[int64]
				for _, key := range keys {
					futures = append(futures, script.Queue(b, []string{key}, ""))
				}
				require.NoError(t, b.Exec(redistest.Context(t)))
				requireInOrder(t, futures, len(keys))
				for _, key := range keys[:20] {
					n, err := script.Run(redistest.Context(t), db, []string{key}, "")
					require.NoError(t, err)
					require.EqualValues(t, 2, n)
				}
				require.Zero(t, f.count("EVAL"))
				require.Equal(t, len(keys)+20, f.count("EVALSHA"))
			})
		}
	}
}

func TestLoadTakesOneRoundTrip(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			p, script, peek := through(t, w, s).Warm(t), padded(t, 0, appending), paddedRead(t)
			require.NoError(t, script.Load(redistest.Context(t), p.DB))
			require.Equal(t, []string{"SCRIPT"}, p.Proxy.Commands())
			key := redistest.Key(t, "list")
			b := p.Batch()
			f := script.Queue(b, []string{key}, "")
			require.NoError(t, b.Exec(redistest.Context(t)))
			require.EqualValues(t, 1, f.Must())
			require.Equal(t, []string{"SCRIPT", "EVALSHA"}, p.Proxy.Commands())

			require.NoError(t, peek.Load(redistest.Context(t), p.DB))
			if !s.Since("7.0") {
				return
			}
			b = p.Batch()
			peek.Queue(b, []string{redistest.Key(t, "none")})
			require.NoError(t, b.Exec(redistest.Context(t)))
			require.Equal(t, []string{"SCRIPT", "EVALSHA", "SCRIPT", "EVALSHA_RO"}, p.Proxy.Commands())
		})
	}
}

func TestLoadFails(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	var none *rueidistx.Script[int64]
	var noneThatReads *rueidistx.ReadScript[int64]
	script, ctx := padded(t, 0, appending), redistest.Context(t)
	for name, err := range map[string]error{
		"nil":              none.Load(ctx, db),
		"nil, reads":       noneThatReads.Load(ctx, db),
		"zero":             new(rueidistx.Script[int64]).Load(ctx, db),
		"zero, reads":      new(rueidistx.ReadScript[int64]).Load(ctx, db),
		"nil DB":           script.Load(ctx, nil),
		"zero DB":          script.Load(ctx, new(rueidistx.DB)),
		"nil DB, no Lua":   rueidistx.NewScript("no Lua", rueidistx.AsInt64).Load(ctx, nil),
		"nil DB and reads": paddedRead(t).Load(ctx, nil),
	} {
		require.ErrorIs(t, err, rueidistx.ErrInvalid, name)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	outcometest.RequireVerdict(t, script.Load(ended, db), rueidistx.NotApplied, rueidistx.ErrNotSent, context.Canceled)

	err := rueidistx.NewScript("return\nsecret is not Lua", rueidistx.AsInt64).Load(ctx, db)
	outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
	var nodes *rueidistx.NodesError
	require.ErrorAs(t, err, &nodes)
	require.ErrorContains(t, err, "compiling script")
	require.ErrorContains(t, err, "at line 2")
	require.NotContains(t, err.Error(), "secret")
}

// If Load has failed on one primary, the texts are still sent.
func TestLoadFailsOnOneNode(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	user := "u" + strings.Trim(redistest.Key(t, ""), "{}:")
	for i, s := range f.Nodes {
		s.Do(t, "ACL", "SETUSER", user, "on", "nopass", "~*", "+@all")
		if i == 0 {
			s.Do(t, "ACL", "SETUSER", user, "-script")
		}
	}
	option := f.Option()
	option.Username, option.Password = user, "any"
	db, script := openCluster(t, option), padded(t, 0, appending)
	var nodes *rueidistx.NodesError
	require.ErrorAs(t, script.Load(redistest.Context(t), db), &nodes)
	require.Equal(t, 3, nodes.Total)
	require.Len(t, nodes.Errs, 1)
	require.Equal(t, f.Nodes[0].Addr, nodes.Errs[0].Addr)
	keys := keysOfNodes(t, f, 20, false)
	b := db.Batch()
	for _, key := range keys {
		script.Queue(b, []string{key}, "")
	}
	require.NoError(t, b.Exec(redistest.Context(t)))
	require.Equal(t, len(keys), f.count("EVAL"))
	require.Zero(t, f.count("EVALSHA"))
}

// A server keeps what was loaded, however many other texts it is sent.
func TestLoadedScriptsStay(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p, script := through(t, outcometest.ClientModes[0], s).Warm(t), padded(t, 0, appending)
	require.NoError(t, script.Load(redistest.Context(t), p.DB))
	b := p.Batch()
	for i := range 1_000 {
		rueidistx.NewScript(fmt.Sprint("return ", i), rueidistx.AsInt64).Queue(b, nil)
	}
	require.NoError(t, b.Exec(redistest.Context(t)))
	other := outcometest.ClientModes[0].Open(t, s.Addr)
	script.Believe(other)
	b = other.Batch()
	script.Queue(b, []string{"list"}, "")
	require.NoError(t, b.Exec(redistest.Context(t)))
	require.Zero(t, scriptMisses(t, s))
}

// Scripts that a user may only run by their digests are not lost by a text that is refused.
func TestBatchOfAUserWithoutEval(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "ACL", "SETUSER", "default", "-eval")
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			p, keys := through(t, w, s).Warm(t), []string{redistest.Key(t, "list")}
			script, text := paddedText(t, 0, appending)
			s.Do(t, "SCRIPT", "LOAD", text)
			for range 3 {
				b := p.Batch()
				for range 2 {
					script.Queue(b, keys, "")
				}
				require.NoError(t, b.Exec(redistest.Context(t)))
			}
			require.EqualValues(t, 6, must(s.Do(t, "LLEN", keys[0]).AsInt64()))
			require.Equal(t, 1, sentAs(p.Proxy.Commands(), "EVAL"))

			never := padded(t, 0, appending) // loaded by nobody
			b := p.Batch()
			f := never.Queue(b, keys, "")
			require.Error(t, b.Exec(redistest.Context(t)))
			outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrRejected, rueidistx.ErrService)
			outcometest.RequireFault(t, f.Err(), 0, "EVAL", "NOPERM")
		})
	}
}

// TestOrderOfABatchOfAUserWithoutEval runs the call whose text was refused last.
func TestOrderOfABatchOfAUserWithoutEval(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "ACL", "SETUSER", "default", "-eval")
	db := outcometest.Modes()[0].Open(t, s.Addr)
	const text = `return redis.call('APPEND', KEYS[1], ARGV[1])`
	s.Do(t, "SCRIPT", "LOAD", text)
	script, key := rueidistx.NewScript(text, rueidistx.AsInt64), redistest.Key(t, "text")
	for _, want := range []string{"21", "2112"} {
		b := db.Batch()
		script.Queue(b, []string{key}, "1")
		script.Queue(b, []string{key}, "2")
		require.NoError(t, b.Exec(redistest.Context(t)))
		require.Equal(t, want, db.Auto(redistest.Context(t)).Get(key).Must())
	}
}

// One with a way to return an error of its own may have made up the refusal, so it is not sent again.
func TestBatchOfAUserWithoutEvalAndAScriptThatMayPretendSo(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Do(t, "ACL", "SETUSER", "default", "-eval")
	p, keys := through(t, outcometest.ClientModes[0], s).Warm(t), []string{"list"}
	for i := range 3 {
		script, text := paddedText(t, 0, speaking)
		s.Do(t, "SCRIPT", "LOAD", text)
		b := p.Batch()
		first := script.Queue(b, keys, "")
		second := script.Queue(b, keys, "")
		_ = b.Exec(redistest.Context(t))
		require.NoError(t, second.Err())
		require.Equal(t, i == 0, first.Err() != nil, "script %d: %v", i, first.Err())
	}
	require.Equal(t, 1, sentAs(p.Proxy.Commands(), "EVAL"))

	s.Do(t, "ACL", "SETUSER", "default", "+eval")
	for _, want := range [][]string{{"EVALSHA", "EVAL"}, {"EVAL"}} { // texts are sent again once one was accepted
		p.Proxy.Reset()
		b := p.Batch()
		padded(t, 0, speaking).Queue(b, keys, "")
		require.NoError(t, b.Exec(redistest.Context(t)))
		require.Equal(t, want, p.Proxy.Commands())
	}
}

// An EVAL is run once, even if its script makes up the words of a server that does not know a digest.
func TestTextWithTheServersNoScriptRunsOnce(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, message := range []string{"NOSCRIPT No matching script.", "NOSCRIPT No matching script. Please use EVAL."} {
		db, key := outcometest.ClientModes[0].Open(t, s.Addr), redistest.Key(t, "list")
		b := db.Batch()
		f := padded(t, 0, "redis.call('RPUSH', KEYS[1], 'x'); return redis.error_reply(ARGV[1])").Queue(b, []string{key}, message)
		require.Error(t, b.Exec(redistest.Context(t)))
		require.ErrorIs(t, f.Err(), rueidistx.ErrService)
		require.EqualValues(t, 1, must(s.Do(t, "LLEN", key).AsInt64()))
		s.Do(t, "DEL", key)
	}
}

// Every call runs once while the nodes of a cluster forget scripts, and are told them again.
func TestScriptsRunOnceUnderScriptFlushInACluster(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0)
	const workers, keys = 4, 20
	rounds := redistest.Times(40, 10)
	scripts := []*rueidistx.Script[int64]{padded(t, 2_000, appending), padded(t, 2_000, speaking)}
	ctx := redistest.Context(t)
	var working sync.WaitGroup
	for range workers {
		db := openCluster(t, c.Option())
		working.Go(func() {
			for round := range rounds {
				script := scripts[round%2]
				if round%5 == 0 {
					assert.NoError(t, script.Load(ctx, db))
				}
				b := db.Batch()
				for i := range keys {
					script.Queue(b, []string{fmt.Sprint("k", i)}, "batch")
				}
				assert.NoError(t, b.Exec(ctx))
				_, err := script.Run(ctx, db, []string{fmt.Sprint("k", round%keys)}, "run")
				assert.NoError(t, err)
				assert.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error {
					for range 2 {
						script.Queue(tx, []string{"k0"}, "tx")
					}
					return nil
				}))
			}
		})
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.Tick(2 * time.Millisecond); ; {
			select {
			case <-tick:
				for _, s := range c.Nodes {
					_, err := s.TryDo("SCRIPT", "FLUSH")
					assert.NoError(t, err)
				}
			case <-stop:
				return
			}
		}
	}()
	working.Wait()
	close(stop)
	<-stopped
	total, misses := 0, 0
	for i := range keys {
		key := fmt.Sprint("k", i)
		total += int(must(c.Owner(c.Slot(key)).Do(t, "LLEN", key).AsInt64()))
	}
	for _, s := range c.Nodes {
		misses += scriptMisses(t, s)
	}
	require.Equal(t, workers*rounds*(keys+1+2), total)
	t.Logf("%d times a node did not know a script", misses)
	if c.Nodes[0].Since("6.2") { // which counts errors
		require.Positive(t, misses)
	}
}

// What a Batch of 100 calls sends in a cluster: a text for each slot at first, if that is not more than 128 KiB, and later
// the digests.
func TestBytesOfBatchedScripts(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	for _, c := range []struct{ size, slots, texts int }{
		{1 << 10, 100, 100}, {1 << 10, 1, 1}, {10_000, 100, 13 + 3}, {200_000, 100, 1 + 3},
	} {
		t.Run(fmt.Sprintf("%d bytes for %d slots", c.size, c.slots), func(t *testing.T) {
			f.reset()
			db, script, before := openCluster(t, f.Option()), padded(t, c.size, appending), 0
			keys := keysOfNodes(t, f, c.slots, false)
			for round := range 2 {
				b := db.Batch()
				for i := range 100 {
					script.Queue(b, []string{keys[i%len(keys)]}, "")
				}
				require.NoError(t, b.Exec(redistest.Context(t)))
				bytes := -before
				for _, s := range f.Nodes {
					bytes += f.proxy(s).BytesSent()
				}
				before += bytes
				t.Logf("Batch %d: %d bytes, by then %d texts", round, bytes, f.count("EVAL"))
				most := 100 * 200
				if round == 0 {
					require.LessOrEqual(t, f.count("EVAL"), c.texts)
					most += c.texts*(c.size+100) + 100*200
				}
				require.Less(t, bytes, most)
			}
			require.LessOrEqual(t, f.count("EVAL"), c.texts, "the second one sends digests only")
		})
	}
}
