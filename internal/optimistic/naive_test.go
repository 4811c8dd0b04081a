package optimistic

import (
	"context"
	"strconv"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// naive makes a transfer as many programs do: it looks for a marker, and if there is none, sends the transaction, again and
// again until there is a reply. Nothing is watched, so an EXEC that arrives late does it again.
func naive(ctx context.Context, b *bank, db *rueidistx.DB, t *transfer, _ int) answer {
	client, marker, amount := db.Client(), b.entity.Key("naive", t.id), strconv.FormatInt(t.amount, 10)
	for tries := 0; ctx.Err() == nil && tries < 1000; tries++ {
		found := true
		err := client.Dedicated(func(c rueidis.DedicatedClient) error {
			err := c.Do(ctx, c.B().Get().Key(marker).Build()).Error()
			if !rueidis.IsRedisNil(err) {
				return err
			}
			results := c.DoMulti(ctx,
				c.B().Multi().Build(),
				c.B().Decrby().Key(b.account(t.from)).Decrement(t.amount).Build(),
				c.B().Arbitrary("INCRBY").Keys(b.account(t.to)).Args(amount).Build(),
				c.B().Rpush().Key(b.ledger()).Element(t.id).Build(),
				c.B().Set().Key(marker).Value("1").Ex(ttl).Build(),
				c.B().Exec().Build())
			found = false
			return results[len(results)-1].Error()
		})
		switch {
		case err == nil && found && tries == 0:
			return answer{err: rueidistx.ErrAlreadyApplied}
		case err == nil && found:
			return answer{err: rueidistx.ErrRepliesLost}
		case err == nil:
			return answer{}
		}
	}
	return answer{err: rueidistx.ErrUnknown}
}

// TestNaiveBankIsCaught tests the test: the audit sees that a marker alone does not help.
func TestNaiveBankIsCaught(t *testing.T) {
	for name, faults := range map[string]func(*field){
		"all faults": func(f *field) { f.storm(atExec, 0.4, elsewhere) },
		"late EXECs": func(f *field) { f.storm(lateExec, 0.5, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			b := openBank(t, naive)
			faults(b.field)
			b.run(min(transactions(t)/4, 1000))
			f := b.audit(t, "naive")
			require.NotZero(t, f.Doubled)
			require.Greater(t, len(b.complaints), 0)
		})
	}
}

// TestJudge has answers of which it is known what is wrong with them.
func TestJudge(t *testing.T) {
	done, again := answer{}, answer{err: rueidistx.ErrAlreadyApplied}
	lost, not := answer{err: rueidistx.ErrRepliesLost}, answer{err: rueidistx.ErrNotSent}
	unknown, soon := answer{err: rueidistx.ErrUnknown}, answer{err: rueidistx.ErrUnknown, bounded: true}
	value := func(caller int) answer { return answer{repeated: true, value: receipt{"1", caller}} }
	for _, c := range []struct {
		name                         string
		there                        int
		answers                      []answer
		after                        *answer
		lost, doubled, misclassified int
	}{
		{"done", 1, []answer{done}, nil, 0, 0, 0},
		{"replies lost", 1, []answer{lost}, nil, 0, 0, 0},
		{"done, not there", 0, []answer{done}, nil, 1, 0, 0},
		{"done twice", 2, []answer{done}, nil, 0, 1, 0},
		{"not done", 0, []answer{not}, nil, 0, 0, 0},
		{"not done, there", 1, []answer{not}, nil, 0, 0, 1},
		{"done by nobody", 1, []answer{again}, nil, 0, 0, 1},
		{"done by one", 1, []answer{again, done, not}, nil, 0, 0, 0},
		{"done by two", 1, []answer{lost, done}, nil, 0, 0, 1},
		{"unknown", 0, []answer{soon}, nil, 0, 0, 0},
		{"unknown, there", 1, []answer{soon}, nil, 0, 0, 0},
		{"unknown for no reason", 1, []answer{unknown}, nil, 0, 0, 1},
		{"done, and again", 1, []answer{done}, &again, 0, 0, 0},
		{"done, and done", 1, []answer{done}, &done, 0, 0, 2},
		{"done, and not", 1, []answer{done}, &not, 0, 0, 1},
		{"value", 1, []answer{done, value(0)}, nil, 0, 0, 0},
		{"another value", 1, []answer{done, value(1)}, nil, 0, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f bankFigures
			tr := &transfer{id: "1", together: c.answers}
			for i := range c.answers {
				c.answers[i].caller = i
			}
			if c.after != nil {
				last := *c.after
				last.caller = len(c.answers)
				tr.after = &last
			}
			tr.judge(c.there, &f, func(string, ...any) {})
			require.Equal(t, [3]int{c.lost, c.doubled, c.misclassified}, [3]int{f.Lost, f.Doubled, f.Misclassified})
		})
	}
}
