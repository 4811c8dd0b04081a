package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// requireOneOutcome expects that errors.Is and OutcomeOf say the same of an error of a unit that was executed or refused,
// also when its owner has wrapped it.
func requireOneOutcome(t *testing.T, err error) rueidistx.Outcome {
	t.Helper()
	if err == nil || err == rueidistx.ErrNil {
		require.Equal(t, rueidistx.Applied, rueidistx.OutcomeOf(err))
		return rueidistx.Applied
	}
	outcome := rueidistx.OutcomeOf(err)
	for _, err := range []error{err, fmt.Errorf("while at work: %w", err)} {
		require.Equal(t, outcome, rueidistx.OutcomeOf(err), "%v", err)
		for sentinel, of := range map[error]rueidistx.Outcome{
			rueidistx.ErrUnknown: rueidistx.Unknown, rueidistx.ErrNotApplied: rueidistx.NotApplied, rueidistx.ErrApplied: rueidistx.Applied,
		} {
			require.Equal(t, outcome == of, errors.Is(err, sentinel), "%v, of the outcome %v, is %v", err, outcome, sentinel)
		}
	}
	return outcome
}

// ingredient is a command that ends in a certain way, in a Batch on a connection that is cut after the command CUT.
type ingredient struct {
	name    string
	outcome rueidistx.Outcome
	queue   func(c *rueidistx.Commands, key string) outcometest.Settled
}

func raw(c *rueidistx.Commands, argv ...string) outcometest.Settled {
	return rueidistx.Queue(c, c.B().Arbitrary(argv...).Build(), rueidistx.AsAny)
}

var ingredients = []ingredient{
	{"fine", rueidistx.Applied, func(c *rueidistx.Commands, key string) outcometest.Settled { return c.Incr(key + "n") }},
	{"nil", rueidistx.Applied, func(c *rueidistx.Commands, key string) outcometest.Settled { return c.Get(key + "gone") }},
	{"failed", rueidistx.Applied, func(c *rueidistx.Commands, key string) outcometest.Settled { return c.Incr(key + "text") }},
	{"undecodable", rueidistx.Applied, func(c *rueidistx.Commands, key string) outcometest.Settled {
		return rueidistx.Queue(c, c.B().Get().Key(key+"text").Build(), rueidistx.AsInt64)
	}},
	{"refused", rueidistx.NotApplied, func(c *rueidistx.Commands, key string) outcometest.Settled { return raw(c, "NOSUCH", key) }},
	{"of another kind, refused", rueidistx.NotApplied, func(c *rueidistx.Commands, key string) outcometest.Settled { return raw(c, "OBJECT", "NOSUCH", key) }},
	{"a script's own refusal", rueidistx.Unknown, func(c *rueidistx.Commands, key string) outcometest.Settled {
		return failing.Queue(c, []string{key + "n"}, "OOM mine")
	}},
	{"a script that failed", rueidistx.Applied, func(c *rueidistx.Commands, key string) outcometest.Settled {
		return failing.Queue(c, []string{key + "n"}, "MINE")
	}},
	{"a script that does not compile", rueidistx.NotApplied, func(c *rueidistx.Commands, _ string) outcometest.Settled {
		return raw(c, "EVAL", "this is no Lua", "0")
	}},
}

// TestErrorsOfBatchesAgreeWithTheirOutcome makes Batches of all pairs of commands, and of many of one kind before one of
// another: more than a BatchError holds errors of.
func TestErrorsOfBatchesAgreeWithTheirOutcome(t *testing.T) {
	t.Parallel()
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Shared(t)
			db, key := w.Open(t, s.Addr), redistest.Key(t, "")
			s.Do(t, "SET", key+"text", "x")
			for _, first := range ingredients {
				for _, second := range ingredients {
					for _, many := range []int{1, 17} {
						for _, options := range [][]rueidistx.BatchOption{nil, {rueidistx.Chunk(2)}} {
							about := fmt.Sprintf("%d × %s, then %s, %d options", many, first.name, second.name, len(options))
							b := db.Batch(options...)
							var futures []outcometest.Settled
							for range many {
								futures = append(futures, first.queue(b.Commands, key))
							}
							futures = append(futures, second.queue(b.Commands, key))
							got := requireOneOutcome(t, b.Exec(redistest.Context(t)))
							require.Equal(t, outcomeOfAll(first.outcome, second.outcome), got, about)
							for i, f := range futures {
								want := first.outcome
								if i == many {
									want = second.outcome
								}
								require.Equal(t, want, requireOneOutcome(t, f.Err()), "%s: %d: %v", about, i, f.Err())
							}
						}
					}
				}
				auto := first.queue(db.Auto(redistest.Context(t)).Commands, key).Err()
				require.Equal(t, first.outcome, requireOneOutcome(t, auto), first.name)
				err := db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error {
					first.queue(tx.Commands, key)
					tx.Incr(key + "n")
					return nil
				})
				switch got := requireOneOutcome(t, err); first.name {
				case "of another kind, refused": // Redis 6.0 looks at subcommands only when they run
					require.NotEqual(t, rueidistx.Unknown, got, first.name)
				case "refused":
					require.Equal(t, rueidistx.NotApplied, got, first.name)
				default:
					require.Equal(t, rueidistx.Applied, got, first.name)
				}
			}
		})
	}
}

