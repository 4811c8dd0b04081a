package rueidistx_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

var answersOne = rueidistx.NewScript("return 1", rueidistx.AsInt64)

// Whoever reads a log wants to know which command was lost.
func TestErrorOfASingleCommandNamesIt(t *testing.T) {
	t.Parallel()
	requireNames := func(t *testing.T, err error, name, message string, want rueidistx.Outcome, also ...error) {
		t.Helper()
		outcometest.RequireVerdict(t, err, want, also...)
		var c *rueidistx.CommandError
		require.ErrorAs(t, err, &c)
		require.Equal(t, name, c.Name)
		require.Zero(t, c.Index)
		require.Equal(t, want, rueidistx.OutcomeOf(c))
		require.Contains(t, err.Error(), message)
		require.NotContains(t, err.Error(), "hunter2")
	}
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p := through(t, w, redistest.Shared(t)).Warm(t)
			ctx := redistest.Context(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "APPEND", Phase: faultproxy.AfterCommand})
			err := p.Auto(ctx).Append(redistest.Key(t, "k"), "hunter2").Err()
			requireNames(t, err, "APPEND", "rueidistx: outcome unknown: command 0 (APPEND): ", rueidistx.Unknown, rueidistx.ErrConnection)
			p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Phase: faultproxy.AfterCommand})
			_, err = answersOne.Run(ctx, p.DB, []string{"hunter2"})
			requireNames(t, err, "EVALSHA", "rueidistx: outcome unknown: command 0 (EVALSHA): ", rueidistx.Unknown, rueidistx.ErrConnection)

			ended, cancel := context.WithCancel(ctx)
			cancel()
			err = p.Auto(ended).Get("hunter2").Err()
			requireNames(t, err, "GET", "rueidistx: not sent: command 0 (GET): context canceled", rueidistx.NotApplied, rueidistx.ErrNotSent, context.Canceled)
			_, err = answersOne.Run(ended, p.DB, []string{"hunter2"})
			requireNames(t, err, "EVALSHA", "rueidistx: not sent: command 0 (EVALSHA): context canceled", rueidistx.NotApplied, rueidistx.ErrNotSent, context.Canceled)
		})
	}
}
