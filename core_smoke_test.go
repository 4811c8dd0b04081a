package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestSmoke(t *testing.T) {
	s := redistest.Start(t)
	db, err := rueidistx.Open(s.Option())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	fmt.Println(db.Auto(ctx).Incr("hits").Value())
	b := db.Batch()
	n, a := b.Get("nope"), b.HGet("u", "age")
	c := b.LPush("hits", "x")
	fmt.Println(n.Value())
	fmt.Println(b.Exec(ctx))
	fmt.Println(n.Or("nobody"))
	fmt.Println(a.Value())
	fmt.Println(c.Value())
	var x, y rueidistx.Future[int64]
	err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
		x, y = tx.IncrBy("a", 5), tx.DecrBy("b", 3)
		tx.LPush("a", "x")
		return nil
	})
	fmt.Println(x.Must(), y.Must(), err, rueidistx.OutcomeOf(err))
	tx := db.Atomic()
	rueidistx.Queue(tx, tx.B().Arbitrary("NOSUCH", "secret").Build(), rueidistx.AsString)
	err = tx.Exec(ctx)
	fmt.Println(err, rueidistx.OutcomeOf(err), errors.Is(err, rueidistx.ErrAborted))
	tx = db.Atomic()
	rueidistx.Queue(tx, tx.B().Arbitrary("eXec").Build(), rueidistx.AsString)
	fmt.Println(tx.Exec(ctx), tx.Exec(ctx))
	sc := rueidistx.NewScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, rueidistx.AsInt64)
	fmt.Println(sc.Run(ctx, db, []string{"hits"}, "5"))
	s.Do(t, "SCRIPT", "FLUSH")
	b = db.Batch()
	f1, f2 := sc.Queue(b, []string{"hits"}, "5"), sc.Queue(b, []string{"hits"}, "5")
	fmt.Println(b.Exec(ctx))
	fmt.Println(f1.Value())
	fmt.Println(f2.Value())
	fmt.Println(b.Results())
	_ = rueidis.Nil
	tx = db.Atomic()
	f1, f2 = sc.Queue(tx, []string{"hits"}, "5"), sc.Queue(tx, []string{"hits"}, "5")
	fmt.Println(tx.Exec(ctx), f1.Must(), f2.Must())
}