// outcomeOfAll is what OutcomeOf promises of a Batch.
func outcomeOfAll(outcomes ...rueidistx.Outcome) rueidistx.Outcome {
	whole := rueidistx.NotApplied
	for _, o := range outcomes {
		switch {
		case o == rueidistx.Unknown:
			return o
		case o == rueidistx.Applied:
			whole = o
		}
	}
	return whole
}

// The outcome of a Batch is Unknown if that of any command is, however many commands come after it that ended otherwise.
func TestBatchOfWhichAPortionIsLostIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, w := range outcometest.Modes() {
		for _, streams := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, streams %v", w.Name, streams), func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, s).Warm(t), redistest.Key(t, "")
				p.Proxy.Arm(faultproxy.Fault{Command: "APPEND", Phase: faultproxy.AfterCommand})
				var futures []outcometest.Settled
				fill := func(b *rueidistx.Batch) error {
					futures = append(futures, b.Incr(key+"1"), b.Incr(key+"2"), // a portion that goes well
						b.Incr(key+"3"), raw(b.Commands, "APPEND", key+"4", "x"), // one that is lost
						b.Incr(key+"5"), b.Incr(key+"6"), b.Incr(key+"7"), b.Incr(key+"8"), b.Incr(key+"9"))
					return nil
				}
				var err error
				if streams {
					err = p.Execute(redistest.Context(t), fill, rueidistx.Chunk(2))
				} else {
					b := p.Batch(rueidistx.Chunk(2))
					_ = fill(b)
					err = b.Exec(redistest.Context(t))
				}
				require.Equal(t, rueidistx.Unknown, requireOneOutcome(t, err))
				got := ""
				for _, f := range futures {
					got += requireOneOutcome(t, f.Err()).String()[:1]
				}
				lost := "uu"
				if w.Pipelined { // there the answer that came before the end counts
					lost = "au"
				}
				require.Equal(t, "aa"+lost+"nnnnn", got)
				var batch *rueidistx.BatchError
				require.ErrorAs(t, err, &batch)
				require.Equal(t, []int{9, 4, 2}, []int{batch.Total, batch.Sent, batch.Answered})
				require.NotContains(t, p.Proxy.Commands()[4:], "INCR", "it went on after a portion was lost")
				require.True(t, s.Do(t, "GET", key+"5").IsNil())
			})
		}
	}
}

