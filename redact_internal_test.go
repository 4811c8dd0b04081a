package rueidistx

import (
	encoding "encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

func TestErrorTextsAreSorted(t *testing.T) {
	for _, list := range [][]string{errorTexts, errorForms} {
		require.True(t, slices.IsSorted(list))
		require.Len(t, slices.Compact(slices.Clone(list)), len(list))
	}
	for _, text := range errorTexts {
		require.NotContains(t, text, "…")
		require.NotContains(t, text, "%")
		require.Equal(t, text, redact(errorOf("ERR "+text), "GET"))
	}
	for _, form := range errorForms {
		require.Contains(t, form, "…")
		got, ok := knownText(strings.ReplaceAll(form, "…", "secret"), "GET")
		require.True(t, ok, form)
		require.NotContains(t, got, "secret")
	}
}

func TestMessageOfAServersError(t *testing.T) {
	for text, want := range map[string]string{
		"ERR unknown command 'nosuch', with args beginning with: 'secret' 'x' ":                             "unknown command 'nosuch'",
		"ERR unknown command `nosuch`, with args beginning with: `secret`, ":                                "unknown command `nosuch`",
		"ERR unknown command 'it's secret', with args beginning with: ":                                     "unknown command '…'",
		"ERR unknown subcommand 'secret'. Try NOSUCH HELP.":                                                 "unknown subcommand '…'. Try NOSUCH HELP.",
		"ERR wrong number of arguments for 'nosuch' command":                                                "wrong number of arguments for 'nosuch' command",
		"ERR wrong number of arguments for 'nosuch|secret' command":                                         "wrong number of arguments for '…' command",
		"NOGROUP No such key 'a secret' or consumer group 'g' in XREADGROUP":                                "NOGROUP",
		"NOGROUP No such key 'a secret' or consumer group 'g' in XREADGROUP with GROUP option":              "NOGROUP No such key '…' or consumer group '…' in XREADGROUP with GROUP option",
		"WRONGTYPE Operation against a key holding the wrong kind of value":                                 "WRONGTYPE Operation against a key holding the wrong kind of value",
		"WRONGTYPE Operation against secret":                                                                "WRONGTYPE",
		"OOM command not allowed when used memory > 'maxmemory'.":                                           "OOM command not allowed when used memory > 'maxmemory'.",
		"READONLY You can't write against a read only replica.":                                             "READONLY You can't write against a read only replica.",
		"NOPERM this user has no permissions to run the 'nosuch' command or its subcommand":                 "NOPERM this user has no permissions to run the 'nosuch' command or its subcommand",
		"NOPERM User secret has no permissions to run the 'nosuch' command":                                 "NOPERM User … has no permissions to run the 'nosuch' command",
		"EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.": "EXECABORT Transaction discarded because of: READONLY You can't write against a read only replica.",
		"EXECABORT Transaction discarded because of: MISCONF Errors writing to the AOF file: secret":        "EXECABORT Transaction discarded because of: MISCONF Errors writing to the AOF file",
		"EXECABORT Transaction discarded because of: secret":                                                "EXECABORT Transaction discarded because of: server error",
		"EXECABORT Transaction discarded because of: OOM secret":                                            "EXECABORT Transaction discarded because of: OOM",
		"EXECABORT Transaction discarded because of: SECRET x":                                              "EXECABORT Transaction discarded because of: server error",
		"ERR invalid longitude,latitude pair 200.000000,100.000000":                                         "invalid longitude,latitude pair",
		"ERR CONFIG SET failed (possibly related to argument 'secret') - secret":                            "CONFIG SET failed (possibly related to argument '…')",
		"MOVED 1 secret:1":                     "MOVED",
		"CLUSTERDOWN secret":                   "CLUSTERDOWN",
		"MY-CODE_2 secret":                     "MY-CODE_2",
		"Syntax error at offset 5 near secret": "server error",
		"secret: no such index":                "server error",
		"ERR user_script:1: secret":            "server error",
		"ERR secret\x1b[2J":                    "server error",
		"2FAST secret":                         "server error",
		"_CODE secret":                         "server error",
		strings.Repeat("A", 32) + " secret":    strings.Repeat("A", 32),
		strings.Repeat("A", 33) + " secret":    "server error",
		"":                                     "server error",
		"WRONGTYPE\tsecret":                    "server error",
	} {
		require.Equal(t, want, redact(errorOf(text), "NOSUCH"), text)
	}
}

func TestMessageOfAScriptsError(t *testing.T) {
	const script = "-- INSUFFICIENT\nerror({err = 'MYCODE-X balance'}) XAAA AAAY"
	for text, want := range map[string][2]string{ // without the script's text, and with it
		"SECRET words":                 {"script error", "script error"},
		"OOM secret":                   {"OOM", "OOM"},
		"NOSCRIPT secret":              {"NOSCRIPT", "NOSCRIPT"},
		"NOSCRIPT No matching script.": {"NOSCRIPT No matching script.", "NOSCRIPT No matching script."},
		"INSUFFICIENT secret":          {"script error", "INSUFFICIENT"},
		"INSUFFICIENT":                 {"script error", "INSUFFICIENT"},
		"INSUFFICIEN secret":           {"script error", "script error"},
		"MYCODE secret":                {"script error", "script error"},
		"AA secret":                    {"script error", "script error"},
		"AAA secret":                   {"script error", "script error"},
		"MYCODE-X secret script: f00, on @user_script:2.": {"script error", "MYCODE-X at line 2"},
		"WRONGTYPE Operation against a key holding the wrong kind of value script: f00, on @user_script:2.": {
			"WRONGTYPE Operation against a key holding the wrong kind of value",
			"WRONGTYPE Operation against a key holding the wrong kind of value at line 2",
		},
		"ERR user_script:1: secret script: f00, on @user_script:4.": {"script error", "script error at line 1"},
		"ERR user_script:secret":                                    {"script error", "script error"},
		"ERR user_script:4111111111111111: secret":                  {"script error", "script error"},
		"ERR user_script:123: secret":                               {"script error", "script error"}, // it has no such line
		"ERR Error compiling script (new function): user_script:1: unexpected symbol near 'secret'": {
			"Error compiling script (new function)", "Error compiling script (new function) at line 1",
		},
	} {
		require.Equal(t, want[0], redact(errorOf(text), "EVALSHA"), text)
		err := &CommandError{Index: 3, Name: "EVAL", Err: errorOf(text)}
		explainScript(err, script)
		require.EqualError(t, err, "rueidistx: command 3 (EVAL): "+want[1], text)
	}
}

func TestMessageOfAnErrorAroundAServers(t *testing.T) {
	moved, odd, longer := errorOf("MOVED 1 secret:1"), errorOf("x"), errorOf("x secret")
	for want, err := range map[string]error{
		"hook: MOVED":                      fmt.Errorf("hook: %w", moved),
		"a: MOVED and server error":        fmt.Errorf("a: %w and %w", moved, longer),
		`server error\nserver error\nfoo`:  errors.Join(odd, longer, errors.New("foo")),
		"b: nil reply":                     fmt.Errorf("b: %w", rueidis.Nil),
		"empty: ":                          fmt.Errorf("empty: %w", errorOf("")),
		"lookup a\\nb: no such host":       &dialError{err: &net.DNSError{Name: "a\nb", Err: "no such host"}},
		`\x1b[2J \u0085 \u2028 \xff é …`:   errors.New("\x1b[2J \u0085 \u2028 \xff é …"),
		"command 1 (GET): MOVED":           &CommandError{Index: 1, Name: "GET", Err: moved},
		"mine: rueidistx: EXEC: WRONGTYPE": fmt.Errorf("mine: %w", &CommandError{Index: -1, Name: "EXEC", Err: errorOf("WRONGTYPE secret")}),
		"NOPERM: " + rueidis.ErrNoCache.Error(): fmt.Errorf("%s: %v\n%w", "NOPERM secret",
			[]string{"CLIENT", "TRACKING", "ON", "secret"}, rueidis.ErrNoCache),
	} {
		require.Equal(t, want, redact(err, "GET"))
	}
}

// errorOf makes a server's error of any text, line breaks included, without a client.
func errorOf(text string) error {
	var m rueidis.RedisMessage
	blob := encoding.BigEndian.AppendUint64(append(make([]byte, 7), '!'), uint64(len(text)))
	if err := m.CacheUnmarshalView(append(blob, text...)); err != nil {
		return err
	}
	return m.Error()
}

// FuzzRedact makes errors around what servers say, and looks for the argument in the messages.
func FuzzRedact(f *testing.F) {
	const secret = "hunter2"
	for _, form := range errorForms {
		before, after, _ := strings.Cut(form, "…")
		f.Add(before, "'x'", after, "", "GET")
	}
	for _, seed := range [][5]string{
		{"", "", "", "", ""},
		{"ERR user_script:1: ", "", " script: f00, on @user_script:1.", "error('x')", "EVAL"},
		{"INSUFFICIENT ", "\r\n", "", "return redis.error_reply('INSUFFICIENT ' .. ARGV[1])", "EVALSHA"},
		{"WRONGTYPE ", "\x00\x1b[2J", "\xff", "", "INCR"},
		{"EXECABORT Transaction discarded because of: unknown command '", "'", "', with args", "", "NOSUCH"},
		{"", ": no such index", "", "", "FT.SEARCH"},
		{"MOVED 1 ", "\u0085\u2028", ":1", "", "EXEC"},
		{"OOM", "\t", "\v", "OOM", "FCALL"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, before, argument, after, script, name string) {
		if strings.Contains(strings.ToLower(name+script), secret) || !printable(name) {
			return
		}
		text := before + secret + argument + after
		err := errorOf(text)
		var messages []string
		for _, err := range []error{
			err, fmt.Errorf("at work: %w", err), errors.Join(err, rueidis.Nil, err), &dialError{err: err},
			fmt.Errorf("%s: %v\n%w", text, []string{"CLIENT", argument}, rueidis.ErrNoCache),
		} {
			ran := &CommandError{Index: 3, Name: name, Err: err}
			// A failure and a command, as they stand in the error of a whole unit, which has the text of its parts.
			messages = append(messages, (&BatchError{Total: 9, Failed: 9, Errs: []error{ran, &failure{kind: ErrNotSent, cause: err}}}).Error())
		}
		messages = append(messages, redactScript(text, name, script), "code "+Code(err))
		for _, m := range messages {
			if strings.Contains(strings.ToLower(m), secret) {
				t.Fatalf("%q has the argument of %q", m, text)
			}
			if !utf8.ValidString(m) || strings.ContainsFunc(m, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Fatalf("%q is not one line of text", m)
			}
			if len(m) > 4096 {
				t.Fatalf("%q is %d bytes", m, len(m))
			}
		}
	})
}

// A hostile text makes neither a long message nor a slow one.
func TestMessageOfALongTextIsShort(t *testing.T) {
	for _, part := range []string{"EXECABORT Transaction discarded because of: ", "user_script:1", " script: ", "'", "A", "unknown command '", "\n"} {
		text := strings.Repeat(part, 1<<20/len(part))
		for _, name := range []string{"GET", "EVAL", "EXEC"} {
			require.Less(t, len(redact(errorOf(text), name)), 150, "%q %s", part, name)
		}
	}
}
