// rueidis's client-side cache takes some commands for the same that are not, and fails reads because of others' contexts.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(l)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{l.Addr().String()}, ForceSingleClient: true, DisableRetry: true})
	if err != nil {
		panic(err)
	}
	ctx, b := context.Background(), client.B()
	read := func(command rueidis.Cacheable) {
		words := strings.Join(command.Commands(), " ")
		r := client.DoCache(ctx, command, time.Minute)
		text, err := r.ToString()
		fmt.Printf("%-16s %q, %v, from the cache: %v\n", words, text, err, r.IsCacheHit())
	}
	read(b.Lrange().Key("k").Start(1).Stop(10).Cache())
	read(b.Lrange().Key("k").Start(11).Stop(0).Cache())
	read(b.Hget().Key("k").Field("ALL").Cache())
	read(b.Hgetall().Key("k").Cache())

	impatient, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	go client.DoCache(impatient, b.Get().Key("slow").Cache(), time.Minute)
	time.Sleep(50 * time.Millisecond)
	read(b.Get().Key("slow").Cache())
}

// serve answers a read with its own words, and one of a key that is slow after a second.
func serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			in, queued := bufio.NewReader(conn), ""
			for {
				args := command(in)
				if args == nil {
					return
				}
				reply := "+QUEUED\r\n"
				switch args[0] {
				case "HELLO":
					reply = "%2\r\n+version\r\n+7.0.0\r\n+proto\r\n:3\r\n"
				case "CLIENT", "MULTI", "PING":
					reply = "+OK\r\n"
				case "EXEC":
					if strings.HasSuffix(queued, "slow") {
						time.Sleep(time.Second)
					}
					reply = "*2\r\n:-1\r\n+reply to " + queued + "\r\n"
				default:
					queued = strings.Join(args, " ")
				}
				if _, err := io.WriteString(conn, reply); err != nil {
					return
				}
			}
		}()
	}
}

// command reads one command, nil at the end.
func command(in *bufio.Reader) []string {
	var n int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
		return nil
	}
	args := make([]string, n)
	for i := range args {
		var size int
		if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil {
			return nil
		}
		word := make([]byte, size+2)
		if _, err := io.ReadFull(in, word); err != nil {
			return nil
		}
		args[i] = string(word[:size])
	}
	return args
}
