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
	pinned  bool     // for all of the run
	lacks   []string // what cannot be measured here, and why
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

// start starts what the workloads need, and returns those that can be measured here.
func start(all []workload) (l *lab, able []workload, err error) {
	l = &lab{servers: map[venue]*site{}}
	cores := coresToSplit()
	without := map[venue]bool{}
	for _, w := range all {
		if w.pinned && cores != nil {
			l.lack(fmt.Sprintf("client and server on a core each: %v", cores))
			continue
		}
		if l.servers[w.venue] == nil && w.venue != onCanned && !without[w.venue] {
			s, err := launch(w.venue)
			switch {
			case errors.Is(err, errNoTLS):
				without[w.venue] = true
				l.lack(err.Error())
			case err != nil:
				l.stop()
				return nil, nil, err
			default:
				l.servers[w.venue] = s
			}
		}
		if !without[w.venue] {
			able = append(able, w)
		}
	}
	return l, able, nil
}

func (l *lab) lack(what string) {
	if !slices.Contains(l.lacks, what) {
		l.lacks = append(l.lacks, what)
	}
}

func launch(v venue) (s *site, err error) {
	s = &site{place: place{cluster: v == onCluster}}
	switch v {
	case onCluster:
		var c *redistest.Cluster
		if c, s.stop, err = redistest.LaunchCluster(3, 0); err == nil {
			s.nodes = c.Nodes
		}
	case onTLS:
		s.nodes = make([]*redistest.Server, 1)
		s.nodes[0], s.addrs, s.tls, s.stop, err = launchTLS()
	default:
		s.nodes = make([]*redistest.Server, 1)
		s.nodes[0], s.stop, err = redistest.Launch()
	}
	if err != nil {
		return nil, err
	}
	if v != onTLS {
		for _, n := range s.nodes {
			s.addrs = append(s.addrs, n.Addr)
		}
	}
	s.client, err = rueidis.NewClient(s.option())
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
		addRueidis(f, place{}, w.clients, c.Client, c.DB)
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
		at.bound = w.bound
		if w.task.Shape == large {
			at.size = w.number
		}
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
	if w.task.Shape == large {
		return s.holds(map[string]string{largeKey: largeValue(w.number)})
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
			return fmt.Errorf("left %s at %.100q (%w), not at %.100q", key, got, err, value)
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
	if w.task.Shape == large {
		values[largeKey] = largeValue(w.number)
	} else {
		for i, key := range parity.Keys {
			values[key] = parity.Values[i]
		}
	}
	for key, err := range rueidis.MSet(l.servers[w.venue].client, ctx, values) {
		if err != nil {
			return fmt.Errorf("seeding %s: %w", key, err)
		}
	}
	return nil
}
