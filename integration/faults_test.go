package integration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// fault is something that happens to servers under traffic. strike returns when it is over.
type fault struct {
	name   string
	only   []integration.Topology // all of them if empty
	strike func(t *testing.T, tr *traffic)
	seen   []rueidistx.Outcome // of some units, because of it
}

var (
	single   = []integration.Topology{integration.Single}
	alone    = []integration.Topology{integration.Single, integration.Replicas} // nobody takes a server's place
	replaced = []integration.Topology{integration.Sentinel, integration.Cluster}
	cluster  = []integration.Topology{integration.Cluster}
)

var faults = []fault{
	{name: "CLIENT KILL", strike: func(t *testing.T, tr *traffic) {
		for range 20 {
			tr.primary().Do(t, "CLIENT", "KILL", "TYPE", "normal")
			tr.applies(5)
		}
	}, seen: []rueidistx.Outcome{rueidistx.Unknown}},
	{name: "CLIENT PAUSE", strike: func(t *testing.T, tr *traffic) {
		for range 4 { // on a busy machine, few units may be under way at a time
			tr.primary().Do(t, "CLIENT", "PAUSE", "700")
			tr.reaches(rueidistx.Unknown, 1)
		}
	}, seen: []rueidistx.Outcome{rueidistx.Unknown}},
	{name: "SCRIPT FLUSH", strike: func(t *testing.T, tr *traffic) {
		for range 50 {
			tr.primary().Do(t, "SCRIPT", "FLUSH")
			tr.applies(5)
		}
	}},
	{name: "out of memory", strike: func(t *testing.T, tr *traffic) {
		primary := tr.primary()
		primary.Do(t, "CONFIG", "SET", "maxmemory", "1")
		tr.reaches(rueidistx.NotApplied, 50)
		primary.Do(t, "CONFIG", "SET", "maxmemory", "0")
	}, seen: []rueidistx.Outcome{rueidistx.NotApplied}},
	{name: "no rights to EXEC and EVAL", strike: func(t *testing.T, tr *traffic) {
		primary := tr.primary()
		primary.Do(t, "ACL", "SETUSER", "default", "-exec", "-eval", "-evalsha")
		tr.reaches(rueidistx.NotApplied, 50)
		primary.Do(t, "ACL", "SETUSER", "default", "+@all")
	}, seen: []rueidistx.Outcome{rueidistx.NotApplied}},
	{name: "busy script", only: alone, strike: func(t *testing.T, tr *traffic) {
		primary := tr.primary()
		primary.Do(t, "CONFIG", "SET", "lua-time-limit", "5")
		primary.Do(t, "EVAL", "for i = 1, 50000000 do end", "0")
	}, seen: []rueidistx.Outcome{rueidistx.NotApplied}},
	{name: "REPLICAOF another", only: alone, strike: func(t *testing.T, tr *traffic) {
		primary := tr.servers.Nodes[0]
		primary.Do(t, "REPLICAOF", "127.0.0.1", "1")
		tr.reaches(rueidistx.NotApplied, 50)
		primary.Do(t, "REPLICAOF", "NO", "ONE")
	}, seen: []rueidistx.Outcome{rueidistx.NotApplied}},
	{name: "output buffer limit", strike: exceedOutputBuffer},
	{name: "paused", only: alone, strike: func(_ *testing.T, tr *traffic) {
		primary := tr.primary()
		primary.Pause()
		tr.reaches(rueidistx.Unknown, 8)
		primary.Unpause()
	}, seen: []rueidistx.Outcome{rueidistx.Unknown}},
	{name: "restarted", only: single, strike: func(_ *testing.T, tr *traffic) {
		tr.primary().Restart() // with its file, and without its scripts
	}, seen: []rueidistx.Outcome{rueidistx.Unknown}},
	{name: "killed", only: single, strike: func(_ *testing.T, tr *traffic) {
		primary := tr.primary()
		primary.Kill()
		tr.reaches(rueidistx.Unknown, 2)
		primary.Restart()
	}, seen: []rueidistx.Outcome{rueidistx.Unknown}},
	{name: "off the network", only: alone, strike: func(_ *testing.T, tr *traffic) {
		primary := tr.primary()
		primary.Disconnect(integration.Clients)
		tr.reaches(rueidistx.NotApplied, 20) // nothing can be dialed
		primary.Connect(integration.Clients)
	}, seen: []rueidistx.Outcome{rueidistx.NotApplied}},

	{name: "orderly failover", only: cluster, strike: func(t *testing.T, tr *traffic) {
		primary := tr.primary()
		replica := tr.servers.Replica(t, primary)
		replica.Do(t, "CLUSTER", "FAILOVER") // the primary waits for its replica: nothing is lost
		becomes(t, replica, "master")
		becomes(t, primary, "slave")
	}},
	{name: "failover", only: []integration.Topology{integration.Sentinel}, strike: func(t *testing.T, tr *traffic) {
		tr.losing(func() { // sentinels do not wait
			primary := tr.primary()
			tr.servers.Sentinels[1].Do(t, "SENTINEL", "FAILOVER", "main")
			becomes(t, primary, "slave")
			tr.applies(20)
		})
	}},
	{name: "primary killed", only: replaced, seen: []rueidistx.Outcome{rueidistx.Unknown},
		strike: replacing((*integration.Node).Kill, (*integration.Node).Restart)},
	{name: "primary paused", only: replaced, seen: []rueidistx.Outcome{rueidistx.Unknown},
		strike: replacing((*integration.Node).Pause, (*integration.Node).Unpause)},
	{name: "primary off its peers' network", only: replaced, strike: replacing( // clients still reach it
		func(n *integration.Node) { n.Disconnect(integration.Peers) },
		func(n *integration.Node) { n.Connect(integration.Peers) },
	)},
	{name: "24 slots moved, 12 of them held half migrated", only: cluster, strike: func(t *testing.T, tr *traffic) {
		key := tr.ledger.List
		for i := range 24 {
			at := tr.primary()
			to := tr.anotherPrimary(t, at)
			var half func()
			if i%2 == 0 {
				half = func() { tr.reaches(rueidistx.NotApplied, 10) }
			}
			tr.servers.MoveSlot(t, key, to, []string{tr.ledger.Hash}, half)
			tr.applies(5)
		}
	}, seen: []rueidistx.Outcome{rueidistx.NotApplied}},
}

