package redistest

import (
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
)

// Embedded starts an in-process miniredis and closes it when the test ends.
// Its clock stands still: keys expire through its FastForward method only.
func Embedded(tb testing.TB) *miniredis.Miniredis {
	tb.Helper()
	m, err := miniredis.Run()
	if err != nil {
		tb.Fatalf("starting the embedded server: %v", err)
	}
	tb.Cleanup(m.Close)
	return m
}

// StartEmbedded is [Embedded] for tests that need the address only.
func StartEmbedded(tb testing.TB) (addr string) {
	tb.Helper()
	return Embedded(tb).Addr()
}

// EmbeddedOption returns the options for a client of the embedded server at
// addr. It has no client tracking, so caching must be off, and it answers
// CLUSTER SLOTS, which makes rueidis take it for a cluster unless told.
func EmbeddedOption(addr string) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress:       []string{addr},
		ForceSingleClient: true,
		DisableCache:      true,
		PipelineMultiplex: -1,
	}
}
