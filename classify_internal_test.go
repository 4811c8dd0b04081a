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
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/canned"
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
	mark := new(dialMark)
	opened := &facts{dials: mark, handshakes: true, cluster: true}
	refusedDial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	wrongPass := serverError(t, "WRONGPASS invalid username-password pair or user is disabled.")
	for _, err := range []error{
		&dialError{mark, refusedDial}, fmt.Errorf("hook: %w", &dialError{mark, refusedDial}), &dialError{mark, io.EOF},
		rueidis.ErrNoSlot, rueidis.ErrNoAddr, wrongPass, rueidis.ErrNoCache,
	} {
		require.Equal(t, NotApplied, OutcomeOf(opened.noReply(err, false)), "%v", err)
		require.ErrorIs(t, opened.noReply(err, false), err)
		require.Equal(t, Unknown, OutcomeOf(opened.noReply(err, true)), "rueidis may have sent it before: %v", err)
	}
	require.ErrorIs(t, opened.noReply(wrongPass, false), ErrService)
	require.NotErrorIs(t, opened.noReply(wrongPass, false), ErrConnection)
	require.ErrorIs(t, opened.noReply(&dialError{mark, refusedDial}, false), ErrConnection)
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, rueidis.ErrClosing, os.ErrDeadlineExceeded,
		context.Canceled, context.DeadlineExceeded, errors.New("dial"), &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		&net.OpError{Op: "write", Err: syscall.EPIPE}, refusedDial, &dialError{new(dialMark), refusedDial},
		fail(ErrNotSent, nil), // another DB's, that a callback has returned
	} {
		require.Equal(t, Unknown, OutcomeOf(opened.noReply(err, false)), "%v", err)
		require.ErrorIs(t, opened.noReply(err, false), err)
	}
	for _, err := range []error{&dialError{mark, refusedDial}, wrongPass, rueidis.ErrNoSlot} {
		require.Equal(t, Unknown, OutcomeOf(new(facts).noReply(err, false)), "New cannot know: %v", err)
	}
}

func TestConnectionsThatCouldNotBeSetUpAreTransient(t *testing.T) {
	mark := new(dialMark)
	k := &facts{dials: mark, handshakes: true, cluster: true}
	for err, want := range map[error]bool{
		&dialError{mark, io.EOF}:                   true,
		rueidis.ErrNoSlot:                          true,
		serverError(t, "LOADING the dataset"):      true,
		rueidis.ErrNoAddr:                          false,
		io.EOF:                                     false,
		&dialError{mark, context.DeadlineExceeded}: true, // of another caller: see pause for the own one
		&dialError{mark, fmt.Errorf("x: %w", rueidis.ErrClosing)}: false,
	} {
		require.Equal(t, want, transient(k.noReply(err, false)), "%v", err)
	}
}