// A Batch's own outcome is not that of what its closure returns.
func TestClosuresErrorHasTheOutcomeOfItsOwnUnit(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	db, key := outcometest.ClientModes[0].Open(t, s.Addr), redistest.Key(t, "")
	s.Do(t, "SET", key+"text", "x")
	ctx := redistest.Context(t)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	otherBatch := func(first, second ingredient) error {
		b := db.Batch()
		first.queue(b.Commands, key)
		second.queue(b.Commands, key)
		return b.Exec(ctx)
	}
	lost := through(t, outcometest.ClientModes[0], s).Warm(t)
	lost.Proxy.Arm(faultproxy.Fault{Command: "INCR", Phase: faultproxy.AfterCommand})
	_, structured := db.Auto(ctx).Incr(key + "text").Value()
	type validation struct{ error }
	for name, own := range map[string]error{
		"a validation error":                 validation{errors.New("too many")},
		"a nil reply":                        db.Auto(ctx).Get(key + "gone").Err(),
		"WRONGTYPE of another command":       structured,
		"another transaction's":              fmt.Errorf("tx: %w", db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key + "text"); return nil })),
		"another Batch's, applied":           otherBatch(ingredients[0], ingredients[2]),
		"another Batch's, not applied":       otherBatch(ingredients[4], ingredients[4]),
		"another Batch's, unknown":           otherBatch(ingredients[4], ingredients[6]),
		"something lost":                     lost.Auto(ctx).Incr(key + "n").Err(),
		"not sent":                           db.Auto(ended).Incr(key + "n").Err(),
		"misuse":                             rueidistx.ErrDone,
		"a pending future's":                 db.Batch().Incr(key + "n").Err(),
		"a context's":                        context.Canceled,
		"EOF":                                io.EOF,
		"the outcome itself, unknown":        rueidistx.ErrUnknown,
		"the outcome itself, applied":        rueidistx.ErrApplied,
		"several":                            errors.Join(rueidistx.ErrNil, io.EOF, rueidistx.ErrUnknown),
		"another closure's, nothing sent":    db.Transact(ctx, func(*rueidistx.Tx) error { return io.ErrNoProgress }),
		"another closure's, with parts sent": db.Execute(ctx, func(b *rueidistx.Batch) error { b.Incr(key + "n"); return io.ErrNoProgress }, rueidistx.Chunk(1)),
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, own)
			var futures []outcometest.Settled
			for _, err := range []error{
				db.Transact(ctx, func(tx *rueidistx.Tx) error { futures = append(futures, tx.Incr(key+"never")); return own }),
				db.Execute(ctx, func(b *rueidistx.Batch) error { futures = append(futures, b.Incr(key+"never")); return own }),
				db.Execute(ctx, func(b *rueidistx.Batch) error { futures = append(futures, b.Incr(key+"never")); return own }, rueidistx.Chunk(2)),
				db.Transact(ctx, func(*rueidistx.Tx) error { return own }), db.Execute(ctx, func(*rueidistx.Batch) error { return own }),
			} {
				require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, err))
				require.EqualError(t, err, own.Error())
				requireIs(t, err, own)
				require.ErrorIs(t, err, rueidistx.ErrDiscarded)
				var as validation
				require.Equal(t, name == "a validation error", errors.As(err, &as))
				require.Equal(t, errors.Is(own, rueidistx.ErrNil), errors.Is(err, rueidistx.ErrNil))
			}
			require.Len(t, futures, 3)
			for _, f := range futures {
				require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, f.Err()))
				requireIs(t, f.Err(), own)
				require.ErrorIs(t, f.Err(), rueidistx.ErrDiscarded)
			}
			requireOutcomeOfParts(t, db, key, own)
		})
	}
	require.True(t, s.Do(t, "GET", key+"never").IsNil())
}

// requireIs expects err to be the closure's error, unless that is an outcome: then err answers for its own unit.
func requireIs(t *testing.T, err, own error) {
	t.Helper()
	if own != rueidistx.ErrUnknown && own != rueidistx.ErrApplied && own != rueidistx.ErrNotApplied {
		require.ErrorIs(t, err, own)
	}
}

// requireOutcomeOfParts looks at Batches of which parts were sent before the closure returned own.
func requireOutcomeOfParts(t *testing.T, db *rueidistx.DB, key string, own error) {
	t.Helper()
	ctx := redistest.Context(t)
	for _, c := range []struct {
		what      []ingredient
		want      rueidistx.Outcome
		total, ok int // of the BatchError; how many futures have no error of the closure's
	}{
		{[]ingredient{ingredients[0], ingredients[0]}, rueidistx.Applied, 2, 2},
		{[]ingredient{ingredients[0], ingredients[0], ingredients[0], ingredients[0]}, rueidistx.Applied, 4, 4},
		{[]ingredient{ingredients[0], ingredients[2], ingredients[0]}, rueidistx.Applied, 3, 2},
		{[]ingredient{ingredients[4], ingredients[4], ingredients[0]}, rueidistx.NotApplied, 3, 2},
		{[]ingredient{ingredients[4], ingredients[6], ingredients[0]}, rueidistx.Unknown, 3, 2},
	} {
		var futures []outcometest.Settled
		err := db.Execute(ctx, func(b *rueidistx.Batch) error {
			for _, i := range c.what {
				futures = append(futures, i.queue(b.Commands, key))
			}
			return own
		}, rueidistx.Chunk(2))
		require.Equal(t, c.want, requireOneOutcome(t, err), "%v", err)
		requireIs(t, err, own)
		require.ErrorContains(t, err, own.Error())
		var batch *rueidistx.BatchError
		require.ErrorAs(t, err, &batch)
		require.Equal(t, []int{c.total, 2 * (c.total / 2)}, []int{batch.Total, batch.Sent}, "%v", batch)
		require.Equal(t, c.want, requireOneOutcome(t, batch))
		for i, f := range futures {
			got := requireOneOutcome(t, f.Err())
			if i >= c.ok {
				require.Equal(t, rueidistx.NotApplied, got)
				requireIs(t, f.Err(), own)
			} else {
				require.Equal(t, c.what[i].outcome, got)
			}
		}
	}
}

