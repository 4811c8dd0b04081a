package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestChoiceComparesAndSets has goroutines compare and set one key. Each success is one change of the key.
func TestChoiceComparesAndSets(t *testing.T) {
	t.Parallel()
	const workers = 32
	onServer(t, func(t *testing.T, db *rueidistx.DB, by ...rueidistx.ChoiceOption) {
		times := redistest.Times(1000, 20)
		if by != nil || raceEnabled {
			times = min(times, 100)
		}
		key, log := redistest.Key(t, "n"), redistest.Key(t, "log")
		ctx, cancel := context.WithTimeout(t.Context(), 5*redistest.Patience)
		defer cancel()
		var successes, conflicts atomic.Int64
		var working sync.WaitGroup
		for range workers {
			working.Go(func() {
				seen := int64(0)
				for range times {
					c := db.If(rueidistx.IntAt(key).Is(seen))
					set, pushed := c.Then.Set(key, strconv.FormatInt(seen+1, 10)), c.Then.RPush(log, strconv.FormatInt(seen, 10))
					now := c.Else.Get(key)
					switch held, err := c.Exec(ctx, by...); {
					case errors.Is(err, rueidistx.ErrConflict) && by != nil:
						conflicts.Add(1)
					case err != nil:
						t.Error(err)
						return
					case held:
						successes.Add(1)
						seen++
						if !set.Or(false) || pushed.Or(0) != seen || !errors.Is(now.Err(), rueidistx.ErrNotTaken) {
							t.Errorf("%v %v %v, and not %d", set, pushed, now, seen)
							return
						}
					default:
						n, err := strconv.ParseInt(now.Or(""), 10, 64)
						if err != nil || n <= seen {
							t.Errorf("it does not hold, but %d is still %s: %v", seen, now, err)
							return
						}
						seen = n
					}
				}
			})
		}
		working.Wait()
		list, err := db.Auto(ctx).LRange(log, 0, -1).Value()
		require.NoError(t, err)
		require.EqualValues(t, successes.Load(), len(list))
		for i, text := range list {
			require.Equal(t, strconv.Itoa(i), text)
		}
		require.Equal(t, strconv.Itoa(len(list)), db.Auto(ctx).Get(key).Must())
		t.Logf("%d of %d succeeded, %d conflicts", successes.Load(), workers*times, conflicts.Load())
	})
}

// TestChoiceWhileScriptsAreForgotten: each runs once, whether or not the server knows the script.
func TestChoiceWhileScriptsAreForgotten(t *testing.T) {
	t.Parallel()
	const workers = 8
	s, times := redistest.Start(t), redistest.Times(500, 100)
	for _, w := range outcometest.Modes() {
		for name, by := range carriers {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				db, e, ctx := w.Open(t, s.Addr), entity(t), redistest.Context(t)
				stop := make(chan struct{})
				var storm, working sync.WaitGroup
				storm.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							s.Do(t, "SCRIPT", "FLUSH")
						}
					}
				})
				for worker := range workers {
					working.Go(func() {
						key := e.Key(strconv.Itoa(worker))
						for i := range times {
							c := db.If(rueidistx.IntAt(key).Is(int64(i)))
							n := c.Then.Incr(key)
							if held, err := c.Exec(ctx, by...); err != nil || !held || n.Or(0) != int64(i)+1 {
								t.Errorf("%v %v %v, and not %d", held, err, n, i+1)
								return
							}
						}
					})
				}
				working.Wait()
				close(stop)
				storm.Wait()
				for worker := range workers {
					require.Equal(t, strconv.Itoa(times), db.Auto(ctx).Get(e.Key(strconv.Itoa(worker))).Must())
				}
			})
		}
	}
}

