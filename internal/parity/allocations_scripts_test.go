package parity

import (
	"strconv"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"

	"github.com/rueidistx/rueidistx"
)

// TestScriptAllocations asserts that a script in a Batch or a Tx costs no allocation more than by hand.
func TestScriptAllocations(t *testing.T) {
	needCounts(t)
	ways := newCannedWays(t)
	script := rueidistx.NewScript(`return redis.call("INCRBY", KEYS[1], ARGV[1])`, rueidistx.AsInt64)
	const sha = "0000000000000000000000000000000000000000"
	for _, n := range []int{1, 10, 100} {
		futures := make([]rueidistx.Future[int64], n)
		fill := func(q rueidistx.Queuer) {
			for i := range futures {
				futures[i] = script.Queue(q, []string{"key"}, "7")
			}
		}
		read := func(err error) error {
			for i := 0; i < n && err == nil; i++ {
				_, err = futures[i].Value()
			}
			return err
		}
		evals := func(wire []rueidis.Completed) []rueidis.Completed {
			for range n {
				wire = append(wire, ways.client.B().Evalsha().Sha1(sha).Numkeys(1).Key("key").Arg("7").Build())
			}
			return wire
		}

		ways.serve(":1\r\n", n)
		byHand := allocated(t, func() error {
			for _, r := range ways.client.DoMulti(ctx, evals(make([]rueidis.Completed, 0, n))...) {
				if _, err := r.AsInt64(); err != nil {
					return err
				}
			}
			return nil
		})
		batch := allocated(t, func() error {
			b := ways.db.Batch()
			fill(b)
			return read(b.Exec(ctx))
		})
		assert.LessOrEqual(t, batch, byHand, "a batch of %d scripts", n)

		for _, conn := range ways.conns {
			queued := "+OK\r\n"
			for range n {
				queued += "+QUEUED\r\n"
			}
			queued += "*" + strconv.Itoa(n) + "\r\n"
			for range n {
				queued += ":1\r\n"
			}
			conn.Serve(queued)
		}
		byHand = allocated(t, func() error {
			wire := append(make([]rueidis.Completed, 0, n+2), ways.client.B().Multi().Build())
			wire = append(evals(wire), ways.client.B().Exec().Build())
			results := ways.client.DoMulti(ctx, wire...)
			replies, err := results[n+1].ToArray()
			for _, r := range replies {
				if _, err := r.AsInt64(); err != nil {
					return err
				}
			}
			return err
		})
		tx := allocated(t, func() error {
			tx := ways.db.Atomic()
			fill(tx)
			return read(tx.Exec(ctx))
		})
		assert.LessOrEqual(t, tx, byHand, "a transaction of %d scripts", n)
	}
}
