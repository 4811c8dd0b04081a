package outcometest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// choiceCarriers are the ways in which an If runs.
var choiceCarriers = map[string]rueidistx.ChoiceOption{"script": rueidistx.ByScript(), "WATCH": rueidistx.ByWatch()}

// fourOf queues on Then what Four queues, by methods, which a script can run, and something else on Else.
func fourOf(c *rueidistx.Choice, key string) []Settled {
	return []Settled{c.Then.Get(key + "1"), c.Then.Incr(key + "1"), c.Then.Set(key+"2", "1"), c.Then.Incr(key + "3"), c.Else.Incr(key + "1")}
}

// testRefusedChoices: an If that the server refuses runs no branch. Only a command that the user may not use is refused
// alone in a script, and old servers do not ask a script for replicas.
func testRefusedChoices(t *testing.T, start Start, list []refusal, old bool) {
	for _, c := range list {
		if c.third != nil {
			continue // a command without a method, or with a wrong number of arguments
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, addr := start(t, c.args...)
			s := target{server, addr}
			for _, w := range Modes() {
				for name, by := range choiceCarriers {
					if old && c.name == "NOREPLICAS" && name == "script" {
						continue
					}
					t.Run(w.Name+", "+name, func(t *testing.T) {
						p, key := w.Through(t, s, addr).Warm(t), redistest.Key(t, "k")
						held, err := p.If(rueidistx.Exists(key)).Exec(redistest.Context(t), rueidistx.ByScript()) // the server knows it
						require.NoError(t, err)
						require.False(t, held)
						c.begin(t, s)
						c.runChoice(t, p, s, key, by, name)
						if c.passes {
							c.runChoiceAgain(t, p, s, redistest.Key(t, "again"), by)
						}
						RequireUsable(t, p.DB)
					})
				}
			}
		})
	}
}

func (c *refusal) runChoice(t *testing.T, p *Proxied, s target, key string, by rueidistx.ChoiceOption, name string) {
	t.Helper()
	var choice *rueidistx.Choice
	var futures []Settled
	var held bool
	var err error
	for try := 0; try == 0 || errors.Is(err, context.DeadlineExceeded) && try < 20; try++ {
		// The deadline keeps Exec from trying again until the reason has passed: loading takes seconds. It may come while a
		// try is under way.
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		choice = p.If(rueidistx.Missing(key))
		futures = fourOf(choice, key)
		held, err = choice.Exec(ctx, by)
		cancel()
	}
	if c.end != nil && !c.passes {
		c.end(t, s)
	}
	if c.name == "NOPERM" && name == "script" {
		require.True(t, held)
		RequireVerdict(t, err, rueidistx.Applied, rueidistx.ErrService)
		RequireFault(t, futures[1].Err(), 1, "INCR", "")
		require.NoError(t, futures[2].Err())
		require.Equal(t, "-1-", Traces(t, s, key))
		return
	}
	require.False(t, held)
	require.Nil(t, choice.Held())
	require.Equal(t, rueidistx.NotApplied, rueidistx.OutcomeOf(err), "%v", err)
	require.ErrorContains(t, err, c.message)
	for _, f := range futures {
		require.Equal(t, err, f.Err())
	}
	if !c.passes {
		require.Equal(t, "---", Traces(t, s, key))
	}
}

// runChoiceAgain has the reason end while Exec tries again.
func (c *refusal) runChoiceAgain(t *testing.T, p *Proxied, s target, key string, by rueidistx.ChoiceOption) {
	t.Helper()
	p.Proxy.Reset()
	choice := p.If(rueidistx.Missing(key))
	fourOf(choice, key)
	type result struct {
		held bool
		err  error
	}
	ended := make(chan result, 1)
	go func(ctx context.Context) {
		held, err := choice.Exec(ctx, by)
		ended <- result{held, err}
	}(redistest.Context(t))
	redistest.Eventually(t, "something was sent", func() bool { return len(p.Proxy.Commands()) > 0 })
	c.end(t, s)
	r := <-ended
	require.NoError(t, r.err)
	require.True(t, r.held)
	require.Equal(t, "111", Traces(t, s, key))
}
