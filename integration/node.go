package integration

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Node is one server, or one sentinel, in a container of its own.
//
// What Kill and the other faults do is done when they return. They may be called from any goroutine while the test runs,
// and fail it if they cannot do their work. What they have broken need not be mended before the test ends.
type Node struct {
	Name string // such as "cluster-3"

	// Announced is the address that the nodes know each other by, and tell clients. Clients with the Option of [Servers]
	// reach it by way of Addr.
	Announced string

	tb        testing.TB
	container *container
	inside    *network // to the other nodes; nil if there are none
	argv      []string // of the server
	config    string   // of a sentinel
	admin     redistest.Admin

	mu   sync.Mutex
	addr string
	down faults
}

// faults are what a node suffers from.
type faults struct {
	killed, paused         bool
	fromPeers, fromClients bool
}

// Link is one of the two ways to a node.
type Link int

const (
	// Peers is the network between the nodes of a topology. A node that is off it is alone: a primary still answers its
	// clients, who lose what they write when it comes back and another has taken its place.
	Peers Link = iota

	// Clients is the published port. A node that is off it breaks the connections to this machine and refuses new ones,
	// while the other nodes see nothing wrong. When it comes back its Addr is another.
	Clients
)

// contain makes the node's container, without a server in it yet, and gives it its addresses.
func (n *Node) contain(e *engine, image string) (err error) {
	n.admin.Option = n.option
	if n.container, err = e.start(image, n.Name); err != nil {
		return err
	}
	if n.addr, err = n.container.published(); err != nil {
		return err
	}
	if n.inside == nil {
		outside := n.container.resource.Container.NetworkSettings.Networks[n.container.outside]
		n.Announced = net.JoinHostPort(outside.IPAddress, serverPort)
		return nil
	}
	return e.join(n.inside.id, n.container.id(), n.host())
}

// host returns the announced address without its port.
func (n *Node) host() string {
	host, _, _ := net.SplitHostPort(n.Announced)
	return host
}

// remove ends the container, if there is one, and returns when it is gone.
func (n *Node) remove() error {
	n.admin.Close()
	if n.container == nil {
		return nil
	}
	return n.container.remove()
}

// run is the script that a node's server is started with. It keeps to one process, whose number is in the file pid.
const run = `
mkdir -p /tmp/node && cd /tmp/node || exit
if [ -n "$1" ] && [ ! -e sentinel.conf ]; then printf '%s' "$1" >sentinel.conf; fi
shift
echo $$ >pid
exec "$(command -v valkey-server || command -v redis-server)" "$@" >>log 2>&1
`

// start starts the server and waits until it answers.
func (n *Node) start() error {
	if err := n.container.background(run, append([]string{n.config}, n.argv...)...); err != nil {
		return fmt.Errorf("starting %s: %w", n.Name, err)
	}
	looked, ended := time.Now(), false
	err := redistest.Poll(func() error {
		_, err := n.TryDo("PING")
		if err != nil && time.Since(looked) > time.Second {
			ended = n.ended()
			looked = time.Now()
		}
		if ended {
			return nil
		}
		return err
	})
	if ended {
		err = errors.New("the server has ended")
	}
	if err != nil {
		return fmt.Errorf("%s does not answer: %w\n%s", n.Name, err, n.output())
	}
	return nil
}

// ended reports whether the server's process is not there.
func (n *Node) ended() bool {
	_, err := n.container.shell(`read pid </tmp/node/pid && kill -0 "$pid"`)
	return err != nil
}

// output returns the end of the server's log.
func (n *Node) output() string {
	if n.container == nil {
		return "(none)"
	}
	out, err := n.container.shell("tail -n 15 /tmp/node/log")
	if err != nil {
		return err.Error()
	}
	return out
}

// Addr returns the address of the server on this machine.
func (n *Node) Addr() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.addr
}

func (n *Node) suffers() faults {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down
}

// Healthy reports whether the node suffers from no fault.
func (n *Node) Healthy() bool { return n.suffers() == faults{} }

// fault does something to the node that changes what it suffers from.
func (n *Node) fault(what string, do func(*faults) error) {
	n.tb.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := do(&n.down); err != nil {
		n.tb.Errorf("%s: %s: %v", n.Name, what, err)
	}
}

// Kill ends the server at once, as a crash would. Its files, its addresses and its port stay: connections to the port are
// accepted, and closed at once.
func (n *Node) Kill() {
	n.tb.Helper()
	n.fault("killing", func(f *faults) error {
		f.killed = true
		return n.end("KILL")
	})
}

