package rueidistx_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestConnectionLostInTransactionIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, c := range []cut{
		{"before MULTI", faultproxy.Fault{Command: "MULTI"}, "---"},
		{"in the middle of the body", faultproxy.Fault{Command: "SET", Phase: faultproxy.MidCommand}, "---"},
		{"before EXEC", faultproxy.Fault{Command: "EXEC"}, "---"},
		{"before EXEC, no replies", faultproxy.Fault{Command: "EXEC", DropReplies: true}, "---"},
		{"before EXEC, reset", faultproxy.Fault{Command: "EXEC", Action: faultproxy.Reset}, "---"},
		{"in the middle of EXEC", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.MidCommand}, "---"},
		{"EXEC comes late", faultproxy.Fault{Command: "EXEC", Action: faultproxy.CutHold}, "111"},
		{"after EXEC", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand}, "111"},
		{"after EXEC, no replies", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true}, "111"},
		{"after EXEC, reset", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, Action: faultproxy.Reset}, "111"},
		{"in the middle of EXEC's reply", faultproxy.Fault{Command: "EXEC", Phase: faultproxy.MidReply}, "111"},
	} {
		for _, w := range outcometest.Modes() {
			t.Run(c.name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, s).Warm(t), redistest.Key(t, "k")
				p.Proxy.Arm(c.fault)
				runs := 0
				var futures []outcometest.Settled
				err := p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					runs++
					futures = outcometest.Four(tx.Commands, key)
					return nil
				})
				outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)
				for _, f := range futures {
					require.Equal(t, err, f.Err())
				}
				require.Equal(t, 1, runs)
				if c.fault.Action == faultproxy.CutHold {
					p.Release(t)
				}
				require.Equal(t, c.want, outcometest.Traces(t, s, key))
				outcometest.RequireUsable(t, p.DB)
				require.Equal(t, c.want, outcometest.Traces(t, s, key)) // nothing was sent again
				require.Equal(t, 1, p.Proxy.Fired())
			})
		}
	}
}

func TestConnectionLostAfterTheAnswerIsNoError(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p := through(t, w, redistest.Shared(t)).Warm(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterReply})
			tx := p.Atomic()
			outcometest.Four(tx.Commands, redistest.Key(t, "k"))
			require.NoError(t, tx.Exec(redistest.Context(t)))
			require.Equal(t, "111", outcometest.Traces(t, p.Server, redistest.Key(t, "k")))
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

// A DB asks before its first transaction whether the server allows MULTI. Until it has the answer it sends nothing else.
func TestConnectionLostBeforeTheTransactionIsNotApplied(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for name, fault := range map[string]faultproxy.Fault{
			"before MULTI": {Command: "MULTI"},
			"after MULTI":  {Command: "MULTI", Phase: faultproxy.AfterCommand},
			"after EXEC":   {Command: "EXEC", Phase: faultproxy.AfterCommand},
			"in a reply":   {Command: "EXEC", Phase: faultproxy.MidReply},
		} {
			t.Run(name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, redistest.Shared(t)), redistest.Key(t, "k")
				p.Proxy.Arm(fault)
				tx := p.Atomic()
				futures := outcometest.Four(tx.Commands, key)
				err := tx.Exec(redistest.Context(t))
				outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
				for _, f := range futures {
					require.Equal(t, err, f.Err())
				}
				require.Equal(t, "---", outcometest.Traces(t, p.Server, key))
				require.NotContains(t, p.Proxy.Commands(), "INCR")

				p.Proxy.Arm(fault)
				runs := 0
				require.NoError(t, p.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					runs++
					outcometest.Four(tx.Commands, key)
					return nil
				}))
				require.GreaterOrEqual(t, runs, 2) // more if the client notices late that its connection is gone
				require.Equal(t, "111", outcometest.Traces(t, p.Server, key))
			})
		}
	}
}

func TestTransactionCutAtEveryByte(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for direction, arm := range directions {
		for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[2]} {
			t.Run(direction+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p := through(t, w, redistest.Shared(t)).Warm(t)
				var futures []outcometest.Settled
				var err error
				seen := map[string]int{}
				cuts := sweep(t, p, arm, func(ctx context.Context, keys []string) {
					tx := p.Atomic()
					futures = five(tx.Commands, keys)
					err = tx.Exec(ctx)
				}, func(there []bool) {
					for i, f := range futures {
						require.Equal(t, there[0], there[i], "torn: %v", there)
						require.Equal(t, err, f.Err())
					}
					require.True(t, outcometest.Agrees(err, there[0]), "applied %v, but: %v", there[0], err)
					seen[fmt.Sprintf("%v/%v", rueidistx.OutcomeOf(err), there[0])]++
				})
				t.Logf("%d cuts; outcome/really applied: %v", cuts, seen)
				require.Greater(t, cuts, 60)
				require.Positive(t, seen["unknown/true"])
				require.Positive(t, seen["applied/true"])
			})
		}
	}
}
