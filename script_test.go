package rueidistx_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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

// Each run answers with a number of its own, so that a run too many or one whose answer went to another caller is seen.
func TestScriptsRunOnceUnderScriptFlush(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	const workers, rounds = 8, 125 // of ten runs each
	s := redistest.Start(t)
	keys := []string{"n"}
	answers := make([][]int64, workers)
	var working sync.WaitGroup
	for worker := range workers {
		db := outcometest.ClientModes[worker%len(outcometest.ClientModes)].Open(t, s.Addr)
		ctx := redistest.Context(t)
		working.Go(func() {
			for range rounds {
				n, err := counting.Run(ctx, db, keys)
				if !assert.NoError(t, err) {
					return
				}
				var futures []rueidistx.Future[int64]
				b := db.Batch()
				for range 5 {
					futures = append(futures, counting.Queue(b, keys))
					b.Get("x")
				}
				tx := db.Atomic()
				for range 4 {
					tx.Get("x")
					futures = append(futures, counting.Queue(tx, keys))
				}
				if err := b.Exec(ctx); !assert.NoError(t, err) {
					return
				}
				if err := tx.Exec(ctx); !assert.NoError(t, err) {
					return
				}
				values, err := rueidistx.All(futures...).Value()
				if !assert.NoError(t, err) {
					return
				}
				answers[worker] = append(append(answers[worker], n), values...)
			}
		})
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	flushes := 0
	go func() {
		defer close(stopped)
		for tick := time.Tick(5 * time.Millisecond); ; flushes++ {
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

	all := slices.Sorted(slices.Values(slices.Concat(answers...)))
	require.Len(t, all, 10_000)
	for i, n := range all {
		require.EqualValues(t, i+1, n)
	}
	n, err := s.Do(t, "GET", "n").ToString()
	require.NoError(t, err)
	require.Equal(t, "10000", n)
	misses := scriptMisses(t, s)
	t.Logf("%d flushes, %d times the server did not know the script", flushes, misses)
	require.Positive(t, misses)
}

// scriptMisses is how often the server has answered NOSCRIPT.
func scriptMisses(t *testing.T, s *redistest.Server) int {
	t.Helper()
	info, err := s.Do(t, "INFO", "errorstats").ToString()
	require.NoError(t, err)
	_, count, _ := strings.Cut(info, "errorstat_NOSCRIPT:count=")
	n, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(count+"\n", "\n", 2)[0]))
	return n
}

func TestScriptsRunAfterServerRestart(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			db := w.Open(t, s.Addr)
			for round := range 2 {
				run, err := counting.Run(redistest.Context(t), db, []string{"n"})
				require.NoError(t, err)
				b := db.Batch()
				batched := counting.Queue(b, []string{"n"})
				require.NoError(t, b.Exec(redistest.Context(t)))
				tx := db.Atomic()
				queued := counting.Queue(tx, []string{"n"})
				require.NoError(t, tx.Exec(redistest.Context(t)))
				require.Equal(t, []int64{1, 2, 3}, []int64{run, batched.Must(), queued.Must()}, "round %d", round)
				s.Restart()
				require.ErrorIs(t, db.Auto(redistest.Context(t)).Get("n").Err(), rueidistx.ErrNil) // and connects again
			}
		})
	}
}

func TestScriptsRunAfterScriptFlushInTheSameTransaction(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	db := outcometest.ClientModes[0].Open(t, s.Addr)
	tx := db.Atomic()
	first := counting.Queue(tx, []string{"n"})
	rueidistx.Queue(tx, tx.B().Arbitrary("script", "flush").Build(), rueidistx.AsDone)
	second := counting.Queue(tx, []string{"n"})
	require.NoError(t, tx.Exec(redistest.Context(t)))
	require.Equal(t, []int64{1, 2}, []int64{first.Must(), second.Must()})
}

// lookalikes are errors that a script may end with and that look like a server's for a command that it did not run.
var lookalikes = []string{
	"NOSCRIPT mine", "NOSCRIPT No matching script", "READONLY You can't write against a read only replica.",
	"OOM command not allowed when used memory > 'maxmemory'.", "BUSY mine", "MOVED mine", "ASK mine", "LOADING mine",
	"MISCONF mine", "NOPERM mine", "NOAUTH mine", "CLUSTERDOWN mine", "TRYAGAIN mine", "MASTERDOWN mine", "NOREPLICAS mine",
	"NOPERM User default has no permissions to run the 'eval' command", "DENIED mine", "REDIRECT mine", "EXECABORT mine", "unknown command 'mine'", "wrong number of arguments for 'mine' command",
	"ERR mine", "WRONGTYPE mine", "mine",
}

