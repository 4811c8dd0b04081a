package rueidistx_test

import (
	"testing"

	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestRefusals(t *testing.T) {
	redistest.Long(t)
	t.Parallel()
	outcometest.RunRefusals(t, func(t *testing.T, args ...string) (outcometest.Server, string) {
		s := redistest.Start(t, args...)
		return s, s.Addr
	}, !redistest.Shared(t).Since("7.0"))
}
