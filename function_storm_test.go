package rueidistx_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Each call answers with a number of its own, so that a call too many or one whose answer went to another caller is seen.
func TestFunctionsRunOnceUnderFunctionFlush(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	needFunctions(t)
	const workers, rounds = 8, 50 // of eleven calls each
	s, c := redistest.Start(t), redistest.StartCluster(t, 3, 0)
	for _, free := range []bool{false, true} {
		for _, where := range []string{"server", "cluster"} {
			t.Run(fmt.Sprintf("%s, free %v", where, free), func(t *testing.T) {
				servers := []*redistest.Server{s}
				open := func(i int) *rueidistx.DB {
					return outcometest.ClientModes[i%len(outcometest.ClientModes)].Open(t, s.Addr)
				}
				if where == "cluster" {
					servers = c.Nodes
					open = func(int) *rueidistx.DB { return openCluster(t, c.Option()) }
				}
				f, key := newCounters(t, free), redistest.Key(t, "n")
				answers := make([][]int64, workers)
				var working sync.WaitGroup
				for worker := range workers {
					db := open(worker)
					ctx := redistest.Context(t)
					working.Go(func() {
						for range rounds {
							all, err := f.callInAllWays(ctx, db, key)
							if !assert.NoError(t, err) {
								return
							}
							answers[worker] = append(answers[worker], all...)
						}
					})
				}
				stop, stopped := make(chan struct{}), make(chan struct{})
				flushes := 0
				go func() {
					defer close(stopped)
					for tick := time.Tick(2 * time.Millisecond); ; flushes++ {
						select {
						case <-tick:
							for _, s := range servers {
								_, err := s.TryDo("FUNCTION", "FLUSH")
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
				t.Log(flushes, "flushes")
				require.Greater(t, flushes, 10)
				all := slices.Sorted(slices.Values(slices.Concat(answers...)))
				require.Len(t, all, 11*workers*rounds)
				for i, n := range all {
					require.EqualValues(t, i+1, n)
				}
				value, err := f.value.Run(redistest.Context(t), open(0), []string{key})
				require.NoError(t, err)
				require.Equal(t, fmt.Sprint(len(all)), value)
			})
		}
	}
}

// callInAllWays counts eleven times, and returns what the calls answered.
func (f *counters) callInAllWays(ctx context.Context, db *rueidistx.DB, key string) ([]int64, error) {
	keys := []string{key}
	n, err := f.increment.Run(ctx, db, keys)
	if err != nil {
		return nil, err
	}
	var futures []rueidistx.Future[int64]
	b := db.Batch()
	for range 5 {
		futures = append(futures, f.increment.Queue(b, keys))
		b.Get(key)
	}
	tx := db.Atomic()
	for range 4 {
		tx.Get(key)
		futures = append(futures, f.increment.Queue(tx, keys))
	}
	if err := b.Exec(ctx); err != nil {
		return nil, fmt.Errorf("Batch: %w", err)
	}
	if err := tx.Exec(ctx); err != nil {
		return nil, fmt.Errorf("Tx: %w", err)
	}
	var last rueidistx.Future[int64]
	err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		if _, err := f.value.Queue(r.Unwatched(), keys).Value(); err != nil {
			return err
		}
		last = f.increment.Queue(tx, keys)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("Watch: %w", err)
	}
	values, err := rueidistx.All(append(futures, last)...).Value()
	return append(values, n), err
}

// A call whose reply is lost may have run, so neither it nor its library is sent again.
func TestFunctionWhoseAnswerIsLostIsUnknownAndNotSentAgain(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for _, missing := range []bool{false, true} {
			for _, way := range []string{"Run", "Batch"} {
				t.Run(fmt.Sprintf("%s, %s, missing %v", w.Name, way, missing), func(t *testing.T) {
					p, f, keys := through(t, w, s).Warm(t), newCounters(t, true), []string{redistest.Key(t, "n")}
					require.NoError(t, f.increment.Queue(p.DB.Auto(redistest.Context(t)), []string{keys[0] + "warm"}).Err())
					p.Proxy.Reset()
					want, last := []string{"FCALL"}, "FCALL"
					if missing {
						f.forget(t, w.Open(t, s.Addr))
						want, last = []string{"FCALL", "MULTI", "FUNCTION", "FCALL", "EXEC"}, "EXEC"
					}
					p.Proxy.Arm(faultproxy.Fault{Command: last, Phase: faultproxy.AfterCommand})
					var err error
					if way == "Run" {
						_, err = f.increment.Run(redistest.Context(t), p.DB, keys)
					} else {
						b := p.Batch()
						future := f.increment.Queue(b, keys)
						require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(b.Exec(redistest.Context(t))))
						err = future.Err()
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

// The round trips and commands of each way, as the documentation says.
func TestWhatIsSentForFunctions(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			p, f, ctx := through(t, w, s).Warm(t), newCounters(t, true), redistest.Context(t)
			other, keys := w.Open(t, s.Addr), []string{redistest.Key(t, "n")}
			sent := func(does func()) string {
				p.Proxy.Reset()
				does()
				verbs := slices.DeleteFunc(p.Proxy.Commands(), func(verb string) bool { // of connections that come and go
					return slices.Contains([]string{"HELLO", "CLIENT", "PING"}, verb)
				})
				return strings.Join(verbs, " ")
			}
			run := func() { require.NoError(t, f.increment.Queue(p.DB.Auto(ctx), keys).Err()) }
			batch := func() {
				b := p.Batch()
				b.Get(keys[0])
				f.increment.Queue(b, keys)
				b.Get(keys[0])
				f.increment.Queue(b, keys)
				require.NoError(t, b.Exec(ctx))
			}
			transact := func() {
				require.NoError(t, p.Transact(ctx, func(tx *rueidistx.Tx) error {
					tx.Get(keys[0])
					f.increment.Queue(tx, keys)
					f.increment.Queue(tx, keys)
					return nil
				}))
			}
			watch := func() {
				require.NoError(t, p.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
					r.Get(keys[0] + "other")
					f.value.Queue(r, keys)
					if err := f.value.Queue(r, keys).Err(); err != nil {
						return err
					}
					tx.Get(keys[0])
					return nil
				}))
			}
			require.Equal(t, "FUNCTION FCALL", sent(run)) // the first use
			require.Equal(t, "FCALL", sent(run))
			require.Equal(t, "GET FCALL GET FCALL", sent(batch))
			require.Equal(t, "MULTI GET FUNCTION FCALL FCALL EXEC", sent(transact))
			require.Equal(t, "WATCH GET FUNCTION FCALL_RO FCALL_RO MULTI GET EXEC", sent(watch))
			f.forget(t, other)
			require.Equal(t, "FCALL MULTI FUNCTION FCALL EXEC", sent(run))
			f.forget(t, other)
			require.Equal(t, "GET FCALL GET FCALL MULTI FUNCTION FCALL EXEC FCALL", sent(batch))

			f = newCounters(t, true)
			require.Equal(t, "FUNCTION GET FCALL GET FCALL", sent(batch))
			f = newCounters(t, true)
			require.Equal(t, "FUNCTION MULTI GET FUNCTION FCALL FCALL EXEC", sent(transact))
			f = newCounters(t, true)
			require.NoError(t, f.library.Load(ctx, p.DB))
			require.Equal(t, "FCALL", sent(run))
		})
	}
}

// Inside the MULTI in which its library is loaded, a function that only reads is not resent either.
func TestReadFunctionBehindItsLibraryIsNotResent(t *testing.T) {
	t.Parallel()
	needFunctions(t)
	f := startFront(t, redistest.SharedCluster(t))
	for _, w := range []string{"Run", "Batch"} {
		t.Run(w, func(t *testing.T) {
			c, key, ctx := newCounters(t, false), redistest.Key(t, "n"), redistest.Context(t)
			db := openCluster(t, f.Option())
			require.ErrorIs(t, c.value.Queue(db.Auto(ctx), []string{key}).Err(), rueidistx.ErrNil) // asks whether MULTI is allowed, too
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Get(key); return nil }))
			c.forget(t, openCluster(t, f.Cluster.Option()))
			f.reset()
			proxy := f.proxy(f.Owner(f.Slot(key)))
			proxy.Arm(faultproxy.Fault{Command: "FCALL_RO", Nth: 2, Phase: faultproxy.AfterCommand})
			var err error
			if w == "Run" {
				_, err = c.value.Run(ctx, db, []string{key})
			} else {
				b := db.Batch()
				value := c.value.Queue(b, []string{key})
				require.Error(t, b.Exec(ctx))
				err = value.Err()
			}
			outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)
			require.Equal(t, 1, f.count("MULTI"))
			require.Equal(t, 2, f.count("FCALL_RO"))
		})
	}
}
