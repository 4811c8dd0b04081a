package rueidistx_test

import (
	"testing"

	"github.com/rueidistx/rueidistx/internal/conformance"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestEquivalence(t *testing.T) { onEachServer(t, conformance.CheckEquivalence) }

func TestBytesComeBackAsTheyWere(t *testing.T) {
	redistest.Long(t)
	onEachServer(t, conformance.CheckBytes)
}

// onEachServer runs a test on every server that this machine offers, in the protocol that the server prefers.
func onEachServer(t *testing.T, check func(*testing.T, conformance.Target)) {
	t.Run("Embedded", func(t *testing.T) {
		if redistest.Installed() {
			redistest.Long(t)
		}
		check(t, conformance.Target{Option: redistest.EmbeddedOption(redistest.StartEmbedded(t)), Embedded: true})
	})
	t.Run("Single", func(t *testing.T) {
		check(t, conformance.Target{Option: redistest.Shared(t).Option()})
	})
	t.Run("Cluster", func(t *testing.T) {
		redistest.Long(t)
		check(t, conformance.Target{Option: redistest.SharedCluster(t).Option()})
	})
}
