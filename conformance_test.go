package rueidistx_test

import (
	"testing"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/conformance"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestEveryMethodHasAnExample(t *testing.T) { conformance.CheckComplete(t) }

// TestConformance runs the suite on every server that this machine offers: see redistest for the variables that choose.
func TestConformance(t *testing.T) {
	t.Run("Embedded", func(t *testing.T) {
		conformance.Run(t, conformance.Target{
			Option:   redistest.EmbeddedOption(redistest.StartEmbedded(t)),
			Embedded: true,
		})
	})
	t.Run("Single", func(t *testing.T) {
		conformance.Run(t, conformance.Target{Option: redistest.Shared(t).Option()})
	})
	t.Run("SingleRESP2", func(t *testing.T) {
		redistest.Long(t)
		conformance.Run(t, conformance.Target{Option: inRESP2(redistest.Shared(t).Option())})
	})
	t.Run("SingleDedicated", func(t *testing.T) {
		redistest.Long(t)
		conformance.Run(t, conformance.Target{
			Option:  redistest.Shared(t).Option(),
			Options: []rueidistx.Option{rueidistx.DedicatedTransactions(4)},
		})
	})
	t.Run("Cluster", func(t *testing.T) {
		conformance.Run(t, conformance.Target{Option: redistest.SharedCluster(t).Option()})
	})
	t.Run("ClusterRESP2", func(t *testing.T) {
		redistest.Long(t)
		conformance.Run(t, conformance.Target{Option: inRESP2(redistest.SharedCluster(t).Option())})
	})
	t.Run("Given", func(t *testing.T) {
		addr, ok := redistest.Given()
		if !ok {
			t.Skip("RUEIDISTX_ADDR is not set")
		}
		conformance.Run(t, conformance.Target{Option: rueidis.ClientOption{InitAddress: []string{addr}}})
	})
}

// inRESP2 makes a client speak the older protocol, which has no client-side caching.
func inRESP2(option rueidis.ClientOption) rueidis.ClientOption {
	option.AlwaysRESP2 = true
	option.DisableCache = true
	return option
}
