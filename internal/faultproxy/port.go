package faultproxy

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Proxies listen below the range of the ports of outgoing connections: a client that dials such a port while the proxy refuses
// could be connected with itself, and another client could be using it when the proxy wants it back.
const (
	firstPort = 30_000
	blocks    = 27
	blockSize = 100
)

// portSet hands out ports, so that that of a proxy which refuses stays its own, although nobody listens there: clients that dial it
// must not find another proxy. A process has blocks of ports to itself. It listens on the first port of each for as long as it
// lives, which keeps other processes out.
type portSet struct {
	mu    sync.Mutex
	locks map[int]net.Listener // by the first ports of the blocks
	taken map[int]bool
}

var ports = newPortSet()

func newPortSet() *portSet { return &portSet{locks: map[int]net.Listener{}, taken: map[int]bool{}} }

// listen takes a port.
func (s *portSet) listen() (net.Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for first := range s.locks {
		if l := s.listenIn(first); l != nil {
			return l, nil
		}
	}
	for _, block := range rand.Perm(blocks) {
		first := firstPort + block*blockSize
		if s.locks[first] != nil {
			continue
		}
		if lock, err := listenOn(first); err == nil {
			s.locks[first] = lock
			if l := s.listenIn(first); l != nil {
				return l, nil
			}
		}
	}
	return listenOn(0)
}

// listenIn takes a port of a block, if there is one.
func (s *portSet) listenIn(first int) net.Listener {
	for _, i := range rand.Perm(blockSize - 1) {
		port := first + 1 + i
		if s.taken[port] {
			continue
		}
		if l, err := listenOn(port); err == nil {
			s.taken[port] = true
			return l
		}
	}
	return nil
}

// release gives a port back.
func (s *portSet) release(port int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.taken, port)
}

func listenOn(port int) (net.Listener, error) {
	return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
}
