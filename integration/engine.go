package integration

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// lifetime is how long a container runs at most, whatever becomes of the process that started it.
const lifetime = 10 * time.Minute

// Labels of containers and networks.
const (
	testLabel    = "rueidistx.test"    // on all of them, as on the images of images/build
	runLabel     = "rueidistx.run"     // the run of this package that made it
	startedLabel = "rueidistx.started" // when, in Unix seconds: the engine does not tell it of networks
)

// engine is the Docker Engine, and what this process has on it.
type engine struct {
	pool *dockertest.Pool
	run  string // names this process

	networks sync.Mutex // held while a network is made
	count    atomic.Int64

	// making is held, for reading, while a container or a network is made, and by removeAll, which closes the engine
	making sync.RWMutex
	closed bool
}

// connect returns the engine, always the same. The first call clears away what earlier runs have left.
var connect = sync.OnceValues(func() (*engine, error) {
	pool, err := dockertest.NewPool("")
	if err != nil {
		return nil, err
	}
	if err := pool.Client.Ping(); err != nil {
		return nil, fmt.Errorf("no Docker Engine answers: %w", err)
	}
	e := &engine{pool: pool, run: rand.Text()[:8]}
	connected.Store(e)
	if err := e.sweep(); err != nil {
		fmt.Fprintln(os.Stderr, "removing what earlier runs have left:", err)
	}
	return e, nil
})

// connected is what connect has returned, for those who must not be the first to call it.
var connected atomic.Pointer[engine]

// NeedDocker skips the test if no Docker Engine answers, or fails it if RUEIDISTX_REQUIRE lists docker.
func NeedDocker(tb testing.TB) {
	tb.Helper()
	if _, err := connect(); err != nil {
		missing(tb, err)
	}
}

// need returns the engine and an image, on the terms of [NeedDocker] if either is missing.
func need(tb testing.TB, v Version) (*engine, string) {
	tb.Helper()
	NeedDocker(tb)
	image, err := Image(v)
	if err != nil {
		missing(tb, err)
	}
	return connected.Load(), image
}

// missing skips the test, or fails it. Of skipped tests the reason is printed too, once, as go test says nothing of them.
func missing(tb testing.TB, why error) {
	tb.Helper()
	if _, said := reasons.LoadOrStore(why.Error(), true); !said && !redistest.Required("docker") {
		fmt.Println("tests are skipped:", why)
	}
	redistest.SkipOrFail(tb, "docker", why.Error())
}

var reasons sync.Map // that were printed

// Main runs the tests and removes what they have left on the engine, also when they are interrupted. It returns the exit
// code, for a TestMain that does little else:
//
//	func TestMain(m *testing.M) { os.Exit(integration.Main(m)) }
//
// A process that gets no chance to call it, because it panics or is killed, loses its containers too: each ends when the
// connection that this package keeps to it breaks.
func Main(m *testing.M) int {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		removeAll()
		os.Exit(130)
	}()
	defer removeAll()
	return m.Run()
}

// errClosed is what who wants another container gets from then on.
var errClosed = errors.New("the tests have ended")

// removeAll removes everything that this process has on the engine, which takes nothing new then.
func removeAll() {
	e := connected.Load()
	if e == nil {
		return
	}
	e.making.Lock()
	e.closed = true
	e.making.Unlock()
	err := e.remove(func(labels map[string]string, _ time.Time) bool { return labels[runLabel] == e.run })
	if err != nil {
		fmt.Fprintln(os.Stderr, "removing containers:", err)
	}
}

// sweep removes what should have ended by itself long ago.
func (e *engine) sweep() error {
	return e.remove(func(_ map[string]string, started time.Time) bool { return time.Since(started) > lifetime })
}

// remove removes the containers and networks of tests that are chosen by their labels and the time when they were made.
func (e *engine) remove(chosen func(labels map[string]string, started time.Time) bool) error {
	containers, err := e.pool.Client.ListContainers(docker.ListContainersOptions{
		All:     true,
		Filters: map[string][]string{"label": {testLabel}},
	})
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var errs []error
	var mu sync.Mutex
	for _, c := range containers {
		if !chosen(c.Labels, started(c.Labels, c.Created)) {
			continue
		}
		wg.Go(func() {
			err := e.removeContainer(c.ID)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	wg.Wait()

	networks, err := e.pool.Client.FilteredListNetworks(docker.NetworkFilterOpts{"label": {testLabel: true}})
	if err != nil {
		return err
	}
	for _, network := range networks {
		if chosen(network.Labels, started(network.Labels, 0)) {
			errs = append(errs, e.removeNetwork(network.ID))
		}
	}
	return errors.Join(errs...)
}

// started returns when something was made: what its label says, else the time that the engine knows.
func started(labels map[string]string, known int64) time.Time {
	if seconds, err := strconv.ParseInt(labels[startedLabel], 10, 64); err == nil {
		known = seconds
	}
	return time.Unix(known, 0)
}

// removeContainer ends a container and returns when it is gone. One that is gone already is no error.
func (e *engine) removeContainer(id string) error {
	gone := func(err error) bool {
		var none *docker.NoSuchContainer
		return errors.As(err, &none)
	}
	err := e.pool.Client.RemoveContainer(docker.RemoveContainerOptions{ID: id, Force: true, RemoveVolumes: true})
	var status *docker.Error
	if err != nil && !gone(err) && (!errors.As(err, &status) || status.Status != 409) { // 409: it is being removed
		return err
	}
	return redistest.Poll(func() error {
		_, err := e.pool.Client.InspectContainer(id)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return fmt.Errorf("container %.12s is still there", id)
	})
}

// removeNetwork removes a network that no container uses any more. One that is gone already is no error.
func (e *engine) removeNetwork(id string) error {
	err := e.pool.Client.RemoveNetwork(id)
	var none *docker.NoSuchNetwork
	if errors.As(err, &none) {
		return nil
	}
	return err
}

// labels returns those of a new container or network.
func (e *engine) labels() map[string]string {
	return map[string]string{
		testLabel:    "1",
		runLabel:     e.run,
		startedLabel: strconv.FormatInt(time.Now().Unix(), 10),
	}
}

// name returns a name for a container or network that no other has.
func (e *engine) name(what string) string {
	return fmt.Sprintf("rueidistx-%s-%d-%s", e.run, e.count.Add(1), what)
}
