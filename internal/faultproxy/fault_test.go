package faultproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestCutAtEachPhase(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, c := range []struct {
		name  string
		fault Fault
		sees  string // what the client gets of ":1", ":2" and ":3"
		value string // what the server has then
	}{
		{"before", Fault{Phase: BeforeCommand}, ":1\r\n", "1"},
		{"before, dropping", Fault{Phase: BeforeCommand, DropReplies: true}, "", "1"},
		{"mid command", Fault{Phase: MidCommand}, ":1\r\n", "1"},
		{"mid command, dropping", Fault{Phase: MidCommand, DropReplies: true}, "", "1"},
		{"after", Fault{Phase: AfterCommand}, ":1\r\n", "2"},
		{"after, dropping", Fault{Phase: AfterCommand, DropReplies: true}, "", "2"},
		{"mid reply", Fault{Phase: MidReply}, ":1\r\n:2", "2"},
		{"after reply", Fault{Phase: AfterReply}, ":1\r\n:2\r\n", "2"},
	} {
		for _, split := range []string{"one write", "three writes", "bytes"} {
			if c.fault.DropReplies && split != "one write" {
				continue // dropping is about the replies to one pipeline
			}
			t.Run(c.name+" in "+split, func(t *testing.T) {
				t.Parallel()
				key := redistest.Key(t, "n")
				p := Start(t, s.Addr)
				f := c.fault
				f.Command, f.Nth = "INCR", 2
				p.Arm(f)
				conn := dial(t, p)
				incr := encode("INCR " + key)
				stream := strings.Repeat(string(incr), 3)
				size := map[string]int{"one write": len(stream), "three writes": len(incr), "bytes": 1}[split]
				for at := 0; at < len(stream); at += size {
					if _, err := conn.Write([]byte(stream[at : at+size])); err != nil {
						break // the cut has happened already
					}
				}
				expectEnd(t, conn, c.sees)
				// nothing to wait for: the server was done before the client saw the end
				assert.Equal(t, c.value, value(t, s, key))
				assert.Equal(t, 1, p.Fired())
				// the fault is used up
				again := dial(t, p)
				send(t, again, "SET "+key+" 0", "INCR "+key, "INCR "+key)
				expect(t, again, "+OK\r\n:1\r\n:2\r\n")
			})
		}
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	p.Arm(Fault{Command: "INCR", Phase: AfterCommand, Action: Reset})
	conn := dial(t, p)
	key := redistest.Key(t, "n")
	send(t, conn, "INCR "+key)
	_, err := conn.Read(make([]byte, 1))
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Equal(t, "1", value(t, s, key))
}

func TestHoldCommandUntilRelease(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, phase := range []Phase{BeforeCommand, MidCommand} {
		for _, end := range []string{"client waits", "client times out", "CutHold", "CutAll"} {
			t.Run(fmt.Sprint("phase ", phase, ", ", end), func(t *testing.T) {
				t.Parallel()
				key := redistest.Key(t, "n")
				p := Start(t, s.Addr)
				c := client(t, p)
				f := Fault{Command: "EXEC", Phase: phase, Action: Hold}
				if end == "CutHold" {
					f.Action = CutHold
				}
				p.Arm(f)
				ctx, cancel := context.WithCancel(t.Context())
				if end == "client times out" {
					ctx, cancel = context.WithTimeout(t.Context(), 30*time.Millisecond)
				}
				defer cancel()
				outcome := make(chan error, 1)
				go func() {
					replies := c.DoMulti(ctx, c.B().Multi().Build(), c.B().Incr().Key(key).Build(), c.B().Exec().Build())
					outcome <- replies[2].Error()
				}()
				redistest.Eventually(t, "command is held", func() bool { return p.Held() == 1 })
				if end == "CutAll" {
					p.CutAll()
				}
				if end != "client waits" {
					require.Error(t, <-outcome)
				}
				assert.Equal(t, "", value(t, s, key))
				assert.Equal(t, 1, p.Release())
				assert.Equal(t, "1", value(t, s, key)) // at once: Release has waited
				if end == "client waits" {
					assert.NoError(t, <-outcome)
				}
				assert.Zero(t, p.Held())
				assert.Zero(t, p.Release())
			})
		}
	}
}

func TestHoldCommandForATime(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	key := redistest.Key(t, "n")
	p.Arm(Fault{Command: "INCR", Action: CutHold, For: 50 * time.Millisecond})
	conn := dial(t, p)
	began := time.Now()
	send(t, conn, "ECHO earlier", "INCR "+key)
	expectEnd(t, conn, "$7\r\nearlier\r\n")
	redistest.Eventually(t, "command arrives late", func() bool { return value(t, s, key) == "1" })
	assert.GreaterOrEqual(t, time.Since(began), 50*time.Millisecond)
	assert.Zero(t, p.Held())
	redistest.Eventually(t, "connection is gone", func() bool { return p.Conns() == 0 })
}

func TestHoldReply(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for phase, first := range map[Phase]string{AfterCommand: "", MidReply: ":1", AfterReply: ":1\r\n"} {
		t.Run(fmt.Sprint("phase ", phase), func(t *testing.T) {
			t.Parallel()
			p := Start(t, s.Addr)
			key := redistest.Key(t, "n")
			p.Arm(Fault{Command: "INCR", Phase: phase, Action: Hold})
			conn := dial(t, p)
			send(t, conn, "INCR "+key, "ECHO rest")
			expect(t, conn, first)
			redistest.Eventually(t, "reply is held", func() bool { return p.Held() == 1 })
			assert.Equal(t, "1", value(t, s, key))
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
			n, err := conn.Read(make([]byte, 1))
			assert.Zero(t, n)
			var timeout net.Error
			require.ErrorAs(t, err, &timeout)
			assert.True(t, timeout.Timeout())
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
			assert.Equal(t, 1, p.Release())
			expect(t, conn, strings.TrimPrefix(":1\r\n", first)+"$4\r\nrest\r\n")
		})
	}
}

func TestEveryAndIf(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	key := redistest.Key(t, "n")
	p.Arm(Fault{Command: "INCR", Nth: 2, Every: true})
	p.Arm(Fault{If: func(argv []string) bool { return argv[0] == "GET" && argv[1] == "poison" }})
	cuts := 0
	conn := dial(t, p)
	for range 10 {
		send(t, conn, "INCR "+key)
		if n, _ := conn.Read(make([]byte, 8)); n == 0 {
			cuts++
			conn = dial(t, p)
		}
	}
	assert.Equal(t, 5, cuts)
	assert.Equal(t, "5", value(t, s, key))
	send(t, conn, "GET food", "GET poison")
	expectEnd(t, conn, "$-1\r\n")
	assert.Equal(t, 6, p.Fired())
	p.Disarm()
	conn = dial(t, p)
	send(t, conn, "GET poison", "INCR "+key, "INCR "+key)
	expect(t, conn, "$-1\r\n:6\r\n:7\r\n")
}

func TestArmRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	p := Start(t, "127.0.0.1:1")
	for _, f := range []Fault{
		{Action: CutHold, Phase: AfterCommand},
		{Action: Hold, DropReplies: true},
		{Phase: MidReply, DropReplies: true},
		{Action: Cut, For: time.Second},
	} {
		assert.Panics(t, func() { p.Arm(f) })
	}
}

