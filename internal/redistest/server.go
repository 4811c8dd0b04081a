package redistest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
)

// Server is one running server process.
//
// Pause, Resume, Kill and Restart may be called from any goroutine: when they
// fail they mark the test as failed and return. On a shared server they panic.
type Server struct {
	Addr    string // host:port
	Port    int
	Version string // of Redis; for Valkey the Redis version it says it is compatible with

	valkey   string // version of Valkey, if it is one
	argv     []string
	dir      string
	password string
	tb       testing.TB // nil if shared between tests

	mu   sync.Mutex
	proc *process

	admin Admin
}

// Start starts a server with the given arguments after its own, such as
// "--maxmemory", "1mb", waits until it is ready and stops it when the test
// ends. A "--requirepass" argument is obeyed by everything the Server offers.
//
// Without a server program on the machine Start skips the test, or fails it if
// "redis" is [Required].
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s, err := launch(args)
	if errors.Is(err, errNoBinary) {
		SkipOrFail(tb, "redis", err.Error())
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.adopt(tb)
	return s
}

// adopt ties the server to the test.
func (s *Server) adopt(tb testing.TB) {
	s.tb = tb
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("last output of the server at %s:\n%s", s.Addr, s.output())
		}
		s.remove()
	})
}

// launch starts a server that nobody stops yet, on a free port.
func launch(args []string) (*Server, error) {
	bin, err := findBinary()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		s, err := launchOnce(bin, args)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, errPortTaken) || try == 10 {
			return nil, err
		}
	}
}

func launchOnce(bin *binary, args []string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "redistest-")
	if err != nil {
		returnPort(port)
		return nil, err
	}
	s := &Server{
		Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Port: port,
		dir:  dir,
	}
	s.admin.Option = s.Option
	s.argv = append(s.argv, bin.argv...)
	s.argv = append(s.argv, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
		"--save", "", "--appendonly", "no")
	if bin.debug {
		s.argv = append(s.argv, "--enable-debug-command", "yes")
	}
	s.argv = append(s.argv, args...)
	for i, arg := range args[:max(0, len(args)-1)] {
		if arg == "--requirepass" {
			s.password = args[i+1]
		}
	}
	if err := s.start(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// errPortTaken says that another process has bound the port first.
var errPortTaken = errors.New("port taken")

// start runs the server's process and waits until it is ready to serve.
func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	proc, err := startProcess(s.argv, s.dir)
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.argv[0], err)
	}
	s.proc = proc
	var ended bool
	err = Poll(func() error {
		if ended = proc.ended(); ended {
			return nil
		}
		info, err := serverInfo(s.Addr, s.password)
		if err != nil {
			return err
		}
		// another server may have got the port, and answers in its place
		if pid := info["process_id"]; pid != strconv.Itoa(proc.os.Pid) {
			return fmt.Errorf("process %s answers on port %d instead of %d", pid, s.Port, proc.os.Pid)
		}
		if s.Version == "" { // a restart does not change it, and others may be reading
			s.Version, s.valkey = info["redis_version"], info["valkey_version"]
		}
		return nil
	})
	if err == nil && !ended {
		return nil
	}
	proc.kill()
	output := proc.tail()
	if ended && (strings.Contains(output, "ddress already in use") || strings.Contains(output, "Failed listening")) {
		return fmt.Errorf("%w: %s ended:\n%s", errPortTaken, s.argv[0], output)
	}
	if ended {
		return fmt.Errorf("%s ended instead of serving:\n%s", s.argv[0], output)
	}
	return fmt.Errorf("%s did not get ready: %w\n%s", s.argv[0], err, output)
}

// remove ends the server for good and deletes its files. It does so at once, as there is nothing left to be saved: an orderly
// end takes a tenth of a second.
func (s *Server) remove() {
	s.down((*process).kill)
	_ = os.RemoveAll(s.dir)
	returnPort(s.Port)
}

// down ends the process, if there is one, with end.
func (s *Server) down(end func(*process)) {
	s.mu.Lock()
	if s.proc != nil {
		end(s.proc)
	}
	s.mu.Unlock()
	s.admin.Close()
}

func (s *Server) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil {
		return ""
	}
	return s.proc.tail()
}

// Running reports whether the server's process exists, even if only paused.
func (s *Server) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc != nil && !s.proc.ended()
}

// Since reports whether the server has what Redis has since version, such as
// "7.0". Valkey is compared by the Redis version it names.
func (s *Server) Since(version string) bool { return atLeast(s.Version, version) }

// Name returns product and version, such as "redis 7.0.15" or "valkey 8.1.1".
func (s *Server) Name() string {
	if s.valkey != "" {
		return "valkey " + s.valkey
	}
	return "redis " + s.Version
}

// Pause stops the process as it is: it keeps its connections, and new ones are
// accepted by the kernel, but nothing is answered until [Server.Resume].
func (s *Server) Pause() { s.signal(signalStop) }

// Resume lets a paused server go on.
func (s *Server) Resume() { s.signal(signalContinue) }

func (s *Server) signal(sig os.Signal) {
	s.mustOwn()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.proc.os.Signal(sig); err != nil {
		s.tb.Errorf("%s at %s: sending %v: %v", s.Name(), s.Addr, sig, err)
	}
}

// Kill ends the process at once, as a crash would, and waits for its end.
func (s *Server) Kill() {
	s.mustOwn()
	s.down((*process).kill)
}

// Restart stops the server, if it runs, in the orderly way and starts it again
// with the same arguments, directory and port. It returns when the server is
// ready.
func (s *Server) Restart() {
	s.mustOwn()
	s.down((*process).stop)
	if err := s.start(); err != nil {
		s.tb.Errorf("restarting: %v", err)
	}
}

func (s *Server) mustOwn() {
	if s.tb == nil {
		panic("redistest: a shared server is not one test's to disturb; use Start or StartCluster")
	}
}

// Option returns the options for a client of this server alone, even if it is
// a node of a cluster.
func (s *Server) Option() rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress:       []string{s.Addr},
		Password:          s.password,
		ForceSingleClient: true,
	}
}

// Client returns a new client with the options of [Server.Option] and closes it
// when the test ends.
func (s *Server) Client(tb testing.TB) rueidis.Client {
	tb.Helper()
	return newClient(tb, s.Option())
}

func newClient(tb testing.TB, option rueidis.ClientOption) rueidis.Client {
	tb.Helper()
	client, err := rueidis.NewClient(option)
	if err != nil {
		tb.Fatalf("connecting to %v: %v", option.InitAddress, err)
	}
	tb.Cleanup(client.Close)
	return client
}

// Do runs one command on a connection apart from those of the test's clients,
// in RESP2, and fails the test if it ends in an error. A nil reply is none: it is the
// message whose IsNil method reports true. Commands that change the state of
// the connection, such as SELECT or MULTI, are not for Do.
func (s *Server) Do(tb testing.TB, args ...string) *rueidis.RedisMessage {
	tb.Helper()
	reply, err := s.TryDo(args...)
	if err != nil {
		tb.Fatalf("%s at %s: %s: %v", s.Name(), s.Addr, strings.Join(args[:min(len(args), 10)], " "), err)
	}
	return reply
}

// TryDo is [Server.Do] but returns the error. The message is never nil.
func (s *Server) TryDo(args ...string) (*rueidis.RedisMessage, error) { return s.admin.TryDo(args...) }
