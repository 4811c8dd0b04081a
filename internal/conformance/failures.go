package conformance

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// testFailures is about errors that the server answers with, and about contexts that have ended.
func (s *suite) testFailures(t *testing.T) {
	t.Run("a command that fails leaves the others alone", s.testFailsAlone)
	t.Run("nil replies are no failures", s.testNilReplies)
	if !s.Embedded { // it would not abort the transaction
		t.Run("a command that the server does not know", s.testUnknownCommand)
	}
	t.Run("a decoder that does not take the reply", s.testUndecodable)
	t.Run("a context that has ended", s.testEndedContext)
	t.Run("no context", s.testNilContext)
	t.Run("a DB that was closed", s.testClosed)
}

func (s *suite) testFailsAlone(t *testing.T) {
	t.Parallel()
	for _, w := range ways.Queueing {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			s.given(t, "RPUSH $list a", k)
			var first, last rueidistx.Future[bool]
			var bad, worse rueidistx.Future[int64]
			err := w.Run(redistest.Context(t), s.db, func(c *commands) {
				first = c.Set(k("a"), "1")
				bad = c.Incr(k("list"))
				last = c.Set(k("b"), "2")
				worse = c.SAdd(k("list"), "x")
			})
			requireCommandError(t, err, 1, "INCR", "WRONGTYPE")
			assert.ErrorContains(t, err, "2 of")
			requireCommandError(t, bad.Err(), 1, "INCR", "WRONGTYPE")
			requireCommandError(t, worse.Err(), 3, "SADD", "WRONGTYPE")
			for _, f := range []rueidistx.Future[bool]{first, last} {
				is(f, true).run(t)
			}
			s.then(t, "MGET $a $b = 1 2; LLEN $list = 1", k)

			if w.Atomic {
				assert.ErrorContains(t, err, "transaction applied, but 2 of its commands failed")
				several, ok := err.(interface{ Unwrap() []error })
				require.True(t, ok)
				require.Len(t, several.Unwrap(), 2)
				requireCommandError(t, several.Unwrap()[1], 3, "SADD", "WRONGTYPE")
				return
			}
			var batch *rueidistx.BatchError
			require.ErrorAs(t, err, &batch)
			require.Len(t, batch.Errs, 2)
			requireCommandError(t, batch.Errs[1], 3, "SADD", "WRONGTYPE")
			assert.Equal(t, []int{4, 2, 4, 4}, []int{batch.Total, batch.Failed, batch.Answered, batch.Sent})
		})
	}
}

func (s *suite) testNilReplies(t *testing.T) {
	t.Parallel()
	for _, w := range ways.Queueing {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			var gone rueidistx.Future[string]
			var there rueidistx.Future[int64]
			require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
				gone, there = c.Get(k("gone")), c.Incr(k("n"))
			}))
			isNil(gone).run(t)
			is(there, 1).run(t)
			assert.Equal(t, "else", gone.Or("else"))
		})
	}
}

func (s *suite) testUnknownCommand(t *testing.T) {
	t.Parallel()
	for _, w := range ways.Direct { // see TestCommandThatTheServerDoesNotKnowInAnIf for the others
		for _, bad := range []struct {
			name string
			argv []string
			text string
		}{
			{"NOSUCH", []string{"nosuch", "a", "b"}, "unknown command"},
			{"SET", []string{"set", "a"}, "wrong number of arguments"},
		} {
			t.Run(w.Name+"/"+bad.name, func(t *testing.T) {
				k := s.keysOf(t)
				var before, after rueidistx.Future[int64]
				var unknown rueidistx.Future[string]
				err := w.Run(redistest.Context(t), s.db, func(c *commands) {
					before = c.Incr(k("n"))
					unknown = rueidistx.Queue(c, c.B().Arbitrary(bad.argv...).Build(), rueidistx.AsString)
					after = c.Incr(k("n"))
				})
				index := 1
				if w.Now {
					index, err = 0, unknown.Err()
				}
				failed := unknown.Err()
				for _, err := range []error{err, failed} {
					var command *rueidistx.CommandError
					require.ErrorAs(t, err, &command)
					assert.Equal(t, index, command.Index)
					assert.Equal(t, bad.name, command.Name)
					assert.ErrorContains(t, command, bad.text)
					assert.ErrorIs(t, err, rueidistx.ErrService)
				}
				assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(failed))
				if !w.Atomic {
					assert.ErrorIs(t, failed, rueidistx.ErrRejected)
					is(before, 1).run(t)
					is(after, 2).run(t)
					return
				}
				for _, err := range []error{err, failed, before.Err(), after.Err()} {
					assert.ErrorIs(t, err, rueidistx.ErrAborted)
					assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
				}
				s.then(t, "EXISTS $n = 0", k)
			})
		}
	}
}

func (s *suite) testUndecodable(t *testing.T) {
	t.Parallel()
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			k := s.keysOf(t)
			var f rueidistx.Future[int64]
			require.NoError(t, w.Run(redistest.Context(t), s.db, func(c *commands) {
				f = rueidistx.Queue(c, c.B().Rpush().Key(k("list")).Element("x").Build(), rueidistx.AsInt64)
				f = rueidistx.Queue(c, c.B().Lindex().Key(k("list")).Index(0).Build(), rueidistx.AsInt64)
			}))
			err := f.Err()
			require.ErrorIs(t, err, rueidistx.ErrDecode)
			assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
			assert.NotErrorIs(t, err, rueidistx.ErrService)
			var command *rueidistx.CommandError
			require.ErrorAs(t, err, &command)
			assert.Equal(t, "LINDEX", command.Name)
		})
	}
}

func (s *suite) testEndedContext(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			recorder.clear()
			ctx, cancel := context.WithCancel(redistest.Context(t))
			cancel()
			var f rueidistx.Future[int64]
			err := w.Run(ctx, db, func(c *commands) { f = c.Incr("n") })
			if w.Now {
				err = f.Err()
			}
			for _, err := range []error{err, f.Err()} {
				assert.ErrorIs(t, err, rueidistx.ErrNotSent)
				assert.ErrorIs(t, err, context.Canceled)
				assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			}
			assert.Empty(t, recorder.sent())
		})
	}
}

func (s *suite) testNilContext(t *testing.T) {
	t.Parallel()
	db, recorder := s.record(t)
	for _, w := range ways.All {
		t.Run(w.Name, func(t *testing.T) {
			recorder.clear()
			var f rueidistx.Future[int64]
			var none context.Context
			err := w.Run(none, db, func(c *commands) { f = c.Incr("n") })
			if w.Now {
				err = f.Err()
			}
			for _, err := range []error{err, f.Err()} {
				assert.ErrorIs(t, err, rueidistx.ErrInvalid)
				assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err))
			}
			assert.Empty(t, recorder.sent())
		})
	}
}

func (s *suite) testClosed(t *testing.T) {
	t.Parallel()
	db := s.open(t, s.Option)
	db.Close()
	for _, w := range ways.All {
		var f rueidistx.Future[int64]
		err := w.Run(redistest.Context(t), db, func(c *commands) { f = c.Incr("n") })
		if w.Now {
			err = f.Err()
		}
		for _, err := range []error{err, f.Err()} {
			assert.ErrorIs(t, err, rueidistx.ErrNotSent, w.Name)
			assert.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), w.Name)
		}
	}
}
