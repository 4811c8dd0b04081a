package rueidistx_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"slices"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/rueidistx/rueidistx"
)

// unknowns is a hook that logs each unit whose outcome is not known, with what a person needs to settle it.
type unknowns struct{ log *slog.Logger }

func (u unknowns) Before(ctx context.Context, _ *rueidistx.Unit) context.Context { return ctx }

func (u unknowns) After(ctx context.Context, unit *rueidistx.Unit) {
	if unit.Outcome != rueidistx.Unknown {
		return
	}
	u.log.ErrorContext(ctx, "outcome unknown",
		"order", ctx.Value(orderKey{}), // hooks never see keys or values: the context tells what the unit is about
		"unit", unit.ID,
		"way", unit.Way,
		"commands", slices.Collect(unit.Names()),
		"slot", unit.Slot,
		"attempts", unit.Attempt,
		"took", unit.Took,
		"class", unit.Class(),
		"error", unit.Err)
}

type orderKey struct{}

func ExampleHooks() {
	s, option := embedded()
	defer s.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTimes}))
	db, err := rueidistx.Open(option, rueidistx.Hooks(unknowns{logger}))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	pay := func(ctx context.Context) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error {
			tx.DecrBy("{order:7}:balance", 5)
			tx.RPush("{order:7}:paid", "5")
			return nil
		})
	}
	ctx := context.WithValue(context.Background(), orderKey{}, 7)
	fmt.Println(pay(ctx))

	// From now on the server ends the connection instead of answering EXEC.
	s.Server().SetPreHook(func(c *server.Peer, name string, _ ...string) bool {
		if name == "EXEC" {
			c.Close()
		}
		return name == "EXEC"
	})
	_ = pay(ctx)

	// Output:
	// <nil>
	// level=ERROR msg="outcome unknown" order=7 unit=2 way=transact commands="[DECRBY RPUSH]" slot=-1 attempts=1 class=connection error="rueidistx: outcome unknown: EOF"
}

// withoutTimes leaves out what is different each time.
func withoutTimes(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "took" {
		return slog.Attr{}
	}
	return a
}
