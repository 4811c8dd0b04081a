package integration_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/choice"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// TestChoices compares the ways in which an If runs on every version.
func TestChoices(t *testing.T) {
	integration.NeedDocker(t)
	for _, version := range integration.Versions() {
		t.Run(string(version), func(t *testing.T) {
			s := integration.Start(t, integration.Want{Version: version})
			figures := choice.Compare(t, s.Option(), redistest.Times(5, 2)) // internal/choice has a longer run
			fmt.Printf("%s: %v\n", s.Name, figures)
			require.Positive(t, figures.Commands)
		})
	}
}