// Errors of units that were refused: nothing was sent.
func TestErrorsOfRefusedUnitsAgreeWithTheirOutcome(t *testing.T) {
	t.Parallel()
	db := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	closed := outcometest.ClientModes[0].Open(t, redistest.Shared(t).Addr)
	closed.Close()
	ctx := redistest.Context(t)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	var none context.Context
	for name, c := range map[string]struct {
		db    *rueidistx.DB
		ctx   context.Context
		queue func(c *rueidistx.Commands)
	}{
		"forbidden":     {db, ctx, func(c *rueidistx.Commands) { raw(c, "MULTI") }},
		"blocking":      {db, ctx, func(c *rueidistx.Commands) { raw(c, "BLPOP", "k", "0") }},
		"invalid":       {db, ctx, func(c *rueidistx.Commands) { c.Del() }},
		"empty":         {db, ctx, func(c *rueidistx.Commands) { rueidistx.Queue(c, rueidis.Completed{}, rueidistx.AsAny) }},
		"asked":         {db, ctx, func(c *rueidistx.Commands) { c.Get("k").Or("") }},
		"ended context": {db, ended, func(c *rueidistx.Commands) { c.Get("k") }},
		"nil context":   {db, none, func(c *rueidistx.Commands) { c.Get("k") }},
		"closed DB":     {closed, ctx, func(c *rueidistx.Commands) { c.Get("k") }},
		"no DB":         {nil, ctx, func(c *rueidistx.Commands) { c.Get("k") }},
		"no client":     {rueidistx.New(nil), ctx, func(c *rueidistx.Commands) { c.Get("k") }},
	} {
		t.Run(name, func(t *testing.T) {
			b, tx := c.db.Batch(), c.db.Atomic()
			before, after := b.Get("before"), tx.Get("before")
			c.queue(b.Commands)
			c.queue(tx.Commands)
			errs := []error{
				b.Exec(c.ctx), tx.Exec(c.ctx), before.Err(), after.Err(),
				c.db.Transact(c.ctx, func(tx *rueidistx.Tx) error { c.queue(tx.Commands); return nil }),
				c.db.Execute(c.ctx, func(b *rueidistx.Batch) error { c.queue(b.Commands); return nil }),
				c.db.Execute(c.ctx, func(b *rueidistx.Batch) error { c.queue(b.Commands); return nil }, rueidistx.Chunk(1)),
			}
			if name == "asked" { // with chunks of one the future has its value when it is asked
				require.NoError(t, errs[6])
				errs = errs[:6]
			}
			if name != "asked" && name != "blocking" { // those an Auto does not refuse
				errs = append(errs, autoError(c.db, c.ctx, name))
			}
			for i, err := range errs {
				require.Equal(t, rueidistx.NotApplied, requireOneOutcome(t, err), "%d: %v", i, err)
			}
		})
	}
}

// autoError is the error of a single command that is refused for the named reason.
func autoError(db *rueidistx.DB, ctx context.Context, name string) error {
	c := db.Auto(ctx)
	switch name {
	case "forbidden":
		return raw(c.Commands, "MULTI").Err()
	case "invalid":
		return c.Del().Err()
	case "empty":
		return rueidistx.Queue(c, rueidis.Completed{}, rueidistx.AsAny).Err()
	}
	return c.Get("k").Err()
}
