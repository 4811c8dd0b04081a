package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// cut is a loss of the connection at a step of the protocol.
type cut struct {
	name  string
	fault faultproxy.Fault
	want  string // the traces of four afterwards
}

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
		for _, w := range outcometest.Wires {
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
	for _, w := range outcometest.Wires {
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
		for _, w := range outcometest.Wires {
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
						require.True(t, f.Err() == nil || f.Err() == rueidistx.ErrNil, "command %d: %v", i, f.Err())
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

func TestConnectionLostInAutoIsUnknownForWrites(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
		for phase, want := range map[faultproxy.Phase]string{
			faultproxy.BeforeCommand: "---", faultproxy.MidCommand: "---", faultproxy.AfterCommand: "1-1", faultproxy.MidReply: "1-1",
		} {
			t.Run(fmt.Sprint(w.Name, ", phase ", phase), func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
				p.Proxy.Arm(faultproxy.Fault{Command: "INCR", Phase: phase})
				_, err := p.Auto(redistest.Context(t)).Incr(key + "1").Value()
				outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)

				p.Proxy.Arm(faultproxy.Fault{Command: "GET", Phase: phase})
				err = p.Auto(redistest.Context(t)).Get(key + "2").Err()
				require.Equal(t, rueidistx.ErrNil, err) // it was asked again

				p.Proxy.Arm(faultproxy.Fault{Command: "APPEND", Phase: phase})
				raw := p.Client().B().Arbitrary("append", key+"3", "1").Build()
				err = rueidistx.Queue(p.Auto(redistest.Context(t)), raw, rueidistx.AsInt64).Err()
				outcometest.RequireVerdict(t, err, rueidistx.Unknown, rueidistx.ErrConnection)
				require.Equal(t, want, outcometest.Traces(t, p.Server, key))
				require.Equal(t, 3, p.Proxy.Fired())
			})
		}
	}
}

// A DB asks before its first transaction whether the server allows MULTI. Until it has the answer it sends nothing else.
func TestConnectionLostBeforeTheTransactionIsNotApplied(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
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
				require.Equal(t, 2, runs)
				require.Equal(t, "111", outcometest.Traces(t, p.Server, key))
			})
		}
	}
}

// unreachable has connections refused from now on, and waits until the client has noticed that its own is gone.
func unreachable(t *testing.T, p *outcometest.Proxied) {
	t.Helper()
	p.Proxy.Refuse(true)
	p.Proxy.CutAll()
	redistest.Eventually(t, "the client dials in vain", func() bool {
		var dial *net.OpError
		err := p.Client().Do(redistest.Context(t), p.Client().B().Arbitrary("PING").Build()).Error()
		return errors.As(err, &dial) && dial.Op == "dial"
	})
}

func TestRefusedDialIsNotSent(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			unreachable(t, p)

			tx := p.Atomic()
			futures := outcometest.Four(tx.Commands, key)
			outcometest.RequireVerdict(t, tx.Exec(redistest.Context(t)), rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
			b := p.Batch()
			futures = append(futures, outcometest.Four(b.Commands, key)...)
			require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(b.Exec(redistest.Context(t))))
			futures = append(futures, p.Auto(redistest.Context(t)).Incr(key+"1"))
			for _, f := range futures {
				outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
			}
			require.Equal(t, "---", outcometest.Traces(t, p.Server, key))

			p.Proxy.Refuse(false)
			outcometest.RequireUsable(t, p.DB)
		})
	}
}

func TestOpenWithoutServerIsNotSent(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
		p := faultproxy.Start(t, "127.0.0.1:1")
		p.Refuse(true)
		_, err := rueidistx.Open(w.Option(p.Addr()))
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
	}
	s := redistest.Start(t, "--requirepass", "secret")
	for _, w := range outcometest.Wires {
		_, err := rueidistx.Open(w.Option(s.Addr))
		outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrService)
	}
}

