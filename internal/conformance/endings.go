package conformance

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// testEndings is about the ways in which a Batch or a Tx can end, and about what its futures say then.
func (s *suite) testEndings(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	for _, kind := range ways.Kinds {
		for name, test := range map[string]func(*testing.T, *ending){
			"pending until executed":           testPending,
			"asked before executed":            testAsked,
			"empty sends nothing":              testEmpty,
			"executed once":                    testExecutedOnce,
			"the closure's error comes back":   testClosureError,
			"a panic passes through":           testPanic,
			"Goexit passes through":            testGoexit,
			"not the closure's to execute":     testManaged,
			"closed when the closure is done":  testEscaped,
			"the closure runs once":            testClosureOnce,
			"an error of the closure's counts": testClosureErrorAfterRefusal,
		} {
			t.Run(kind.Type+"/"+name, func(t *testing.T) {
				recorder.clear()
				test(t, &ending{suite: s, Kind: kind, db: db, recorder: recorder, ctx: redistest.Context(t), k: s.keysOf(t)})
			})
		}
	}
	t.Run("Tx/discarded", func(t *testing.T) {
		recorder.clear()
		testDiscard(t, &ending{suite: s, db: db, recorder: recorder, ctx: redistest.Context(t), k: s.keysOf(t)})
	})
}

type ending struct {
	*suite
	ways.Kind
	db       *rueidistx.DB
	recorder *recorder
	ctx      context.Context
	k        keys
}

// requireDiscarded expects that nothing was sent and that the future says so.
func (e *ending) requireDiscarded(t *testing.T, f rueidistx.Future[int64]) {
	t.Helper()
	require.ErrorIs(t, f.Err(), rueidistx.ErrDiscarded)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(f.Err()))
	require.Empty(t, e.recorder.sent())
}

func testPending(t *testing.T, e *ending) {
	u := e.Unit(e.db)
	f := u.Incr(e.k("n"))
	require.ErrorIs(t, f.Err(), rueidistx.ErrPending)
	require.ErrorIs(t, rueidistx.Zip(f, f).Err(), rueidistx.ErrPending)
	require.Equal(t, 1, u.Len())
	require.Len(t, u.Results(), 1)
	require.ErrorIs(t, u.Results()[0].Err, rueidistx.ErrPending)
	require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(f.Err()))
	require.Empty(t, e.recorder.sent())

	require.NoError(t, u.Exec(e.ctx))
	require.EqualValues(t, 1, f.Must())
	require.Equal(t, []rueidistx.Result{{Index: 0, Name: "INCR", Value: int64(1)}}, u.Results())
}

// testAsked: a unit one of whose futures was asked for a value that it did not have yet is not sent.
func testAsked(t *testing.T, e *ending) {
	type future = rueidistx.Future[int64]
	same := func(n int64) (int64, error) { return n, nil }
	for name, ask := range map[string]func(f future) error{
		"Value": func(f future) error { _, err := f.Value(); return err },
		"Or":    func(f future) error { require.EqualValues(t, 7, f.Or(7)); return rueidistx.ErrPending },
		"Must": func(f future) (err error) {
			defer func() { err, _ = recover().(error) }()
			f.Must()
			return nil
		},
		"Default":    func(f future) error { _, err := f.Default(3).Value(); return err },
		"Map":        func(f future) error { _, err := rueidistx.Map(f, same).Value(); return err },
		"Zip":        func(f future) error { _, err := rueidistx.Zip(f, f).Value(); return err },
		"All":        func(f future) error { _, err := rueidistx.All(f).Value(); return err },
		"Map of Map": func(f future) error { _, err := rueidistx.Map(rueidistx.Map(f, same), same).Value(); return err },
		"Or of All":  func(f future) error { rueidistx.All(f, f).Or(nil); return rueidistx.ErrPending },
		"Map of Zip.": func(f future) error {
			_, err := rueidistx.Map(rueidistx.Zip(f, f), func(rueidistx.Pair[int64, int64]) (int64, error) { return 0, nil }).Value()
			return err
		},
	} {
		u := e.Unit(e.db)
		f := u.Incr(e.k("n"))
		require.ErrorIs(t, ask(f), rueidistx.ErrPending, name)
		other := u.Incr(e.k("n"))
		var inClosure future
		runs := 0
		for _, err := range []error{u.Exec(e.ctx), f.Err(), other.Err(), e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
			runs++
			inClosure = u.Incr(e.k("n"))
			_ = ask(inClosure)
			return nil
		}), inClosure.Err()} {
			require.ErrorIs(t, err, rueidistx.ErrPending, name)
			require.ErrorIs(t, err, rueidistx.ErrNotApplied, name)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), name)
		}
		require.Equal(t, 1, runs, name)
	}
	require.Empty(t, e.recorder.sent())
}

func testEmpty(t *testing.T, e *ending) {
	u := e.Unit(e.db)
	require.Zero(t, u.Len())
	require.NoError(t, u.Exec(e.ctx))
	require.Empty(t, u.Results())
	require.ErrorIs(t, u.Exec(e.ctx), rueidistx.ErrDone)
	require.NoError(t, e.RunClosure(e.ctx, e.db, func(ways.Unit) error { return nil }))
	require.Empty(t, e.recorder.sent())
}

