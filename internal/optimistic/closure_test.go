package optimistic

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// pair is two accounts that have the same sum at every moment.
type pair struct{ a, b string }

// move changes how the sum is divided.
func (p *pair) move(ctx context.Context, db *rueidistx.DB, amount int64) error {
	return db.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.DecrBy(p.a, amount)
		tx.IncrBy(p.b, amount)
		return nil
	})
}

var errWrongSum = errors.New("the sum is wrong")

// sum reads the accounts in two round trips, and lets something happen in between.
func (p *pair) sum(r *rueidistx.Reader, between func()) (int64, error) {
	a, err := rueidistx.Int(r.Get(p.a)).Value()
	if err != nil {
		return 0, err
	}
	between()
	b, err := rueidistx.Int(r.Get(p.b)).Value()
	return a + b, err
}

// TestErrorsOfClosures has closures that return an error if they see what never was. They do see it, while money moves
// between the two reads, but nobody is told.
func TestErrorsOfClosures(t *testing.T) {
	f, n := open(t), transactions(t)/4
	p := &pair{redistest.Key(t, "a"), redistest.Key(t, "b")}
	f.server.Do(t, "MSET", p.a, "50", p.b, "50")
	mover := outcometest.ClientModes[0].Open(t, f.server.Addr)
	figures := struct {
		figures
		Seen  int64 `json:"seen"` // runs that saw a wrong sum
		Told  int64 `json:"told"` // calls that returned one
		Right int64 `json:"right"`
	}{}
	f.storm(atExec, 0.1, elsewhere)
	f.each(8, n, func(db *rueidistx.DB, rng *rand.Rand, i int) {
		ctx, end, _ := f.context(rng)
		defer end()
		writes, fails := i%2 == 0, i%3 > 0
		sum, err := rueidistx.WatchValue(ctx, db, func(r *rueidistx.Reader, tx *rueidistx.Tx) (int64, error) {
			sum, err := p.sum(r, func() {
				if sometimes(rng, 0.5) {
					_ = p.move(f.ctx, mover, rng.Int64N(10)-5)
				}
			})
			if err != nil {
				return 0, err
			}
			if writes {
				tx.IncrBy(p.a, 1)
				tx.DecrBy(p.b, 1)
			}
			if sum != 100 {
				atomic.AddInt64(&figures.Seen, 1)
				if fails {
					return sum, errWrongSum
				}
			}
			return sum, nil
		})
		switch {
		case errors.Is(err, errWrongSum), err == nil && sum != 100:
			atomic.AddInt64(&figures.Told, 1)
		case err == nil:
			atomic.AddInt64(&figures.Right, 1)
		}
		if i%50 == 0 {
			f.proxy.Release()
		}
	})
	figures.figures = f.figures(n)
	f.drain(t)
	report("closures", figures)
	require.Zero(t, figures.Told)
	require.NotZero(t, figures.Seen)
	require.Greater(t, figures.Right, int64(n/2))
	values, err := f.server.Do(t, "MGET", p.a, p.b).AsIntSlice()
	require.NoError(t, err)
	require.EqualValues(t, 100, values[0]+values[1])
}
