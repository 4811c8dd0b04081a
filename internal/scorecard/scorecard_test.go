package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kept is what logs look like if all promises were kept.
const kept = `
== run 28 November 2026, commit abc1234, 2 cores
== go test ./...
ok  	github.com/rueidistx/rueidistx	1.0s
ok  	github.com/rueidistx/rueidistx	1.0s
hazards: 14 of 14 shown and kept out
ok    canned/auto/SET/1      1.442 of hand-written (limit 1.55)
campaign {"server":"redis 7.0.15","wrong":7}
total {"units":300000,"claims":700000,"cuts":9000,"holds":1,"refused":1,"upsets":1,"failovers":80,"kills":3,"moves":100,"wrong":0,"doubled":0,"half":0,"pending":0,"hangs":0,"panics":0}
bank {"server":"redis 7.0.15","seconds":4.7,"faults":900,"callers":1300,"lost":0,"doubled":0,"misclassified":0,"unbalanced":0}
late {"faults":190,"callers":300,"lost":0,"doubled":0,"misclassified":0,"unbalanced":0}
appends {"faults":200,"transactions":500,"cycles":0,"aborted":0,"lost":0,"doubled":0,"half":0,"disordered":0,"strange":0}
closures {"faults":100,"seen":458,"told":0}
naive {"doubled":38,"misclassified":23}
unwatched {"cycles":5}
race none in 5s: ok   github.com/rueidistx/rueidistx 17.892s
mutants 100, killed 96, survived 4, not compiled 2, of 900, seed 1
`

func logs(text string) string {
	lost := map[string]string{"single": "0", "replicas": "0", "sentinel": "8", "cluster": "9"} // by failovers
	for _, version := range []string{"redis 6.0.16", "redis 7.0.15", "redis 8.0.2", "valkey 8.1.1"} {
		for _, topology := range []string{"single", "replicas", "sentinel", "cluster"} {
			text += version + ", " + topology + ": 12 faults; said/really applied: applied/true 4752, not applied/false 364, applied/false " + lost[topology] + "\n"
		}
		text += version + ": 190 typed, 161 listed with reasons, 0 missing; 499 lines match, 0 rejected; 233 methods of 309 run live\n"
		text += version + ": 500 choices, 107 hold, 225 fail, 0 refused; 5396 commands compared, 2260 fail, 0 beyond 2^53\n"
	}
	return text + "== all passed\n"
}

func card(t *testing.T, text string) (met bool, printed string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	var out strings.Builder
	met, err := run(&out, []string{name}, "")
	require.NoError(t, err)
	return met, out.String()
}

func TestPromisesThatAreKept(t *testing.T) {
	met, printed := card(t, logs(kept))
	require.True(t, met, printed)
	require.NotContains(t, printed, "MISSED")
	require.Contains(t, printed, "Outcomes that were wrong: 0 of 700,000 commands (target: 0)")
	require.Contains(t, printed, "16, 192 faults, 81,924 commands")
	require.Contains(t, printed, "96 of 100")
	require.Contains(t, printed, "4 of 4, redis 6.0.16: 233 of 309 methods")
	require.Contains(t, printed, "1 packages, 1 of 1 runs")
}

