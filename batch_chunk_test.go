package rueidistx_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// late are ways to queue a command from within Progress.
var late = map[string]func(b *rueidistx.Batch, key string) outcometest.Settled{
	"method": func(b *rueidistx.Batch, key string) outcometest.Settled { return b.Set(key+"late", "1") },
	"Queue": func(b *rueidistx.Batch, key string) outcometest.Settled {
		return rueidistx.Queue(b, b.B().Set().Key(key+"late").Value("1").Build(), rueidistx.AsString)
	},
	"unknown": func(b *rueidistx.Batch, _ string) outcometest.Settled {
		return rueidistx.Queue(b, b.B().Arbitrary("NO.SUCH").Build(), rueidistx.AsString)
	},
	"forbidden": func(b *rueidistx.Batch, _ string) outcometest.Settled {
		return rueidistx.Queue(b, b.B().Multi().Build(), rueidistx.AsString)
	},
	"Script": func(b *rueidistx.Batch, key string) outcometest.Settled {
		return counting.Queue(b, []string{key + "late"})
	},
}

// progressing are ways to run a Batch with Progress: n commands are queued, in the closure where there is one.
var progressing = map[string]func(ctx context.Context, db *rueidistx.DB, queue func(b *rueidistx.Batch), progress func()) error{
	"Execute with Chunk": func(ctx context.Context, db *rueidistx.DB, queue func(b *rueidistx.Batch), progress func()) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { queue(b); return nil },
			rueidistx.Chunk(2), rueidistx.Progress(func(int, int) { progress() }))
	},
	"Execute": func(ctx context.Context, db *rueidistx.DB, queue func(b *rueidistx.Batch), progress func()) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { queue(b); return nil },
			rueidistx.Progress(func(int, int) { progress() }))
	},
	"Batch with Chunk": func(ctx context.Context, db *rueidistx.DB, queue func(b *rueidistx.Batch), progress func()) error {
		b := db.Batch(rueidistx.Chunk(2), rueidistx.Progress(func(int, int) { progress() }))
		queue(b)
		return b.Exec(ctx)
	},
}

// Nobody can send what is queued while a chunk is under way: it gets ErrDone, and all else goes on as if it were not there.
func TestQueuedInProgressIsDone(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[3]} {
		for way, run := range progressing {
			for name, queue := range late {
				t.Run(way+", "+name+", "+w.Name, func(t *testing.T) {
					t.Parallel()
					db, key := w.Open(t, s.Addr), redistest.Key(t, "n")
					var batch *rueidistx.Batch
					var counted []rueidistx.Future[int64]
					var lost []outcometest.Settled
					require.NoError(t, run(redistest.Context(t), db, func(b *rueidistx.Batch) {
						batch = b
						for range 7 {
							counted = append(counted, counting.Queue(b, []string{key}))
						}
						require.NoError(t, b.Err())
					}, func() {
						lost = append(lost, queue(batch, key))
						require.Equal(t, rueidistx.ErrDone, batch.Exec(redistest.Context(t)))
						batch.Results()
						batch.Len()
					}))
					for i, f := range counted {
						require.EqualValues(t, i+1, f.Must())
					}
					require.NotEmpty(t, lost)
					for _, f := range lost {
						requireDone(t, f)
					}
					require.True(t, s.Do(t, "GET", key+"late").IsNil())
					require.Equal(t, 7, batch.Len())
				})
			}
		}
	}
}

// TestProgressReadsTooEarly reads a future that is pending in Progress: what might be derived from that is not sent.
func TestProgressReadsTooEarly(t *testing.T) {
	t.Parallel()
	db, ctx := openCluster(t, redistest.Shared(t).Option()), redistest.Context(t)
	for name, execute := range map[string]func(fill func(c *rueidistx.Batch, i int), progress rueidistx.BatchOption) error{
		"Execute": func(fill func(c *rueidistx.Batch, i int), progress rueidistx.BatchOption) error {
			return db.Execute(ctx, func(b *rueidistx.Batch) error {
				for i := range 6 {
					fill(b, i)
				}
				return nil
			}, rueidistx.Chunk(2), progress)
		},
		"Exec": func(fill func(c *rueidistx.Batch, i int), progress rueidistx.BatchOption) error {
			b := db.Batch(rueidistx.Chunk(2), progress)
			for i := range 6 {
				fill(b, i)
			}
			return b.Exec(ctx)
		},
	} {
		for at := range 3 { // the chunk after which it reads
			t.Run(fmt.Sprint(name, " after chunk ", at), func(t *testing.T) {
				key := redistest.Key(t, "k")
				var futures []rueidistx.Future[int64]
				chunks := 0
				err := execute(func(b *rueidistx.Batch, i int) {
					futures = append(futures, b.Incr(key+strconv.Itoa(i)))
				}, rueidistx.Progress(func(int, int) {
					if chunks == at {
						require.Zero(t, futures[2*at].Or(0))
					}
					chunks++
				}))
				for i, f := range futures {
					applied := i < 2*(at+1)
					require.Equal(t, map[bool]int64{true: 1}[applied], db.Auto(ctx).Exists(key+strconv.Itoa(i)).Must(), "%d", i)
					if applied {
						require.EqualValues(t, 1, f.Must())
						continue
					}
					outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrPending)
				}
				if at == 2 {
					require.NoError(t, err) // nothing was left to be sent
					return
				}
				require.ErrorIs(t, err, rueidistx.ErrPending)
				var of *rueidistx.BatchError
				require.ErrorAs(t, err, &of)
				require.Equal(t, 4-2*at, of.Failed)
				require.Equal(t, at+1, chunks)
			})
		}
	}
}
