package faultproxy

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/resp"
)

// What executes a unit is marked by !.
func TestUnits(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{
		"!INCR k|!incr k",
		"GET k|HELLO 3|CLIENT ID|PING|ROLE|!INCR k",
		"MULTI|EXEC|MULTI|INCR k|!EXEC|!INCR k",
		"MULTI|INCR k|DISCARD|MULTI|EXEC|!INCR k",
		"WATCH k|GET k|EVAL x 0|MULTI|EXEC|!INCR k",
		"WATCH k|GET k|MULTI|GET k|!EXEC",
		"WATCH k|INCR k|UNWATCH|!INCR k",
		"SCRIPT LOAD x|FUNCTION LOAD x|!EVALSHA d 0|!EVAL x 0|!FCALL f 0|EVAL_RO x 0|FCALL_RO f 0",
		"!SORT k|XINFO stream k|config get x|!config set x y|!XGROUP CREATE s g 0|!SOMETHING",
		"SUBSCRIBE x|!PUBLISH x y|WAIT 0 0|WATCH k|RESET|!INCR k",
	} {
		var s session
		var found []string
		for command := range strings.SplitSeq(stream, "|") {
			argv := strings.Fields(strings.TrimPrefix(command, "!"))
			mark := ""
			if s.next(strings.ToUpper(argv[0]), argv).executes {
				mark = "!"
			}
			found = append(found, mark+strings.Join(argv, " "))
		}
		assert.Equal(t, stream, strings.Join(found, "|"))
	}
}

func TestUnitFault(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	key := redistest.Key(t, "k")
	p := Start(t, s.Addr)
	p.Ask(s.TryDo)
	armed := p.Arm(Fault{Unit: true})
	conn := dial(t, p)
	send(t, conn, "GET "+key, "MULTI", "EXEC", "EVALSHA "+strings.Repeat("0", 40)+" 0")
	expect(t, conn, "$-1\r\n+OK\r\n*0\r\n-NOSCRIPT No matching script. Please use EVAL.\r\n")
	require.Zero(t, armed.Fired())
	send(t, conn, "MULTI", "INCR "+key, "EXEC")
	expectEnd(t, conn, "+OK\r\n+QUEUED\r\n")
	require.Equal(t, 1, armed.Fired())
	require.Empty(t, value(t, s, key))
}

func TestLose(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, split := range map[string]int{"one write": 1 << 20, "pieces": 7} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := redistest.Key(t, "k")
			p := Start(t, s.Addr)
			p.Arm(Fault{Unit: true, Phase: AfterCommand, Action: Lose})
			conn := dial(t, p)
			stream := encode("GET "+key, "INCR "+key, "INCR "+key)
			if split < len(stream) { // the connection ends when all that has arrived was answered
				stream = encode("GET "+key, "INCR "+key)
			}
			for len(stream) > 0 {
				n := min(split, len(stream))
				_, err := conn.Write(stream[:n])
				require.NoError(t, err)
				stream = stream[n:]
			}
			expectEnd(t, conn, "$-1\r\n")
			require.Equal(t, map[string]string{"one write": "2", "pieces": "1"}[name], value(t, s, key))
		})
	}
}

// A command that is longer than what the proxy reads at once is delivered whole before the connection ends.
func TestLoseLongCommands(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	key := redistest.Key(t, "k")
	p := Start(t, s.Addr)
	p.Arm(Fault{Unit: true, Phase: AfterCommand, Action: Lose})
	conn := dial(t, p)
	var stream []byte
	for i := range 20 {
		stream = resp.AppendCommand(stream, "HSET", key, fmt.Sprint(i), strings.Repeat("x", 50_000))
	}
	_, err := conn.Write(stream)
	require.NoError(t, err)
	expectEnd(t, conn, "")
	n, err := s.Do(t, "HLEN", key).ToInt64()
	require.NoError(t, err)
	require.EqualValues(t, 20, n)
}

