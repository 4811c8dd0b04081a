// A server that violates the protocol ends the process of its client: three replies, each in a process of its own.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

var replies = map[string]string{
	"a string of 2^63-1 bytes":   "$9223372036854775807\r\n",
	"an array of -5 elements":    "*-5\r\n",
	"a reply that nobody wanted": "+x\r\n+y\r\n",
}

func main() {
	if len(os.Args) == 2 {
		attack(replies[os.Args[1]])
		return
	}
	for name := range replies {
		out, err := exec.Command(os.Args[0], name).CombinedOutput()
		lines := strings.Split(string(out), "\n")
		fmt.Printf("%s: %v\n", name, err)
		for i, line := range lines {
			if strings.HasPrefix(line, "panic:") || strings.Contains(line, "rueidis@") && i < 30 {
				fmt.Println("\t" + strings.TrimSpace(line))
			}
		}
	}
}

func attack(reply string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(l, func(args []string) string {
		if args[0] == "GET" {
			return reply
		}
		return "+OK\r\n"
	})
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{l.Addr().String()}, ForceSingleClient: true, AlwaysRESP2: true, DisableCache: true, AlwaysPipelining: true,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(client.Do(context.Background(), client.B().Get().Key("k").Build()).Error())
	time.Sleep(time.Second)
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
