// In a cluster, rueidis follows a script's own error that begins with MOVED or ASK as a redirection: the script runs again and
// again, or rueidis panics. Run it with "moved" or "ask".
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"

	"github.com/redis/rueidis"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	speech := map[string]string{"moved": fmt.Sprintf("-MOVED 1 127.0.0.1:%d\r\n", port), "ask": "-ASK_LIMIT reached\r\n"}
	if len(os.Args) != 2 || speech[os.Args[1]] == "" {
		fmt.Println("usage: go run . moved|ask")
		os.Exit(2)
	}
	var ran atomic.Int64
	go serve(l, func(args []string) string {
		switch args[0] {
		case "EVAL": // return redis.error_reply(...), after a write
			ran.Add(1)
			return speech[os.Args[1]]
		case "CLUSTER": // SLOTS
			return fmt.Sprintf("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:%d\r\n$1\r\nn\r\n", port)
		}
		return "+OK\r\n"
	})
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{l.Addr().String()}, AlwaysRESP2: true, DisableCache: true,
		ClusterOption: rueidis.ClusterOption{MaxMovedRedirections: 16}, // without it, the script runs for ever
	})
	if err != nil {
		panic(err)
	}
	script := client.B().Eval().Script("redis.call('INCR', KEYS[1]) return redis.error_reply(ARGV[1])").Numkeys(1).Key("k").Arg("...").Build()
	err = client.Do(context.Background(), script).Error()
	fmt.Printf("one EVAL, sent once, ran %d times: %v\n", ran.Load(), err)
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