func TestServerErrorsOfSingleCommands(t *testing.T) {
	plain, script, speaks := &op{name: "INCR", effect: effectAccumulate}, scripting["EVAL"][silent], scripting["EVAL"][errs]
	const raisedBy = " script: 0123456789012345678901234567890123456789, on @user_script:1."
	for _, c := range []struct {
		text                  string
		plain, script, speaks Outcome
	}{
		{"ERR value is not an integer or out of range", Applied, NotApplied, Unknown}, // EVAL with a bad number of keys
		{"WRONGTYPE Operation against a key holding the wrong kind of value", Applied, Applied, Applied},
		{"OOM command not allowed when used memory > 'maxmemory'.", NotApplied, NotApplied, Unknown},
		{"OOM command not allowed when used memory > 'maxmemory'." + raisedBy, NotApplied, Applied, Applied},
		{"READONLY You can't write against a read only replica.", NotApplied, NotApplied, Unknown},
		{"NOAUTH Authentication required.", NotApplied, NotApplied, Unknown},
		{"MOVED 1 127.0.0.1:7001", NotApplied, NotApplied, Unknown},
		{"CLUSTERDOWN Hash slot not served", NotApplied, NotApplied, Unknown},
		{"TRYAGAIN Multiple keys request during rehashing of slot", NotApplied, NotApplied, Unknown},
		{"LOADING Redis is loading the dataset in memory", NotApplied, NotApplied, Unknown},
		{"NOSCRIPT No matching script. Please use EVAL.", NotApplied, NotApplied, Unknown},
		{"UNBLOCKED client unblocked via CLIENT UNBLOCK", NotApplied, NotApplied, Unknown},
		{"ERR unknown command 'X', with args beginning with: 'a' ", NotApplied, NotApplied, Unknown},
		{"ERR unknown subcommand 'NOSUCH'. Try OBJECT HELP.", NotApplied, NotApplied, Unknown},
		{"ERR Unknown subcommand or wrong number of arguments for 'x'", NotApplied, NotApplied, Unknown},
		{"ERR wrong number of arguments for 'incr' command", NotApplied, NotApplied, Unknown},
		{"ERR wrong number of arguments" + raisedBy, NotApplied, Applied, Applied},
		{"ERR Error compiling script (new function): user_script:1: '=' expected near 'is'", NotApplied, NotApplied, Unknown},
		{"ERR Error running script (call to f_0): @user_script:1: OOM", Applied, Applied, Applied},
		{"ERR Number of keys can't be negative", NotApplied, NotApplied, Unknown},
		{"ERR Bad number of keys provided", Applied, NotApplied, Unknown},
		{"ERR Function not found", NotApplied, NotApplied, Unknown},
		{"ERR Unexpected flag in script shebang: x", NotApplied, NotApplied, Unknown},
		{"my own words", Applied, Applied, Applied},

		// of a connection, the server's or a proxy's
		{"ERR Protocol error: invalid bulk length", Unknown, Applied, Applied},
		{"ERR max number of clients reached", Unknown, Applied, Applied},
		{"upstream failure", Unknown, Applied, Applied},
		{"ERR Connection timed out", Unknown, Applied, Applied},
		{"WRONGTYPE on a connection", Applied, Applied, Applied},

		// of commands that were parsed, or ran without effect
		{"ERR Library not found", Applied, Applied, Applied},
		{"NOTBUSY No scripts in execution right now.", Applied, Applied, Applied},
		{"ERR DUMP payload version or checksum are wrong", Applied, Applied, Applied},
		{"ERR invalid expire time in 'set' command", Applied, Applied, Applied},
		{"ERR syntax error", Applied, Applied, Applied},
	} {
		err, k := serverError(t, c.text), new(facts)
		require.Equal(t, c.plain, OutcomeOf(k.commandFailure(plain, 0, err)), c.text)
		require.Equal(t, c.script, OutcomeOf(k.commandFailure(script, 0, err)), "script: %s", c.text)
		require.Equal(t, c.speaks, OutcomeOf(k.commandFailure(speaks, 0, err)), "script with words of its own: %s", c.text)
		require.ErrorIs(t, k.commandFailure(plain, 0, err), ErrService)
		if c.plain == NotApplied {
			repeated := &op{name: "INCR", effect: effectAccumulate, mayRepeat: true}
			require.Equal(t, Unknown, OutcomeOf(k.commandFailure(repeated, 0, err)), "sent twice: %s", c.text)
			require.Equal(t, Unknown, OutcomeOf((&facts{resends: true}).commandFailure(plain, 0, err)), "expired: %s", c.text)
		}
	}
}

func TestRefusalsThatPass(t *testing.T) {
	single, cluster, replica := new(facts), &facts{cluster: true}, new(facts)
	replica.replica.Store(true)
	for code, want := range map[string][3]bool{
		"TRYAGAIN": {true, true, true}, "LOADING": {true, true, true}, "BUSY": {true, true, true},
		"MOVED": {false, true, false}, "ASK": {false, true, false}, "READONLY": {true, true, false},
		"OOM": {}, "NOPERM": {}, "NOAUTH": {}, "MISCONF": {}, "": {}, "WRONGTYPE": {},
	} {
		got := [3]bool{single.isTransient(code), cluster.isTransient(code), replica.isTransient(code)}
		require.Equal(t, want, got, "%s: single, cluster, replica", code)
	}
}

