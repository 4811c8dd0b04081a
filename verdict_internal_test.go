package rueidistx

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/internal/canned"
)

// repliesOf makes results of replies as a server writes them, without the line's end. An empty one was lost.
func repliesOf(t testing.TB, replies ...string) []rueidis.RedisResult {
	t.Helper()
	client, conn, err := canned.New()
	require.NoError(t, err)
	defer func() {
		conn.Serve("+PONG\r\n")
		client.Close()
	}()
	var text strings.Builder
	var commands []rueidis.Completed
	for _, r := range replies {
		if r != "" {
			text.WriteString(strings.ReplaceAll(r, " | ", "\r\n") + "\r\n")
			commands = append(commands, client.B().Ping().Build().Pin())
		}
	}
	conn.Serve(text.String())
	arrived := client.DoMulti(context.Background(), commands...)
	results := make([]rueidis.RedisResult, len(replies))
	for i, r := range replies {
		if r == "" {
			results[i] = rueidis.NewErrorResult(io.EOF)
			continue
		}
		results[i], arrived = arrived[0], arrived[1:]
	}
	return results
}

// queueOfTwo are the answers of a unit with INCR and LPUSH.
func queueOfTwo() *answers {
	return &answers{rare: &rare{ops: []uint16{opByName["INCR"].id, opByName["LPUSH"].id}}}
}

const (
	ok, queued   = "+OK", "+QUEUED"
	both         = "*2 | :1 | :2"
	nested       = "-ERR MULTI calls can not be nested"
	noPerm       = "-NOPERM this user has no permissions to run the 'multi' command"
	discarded    = "-EXECABORT Transaction discarded because of previous errors."
	withoutMulti = "-ERR EXEC without MULTI"
	unknownWord  = "-ERR unknown command 'x', with args beginning with: "
)

// sentinelsOfVerdicts tell the kinds of verdicts apart. Applied is for those whose error holds a CommandError alone.
var sentinelsOfVerdicts = []error{ErrNotSent, ErrAborted, ErrForeignWatch, ErrCrossSlot, ErrProtocol, ErrNotAtomic}

// requireKind expects an error that is this sentinel, and none of the others that a transaction can end with.
func requireKind(t *testing.T, err, kind error, about string) {
	t.Helper()
	for _, s := range sentinelsOfVerdicts {
		require.Equal(t, s == kind, errors.Is(err, s), "%s: %v is %v", about, err, s)
	}
}