// TestChoiceCutAtEveryByte: what Exec says of the branch that runs is what the server has.
func TestChoiceCutAtEveryByte(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	for direction, arm := range directions {
		for offset, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[2], outcometest.ClientModes[3]} {
			t.Run(direction+", "+w.Name+", by script", func(t *testing.T) {
				t.Parallel()
				seen := cutChoice(t, w, arm, rueidistx.ByScript())
				require.Positive(t, seen["applied/true"])
				require.Positive(t, seen["unknown/"+strconv.FormatBool(direction == "reply")])
			})
			t.Run(direction+", "+w.Name+", by WATCH", func(t *testing.T) {
				t.Parallel()
				seen := cutChoice(t, w, func(p *faultproxy.Proxy, n int) {
					settle(p)
					if direction == "request" { // with the text of the script, so not at each byte
						n = 12*n + 4*offset
					}
					arm(p, n)
				}, rueidistx.ByWatch())
				require.Greater(t, seen["applied/true"], 30) // a read that is lost is repeated
				require.Positive(t, seen["unknown/"+strconv.FormatBool(direction == "reply")])
			})
		}
	}
}

// settle waits until nothing is on its way any more: a connection that is given back is asked whether it still serves.
func settle(p *faultproxy.Proxy) {
	for n := -1; n != len(p.Commands()); time.Sleep(3 * time.Millisecond) {
		n = len(p.Commands())
	}
}

// cutChoice executes choices whose conditions hold and such whose conditions do not, each cut at another byte, and counts
// outcomes.
func cutChoice(t *testing.T, w outcometest.ClientMode, arm func(*faultproxy.Proxy, int), by rueidistx.ChoiceOption) map[string]int {
	p := through(t, w, redistest.Shared(t)).Warm(t)
	_, err := p.If(rueidistx.Exists("warm")).Exec(redistest.Context(t), by)
	require.NoError(t, err)
	var taken, other []outcometest.Settled
	var held bool
	var c *rueidistx.Choice
	seen, n := map[string]int{}, 0
	cuts := sweep(t, p, arm, func(ctx context.Context, keys []string) {
		if n++; n%2 == 1 {
			c = p.If(rueidistx.Missing(keys[0]), rueidistx.TextAt(keys[4]).IsNot("MOVED 1 127.0.0.1:1"))
			taken, other = five(c.Then, keys), five(c.Else, keys)
		} else {
			c = p.If(rueidistx.Exists(keys[0]))
			taken, other = five(c.Else, keys), five(c.Then, keys)
		}
		held, err = c.Exec(ctx, by)
	}, func(there []bool) {
		outcome := rueidistx.OutcomeOf(err)
		require.True(t, outcometest.Agrees(err, there[0]), "applied %v, but: %v", there[0], err)
		require.Equal(t, outcome == rueidistx.Applied && n%2 == 1, held)
		require.Equal(t, outcome == rueidistx.Applied, c.Held() != nil)
		for i := range taken {
			require.Equal(t, there[0], there[i], "torn: %v", there)
			require.Equal(t, err, taken[i].Err())
			if outcome == rueidistx.Applied {
				require.ErrorIs(t, other[i].Err(), rueidistx.ErrNotTaken)
			} else {
				require.Equal(t, err, other[i].Err())
			}
		}
		seen[fmt.Sprintf("%v/%v", outcome, there[0])]++
	})
	t.Logf("%d cuts; outcome/really applied: %v", cuts, seen)
	return seen
}

