package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(redistest.Suite{M: m},
		// rueidis closes the connections to nodes that have left a cluster 5 seconds late, even when it was closed itself,
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient)._refresh.func2"),
		// asks for the topology up to a second late,
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*call).DelayDo.func1"),
		// and closes a connection late that it replaces because two nodes redirect to each other.
		goleak.IgnoreAnyFunction("github.com/redis/rueidis.(*clusterClient).redirectOrNew.func1"))
}

// combination is one set of options used on one set of servers.
type combination struct {
	field *field
	shape *shape
	db    *rueidistx.DB
	tags  []string
	books []*book

	workers []*worker
	stop    chan struct{}
	began   time.Time
	length  time.Duration
	losing  atomic.Bool // acknowledged writes may be lost

	wrong, pending, panics, longest atomic.Int64
	mu                              sync.Mutex
	complaints                      []string
	figures                         figures
}

const (
	defaultLength = 300 * time.Millisecond
	leastClaims   = 50
	leastCuts     = 3
)

// length is how long a combination is used.
func length(t *testing.T) time.Duration {
	text := os.Getenv("RUEIDISTX_CAMPAIGN")
	if text == "" {
		return defaultLength
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err, "RUEIDISTX_CAMPAIGN")
	return d
}

// seed is that of what is random.
func seed(t *testing.T) uint64 {
	text := os.Getenv("RUEIDISTX_SEED")
	if text == "" {
		return rand.Uint64N(1_000_000)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "RUEIDISTX_SEED")
	return n
}

// queue is the queue that rueidis uses, which it decides when it is loaded.
func queue() string {
	if name := os.Getenv("RUEIDIS_QUEUE_TYPE"); name != "" {
		return name
	}
	return "ring"
}

func TestCampaign(t *testing.T) {
	if testing.Short() {
		t.Skip("a campaign is not short")
	}
	length, seed := length(t), seed(t)
	t.Run("topologies", func(t *testing.T) { // returns when all of them have ended
		for name, start := range map[string]func(*testing.T) *field{"single": startSingle, "cluster": startCluster, "sentinel": startSentinel} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := start(t)
				for i := range shapes {
					if name == "sentinel" && !shapes[i].sentinel {
						continue
					}
					t.Run(shapes[i].name, func(t *testing.T) { run(t, f, &shapes[i], length, seed+uint64(i)) })
				}
			})
		}
	})
}

// TestFlowBuffer runs some of it with rueidis's other queue, which takes a process of its own.
func TestFlowBuffer(t *testing.T) {
	if testing.Short() || queue() != "ring" {
		t.Skip("a campaign is not short")
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^TestCampaign$/^topologies$/^single$/^(default|RingScaleEachConn_1|MaxFlushDelay|dedicated_4)$")
	command.Env = append(os.Environ(), "RUEIDIS_QUEUE_TYPE=flowbuffer")
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "campaign ") {
			fmt.Print(line)
		}
	}
}

func run(t *testing.T, f *field, s *shape, length time.Duration, seed uint64) {
	c := &combination{field: f, shape: s, stop: make(chan struct{}), began: time.Now(), length: length}
	c.figures = figures{Server: f.nodes[0].Name(), Topology: f.topology, Options: s.name, Queue: queue(), Seed: seed}
	option := f.option()
	option.ClientName = fmt.Sprintf("campaign-%x", rand.Uint64())
	s.set(&option)
	c.open(t, option)
	c.tags = f.tags(option.ClientName + ".")
	for _, tag := range c.tags {
		c.books = append(c.books, newBook(tag))
	}
	defer c.print()

	var cutting sync.WaitGroup
	for i := range 6 {
		c.workers = append(c.workers, &worker{c: c, rng: rand.New(rand.NewPCG(seed, uint64(i))), name: strconv.Itoa(i)})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var working sync.WaitGroup
		for _, w := range c.workers {
			working.Go(w.work)
		}
		working.Wait()
	}()
	i := uint64(100)
	for _, p := range f.proxies {
		i++
		rng := rand.New(rand.NewPCG(seed, i))
		cutting.Go(func() { c.cut(p, rng) })
	}
	if s.caches {
		cutting.Go(c.cache)
	}
	defer func() { // after a failure, too
		c.end()
		cutting.Wait()
	}()

	c.trouble(t, rand.New(rand.NewPCG(seed, 99)))
	redistest.Eventually(t, "some claims and cuts", func() bool {
		claims, cuts := c.counts()
		return time.Since(c.began) >= length && (claims >= leastClaims && cuts >= leastCuts)
	})
	c.end()
	cutting.Wait()
	for _, p := range f.proxies {
		p.Disarm()
		p.Refuse(false)
		p.Release()
	}
	if !c.within(ended, 3*bound) {
		t.Fatalf("units hang:\n%s", stacks())
	}
	c.close(t)
	c.disconnected(t, option.ClientName)
	c.audit(t)
}

