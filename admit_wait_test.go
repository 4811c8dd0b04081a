package rueidistx_test

import (
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
	for _, wire := range outcometest.Modes() {
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
