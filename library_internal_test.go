package rueidistx

import (
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

// A chunk ends before its libraries exceed the bytes that a chunk may have. A larger one is sent alone.
func TestChunksOfCallsWithTheirLibraries(t *testing.T) {
	call := func(library *Library, size int, text bool) attempt {
		return attempt{&scriptCall{source: &source{library: library, text: strings.Repeat("x", size)}}, text}
	}
	const third = maxChunkBytes / 3
	for _, c := range []struct {
		name     string
		attempts []attempt
		want     int
	}{
		{"small ones", []attempt{call(lib, 10, true), call(lib, 10, true)}, 2},
		{"those that fit", []attempt{call(lib, third, true), call(lib, third, true), call(lib, third, true)}, 3},
		{"those that do not", []attempt{call(lib, third, true), call(lib, third, true), call(lib, third+9, true), call(lib, 1, true)}, 2},
		{"a larger one", []attempt{call(lib, maxChunkBytes+1, true), call(lib, 1, true)}, 1},
		{"calls without it", []attempt{call(lib, maxChunkBytes, false), call(lib, maxChunkBytes, false)}, 2},
		{"scripts, whose text is counted with the command", []attempt{call(nil, maxChunkBytes, true), call(nil, maxChunkBytes, true)}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			commands := make([]rueidis.Completed, len(c.attempts))
			for i := range commands {
				commands[i] = rueidis.Builder{}.Arbitrary("FCALL").Build()
			}
			require.Equal(t, c.want, chunkOfAttempts(commands, c.attempts))
		})
	}
}
