package faultproxy

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/resp"
)

// dial connects to the proxy without a client.
func dial(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// send writes commands, given as words, in one piece.
func send(t *testing.T, conn net.Conn, commands ...string) {
	t.Helper()
	_, err := conn.Write(encode(commands...))
	require.NoError(t, err)
}

func encode(commands ...string) (stream []byte) {
	for _, command := range commands {
		stream = resp.AppendCommand(stream, strings.Fields(command)...)
	}
	return stream
}

// expect reads exactly that.
func expect(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(conn, got)
	require.NoError(t, err, "%q", got[:n])
	require.Equal(t, want, string(got))
}

// expectEnd reads exactly that, and then the end of the connection.
func expectEnd(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// client returns a rueidis client that connects through the proxy.
func client(t *testing.T, p *Proxy, edit ...func(*rueidis.ClientOption)) rueidis.Client {
	t.Helper()
	option := rueidis.ClientOption{InitAddress: []string{p.Addr()}, ForceSingleClient: true}
	for _, e := range edit {
		e(&option)
	}
	c, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// value returns what the server has at key, "" for nothing.
func value(t *testing.T, s *redistest.Server, key string) string {
	t.Helper()
	reply := s.Do(t, "GET", key)
	if reply.IsNil() {
		return ""
	}
	v, err := reply.ToString()
	require.NoError(t, err)
	return v
}

func TestTransparent(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, edit := range map[string]func(*rueidis.ClientOption){
		"RESP3":     func(*rueidis.ClientOption) {},
		"RESP2":     func(o *rueidis.ClientOption) { o.AlwaysRESP2, o.DisableCache = true, true },
		"pipelined": func(o *rueidis.ClientOption) { o.AlwaysPipelining = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Start(t, s.Addr)
			p.Arm(Fault{Command: "NEVER"}) // so that commands are held until complete
			c := client(t, p, edit)
			var wg sync.WaitGroup
			for g := range 8 {
				wg.Go(func() {
					random := rand.NewChaCha8(sha256.Sum256([]byte(t.Name() + fmt.Sprint(g))))
					key := redistest.Key(t, fmt.Sprint("k", g))
					for i := range 20 {
						if g == 0 && i == 10 {
							p.Disarm()
						}
						b := make([]byte, 1+i*7919)
						_, _ = random.Read(b)
						if !assert.NoError(t, c.Do(t.Context(), c.B().Set().Key(key).Value(string(b)).Build()).Error()) {
							return
						}
						got, err := c.Do(t.Context(), c.B().Get().Key(key).Build()).AsBytes()
						assert.NoError(t, err)
						assert.True(t, bytes.Equal(b, got))
					}
				})
			}
			wg.Wait()
			assert.Zero(t, p.Fired())
		})
	}
}

func TestPubSubPasses(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, hello := range []string{"2", "3"} {
		t.Run("RESP"+hello, func(t *testing.T) {
			t.Parallel()
			p := Start(t, s.Addr)
			conn := dial(t, p)
			a := redistest.Key(t, "a")
			kind := map[string]string{"2": "*", "3": ">"}[hello]
			send(t, conn, "HELLO "+hello)
			buf := make([]byte, 4096)
			_, err := conn.Read(buf)
			require.NoError(t, err)
			send(t, conn, "SUBSCRIBE "+a+" other")
			expect(t, conn, fmt.Sprintf("%s3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n%[1]s3\r\n$9\r\nsubscribe\r\n$5\r\nother\r\n:2\r\n", kind, len(a), a))
			s.Do(t, "PUBLISH", a, "hi")
			expect(t, conn, fmt.Sprintf("%s3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$2\r\nhi\r\n", kind, len(a), a))
			// the counting is still right after all that
			p.Arm(Fault{Command: "PING", Phase: MidReply})
			send(t, conn, "PING")
			if hello == "3" {
				expectEnd(t, conn, "+PO")
			} else {
				expectEnd(t, conn, "*2\r\n$4\r\npo")
			}
		})
	}
}

func TestCounting(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	conn := dial(t, p)
	key := redistest.Key(t, "k")
	send(t, conn, "PING")
	expect(t, conn, "+PONG\r\n")
	assert.Equal(t, []string{"PING"}, p.Commands())
	assert.Equal(t, 14, p.BytesSent())
	assert.Equal(t, 1, p.Writes())
	assert.Empty(t, p.Argv())

	p.Reset()
	p.Record(true)
	send(t, conn, "multi", "incr "+key, "exec")
	expect(t, conn, "+OK\r\n+QUEUED\r\n*1\r\n:1\r\n")
	assert.Equal(t, []string{"MULTI", "INCR", "EXEC"}, p.Commands())
	assert.Equal(t, [][]string{{"multi"}, {"incr", key}, {"exec"}}, p.Argv())
	assert.Equal(t, len(encode("multi", "incr "+key, "exec")), p.BytesSent())
	assert.Equal(t, 1, p.Writes())
	assert.Equal(t, 1, p.Conns())
	assert.NoError(t, conn.Close())
	redistest.Eventually(t, "connection is gone", func() bool { return p.Conns() == 0 })
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	conn := dial(t, p)
	redistest.Eventually(t, "it is accepted", func() bool { return p.Conns() == 1 })
	p.Refuse(true)
	p.Refuse(true)
	_, err := net.Dial("tcp", p.Addr())
	var refused *net.OpError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "dial", refused.Op)
	send(t, conn, "PING") // is as it was
	expect(t, conn, "+PONG\r\n")
	p.Refuse(false)
	p.Refuse(false)
	again := dial(t, p)
	send(t, again, "PING")
	expect(t, again, "+PONG\r\n")
}

func TestCutAll(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	c := client(t, p)
	conn := dial(t, p)
	send(t, conn, "PING")
	expect(t, conn, "+PONG\r\n")
	p.CutAll()
	_, err := conn.Read(make([]byte, 1))
	assert.Error(t, err)
	redistest.Eventually(t, "connections are gone", func() bool { return p.Conns() == 0 })
	// a client connects again
	redistest.Eventually(t, "client is back", func() bool { return c.Do(t.Context(), c.B().Ping().Build()).Error() == nil })
}

func TestServerGone(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := Start(t, s.Addr)
	conn := dial(t, p)
	send(t, conn, "PING")
	expect(t, conn, "+PONG\r\n")
	s.Kill()
	expectEnd(t, conn, "")
	redistest.Eventually(t, "connection is gone", func() bool { return p.Conns() == 0 })
	expectEnd(t, dial(t, p), "") // accepted, but there is nobody behind it
}

func TestClientMayCloseItsHalf(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	conn := dial(t, p)
	send(t, conn, "ECHO a", "ECHO b")
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	expectEnd(t, conn, "$1\r\na\r\n$1\r\nb\r\n")
}

func TestByteByByte(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	p.ByteByByte(true)
	conn := dial(t, p)
	want := "$26\r\nabcdefghijklmnopqrstuvwxyz\r\n"
	reads, bytes := 0, 0
	buf := make([]byte, 64)
	for range 20 {
		send(t, conn, "ECHO abcdefghijklmnopqrstuvwxyz")
		var got string
		for len(got) < len(want) {
			n, err := conn.Read(buf)
			require.NoError(t, err)
			got += string(buf[:n])
			reads++
		}
		require.Equal(t, want, got)
		bytes += len(want)
	}
	t.Logf("%d bytes in %d reads", bytes, reads)
	assert.Greater(t, reads, 3*20) // undivided it would be 20; a busy machine may join most of the bytes

	c := client(t, p)
	got, err := c.Do(t.Context(), c.B().Echo().Message("abc").Build()).ToString()
	require.NoError(t, err)
	assert.Equal(t, "abc", got)
}
