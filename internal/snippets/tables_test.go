package snippets

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpans(t *testing.T) {
	text := "| theirs | ours |\n|---|---|\n| `a \\| b` | `x \\| y` and ``z(`raw`)`` |\n\ntext | `none`\n\n| theirs | ours |\n|:-|-:|\n| | `f()` |\n"
	require.Equal(t, []span{
		{column: "ours", code: "x | y", line: 3},
		{column: "ours", code: "z(`raw`)", line: 3},
		{column: "ours", code: "f()", line: 9},
	}, spans(t, text, []string{"ours"}))
}

func TestPreludeOf(t *testing.T) {
	text := "text\n\n<!-- prelude of ours\nvar x int\n-->\n\n<!-- prelude of ours, theirs\nvar y int\n-->\n"
	require.Equal(t, "var x int\nvar y int\n", preludeOf(text, "ours"))
	require.Equal(t, "var y int\n", preludeOf(text, "theirs"))
	require.Empty(t, preludeOf(text, "other"))
}

// TestSpansCompile also says what does not compile.
func TestSpansCompile(t *testing.T) {
	c := newCompiler(t, map[string]string{"errors": "errors", "time": "time"})
	for code, want := range map[string]string{
		"time.Second":                          "",
		"errors.New(text)":                     "", // a call's result may be ignored
		"err := errors.New(text); panic(err)":  "",
		"unused := 1":                          "",
		"type t struct{ A int }; x := t{A: 1}": "",
		"unknown()":                            "undefined: unknown",
		"time.Sleep(text)":                     "cannot use text",
		"if {":                                 "missing condition",
	} {
		var wrong error
		file, err := c.parseSpan("var text string\n", code)
		if wrong = err; err == nil {
			wrong = c.errors(file)
		}
		if want == "" {
			require.NoError(t, wrong, code)
		} else {
			require.ErrorContains(t, wrong, want, code)
		}
	}
}
