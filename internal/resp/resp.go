// Package resp reads and writes the protocol of Redis, RESP2 and RESP3, as far as tests and tools need it: where commands
// and replies begin and end in a stream that comes in pieces of any size.
package resp

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Requests finds the commands in a stream of requests: arrays of bulk strings
// or, as typed by hand, words in a line. It takes the stream in pieces of any
// size and keeps no bytes of it but the arguments it was asked for.
type Requests struct {
	KeepAll bool // keep all arguments, not just the first two

	Argv []string // of the command being read, or read last; its own
	Argc int      // its number of arguments, kept or not

	line []byte // what has been read of a line that is not complete
	args int    // arguments still to come
	bulk int    // bytes of the argument still to come, with its CR LF; -1 before its length is known
	arg  []byte // what has been read of an argument that is kept
	keep bool   // the argument is kept
}

// Feed reads the stream on from b, to the end of the command if it is there.
// It returns how many bytes it has read and whether the command is complete.
func (r *Requests) Feed(b []byte) (n int, complete bool) {
	for n < len(b) {
		if r.bulk > 0 {
			part := b[n:min(n+r.bulk, len(b))]
			if r.keep {
				r.arg = append(r.arg, part...)
			}
			n += len(part)
			if r.bulk -= len(part); r.bulk > 0 {
				return n, false
			}
			if r.keep {
				r.Argv = append(r.Argv, string(r.arg[:len(r.arg)-len("\r\n")]))
			}
			r.bulk = -1
			if r.args--; r.args == 0 {
				return n, true
			}
			continue
		}
		line, k, ok := takeLine(&r.line, b[n:])
		n += k
		if !ok {
			return n, false
		}
		if r.args == 0 { // the line begins a command
			r.Argv, r.Argc, r.bulk = nil, 0, -1
			if count, ok := header('*', line); !ok {
				r.Argv = strings.Fields(string(line))
				r.Argc = len(r.Argv)
				return n, true
			} else if r.args = max(count, 0); r.args == 0 {
				return n, true
			}
			r.Argc = r.args
			continue
		}
		size, _ := header('$', line)
		r.bulk = max(size, 0) + len("\r\n")
		r.keep = r.KeepAll || len(r.Argv) < 2
		r.arg = r.arg[:0]
	}
	return n, false
}

// Verb returns the name of the command read last, in capitals, or "" if it was
// an empty one, which servers ignore.
func (r *Requests) Verb() string {
	if len(r.Argv) == 0 {
		return ""
	}
	return strings.ToUpper(r.Argv[0])
}

// Replies finds the replies in a stream of them, RESP2 or RESP3. An attribute
// counts as part of what it is an attribute of.
type Replies struct {
	line  []byte // what has been read of a line that is not complete
	bulk  int    // bytes still to come of a string
	begun bool   // part of a reply has been read
	err   []byte // the first error in the reply being read, or read last
	open  []int  // elements still to come of each aggregate being read, outermost first
}

// Feed reads the stream on from b, to the end of the reply if it is there. It
// returns how many bytes it has read and whether the reply is complete.
func (r *Replies) Feed(b []byte) (n int, complete bool) {
	for n < len(b) {
		if !r.begun {
			r.begun, r.err = true, r.err[:0]
		}
		if r.bulk > 0 {
			k := min(r.bulk, len(b)-n)
			n += k
			if r.bulk -= k; r.bulk > 0 {
				return n, false
			}
			if r.element() {
				return n, true
			}
			continue
		}
		line, k, ok := takeLine(&r.line, b[n:])
		n += k
		if !ok {
			return n, false
		}
		if r.begin(line) {
			return n, true
		}
	}
	return n, false
}

// Begun reports whether part of a reply has been read, and not all of it.
func (r *Replies) Begun() bool { return r.begun }

// Err returns the first error in the reply read last, which may be deep in it, or nil.
func (r *Replies) Err() error {
	if len(r.err) == 0 {
		return nil
	}
	return errors.New(string(r.err))
}

// begin takes the line that begins an element and reports whether the reply is
// complete with it.
func (r *Replies) begin(line []byte) bool {
	if len(line) == 0 {
		return r.element()
	}
	size := 0
	switch line[0] {
	case '$', '!', '=', '*', '~', '>', '%', '|': // and no others: a failed conversion allocates
		size, _ = strconv.Atoi(string(line[1:])) // no number, no elements
	}
	switch line[0] {
	case '-':
		if len(r.err) == 0 {
			r.err = append(r.err, line[1:]...)
		}
	case '$', '!', '=':
		if size >= 0 {
			r.bulk = size + len("\r\n")
			return false
		}
	case '*', '~', '>':
		if size > 0 {
			r.open = append(r.open, size)
			return false
		}
	case '%':
		if size > 0 {
			r.open = append(r.open, 2*size)
			return false
		}
	case '|':
		// one more: what it is an attribute of stands in its place
		r.open = append(r.open, 2*size+1)
		return false
	}
	return r.element()
}

// element notes that an element is complete and reports whether the reply is
// too.
func (r *Replies) element() bool {
	for len(r.open) > 0 {
		last := len(r.open) - 1
		if r.open[last]--; r.open[last] > 0 {
			return false
		}
		r.open = r.open[:last] // complete, and so itself an element of the next
	}
	r.begun = false
	return true
}

// takeLine returns the line that ends in b, without its CR LF, preceded by what
// *held keeps of it, and how many bytes of b belong to it. If the line does not
// end in b, takeLine has *held keep all of b and reports false. The line is
// valid until the next call.
func takeLine(held *[]byte, b []byte) (line []byte, n int, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		*held = append(*held, b...)
		return nil, len(b), false
	}
	line = b[:i+1]
	if len(*held) > 0 {
		line = append(*held, line...)
		*held = line[:0]
	}
	return bytes.TrimRight(line, "\r\n"), i + 1, true
}

// header returns the number in a line that begins with kind.
func header(kind byte, line []byte) (n int, ok bool) {
	if len(line) == 0 || line[0] != kind {
		return 0, false
	}
	n, err := strconv.Atoi(string(line[1:]))
	return n, err == nil
}

// AppendCommand appends a command as clients send it.
func AppendCommand(b []byte, args ...string) []byte {
	b = append(strconv.AppendInt(append(b, '*'), int64(len(args)), 10), "\r\n"...)
	for _, arg := range args {
		b = AppendBulk(b, arg)
	}
	return b
}

// AppendBulk appends a string of any bytes.
func AppendBulk(b []byte, s string) []byte {
	b = append(strconv.AppendInt(append(b, '$'), int64(len(s)), 10), "\r\n"...)
	return append(append(b, s...), "\r\n"...)
}

// Text returns the string in a complete reply that is one, simple or bulk, or the error that it is.
func Text(reply []byte) (string, error) {
	line, rest, _ := bytes.Cut(reply, []byte("\r\n"))
	switch {
	case bytes.HasPrefix(line, []byte("+")):
		return string(line[1:]), nil
	case bytes.HasPrefix(line, []byte("-")):
		return "", errors.New(string(line[1:]))
	}
	if size, ok := header('$', line); ok && size >= 0 && len(rest) >= size {
		return string(rest[:size]), nil
	}
	return "", fmt.Errorf("reply %q", reply)
}
