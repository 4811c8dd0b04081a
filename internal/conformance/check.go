package conformance

import (
	"errors"
	"fmt"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// commands are what an example is written for: it works in every way of running.
type commands = rueidistx.Commands

// check looks at a future after its command was executed.
type check struct {
	run   func(t *testing.T)
	err   func() error // the future's
	fails bool         // the command is expected to fail
}

// is expects a value.
func is[T any](f rueidistx.Future[T], want T) check {
	return that(f, func(t *testing.T, got T) { require.Equal(t, want, got) })
}

// has expects a slice in any order.
func has(f rueidistx.Future[[]string], want ...string) check {
	return that(f, func(t *testing.T, got []string) { require.ElementsMatch(t, want, got) })
}

// that expects a value that look does not complain about.
func that[T any](f rueidistx.Future[T], look func(t *testing.T, got T)) check {
	return check{err: f.Err, run: func(t *testing.T) {
		got, err := f.Value()
		require.NoError(t, err)
		look(t, got)
	}}
}

// isNil expects a nil reply.
func isNil[T any](f rueidistx.Future[T]) check {
	return check{err: f.Err, run: func(t *testing.T) {
		got, err := f.Value()
		require.Zero(t, got)
		require.ErrorIs(t, err, rueidistx.ErrNil)
		require.ErrorIs(t, err, rueidis.Nil)
		require.ErrorIs(t, err, rueidistx.ErrApplied)
		require.NotErrorIs(t, err, rueidistx.ErrService)
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		var command *rueidistx.CommandError
		require.ErrorAs(t, err, &command)
		require.ErrorContains(t, err, fmt.Sprintf("command %d (%s): nil reply", command.Index, command.Name))
	}}
}

// fails expects the server's error for the first command.
func fails[T any](f rueidistx.Future[T], name, text string) check {
	return check{err: f.Err, fails: true, run: func(t *testing.T) {
		got, err := f.Value()
		require.Zero(t, got)
		requireCommandError(t, err, 0, name, text)
	}}
}

// requireCommandError expects an error that the server answered a command with after it had run it.
func requireCommandError(t *testing.T, err error, index int, name, text string) {
	t.Helper()
	var command *rueidistx.CommandError
	require.ErrorAs(t, err, &command)
	assert.Equal(t, index, command.Index)
	assert.Equal(t, name, command.Name)
	assert.ErrorContains(t, command, text)
	assert.ErrorIs(t, err, rueidistx.ErrService)
	assert.NotErrorIs(t, err, rueidistx.ErrConnection)
	assert.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
	assert.False(t, errors.Is(err, rueidistx.ErrNotApplied))
}
