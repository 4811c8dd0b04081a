package integration

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// masterSet is the name that the sentinels know the primary and its replicas by.
const masterSet = "main"

// startSentinel starts a primary, two replicas and three sentinels that know all of them and each other.
func (s *Servers) startSentinel() error {
	if err := s.startReplicated("sentinel-server"); err != nil {
		return err
	}
	var err error
	if s.Sentinels, err = s.newNodes("sentinel", 3); err != nil {
		return err
	}
	primary := s.Nodes[0].host()
	for _, n := range s.Sentinels {
		n.config = fmt.Sprintf(`port %[1]s
bind 0.0.0.0
protected-mode no
dir /tmp/node
sentinel announce-ip %[2]s
sentinel announce-port %[1]s
sentinel monitor %[3]s %[4]s %[1]s 2
sentinel down-after-milliseconds %[3]s %[5]d
sentinel failover-timeout %[3]s %[6]d
sentinel parallel-syncs %[3]s 2
`, serverPort, n.host(), masterSet, primary, s.want.DownAfter.Milliseconds(), 2*s.want.DownAfter.Milliseconds())
		n.argv = []string{"sentinel.conf", "--sentinel"}
	}
	if err := each(s.Sentinels, (*Node).start); err != nil {
		return err
	}
	if s.Version != Redis60 { // which has no such command: its sentinels ask how things are every 10 seconds
		if err := each(s.Sentinels, func(n *Node) error {
			_, err := n.text("SENTINEL", "DEBUG", "INFO-PERIOD", "500")
			return err
		}); err != nil {
			return err
		}
	}
	return each(s.Sentinels, func(n *Node) error {
		return redistest.Poll(func() error { return n.watches(len(s.Nodes)-1, len(s.Sentinels)-1) })
	})
}

// watches returns what a sentinel still misses to know everybody.
func (n *Node) watches(replicas, others int) error {
	primary, err := n.masters()
	if err != nil {
		return err
	}
	if primary["flags"] != "master" || primary["num-slaves"] != strconv.Itoa(replicas) || primary["num-other-sentinels"] != strconv.Itoa(others) {
		return fmt.Errorf("%s sees the primary as %s, with %s replicas and %s other sentinels",
			n.Name, primary["flags"], primary["num-slaves"], primary["num-other-sentinels"])
	}
	reply, err := n.TryDo("SENTINEL", "SLAVES", masterSet) // REPLICAS, in the words of old servers
	if err != nil {
		return err
	}
	list, err := reply.ToArray()
	if err != nil {
		return err
	}
	for _, item := range list {
		replica, err := item.AsStrMap()
		if err != nil {
			return err
		}
		if replica["flags"] != "slave" || replica["master-link-status"] != "ok" {
			return fmt.Errorf("%s sees %s as %s, its link as %s", n.Name, replica["name"], replica["flags"], replica["master-link-status"])
		}
	}
	return nil
}

// masters returns what a sentinel says of the primary.
func (n *Node) masters() (map[string]string, error) {
	reply, err := n.TryDo("SENTINEL", "MASTER", masterSet)
	if err != nil {
		return nil, err
	}
	return reply.AsStrMap()
}

// claimBySentinel asks a sentinel for the primary.
func claimBySentinel(n *Node, _ string) (addr string, election int64, err error) {
	primary, err := n.masters()
	if err != nil {
		return "", 0, err
	}
	election, err = strconv.ParseInt(primary["config-epoch"], 10, 64)
	if err != nil {
		return "", 0, errors.New("SENTINEL MASTER names no config-epoch")
	}
	return net.JoinHostPort(primary["ip"], primary["port"]), election, nil
}
