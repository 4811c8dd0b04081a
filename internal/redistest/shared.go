package redistest

import (
	"errors"
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// once is what a test binary starts once, when something needs it.
type once[T any] struct {
	start func() (*T, error)

	mu    sync.Mutex
	value *T
	err   error
}

// get starts what is not started yet.
func (o *once[T]) get() (*T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.value == nil && o.err == nil {
		o.value, o.err = o.start()
	}
	return o.value, o.err
}

// stop ends what was started. The next get starts another one.
func (o *once[T]) stop(end func(*T)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.value != nil {
		end(o.value)
	}
	o.value, o.err = nil, nil
}

// The server and the cluster that a test binary starts once.
var (
	sharedServer  = once[Server]{start: func() (*Server, error) { return launch(nil) }}
	sharedCluster = once[Cluster]{start: func() (*Cluster, error) { return launchCluster(3, 0, nil) }}
)

// Shared returns the server that all tests of the test binary share. The first
// call starts it, [Main] or [Stop] ends it. Tests use the keys of [Key] and
// leave the server's settings as they are. Without a server program Shared does
// as [Start] does.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	s, err := sharedServer.get()
	if errors.Is(err, errNoBinary) {
		SkipOrFail(tb, "redis", err.Error())
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// SharedCluster returns the cluster of three primaries that all tests of the
// test binary share, on the terms of [Shared]. A test may move the slot of its
// own keys.
func SharedCluster(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := sharedCluster.get()
	if errors.Is(err, errNoBinary) {
		skipCluster(tb, err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// PrepareCluster begins to start the cluster of [SharedCluster], which takes two
// seconds of waiting, and returns without it. The test that needs it later gets
// to know what went wrong. Whoever prepares it waits for its start in the end.
func PrepareCluster() (wait func()) {
	var starting sync.WaitGroup
	starting.Go(func() { _, _ = sharedCluster.get() })
	return starting.Wait
}

// Stop ends what [Shared] and [SharedCluster] started.
func Stop() {
	sharedServer.stop((*Server).remove)
	sharedCluster.stop((*Cluster).remove)
}

// Main runs the tests, ends the shared servers and returns the exit code, for
// a TestMain that does nothing else:
//
//	func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }
func Main(m *testing.M) int { return Suite{m}.Run() }

// Suite is a [testing.M] whose Run ends the shared servers too, for a TestMain
// that looks for leaked goroutines afterwards:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Suite{M: m}) }
type Suite struct{ M *testing.M }

// Run runs the tests, ends the shared servers and returns the exit code. It
// prints a line that says how many tests were skipped for lack of what. More
// tests run at the same time than there are processors, as many of them wait for
// something, and even more in the fast tier.
func (s Suite) Run() int {
	defer Stop()
	if !flag.Parsed() {
		flag.Parse()
	}
	if !given("test.parallel") {
		if err := flag.Set("test.parallel", strconv.Itoa(Times(2, 4)*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	code := s.M.Run()
	if line := skipped.String(); line != "" {
		fmt.Println(line)
	}
	return code
}

// given reports whether a flag is on the command line.
func given(name string) (yes bool) {
	flag.Visit(func(f *flag.Flag) { yes = yes || f.Name == name })
	return yes
}

// OnServers runs a program on a single server and on a cluster, which tests share.
func OnServers(t *testing.T, run func(addr string) error) {
	for name, addr := range map[string]string{"single": Shared(t).Addr, "cluster": SharedCluster(t).Nodes[0].Addr} {
		t.Run(name, func(t *testing.T) {
			if err := run(addr); err != nil {
				t.Fatal(err)
			}
		})
	}
}