func FuzzServerErrors(f *testing.F) {
	for _, seed := range []string{"ERR x", "OOM", "MOVED 1 a:1", "NOSCRIPT", "oom lower", "OOMX y", "", " ", "ERR ERR OOM"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := serverError(t, text)
		word, _, _ := strings.Cut(err.Error(), " ")
		outcome := OutcomeOf(new(facts).commandFailure(&op{name: "INCR"}, 0, err))
		listed := refusals[word] || beginsWithAny(err.Error(), refusedTexts)
		require.Equal(t, listed, outcome == NotApplied, "%q", text)
	})
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
		{fail(ErrAborted, fail(ErrUnknown, io.EOF)), NotApplied},
		{discardedBy(fail(ErrUnknown, io.EOF)), NotApplied},
		{discardedBy(ErrNil), NotApplied},
		{fmt.Errorf("at work: %w", discardedBy(&BatchError{outcome: Applied})), NotApplied},
		{&closureError{io.EOF, &BatchError{outcome: Unknown}}, Unknown},
		{fail(errAsked, ErrPending), NotApplied},
		{fmt.Errorf("at work: %w", ErrAborted), NotApplied},
		{ErrUnknown, Unknown},
		{ErrProtocol, Unknown},
		{ErrDone, Unknown},
		{ErrPending, Unknown},
		{io.EOF, Unknown},
		{&BatchError{outcome: NotApplied, Errs: []error{ErrNotSent}}, NotApplied},
		{&BatchError{outcome: Applied, Errs: []error{ErrNotSent}}, Applied},
	} {
		require.Equal(t, c.want, OutcomeOf(c.err), "%v", c.err)
		matching := 0
		for _, s := range []error{ErrUnknown, ErrNotApplied, ErrApplied} {
			if errors.Is(c.err, s) {
				require.Equal(t, s, c.want.sentinel(), "%v", c.err)
				matching++
			}
		}
		require.LessOrEqual(t, matching, 1)
	}
}

func TestEveryCodeOfARefusalIsNotApplied(t *testing.T) {
	transientOnes := 0
	for _, word := range strings.Fields("ASK BUSY CLUSTERDOWN CROSSSLOT DENIED EXECABORT LOADING MASTERDOWN MISCONF MOVED NOAUTH " +
		"NOPERM NOREPLICAS NOSCRIPT OOM READONLY REDIRECT TRYAGAIN UNBLOCKED") {
		err := (&facts{cluster: true}).commandFailure(&op{name: "INCR", effect: effectAccumulate}, 0, serverError(t, word+" x"))
		require.Equal(t, NotApplied, OutcomeOf(err), word)
		require.ErrorIs(t, err, ErrRejected, word)
		if transient(err) {
			transientOnes++
		}
	}
	require.Equal(t, 9, transientOnes) // ASK BUSY CLUSTERDOWN LOADING MASTERDOWN MOVED NOREPLICAS READONLY TRYAGAIN
	require.Equal(t, Applied, OutcomeOf(new(facts).commandFailure(&op{name: "INCR"}, 0, serverError(t, "NOSUCHCODE x"))))
}

func TestSlotOfARedirection(t *testing.T) {
	for text, want := range map[string]int{
		"MOVED 0 a:1": 0, "ASK 16383 a:1": 16383, "MOVED 16384 a:1": -1, "MOVED -1 a:1": -1, "MOVED x a:1": -1, "MOVED 1": -1,
		"MOVED 1 a:1 b": -1, "TRYAGAIN 1 a:1": -1,
	} {
		require.Equal(t, want, movedSlot(serverError(t, text)), text)
	}
}
