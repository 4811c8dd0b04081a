package integration_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/integration"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// traffic is units of work that are entered into a ledger while something happens to the servers.
type traffic struct {
	t       *testing.T
	servers *integration.Servers
	ledger  *outcometest.Ledger

	// uncertain is true while the acknowledged writes of a server may be lost with it.
	uncertain atomic.Bool
	mayBeLost sync.Map // ids

	started, ended atomic.Int64
	workers        sync.WaitGroup
	stopping       chan struct{}
}

// unit enters an id into a ledger, by commands of which all or none run, or by a script.
type unit struct {
	way    ways.Way
	script bool
}

var units = allUnits()

func allUnits() (list []unit) {
	for _, w := range ways.Direct { // an If tries again for as long as a server is busy
		w.Options.Tx = []rueidistx.TxOption{rueidistx.Attempts(3), rueidistx.Backoff(5*time.Millisecond, 20*time.Millisecond)}
		if w.Atomic {
			list = append(list, unit{w, false})
		}
		list = append(list, unit{w, true})
	}
	return list
}

func (u unit) enter(ctx context.Context, db *rueidistx.DB, l *outcometest.Ledger, id string) error {
	var entered rueidistx.Future[int64]
	err := u.way.Run(ctx, db, func(c *rueidistx.Commands) {
		if !u.way.Now {
			c.LLen(l.List) // reads must not make rueidis send the rest again
		}
		if u.script {
			entered = l.Script(c, id)
		} else {
			l.Enter(c, id)
		}
		if !u.way.Now {
			c.HLen(l.Hash)
		}
	})
	if u.way.Atomic {
		return err
	}
	return entered.Err() // a Batch's is about all of its commands, and the script has its own
}

// client is one of those that make traffic.
type client struct {
	name    string
	option  func(*rueidis.ClientOption)
	options []rueidistx.Option
	workers int
	cancel  bool // contexts are cancelled instead of having a deadline, which makes rueidis pipeline
}

var clients = []client{
	{name: "one", option: func(*rueidis.ClientOption) {}, workers: 1},
	{name: "many", option: func(*rueidis.ClientOption) {}, workers: 3, cancel: true},
	{name: "RESP2", option: func(o *rueidis.ClientOption) { o.AlwaysRESP2, o.DisableCache = true, true }, workers: 1},
	{name: "dedicated", option: func(*rueidis.ClientOption) {}, options: []rueidistx.Option{rueidistx.DedicatedTransactions(2)}, workers: 1},
}

// patience is how long a unit waits for its answer.
const patience = 400 * time.Millisecond

// startTraffic starts it, with DBs of all kinds of clients, which live as long as the test.
func startTraffic(t *testing.T, servers *integration.Servers, dbs map[string]*rueidistx.DB, key string) *traffic {
	tr := &traffic{t: t, servers: servers, ledger: outcometest.NewLedger(key), stopping: make(chan struct{})}
	for _, c := range clients {
		for worker := range c.workers {
			tr.workers.Go(func() { tr.work(c, dbs[c.name], fmt.Sprintf("%s.%d", c.name, worker)) })
		}
	}
	t.Cleanup(tr.stop) // after a failure
	tr.applies(30)
	return tr
}

// plainOption is that of a client that does not mind how far replicas are: a fault may have stopped them.
func plainOption(servers *integration.Servers) rueidis.ClientOption {
	option := servers.Option()
	if option.SendToReplicas != nil {
		option.SendToReplicas = func(c rueidis.Completed) bool { return c.IsReadOnly() }
	}
	return option
}

// openClients returns a DB of each kind.
func openClients(t *testing.T, servers *integration.Servers) map[string]*rueidistx.DB {
	dbs := map[string]*rueidistx.DB{}
	for _, c := range clients {
		option := plainOption(servers)
		c.option(&option)
		db, err := rueidistx.Open(option, c.options...)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		dbs[c.name] = db
	}
	return dbs
}

