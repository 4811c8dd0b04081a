// DoMulti sends nothing before the whole batch is in its write buffer, so a server of the same batch waits meanwhile. The
// program measures batches of SETs with several sizes of the buffer. Run it with the address of a server; "serve" and an address
// is such a server; "blocked" shows what happens if a server does not read on before its replies are read.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "blocked":
		blocked("the default", false)
		blocked("AlwaysPipelining", true)
	case len(os.Args) == 3 && os.Args[1] == "serve":
		serve(listen(os.Args[2]), 64<<10)
	case len(os.Args) == 2:
		for _, batch := range []struct{ commands, size int }{{100, 16}, {1000, 16}, {10000, 16}, {20, 64 << 10}, {4, 1 << 20}} {
			measure(os.Args[1], batch.commands, batch.size)
		}
	default:
		fmt.Println("usage: go run . ADDRESS | serve ADDRESS | blocked")
		os.Exit(2)
	}
}

// measure prints the times of a batch of SETs, relative to the default buffer's.
func measure(address string, commands, size int) {
	buffers := []int{512 << 10, 512 << 10, 64 << 10, 32 << 10, 16 << 10, 8 << 10}
	rounds := 41
	repeat := max(2, 200000/(size*commands)) // batches in a round
	clients, firsts := make([]rueidis.Client, len(buffers)), make([]*first, len(buffers))
	for i, buffer := range buffers {
		firsts[i] = new(first)
		clients[i] = connect(address, buffer, firsts[i])
		defer clients[i].Close()
	}
	value := strings.Repeat("x", size)
	batch := make([]rueidis.Completed, commands)
	times, before := make([][]float64, len(buffers)), make([][]float64, len(buffers))
	for r := range rounds {
		for k := range buffers {
			i := (r + k) % len(buffers)
			var took, silent time.Duration
			for range repeat {
				start := time.Now()
				for j := range batch {
					batch[j] = clients[i].B().Set().Key("key:" + strconv.Itoa(j)).Value(value).Build()
				}
				sent := time.Now()
				firsts[i].at.Store(nil)
				for _, reply := range clients[i].DoMulti(context.Background(), batch...) {
					if err := reply.Error(); err != nil {
						panic(err)
					}
				}
				took += time.Since(start)
				silent += firsts[i].at.Load().Sub(sent)
			}
			times[i] = append(times[i], took.Seconds())
			before[i] = append(before[i], silent.Seconds()/took.Seconds())
		}
	}
	fmt.Printf("%d SETs of %d bytes:\n", commands, size)
	for i, buffer := range buffers {
		ratios := make([]float64, rounds)
		for r := range ratios {
			ratios[r] = times[i][r] / times[0][r]
		}
		slices.Sort(ratios)
		slices.Sort(before[i])
		fmt.Printf("%5d KiB: x%.2f (quartiles %.2f-%.2f), DoMulti's first byte after %.0f %% of the time\n",
			buffer>>10, ratios[rounds/2], ratios[rounds/4], ratios[rounds*3/4], 100*before[i][rounds/2])
	}
}

func connect(address string, buffer int, f *first) rueidis.Client {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{address}, ForceSingleClient: true, AlwaysRESP2: true, DisableCache: true,
		WriteBufferEachConn: buffer, BlockingPipeline: -1,
		DialCtxFn: func(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			conn, err := d.DialContext(ctx, "tcp", addr)
			return &timed{conn, f}, err
		},
	})
	if err != nil {
		panic(err)
	}
	return client
}

// first is the time of the first Write since it was nil.
type first struct {
	at atomic.Pointer[time.Time]
}

type timed struct {
	net.Conn
	first *first
}

func (t *timed) Write(b []byte) (int, error) {
	if t.first.at.Load() == nil {
		now := time.Now()
		t.first.at.Store(&now)
	}
	return t.Conn.Write(b)
}

// blocked sends a batch to a server that writes each reply before it reads on.
func blocked(name string, pipelining bool) {
	l := listen("127.0.0.1:0")
	go serve(l, 0)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{l.Addr().String()}, ForceSingleClient: true, AlwaysRESP2: true, DisableCache: true,
		AlwaysPipelining: pipelining, BlockingPipeline: -1, ConnWriteTimeout: 2 * time.Second,
		DisableRetry: true, // else rueidis tries again for ever, as GETs only read
		DialCtxFn: func(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			conn, err := d.DialContext(ctx, "tcp", addr)
			if err == nil {
				err = small(conn)
			}
			return conn, err
		},
	})
	if err != nil {
		panic(err)
	}
	batch := make([]rueidis.Completed, 10000)
	for i := range batch {
		batch[i] = client.B().Get().Key("a-key-of-a-KiB").Build()
	}
	start := time.Now()
	replies := client.DoMulti(context.Background(), batch...)
	fmt.Printf("%s: DoMulti of %d GETs, 340 kB: %.1f s, %v\n", name, len(batch), time.Since(start).Seconds(), replies[0].Error())
}

// small makes the buffers of the system small, so that the batch need not be large.
func small(conn net.Conn) error {
	if err := conn.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		return err
	}
	return conn.(*net.TCPConn).SetWriteBuffer(16 << 10)
}

func listen(address string) net.Listener {
	l, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	return l
}

// serve answers every command that arrives. With a buffer, it writes when that is full, or nothing more has arrived.
func serve(l net.Listener, buffer int) {
	kilobyte := "$1024\r\n" + strings.Repeat("x", 1024) + "\r\n"
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if buffer == 0 {
			if err := small(conn); err != nil {
				panic(err)
			}
		}
		go func() {
			defer conn.Close()
			in, out := bufio.NewReader(conn), bufio.NewWriterSize(conn, max(buffer, len(kilobyte)))
			for {
				name, err := command(in)
				if err != nil {
					return
				}
				reply := "+OK\r\n"
				if name == "GET" {
					reply = kilobyte
				}
				if _, err := out.WriteString(reply); err != nil {
					return
				}
				if buffer == 0 || in.Buffered() == 0 {
					if err := out.Flush(); err != nil {
						return
					}
				}
			}
		}()
	}
}

// command reads a command, and returns its name.
func command(in *bufio.Reader) (name string, err error) {
	n, err := length(in)
	for i := 0; err == nil && i < n; i++ {
		var size int
		if size, err = length(in); err != nil {
			break
		}
		if i == 0 {
			b := make([]byte, size+2)
			_, err = io.ReadFull(in, b)
			name = string(b[:size])
		} else {
			_, err = in.Discard(size + 2)
		}
	}
	return name, err
}

func length(in *bufio.Reader) (int, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(line[1:])))
}
