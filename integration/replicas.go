package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// startReplicas starts a primary and two replicas.
func (s *Servers) startReplicas() error {
	if err := s.startReplicated("replicas"); err != nil {
		return err
	}
	s.fresh = &freshness{primary: s.Nodes[0], replicas: len(s.Nodes) - 1}
	return nil
}

// startReplicated starts a primary and two replicas, and waits until they work together.
func (s *Servers) startReplicated(kind string) (err error) {
	if s.network, err = s.engine.newNetwork(); err != nil {
		return err
	}
	if s.Nodes, err = s.newNodes(kind, 3); err != nil {
		return err
	}
	primary, replicas := s.Nodes[0], s.Nodes[1:]
	for i, n := range s.Nodes {
		more := []string{"--replica-announce-ip", n.host(), "--repl-ping-replica-period", "1"}
		if i > 0 {
			more = append(more, "--replicaof", primary.host(), serverPort)
		}
		n.argv = s.serverArgs(more...)
	}
	if err := primary.start(); err != nil {
		return err
	}
	if err := each(replicas, (*Node).start); err != nil {
		return err
	}
	for _, n := range replicas {
		if err := redistest.Poll(n.replicates); err != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	return redistest.Poll(func() error { return primary.hasReplicas(len(replicas)) })
}

// replicates returns what a replica still misses to have all of its primary's data.
func (n *Node) replicates() error {
	info, err := n.info("replication")
	if err != nil {
		return err
	}
	if info["role"] != "slave" || info["master_link_status"] != "up" {
		return fmt.Errorf("role %s, link to the primary %s", info["role"], info["master_link_status"])
	}
	return nil
}

// hasReplicas returns what a primary still misses to have count replicas at work.
func (n *Node) hasReplicas(count int) error {
	info, err := n.info("replication")
	if err != nil {
		return err
	}
	online := 0
	for name, value := range info {
		if strings.HasPrefix(name, "slave") && strings.Contains(value, "state=online") {
			online++
		}
	}
	if online != count {
		return fmt.Errorf("%s has %d replicas online, not %d", n.Name, online, count)
	}
	return nil
}

// freshness knows whether the replicas may lack something that a client has had an answer for.
type freshness struct {
	primary  *Node
	replicas int

	answers atomic.Int64 // pieces that came from the primary to the clients

	mu     sync.Mutex
	known  int64 // answers of which the replicas are known to have everything
	client rueidis.Client
}

// wait returns when the replicas have all that the primary has answered until now.
func (f *freshness) wait(tb testing.TB) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answers := f.answers.Load()
	if answers == f.known {
		return
	}
	if err := f.catchUp(); err != nil {
		tb.Errorf("waiting for the replicas: %v", err)
	}
	f.known = answers
}

// catchUp waits for the replicas. WAIT waits until they have the last write of its own connection, and with it all that the
// primary has written before. PUBLISH is one that changes no key.
func (f *freshness) catchUp() (err error) {
	if f.client == nil {
		if f.client, err = redistest.DialAdmin(f.primary.option()); err != nil {
			f.client = nil
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), redistest.Patience)
	defer cancel()
	b := f.client.B()
	replies := f.client.DoMulti(ctx,
		b.Publish().Channel("fresh").Message("").Build(),
		b.Wait().Numreplicas(int64(f.replicas)).Timeout(redistest.Patience.Milliseconds()).Build(),
	)
	have, err := replies[1].AsInt64()
	if err := errors.Join(replies[0].Error(), err); err != nil {
		return err
	}
	if have < int64(f.replicas) {
		return fmt.Errorf("%d of %d have everything after %v", have, f.replicas, redistest.Patience.Round(time.Second))
	}
	return nil
}

func (f *freshness) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.client != nil {
		f.client.Close()
	}
}

// answeredConn counts what the primary answers.
type answeredConn struct {
	net.Conn
	fresh *freshness
}

// Read counts what came before its reader can know of it.
func (c *answeredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.fresh.answers.Add(1)
	return n, err
}
