package rueidistx_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// losesReads wraps a client, and the clients of its nodes, in one that loses the replies to every third call that begins with a
// read.
func losesReads() func(rueidis.Client) rueidis.Client {
	var calls atomic.Int64
	loses := func(c rueidis.Completed) bool { return c.IsReadOnly() && calls.Add(1)%3 == 0 }
	var wrap func(client rueidis.Client) rueidis.Client
	wrap = func(client rueidis.Client) rueidis.Client {
		return &wrapper{Client: client, node: wrap, do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
			lost := loses(c)
			if r := client.Do(ctx, c); !lost {
				return r
			}
			return rueidis.NewErrorResult(io.EOF)
		}, doMulti: func(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
			lost := loses(commands[0])
			results := client.DoMulti(ctx, commands...)
			for i := range results {
				if lost {
					results[i] = rueidis.NewErrorResult(io.EOF)
				}
			}
			return results
		}}
	}
	return wrap
}

// TestWrapThatLosesReads loses the replies to reads that were executed, so rueidis has reused the memory of their commands when
// they are sent again.
func TestWrapThatLosesReads(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]rueidistx.Option{"plain": nil, "Coalesce": {rueidistx.Coalesce()}, "Cached": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			option := redistest.Shared(t).Option()
			option.DisableCache = name == "Cached" // then it reads from the server
			db := openCluster(t, option, append(options, rueidistx.Wrap(losesReads()))...)
			ctx, keys := redistest.Context(t), make([]string, 4)
			for i := range keys {
				keys[i] = redistest.Key(t, fmt.Sprint(i))
				require.NoError(t, db.Auto(ctx).Set(keys[i], keys[i]).Err())
			}
			var working sync.WaitGroup
			for g := range 8 {
				working.Go(func() {
					for i := range redistest.Times(300, 60) {
						var read []rueidistx.Future[string]
						fill := func(q *rueidistx.Queries) {
							for j := range keys {
								read = append(read, q.Get(keys[(g+i+j)%len(keys)]))
							}
						}
						var err error
						if name == "Cached" {
							err = db.Cached(time.Minute).Execute(ctx, func(b *rueidistx.CachedBatch) error { fill(b.Queries); return nil })
						} else {
							err = db.Execute(ctx, func(b *rueidistx.Batch) error { fill(b.Queries); return nil })
						}
						for j := 0; j < len(read) && err == nil; j++ {
							assert.Equal(t, keys[(g+i+j)%len(keys)], read[j].Must())
						}
						if v, err := db.Auto(ctx).Echo(fmt.Sprint(g, ".", i)).Value(); err == nil {
							assert.Equal(t, fmt.Sprint(g, ".", i), v)
						}
					}
				})
			}
			working.Wait()
		})
	}
}

// TestWrapThatLosesReadsOfNodes is the same for what is sent to each node of a cluster.
func TestWrapThatLosesReadsOfNodes(t *testing.T) {
	t.Parallel()
	db := openCluster(t, redistest.SharedCluster(t).Option(), rueidistx.Wrap(losesReads()))
	ctx := redistest.Context(t)
	var working sync.WaitGroup
	for g := range 8 {
		working.Go(func() {
			for i := range redistest.Times(300, 60) {
				var mu sync.Mutex
				read := map[string]rueidistx.Future[string]{}
				_ = db.EachPrimary(ctx, func(addr string, b *rueidistx.Batch) error {
					mu.Lock()
					defer mu.Unlock()
					for j := range 4 {
						text := fmt.Sprint(addr, g, ".", i, ".", j)
						read[text] = b.Echo(text)
					}
					return nil
				})
				for text, f := range read {
					if v, err := f.Value(); err == nil {
						assert.Equal(t, text, v)
					}
				}
			}
		})
	}
	working.Wait()
}
