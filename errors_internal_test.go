package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx/internal/canned"
	"github.com/stretchr/testify/require"
)

// serverError makes a *rueidis.RedisError of a text, which only rueidis can.
func serverError(t testing.TB, text string) error {
	client, conn, err := canned.New()
	require.NoError(t, err)
	defer func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	}()
	conn.Serve("-" + strings.NewReplacer("\r", " ", "\n", " ").Replace(text) + "\r\n")
	return client.Do(context.Background(), client.B().Ping().Build()).Error()
}

func TestOnlyWhatWasNeverSentIsNotApplied(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for _, err := range []error{dial, fmt.Errorf("hook: %w", dial), rueidis.ErrNoSlot, rueidis.ErrNoAddr} {
		require.Equal(t, NotApplied, OutcomeOf(lost(err)), "%v", err)
		require.ErrorIs(t, lost(err), ErrConnection)
		require.ErrorIs(t, lost(err), err)
	}
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, rueidis.ErrClosing, os.ErrDeadlineExceeded,
		context.Canceled, context.DeadlineExceeded, errors.New("dial"), &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		&net.OpError{Op: "write", Err: syscall.EPIPE},
	} {
		require.Equal(t, Unknown, OutcomeOf(lost(err)), "%v", err)
		require.ErrorIs(t, lost(err), err)
	}
}

func TestServerErrorsOfSingleCommands(t *testing.T) {
	plain, script := &op{name: "INCR"}, scripting["EVAL"]
	for _, c := range []struct {
		text          string
		plain, script Outcome
	}{
		{"ERR value is not an integer or out of range", Applied, Applied},
		{"WRONGTYPE Operation against a key holding the wrong kind of value", Applied, Applied},
		{"OOM command not allowed when used memory > 'maxmemory'.", NotApplied, Unknown},
		{"OOM out of stock", NotApplied, Unknown},
		{"READONLY You can't write against a read only replica.", NotApplied, Unknown},
		{"NOAUTH Authentication required.", NotApplied, NotApplied},
		{"MOVED 1 127.0.0.1:7001", NotApplied, NotApplied},
		{"MOVED out of town", NotApplied, Unknown},
		{"CLUSTERDOWN Hash slot not served", NotApplied, NotApplied},
		{"TRYAGAIN Multiple keys request during rehashing of slot", NotApplied, NotApplied},
		{"TRYAGAIN later", NotApplied, Unknown},
		{"LOADING Redis is loading the dataset in memory", NotApplied, NotApplied},
		{"NOSCRIPT No matching script. Please use EVAL.", NotApplied, NotApplied},
		{"NOSCRIPT mine", NotApplied, Unknown},
		{"ERR unknown command 'X', with args beginning with: 'a' ", NotApplied, Unknown},
		{"ERR wrong number of arguments for 'incr' command", NotApplied, Unknown},
		{"my own words", Applied, Applied},
	} {
		err := serverError(t, c.text)
		require.Equal(t, c.plain, OutcomeOf(answered(plain, 0, err)), c.text)
		require.Equal(t, c.script, OutcomeOf(answered(script, 0, err)), "script: %s", c.text)
		require.ErrorIs(t, answered(plain, 0, err), ErrService)
	}
}

func FuzzServerErrors(f *testing.F) {
	for _, seed := range []string{"ERR x", "OOM", "MOVED 1 a:1", "NOSCRIPT", "oom lower", "OOMX y", "", " ", "ERR ERR OOM"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := serverError(t, text)
		word, _, _ := strings.Cut(err.Error(), " ")
		outcome := OutcomeOf(answered(&op{name: "INCR"}, 0, err))
		listed := refusals[word] || strings.HasPrefix(err.Error(), "unknown command") ||
			strings.HasPrefix(err.Error(), "wrong number of arguments")
		require.Equal(t, listed, outcome == NotApplied, "%q", text)
	})
}

