package rueidistxtest_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

// strictly runs a test on a strict DB.
func strictly(t *testing.T, test func(tb testing.TB, db *rueidistx.DB)) *recorder {
	t.Helper()
	return record(t, func(tb testing.TB) {
		db, _ := rueidistxtest.Start(tb, rueidistxtest.Embedded(), rueidistxtest.Strict())
		test(tb, db)
	})
}

// Closures run twice, and only what the last run has queued is applied.
func TestStrictRunsClosuresTwice(t *testing.T) {
	t.Parallel()
	strictly(t, func(tb testing.TB, db *rueidistx.DB) {
		runs, ctx := 0, soon(t)
		err := db.Transact(ctx, func(tx *rueidistx.Tx) error { runs++; return queued(key)(tx) })
		if err != nil || runs != 2 {
			tb.Errorf("Transact: %d runs, %v", runs, err)
		}
		err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error { runs++; return increment(key)(r, tx) })
		if err != nil || runs != 4 {
			tb.Errorf("Watch: %d runs, %v", runs, err)
		}
		err = db.Transact(ctx, func(tx *rueidistx.Tx) error { runs++; return queued(key)(tx) }, rueidistx.Attempts(1))
		if err != nil || runs != 5 {
			tb.Errorf("Attempts(1): %d runs, %v", runs, err)
		}
		last, err := rueidistx.TransactValue(ctx, db, func(tx *rueidistx.Tx) (int, error) { runs++; tx.Incr(key); return runs, nil })
		if err != nil || last != 7 {
			tb.Errorf("TransactValue: %d of %d runs, %v", last, runs, err)
		}
		for _, w := range everyWay {
			rueidistxtest.AssertOutcome(tb, w.run(ctx, db, "of "+w.name), rueidistx.Applied)
			wantValue(t, db, "of "+w.name, "1")
		}
		wantValue(t, db, key, "4")
	}).wants(t)
}

// here notes the line from which it is called, and returns v.
func here[T any](line *string, v T) T {
	_, _, n, _ := runtime.Caller(1)
	*line = fmt.Sprintf("strict_test.go:%d", n)
	return v
}

func TestStrictFindsUnitsInClosures(t *testing.T) {
	t.Parallel()
	var auto, batch, watch, inTransact, inWatch, inBatch string
	r := strictly(t, func(tb testing.TB, db *rueidistx.DB) {
		ctx := soon(t)
		_ = db.Transact(here(&inTransact, ctx), func(tx *rueidistx.Tx) error {
			tx.Incr("n")
			return db.Auto(here(&auto, ctx)).HSet("h", "f", "v").Err()
		})
		_ = db.Watch(here(&inWatch, ctx), func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			b := db.Batch()
			b.Set("a", "1")
			b.Get("a")
			return b.Exec(here(&batch, ctx))
		})
		_ = db.Execute(here(&inBatch, ctx), func(*rueidistx.Batch) error {
			return db.Watch(here(&watch, ctx), increment(key))
		})
		done := make(chan error)
		_ = db.Transact(ctx, func(tx *rueidistx.Tx) error { // in another goroutine, it is another's
			go func() { done <- db.Auto(ctx).Incr("n").Err() }()
			return <-done
		})
	})
	r.wants(t,
		[]string{": a single command (HSET) was executed inside the closure of a transaction that began at ", auto, inTransact},
		[]string{": a Batch (SET GET) was executed inside the closure of a Watch that began at ", batch, inWatch},
		[]string{": a Watch (GET INCR) was executed inside the closure of a Batch that began at ", watch, inBatch},
	)
}

// The function of Progress is outside of the unit that calls it; what its closure does after that is inside again.
func TestStrictAllowsUnitsInProgress(t *testing.T) {
	t.Parallel()
	var auto, inBatch string
	r := strictly(t, func(tb testing.TB, db *rueidistx.DB) {
		ctx, calls := soon(t), 0
		progress := rueidistx.Progress(func(done, total int) {
			calls++
			if err := db.Auto(ctx).IncrBy("progress", int64(done)).Err(); err != nil {
				tb.Errorf("%v", err)
			}
			if total == 3 {
				panic("at the end")
			}
		})
		fill := func(b *rueidistx.Batch) error { b.Incr("n"); b.Incr("n"); return nil }
		if err := db.Execute(ctx, fill, progress, rueidistx.Chunk(1)); err != nil || calls != 2 {
			tb.Errorf("%d calls, %v", calls, err)
		}
		_ = db.Execute(here(&inBatch, ctx), func(b *rueidistx.Batch) error {
			defer func() { _ = recover() }()
			defer func() { _ = db.Auto(here(&auto, ctx)).Incr("n").Err() }()
			b.Incr("n")
			b.Incr("n")
			b.Incr("n")
			return nil
		}, progress, rueidistx.Chunk(3))
	})
	r.wants(t, []string{": a single command (INCR) was executed inside the closure of a Batch that began at ", auto, inBatch})
}

func TestStrictFindsUnitsThatAreNotExecuted(t *testing.T) {
	t.Parallel()
	var batch, cached, transaction, choice string
	r := strictly(t, func(tb testing.TB, db *rueidistx.DB) {
		ctx := soon(t)
		b := here(&batch, db).Batch()
		b.Incr("n")
		reads := here(&cached, db).Cached(time.Minute).Batch()
		reads.Get("k")
		tx := here(&transaction, db).Atomic()
		tx.HSet("h", "f", "v")
		c := here(&choice, db).If(rueidistx.Exists("k"))
		c.Then.Incr("n")
		c.Else.Del("k")
		executed := db.Batch()
		executed.Incr("n")
		if err := executed.Exec(ctx); err != nil {
			tb.Errorf("%v", err)
		}
		for range 200 { // of which it forgets most
			db.Atomic().Discard()
			db.Batch().Discard()
			db.Cached(time.Minute).Batch().Discard()
			db.If(rueidistx.Exists("k")).Discard()
		}
		_ = db.Transact(ctx, func(*rueidistx.Tx) error { return errors.New("discarded") })
	})
	r.wants(t,
		[]string{batch + ": a Batch (INCR) was neither executed nor discarded"},
		[]string{cached + ": a CachedBatch (GET) was neither executed nor discarded"},
		[]string{transaction + ": a Tx (HSET) was neither executed nor discarded"},
		[]string{choice + ": a Choice of If (INCR DEL) was neither executed nor discarded"},
	)
}

// Without Strict, all of that is allowed, and closures run once.
func TestNotStrict(t *testing.T) {
	t.Parallel()
	record(t, func(tb testing.TB) {
		db, _ := rueidistxtest.Start(tb, rueidistxtest.Embedded())
		db.Batch().Incr("n")
		runs := 0
		if err := db.Transact(soon(t), func(tx *rueidistx.Tx) error {
			runs++
			return db.Auto(soon(t)).Incr("n").Err()
		}); err != nil || runs != 1 {
			tb.Errorf("%d runs, %v", runs, err)
		}
	}).wants(t)
}

// What Strict adds is none of the caller's attempts.
func TestStrictTakesNoAttempt(t *testing.T) {
	t.Parallel()
	db, proxy := rueidistxtest.Start(t, rueidistxtest.Strict())
	proxy.Conflict(1)
	runs := 0
	err := db.Watch(soon(t), func(r *rueidistx.Reader, tx *rueidistx.Tx) error { runs++; return increment(key)(r, tx) }, rueidistx.Attempts(2))
	if err != nil || runs != 3 {
		t.Errorf("%d runs, %v", runs, err)
	}
}
