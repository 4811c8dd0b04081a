package rueidistxtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

var errInsufficient = errors.New("insufficient funds")

// transfer is a program's function that is tested.
func transfer(ctx context.Context, db *rueidistx.DB) error {
	return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get("{wallet}:alice").Default("100")).Value()
		if err != nil {
			return err
		}
		if balance < 100 {
			return errInsufficient
		}
		tx.DecrBy("{wallet}:alice", 100)
		tx.IncrBy("{wallet}:bob", 100)
		return nil
	})
}

// A test of what a program does if it does not learn whether a transaction was applied.
func ExampleStart() {
	_ = func(t *testing.T) { // func TestTransferUnknown(t *testing.T)
		db, proxy := rueidistxtest.Start(t)
		proxy.LoseReply()
		err := transfer(t.Context(), db)
		rueidistxtest.AssertOutcome(t, err, rueidistx.Unknown)
	}
}

// Closures run twice, and the first two commits meet a change by another client.
func ExampleStrict() {
	_ = func(t *testing.T) { // func TestTransferMayRunAgain(t *testing.T)
		db, proxy := rueidistxtest.Start(t, rueidistxtest.Strict())
		proxy.Conflict(2)
		err := transfer(t.Context(), db)
		rueidistxtest.AssertOutcome(t, err, rueidistx.Applied)
	}
}

// The wire plan of a transaction, without a server.
func ExamplePlan() {
	_ = func(t *testing.T) { // func TestWalletPlan(t *testing.T)
		tx := rueidistxtest.Offline(t, rueidistx.CheckSlots()).Atomic()
		tx.DecrBy("{wallet}:alice", 100)
		tx.IncrBy("{wallet}:bob", 100)
		want := "transaction, slot 3190\n  MULTI\n  DECRBY {wallet}:alice ?\n  INCRBY {wallet}:bob ?\n  EXEC\n"
		if got := rueidistxtest.Plan(tx); got != want {
			t.Error(got)
		}
	}
}

func TestTransferUnknown(t *testing.T) {
	db, proxy := rueidistxtest.Start(t)
	proxy.LoseReply()
	err := transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.Unknown)
}

func TestTransferMayRunAgain(t *testing.T) {
	db, proxy := rueidistxtest.Start(t, rueidistxtest.Strict())
	proxy.Conflict(2)
	err := transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.Applied)
	err = transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.NotApplied)
}

func TestTransferNotApplied(t *testing.T) {
	db, proxy := rueidistxtest.Start(t)
	proxy.RefuseDial()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	rueidistxtest.AssertOutcome(t, transfer(ctx, db), rueidistx.NotApplied)
	proxy.Accept()
	proxy.LoseRequest()
	rueidistxtest.AssertOutcome(t, transfer(t.Context(), db), rueidistx.Unknown)
}