// A transaction is cut at every byte of its requests: it has happened if and
// only if all of them were forwarded.
func TestCutAtRequestByte(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	for cut := 0; ; cut++ {
		key := redistest.Key(t, fmt.Sprint(cut))
		stream := encode("MULTI", "INCR "+key, "EXEC")
		p.Reset()
		p.CutAtRequestByte(cut)
		conn := dial(t, p)
		_, err := conn.Write(stream)
		require.NoError(t, err)
		if cut > len(stream) {
			expect(t, conn, "+OK\r\n+QUEUED\r\n*1\r\n:1\r\n")
			assert.Zero(t, p.Fired())
			break
		}
		expectEnd(t, conn, "")
		assert.Equal(t, 1, p.Fired())
		want := ""
		if cut == len(stream) {
			want = "1"
		}
		require.Equal(t, want, value(t, s, key), "cut at %d of %d", cut, len(stream))
	}
}

func TestCutWaitsForTheServer(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	key := redistest.Key(t, "n")
	p.Arm(Fault{Command: "INCR", Phase: AfterCommand})
	conn := dial(t, p)
	// the server forgets what is behind a blocked command if it sees the end
	send(t, conn, "BLPOP "+redistest.Key(t, "none")+" 0.05", "INCR "+key)
	expectEnd(t, conn, "*-1\r\n")
	assert.Equal(t, "1", value(t, s, key))
}

func TestByteCutCountsOneConnection(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	a, b := dial(t, p), dial(t, p)
	for _, arm := range []func(int){p.CutAtRequestByte, p.CutAtReplyByte} {
		arm(20)
		for i, conn := range []net.Conn{a, b, b, b} {
			send(t, conn, "PING") // 14 bytes, and 7 bytes of reply
			expect(t, conn, "+PONG\r\n")
			assert.Equal(t, i > 0, p.Missed())
		}
		assert.Zero(t, p.Fired())
		send(t, a, "ECHO 123456789")
		rest, err := io.ReadAll(a)
		require.NoError(t, err)
		assert.Less(t, len(rest), 15)
		assert.Equal(t, 1, p.Fired())
		assert.False(t, p.Missed())
		p.Reset()
		a = dial(t, p)
	}
}

// Cut at every byte of its replies, the transaction has always happened, and the
// client gets exactly as much as it is to get.
func TestCutAtReplyByte(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	replies := "+OK\r\n+QUEUED\r\n*1\r\n:1\r\n"
	for cut := range len(replies) + 1 {
		for _, bytewise := range []bool{false, true} {
			key := redistest.Key(t, fmt.Sprintf("%d-%t", cut, bytewise))
			p.ByteByByte(bytewise)
			p.CutAtReplyByte(cut)
			conn := dial(t, p)
			send(t, conn, "MULTI", "INCR "+key, "EXEC")
			expectEnd(t, conn, replies[:cut])
			assert.Equal(t, "1", value(t, s, key))
		}
	}
}

