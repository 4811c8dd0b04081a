package rueidistx

import (
	"context"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

// endless is a cluster's client that knows no node of any slot, and whose caller's context ends after the first call.
type endless struct {
	rueidis.Client
	end func()
}

func (e endless) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	err := ctx.Err()
	if e.end(); err == nil {
		err = rueidis.ErrNoSlot
	}
	results := make([]rueidis.RedisResult, len(commands))
	for i := range results {
		results[i] = rueidis.NewErrorResult(err)
	}
	return results
}

// What was not sent, as its slot has no node, remains so when the context ends before the other slots are tried again.
func TestSlotsWithoutANodeWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &shared{client: endless{end: cancel}, cluster: true}
	var b rueidis.Builder
	for _, r := range s.multi(ctx, []rueidis.Completed{
		b.Arbitrary("INCR", "a").Build().SetSlot("a"), b.Arbitrary("INCR", "b").Build().SetSlot("b"),
	}) {
		require.Equal(t, rueidis.ErrNoSlot, r.NonRedisError())
	}
}