// TestChoiceLosesItsConnection, at each step of the protocol.
func TestChoiceLosesItsConnection(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		for name, c := range map[string]struct {
			fault   faultproxy.Fault
			by      rueidistx.ChoiceOption
			outcome rueidistx.Outcome
			want    string
		}{
			"before the script":    {faultproxy.Fault{Command: "EVALSHA"}, rueidistx.ByScript(), rueidistx.Unknown, "---"},
			"in the script's call": {faultproxy.Fault{Command: "EVALSHA", Phase: faultproxy.MidCommand}, rueidistx.ByScript(), rueidistx.Unknown, "---"},
			"after the script":     {faultproxy.Fault{Command: "EVALSHA", Phase: faultproxy.AfterCommand, DropReplies: true}, rueidistx.ByScript(), rueidistx.Unknown, "111"},
			"in the reply":         {faultproxy.Fault{Command: "EVALSHA", Phase: faultproxy.MidReply}, rueidistx.ByScript(), rueidistx.Unknown, "111"},
			"before WATCH":         {faultproxy.Fault{Command: "WATCH"}, rueidistx.ByWatch(), rueidistx.Applied, "111"}, // it tries again
			"after WATCH":          {faultproxy.Fault{Command: "WATCH", Phase: faultproxy.AfterCommand}, rueidistx.ByWatch(), rueidistx.Applied, "111"},
			"before EXEC":          {faultproxy.Fault{Command: "EXEC"}, rueidistx.ByWatch(), rueidistx.Unknown, "---"},
			"after EXEC":           {faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true}, rueidistx.ByWatch(), rueidistx.Unknown, "111"},
		} {
			t.Run(w.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, redistest.Shared(t)).Warm(t), redistest.Key(t, "k")
				_, err := p.If(rueidistx.Exists(key)).Exec(redistest.Context(t), rueidistx.ByScript())
				require.NoError(t, err)
				p.Proxy.Arm(c.fault)
				choice := p.If(rueidistx.Missing(key))
				first, other := choice.Then.Incr(key+"1"), choice.Else.Incr(key+"1")
				futures := []outcometest.Settled{first, choice.Then.Set(key+"2", "1"), choice.Then.Incr(key + "3"), rueidistx.Either(first, other)}
				held, err := choice.Exec(redistest.Context(t), c.by)
				require.Equal(t, c.outcome, rueidistx.OutcomeOf(err), "%v", err)
				require.Equal(t, c.outcome == rueidistx.Applied, held)
				require.Equal(t, held, choice.Held() != nil)
				require.Nil(t, choice.Unmet())
				var of *rueidistx.CommandError
				if !held {
					require.Equal(t, err, other.Err())
				}
				if errors.As(err, &of) {
					require.Equal(t, -1, of.Index) // no command of a branch
				}
				for _, f := range futures {
					require.Equal(t, err, f.Err())
				}
				redistest.Eventually(t, "the server has read what was sent", func() bool { return outcometest.Traces(t, p.Server, key) == c.want })
				outcometest.RequireUsable(t, p.DB)
				require.Equal(t, c.want, outcometest.Traces(t, p.Server, key))
			})
		}
	}
}

// TestChoiceRoundTrips counts what goes to the server as a whole.
func TestChoiceRoundTrips(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			calls := new(atomic.Int32)
			s := redistest.Start(t)
			db := w.Open(t, s.Addr, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
				counting := wrap(client)
				counting.before = func(_ int, commands []rueidis.Completed) {
					if commands[0].Commands()[0] != "PING" { // nobody waits until a connection is given back
						calls.Add(1)
					}
				}
				return counting
			}))
			ctx, key := redistest.Context(t), redistest.Key(t, "k")
			require.NoError(t, db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Ping(); return nil })) // asks about MULTI
			few := func(c *rueidistx.Commands) { c.Incr(key) }
			many := func(c *rueidistx.Commands) {
				for range 31 {
					c.Incr(key)
				}
			}
			nothing := func(*rueidistx.Commands) {}
			for _, c := range []struct {
				name        string
				trips       int32
				then, other func(*rueidistx.Commands)
				by          []rueidistx.ChoiceOption
			}{
				{"a script that the server does not know", 2, few, nothing, nil},
				{"a script", 1, few, nothing, nil},
				{"ByScript", 1, many, many, []rueidistx.ChoiceOption{rueidistx.ByScript()}},
				{"no commands", 1, nothing, nothing, nil},
				{"many commands", 2, many, few, nil},
				{"many commands that are not taken", 2, few, many, nil},
				{"ByWatch", 2, few, few, []rueidistx.ChoiceOption{rueidistx.ByWatch()}},
				{"ByWatch, and the branch is empty", 1, nothing, few, []rueidistx.ChoiceOption{rueidistx.ByWatch()}},
				{"many commands that are not taken, and nothing else", 1, nothing, many, nil},
			} {
				choice := db.If(rueidistx.Missing(key + "none"))
				c.then(choice.Then)
				c.other(choice.Else)
				calls.Store(0)
				held, err := choice.Exec(ctx, c.by...)
				require.NoError(t, err, c.name)
				require.True(t, held)
				require.Equal(t, c.trips, calls.Load(), c.name)
			}
		})
	}
}
