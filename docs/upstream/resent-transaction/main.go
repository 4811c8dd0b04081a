// A connection's ConnLifetime ends: rueidis sends again what the server has executed, of a transaction only what follows MULTI.
// Run it with "MULTI", "INCR" or "EXEC", the command from which on the replies to a transaction are late, or with "busy", in
// which no reply is late.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

func main() {
	s := new(server)
	switch mode := strings.Join(os.Args[1:], " "); mode {
	case "MULTI", "INCR", "EXEC":
		s.late = mode
		s.transaction(s.connect(300 * time.Millisecond))
	case "busy":
		s.busy(s.connect(20 * time.Millisecond))
	default:
		fmt.Println("usage: go run . MULTI|INCR|EXEC|busy")
		os.Exit(2)
	}
}

// transaction increments a counter twice in one transaction.
func (s *server) transaction(client rueidis.Client) {
	b := client.B()
	replies := client.DoMulti(context.Background(),
		b.Multi().Build(), b.Incr().Key("n").Build(), b.Incr().Key("n").Build(), b.Exec().Build())
	for i, reply := range replies {
		fmt.Printf("reply %d: %v\n", i, text(reply))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Println("the server received:", strings.Join(s.received, " "))
	fmt.Println("the counter after one transaction of two INCRs:", s.n)
}

// busy increments a counter in more goroutines than a ring of rueidis has places.
func (s *server) busy(client rueidis.Client) {
	const goroutines, each = 4000, 100
	var answered, failed atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				if err := client.Do(context.Background(), client.B().Incr().Key("n").Build()).Error(); err != nil {
					failed.Add(1)
				} else {
					answered.Add(1)
				}
			}
		})
	}
	wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Printf("%d INCRs, %d answered, %d failed, on %d connections; the counter: %d\n",
		goroutines*each, answered.Load(), failed.Load(), s.connections, s.n)
}

func text(reply rueidis.RedisResult) string {
	m, err := reply.ToMessage()
	if err != nil {
		return err.Error()
	}
	return m.String()
}

// server has one counter.
type server struct {
	late string // the first command whose reply is late, once, as are those that follow on its connection

	mu          sync.Mutex
	n           int
	connections int
	received    []string
}

// connect makes a client whose connections are in pipelining mode, as they are after any two commands at a time.
func (s *server) connect(lifetime time.Duration) rueidis.Client {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go s.serve(l)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{l.Addr().String()}, ForceSingleClient: true, AlwaysRESP2: true, DisableCache: true,
		ConnLifetime: lifetime, DisableRetry: true, AlwaysPipelining: true, PipelineMultiplex: -1,
	})
	if err != nil {
		panic(err)
	}
	return client
}

func (s *server) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.connections++
		s.mu.Unlock()
		go func() {
			defer conn.Close()
			in, queued, silent := bufio.NewReader(conn), -1, false
			for {
				args, err := command(in)
				if err != nil {
					return
				}
				late, reply := s.answer(args[0], &queued)
				if silent = silent || late; silent {
					continue // longer than the program lasts
				}
				if _, err := io.WriteString(conn, reply); err != nil {
					return
				}
			}
		}()
	}
}

// answer executes a command. queued is the number of commands since MULTI, or -1.
func (s *server) answer(name string, queued *int) (late bool, reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if late = name == s.late; late {
		s.late = ""
	}
	if s.n < 10 && (name == "MULTI" || name == "INCR" || name == "EXEC") {
		s.received = append(s.received, name)
	}
	switch {
	case name == "MULTI":
		*queued = 0
	case name == "EXEC" && *queued < 0:
		return late, "-ERR EXEC without MULTI\r\n"
	case name == "EXEC":
		reply = fmt.Sprintf("*%d\r\n", *queued)
		for ; *queued > 0; *queued-- {
			s.n++
			reply += fmt.Sprintf(":%d\r\n", s.n)
		}
		*queued = -1
		return late, reply
	case name == "INCR" && *queued >= 0:
		*queued++
		return late, "+QUEUED\r\n"
	case name == "INCR":
		s.n++
		return late, fmt.Sprintf(":%d\r\n", s.n)
	}
	return late, "+OK\r\n"
}

// command reads a command.
func command(in *bufio.Reader) ([]string, error) {
	var n, size int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	args := make([]string, n)
	for i := range args {
		if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil {
			return nil, err
		}
		arg := make([]byte, size+2)
		if _, err := io.ReadFull(in, arg); err != nil {
			return nil, err
		}
		args[i] = string(arg[:size])
	}
	return args, nil
}
