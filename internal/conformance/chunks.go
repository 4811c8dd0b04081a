package conformance

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// testChunks is about batches that are sent in portions.
func (s *suite) testChunks(t *testing.T) {
	if !s.brief {
		t.Run("memory stays bounded", s.testChunkMemory) // first and alone, as it measures
	}
	t.Run("a batch in portions", s.testChunkedBatch)
	t.Run("a batch that is sent while it is filled", s.testStreaming)
	t.Run("an error while it is filled", s.testStreamingError)
	t.Run("a panic while it is filled", s.testStreamingPanic)
	t.Run("a refusal while it is filled", s.testStreamingRefusal)
	t.Run("a context that ends while it is filled", s.testStreamingContext)
	t.Run("failures keep their index", s.testChunkIndexes)
	t.Run("no size of its own", s.testChunkDefault)
	t.Run("a number that is expected", s.testExpect)
}

// sizes are portions of 10 commands: smaller, exact and larger ones.
var sizes = []struct {
	n    int
	done []int // what Progress reports
}{
	{1, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
	{3, []int{3, 6, 9, 10}},
	{5, []int{5, 10}},
	{10, []int{10}},
	{11, []int{10}},
	{0, []int{10}},
	{-1, []int{10}},
}

func (s *suite) testChunkedBatch(t *testing.T) {
	for _, size := range sizes {
		k := s.keysOf(t)
		var done []int
		b := s.db.Batch(rueidistx.Chunk(size.n), rueidistx.Progress(func(d, total int) {
			done = append(done, d)
			assert.Equal(t, 10, total)
		}))
		var futures []rueidistx.Future[int64]
		for range 10 {
			futures = append(futures, b.Incr(k("n")))
		}
		assert.Equal(t, 10, b.Len())
		assert.ErrorIs(t, futures[0].Err(), rueidistx.ErrPending)
		assert.Empty(t, done)
		require.NoError(t, b.Exec(redistest.Context(t)))
		assert.Equal(t, size.done, done)
		for i, f := range futures {
			is(f, int64(i+1)).run(t)
		}
		require.Len(t, b.Results(), 10)
		assert.Equal(t, rueidistx.Result{Index: 9, Name: "INCR", Value: int64(10)}, b.Results()[9])
		s.given(t, "DEL $n", k)
	}
}

func (s *suite) testStreaming(t *testing.T) {
	for _, size := range sizes {
		k := s.keysOf(t)
		var done, totals []int
		var futures []rueidistx.Future[int64]
		err := s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
			for i := range 10 {
				futures = append(futures, b.Incr(k("n")))
				assert.Equal(t, i+1, b.Len())
				for j, f := range futures {
					if sent := size.n > 0 && j < (i+1)/size.n*size.n; sent {
						is(f, int64(j+1)).run(t)
					} else {
						assert.ErrorIs(t, f.Err(), rueidistx.ErrPending)
					}
				}
			}
			return nil
		}, rueidistx.Chunk(size.n), rueidistx.Progress(func(d, total int) {
			done, totals = append(done, d), append(totals, total)
		}))
		require.NoError(t, err)
		assert.Equal(t, size.done, done)
		assert.Equal(t, size.done, totals)
		for i, f := range futures {
			is(f, int64(i+1)).run(t)
		}
		s.given(t, "DEL $n", k)
	}
}

func (s *suite) testStreamingError(t *testing.T) {
	k := s.keysOf(t)
	want := errors.New("mine")
	var futures []rueidistx.Future[int64]
	err := s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for range 5 {
			futures = append(futures, b.Incr(k("n")))
		}
		return want
	}, rueidistx.Chunk(2))
	require.ErrorIs(t, err, want)
	require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	var batch *rueidistx.BatchError // joined, as some were sent
	require.ErrorAs(t, err, &batch)
	assert.Equal(t, []int{5, 1, 4, 4}, []int{batch.Total, batch.Failed, batch.Answered, batch.Sent})
	for i, f := range futures[:4] {
		is(f, int64(i+1)).run(t)
	}
	require.ErrorIs(t, futures[4].Err(), rueidistx.ErrDiscarded)
	s.then(t, "GET $n = 4", k)

	err = s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		b.Incr(k("n"))
		return want
	}, rueidistx.Chunk(2))
	requireOwn(t, err, want)
	s.then(t, "GET $n = 4", k)

	err = s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		b.Incr(k("n"))
		b.Incr(k("n"))
		return want
	}, rueidistx.Chunk(2)) // all of it was sent before
	require.ErrorIs(t, err, want)
	require.ErrorAs(t, err, &batch)
	assert.Equal(t, []int{2, 0, 2, 2}, []int{batch.Total, batch.Failed, batch.Answered, batch.Sent})
	require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	s.then(t, "GET $n = 6", k)
}

// requireOwn expects the error of a closure whose unit was not sent.
func requireOwn(t *testing.T, err, own error) {
	t.Helper()
	require.EqualError(t, err, own.Error())
	for _, is := range []error{own, rueidistx.ErrNotApplied, rueidistx.ErrDiscarded} {
		require.ErrorIs(t, err, is)
	}
	require.NotErrorIs(t, err, rueidistx.ErrUnknown)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
}

func (s *suite) testStreamingPanic(t *testing.T) {
	k := s.keysOf(t)
	var futures []rueidistx.Future[int64]
	require.PanicsWithValue(t, "mine", func() {
		_ = s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
			for range 5 {
				futures = append(futures, b.Incr(k("n")))
			}
			panic("mine")
		}, rueidistx.Chunk(2))
	})
	is(futures[3], 4).run(t)
	require.ErrorIs(t, futures[4].Err(), rueidistx.ErrDiscarded)
	s.then(t, "GET $n = 4", k)
}

