package resp

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// pieces splits s at random places.
func pieces(t *rapid.T, s string) []string {
	var out []string
	for s != "" {
		n := rapid.IntRange(1, len(s)).Draw(t, "piece")
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

func TestRequestsInAnyPieces(t *testing.T) {
	t.Parallel()
	want := []struct {
		raw  string
		verb string
		argv []string
	}{
		{"*1\r\n$5\r\nmulti\r\n", "MULTI", []string{"multi"}},
		{"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$8\r\n\r\n*1\r\n\x00\xff\r\n", "SET", []string{"SET", "", "\r\n*1\r\n\x00\xff"}},
		{"ping  hello\r\n", "PING", []string{"ping", "hello"}},
		{"\r\n", "", nil},
		{"*0\r\n", "", nil},
		{"*1\r\n$4\r\nEXEC\r\n", "EXEC", []string{"EXEC"}},
	}
	stream := ""
	for _, command := range want {
		stream += command.raw
	}
	rapid.Check(t, func(t *rapid.T) {
		r := Requests{KeepAll: true}
		i, raw := 0, ""
		for _, piece := range pieces(t, stream) {
			for piece != "" {
				n, complete := r.Feed([]byte(piece))
				require.Positive(t, n)
				raw += piece[:n]
				piece = piece[n:]
				if !complete {
					require.Empty(t, piece)
					break
				}
				require.Less(t, i, len(want))
				require.Equal(t, want[i].raw, raw)
				require.Equal(t, want[i].verb, r.Verb())
				require.Equal(t, strings.Join(want[i].argv, "|"), strings.Join(r.Argv, "|"))
				require.Equal(t, len(want[i].argv), r.Argc)
				i, raw = i+1, ""
			}
		}
		assert.Equal(t, len(want), i)
	})
}

func TestRequestsKeepTwoArguments(t *testing.T) {
	t.Parallel()
	var r Requests
	_, complete := r.Feed([]byte("*4\r\n$4\r\nMSET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"))
	assert.True(t, complete)
	assert.Equal(t, []string{"MSET", "a"}, r.Argv)
	assert.Equal(t, 4, r.Argc)
}

// reply draws one complete reply.
func reply(depth int) *rapid.Generator[string] {
	scalars := []string{
		"+OK\r\n", "+\r\n", "-ERR no\r\n", ":-12\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "(123456789012345678901\r\n",
		"$-1\r\n", "*-1\r\n", "$0\r\n\r\n", "$4\r\n\r\n\r\n\r\n", "$3\r\n*1\r\r\n", "=7\r\ntxt:abc\r\n", "!5\r\nERR x\r\n",
		"*0\r\n", "%0\r\n", "~0\r\n", ">0\r\n",
	}
	if depth == 0 {
		return rapid.SampledFrom(scalars)
	}
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.SampledFrom([]string{"", "", "*", "~", ">", "%", "|"}).Draw(t, "kind")
		if kind == "" {
			return rapid.SampledFrom(scalars).Draw(t, "scalar")
		}
		n := rapid.IntRange(1, 3).Draw(t, "n")
		count := n
		switch kind {
		case "%":
			count = 2 * n
		case "|":
			count = 2*n + 1
		}
		s := kind + string(rune('0'+n)) + "\r\n"
		for range count {
			s += reply(depth-1).Draw(t, "element")
		}
		return s
	})
}

func TestRepliesInAnyPieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(reply(3), 1, 5).Draw(t, "replies")
		var r Replies
		var got []string
		var current strings.Builder
		for _, piece := range pieces(t, strings.Join(want, "")) {
			for piece != "" {
				n, complete := r.Feed([]byte(piece))
				require.Positive(t, n)
				current.WriteString(piece[:n])
				piece = piece[n:]
				require.Equal(t, complete, !r.Begun())
				if complete {
					got = append(got, current.String())
					current.Reset()
				}
			}
		}
		assert.Equal(t, want, got)
		assert.Empty(t, current.String())
	})
}

func TestFirstErrorOfAReply(t *testing.T) {
	t.Parallel()
	var r Replies
	for _, c := range []struct{ reply, want string }{
		{"+OK\r\n", ""},
		{"-ERR no\r\n", "ERR no"},
		{"*2\r\n:1\r\n*2\r\n-ERR one\r\n-ERR two\r\n", "ERR one"},
		{"$8\r\n-ERR no\r\r\n", ""},
	} {
		n, complete := r.Feed([]byte(c.reply))
		require.True(t, complete, c.reply)
		require.Len(t, c.reply, n)
		if c.want == "" {
			require.NoError(t, r.Err(), c.reply)
		} else {
			require.EqualError(t, r.Err(), c.want)
		}
	}
}

func TestCommandsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		argv := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "argv")
		stream := AppendCommand(nil, argv...)
		r := Requests{KeepAll: true}
		n, complete := r.Feed(stream)
		require.True(t, complete)
		require.Len(t, stream, n)
		require.Equal(t, argv, r.Argv)
	})
}

func TestText(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{"+OK\r\n": "OK", "$4\r\n\r\nab\r\n": "\r\nab", "$0\r\n\r\n": ""} {
		got, err := Text([]byte(reply))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := Text([]byte("-ERR no\r\n"))
	require.EqualError(t, err, "ERR no")
	for _, reply := range []string{"", ":1\r\n", "$-1\r\n", "$5\r\nab\r\n"} {
		_, err := Text([]byte(reply))
		require.ErrorContains(t, err, "reply")
	}
}