func (c *combination) open(t *testing.T, option rueidis.ClientOption) {
	t.Helper()
	if !c.shape.wraps {
		var db *rueidistx.DB
		redistest.Succeeds(t, "the client should find its servers", func() (err error) { // after a switchover it may take a while
			db, err = rueidistx.Open(option, c.shape.options...)
			return err
		})
		t.Cleanup(db.Close)
		c.db = db
		return
	}
	client, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	c.db = rueidistx.New(client, c.shape.options...)
}

// close closes the client, which may have to wait for what is under way.
func (c *combination) close(t *testing.T) {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		c.db.Client().Close()
	}()
	if !c.within(closed, 3*bound) {
		t.Fatalf("Close hangs:\n%s", stacks())
	}
}

// disconnected waits until the servers have dealt with all that was sent to them: no connection of the client's is left. One
// that rueidis makes while it is being closed may stay, idle.
func (c *combination) disconnected(t *testing.T, name string) {
	t.Helper()
	began := time.Now()
	redistest.Succeeds(t, "all connections should end", func() error {
		for _, s := range c.field.nodes {
			reply, err := s.TryDo("CLIENT", "LIST")
			if err != nil {
				return err
			}
			list, _ := reply.ToString()
			for line := range strings.Lines(list) {
				if strings.Contains(line, " name="+name+" ") && time.Since(began) < 5*time.Second {
					return errors.New(line)
				}
			}
		}
		return nil
	})
	for addr, p := range c.field.proxies {
		if n := p.Conns(); n > 0 {
			t.Logf("%d connections to %s are left", n, addr)
			p.CutAll()
		}
	}
}

// within waits for an end and counts a hang if it does not come.
func (c *combination) within(ended <-chan struct{}, patience time.Duration) bool {
	select {
	case <-ended:
		return true
	case <-time.After(patience):
		c.figures.Hangs++
		return false
	}
}

func stacks() string {
	buffer := make([]byte, 1<<20)
	return string(buffer[:runtime.Stack(buffer, true)])
}

func (c *combination) end() {
	select {
	case <-c.stop:
	default:
		close(c.stop)
	}
}

func (c *combination) stopped() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// later reports whether the second half has begun.
func (c *combination) later() bool { return time.Since(c.began) > c.length/2 }

func (c *combination) took(d time.Duration) {
	for {
		longest := c.longest.Load()
		if d.Milliseconds() <= longest || c.longest.CompareAndSwap(longest, d.Milliseconds()) {
			return
		}
	}
}

func (c *combination) counts() (claims, cuts int) {
	for _, b := range c.books {
		b.mu.Lock()
		claims += len(b.claims)
		b.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return claims, c.figures.Cuts
}

// audit compares what was said with what the servers have, and leaves them empty.
func (c *combination) audit(t *testing.T) {
	t.Helper()
	for i, b := range c.books {
		var s *redistest.Server
		redistest.Eventually(t, "somebody has the book", func() bool { s = c.field.primary(c.tags[i]); return s != nil })
		b.audit(t, s, &c.figures)
		redistest.Succeeds(t, "the primary should forget", func() error { // another one, by now, after a switchover
			primary := c.field.primary(b.tag)
			if primary == nil {
				return errors.New("there is no primary")
			}
			_, err := primary.TryDo("DEL", b.list, b.hash, "{"+b.tag+"}fence")
			return err
		})
	}
	for _, w := range c.workers {
		c.figures.Units += w.done.Load()
	}
	c.figures.Seconds = time.Since(c.began).Seconds()
	c.figures.Wrong += c.wrong.Load()
	c.figures.Panics = c.panics.Load()
	c.figures.Pending, c.figures.Longest = c.pending.Load(), c.longest.Load()
	for _, text := range c.complaints {
		t.Error(text)
	}
	if c.figures.Applied == 0 {
		t.Error("nothing was applied")
	}
}

func (c *combination) print() {
	line, _ := json.Marshal(c.figures)
	fmt.Printf("campaign %s\n", line)
}

// cache reads with client-side caching.
func (c *combination) cache() {
	client := c.db.Client()
	for i := 0; !c.stopped(); i++ {
		b := c.books[i%len(c.books)]
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_ = client.DoCache(ctx, client.B().Hlen().Key(b.hash).Cache(), time.Second).Error()
		cancel()
		time.Sleep(100 * time.Microsecond)
	}
}
