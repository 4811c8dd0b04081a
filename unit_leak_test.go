package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestFaultsLeaveNothingBehind(t *testing.T) {
	redistest.Long(t)
	s := redistest.Shared(t)
	for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[2]} {
		for _, dedicated := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s, dedicated %d", w.Name, dedicated), func(t *testing.T) {
				proxy := faultproxy.Start(t, s.Addr)
				before := goleak.IgnoreCurrent()
				option := w.Option(proxy.Addr())
				option.ClientName = fmt.Sprintf("faulty-%x", rand.Uint64())
				var options []rueidistx.Option
				if dedicated > 0 {
					options = append(options, rueidistx.DedicatedTransactions(dedicated))
				}
				db, err := rueidistx.Open(option, options...)
				require.NoError(t, err)
				defer db.Close()
				for _, f := range []faultproxy.Fault{
					{Command: "EXEC", Nth: 7, Phase: faultproxy.AfterCommand},
					{Command: "EXEC", Nth: 11, Action: faultproxy.Reset},
					{Command: "EXEC", Nth: 13, Action: faultproxy.CutHold, For: 5 * time.Millisecond},
					{Command: "INCR", Nth: 17, Phase: faultproxy.MidCommand},
					{Command: "EVALSHA", Nth: 5, Phase: faultproxy.MidReply},
					{Command: "HELLO", Nth: 19, Phase: faultproxy.AfterCommand},
				} {
					f.Every = true
					proxy.Arm(f)
				}
				l, n := outcometest.NewLedger(redistest.Key(t, "")), redistest.Key(t, "n")
				var workers sync.WaitGroup
				for worker := range 6 {
					workers.Go(func() {
						for i := range 50 {
							work(l, db, n, fmt.Sprintf("%d.%d", worker, i))
						}
					})
				}
				workers.Wait()
				faults := proxy.Fired()
				proxy.Disarm()
				redistest.Eventually(t, "the server has seen the end of lost connections", func() bool {
					all, busy := connections(t, s, option.ClientName)
					return all <= 1+dedicated && busy == 0
				})
				outcometest.RequireUsable(t, db)
				db.Close()
				redistest.Eventually(t, "all connections have ended", func() bool {
					all, _ := connections(t, s, option.ClientName)
					return all == 0 && proxy.Conns() == 0
				})
				t.Logf("%d faults; outcome/really applied: %v", faults, l.Audit(t, s))
				require.Greater(t, faults, 20)
				goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1")) // of a cluster before
			})
		}
	}
}

// work does a little of everything, and some of it wrong.
func work(l *outcometest.Ledger, db *rueidistx.DB, n, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = l.Transact(ctx, db, id)
	l.Ended(id+"+", db.Transact(ctx, func(tx *rueidistx.Tx) error {
		l.Enter(tx.Commands, id+"+")
		return nil
	}))
	short, cancel := context.WithTimeout(context.Background(), rand.N(time.Millisecond))
	defer cancel()
	_ = l.Transact(short, db, id+"short")
	cancelled, cancel := context.WithCancel(context.Background())
	defer time.AfterFunc(rand.N(time.Millisecond), cancel).Stop()
	defer cancel()
	_ = l.Transact(cancelled, db, id+"cancelled")

	b := db.Batch()
	b.Get(n)
	b.Incr(n)
	counting.Queue(b, []string{n})
	_ = b.Exec(ctx)
	_, _ = counting.Run(ctx, db, []string{n})
	_ = db.Auto(ctx).Incr(n).Err()
	func() {
		defer func() { _ = recover() }()
		_ = db.Transact(ctx, func(tx *rueidistx.Tx) error {
			l.Enter(tx.Commands, id+"never")
			panic("own")
		})
	}()
	l.Ended(id+"never", rueidistx.ErrNotSent)
	_ = db.Execute(ctx, func(b *rueidistx.Batch) error {
		b.Incr(n)
		return errors.New("own")
	})
}
