package outcometest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

var sentinels = []error{
	rueidistx.ErrNotApplied, rueidistx.ErrNotSent, rueidistx.ErrAborted, rueidistx.ErrRejected, rueidistx.ErrConflict,
	rueidistx.ErrForeignWatch, rueidistx.ErrCrossSlot, rueidistx.ErrForbidden, rueidistx.ErrInvalid, rueidistx.ErrDiscarded,
	rueidistx.ErrUnknown, rueidistx.ErrProtocol, rueidistx.ErrNotAtomic, rueidistx.ErrDecode, rueidistx.ErrDone,
	rueidistx.ErrPending, rueidistx.ErrNil, rueidistx.ErrConnection, rueidistx.ErrService, context.Canceled, context.DeadlineExceeded,
}

// RequireVerdict expects an error of this outcome that is each of these sentinels, and none of the others.
func RequireVerdict(t *testing.T, err error, outcome rueidistx.Outcome, is ...error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, outcome, rueidistx.OutcomeOf(err), "%v", err)
	switch outcome {
	case rueidistx.NotApplied:
		is = append(is, rueidistx.ErrNotApplied)
	case rueidistx.Unknown:
		is = append(is, rueidistx.ErrUnknown)
	}
	for _, s := range sentinels {
		require.Equal(t, slices.Contains(is, s), errors.Is(err, s), "%q is %q", err, s)
	}
}

// RequireFault expects an error that names the command at fault.
func RequireFault(t *testing.T, err error, index int, name, message string) {
	t.Helper()
	var command *rueidistx.CommandError
	require.ErrorAs(t, err, &command)
	require.Equal(t, index, command.Index, "%v", err)
	require.Equal(t, name, command.Name)
	require.ErrorContains(t, command.Err, message)
	var server *rueidis.RedisError
	require.ErrorAs(t, command.Err, &server)
}

// RequireUsable expects a DB whose connection is in no transaction and watches nothing.
func RequireUsable(t *testing.T, db *rueidistx.DB) {
	t.Helper()
	key := redistest.Key(t, "usable")
	require.ErrorIs(t, db.Auto(redistest.Context(t)).Get(key).Err(), rueidistx.ErrNil) // connects again where necessary, as it is a read
	require.NoError(t, db.Auto(redistest.Context(t)).Set(key, "yes").Err())
	value, err := db.Auto(redistest.Context(t)).Get(key).Value()
	require.NoError(t, err)
	require.Equal(t, "yes", value) // and not QUEUED
	tx := db.Atomic()
	got := tx.Get(key)
	require.NoError(t, tx.Exec(redistest.Context(t)))
	require.Equal(t, "yes", got.Or(""))
}

// Agrees reports whether what became of a command, according to its error, can be what the server says.
func Agrees(err error, there bool) bool {
	switch rueidistx.OutcomeOf(err) {
	case rueidistx.Applied:
		return there
	case rueidistx.NotApplied:
		return !there
	}
	return errors.Is(err, rueidistx.ErrUnknown) // and not some error that says nothing
}

// Settled is a future of any type.
type Settled interface{ Err() error }

// Four queues four commands: one that reads, and three that leave a trace, the middle one of which may be another.
func Four(c *rueidistx.Commands, key string, third ...string) []Settled {
	if third == nil {
		third = []string{"SET", key + "2", "1"}
	}
	return []Settled{
		c.Get(key + "1"),
		c.Incr(key + "1"),
		rueidistx.Queue(c, c.B().Arbitrary(third...).Build(), rueidistx.AsAny),
		c.Incr(key + "3"),
	}
}

// Traces are what the server has of Four: "111" where all were applied, and a dash for each that was not.
func Traces(t *testing.T, s Server, key string) string {
	t.Helper()
	values, err := s.Do(t, "MGET", key+"1", key+"2", key+"3").ToArray()
	require.NoError(t, err)
	var found strings.Builder
	for _, v := range values {
		if text, err := v.ToString(); err == nil {
			found.WriteString(text)
		} else {
			found.WriteString("-")
		}
	}
	return found.String()
}