func (tr *traffic) work(c client, db *rueidistx.DB, name string) {
	for i := 0; ; i++ {
		select {
		case <-tr.stopping:
			return
		default:
		}
		id := fmt.Sprintf("%s.%d", name, i)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if c.cancel {
			ctx, cancel = context.WithCancel(context.Background())
			time.AfterFunc(patience, cancel)
		}
		uncertain := tr.uncertain.Load()
		tr.started.Add(1)
		err := units[i%len(units)].enter(ctx, db, tr.ledger, id)
		cancel()
		if uncertain || tr.uncertain.Load() {
			tr.mayBeLost.Store(id, true)
		}
		tr.ledger.Ended(id, err)
		tr.ended.Add(1)
		if err != nil { // as a program would, instead of asking a million times
			<-time.After(2 * time.Millisecond)
		}
	}
}

// stop ends the traffic and returns when all of it has ended.
func (tr *traffic) stop() {
	select {
	case <-tr.stopping:
	default:
		close(tr.stopping)
	}
	tr.workers.Wait()
}

// reaches waits until n more units have ended with the outcome.
func (tr *traffic) reaches(outcome rueidistx.Outcome, n int) {
	tr.t.Helper()
	n += tr.ledger.Count(outcome)
	redistest.Succeeds(tr.t, fmt.Sprint("units should end ", outcome), func() error {
		if have := tr.ledger.Count(outcome); have < n {
			return fmt.Errorf("%d of %d did", have, n)
		}
		return nil
	})
}

func (tr *traffic) applies(n int) {
	tr.t.Helper()
	tr.reaches(rueidistx.Applied, n)
}

// passes waits until the units that run now have ended.
func (tr *traffic) passes() {
	tr.t.Helper()
	n := tr.started.Load()
	redistest.Succeeds(tr.t, "units should end", func() error {
		if tr.ended.Load() < n {
			return fmt.Errorf("%d of %d did", tr.ended.Load(), n)
		}
		return nil
	})
}

// losing lets acknowledged writes be lost while do runs, and no others: what was acknowledged before has reached the
// replicas when do begins.
func (tr *traffic) losing(do func()) {
	tr.t.Helper()
	tr.uncertain.Store(true)
	tr.passes()
	primary, replicas := tr.primary(), int64(1)
	if tr.servers.Topology == integration.Sentinel {
		replicas = 2
	}
	primary.Do(tr.t, "SET", tr.ledger.List+"fence", "")
	have, err := primary.Do(tr.t, "WAIT", fmt.Sprint(replicas), "9000").ToInt64()
	require.NoError(tr.t, err)
	require.Equal(tr.t, replicas, have, "replicas that have everything")
	do()
	tr.passes()
	tr.uncertain.Store(false)
}

// primary returns the node with the ledger.
func (tr *traffic) primary() *integration.Node {
	tr.t.Helper()
	var primary *integration.Node
	redistest.Succeeds(tr.t, "somebody should serve the ledger", func() error {
		if primary = tr.servers.Primary(tr.ledger.List); primary == nil {
			return fmt.Errorf("nobody does")
		}
		return nil
	})
	return primary
}

// audit ends the traffic and compares what was said of each unit with what the servers have.
func (tr *traffic) audit() map[string]int {
	tr.t.Helper()
	tr.applies(30) // all is well again
	tr.stop()
	primary := tr.primary()
	return tr.ledger.AuditExcept(tr.t, primary, func(id string) bool { _, ok := tr.mayBeLost.Load(id); return ok })
}

// tally writes outcomes and what is really there in one line.
func tally(seen map[string]int) string {
	var list []string
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		list = append(list, fmt.Sprintf("%s %d", what, seen[what]))
	}
	return strings.Join(list, ", ")
}

// add adds up what several audits have seen.
func add(all, seen map[string]int) {
	for what, n := range seen {
		all[what] += n
	}
}

func assertSeen(t *testing.T, seen map[string]int, outcome rueidistx.Outcome) {
	t.Helper()
	assert.Positive(t, seen[outcome.String()+"/true"]+seen[outcome.String()+"/false"], "the fault should make some %v: %s", outcome, tally(seen))
}
