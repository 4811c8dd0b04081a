package main

import (
	"io"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the commands have to print can be looked for. TestTrackRecordNamesWhatIsThere is about the commands.
func TestSignsAreExpressions(t *testing.T) {
	for _, h := range hazards {
		_, err := regexp.Compile(h.sign)
		require.NoError(t, err, h.what)
	}
}

func TestWhatIsNotShownFails(t *testing.T) {
	for _, number := range []string{"0", "-1", "100", "one"} {
		require.ErrorContains(t, show(io.Discard, []string{number}), "there is no hazard", number)
	}
	harmless := hazard{alone: "go version", sign: "panic"}
	shown, line := harmless.showAlone()
	require.False(t, shown)
	require.Contains(t, line, "NOT SHOWN: go version")
	harmless.sign = "^go version"
	shown, line = harmless.showAlone()
	require.True(t, shown)
	require.Contains(t, line, "go version go")
	kept, line := keeps("go version")
	require.False(t, kept)
	require.Contains(t, line, "NOT KEPT OUT: go version")
	kept, line = keeps("go test -run TestThatIsNotThere ../generate")
	require.False(t, kept, line)
	kept, line = keeps("go test ../generate")
	require.True(t, kept, line)
	passed, skipped := "--- PASS: TestA (0.00s)\n", "--- SKIP: TestB (0.00s)\n"
	require.True(t, allPass("go test -run TestA .", []byte(passed)))
	require.False(t, allPass("go test -run TestA .", []byte(passed+skipped)))
	require.False(t, allPass("go test -run 'TestA|TestB' .", []byte(passed)))
	require.True(t, allPass("go test -run 'TestA|TestB' .", []byte(passed+"--- PASS: TestB (0.00s)\n")))
}
