package rueidistx_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// A Batch over several nodes of a cluster is sent in parts, some of them in goroutines of this package: what does not come
// back there is as lost as in the caller's own.
func TestFuturesAreSettledWhereTheClientOfAClusterDoesNotComeBack(t *testing.T) {
	t.Parallel()
	c := redistest.SharedCluster(t)
	client := c.Client(t)
	speaks := rueidistx.NewScript(`redis.call('INCR', KEYS[1]); return redis.error_reply('MINE')`, rueidistx.AsInt64)
	for how, end := range notComingBack {
		for name, fill := range map[string]func(b *rueidistx.Batch, tags []string) []rueidistx.Future[int64]{
			"keys and no keys": func(b *rueidistx.Batch, tags []string) (futures []rueidistx.Future[int64]) {
				for _, tag := range tags {
					futures = append(futures, b.Incr(tag), rueidistx.Queue(b, b.B().Publish().Channel(tag).Message("x").Build(), rueidistx.AsInt64))
				}
				return futures
			},
			"scripts": func(b *rueidistx.Batch, tags []string) (futures []rueidistx.Future[int64]) {
				for _, tag := range tags {
					futures = append(futures, b.Incr(tag+"n"), speaks.Queue(b, []string{tag}))
				}
				return futures
			},
		} {
			for _, sent := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, sent %v", how, name, sent), func(t *testing.T) {
					wrapper := wrap(client)
					db := rueidistx.New(wrapper)
					require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil }))
					var tags []string
					for _, s := range c.Nodes {
						tags = append(tags, keyOn(t, c, s))
					}
					var mu sync.Mutex
					ours := map[int]bool{}
					wrapper.before = func(call int, commands []rueidis.Completed) {
						mu.Lock()
						for _, command := range commands {
							ours[call] = ours[call] || slices.ContainsFunc(command.Commands(), func(word string) bool { return strings.HasPrefix(word, tags[0]) })
						}
						leaves := ours[call] && !sent
						mu.Unlock()
						if leaves {
							end()
						}
					}
					wrapper.after = func(call int, _ []rueidis.Completed) {
						mu.Lock()
						leaves := ours[call]
						mu.Unlock()
						if leaves {
							end()
						}
					}
					b := db.Batch()
					futures := fill(b, tags)
					abandoned(t, func() { _ = b.Exec(redistest.Context(t)) })
					for i, f := range futures {
						require.NotErrorIs(t, f.Err(), rueidistx.ErrPending, "command %d", i)
						if i < 2 {
							require.ErrorIs(t, f.Err(), rueidistx.ErrUnknown, "command %d", i)
						}
					}
				})
			}
		}
	}
}
