package rueidistx_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// paddedRead is padded for a script that only reads.
func paddedRead(t *testing.T) *rueidistx.ReadScript[string] {
	t.Helper()
	text := fmt.Sprintf("return redis.call('GET', KEYS[1]) -- %s %d", redistest.Key(t, ""), time.Now().UnixNano())
	return rueidistx.NewReadScript(text, rueidistx.AsString)
}

const (
	exclaiming = "redis.call('APPEND', KEYS[1], '!'); return redis.call('STRLEN', KEYS[1])"
	objecting  = "redis.call('APPEND', KEYS[1], '!'); if ARGV[1] then return redis.error_reply('no') end; return redis.call('STRLEN', KEYS[1])"
)

// batchings are the ways to execute a Batch.
var batchings = map[string]func(ctx context.Context, db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error{
	"Batch": func(ctx context.Context, db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error {
		b := db.Batch()
		_ = fill(b)
		return b.Exec(ctx)
	},
	"Batch of chunks": func(ctx context.Context, db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error {
		b := db.Batch(rueidistx.Chunk(7))
		_ = fill(b)
		return b.Exec(ctx)
	},
	"Execute in chunks": func(ctx context.Context, db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error {
		return db.Execute(ctx, fill, rueidistx.Chunk(7))
	},
}

// requireOrder executes Batches whose answers depend on whether each script runs in its turn. The servers do not know the
// scripts before the first one.
func requireOrder(t *testing.T, db *rueidistx.DB, body string, reads bool, execute func(context.Context, *rueidistx.DB, func(*rueidistx.Batch) error) error) {
	t.Helper()
	prefix := strings.Trim(redistest.Key(t, ""), "{}:")
	script, peek := padded(t, 0, body), paddedRead(t)
	for round := range 2 {
		var lengths []rueidistx.Future[int64]
		var seen []rueidistx.Future[string]
		require.NoError(t, execute(redistest.Context(t), db, func(b *rueidistx.Batch) error {
			for i := range 30 {
				key := []string{fmt.Sprint(prefix, i%20)}
				b.Set(key[0], "a")
				lengths = append(lengths, script.Queue(b, key))
				seen = append(seen, b.Get(key[0]))
				if reads {
					seen = append(seen, peek.Queue(b, key))
				}
				b.Set(key[0], "a!")
				script.Queue(b, key)
				b.Del(key[0])
			}
			return nil
		}))
		for i, f := range lengths {
			require.EqualValues(t, 2, f.Must(), "round %d, script %d", round, i)
		}
		for i, f := range seen {
			require.Equal(t, "a!", f.Or("-"), "round %d, read %d", round, i)
		}
	}
}

// A script runs in its turn, whether or not its server knows it.
func TestBatchKeepsItsOrderWithUnknownScripts(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for name, execute := range batchings {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				requireOrder(t, w.Open(t, s.Addr), exclaiming, s.Since("7.0"), execute)
				requireOrder(t, w.Open(t, s.Addr), objecting, s.Since("7.0"), execute)
			})
		}
	}
}

func TestBatchKeepsItsOrderWithUnknownScriptsInACluster(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	for way, open := range clusterWays {
		for _, resp2 := range []bool{false, true} {
			for name, execute := range batchings {
				t.Run(fmt.Sprintf("%s, %s, RESP2 %v", way, name, resp2), func(t *testing.T) {
					t.Parallel()
					option := c.Option()
					option.AlwaysRESP2, option.DisableCache = resp2, resp2
					requireOrder(t, open(t, option), exclaiming, c.Nodes[0].Since("7.0"), execute)
					requireOrder(t, open(t, option), objecting, c.Nodes[0].Since("7.0"), execute)
				})
			}
		}
	}
}

// A flush that the Batch itself has queued is taken into account.
func TestBatchKeepsItsOrderAfterItsOwnScriptFlush(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	script := padded(t, 0, exclaiming)
	for round := range 2 {
		b := db.Batch()
		first := script.Queue(b, []string{"k"})
		rueidistx.Queue(b, b.B().Arbitrary("script", "flush").Build(), rueidistx.AsDone)
		second := script.Queue(b, []string{"k"})
		b.Del("k")
		require.NoError(t, b.Exec(redistest.Context(t)))
		require.Equal(t, []int64{1, 2}, []int64{first.Must(), second.Must()}, "round %d", round)
		require.EqualValues(t, 0, must(s.Do(t, "EXISTS", "k").AsInt64()), "round %d", round)
	}
	require.Zero(t, scriptMisses(t, s))
}

// After a NOSCRIPT that was not repaired, the text is sent again with the first use, and after one that was, the digest.
func TestBatchSendsTheTextAgainAfterNoScript(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, ended := range []bool{false, true} {
		t.Run(fmt.Sprintf("the context had ended %v", ended), func(t *testing.T) {
			client, err := rueidis.NewClient(outcometest.ClientModes[0].Option(s.Addr))
			require.NoError(t, err)
			t.Cleanup(client.Close)
			wrapper, script, keys := wrap(client), padded(t, 0, exclaiming), []string{redistest.Key(t, "k")}
			var sent []string
			ctx, cancel := context.WithCancel(redistest.Context(t))
			defer cancel()
			wrapper.before = func(_ int, commands []rueidis.Completed) { sent = append(sent, commands[0].Commands()[0]) }
			wrapper.after = func(int, []rueidis.Completed) {
				if ended {
					cancel()
				}
			}
			db := rueidistx.New(wrapper)
			script.Believe(db)
			run := func(ctx context.Context) error {
				b := db.Batch()
				script.Queue(b, keys)
				return b.Exec(ctx)
			}
			_ = run(ctx)
			require.NoError(t, run(redistest.Context(t)))
			want := []string{"EVALSHA", "EVAL", "EVALSHA"}
			if ended {
				want = []string{"EVALSHA", "EVAL"}
			}
			require.Equal(t, want, sent)
		})
	}
}

func TestBatchSendsTheTextAgainAfterALostOne(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, script, keys := through(t, w, redistest.Shared(t)).Warm(t), padded(t, 0, exclaiming), []string{redistest.Key(t, "k")}
			script.Believe(p.DB)
			p.Proxy.Arm(faultproxy.Fault{Command: "EVAL", Phase: faultproxy.BeforeCommand})
			run := func() (n rueidistx.Future[int64], err error) {
				b := p.Batch()
				n = script.Queue(b, keys)
				return n, b.Exec(redistest.Context(t))
			}
			_, err := run()
			require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
			outcometest.RequireUsable(t, p.DB)
			p.Proxy.Reset()
			n, err := run()
			require.NoError(t, err)
			require.EqualValues(t, 1, n.Must())
			require.Equal(t, []string{"EVAL"}, p.Proxy.Commands())
		})
	}
}

