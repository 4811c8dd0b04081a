// What a program can learn of a RESP3 map: a server sends one, and each method of rueidis's is asked for it.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/redis/rueidis"
)

// The replies, by the key that is asked for. A script returns the second: redis.setresp(3) return {map={[10]='a', [20]='b'}}.
var replies = map[string]string{
	"strings":  "%3\r\n$1\r\nb\r\n$1\r\n1\r\n$1\r\na\r\n$1\r\n2\r\n$1\r\nb\r\n$1\r\n3\r\n",
	"integers": "%2\r\n:10\r\n$1\r\na\r\n:20\r\n$1\r\nb\r\n",
	"streams":  "%2\r\n$2\r\ns2\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*0\r\n$2\r\ns1\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*0\r\n",
	"large":    large(100),
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(l, func(args []string) string {
		switch args[0] {
		case "GET":
			return replies[args[1]]
		case "HELLO":
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
	get := func(key string) rueidis.RedisMessage {
		m, err := client.Do(context.Background(), client.B().Get().Key(key).Build()).ToMessage()
		if err != nil {
			panic(err)
		}
		return m
	}
	for _, key := range []string{"strings", "integers"} {
		m := get(key)
		fmt.Printf("%s: %q\n", key, replies[key])
		show("AsMap")(keys(m.AsMap()))
		show("ToMap")(keys(m.ToMap()))
		show("AsStrMap")(m.AsStrMap())
		show("ToAny")(m.ToAny())
		show("ToArray")(m.ToArray())
		show("AsStrSlice")(m.AsStrSlice())
		show("AsZScores")(m.AsZScores())
	}
	m := get("streams")
	fmt.Printf("streams: %q\n", replies["streams"])
	show("AsXRead")(m.AsXRead())
	show("AsXReadSlices")(m.AsXReadSlices())
	m = get("large")
	fmt.Println("AsMap of 100 pairs:", testing.AllocsPerRun(1000, func() {
		if _, err := m.AsMap(); err != nil {
			panic(err)
		}
	}), "allocations")
	fmt.Println("CacheMarshal and CacheUnmarshalView of 100 pairs:", testing.AllocsPerRun(1000, func() {
		if pairs, err := inOrder(m); err != nil || len(pairs) != 200 {
			panic(err)
		}
	}), "allocations")
}

func large(pairs int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%%%d\r\n", pairs)
	for i := range pairs {
		fmt.Fprintf(&b, "$9\r\nfield:%03d\r\n$5\r\nvalue\r\n", i)
	}
	return b.String()
}

// inOrder returns the keys and values of a map in turn, by a detour: in the form of the client-side cache, the byte after the TTL
// is the type of the message, which makes an array of a map.
func inOrder(m rueidis.RedisMessage) ([]rueidis.RedisMessage, error) {
	stored := m.CacheMarshal(nil)
	stored[7] = '*'
	var list rueidis.RedisMessage
	if err := list.CacheUnmarshalView(stored); err != nil {
		return nil, err
	}
	return list.ToArray()
}

func show(method string) func(v any, err error) {
	return func(v any, err error) {
		if err != nil {
			v = err
		}
		fmt.Printf("\t%s: %v\n", method, v)
	}
}

func keys(values map[string]rueidis.RedisMessage, err error) (any, error) {
	texts := make(map[string]string, len(values))
	for key, value := range values {
		texts[key] = value.String()
	}
	return texts, err
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