func TestMessagesLeaveOutWhatServersQuote(t *testing.T) {
	for text, want := range map[string]string{
		"ERR unknown command 'nosuch', with args beginning with: 'secret' 'x' ":             "unknown command 'nosuch'",
		"ERR wrong number of arguments for 'nosuch' command":                                "wrong number of arguments for 'nosuch' command",
		"NOGROUP No such key 'a secret' or consumer group 'g' in XREADGROUP":                "NOGROUP No such key '…' in XREADGROUP",
		"ERR for 'nosuch' and 'it's' and \"more\" text":                                     "for 'nosuch' and '…' text",
		"WRONGTYPE Operation against a key holding the wrong kind of value":                 "WRONGTYPE Operation against a key holding the wrong kind of value",
		"OOM command not allowed when used memory > 'maxmemory'.":                           "OOM command not allowed when used memory > 'maxmemory'.",
		"ERR unterminated 'secret":                                                          "unterminated '…'",
		"READONLY You can't write against a read only replica.":                             "READONLY You can't write against a read only replica.",
		"NOPERM this user has no permissions to run the 'nosuch' command or its subcommand": "NOPERM this user has no permissions to run the 'nosuch' command or its subcommand",
	} {
		require.Equal(t, want, message(serverError(t, text), "NOSUCH"), text)
	}
}

func TestMessagesLeaveOutAScriptsWords(t *testing.T) {
	for text, want := range map[string]string{
		"SECRET words":                 "script error",
		"OOM secret":                   "OOM",
		"NOSCRIPT secret":              "NOSCRIPT",
		"NOSCRIPT No matching script.": "NOSCRIPT No matching script.",
		"WRONGTYPE Operation against a key holding the wrong kind of value script: f00, on @user_script:12.": "WRONGTYPE at line 12",
		"ERR user_script:3: secret script: f00, on @user_script:4.":                                          "script error at line 3",
		"ERR user_script:secret": "script error",
	} {
		require.Equal(t, want, message(serverError(t, text), "EVALSHA"), text)
	}
}

func TestOutcomes(t *testing.T) {
	command := &CommandError{Index: 1, Name: "GET", Err: io.EOF}
	for _, c := range []struct {
		err  error
		want Outcome
	}{
		{nil, Applied},
		{ErrNil, Applied},
		{command, Applied},
		{commandErrors{command}, Applied},
		{ErrDecode, Applied},
		{ErrNotAtomic, Applied},
		{ErrNotApplied, NotApplied},
		{ErrNotSent, NotApplied},
		{ErrAborted, NotApplied},
		{ErrRejected, NotApplied},
		{ErrConflict, NotApplied},
		{ErrForeignWatch, NotApplied},
		{ErrCrossSlot, NotApplied},
		{ErrForbidden, NotApplied},
		{ErrInvalid, NotApplied},
		{ErrDiscarded, NotApplied},
		{fail(ErrAborted, command), NotApplied},
		{fmt.Errorf("at work: %w", ErrAborted), NotApplied},
		{ErrUnknown, Unknown},
		{ErrProtocol, Unknown},
		{ErrDone, Unknown},
		{ErrPending, Unknown},
		{io.EOF, Unknown},
		{errors.Join(ErrNotSent, fail(ErrUnknown, io.EOF)), Unknown},
		{&BatchError{outcome: NotApplied, Errs: []error{ErrNotSent}}, NotApplied},
		{&BatchError{outcome: Applied, Errs: []error{ErrNotSent}}, Applied},
	} {
		require.Equal(t, c.want, OutcomeOf(c.err), "%v", c.err)
	}
}

func TestSlotIsRedisClusters(t *testing.T) {
	for key, want := range map[string]uint16{"": 0, "foo": 12182, "123456789": 12739, "{foo}bar": 12182} {
		require.Equal(t, want, slot(key), key)
	}
	client, conn, err := canned.New()
	require.NoError(t, err)
	defer func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	}()
	for _, key := range []string{"", "a", "{}foo", "foo{}bar", "foo{bar", "foo{bar}baz{x}", "}{a}", "{{a}}", "\x00\xff{\xff}"} {
		command := client.B().Get().Key(key).Build()
		require.Equal(t, command.Slot()&(1<<14-1), slot(key), "%q", key)
	}
	for s := range uint16(200) {
		require.Equal(t, s, slot(keyOf(s, []string{"x", "y"})))
	}
}
