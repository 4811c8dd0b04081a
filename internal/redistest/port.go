package redistest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Servers listen on ports from firstPort, cluster buses busOffset above: all
// of them below the range from which systems take the ports of outgoing
// connections. So nobody takes the port of a server that is being restarted,
// and a client that dials a dead server is not connected with itself.
const (
	firstPort = 10000
	ports     = 10000
	busOffset = 10000 // where a node expects the bus of another by default
)

// portsGiven are the ports of this process's servers. A port is not given out
// twice, as a server that is down still means to come back.
var portsGiven = struct {
	sync.Mutex
	is map[int]bool
}{is: map[int]bool{}}

// freePort returns a port on which nobody listens, nor on its bus port. Another
// process may still bind it first.
func freePort() (int, error) {
	portsGiven.Lock()
	defer portsGiven.Unlock()
	for range 200 {
		port := firstPort + rand.IntN(ports)
		if portsGiven.is[port] || !bindable(port) || !bindable(port+busOffset) {
			continue
		}
		portsGiven.is[port] = true
		return port, nil
	}
	return 0, errors.New("no free port")
}

// returnPort allows port to be given out again.
func returnPort(port int) {
	portsGiven.Lock()
	defer portsGiven.Unlock()
	delete(portsGiven.is, port)
}

func bindable(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
