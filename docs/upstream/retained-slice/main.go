// A DoMulti of commands that only read is retried by rueidis on a new connection and answered, without an error. The writer of
// the first connection still ranges over the caller's slice. The caller, who has his answers, uses the slice again.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(l, func(args []string) string {
		if args[0] == "GET" {
			return "$1\r\nx\r\n"
		}
		return "+OK\r\n"
	})
	first, letGo := new(atomic.Bool), make(chan struct{})
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{l.Addr().String()}, ForceSingleClient: true, AlwaysRESP2: true, DisableCache: true,
		AlwaysPipelining: true, PipelineMultiplex: -1, WriteBufferEachConn: 64,
		DialCtxFn: func(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			conn, err := d.DialContext(ctx, "tcp", addr)
			return &stuck{conn, first, letGo}, err
		},
	})
	if err != nil {
		panic(err)
	}
	commands := make([]rueidis.Completed, 20)
	for i := range commands {
		commands[i] = client.B().Get().Key(fmt.Sprintf("a-key-of-some-length-%d", i)).Build().Pin()
	}
	for i, r := range client.DoMulti(context.Background(), commands...) {
		if err := r.Error(); err != nil {
			fmt.Println("reply", i, err)
		}
	}
	fmt.Println("DoMulti has returned", len(commands), "replies; the slice is cleared")
	clear(commands)
	close(letGo)
	time.Sleep(time.Second)
	fmt.Println("nothing happened")
}

// serve answers every command that arrives.
func serve(l net.Listener, answer func(args []string) string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			in := bufio.NewReader(conn)
			for {
				var n, size int
				if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
					return
				}
				args := make([]string, n)
				for i := range args {
					if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil {
						return
					}
					arg := make([]byte, size+2)
					if _, err := io.ReadFull(in, arg); err != nil {
						return
					}
					args[i] = string(arg[:size])
				}
				if _, err := io.WriteString(conn, answer(args)); err != nil {
					return
				}
			}
		}()
	}
}

// stuck is a connection of which the reading side ends as soon as a write of GETs begins, and that write takes a while: a
// peer that has reset the connection, as the writer will find out later.
type stuck struct {
	net.Conn
	first *atomic.Bool
	letGo chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("GET")) && s.first.CompareAndSwap(false, true) {
		_ = s.Conn.SetReadDeadline(time.Now()) // what the reader sees
		<-s.letGo
		return len(b), nil // the system has taken it, as it does
	}
	return s.Conn.Write(b)
}

func (s *stuck) Close() error { return nil }
