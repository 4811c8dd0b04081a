package rueidistx_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestOnceByScriptThatArrivesLate has the script be executed, and sent again and arrive when the marker of the first one has
// expired: it must not run a second time.
func TestOnceByScriptThatArrivesLate(t *testing.T) {
	redistest.Long(t) // it waits for a ttl
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, w, s).Warm(t), entity(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Phase: faultproxy.AfterCommand, DropReplies: true})
			p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Action: faultproxy.Hold, For: 1300 * time.Millisecond})
			f, err := rueidistx.TransactValue(context.Background(), p.DB, func(tx *rueidistx.Tx) (rueidistx.Future[int64], error) {
				return tx.Incr(e.Key("n")), nil
			}, rueidistx.Once(e.Mark("x"), time.Second))
			require.ErrorIs(t, err, rueidistx.ErrUnknown)
			require.Error(t, f.Err())
			n, err := p.Server.Do(t, "GET", e.Key("n")).ToString()
			require.NoError(t, err)
			require.Equal(t, "1", n)
		})
	}
}

// TestOnceByScriptThatArrivesAfterAnother has the script arrive when the same was done by the next try, and the marker of that
// has expired.
func TestOnceByScriptThatArrivesAfterAnother(t *testing.T) {
	redistest.Long(t) // it waits for a ttl
	t.Parallel()
	s := redistest.Shared(t)
	learn(t, s)
	for _, w := range outcometest.Modes() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			p, e := through(t, w, s).Warm(t), entity(t)
			p.Proxy.Arm(faultproxy.Fault{Command: "EVALSHA", Action: faultproxy.CutHold})
			require.NoError(t, p.Transact(context.Background(), func(tx *rueidistx.Tx) error {
				tx.Incr(e.Key("n"))
				return nil
			}, rueidistx.Once(e.Mark("x"), time.Second)))
			redistest.Eventually(t, "the marker has expired", func() bool {
				there, err := p.Server.Do(t, "EXISTS", e.Mark("x").Key()).AsInt64()
				return err == nil && there == 0
			})
			p.Release(t)
			n, err := p.Server.Do(t, "GET", e.Key("n")).ToString()
			require.NoError(t, err)
			require.Equal(t, "1", n)
		})
	}
}

// TestOnceByScriptWithAnotherClock has a server whose clock differs from the client's.
func TestOnceByScriptWithAnotherClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-24 * time.Hour, -time.Hour, time.Hour, 24 * time.Hour} {
		m := redistest.Embedded(t)
		m.SetTime(time.Now().Add(ahead))
		db, err := rueidistx.Open(redistest.EmbeddedOption(m.Addr()))
		require.NoError(t, err)
		t.Cleanup(db.Close)
		ctx, e := redistest.Context(t), entity(t)
		for i := range 3 {
			runs := 0
			pay := func() error {
				return db.Transact(ctx, func(tx *rueidistx.Tx) error { runs++; tx.Incr(e.Key("n")); return nil }, rueidistx.Once(e.Mark("pay", string(rune('a'+i))), markTTL))
			}
			require.NoError(t, pay())
			require.Equal(t, 1, runs)
			require.ErrorIs(t, pay(), rueidistx.ErrAlreadyApplied)
		}
		require.Equal(t, "3", db.Auto(ctx).Get(e.Key("n")).Must())
	}
}