// What Run has learned, Batches know.
func TestBatchAfterRunSendsTheDigest(t *testing.T) {
	t.Parallel()
	f := startFront(t, redistest.SharedCluster(t))
	db, script, keys := openCluster(t, f.Option()), padded(t, 0, exclaiming), keysOfNodes(t, f, 2, false)
	_, err := script.Run(redistest.Context(t), db, keys[:1])
	require.NoError(t, err)
	for _, want := range []struct{ texts, digests int }{{0, 1}, {1, 0}} { // for the slot, and for another one
		f.reset()
		b := db.Batch()
		script.Queue(b, keys[want.texts:][:1])
		require.NoError(t, b.Exec(redistest.Context(t)))
		require.Equal(t, want.texts, f.count("EVAL"))
		require.Equal(t, want.digests, f.count("EVALSHA"))
	}
}

// A script whose slot has another primary now runs once all the same, and from then on in its turn.
func TestBatchAfterTheSlotOfAScriptMoved(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	c := redistest.StartCluster(t, 3, 0)
	db, script, keys := openCluster(t, c.Option()), padded(t, 0, exclaiming), []string{"k"}
	slot := c.Slot("k")
	for round := range 4 {
		b := db.Batch()
		n := script.Queue(b, keys)
		length := b.StrLen("k")
		require.NoError(t, b.Exec(redistest.Context(t)))
		require.EqualValues(t, round+1, n.Must())
		if round != 2 { // when it ran after the other command
			require.EqualValues(t, round+1, length.Must())
		}
		if round == 1 {
			c.MoveSlot(t, slot, c.Nodes[(slices.Index(c.Nodes, c.Owner(slot))+1)%3])
		}
	}
	require.EqualValues(t, 4, must(c.Owner(slot).Do(t, "STRLEN", "k").AsInt64()))
}

// Load does not reach replicas: a script that runs there is sent by its text then.
func TestBatchOfAScriptOnAReplica(t *testing.T) {
	t.Parallel()
	primary, replica := withReplica(t)
	if !primary.Since("7.0") {
		t.Skip("scripts that only read need Redis 7.0")
	}
	db, err := rueidistx.Open(rueidis.ClientOption{
		InitAddress:    []string{primary.Addr},
		Standalone:     rueidis.StandaloneOption{ReplicaAddress: []string{replica.Addr}},
		SendToReplicas: func(c rueidis.Completed) bool { return c.IsReadOnly() },
	})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	peek := paddedRead(t)
	require.NoError(t, peek.Load(redistest.Context(t), db))
	primary.Do(t, "SET", "k", "value")
	primary.Do(t, "WAIT", "1", "0")
	for range 2 {
		b := db.Batch()
		value := peek.Queue(b, []string{"k"})
		require.NoError(t, b.Exec(redistest.Context(t)))
		require.Equal(t, "value", value.Must())
	}
	require.Equal(t, 1, scriptMisses(t, replica))
	require.Zero(t, scriptMisses(t, primary))
}
