// A pipelining connection is given back while the server refuses UNSUBSCRIBE, as one that runs a long script does: the process
// ends.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

const busy = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var runsScript atomic.Bool
	go serve(l, func(args []string) string {
		if runsScript.Load() && args[0] != "DISCARD" {
			return busy
		}
		if args[0] == "HELLO" {
			return "%2\r\n+version\r\n+7.2.0\r\n+proto\r\n:3\r\n"
		}
		return "+OK\r\n"
	})
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{l.Addr().String()}, ForceSingleClient: true, DisableCache: true,
	})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background()) // without a deadline: the connection becomes a pipelining one
	defer cancel()
	conn, release := client.Dedicate()
	fmt.Println("a command on a dedicated connection:", conn.Do(ctx, conn.B().Get().Key("k").Build()).Error())
	runsScript.Store(true)
	release()
	time.Sleep(time.Second)
	fmt.Println("one second after the connection was given back")
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
