package rueidistx_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// WAIT and WAITAOF wait for the replicas to have what their own connection wrote. That need not be the one that the caller's
// writes took, so they are refused, and the error says where to send them.
func TestWaitForReplicasIsRefused(t *testing.T) {
	t.Parallel()
	for _, wire := range outcometest.Wires {
		p := through(t, wire, redistest.Shared(t)).Warm(t)
		b := p.Client().B()
		for _, c := range []rueidis.Completed{
			b.Wait().Numreplicas(1).Timeout(300).Build(), b.Waitaof().Numlocal(1).Numreplicas(0).Timeout(300).Build(),
			b.Arbitrary("wait", "1", "300").Blocking(), b.Arbitrary("WaitAOF", "1", "0", "300").Build(),
		} {
			for _, w := range ways.All {
				var f rueidistx.Future[any]
				err := w.Run(redistest.Context(t), p.DB, func(q *rueidistx.Commands) {
					f = rueidistx.Queue(q, c, rueidistx.AsAny)
				})
				if w.Now {
					err = f.Err()
				}
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrForbidden)
				require.ErrorContains(t, err, "Dedicated")
				require.Equal(t, err, f.Err())
				require.Zero(t, p.Proxy.BytesSent(), "%q", c.Commands())
			}
		}
	}
}

// A command that a server says may block is known to this package: it is refused in a Batch and a Tx, whatever its arguments
// where that cannot depend on them.
func TestEveryBlockingCommandOfTheServerIsKnown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	db := outcometest.Wires[0].Open(t, s.Addr)
	commands, err := s.Do(t, "COMMAND").ToArray()
	require.NoError(t, err)
	var found []string
	for i := range commands {
		fields, err := commands[i].ToArray()
		require.NoError(t, err)
		name, err := fields[0].ToString()
		require.NoError(t, err)
		flags, err := fields[2].AsStrSlice()
		require.NoError(t, err)
		if !slices.Contains(flags, "blocking") {
			continue
		}
		found = append(found, name)
		argv := []string{name, "k", "BLOCK", "0"}
		switch name {
		case "xread":
			argv = strings.Fields("xread block 0 streams k $")
		case "xreadgroup":
			argv = strings.Fields("xreadgroup noack block 0 group g c streams k >")
		}
		for _, k := range ways.Kinds {
			u := k.Unit(db)
			rueidistx.Queue(u, db.Client().B().Arbitrary(argv...).Build(), rueidistx.AsAny)
			outcometest.RequireVerdict(t, u.Exec(redistest.Context(t)), rueidistx.NotApplied, rueidistx.ErrForbidden)
		}
	}
	t.Logf("%s: %v", s.Name(), found)
	require.Contains(t, found, "blpop")
	require.Contains(t, found, "xreadgroup")
}