func TestScriptThatFailsAfterWritingIsNeverNotApplied(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	s := redistest.Shared(t)
	s.Do(t, "FUNCTION", "LOAD", "REPLACE", `#!lua name=rueidistx_faults
redis.register_function('rueidistx_failing', function(keys, args) redis.call('INCR', keys[1]); return redis.error_reply(args[1]) end)`)

	for _, w := range outcometest.Modes() {
		db := w.Open(t, s.Addr)
		for _, message := range lookalikes {
			t.Run(w.Name+", "+message, func(t *testing.T) {
				key := redistest.Key(t, "n")
				want := 0
				once := func(err error) {
					t.Helper()
					want++
					var command *rueidistx.CommandError
					require.ErrorAs(t, err, &command)
					require.NotErrorIs(t, err, rueidistx.ErrNotApplied)
					require.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
					require.ErrorIs(t, err, rueidistx.ErrService)
					n, err := s.Do(t, "GET", key).ToString()
					require.NoError(t, err)
					require.Equal(t, strconv.Itoa(want), n)
				}
				function := func(q rueidistx.Queuer) rueidistx.Future[int64] {
					return rueidistx.Queue(q, db.Client().B().Arbitrary("fcall", "rueidistx_failing", "1").Keys(key).Args(message).Build(), rueidistx.AsInt64)
				}
				_, err := failing.Run(redistest.Context(t), db, []string{key}, message)
				once(err)
				once(function(db.Auto(redistest.Context(t))).Err())
				for _, queue := range []func(rueidistx.Queuer) rueidistx.Future[int64]{
					func(q rueidistx.Queuer) rueidistx.Future[int64] { return failing.Queue(q, []string{key}, message) },
					function,
					func(q rueidistx.Queuer) rueidistx.Future[int64] { return saying.Queue(q, []string{key}, message) },
					func(q rueidistx.Queuer) rueidistx.Future[int64] { return crying.Queue(q, []string{key}, message) },
				} {
					b := db.Batch()
					f := queue(b)
					once(b.Exec(redistest.Context(t)))
					require.NotEqual(t, rueidistx.NotApplied, rueidistx.OutcomeOf(f.Err()))

					runs := 0
					once(db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
						runs++
						f = queue(tx)
						return nil
					}))
					require.Equal(t, 1, runs)
					outcometest.RequireVerdict(t, f.Err(), rueidistx.Applied, rueidistx.ErrService)
				}
			})
		}
	}
}

func TestScriptWhoseAnswerIsLostIsUnknownAndNotSentAgain(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	for _, w := range outcometest.Modes() {
		for _, known := range []bool{true, false} {
			for _, k := range []string{"Run", "Batch", "first Batch"} {
				t.Run(fmt.Sprintf("%s, %s, known %v", w.Name, k, known), func(t *testing.T) {
					p, keys := through(t, w, s).Warm(t), []string{redistest.Key(t, "n")}
					s.Do(t, "SCRIPT", "FLUSH")
					want := []string{"EVALSHA"}
					switch {
					case k == "first Batch":
						want = []string{"EVAL"}
					case !known:
						want = append(want, "EVAL")
					}
					if known {
						s.Do(t, "SCRIPT", "LOAD", `return redis.call('INCR', KEYS[1])`)
					}
					if k == "Batch" {
						counting.Believe(p.DB)
					}
					p.Proxy.Arm(faultproxy.Fault{Command: want[len(want)-1], Phase: faultproxy.AfterCommand})
					var err error
					if k == "Run" {
						_, err = counting.Run(redistest.Context(t), p.DB, keys)
					} else {
						b := p.Batch()
						before, f := b.Set(keys[0]+"2", "x"), counting.Queue(b, keys)
						require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(b.Exec(redistest.Context(t))))
						want = append([]string{"SET"}, want...)
						err = f.Err()
						if k == "Batch" && !known {
							require.NoError(t, before.Err()) // it was answered together with NOSCRIPT
						}
					}
					outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)
					require.Equal(t, want, p.Proxy.Commands())
					outcometest.RequireUsable(t, p.DB)
					n, err := s.Do(t, "GET", keys[0]).ToString()
					require.NoError(t, err)
					require.Equal(t, "1", n)
				})
			}
		}
	}
}

func TestReadOnlyScriptWhoseAnswerIsLostIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			p.Server.Do(t, "SET", key, "value")
			p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA_RO", Phase: faultproxy.AfterCommand})
			value, err := peeking.Run(redistest.Context(t), p.DB, []string{key})
			require.NoError(t, err)
			require.Equal(t, "value", value)
			require.Equal(t, 1, p.Proxy.Fired())
		})
	}
}

// TestErrorOfACallersScriptIsOfItsOwnText lets a wrapper use the memory of the caller's command for another one before the
// reply is there, as rueidis may.
func TestErrorOfACallersScriptIsOfItsOwnText(t *testing.T) {
	server, ctx := redistest.Shared(t), redistest.Context(t)
	var own rueidis.Completed
	db, err := rueidistx.Open(server.Option(), rueidistx.Wrap(func(c rueidis.Client) rueidis.Client {
		w := &wrapper{Client: c}
		w.do = func(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
			if !own.IsEmpty() {
				own.Commands()[1] = "return 1"
			}
			return c.Do(ctx, command)
		}
		return w
	}))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	a := db.Auto(ctx)
	own = a.B().Eval().Script("return redis.error_reply('MINE of the script')").Numkeys(0).Build()
	require.ErrorContains(t, rueidistx.Queue(a, own, rueidistx.AsAny).Err(), "MINE")
	require.Equal(t, "return 1", own.Commands()[1], "the wrapper was asked")
}
