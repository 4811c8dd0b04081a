package main

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx/internal/parity"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// lab is the servers of a run, each started when the first workload needs it.
type lab struct {
	servers map[venue]*site
}

// site is a running server or cluster.
type site struct {
	place
	nodes  []*redistest.Server
	client rueidis.Client // for looking after it
	stop   func()
}

// maxPool is how many connections clients with a pool may have. 256 goroutines are no faster with 256.
const maxPool = 64

// start starts what the workloads need.
func start(all []workload) (*lab, error) {
	l := &lab{map[venue]*site{}}
	for _, w := range all {
		if l.servers[w.venue] != nil || w.venue == onCanned {
			continue
		}
		s, err := launch(w.venue)
		if err != nil {
			l.stop()
			return nil, err
		}
		l.servers[w.venue] = s
	}
	return l, nil
}

func launch(v venue) (*site, error) {
	s := &site{place: place{cluster: v == onCluster}}
	if s.cluster {
		c, stop, err := redistest.LaunchCluster(3, 0)
		if err != nil {
			return nil, err
		}
		s.nodes, s.stop = c.Nodes, stop
	} else {
		server, stop, err := redistest.Launch()
		if err != nil {
			return nil, err
		}
		s.nodes, s.stop = []*redistest.Server{server}, stop
	}
	for _, n := range s.nodes {
		s.addrs = append(s.addrs, n.Addr)
	}
	var err error
	s.client, err = rueidis.NewClient(rueidis.ClientOption{InitAddress: s.addrs, ForceSingleClient: !s.cluster})
	if err == nil {
		err = s.onNodes("SCRIPT", "LOAD", parity.Source)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *site) close() {
	if s.client != nil {
		s.client.Close()
	}
	s.stop()
}

// onNodes runs a command on every node.
func (s *site) onNodes(args ...string) error {
	var errs []error
	for _, n := range s.nodes {
		_, err := n.TryDo(args...)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// stop ends the servers.
func (l *lab) stop() {
	for _, s := range l.servers {
		s.close()
	}
	clear(l.servers)
}

// open connects the clients of w, in the order in which it names them.
func (l *lab) open(w workload) (*field, error) {
	var f *field
	if w.venue == onCanned {
		c, err := parity.NewCanned()
		if err != nil {
			return nil, err
		}
		f = new(field)
		f.closing(c.Close)
		addRueidis(f, w.clients, c.Client, c.DB)
		for i := range f.contenders {
			worker := f.contenders[i].worker
			f.contenders[i].worker = func(t parity.Task) (*parity.Worker, error) {
				w, err := worker(t)
				return c.Serve(t, w), err
			}
		}
	} else {
		at := l.servers[w.venue].place
		at.pool = max(10*runtime.GOMAXPROCS(0), min(w.goroutines, maxPool))
		var err error
		if f, err = open(at, w.clients); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(f.contenders, func(a, b contender) int {
		return slices.Index(w.clients, a.client) - slices.Index(w.clients, b.client)
	})
	return f, nil
}

// verify has a worker do w's task twice, and looks at the answers and at what is in the server then.
func (l *lab) verify(w workload, worker *parity.Worker) error {
	if w.venue == onCanned {
		if err := worker.Do(); err != nil {
			return err
		}
		return w.task.Check(worker.Answers, 1)
	}
	s := l.servers[w.venue]
	if err := s.onNodes("FLUSHALL"); err != nil {
		return err
	}
	if err := l.seed(w); err != nil {
		return err
	}
	const runs = 2
	for run := range runs {
		if err := worker.Do(); err != nil {
			return err
		}
		if worker.Answers == nil { // it does not decode
			continue
		}
		if err := w.task.Check(worker.Answers, run+1); err != nil {
			return err
		}
	}
	t := w.task
	t.N = min(t.N, parity.Max) // beyond that, the keys of a bulk load repeat
	return s.holds(t.Leaves(runs))
}

// holds returns which of the keys does not have its value.
func (s *site) holds(want map[string]string) error {
	if len(want) == 0 {
		return nil
	}
	have, err := rueidis.MGet(s.client, ctx, slices.Collect(maps.Keys(want)))
	if err != nil {
		return err
	}
	for key, value := range want {
		reply := have[key]
		if got, err := reply.ToString(); err != nil || got != value {
			return fmt.Errorf("left %s at %q (%v), not at %q", key, got, err, value)
		}
	}
	return nil
}

// seed sets what the commands of w read.
func (l *lab) seed(w workload) error {
	if w.venue == onCanned || w.task.Kind != parity.Get {
		return nil
	}
	values := map[string]string{}
	for i, key := range parity.Keys {
		values[key] = parity.Values[i]
	}
	for key, err := range rueidis.MSet(l.servers[w.venue].client, ctx, values) {
		if err != nil {
			return fmt.Errorf("seeding %s: %w", key, err)
		}
	}
	return nil
}