// A connection does not end in the middle of a command.
func TestLoseWaitsForTheRestOfACommand(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	key := redistest.Key(t, "k")
	p := Start(t, s.Addr)
	p.Arm(Fault{Unit: true, Phase: AfterCommand, Action: Lose})
	conn := dial(t, p)
	stream := encode("INCR "+key, "INCR "+key)
	_, err := conn.Write(stream[:len(stream)-5])
	require.NoError(t, err)
	redistest.Eventually(t, "the first one is executed", func() bool { return value(t, s, key) == "1" })
	time.Sleep(20 * time.Millisecond) // for an end that would be wrong
	_, err = conn.Write(stream[len(stream)-5:])
	require.NoError(t, err)
	expectEnd(t, conn, "")
	require.Equal(t, "2", value(t, s, key))
}

// What came after a command that is late is delivered, too, before the server sees the end of the connection.
func TestLatePipelineIsDelivered(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	p := Start(t, l.Addr().String())
	p.Arm(Fault{Action: CutHold})
	stream := encode("INCR a", "INCR b")
	conn := dial(t, p)
	send(t, conn, "INCR a", "INCR b")
	server, err := l.Accept()
	require.NoError(t, err)
	defer server.Close()
	expectEnd(t, conn, "")
	redistest.Eventually(t, "it is held", func() bool { return p.Held() == 1 })
	released := make(chan int)
	go func() { released <- p.Release() }()
	defer func() { <-released }()
	require.NoError(t, server.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.ReadFull(server, make([]byte, len(stream)))
	require.NoError(t, err)
	_, err = server.Write([]byte(":1\r\n"))
	require.NoError(t, err)
	require.NoError(t, server.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded) // and not the end
	require.NoError(t, server.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err = server.Write([]byte(":1\r\n"))
	require.NoError(t, err)
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}

func TestTouch(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, key := range map[string]string{"tag": redistest.Key(t, "k"), "no tag": "touch" + fmt.Sprint(t.Name())} {
		for _, there := range []bool{true, false} {
			t.Run(fmt.Sprint(name, there), func(t *testing.T) {
				key := key + fmt.Sprint(there)
				p := Start(t, s.Addr)
				p.Ask(s.TryDo)
				armed := p.Arm(Fault{Action: Touch})
				conn := dial(t, p)
				s.Do(t, "DEL", key, key+"2")
				if there {
					s.Do(t, "SET", key, "5", "PX", "1000000")
				}
				send(t, conn, "MULTI", "PING", "EXEC")
				expect(t, conn, "+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n")
				require.Zero(t, armed.Fired())
				send(t, conn, "WATCH "+key, "MULTI", "INCR "+key+"2", "EXEC", "PING")
				expect(t, conn, "+OK\r\n+OK\r\n+QUEUED\r\n*-1\r\n+PONG\r\n")
				require.Equal(t, 1, armed.Fired())
				ttl, err := s.Do(t, "PTTL", key).ToInt64()
				require.NoError(t, err)
				if there {
					require.Equal(t, "5", value(t, s, key))
					require.Greater(t, ttl, int64(900_000))
				} else {
					require.Equal(t, int64(-2), ttl)
				}
				require.Empty(t, value(t, s, key+"2"))
				require.True(t, s.Do(t, "GET", beside(key)).IsNil())
				send(t, conn, "WATCH "+key, "MULTI", "INCR "+key+"2", "EXEC")
				expect(t, conn, "+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n:1\r\n")
			})
		}
	}
	require.Equal(t, "a{b}c:faultproxy:touch", beside("a{b}c"))
	require.Equal(t, "{ab}:faultproxy:touch", beside("ab"))
}

func TestClients(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	p.Arm(Fault{Command: "INCR", Action: CutHold})
	conn := dial(t, p)
	send(t, conn, "PING")
	expect(t, conn, "+PONG\r\n")
	require.Equal(t, 1, p.Clients())
	send(t, conn, "INCR "+redistest.Key(t, "k"))
	expectEnd(t, conn, "")
	require.Zero(t, p.Clients())
	require.Equal(t, 1, p.Conns())
	p.Release()
	again := dial(t, p)
	send(t, again, "PING")
	expect(t, again, "+PONG\r\n")
	require.NoError(t, again.Close())
	redistest.Eventually(t, "it is gone", func() bool { return p.Clients() == 0 })
}
