package redistest

import (
	"errors"
	"sync"
	"testing"
)

// shared are the server and the cluster that a test binary starts once.
var shared struct {
	sync.Mutex
	server     *Server
	serverErr  error
	cluster    *Cluster
	clusterErr error
}

// Shared returns the server that all tests of the test binary share. The first
// call starts it, [Main] or [Stop] ends it. Tests use the keys of [Key] and
// leave the server's settings as they are. Without a server program Shared does
// as [Start] does.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.serverErr == nil {
		shared.server, shared.serverErr = launch(nil)
	}
	if errors.Is(shared.serverErr, errNoBinary) {
		SkipOrFail(tb, "redis", shared.serverErr.Error())
	}
	if shared.serverErr != nil {
		tb.Fatal(shared.serverErr)
	}
	return shared.server
}

// SharedCluster returns the cluster of three primaries that all tests of the
// test binary share, on the terms of [Shared]. A test may move the slot of its
// own keys.
func SharedCluster(tb testing.TB) *Cluster {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.clusterErr == nil {
		shared.cluster, shared.clusterErr = launchCluster(3, 0, nil)
	}
	if errors.Is(shared.clusterErr, errNoBinary) {
		skipCluster(tb, shared.clusterErr)
	}
	if shared.clusterErr != nil {
		tb.Fatal(shared.clusterErr)
	}
	return shared.cluster
}

// Stop ends what [Shared] and [SharedCluster] started.
func Stop() {
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.remove()
	}
	if shared.cluster != nil {
		shared.cluster.remove()
	}
	shared.server, shared.serverErr = nil, nil
	shared.cluster, shared.clusterErr = nil, nil
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

// Run runs the tests, ends the shared servers and returns the exit code.
func (s Suite) Run() int {
	defer Stop()
	return s.M.Run()
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
