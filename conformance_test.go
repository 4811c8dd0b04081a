package rueidistx_test

import (
	"strconv"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/conformance"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// sameCode is why some of the suites are left out with the race detector.
const sameCode = "nothing runs at the same time in it that does not in another test"

// prefix is what SCAN would take for a pattern, if its characters were not escaped.
const prefix = `app?[*]\:`

func TestEveryMethodHasAnExample(t *testing.T) { conformance.CheckComplete(t) }

// TestConformance runs the suite on every server that this machine offers: see redistest for the variables that choose.
func TestConformance(t *testing.T) {
	defer redistest.PrepareCluster()()
	t.Run("Embedded", func(t *testing.T) {
		conformance.Run(t, conformance.Target{
			Option:   redistest.EmbeddedOption(redistest.StartEmbedded(t)),
			Embedded: true,
			Own:      true,
			Again:    redistest.Installed(),
		})
	})
	t.Run("Single", func(t *testing.T) {
		conformance.Run(t, conformance.Target{Option: redistest.Shared(t).Option(), Own: true, Thorough: !raceEnabled})
	})
	t.Run("SingleRESP2", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		conformance.Run(t, conformance.Target{Option: inRESP2(redistest.Shared(t).Option()), Own: true})
	})
	t.Run("SingleDedicated", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		conformance.Run(t, conformance.Target{
			Option:  redistest.Shared(t).Option(),
			Options: []rueidistx.Option{rueidistx.DedicatedTransactions(4)},
		})
	})
	t.Run("SingleCoalesced", func(t *testing.T) {
		redistest.Long(t)
		conformance.Run(t, conformance.Target{
			Option:  redistest.Shared(t).Option(),
			Options: []rueidistx.Option{rueidistx.Coalesce()},
		})
	})
	t.Run("SinglePrefixed", func(t *testing.T) {
		redistest.Long(t)
		conformance.Run(t, conformance.Target{Option: redistest.Shared(t).Option(), Prefix: prefix})
	})
	t.Run("TLS", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		_, option := redistest.StartTLS(t)
		conformance.Run(t, conformance.Target{Option: option})
	})
	t.Run("Password", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		conformance.Run(t, conformance.Target{Option: redistest.Start(t, "--requirepass", "let me in").Option()})
	})
	t.Run("ACL", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		s := redistest.Start(t)
		s.Do(t, append([]string{"ACL", "SETUSER", "restricted", "on", ">let me in", "~*", "&*"}, rights...)...)
		if s.Since("8.0") { // where they are in no category
			s.Do(t, "ACL", "SETUSER", "restricted", "+vadd", "+vcard", "+vdim", "+vemb", "+vgetattr", "+vinfo", "+vismember", "+vlinks",
				"+vrandmember", "+vrem", "+vsetattr", "+vsim")
		}
		option := s.Option()
		option.Username, option.Password = "restricted", "let me in"
		conformance.Run(t, conformance.Target{Option: option})
	})
	t.Run("Database5", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		testDatabase5(t)
	})
	t.Run("Cluster", func(t *testing.T) {
		conformance.Run(t, conformance.Target{Option: redistest.SharedCluster(t).Option(), Again: true})
	})
	t.Run("ClusterPrefixed", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		conformance.Run(t, conformance.Target{Option: redistest.SharedCluster(t).Option(), Prefix: prefix})
	})
	t.Run("ClusterCoalesced", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		conformance.Run(t, conformance.Target{
			Option:  redistest.SharedCluster(t).Option(),
			Options: []rueidistx.Option{rueidistx.Coalesce()},
		})
	})
	t.Run("ClusterRESP2", func(t *testing.T) {
		redistest.Long(t)
		notRaced(t, sameCode)
		conformance.Run(t, conformance.Target{Option: inRESP2(redistest.SharedCluster(t).Option()), Own: true})
	})
	t.Run("Given", func(t *testing.T) {
		addr, ok := redistest.Given()
		if !ok {
			t.Skip("RUEIDISTX_ADDR is not set")
		}
		conformance.Run(t, conformance.Target{Option: rueidis.ClientOption{InitAddress: []string{addr}}, Thorough: true})
	})
}

// testDatabase5 is about a database that is not the one in which a connection begins.
func testDatabase5(t *testing.T) {
	s, key := redistest.Shared(t), redistest.Key(t, "k")
	option := s.Option()
	option.SelectDB = 5
	target := conformance.Target{Option: option, Options: []rueidistx.Option{rueidistx.DedicatedTransactions(4)}}
	conformance.Run(t, target)

	db, err := rueidistx.Open(option, target.Options...)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	for _, w := range ways.All {
		require.NoError(t, w.Run(redistest.Context(t), db, func(c *rueidistx.Commands) { c.Incr(key) }))
	}
	n, err := db.Auto(redistest.Context(t)).Get(key).Value()
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(len(ways.All)), n, "all ways should use the same database")
	require.True(t, s.Do(t, "GET", key).IsNil(), "which is not number 0")
}

// rights are those of a user for whom all of the library works. Without ROLE, which is of @admin and @dangerous, it works
// as well: it then takes a server that says READONLY for one that may become a primary again.
var rights = []string{
	"+@connection",                           // HELLO, CLIENT, PING and SELECT of rueidis; ECHO
	"+@transaction",                          // MULTI and EXEC of transactions
	"+@scripting",                            // EVAL, EVALSHA and SCRIPT LOAD of scripts
	"+@read", "+@write", "+@pubsub", "+time", // the commands that have methods
	"+info", "+config", // those that are about the server
}

// inRESP2 makes a client speak the older protocol, which has no client-side caching.
func inRESP2(option rueidis.ClientOption) rueidis.ClientOption {
	option.AlwaysRESP2 = true
	option.DisableCache = true
	return option
}
