package rueidistx

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

const (
	noFunction = "-ERR Function not found"
	thereIs    = "-ERR Library 'lib_1' already exists"
	broken     = "-ERR Error compiling function: user_function:2: x"
)

var lib = &Library{name: "lib_1", text: "x"}

// A FUNCTION LOAD of a transaction has no place in its answers, but decides about it as any other command does.
func TestVerdictOfATransactionWithLoads(t *testing.T) {
	k := new(facts)
	for _, c := range []struct {
		name    string
		replies []string // to MULTI, a command, FUNCTION LOAD, a function, and EXEC
		kind    error
		outcome Outcome
		at      int // the index in the error; -2: it has none
		cause   string
	}{
		{"loaded", []string{ok, queued, queued, queued, "*3 | :1 | +lib_1 | :2"}, nil, Applied, -2, ""},
		{"loaded already", []string{ok, queued, queued, queued, "*3 | :1 | " + thereIs + " | :2"}, nil, Applied, -2, ""},
		{"the function fails", []string{ok, queued, queued, queued, "*3 | :1 | " + thereIs + " | -OOPS x"}, nil, Applied, 1, "OOPS x"},
		{"not loaded", []string{ok, queued, queued, queued, "*3 | :1 | -OOM x | " + noFunction}, nil, Applied, 1, "OOM x"},
		{"no such function", []string{ok, queued, queued, queued, "*3 | :1 | +lib_1 | " + noFunction}, nil, Applied, 1, "Function not found"},
		{"LOAD is refused", []string{ok, queued, "-NOPERM x", queued, discarded}, ErrAborted, NotApplied, -1, "NOPERM x"},
		{"LOAD and the function are refused", []string{ok, queued, "-NOPERM x", "-NOPERM y", discarded}, ErrAborted, NotApplied, 1, "NOPERM y"},
		{"a command is refused", []string{ok, "-OOM x", queued, queued, discarded}, ErrAborted, NotApplied, 0, "OOM x"},
		{"LOAD is not queued", []string{ok, queued, "+lib_1", queued, "*2 | :1 | :2"}, ErrProtocol, Unknown, -2, ""},
		{"LOAD is not queued, but refused", []string{ok, queued, "-NOPERM x", queued, "*2 | :1 | :2"}, ErrProtocol, Unknown, -2, ""},
		{"a reply is missing", []string{ok, queued, queued, queued, "*2 | :1 | :2"}, ErrProtocol, Unknown, -2, ""},
		{"a result is missing", []string{ok, queued, queued, "*2 | :1 | :2"}, ErrProtocol, Unknown, -2, ""},
		{"MULTI was refused", []string{noPerm, ":1", "+lib_1", ":2", withoutMulti}, ErrNotAtomic, Applied, -1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ops := &answers{rare: &rare{ops: []uint16{opSet.id, scripting["FCALL"][free].id}}}
			p := &plan{loads: []load{{lib, 1}}, scripts: []scriptCall{{index: 1, source: &source{library: lib}}}}
			v := k.verdictOf(ops, p.loads, 0, repliesOf(t, c.replies...))
			p.explainUnknownScripts(&v)
			require.Equal(t, c.outcome, OutcomeOf(v.err), "%v", v.err)
			requireKind(t, v.err, c.kind, c.name)
			switch {
			case v.replies != nil:
				require.Len(t, v.replies, 2)
				n, err := v.replies[0].AsInt64()
				require.NoError(t, err)
				require.EqualValues(t, 1, n)
			case v.results != nil:
				require.Len(t, v.results, 2)
			}
			var at *CommandError
			if c.at == -2 {
				require.NotErrorAs(t, v.err, &at)
				return
			}
			require.ErrorAs(t, v.err, &at)
			require.Equal(t, c.at, at.Index)
			if c.cause != "" {
				require.EqualError(t, at.Err, c.cause)
			}
			if c.at == -1 && c.kind == ErrAborted {
				require.Equal(t, "FUNCTION LOAD", at.Name)
			}
		})
	}
}

