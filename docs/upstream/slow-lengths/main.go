// What a length of two digits costs: batches of 10 SETs of keys and values of 9 bytes, compared with 10 bytes and more. The
// connection has the replies at once, so that only the client's work is measured. With a file's name, it writes a profile of
// batches with 10 bytes to it.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

const (
	commands = 10    // in a batch
	batches  = 20000 // in a round
	rounds   = 31
)

func main() {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"canned"}, ForceSingleClient: true, AlwaysRESP2: true, DisableCache: true,
		DialCtxFn: func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error) {
			return new(canned), nil
		},
	})
	if err != nil {
		panic(err)
	}
	if len(os.Args) == 2 {
		f, err := os.Create(os.Args[1])
		if err != nil {
			panic(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			panic(err)
		}
		for range rounds {
			measure(client, 10)
		}
		pprof.StopCPUProfile()
		return
	}
	sizes := []int{9, 9, 10, 11, 99, 100, 999, 1000}
	times := make([][]float64, len(sizes))
	var allocations float64
	for range rounds {
		for i, size := range sizes {
			var t float64
			t, allocations = measure(client, size)
			times[i] = append(times[i], t)
		}
	}
	fmt.Printf("a batch of %d SETs of values of %d bytes: %.0f ns, %.1f allocations\n",
		commands, sizes[0], median(times[0]), allocations)
	for i := 1; i < len(sizes); i++ {
		ratios := make([]float64, rounds)
		for r := range ratios {
			ratios[r] = times[i][r] / times[0][r]
		}
		fmt.Printf("%4d bytes: x%.2f\n", sizes[i], median(ratios))
	}
}

// measure returns the time and the allocations of one batch with values of this size. The keys have up to 16 bytes.
func measure(client rueidis.Client, size int) (nanoseconds, allocations float64) {
	ctx, value := context.Background(), strings.Repeat("x", size)
	key := value[:min(size, 16)] // rueidis computes the slots of keys, which would take longer for longer keys
	batch := make([]rueidis.Completed, commands)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range batches {
		for i := range batch {
			batch[i] = client.B().Set().Key(key).Value(value).Build()
		}
		for _, reply := range client.DoMulti(ctx, batch...) {
			if err := reply.Error(); err != nil {
				panic(err)
			}
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return float64(took.Nanoseconds()) / batches, float64(after.Mallocs-before.Mallocs) / batches
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// canned is a connection to a server that answers OK to everything at once.
type canned struct {
	replies atomic.Int64
}

var batchStart = []byte("*3\r\n$3\r\nSET\r\n")

func (c *canned) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, batchStart) {
		c.replies.Add(commands) // a batch fits into the buffer of the client
	} else {
		c.replies.Add(int64(bytes.Count(b, []byte("\n*")) + 1))
	}
	return len(b), nil
}

func (c *canned) Read(b []byte) (int, error) {
	const reply = "+OK\r\n"
	n := 0
	for ; c.replies.Load() > 0 && len(b)-n >= len(reply); n += len(reply) {
		copy(b[n:], reply)
		c.replies.Add(-1)
	}
	return n, nil
}

func (c *canned) Close() error                     { return nil }
func (c *canned) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *canned) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *canned) SetDeadline(time.Time) error      { return nil }
func (c *canned) SetReadDeadline(time.Time) error  { return nil }
func (c *canned) SetWriteDeadline(time.Time) error { return nil }
