package rueidistx_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/resp"
)

// chunkBytes is what Exec's doc says of the size of a chunk.
const chunkBytes = 1 << 20

// startEcho starts a server that answers ECHO as soon as it has read it, and that reads nothing while its answer is not
// taken. Redis and Valkey read on.
func startEcho(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go echo(conn)
		}
	}()
	return l.Addr().String()
}

func echo(conn net.Conn) {
	defer conn.Close()
	requests, piece := resp.Requests{KeepAll: true}, make([]byte, 4096)
	for {
		n, err := conn.Read(piece)
		if err != nil {
			return
		}
		for in := piece[:n]; len(in) > 0; {
			k, complete := requests.Feed(in)
			in = in[k:]
			if !complete {
				continue
			}
			answer := []byte("+OK\r\n")
			if requests.Verb() == "ECHO" {
				answer = resp.AppendBulk(nil, requests.Argv[1])
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}
}

func TestLargeBatchPassesWhereTheServerAnswersWhileItReads(t *testing.T) {
	t.Parallel()
	for way, run := range map[string]func(db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error{
		"Exec": func(db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error {
			b := db.Batch()
			_ = fill(b)
			return b.Exec(context.Background())
		},
		"Execute": func(db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error {
			return db.Execute(context.Background(), fill)
		},
		"Execute with Chunk": func(db *rueidistx.DB, fill func(b *rueidistx.Batch) error) error {
			return db.Execute(context.Background(), fill, rueidistx.Chunk(5000))
		},
	} {
		for _, size := range []int{1000, 100_000, 3_000_000} {
			for _, pipelined := range []bool{false, true} {
				if testing.Short() && (way == "Execute" || pipelined && size != 100_000) {
					continue
				}
				t.Run(fmt.Sprintf("%s, %d bytes each, pipelined %v", way, size, pipelined), func(t *testing.T) {
					t.Parallel()
					option := outcometest.ClientMode{RESP2: true, NoRetry: true, Pipelined: pipelined}.Option(startEcho(t))
					option.ConnWriteTimeout = 10 * time.Second
					db, err := rueidistx.Open(option)
					require.NoError(t, err)
					t.Cleanup(db.Close)
					value := strings.Repeat("x", size)
					var futures []rueidistx.Future[string]
					begun := time.Now()
					require.NoError(t, run(db, func(b *rueidistx.Batch) error {
						for range 12_000_000 / size {
							futures = append(futures, rueidistx.Queue(b, b.B().Echo().Message(value).Build(), rueidistx.AsString))
						}
						return nil
					}))
					require.Less(t, time.Since(begun), option.ConnWriteTimeout)
					for _, f := range futures {
						require.Len(t, f.Must(), size)
					}
				})
			}
		}
	}
}

// setsOf queues a SET of so many bytes for each of the sizes, command and key included.
func setsOf(b *rueidistx.Batch, key string, sizes []int) (futures []rueidistx.Future[bool]) {
	for _, size := range sizes {
		futures = append(futures, b.Set(key, strings.Repeat("x", size-len("SET")-len(key))))
	}
	return futures
}

func TestChunksEndAtABoundOfBytes(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	half, quarter := chunkBytes/2, chunkBytes/4
	for _, c := range []struct {
		sizes []int
		done  []int
	}{
		{[]int{half, half}, []int{2}},
		{[]int{half, half, 100}, []int{2, 3}},
		{[]int{half, half + 1, half}, []int{1, 2, 3}},
		{[]int{quarter, quarter, quarter, quarter, quarter}, []int{4, 5}},
		{[]int{chunkBytes, 100}, []int{1, 2}},
		{[]int{100, chunkBytes}, []int{1, 2}},
		{[]int{3 * chunkBytes, 100, 100}, []int{1, 3}}, // larger than a chunk, it goes alone
		{[]int{100, 3 * chunkBytes, 100}, []int{1, 2, 3}},
		{[]int{100, 100, 100, 100, half}, []int{5}},
	} {
		for _, w := range []outcometest.ClientMode{outcometest.ClientModes[0], outcometest.ClientModes[3]} {
			t.Run(fmt.Sprint(c.sizes, ", ", w.Name), func(t *testing.T) {
				t.Parallel()
				client, err := rueidis.NewClient(w.Option(s.Addr))
				require.NoError(t, err)
				t.Cleanup(client.Close)
				key := redistest.Key(t, "k")
				var sent, done []int
				total := 0
				wrapper := wrap(client)
				wrapper.before = func(_ int, commands []rueidis.Completed) { // a round trip for each chunk
					total += len(commands)
					sent = append(sent, total)
				}
				n, db := len(c.sizes), rueidistx.New(wrapper)
				progress := rueidistx.Progress(func(d, total int) {
					done = append(done, d)
					require.Equal(t, n, total)
				})
				requireChunks := func() {
					require.Equal(t, c.done, done)
					require.Equal(t, c.done, sent)
				}
				b := db.Batch(progress)
				futures := setsOf(b, key, c.sizes)
				require.NoError(t, b.Exec(redistest.Context(t)))
				requireChunks()

				done, sent, total = nil, nil, 0
				require.NoError(t, db.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
					futures = append(futures, setsOf(b, key, c.sizes)...)
					return nil
				}, rueidistx.Chunk(n), progress)) // the closure fills one chunk, which is sent in several
				requireChunks()
				for _, f := range futures {
					require.True(t, f.Must())
				}
			})
		}
	}
}

// What BatchError counts is exact if a chunk fails that ended at the bound of bytes.
func TestBatchErrorCountsChunksOfBytes(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	const n, perChunk, size = 40, 10, 100_000
	for _, w := range outcometest.Modes() {
		for _, cutAt := range []int{0, 9, 10, 25, 39} {
			t.Run(fmt.Sprintf("%s, cut at %d", w.Name, cutAt), func(t *testing.T) {
				t.Parallel()
				p, key := through(t, w, s).Warm(t), redistest.Key(t, "k")
				p.Proxy.Arm(faultproxy.Fault{Command: "SET", Nth: cutAt + 1})
				var futures []rueidistx.Future[bool]
				var done []int
				err := p.Execute(redistest.Context(t), func(b *rueidistx.Batch) error {
					for i := range n {
						futures = append(futures, setsOf(b, fmt.Sprint(key, i), []int{size})...)
					}
					return nil
				}, rueidistx.Progress(func(d, _ int) { done = append(done, d) }))
				var batch *rueidistx.BatchError
				require.ErrorAs(t, err, &batch)
				answered, sent := cutAt/perChunk*perChunk, cutAt/perChunk*perChunk+perChunk
				require.Equal(t, []int{n, answered, sent}, []int{batch.Total, batch.Answered, batch.Sent})
				require.Equal(t, sent/perChunk, len(done), "%v", done)
				failed := 0
				for i, f := range futures {
					switch {
					case i < answered:
						require.NoError(t, f.Err())
					case i >= sent:
						outcometest.RequireVerdict(t, f.Err(), rueidistx.NotApplied, rueidistx.ErrNotSent, rueidistx.ErrConnection)
						require.EqualValues(t, 0, must(s.Do(t, "EXISTS", fmt.Sprint(key, i)).AsInt64()))
					case i >= cutAt:
						outcometest.RequireVerdict(t, f.Err(), rueidistx.Unknown, rueidistx.ErrConnection)
					}
					if f.Err() != nil {
						failed++
					}
				}
				require.Equal(t, batch.Failed, failed)
			})
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
