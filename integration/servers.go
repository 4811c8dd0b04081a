package integration

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// Topology is how the servers of a test belong together.
type Topology string

// The topologies.
const (
	Single   Topology = "single"   // one server
	Replicas Topology = "replicas" // a primary and two replicas that clients know of
	Sentinel Topology = "sentinel" // a primary, two replicas and three sentinels
	Cluster  Topology = "cluster"  // three primaries with a replica each
)

// Topologies returns all of them.
func Topologies() []Topology { return []Topology{Single, Replicas, Sentinel, Cluster} }

// Want says what a test wants.
type Want struct {
	Version  Version  // Redis80 unless set
	Topology Topology // Single unless set

	// Args are arguments for every server, after those that it has anyway, such as "--appendonly", "yes". Sentinels do not
	// get them.
	Args []string

	// DownAfter is how long a server may be silent before the others of a sentinel topology or a cluster take it for dead.
	// It is 5 seconds unless set: a busy machine is no fault.
	DownAfter time.Duration
}

// Servers are those of one topology. They belong to the test that started them.
type Servers struct {
	Version  Version
	Image    string // where the server comes from
	Name     string // what it says it is, such as "redis 8.0.2" or "valkey 8.1.1"
	Topology Topology

	// Nodes are the servers with the data: those that began as primaries first, then the replicas of the first, of the
	// second and so on.
	Nodes     []*Node
	Sentinels []*Node

	tb      testing.TB
	engine  *engine
	network *network
	fresh   *freshness // with Replicas
	want    Want
}

// Start starts servers, waits until they are ready to serve and agree on who they are, and removes them when the test
// ends. It prints a line about them. Without an engine or an image it skips the test, or fails it if RUEIDISTX_REQUIRE
// lists docker.
func Start(tb testing.TB, want Want) *Servers {
	tb.Helper()
	return StartAll(tb, want)[0]
}

// StartAll is [Start] for several topologies at the same time.
func StartAll(tb testing.TB, wants ...Want) []*Servers {
	tb.Helper()
	list := make([]*Servers, len(wants))
	for i, want := range wants {
		want.Version = cmp.Or(want.Version, Redis80)
		want.Topology = cmp.Or(want.Topology, Single)
		want.DownAfter = cmp.Or(want.DownAfter, 5*time.Second)
		e, image := need(tb, want.Version)
		list[i] = &Servers{Version: want.Version, Image: image, Topology: want.Topology, tb: tb, engine: e, want: want}
	}
	tb.Cleanup(func() {
		for _, s := range list {
			s.report()
		}
		if err := each(list, (*Servers).remove); err != nil {
			tb.Errorf("removing servers: %v", err)
		}
	})
	if err := each(list, (*Servers).start); err != nil {
		tb.Fatal(err)
	}
	return list
}

// start starts the servers and says so.
func (s *Servers) start() error {
	began := time.Now()
	if err := s.startTopology(); err != nil {
		return fmt.Errorf("%s, %s, from %s: %w", s.Version, s.Topology, s.Image, err)
	}
	fmt.Printf("%s from %s, %s, in %.1f s\n", s.Name, s.Image, s.Topology, time.Since(began).Seconds())
	return nil
}

func (s *Servers) startTopology() error {
	var err error
	switch s.Topology {
	case Single:
		err = s.startSingle()
	case Replicas:
		err = s.startReplicas()
	case Sentinel:
		err = s.startSentinel()
	case Cluster:
		err = s.startCluster()
	default:
		err = errors.New("there is no such topology")
	}
	if err != nil {
		return err
	}
	info, err := s.Nodes[0].info("server")
	if err != nil {
		return err
	}
	s.Name = "redis " + info["redis_version"]
	if version := info["valkey_version"]; version != "" {
		s.Name = "valkey " + version
	}
	if want := strings.Replace(string(s.Version), ":", " ", 1); s.Image == s.Version.local() && !strings.HasPrefix(s.Name, want+".") {
		return fmt.Errorf("the image has %s", s.Name)
	}
	return nil
}

// startSingle starts the one server of a topology without others.
func (s *Servers) startSingle() error {
	var err error
	if s.Nodes, err = s.newNodes("single", 1); err != nil {
		return err
	}
	s.Nodes[0].argv = s.serverArgs()
	return s.Nodes[0].start()
}

// newNodes makes nodes that are in the network of the others, if there is one, and do not run a server yet.
func (s *Servers) newNodes(kind string, count int) ([]*Node, error) {
	nodes := make([]*Node, count)
	for i := range nodes {
		nodes[i] = &Node{Name: fmt.Sprintf("%s-%d", kind, i+1), tb: s.tb, inside: s.network}
		if s.network != nil {
			nodes[i].Announced = net.JoinHostPort(s.network.address(), serverPort)
		}
	}
	return nodes, each(nodes, func(n *Node) error { return n.contain(s.engine, s.Image) })
}

