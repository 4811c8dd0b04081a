package faultproxy

import (
	"bytes"
	"strconv"
	"strings"
)

// requests finds the commands in a stream of requests: arrays of bulk strings
// or, as typed by hand, words in a line. It takes the stream in pieces of any
// size and keeps no bytes of it but the arguments it was asked for.
type requests struct {
	keepAll bool // keep all arguments, not just the first two

	argv []string // of the command being read, or read last
	argc int      // its number of arguments, kept or not

	line []byte // what has been read of a line that is not complete
	args int    // arguments still to come
	bulk int    // bytes of the argument still to come, with its CR LF; -1 before its length is known
	arg  []byte // what has been read of an argument that is kept
	keep bool   // the argument is kept
}

// feed reads the stream on from b, to the end of the command if it is there.
// It returns how many bytes it has read and whether the command is complete.
func (r *requests) feed(b []byte) (n int, complete bool) {
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
				r.argv = append(r.argv, string(r.arg[:len(r.arg)-len("\r\n")]))
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
			r.argv, r.argc, r.bulk = nil, 0, -1
			if count, ok := header('*', line); !ok {
				r.argv = strings.Fields(string(line))
				r.argc = len(r.argv)
				return n, true
			} else if r.args = max(count, 0); r.args == 0 {
				return n, true
			}
			r.argc = r.args
			continue
		}
		size, _ := header('$', line)
		r.bulk = max(size, 0) + len("\r\n")
		r.keep = r.keepAll || len(r.argv) < 2
		r.arg = r.arg[:0]
	}
	return n, false
}

// verb returns the name of the command read last, in capitals, or "" if it was
// an empty one, which servers ignore.
func (r *requests) verb() string {
	if len(r.argv) == 0 {
		return ""
	}
	return strings.ToUpper(r.argv[0])
}

// replies finds the replies in a stream of them, RESP2 or RESP3. An attribute
// counts as part of what it is an attribute of.
type replies struct {
	line  []byte // what has been read of a line that is not complete
	bulk  int    // bytes still to come of a string
	begun bool   // part of a reply has been read
	open  []int  // elements still to come of each aggregate being read, outermost first
}

// feed reads the stream on from b, to the end of the reply if it is there. It
// returns how many bytes it has read and whether the reply is complete.
func (r *replies) feed(b []byte) (n int, complete bool) {
	for n < len(b) {
		r.begun = true
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

// begin takes the line that begins an element and reports whether the reply is
// complete with it.
func (r *replies) begin(line []byte) bool {
	if len(line) == 0 {
		return r.element()
	}
	size, _ := strconv.Atoi(string(line[1:])) // no number, no elements
	switch line[0] {
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
func (r *replies) element() bool {
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