// testStreamingRefusal: what was sent before the refused command is done, what came after is not.
func (s *suite) testStreamingRefusal(t *testing.T) {
	k := s.keysOf(t)
	var futures []rueidistx.Future[int64]
	err := s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for range 3 {
			futures = append(futures, b.Incr(k("n")))
		}
		require.NoError(t, b.Err())
		rueidistx.Queue(b, b.B().Arbitrary("MULTI").Build(), rueidistx.AsAny)
		require.ErrorIs(t, b.Err(), rueidistx.ErrForbidden)
		for range 4 {
			futures = append(futures, b.Incr(k("n")))
		}
		return nil
	}, rueidistx.Chunk(2))
	require.ErrorIs(t, err, rueidistx.ErrForbidden)
	assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	var batch *rueidistx.BatchError
	require.ErrorAs(t, err, &batch)
	assert.Equal(t, []int{8, 6, 2, 2}, []int{batch.Total, batch.Failed, batch.Answered, batch.Sent})
	var command *rueidistx.CommandError
	require.ErrorAs(t, err, &command)
	assert.Equal(t, 3, command.Index)
	assert.Equal(t, "MULTI", command.Name)
	is(futures[1], 2).run(t)
	for _, f := range futures[2:] {
		assert.ErrorIs(t, f.Err(), rueidistx.ErrForbidden)
		assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(f.Err()))
	}
	s.then(t, "GET $n = 2", k)
}

func (s *suite) testStreamingContext(t *testing.T) {
	k := s.keysOf(t)
	ctx, cancel := context.WithCancel(redistest.Context(t))
	defer cancel()
	var futures []rueidistx.Future[int64]
	err := s.db.Execute(ctx, func(b *rueidistx.Batch) error {
		for i := range 7 {
			if i == 4 {
				cancel()
			}
			futures = append(futures, b.Incr(k("n")))
		}
		assert.Equal(t, 7, b.Len())
		assert.ErrorIs(t, b.Err(), rueidistx.ErrNotSent)
		return nil
	}, rueidistx.Chunk(2))
	require.ErrorIs(t, err, rueidistx.ErrNotSent)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	var batch *rueidistx.BatchError
	require.ErrorAs(t, err, &batch)
	assert.Equal(t, []int{7, 3, 4, 4}, []int{batch.Total, batch.Failed, batch.Answered, batch.Sent})
	is(futures[3], 4).run(t)
	for _, f := range futures[4:] {
		assert.ErrorIs(t, f.Err(), rueidistx.ErrNotSent)
	}
	s.then(t, "GET $n = 4", k)
}

func (s *suite) testChunkIndexes(t *testing.T) {
	for _, streams := range []bool{false, true} {
		k := s.keysOf(t)
		s.given(t, "DEL $list; RPUSH $list a", k)
		var bad rueidistx.Future[int64]
		fill := func(b *rueidistx.Batch) error {
			for range 4 {
				b.Incr(k("n"))
			}
			bad = b.Incr(k("list"))
			b.Incr(k("n"))
			return nil
		}
		var err error
		if streams {
			err = s.db.Execute(redistest.Context(t), fill, rueidistx.Chunk(2))
		} else {
			b := s.db.Batch(rueidistx.Chunk(2))
			require.NoError(t, fill(b))
			err = b.Exec(redistest.Context(t))
		}
		requireCommandError(t, err, 4, "INCR", "WRONGTYPE")
		requireCommandError(t, bad.Err(), 4, "INCR", "WRONGTYPE")
	}
}

func (s *suite) testChunkDefault(t *testing.T) {
	k := s.keysOf(t)
	var done []int
	b := s.db.Batch(rueidistx.Progress(func(d, _ int) { done = append(done, d) }))
	var last rueidistx.Future[int64]
	for range 10_001 {
		last = b.Incr(k("n"))
	}
	require.NoError(t, b.Exec(redistest.Context(t)))
	is(last, 10_001).run(t)
	assert.Equal(t, []int{10_000, 10_001}, done)
}

func (s *suite) testExpect(t *testing.T) {
	k := s.keysOf(t)
	for expected, want := range map[int][]int{10: {10, 10, 10}, 3: {3, 4, 5}} {
		var totals []int
		require.NoError(t, s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
			for range 5 {
				b.Incr(k("n"))
			}
			return nil
		}, rueidistx.Chunk(2), rueidistx.Expect(expected), rueidistx.Progress(func(_, total int) { totals = append(totals, total) })))
		assert.Equal(t, want, totals, "where %d were expected", expected)
	}
}

// testChunkMemory lets 100,000 values of 1 KiB come through a Batch that is sent while it is being filled: all of them
// at once would take more than 100 MB.
func (s *suite) testChunkMemory(t *testing.T) {
	const commands, most = 100_000, 24 << 20
	k := s.keysOf(t)
	key := k("s")
	s.given(t, "SET $s "+strings.Repeat("x", 1024), k)
	before, peak := liveHeap(), uint64(0)
	var read int
	err := s.db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
		for range commands {
			b.Get(key)
		}
		return nil
	}, rueidistx.Chunk(1000), rueidistx.Progress(func(done, total int) {
		read = done
		assert.Equal(t, done, total)
		if done%20_000 == 0 {
			peak = max(peak, liveHeap())
		}
	}))
	require.NoError(t, err)
	assert.Equal(t, commands, read)
	assert.Less(t, peak, before+most, "the heap grew from %d to %d bytes", before, peak)
}

// liveHeap returns the size of what the program still uses.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
