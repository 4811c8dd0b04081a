package redistest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// Sentinel is a primary with its replicas, and the sentinels that watch them.
type Sentinel struct {
	Nodes     []*Server // the primary at first, then the replicas
	Sentinels []*Server
}

// SentinelSet is the name by which the sentinels know the primary.
const SentinelSet = "main"

// refreshEvery is how often clients ask the sentinels, whatever those announce.
const refreshEvery = time.Second

// StartSentinel starts a primary, its replicas and sentinels, waits until they all know each other, and stops them when the
// test ends. Without a server program on the machine it skips the test, as [Start] does.
func StartSentinel(tb testing.TB, replicas, sentinels int) *Sentinel {
	tb.Helper()
	s := &Sentinel{Nodes: []*Server{Start(tb, "--repl-diskless-sync-delay", "0")}}
	for range replicas {
		primary := s.Nodes[0]
		s.Nodes = append(s.Nodes, Start(tb, "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1 "+strconv.Itoa(primary.Port)))
	}
	for range sentinels {
		n, err := launchSentinel(s.Nodes[0], min(sentinels, 2))
		if err != nil {
			tb.Fatal(err)
		}
		n.adopt(tb)
		s.Sentinels = append(s.Sentinels, n)
	}
	for _, n := range s.Sentinels {
		// since Redis 7.0; before that, every 10 seconds, and an old primary becomes a replica after 8
		_, _ = n.TryDo("SENTINEL", "DEBUG", "INFO-PERIOD", "200", "PUBLISH-PERIOD", "200")
		if err := Poll(func() error {
			seen, err := n.watched()
			if err == nil && (seen["num-slaves"] != strconv.Itoa(replicas) || seen["num-other-sentinels"] != strconv.Itoa(sentinels-1)) {
				err = fmt.Errorf("a sentinel sees %s replicas and %s other sentinels", seen["num-slaves"], seen["num-other-sentinels"])
			}
			return err
		}); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// launchSentinel starts a sentinel that watches the primary.
func launchSentinel(primary *Server, quorum int) (*Server, error) {
	bin, err := findBinary()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		dir, err := os.MkdirTemp("", "redistest-")
		if err != nil {
			returnPort(port)
			return nil, err
		}
		s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Port: port, dir: dir}
		s.admin.Option = s.Option
		config := filepath.Join(dir, "sentinel.conf")
		s.argv = append(append(s.argv, bin.argv...), config, "--sentinel")
		err = os.WriteFile(config, fmt.Appendf(nil, `port %[1]d
bind 127.0.0.1
dir %[2]s
sentinel monitor %[3]s 127.0.0.1 %[4]d %[5]d
sentinel down-after-milliseconds %[3]s 10000
sentinel failover-timeout %[3]s 10000
`, port, dir, SentinelSet, primary.Port, quorum), 0o600)
		if err == nil {
			err = s.start()
		}
		if err == nil {
			return s, nil
		}
		s.remove()
		if !errors.Is(err, errPortTaken) || try == 10 {
			return nil, err
		}
	}
}

// watched returns what a sentinel says of the primary.
func (s *Server) watched() (map[string]string, error) {
	reply, err := s.TryDo("SENTINEL", "MASTER", SentinelSet)
	if err != nil {
		return nil, err
	}
	return reply.AsStrMap()
}

// Option returns the options for a client that asks the sentinels for the primary, every second too: rueidis may miss what
// they announce.
func (s *Sentinel) Option() rueidis.ClientOption {
	option := rueidis.ClientOption{Sentinel: rueidis.SentinelOption{MasterSet: SentinelSet, TopologyRefreshInterval: refreshEvery}}
	for _, n := range s.Sentinels {
		option.InitAddress = append(option.InitAddress, n.Addr)
	}
	return option
}

// Primary returns the node that the sentinels name, or nil if they name none.
func (s *Sentinel) Primary() *Server {
	var found *Server
	for _, n := range s.Sentinels {
		seen, err := n.watched()
		if err != nil {
			return nil
		}
		for _, node := range s.Nodes {
			if seen["port"] == strconv.Itoa(node.Port) {
				if found != nil && found != node {
					return nil // they do not agree yet
				}
				found = node
			}
		}
	}
	return found
}

// Failover has the sentinels put a replica in the place of the primary, and waits until they all name the one of this
// failover or of a later one. What the old primary acknowledges meanwhile may be lost.
func (s *Sentinel) Failover(tb testing.TB) {
	tb.Helper()
	before := 0
	Eventually(tb, "the sentinels agree on a primary", func() bool { return s.Primary() != nil })
	Succeeds(tb, "a failover should begin", func() error { // it does not while the last one is being finished
		var err error
		if before, err = s.Sentinels[0].epoch(); err != nil {
			return err
		}
		_, err = s.Sentinels[0].TryDo("SENTINEL", "FAILOVER", SentinelSet)
		return err
	})
	Eventually(tb, "the sentinels name the primary of a later epoch", func() bool {
		for _, n := range s.Sentinels {
			if now, err := n.epoch(); err != nil || now <= before {
				return false
			}
		}
		return s.Primary() != nil
	})
}

// epoch returns how many failovers made the primary that a sentinel names. Which node that is does not say whether a
// failover is over: two in a row end where they began.
func (s *Server) epoch() (int, error) {
	seen, err := s.watched()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(seen["config-epoch"])
}