// signal sends the server a signal.
func (n *Node) signal(name string) error {
	_, err := n.container.shell(`read pid </tmp/node/pid && kill -"$1" "$pid"`, name)
	return err
}

// end sends the server a signal and waits for its end.
func (n *Node) end(signal string) error {
	_, err := n.container.shell(`cd /tmp/node && read pid <pid && kill -"$1" "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done`, signal)
	return err
}

// Restart starts the server again with the same arguments, files and addresses, and waits until it answers. If it runs it
// is first ended in the orderly way.
func (n *Node) Restart() {
	n.tb.Helper()
	n.fault("restarting", func(f *faults) error {
		if !f.killed {
			if err := n.end("TERM"); err != nil {
				return err
			}
		}
		f.killed = true
		return nil
	})
	// without the lock, which what start does takes too
	if err := n.start(); err != nil {
		n.tb.Errorf("restarting: %v", err)
		return
	}
	n.fault("restarting", func(f *faults) error {
		f.killed = false
		return nil
	})
}

// Pause stops the server as it is: it keeps its connections, and the kernel accepts new ones, but nothing is answered
// until [Node.Unpause]. Only Unpause may follow. It stops the process and not the container: an engine's call to let a
// container go on again has been seen to hang for ever.
func (n *Node) Pause() {
	n.tb.Helper()
	n.fault("pausing", func(f *faults) error {
		f.paused = true
		return n.signal("STOP")
	})
}

// Unpause lets a paused server go on.
func (n *Node) Unpause() {
	n.tb.Helper()
	n.fault("letting it go on", func(f *faults) error {
		f.paused = false
		return n.signal("CONT")
	})
}

// Disconnect takes the node off a link.
func (n *Node) Disconnect(link Link) {
	n.tb.Helper()
	n.fault("disconnecting", func(f *faults) error {
		if link == Clients {
			f.fromClients = true
			return n.container.engine.leave(n.container.outside, n.container.id())
		}
		if n.inside == nil {
			return errors.New("there are no other nodes")
		}
		f.fromPeers = true
		return n.container.engine.leave(n.inside.id, n.container.id())
	})
}

// Connect brings the node back to a link. The node's address to its peers is the one it had.
func (n *Node) Connect(link Link) {
	n.tb.Helper()
	n.fault("connecting", func(f *faults) (err error) {
		if link == Clients {
			if err := n.container.engine.join(n.container.outside, n.container.id(), ""); err != nil {
				return err
			}
			f.fromClients = false
			n.addr, err = n.container.published()
			return err
		}
		if n.inside == nil {
			return errors.New("there are no other nodes")
		}
		f.fromPeers = false
		return n.container.engine.join(n.inside.id, n.container.id(), n.host())
	})
}

// Do runs one command on a connection of its own, in RESP2, and fails the test if it ends in an error. A nil reply is none:
// it is the message whose IsNil method reports true.
func (n *Node) Do(tb testing.TB, args ...string) *rueidis.RedisMessage {
	tb.Helper()
	reply, err := n.TryDo(args...)
	if err != nil {
		tb.Fatalf("%s: %s: %v", n.Name, strings.Join(args[:min(len(args), 10)], " "), err)
	}
	return reply
}

// TryDo is [Node.Do] but returns the error. The message is never nil.
func (n *Node) TryDo(args ...string) (*rueidis.RedisMessage, error) { return n.admin.TryDo(args...) }

// option returns the options for a client of the node alone.
func (n *Node) option() rueidis.ClientOption {
	return rueidis.ClientOption{InitAddress: []string{n.Addr()}, ForceSingleClient: true}
}

// text is TryDo for replies that are strings.
func (n *Node) text(args ...string) (string, error) {
	reply, err := n.TryDo(args...)
	if err != nil {
		return "", fmt.Errorf("%s: %s: %w", n.Name, strings.Join(args[:min(len(args), 4)], " "), err)
	}
	return reply.ToString()
}

// info returns the fields of a section of INFO.
func (n *Node) info(section string) (map[string]string, error) {
	text, err := n.text("INFO", section)
	return fields(text), err
}

// fields returns those in the reply of INFO or CLUSTER INFO.
func fields(info string) map[string]string {
	list := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			list[name] = value
		}
	}
	return list
}