func TestPromisesThatAreBroken(t *testing.T) {
	for _, c := range []struct{ old, new, promise string }{
		{`"cuts":9000`, `"cuts":90`, "Faults while units ran"},
		{`"wrong":0,"doubled":0`, `"wrong":1,"doubled":0`, "Outcomes that were wrong"},
		{`"wrong":0,"doubled":0`, `"wrong":0,"doubled":1`, "Writes done twice"},
		{`"half":0,"pending"`, `"half":2,"pending"`, "Transactions done in part"},
		{`"pending":0`, `"pending":1`, "Futures that were not settled"},
		{`"hangs":0`, `"hangs":1`, "Hangs and panics"},
		{`"panics":0`, `"panics":1`, "Hangs and panics"},
		{`"faults":190`, `"faults":99`, "Watch and Once: faults"},
		{`closures {"faults":100`, `closures {"faults":99`, "Watch and Once: faults"},
		{`"unbalanced":0`, `"unbalanced":3`, "Watch and Once: money lost"},
		{`"cycles":0`, `"cycles":1`, "Watch: anomalies"},
		{`"told":0`, `"told":1`, "Watch: closures believed"},
		{`"doubled":38,"misclassified":23`, `"doubled":0,"misclassified":0`, "The same checkers find, of a program without Once"},
		{`"cycles":5`, `"cycles":0`, "The same checkers find, of a program without Watch"},
		{"race none in", "race FAILED, 1", "Data races"},
		{": ok   github.com/rueidistx/rueidistx 17.892s", ": ?   github.com/rueidistx/rueidistx [no test files]", "Data races"},
		{"rueidistx 17.892s", "rueidistx 0.1s [no tests to run]", "Data races"},
		{"valkey 8.1.1, cluster", "valkey 8.1.1, single", "Versions"},
		{"valkey 8.1.1, cluster: 12", "valkey 8.1.1, cluster: 0", "Versions"},
		{"not applied/false 364", "not applied/true 1", "… commands said to be not applied"},
		{"applied/false 0", "applied/false 1", "… commands said to be applied"},
		{"0 missing", "1 missing", "Servers whose table"},
		{"0 rejected", "1 rejected", "Servers whose table"},
		{"233 methods", "23 methods", "Servers whose table"},
		{"5396 commands", "53 commands", "Commands of an If"},
		{"14 of 14", "13 of 14", "Hazards"},
		{"ok    canned", "OVER  canned", "Benchmarks"},
		{"== all passed", "== unit passed", "Packages"},
		{"== run 28 ", "== run 28 November\n== run 28 ", "Packages"},
		{"== all passed", "== all passed\nFAIL\tgithub.com/rueidistx/rueidistx", "What logs call failed"},
		{"== all passed", "== all passed\nfailed campaign on redis", "What logs call failed"},
		{`"strange":0`, `"strangers":0`, "What logs call failed"},
		{`"panics":0`, `"panics":"none"`, "What logs call failed"},
		{"== all passed", "containers are left: 1f\n== all passed", "Containers"},
		{"killed 96", "killed 80", "Mutants"},
	} {
		text := strings.ReplaceAll(logs(kept), c.old, c.new)
		require.NotEqual(t, logs(kept), text, c.old)
		met, printed := card(t, text)
		require.False(t, met, "%s: %s", c.new, printed)
		require.Contains(t, printed, "MISSED "+c.promise, c.new)
	}
}

// Of nothing, nothing is known.
func TestNothingTried(t *testing.T) {
	met, printed := card(t, "")
	require.False(t, met)
	require.NotContains(t, printed, " met ")
	_, err := run(io.Discard, []string{filepath.Join(t.TempDir(), "missing")}, "")
	require.Error(t, err)
	name := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(name, []byte("total {\"units\":}\n"), 0o600))
	_, err = run(io.Discard, []string{name}, "")
	require.Error(t, err)
}

func TestDocument(t *testing.T) {
	dir := t.TempDir()
	name, out := filepath.Join(dir, "log"), filepath.Join(dir, "scorecard.md")
	require.NoError(t, os.WriteFile(name, []byte(logs(kept)), 0o600))
	_, err := run(io.Discard, []string{name}, out)
	require.NoError(t, err)
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Contains(t, string(text), "| 2 | Outcomes that were wrong | 0 of 700,000 commands | 0 | met |")
	require.Contains(t, string(text), "Servers: redis 6.0.16, redis 7.0.15, redis 8.0.2, valkey 8.1.1.")
	require.Contains(t, string(text), "of a run of 28 November 2026, commit abc1234, 2 cores.")
}