// Loads may be anywhere between the commands.
func TestLoadsAreTakenApart(t *testing.T) {
	loads := []load{{lib, 0}, {lib, 0}, {lib, 2}, {lib, 3}}
	loading, own := apart([]int{-1, -2, 1, 2, -3, 3, -4, 4}, loads)
	require.Equal(t, []int{-1, -2, -3, -4}, loading)
	require.Equal(t, []int{1, 2, 3, 4}, own)
}

func TestVerdictOfAFunctionBehindItsLoad(t *testing.T) {
	for _, c := range []struct {
		name    string
		replies []string // to MULTI, FUNCTION LOAD, the function, and EXEC
		outcome Outcome
		kind    error
		by      string
	}{
		{"a value", []string{ok, queued, queued, "*2 | +lib_1 | :7"}, Applied, nil, ""},
		{"loaded already", []string{ok, queued, queued, "*2 | " + thereIs + " | :7"}, Applied, nil, ""},
		{"its own error", []string{ok, queued, queued, "*2 | +lib_1 | -OOPS x"}, Applied, nil, "FCALL"},
		{"its own MOVED", []string{ok, queued, queued, "*2 | +lib_1 | -MOVED 1 h:1"}, Unknown, nil, "FCALL"},
		{"no such function", []string{ok, queued, queued, "*2 | +lib_1 | " + noFunction}, NotApplied, ErrRejected, "FCALL"},
		{"does not compile", []string{ok, queued, queued, "*2 | " + broken + " | " + noFunction}, NotApplied, ErrRejected, "FUNCTION LOAD"},
		{"LOAD is refused", []string{ok, "-NOPERM x", queued, discarded}, NotApplied, ErrRejected, "FUNCTION LOAD"},
		{"the function is refused", []string{ok, queued, "-OOM x", discarded}, NotApplied, ErrRejected, "FCALL"},
		{"LOAD is not queued", []string{ok, "+lib_1", queued, "*1 | :7"}, Unknown, ErrProtocol, ""},
		{"LOAD is not queued, yet in the replies", []string{ok, "+lib_1", queued, "*2 | :1 | :7"}, Unknown, ErrProtocol, ""},
		{"LOAD is refused, and EXEC ran", []string{ok, "-NOPERM x", queued, "*1 | :7"}, Unknown, ErrProtocol, ""},
		{"LOAD is refused in a MULTI left behind", []string{nested, "-NOPERM x", queued, discarded}, NotApplied, ErrRejected, "FUNCTION LOAD"},
		{"MULTI was refused", []string{noPerm, "+lib_1", ":7", withoutMulti}, Unknown, ErrProtocol, ""},
		{"MULTI and LOAD were refused", []string{noPerm, "-NOPERM x", ":7", withoutMulti}, Unknown, ErrProtocol, ""},
		{"one reply", []string{ok, queued, queued, "*1 | :7"}, Unknown, ErrProtocol, ""},
		{"three results", []string{ok, queued, "*1 | :7"}, Unknown, ErrProtocol, ""},
		{"the reply was lost", []string{ok, queued, queued, ""}, Unknown, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, o := new(facts), scripting["FCALL"][free]
			r := k.soloResult(&solo{op: o, index: 3, library: lib}, repliesOf(t, c.replies...))
			a := &answers{rare: &rare{ops: []uint16{o.id}}}
			k.classify(a, []rueidis.RedisResult{r}, 0, a.setErr)
			_ = a.settle(nil)
			err := a.errOf(0)
			require.Equal(t, c.outcome, OutcomeOf(err), "%v", err)
			if c.kind != nil {
				require.ErrorIs(t, err, c.kind)
			}
			var at *CommandError
			if c.by == "" {
				require.NotErrorAs(t, err, &at)
				return
			}
			require.ErrorAs(t, err, &at)
			require.Equal(t, c.by, at.Name)
		})
	}
}