// replacing strikes a primary, waits until another node has taken its place and clients have found that, and mends it.
func replacing(strike, mend func(*integration.Node)) func(*testing.T, *traffic) {
	return func(t *testing.T, tr *traffic) {
		tr.losing(func() {
			old := tr.primary()
			strike(old)
			redistest.Succeeds(t, "another node should serve the ledger", func() error {
				if now := tr.servers.Primary(tr.ledger.List); now == nil || now == old {
					return fmt.Errorf("the primary is %v", now)
				}
				return nil
			})
			tr.applies(20)
			mend(old)
			becomes(t, old, "slave")
			tr.applies(20)
		})
	}
}

// anotherPrimary returns one that does not serve the ledger.
func (tr *traffic) anotherPrimary(t *testing.T, at *integration.Node) *integration.Node {
	t.Helper()
	for i := range 100 {
		if n := tr.servers.Primary(fmt.Sprint(i)); n != nil && n != at {
			return n
		}
	}
	require.FailNow(t, "there is no other primary")
	return nil
}

// exceedOutputBuffer makes transactions of which the answer is so long that the server closes the connection instead of
// sending it: they are applied, and nobody hears of it.
func exceedOutputBuffer(t *testing.T, tr *traffic) {
	primary, long := tr.primary(), tr.ledger.List+"long"
	primary.Do(t, "SET", long, strings.Repeat("x", 4<<20))
	db := open(t, plainOption(tr.servers))
	primary.Do(t, "CONFIG", "SET", "client-output-buffer-limit", "normal 100000 0 0")
	const n = 10
	for i := range n {
		id := fmt.Sprint("long.", i)
		tx := db.Atomic()
		tr.ledger.Enter(tx.Commands, id)
		tx.Get(long)
		err := tx.Exec(redistest.Context(t))
		tr.ledger.Ended(id, err)
		require.ErrorIs(t, err, rueidistx.ErrConnection)
		require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err))
	}
	primary.Do(t, "CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")
	listed, err := primary.Do(t, "LRANGE", tr.ledger.List, "0", "-1").AsStrSlice()
	require.NoError(t, err)
	for i := range n {
		assert.Contains(t, listed, fmt.Sprint("long.", i), "it is applied, as far as the server is concerned")
	}
}

// TestFaults lets every fault happen to every topology of every version, one after the other, while transactions and
// scripts of four kinds of clients are on their way, and compares what was said of each of them with what the servers
// have: what was not applied is not there, what was applied is there once, and nothing is there in part or twice.
func TestFaults(t *testing.T) {
	integration.NeedDocker(t)
	for _, version := range integration.Versions() {
		for _, topology := range integration.Topologies() {
			t.Run(string(version)+"/"+string(topology), func(t *testing.T) {
				t.Parallel()
				testFaults(t, integration.Start(t, integration.Want{
					Version: version, Topology: topology, DownAfter: 2 * time.Second,
					Args: []string{"--appendonly", "yes", "--appendfsync", "always"},
				}))
			})
		}
	}
}

func testFaults(t *testing.T, servers *integration.Servers) {
	dbs := openClients(t, servers)
	all, struck := map[string]int{}, 0
	for _, f := range faults {
		if len(f.only) > 0 && !slices.Contains(f.only, servers.Topology) {
			continue
		}
		struck++
		if !t.Run(f.name, func(t *testing.T) {
			tr := startTraffic(t, servers, dbs, fmt.Sprintf("{%s}", f.name))
			f.strike(t, tr)
			seen := tr.audit()
			for _, outcome := range f.seen {
				assertSeen(t, seen, outcome)
			}
			add(all, seen)
			servers.Recovered(t)
		}) {
			return // what follows would suffer from it
		}
	}
	fmt.Printf("%s, %s: %d faults; said/really applied: %s\n", servers.Name, servers.Topology, struck, tally(all))
}