func testExecutedOnce(t *testing.T, e *ending) {
	u := e.Unit(e.db)
	first := u.Incr(e.k("n"))
	require.NoError(t, u.Exec(e.ctx))
	late := u.Incr(e.k("n"))
	require.Equal(t, rueidistx.ErrDone, late.Err())
	require.Equal(t, 1, u.Len())
	require.ErrorIs(t, u.Exec(e.ctx), rueidistx.ErrDone)
	require.EqualValues(t, 1, first.Must())
	require.ErrorIs(t, late.Err(), rueidistx.ErrDone)
	require.Len(t, u.Results(), 1)
	e.then(t, "GET $n = 1", e.k)
}

func testClosureError(t *testing.T, e *ending) {
	want := errors.New("mine")
	var f rueidistx.Future[int64]
	err := e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
		f = u.Incr(e.k("n"))
		return want
	})
	requireOwn(t, err, want)
	e.requireDiscarded(t, f)
	require.ErrorIs(t, f.Err(), want)

	// What became of the closure's unit has nothing to do with what its error is about.
	for _, own := range []error{
		rueidistx.ErrNil, rueidistx.ErrUnknown, rueidistx.ErrProtocol, &rueidistx.CommandError{Name: "GET", Err: want},
		fmt.Errorf("mine: %w", rueidistx.ErrUnknown), &rueidistx.BatchError{Total: 3},
	} {
		err := e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
			f = u.Incr(e.k("n"))
			return own
		})
		requireOwnOutcome(t, err, own)
		requireOwnOutcome(t, f.Err(), own)
	}
	require.Empty(t, e.recorder.sent())
}

func requireOwnOutcome(t *testing.T, err, own error) {
	t.Helper()
	require.ErrorIs(t, err, rueidistx.ErrDiscarded)
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", own)
	require.ErrorIs(t, err, rueidistx.ErrNotApplied)
	require.NotErrorIs(t, err, rueidistx.ErrApplied)
	if own == rueidistx.ErrUnknown {
		require.NotErrorIs(t, err, rueidistx.ErrUnknown)
	} else {
		require.ErrorIs(t, err, own)
	}
}

// testClosureErrorAfterRefusal: the caller's error comes back even where a command was refused before.
func testClosureErrorAfterRefusal(t *testing.T, e *ending) {
	want := errors.New("mine")
	err := e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
		rueidistx.Queue(u, e.db.Auto(e.ctx).B().Arbitrary("MULTI").Build(), rueidistx.AsString)
		return want
	})
	requireOwn(t, err, want)
	require.Empty(t, e.recorder.sent())
}

func testPanic(t *testing.T, e *ending) {
	want := new(int)
	var f rueidistx.Future[int64]
	require.PanicsWithValue(t, want, func() {
		_ = e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
			f = u.Incr(e.k("n"))
			panic(want)
		})
	})
	e.requireDiscarded(t, f)
}

func testGoexit(t *testing.T, e *ending) {
	var f rueidistx.Future[int64]
	returned := false
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
			f = u.Incr(e.k("n"))
			runtime.Goexit()
			return nil
		})
		returned = true
	}()
	<-ended
	require.False(t, returned)
	e.requireDiscarded(t, f)
}

func testManaged(t *testing.T, e *ending) {
	var f rueidistx.Future[int64]
	require.NoError(t, e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
		f = u.Incr(e.k("n"))
		require.ErrorIs(t, u.Exec(e.ctx), rueidistx.ErrDone)
		if tx, ok := u.(*rueidistx.Tx); ok {
			tx.Discard()
		}
		require.ErrorIs(t, f.Err(), rueidistx.ErrPending)
		return nil
	}))
	require.EqualValues(t, 1, f.Must())
}

func testEscaped(t *testing.T, e *ending) {
	var escaped ways.Unit
	require.NoError(t, e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
		escaped = u
		u.Incr(e.k("n"))
		return nil
	}))
	require.ErrorIs(t, escaped.Incr(e.k("n")).Err(), rueidistx.ErrDone)
	require.ErrorIs(t, escaped.Exec(e.ctx), rueidistx.ErrDone)
	e.then(t, "GET $n = 1", e.k)
}

func testClosureOnce(t *testing.T, e *ending) {
	runs := 0
	require.NoError(t, e.RunClosure(e.ctx, e.db, func(u ways.Unit) error {
		runs++
		u.Incr(e.k("n"))
		return nil
	}))
	require.Equal(t, 1, runs)
	e.then(t, "GET $n = 1", e.k)
}

func testDiscard(t *testing.T, e *ending) {
	tx := e.db.Atomic()
	f := tx.Incr(e.k("n"))
	tx.Discard()
	tx.Discard()
	e.requireDiscarded(t, f)
	require.ErrorIs(t, tx.Results()[0].Err, rueidistx.ErrDiscarded)
	require.ErrorIs(t, tx.Incr(e.k("n")).Err(), rueidistx.ErrDone)
	require.ErrorIs(t, tx.Exec(e.ctx), rueidistx.ErrDone)
	require.Empty(t, e.recorder.sent())

	tx = e.db.Atomic()
	f = tx.Incr(e.k("n"))
	require.NoError(t, tx.Exec(e.ctx))
	tx.Discard()
	assert.EqualValues(t, 1, f.Must())
}
