package rueidistx_test

import (
	"context"
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
