package optimistic

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Suite{M: m}) }

const defaultTransactions = 600

// environment returns a number from the environment.
func environment(t *testing.T, name string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}

func transactions(t *testing.T) int {
	return int(environment(t, "RUEIDISTX_TRANSACTIONS", defaultTransactions))
}

// field is a server behind a proxy, with clients that talk to it in different ways.
type field struct {
	server *redistest.Server
	proxy  *faultproxy.Proxy
	dbs    []*rueidistx.DB
	seed   uint64
	began  time.Time
	ctx    context.Context
}

// patience is how long all of a test may take.
const patience = 10 * time.Minute

func open(t *testing.T) *field {
	t.Helper()
	redistest.Long(t)
	f := &field{server: redistest.Shared(t), seed: environment(t, "RUEIDISTX_SEED", rand.Uint64N(1_000_000)), began: time.Now()}
	f.proxy = faultproxy.Start(t, f.server.Addr)
	for _, w := range outcometest.Modes() {
		f.dbs = append(f.dbs, w.Open(t, f.proxy.Addr()))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	f.ctx = ctx
	return f
}

// random returns a generator of a worker's own.
func (f *field) random(worker int) *rand.Rand { return rand.New(rand.NewPCG(f.seed, uint64(worker))) }

// each runs work n times, numbered from 0, by a number of workers.
func (f *field) each(workers, n int, work func(db *rueidistx.DB, rng *rand.Rand, i int)) {
	numbers := make(chan int)
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			rng := f.random(w + 1)
			for i := range numbers {
				work(f.dbs[w%len(f.dbs)], rng, i)
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	working.Wait()
}

// drain waits until the server has dealt with all that was sent to it, late EXECs included.
func (f *field) drain(t *testing.T) {
	t.Helper()
	f.proxy.Disarm()
	for _, db := range f.dbs {
		db.Close()
	}
	redistest.Eventually(t, "all connections end", func() bool {
		f.proxy.Release() // a fault that had begun before Disarm may hold its command only now
		return f.proxy.Conns() == 0
	})
}

// context returns a context that ends soon for a tenth of the callers, by a deadline or by cancellation.
func (f *field) context(rng *rand.Rand) (ctx context.Context, end func(), bounded bool) {
	d := time.Duration(500+rng.IntN(30_000)) * time.Microsecond
	switch rng.IntN(20) {
	case 0:
		ctx, end = context.WithTimeout(f.ctx, d)
		return ctx, end, true
	case 1:
		ctx, cancel := context.WithCancel(f.ctx)
		timer := time.AfterFunc(d, cancel)
		return ctx, func() { timer.Stop(); cancel() }, true
	}
	return f.ctx, func() {}, false
}

// figures are what every test writes.
type figures struct {
	Server       string  `json:"server"`
	Seed         uint64  `json:"seed"`
	Seconds      float64 `json:"seconds"`
	Transactions int     `json:"transactions"`

	Execs       int `json:"execs"`       // EXECs that reached the proxy
	Connections int `json:"connections"` // that were made
	Faults      int `json:"faults"`
}

func (f *field) figures(n int) figures {
	all := figures{Server: f.server.Name(), Seed: f.seed, Transactions: n, Faults: f.proxy.Fired(), Seconds: time.Since(f.began).Seconds()}
	for _, verb := range f.proxy.Commands() {
		switch verb {
		case "EXEC", "EVALSHA":
			all.Execs++
		case "HELLO":
			all.Connections++
		}
	}
	return all
}

func report(name string, figures any) {
	line, _ := json.Marshal(figures)
	fmt.Printf("%s %s\n", name, line)
}

// book collects complaints, of which the first few are enough: a fault that shows once shows a thousand times.
type book struct {
	mu         sync.Mutex
	complaints []string
}

const maxComplaints = 10

func (b *book) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) < maxComplaints {
		b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
	}
}

func (b *book) require(t *testing.T) {
	t.Helper()
	for _, text := range b.complaints {
		t.Error(text)
	}
}
