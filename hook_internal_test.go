package rueidistx

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The comment of Class lists its words, in the order in which they are looked for.
func TestClassListsItsWords(t *testing.T) {
	text, err := os.ReadFile("hook.go")
	require.NoError(t, err)
	_, comment, found := strings.Cut(string(text), "or else the first of these that the error matches: ")
	require.True(t, found)
	comment, _, found = strings.Cut(comment, ", which are")
	require.True(t, found)
	var words []string
	for _, c := range classes {
		words = append(words, `"`+c.word+`"`)
	}
	last := len(words) - 1
	want := strings.Join(words[:last], ", ") + " and " + words[last]
	require.Equal(t, want, strings.ReplaceAll(comment, "\n// ", " "))
}