// The faults as a client sees them.
func TestClientUnderFaults(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for _, mode := range []string{"sync", "pipelined"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := Start(t, s.Addr)
			c := client(t, p, func(o *rueidis.ClientOption) { o.AlwaysPipelining = mode == "pipelined" })
			for i, f := range []Fault{
				{Command: "MULTI"}, {Command: "INCR"}, {Command: "EXEC"},
				{Command: "MULTI", Phase: MidCommand}, {Command: "EXEC", Phase: MidCommand},
				{Command: "INCR", Phase: AfterCommand}, {Command: "EXEC", Phase: AfterCommand},
				{Command: "EXEC", Phase: AfterCommand, DropReplies: true}, {Command: "EXEC", Phase: MidReply},
				{Command: "EXEC", Phase: AfterReply},
			} {
				key := redistest.Key(t, fmt.Sprint(i))
				// a cut connection is noticed by the command after it
				redistest.Eventually(t, "client is connected", func() bool { return c.Do(t.Context(), c.B().Ping().Build()).Error() == nil })
				p.Reset()
				p.Arm(f)
				replies := c.DoMulti(t.Context(), c.B().Multi().Build(), c.B().Incr().Key(key).Build(), c.B().Exec().Build())
				assert.Equal(t, 1, p.Fired())
				err := replies[2].Error()
				var answer *rueidis.RedisError
				assert.False(t, errors.As(err, &answer), "%v", err)
				assert.Equal(t, f.Phase != AfterReply, err != nil, "%+v: %v", f, err)
				want := ""
				if f.Command == "EXEC" && f.Phase >= AfterCommand {
					want = "1"
				}
				assert.Equal(t, want, value(t, s, key), "%+v", f)
			}
		})
	}
}

// listener is a server that answers nothing and reports, for each connection,
// what it got up to the end of the stream.
func listener(t *testing.T) (addr string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	streams := make(chan string, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b, err := io.ReadAll(conn)
			conn.Close()
			streams <- fmt.Sprintf("%s%v", b, err)
		}
	}()
	return l.Addr().String(), streams
}

func TestServerGetsExactlyTheBytesBeforeTheCut(t *testing.T) {
	t.Parallel()
	addr, got := listener(t)
	p := Start(t, addr)
	stream := encode("INCR n")
	for name, c := range map[string]struct {
		arm  func()
		want int
	}{
		"before":      {func() { p.Arm(Fault{}) }, 0},
		"mid command": {func() { p.Arm(Fault{Phase: MidCommand}) }, len(stream) / 2},
		"byte 0":      {func() { p.CutAtRequestByte(0) }, 0},
		"byte 7":      {func() { p.CutAtRequestByte(7) }, 7},
		"last byte":   {func() { p.CutAtRequestByte(len(stream)) }, len(stream)},
	} {
		for _, size := range []int{1, len(stream)} {
			c.arm()
			conn := dial(t, p)
			for at := 0; at < len(stream); at += size {
				if _, err := conn.Write(stream[at : at+size]); err != nil {
					break
				}
			}
			assert.Equal(t, string(stream[:c.want])+"<nil>", <-got, "%s in pieces of %d", name, size)
			require.NoError(t, conn.Close())
			p.Disarm()
		}
	}
	// half a command that was kept gets through in the end
	p.Arm(Fault{Command: "NEVER"})
	conn := dial(t, p)
	_, err := conn.Write(stream[:9])
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	assert.Equal(t, string(stream[:9])+"<nil>", <-got)
}

func TestReleaseWaitsForTheServer(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := Start(t, s.Addr)
	p.Arm(Fault{Action: CutHold})
	send(t, dial(t, p), "BLPOP "+redistest.Key(t, "none")+" 0.05")
	redistest.Eventually(t, "command is held", func() bool { return p.Held() == 1 })
	began := time.Now()
	assert.Equal(t, 1, p.Release())
	assert.GreaterOrEqual(t, time.Since(began), 50*time.Millisecond)
}

func TestReleaseWithoutServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := Start(t, s.Addr)
	p.Arm(Fault{Action: Hold})
	conn := dial(t, p)
	send(t, conn, "PING")
	redistest.Eventually(t, "command is held", func() bool { return p.Held() == 1 })
	s.Kill()
	expectEnd(t, conn, "")
	began := time.Now()
	assert.Equal(t, 1, p.Release())
	assert.Less(t, time.Since(began), grace)
	redistest.Eventually(t, "connection is gone", func() bool { return p.Conns() == 0 })
}

func TestCloseWithHeldCommand(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	key := redistest.Key(t, "n")
	for range 20 {
		t.Run("inner", func(t *testing.T) {
			p := Start(t, s.Addr)
			p.Arm(Fault{Command: "INCR", Action: Hold})
			send(t, dial(t, p), "INCR "+key)
			redistest.Eventually(t, "command is held", func() bool { return p.Held() == 1 })
		})
	}
	assert.Equal(t, "", value(t, s, key))
}
