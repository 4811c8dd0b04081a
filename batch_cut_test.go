package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestConnectionLostInBatchIsUnknownWhereNoAnswerCame(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, c := range []struct {
		cut
		answered int // commands whose answer came before
	}{
		{cut{"before the first", faultproxy.Fault{Command: "GET"}, "---"}, 0},
		{cut{"before a middle one", faultproxy.Fault{Command: "SET"}, "1--"}, 2},
		{cut{"in a middle one", faultproxy.Fault{Command: "SET", Phase: faultproxy.MidCommand}, "1--"}, 2},
		{cut{"after a middle one", faultproxy.Fault{Command: "SET", Phase: faultproxy.AfterCommand}, "11-"}, 2},
		{cut{"in a middle answer", faultproxy.Fault{Command: "SET", Phase: faultproxy.MidReply}, "11-"}, 2},
		{cut{"after the last, no replies", faultproxy.Fault{Command: "INCR", Nth: 2, Phase: faultproxy.AfterCommand, DropReplies: true}, "111"}, 0},
		{cut{"in the last answer", faultproxy.Fault{Command: "INCR", Nth: 2, Phase: faultproxy.MidReply}, "111"}, 3},
	} {
		for _, w := range outcometest.Modes() {
			t.Run(c.name+", "+w.Name, func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, s).Warm(t), redistest.Key(t, "k")
				p.Proxy.Arm(c.fault)
				b := p.Batch()
				futures := outcometest.Four(b.Commands, key)
				err := b.Exec(redistest.Context(t))
				require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), "%v", err)
				require.ErrorIs(t, err, rueidistx.ErrConnection)
				answered := c.answered
				if !w.Pipelined {
					answered = 0 // there rueidis forgets the answers that came
				}
				for i, f := range futures {
					if i < answered {
						require.True(t, f.Err() == nil || errors.Is(f.Err(), rueidistx.ErrNil), "command %d: %v", i, f.Err())
						continue
					}
					outcometest.RequireVerdict(t, f.Err(), rueidistx.Unknown, rueidistx.ErrConnection)
				}
				require.Equal(t, c.want, outcometest.Traces(t, s, key))
				outcometest.RequireUsable(t, p.DB)
				require.Equal(t, c.want, outcometest.Traces(t, s, key))
			})
		}
	}
}

func TestBatchCutAtEveryByte(t *testing.T) {
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
					b := p.Batch()
					futures = five(b.Commands, keys)
					err = b.Exec(ctx)
				}, func(there []bool) {
					worst := rueidistx.Applied
					for i, f := range futures {
						require.True(t, outcometest.Agrees(f.Err(), there[i]), "command %d applied %v, but: %v", i, there[i], f.Err())
						if rueidistx.OutcomeOf(f.Err()) == rueidistx.Unknown {
							worst = rueidistx.Unknown
						}
						seen[fmt.Sprintf("%v/%v", rueidistx.OutcomeOf(f.Err()), there[i])]++
					}
					require.Equal(t, worst, rueidistx.OutcomeOf(err), "%v", err)
				})
				t.Logf("%d cuts; outcome/really applied: %v", cuts, seen)
				require.Greater(t, cuts, 15)
				require.Positive(t, seen["unknown/true"])
				require.Positive(t, seen["applied/true"])
			})
		}
	}
}