// five queues five commands, each of which leaves a key of its own.
func five(c *rueidistx.Commands, keys []string) []outcometest.Settled {
	return []outcometest.Settled{
		c.Set(keys[0], "v"),
		c.Incr(keys[1]),
		c.RPush(keys[2], "v"),
		c.HSet(keys[3], "f", "v"),
		c.SAdd(keys[4], "v"),
	}
}

// present says which of the keys the server has.
func present(t *testing.T, client rueidis.Client, keys []string) []bool {
	t.Helper()
	var commands []rueidis.Completed
	for _, k := range keys {
		commands = append(commands, client.B().Exists().Key(k).Build())
	}
	var there []bool
	for _, r := range client.DoMulti(context.Background(), commands...) {
		n, err := r.AsInt64()
		require.NoError(t, err)
		there = append(there, n == 1)
	}
	return there
}

// sweep cuts the connection once at each byte that run sends, or that it gets. check compares what run said with the
// keys that the server has then.
func sweep(t *testing.T, p *outcometest.Proxied, arm func(*faultproxy.Proxy, int), run func(ctx context.Context, keys []string), check func(there []bool)) (cuts int) {
	t.Helper()
	server := redistest.Shared(t).Client(t)
	for n := 0; ; n++ {
		keys := make([]string, 5)
		for i := range keys {
			keys[i] = fmt.Sprintf("%p:%04d:%d", p, n, i)
		}
		redistest.Eventually(t, "connected", func() bool {
			return p.Client().Do(redistest.Context(t), p.Client().B().Arbitrary("PING").Build()).Error() == nil
		})
		p.Proxy.Reset()
		arm(p.Proxy, n)
		ctx := redistest.Context(t)
		run(ctx, keys)
		require.NoError(t, ctx.Err(), "hangs at byte %d", n)
		check(present(t, server, keys))
		if p.Proxy.Fired() == 0 { // everything has passed
			p.Proxy.Disarm()
			return n
		}
	}
}

var directions = map[string]func(*faultproxy.Proxy, int){
	"request": (*faultproxy.Proxy).CutAtRequestByte,
	"reply":   (*faultproxy.Proxy).CutAtReplyByte,
}

func TestTransactionCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for direction, arm := range directions {
		for _, w := range []outcometest.Wire{outcometest.Wires[0], outcometest.Wires[2]} {
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

func TestBatchCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for direction, arm := range directions {
		for _, w := range []outcometest.Wire{outcometest.Wires[0], outcometest.Wires[2]} {
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

func TestRepliesSplitAtEveryByteAreTheSame(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Wires {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
			answers := func() []rueidistx.Result {
				p.Server.Do(t, "DEL", key+"1", key+"2", key+"3", key+"4")
				queue := func(c *rueidistx.Commands) {
					outcometest.Four(c, key)
					c.HSet(key+"4", "field", "with\r\nlines", "other", "")
					c.HGetAll(key + "4")
					c.LPush(key+"1", "x") // a counter
					rueidistx.Queue(c, c.B().Arbitrary("ZADD", key+"4").Build(), rueidistx.AsAny)
				}
				b := p.Batch()
				queue(b.Commands)
				require.Error(t, b.Exec(redistest.Context(t)))
				tx := p.Atomic()
				queue(tx.Commands)
				require.ErrorIs(t, tx.Exec(redistest.Context(t)), rueidistx.ErrAborted)
				applied := p.Atomic()
				outcometest.Four(applied.Commands, key)
				applied.HGetAll(key + "4")
				applied.LPush(key+"1", "x")
				outcometest.RequireVerdict(t, applied.Exec(redistest.Context(t)), rueidistx.Applied, rueidistx.ErrService)
				return slices.Concat(b.Results(), tx.Results(), applied.Results())
			}
			whole := answers()
			p.Proxy.ByteByByte(true)
			require.Equal(t, whole, answers())
		})
	}
}