func TestVerdictOfATransaction(t *testing.T) {
	mark := new(dialMark)
	const slotOfKeys = 5
	single, cluster := &facts{handshakes: true, dials: mark}, &facts{cluster: true}
	resends, unopened := &facts{resends: true, handshakes: true, dials: mark}, &facts{cluster: true}
	replica := new(facts)
	replica.replica.Store(true)
	for _, c := range []struct {
		name    string
		k       *facts
		replies []string

		kind      error // nil: no error, or that of commands alone
		outcome   Outcome
		failed    string // which commands have errors of their own
		fault     int    // the index in the CommandError, -2 for none
		transient bool
	}{
		{"all went well", single, []string{ok, queued, queued, both}, nil, Applied, "--", -2, false},
		{"nil replies are no failures", single, []string{ok, queued, queued, "*2 | _ | $-1"}, nil, Applied, "--", -2, false},
		{"one failed", single, []string{ok, queued, queued, "*2 | :1 | -WRONGTYPE x"}, nil, Applied, "-x", 1, false},
		{"both failed", single, []string{ok, queued, queued, "*2 | -OOM x | -WRONGTYPE x"}, nil, Applied, "xx", 0, false},
		{"in a MULTI that was left behind", single, []string{nested, queued, queued, both}, nil, Applied, "--", -2, false},

		{"too few results", single, []string{ok, queued, both}, ErrProtocol, Unknown, "", -2, false},
		{"too many results", single, []string{ok, queued, queued, queued, both}, ErrProtocol, Unknown, "", -2, false},
		{"one too many behind EXEC's", single, []string{ok, queued, queued, both, ok}, ErrProtocol, Unknown, "", -2, false},
		{"no results", single, nil, ErrProtocol, Unknown, "", -2, false},
		{"EXEC's array is too short", single, []string{ok, queued, queued, "*1 | :1"}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC's array is too long", single, []string{ok, queued, queued, "*3 | :1 | :2 | :3"}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC's array is empty", single, []string{ok, queued, queued, "*0"}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC answers with a status", single, []string{ok, queued, queued, ok}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC was queued", single, []string{ok, queued, queued, queued}, ErrProtocol, Unknown, "", -2, false},

		{"EXEC's reply was lost", single, []string{ok, queued, queued, ""}, nil, Unknown, "", -2, false},
		{"all replies were lost", single, []string{"", "", "", ""}, nil, Unknown, "", -2, false},
		{"a reply was lost, but not EXEC's", single, []string{ok, queued, "", both}, ErrProtocol, Unknown, "", -2, false},
		{"a reply was lost before EXECABORT", single, []string{ok, queued, "", discarded}, ErrProtocol, Unknown, "", -2, false},
		{"MULTI's reply was lost", single, []string{"", queued, queued, both}, nil, Applied, "--", -2, false},

		{"EXEC answers nil", single, []string{ok, queued, queued, "_"}, ErrForeignWatch, NotApplied, "", -2, true},
		{"EXEC answers nil, as RESP2 has it", single, []string{ok, queued, queued, "*-1"}, ErrForeignWatch, NotApplied, "", -2, true},
		{"nil, but a command was refused", single, []string{ok, unknownWord, queued, "_"}, ErrProtocol, Unknown, "", -2, false},
		{"nil, but a command ran", single, []string{ok, ":1", queued, "_"}, ErrProtocol, Unknown, "", -2, false},
		{"an array, but a command was refused", single, []string{ok, queued, unknownWord, both}, ErrProtocol, Unknown, "", -2, false},
		{"an array, but a command ran", single, []string{ok, queued, ":1", both}, ErrProtocol, Unknown, "", -2, false},

		{"a command was refused", single, []string{ok, queued, unknownWord, discarded}, ErrAborted, NotApplied, "", 1, false},
		{"both were refused", single, []string{ok, "-OOM x", unknownWord, discarded}, ErrAborted, NotApplied, "", 0, false},
		{"for a reason that passes", single, []string{ok, "-LOADING x", "-LOADING x", discarded}, ErrAborted, NotApplied, "", 0, true},
		{"READONLY", single, []string{ok, "-READONLY x", queued, discarded}, ErrAborted, NotApplied, "", 0, true},
		{"READONLY of a replica", replica, []string{ok, "-READONLY x", queued, discarded}, ErrAborted, NotApplied, "", 0, false},
		{"all queued and yet refused", single, []string{ok, queued, queued, discarded}, ErrAborted, NotApplied, "", -2, false},
		{"EXECABORT tells why", single, []string{ok, queued, queued, "-EXECABORT Transaction discarded because of: READONLY x"},
			ErrAborted, NotApplied, "", -2, true},
		{"EXECABORT tells why, on a replica", replica,
			[]string{ok, queued, queued, "-EXECABORT Transaction discarded because of: READONLY x"}, ErrAborted, NotApplied, "", -2, false},
		{"EXECABORT tells of OOM", single, []string{ok, queued, queued, "-EXECABORT Transaction discarded because of: OOM x"},
			ErrAborted, NotApplied, "", -2, false},
		{"in a MULTI left behind with an error", single, []string{nested, queued, queued, discarded}, ErrAborted, NotApplied, "", -2, true},
		{"and a refused command", single, []string{nested, queued, unknownWord, discarded}, ErrAborted, NotApplied, "", 1, true},
		{"a command ran before EXECABORT", single, []string{ok, ":1", queued, discarded}, ErrProtocol, Unknown, "", -2, false},
		{"a command answered nil before EXECABORT", single, []string{ok, "_", queued, discarded}, ErrProtocol, Unknown, "", -2, false},

		{"MOVED", cluster, []string{ok, "-MOVED 5 h:1", "-MOVED 5 h:1", discarded}, ErrAborted, NotApplied, "", 0, true},
		{"ASK", cluster, []string{ok, queued, "-ASK 5 h:1", discarded}, ErrAborted, NotApplied, "", 1, true},
		{"MOVED of another slot", cluster, []string{ok, queued, "-MOVED 6 h:1", discarded}, ErrCrossSlot, NotApplied, "", 1, false},
		{"MOVED of slot 0", cluster, []string{ok, queued, "-MOVED 0 h:1", discarded}, ErrCrossSlot, NotApplied, "", 1, false},
		{"ASK of another slot", cluster, []string{ok, "-ASK 6 h:1", queued, discarded}, ErrCrossSlot, NotApplied, "", 0, false},
		{"a MOVED that is none", cluster, []string{ok, "-MOVED elsewhere", queued, discarded}, ErrAborted, NotApplied, "", 0, true},
		{"MOVED without a cluster client", single, []string{ok, "-MOVED 6 h:1", queued, discarded}, ErrAborted, NotApplied, "", 0, false},
		{"MOVED at EXEC", cluster, []string{ok, queued, queued, "-MOVED 5 h:1"}, ErrAborted, NotApplied, "", -2, true},
		{"MOVED at EXEC without a cluster client", single, []string{ok, queued, queued, "-MOVED 5 h:1"}, ErrAborted, NotApplied, "", -2, false},

		{"EXEC is refused", single, []string{ok, queued, queued, "-READONLY x"}, ErrAborted, NotApplied, "", -2, true},
		{"EXEC is refused on a replica", replica, []string{ok, queued, queued, "-READONLY x"}, ErrAborted, NotApplied, "", -2, false},
		{"EXEC is out of memory", single, []string{ok, queued, queued, "-OOM x"}, ErrAborted, NotApplied, "", -2, false},
		{"EXEC is unknown", single, []string{ok, queued, queued, unknownWord}, ErrAborted, NotApplied, "", -2, false},
		{"EXEC and a command are refused", single, []string{ok, "-NOPERM x", queued, "-NOAUTH x"}, ErrAborted, NotApplied, "", 0, false},
		{"EXEC is refused after a command ran", single, []string{ok, ":1", queued, "-NOAUTH x"}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC fails with other words", single, []string{ok, queued, queued, "-ERR internal"}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC's error is a proxy's", single, []string{ok, queued, queued, "-ERR upstream failure"}, ErrProtocol, Unknown, "", -2, false},

		{"EXEC without MULTI", single, []string{ok, queued, queued, withoutMulti}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC without MULTI in a cluster", cluster, []string{ok, queued, queued, withoutMulti}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC without MULTI, of New", unopened, []string{ok, queued, queued, withoutMulti}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC without MULTI, sent twice", resends, []string{ok, queued, queued, withoutMulti}, ErrProtocol, Unknown, "", -2, false},
		{"EXEC without MULTI after a command ran", single, []string{ok, ok, ":1", withoutMulti}, ErrProtocol, Unknown, "", -2, false},

		{"MULTI was refused", single, []string{noPerm, ":1", ":2", withoutMulti}, ErrNotAtomic, Applied, "--", -1, false},
		{"MULTI was refused, one failed", single, []string{noPerm, ":1", "-WRONGTYPE x", withoutMulti}, ErrNotAtomic, Applied, "-x", -1, false},
		{"MULTI was refused, one too", single, []string{noPerm, "-NOPERM x", ":2", withoutMulti}, ErrNotAtomic, Applied, "x-", -1, false},
		{"MULTI was refused, all were", single, []string{noPerm, "-NOPERM x", "-NOPERM x", withoutMulti}, ErrAborted, NotApplied, "xx", -1, false},
		{"MULTI was refused for a while", single, []string{"-LOADING x", "-LOADING x", "-LOADING x", withoutMulti}, ErrAborted, NotApplied, "xx", -1, true},
		{"MULTI was refused for a while, one ran", single, []string{"-LOADING x", "-LOADING x", ":2", withoutMulti}, ErrNotAtomic, Applied, "x-", -1, false},
		{"MULTI was refused, EXECABORT", single, []string{noPerm, ":1", "-NOPERM x", discarded}, ErrNotAtomic, Applied, "-x", -1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			results := repliesOf(t, c.replies...)
			v := c.k.verdictOf(queueOfTwo(), nil, slotOfKeys, results)
			if c.outcome == Applied && c.failed == "--" && c.kind == nil {
				require.NoError(t, v.err)
				require.Len(t, v.replies, 2)
				require.Nil(t, v.errs)
				return
			}
			require.Error(t, v.err)
			require.Equal(t, c.outcome, OutcomeOf(v.err), "%v", v.err)
			require.ErrorIs(t, v.err, c.outcome.sentinel())
			requireKind(t, v.err, c.kind, c.name)
			require.Equal(t, c.transient, transient(v.err))
			var at *CommandError
			require.Equal(t, c.fault != -2, errors.As(v.err, &at), "%v", v.err)
			if at != nil {
				require.Equal(t, c.fault, at.Index)
				require.ErrorIs(t, at, c.outcome.sentinel())
			}
			failed := ""
			for _, err := range v.errs {
				failed += map[bool]string{true: "-", false: "x"}[err == nil]
			}
			require.Equal(t, c.failed, failed)
			require.Equal(t, c.kind == nil && c.outcome == Applied, v.replies != nil)
			require.Equal(t, c.kind != nil && c.failed != "", v.results != nil, "one by one")
		})
	}
	t.Run("what proves that nothing was sent", func(t *testing.T) {
		for _, lost := range []error{&dialError{mark, io.EOF}, serverError(t, "WRONGPASS x"), rueidis.ErrNoAddr} {
			results := repliesOf(t, "", "", "", "")
			for i := range results {
				results[i] = rueidis.NewErrorResult(lost)
			}
			v := single.verdictOf(queueOfTwo(), nil, slotOfKeys, results)
			requireKind(t, v.err, ErrNotSent, lost.Error())
			require.Equal(t, lost != rueidis.ErrNoAddr, transient(v.err))
			v = resends.verdictOf(queueOfTwo(), nil, slotOfKeys, results)
			require.Equal(t, Unknown, OutcomeOf(v.err), "an expired connection may have sent it: %v", lost)
			require.False(t, transient(v.err))
		}
	})
}

func TestRepliesOfAQueue(t *testing.T) {
	for _, c := range []struct {
		replies  []string
		rejected int
		strange  bool
	}{
		{nil, -1, false},
		{[]string{queued, queued}, -1, false},
		{[]string{queued, unknownWord}, 1, false},
		{[]string{unknownWord, queued, "-OOM x"}, 0, false},
		{[]string{queued, ":1"}, -1, true},
		{[]string{":1", unknownWord}, 1, true},
		{[]string{unknownWord, ":1"}, 0, true},
		{[]string{queued, "_"}, -1, true},
		{[]string{"$-1", queued}, -1, true},
		{[]string{queued, ""}, -1, true},
		{[]string{ok, queued}, -1, true},
		{[]string{"*0"}, -1, true},
		{[]string{"+queued"}, -1, true},
		{[]string{"*1 | +QUEUED"}, -1, true},
	} {
		rejected, strange := scanQueued(repliesOf(t, c.replies...))
		require.Equal(t, c.rejected, rejected, "%q", c.replies)
		require.Equal(t, c.strange, strange, "%q", c.replies)
	}
}

func TestVerdictOfACommandAlone(t *testing.T) {
	k := &facts{cluster: true}
	for _, c := range []struct {
		name    string
		replies []string
		kind    error // nil: the command's own result
		outcome Outcome
		passes  bool
	}{
		{"a value", []string{ok, queued, "*1 | :7"}, nil, Applied, false},
		{"a nil", []string{ok, queued, "*1 | _"}, nil, Applied, false},
		{"the script's own error", []string{ok, queued, "*1 | -INSUFFICIENT x"}, nil, Applied, false},
		{"the script's own MOVED", []string{ok, queued, "*1 | -MOVED 1 h:1"}, nil, Unknown, false},
		{"in a MULTI left behind", []string{nested, queued, "*1 | :7"}, nil, Applied, false},
		{"two results", []string{ok, "*1 | :7"}, ErrProtocol, Unknown, false},
		{"four results", []string{ok, queued, "*1 | :7", ok}, ErrProtocol, Unknown, false},
		{"EXEC's reply was lost", []string{ok, queued, ""}, nil, Unknown, false},
		{"not queued", []string{ok, "-NOPERM x", discarded}, ErrRejected, NotApplied, false},
		{"not queued, for a reason that passes", []string{ok, "-TRYAGAIN x", discarded}, ErrRejected, NotApplied, true},
		{"not queued, yet EXEC ran", []string{ok, "-NOPERM x", "*0"}, ErrProtocol, Unknown, false},
		{"not queued, in a MULTI left behind", []string{nested, "-NOPERM x", discarded}, nil, Unknown, false},
		{"MULTI and the command were refused", []string{noPerm, "-NOPERM x", withoutMulti}, nil, Unknown, false},
		{"MULTI was refused and the command ran", []string{noPerm, ":7", withoutMulti}, ErrProtocol, Unknown, false},
		{"EXEC answers nil", []string{ok, queued, "_"}, ErrForeignWatch, NotApplied, false},
		{"EXEC answers nil, but it ran", []string{ok, ":7", "_"}, ErrProtocol, Unknown, false},
		{"EXEC is refused", []string{ok, queued, "-CLUSTERDOWN x"}, ErrRejected, NotApplied, true},
		{"EXEC is refused, but it ran", []string{ok, ":7", "-CLUSTERDOWN x"}, ErrProtocol, Unknown, false},
		{"EXEC without MULTI", []string{ok, queued, withoutMulti}, ErrProtocol, Unknown, false},
		{"two replies", []string{ok, queued, "*2 | :7 | :8"}, ErrProtocol, Unknown, false},
		{"no replies", []string{ok, queued, "*0"}, ErrProtocol, Unknown, false},
		{"no array", []string{ok, queued, ok}, ErrProtocol, Unknown, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := scripting["EVALSHA"][errs]
			r := k.soloResult(&solo{op: o, index: 3}, repliesOf(t, c.replies...))
			a := &answers{rare: &rare{ops: []uint16{o.id}}}
			k.classify(a, []rueidis.RedisResult{r}, 0, a.setErr)
			_ = a.settle(nil)
			err := a.errOf(0)
			require.Equal(t, c.outcome, OutcomeOf(err), "%v", err)
			require.Equal(t, c.passes, transient(err))
			switch j, isJudged := r.NonRedisError().(*classified); {
			case c.kind == nil:
				require.False(t, isJudged)
			default:
				require.True(t, isJudged)
				require.ErrorIs(t, j.failure, c.kind)
				require.ErrorIs(t, err, c.kind)
			}
			var at *CommandError
			if c.kind == ErrRejected {
				require.ErrorAs(t, err, &at)
				require.Equal(t, 3, at.Index)
				require.Equal(t, "EVALSHA", at.Name)
			}
		})
	}
}

// The status QUEUED is no value; a string that reads so is one, and so is a script's own status.
func TestStatusQueuedIsNoValue(t *testing.T) {
	plain, script, speaks := opUnknown, scripting["EVAL"][errs], scripting["EVAL"][free]
	for _, c := range []struct {
		o       *op
		reply   string
		isValue bool
	}{
		{plain, queued, false}, {script, queued, false}, {speaks, queued, true},
		{plain, "$6 | QUEUED", true}, {plain, "=10 | txt:QUEUED", true}, {plain, "*1 | +QUEUED", true}, {plain, "_", true},
		{plain, "+QUEUED ", true}, {plain, ":0", true}, {plain, ok, true},
	} {
		r := repliesOf(t, c.reply)
		err := new(facts).replyError(c.o, 3, &r[0])
		if c.isValue {
			require.NoError(t, err, c.reply)
			continue
		}
		require.ErrorIs(t, err, ErrProtocol)
		require.Equal(t, Unknown, OutcomeOf(err))
		var at *CommandError
		require.ErrorAs(t, err, &at)
		require.Equal(t, 3, at.Index)
		require.Equal(t, Unknown, OutcomeOf(at))
	}
}