// serverArgs returns the arguments of a server with data.
func (s *Servers) serverArgs(more ...string) []string {
	args := []string{
		"--port", serverPort, "--bind", "0.0.0.0", "--protected-mode", "no",
		"--save", "", "--appendonly", "no",
		"--repl-diskless-sync-delay", "0",
	}
	if s.Version != Redis60 {
		args = append(args, "--enable-debug-command", "yes")
	}
	args = append(args, more...)
	return append(args, s.want.Args...)
}

// all returns the nodes and the sentinels.
func (s *Servers) all() []*Node { return append(append([]*Node(nil), s.Nodes...), s.Sentinels...) }

// each calls do for all items at the same time and returns its errors.
func each[T any](items []T, do func(T) error) error {
	errs := make([]error, len(items))
	var wg sync.WaitGroup
	for i, item := range items {
		wg.Go(func() { errs[i] = do(item) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// report logs what the servers said last if the test has failed.
func (s *Servers) report() {
	if !s.tb.Failed() {
		return
	}
	for _, n := range s.all() {
		s.tb.Logf("last output of %s, at %s for the others:\n%s", n.Name, n.Announced, n.output())
	}
}

// remove ends everything and returns when it is gone.
func (s *Servers) remove() error {
	if s.fresh != nil {
		s.fresh.close()
	}
	err := each(s.all(), (*Node).remove)
	if s.network != nil {
		err = errors.Join(err, s.engine.removeNetwork(s.network.id))
	}
	return err
}

// Option returns the options for a client of the servers as a whole: for a cluster the addresses of all nodes, for
// sentinels theirs. With Replicas, commands that only read go to the replicas, each when these have everything that the
// client's connections to the primary have brought an answer for: so a test reads what it has written.
func (s *Servers) Option() rueidis.ClientOption {
	option := rueidis.ClientOption{DialCtxFn: s.dial}
	switch s.Topology {
	case Sentinel:
		option.InitAddress = announced(s.Sentinels)
		option.Sentinel.MasterSet = masterSet
	case Replicas:
		option.InitAddress = announced(s.Nodes[:1])
		option.Standalone.ReplicaAddress = announced(s.Nodes[1:])
		option.SendToReplicas = func(command rueidis.Completed) bool {
			if !command.IsReadOnly() {
				return false
			}
			s.fresh.wait(s.tb)
			return true
		}
	default:
		option.InitAddress = announced(s.Nodes)
	}
	return option
}

func announced(nodes []*Node) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.Announced)
	}
	return list
}

// dial connects to the port on this machine of the node that is announced under addr.
func (s *Servers) dial(ctx context.Context, addr string, dialer *net.Dialer, _ *tls.Config) (net.Conn, error) {
	for _, n := range s.all() {
		if n.Announced != addr {
			continue
		}
		conn, err := dialer.DialContext(ctx, "tcp", n.Addr())
		if err == nil && s.fresh != nil && n == s.fresh.primary {
			conn = &answeredConn{Conn: conn, fresh: s.fresh}
		}
		return conn, err
	}
	return nil, fmt.Errorf("no node is announced as %s", addr)
}

// Primary returns the node that serves a key as its primary, or nil if nobody claims to. Nodes with a fault are not asked.
// Of nodes that disagree, those with the newer election are believed.
func (s *Servers) Primary(key string) *Node {
	var primary *Node
	newest := int64(-1)
	ask := s.Nodes
	claim := map[Topology]func(*Node, string) (string, int64, error){
		Single: claimByRole, Replicas: claimByRole, Sentinel: claimBySentinel, Cluster: claimBySlot,
	}[s.Topology]
	if s.Topology == Sentinel {
		ask = s.Sentinels
	}
	for _, n := range ask {
		if !n.Healthy() {
			continue
		}
		addr, election, err := claim(n, key)
		if err != nil || election <= newest {
			continue
		}
		for _, candidate := range s.Nodes {
			if candidate.Announced == addr {
				primary, newest = candidate, election
			}
		}
	}
	return primary
}

// claimByRole asks a node whether it is the primary.
func claimByRole(n *Node, _ string) (addr string, election int64, err error) {
	info, err := n.info("replication")
	if err != nil || info["role"] != "master" {
		return "", 0, errors.Join(err, errors.New("no primary"))
	}
	return n.Announced, 0, nil
}
