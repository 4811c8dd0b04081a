package main

import (
	"bufio"
	"net"
	"slices"
	"strconv"

	"github.com/rueidistx/rueidistx/internal/parity"
	"github.com/rueidistx/rueidistx/internal/resp"
)

// openFloor is no client: a socket, to which a prepared pipeline is written at once, and whose replies are counted and
// neither decoded nor kept. No client can be faster on that machine and server.
func openFloor(f *field, at place, names []string) error {
	f.add(names, floor, func(t parity.Task) (*parity.Worker, error) {
		conn, err := net.Dial("tcp", at.addrs[0])
		if err != nil {
			return nil, err
		}
		f.closers = append(f.closers, conn.Close)
		// as large as rueidis's
		w := &floorWork{conn, bufio.NewReaderSize(conn, 1<<19), pipeline(t), t.N}
		if t.Shape == parity.Tx {
			w.replies = t.N + 2
		}
		return &parity.Worker{Do: w.do}, nil
	})
	return nil
}

type floorWork struct {
	conn     net.Conn
	in       *bufio.Reader
	pipeline []byte
	replies  int
}

func (w *floorWork) do() error {
	if _, err := w.conn.Write(w.pipeline); err != nil {
		return err
	}
	return skipReplies(w.in, w.replies)
}

// skipReplies reads n replies, with what is in them.
func skipReplies(in *bufio.Reader, n int) error {
	var replies resp.Replies
	for n > 0 {
		if _, err := in.Peek(1); err != nil {
			return err
		}
		buffered, _ := in.Peek(in.Buffered())
		read, complete := replies.Feed(buffered)
		if _, err := in.Discard(read); err != nil {
			return err
		}
		if complete {
			if err := replies.Err(); err != nil {
				return err
			}
			n--
		}
	}
	return nil
}

// pipeline is what a client sends to do t.
func pipeline(t parity.Task) []byte {
	var out []byte
	command := func(args ...string) {
		out = resp.AppendCommand(out, args...)
	}
	if t.Shape == parity.Tx {
		command("MULTI")
	}
	for i := range t.N {
		at := t.First + i
		switch {
		case t.Shape == parity.Script:
			command("EVALSHA", parity.Digest, "1", parity.Counters[at], parity.Steps[at])
		case t.Kind == parity.Set || t.Kind == parity.Mix && i%3 == 0:
			command("SET", parity.Keys[at], parity.Values[at])
		case t.Kind == parity.Get:
			command("GET", parity.Keys[at])
		case t.Kind == parity.Mix && i%3 == 1:
			command("GET", parity.Keys[at-1])
		default:
			command("INCRBY", parity.Counters[at], strconv.FormatInt(parity.Increment(at), 10))
		}
	}
	if t.Shape == parity.Tx {
		command("EXEC")
	}
	return slices.Clip(out)
}
