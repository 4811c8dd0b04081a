package rueidistxtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

var errInsufficient = errors.New("insufficient funds")

// transfer is a program's function that is tested.
func transfer(ctx context.Context, db *rueidistx.DB) error {
	return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get("{wallet}:alice").Default("0")).Value()
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

// A program that does not learn whether its transaction was applied.
func TestTransferUnknown(t *testing.T) {
	db, proxy := rueidistxtest.Start(t)
	db.Auto(t.Context()).Set("{wallet}:alice", "100").Must()
	proxy.LoseReply()
	err := transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.Unknown)
}

// Closures run twice, and the first two commits meet a change by another client.
func TestTransferMayRunAgain(t *testing.T) {
	db, proxy := rueidistxtest.Start(t, rueidistxtest.Strict())
	db.Auto(t.Context()).Set("{wallet}:alice", "100").Must()
	proxy.Conflict(2)
	err := transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.Applied)
	err = transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.NotApplied)
}

// Without a connection, nothing is applied.
func TestTransferNotApplied(t *testing.T) {
	db, proxy := rueidistxtest.Start(t)
	db.Auto(t.Context()).Set("{wallet}:alice", "100").Must()
	proxy.RefuseDial()
	err := transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.NotApplied)
	proxy.Accept()
	proxy.LoseRequest()
	err = transfer(t.Context(), db)
	rueidistxtest.AssertOutcome(t, err, rueidistx.Unknown)
}

// What is sent, without a server.
func TestWalletPlan(t *testing.T) {
	tx := rueidistxtest.Offline(t, rueidistx.CheckSlots()).Atomic()
	tx.DecrBy("{wallet}:alice", 100)
	tx.IncrBy("{wallet}:bob", 100)
	want := `transaction, slot 3190
  MULTI
  DECRBY {wallet}:alice ?
  INCRBY {wallet}:bob ?
  EXEC
`
	if got := rueidistxtest.Plan(tx); got != want {
		t.Error(got)
	}
}
