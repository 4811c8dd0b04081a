// Command jobs runs a queue of jobs: a stream, and workers that are consumers of one group. Workers crash midway and leave
// jobs pending, sometimes done but not acknowledged. The others claim these jobs and do each exactly once. The program starts
// a server inside the process, unless -addr names a real one, single or cluster; there it removes its keys when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"strconv"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const (
	count    = 60                    // jobs
	group    = "workers"             // to which the stream delivers each job once, unless it is claimed
	abandon  = 50 * time.Millisecond // a job that is pending for longer is taken from its worker
	remember = time.Hour             // how long a job is known to be done: longer than it may be pending
)

// Everything is of one entity, so in a cluster it is in one hash slot.
var (
	queue  = rueidistx.Tag("rueidistx-jobs", 1)
	stream = queue.Key("stream")
	done   = queue.Key("done") // how often each job was done
)

func mark(job string) rueidistx.Mark { return queue.Mark("job", job) }

// do does a job. Its effects, and that it is done, are one transaction. Then it acknowledges the job, unless the worker
// crashes before that: another one will find that the job is done. XAck in the transaction would spare that, but not Once:
// the reply of a transaction may be lost, and a job may be in the stream twice.
func do(ctx context.Context, db *rueidistx.DB, job rueidistx.StreamEntry, crash bool) (again bool, err error) {
	name, _ := job.Get("job")
	err = db.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.HIncrBy(done, name, 1)
		return nil
	}, rueidistx.Once(mark(name), remember))
	switch {
	case errors.Is(err, rueidistx.ErrAlreadyApplied): // by another worker, or by this one before it crashed
		again = true
	case err != nil && !errors.Is(err, rueidistx.ErrRepliesLost): // its effects are there
		return false, err
	}
	if crash {
		return again, nil
	}
	return again, db.Auto(ctx).XAck(stream, group, job.ID).Err()
}

// worker is a consumer of the group. It stops, without a word, after so many jobs.
type worker struct {
	db      *rueidistx.DB
	name    string
	crashes int // after so many jobs; never if it is 0

	claimed, again int
}

// run does jobs until there are none, not even ones that others have left.
func (w *worker) run(ctx context.Context) error {
	for {
		jobs, err := w.next(ctx)
		if err != nil || jobs == nil {
			return err
		}
		for _, job := range jobs {
			w.crashes--
			again, err := do(ctx, w.db, job, w.crashes == 0)
			if err != nil {
				return err
			}
			if again {
				w.again++
			}
			if w.crashes == 0 {
				return nil // the rest of its jobs is pending, too
			}
		}
	}
}

// next returns jobs that nobody has taken or, if there are none, those that others have taken too long ago. It waits while
// there may be any. At the end it returns nil.
func (w *worker) next(ctx context.Context) ([]rueidistx.StreamEntry, error) {
	a := w.db.Auto(ctx)
	for {
		streams, err := a.XReadGroup(group, w.name, []rueidistx.StreamOffset{{Key: stream, ID: ">"}}, rueidistx.Count(4)).Value()
		if err == nil {
			return streams[0].Entries, nil
		}
		if !errors.Is(err, rueidistx.ErrNil) {
			return nil, err
		}
		claimed, err := a.XAutoClaim(stream, group, w.name, abandon, "0", rueidistx.Count(4)).Value()
		if err != nil {
			return nil, err
		}
		if len(claimed.Entries) > 0 {
			w.claimed += len(claimed.Entries)
			return claimed.Entries, nil
		}
		pending, err := a.XPending(stream, group).Value()
		if err != nil || pending.Count == 0 {
			return nil, err
		}
		// A program that goes on for ever waits here with XReadGroupBlock.
		select {
		case <-time.After(abandon / 5):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func main() {
	addr := flag.String("addr", "", "host:port of a Redis or Valkey server; without it, one inside this process")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	option := rueidis.ClientOption{InitAddress: []string{addr}}
	if addr == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		option = rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	return office(ctx, db)
}

// office has the jobs done.
func office(ctx context.Context, db *rueidistx.DB) (err error) {
	keys := []string{stream, done}
	for i := range count {
		keys = append(keys, mark(strconv.Itoa(i)).Key())
	}
	clean := func() error { return db.Auto(ctx).Del(keys...).Err() }
	if err := clean(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	b := db.Batch()
	b.XGroupCreate(stream, group, "0", rueidistx.MkStream)
	for i := range count {
		b.XAdd(stream, []string{"job", strconv.Itoa(i)})
	}
	if err := b.Exec(ctx); err != nil {
		return err
	}

	// The first two crash between doing a job and acknowledging it, with more jobs pending. Then two others finish the work.
	var team []*worker
	for _, crashes := range [][]int{{5, 10}, {0, 0}} {
		var working sync.WaitGroup
		errs := make([]error, len(crashes))
		for i, n := range crashes {
			w := &worker{db: db, name: "worker " + strconv.Itoa(len(team)), crashes: n}
			team = append(team, w)
			working.Go(func() { errs[i] = w.run(ctx) })
		}
		working.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return audit(ctx, db, team)
}

// audit compares what was done with what was to be done.
func audit(ctx context.Context, db *rueidistx.DB, team []*worker) error {
	b := db.Batch()
	times, pending := b.HGetAll(done), b.XPending(stream, group)
	if err := b.Exec(ctx); err != nil {
		return err
	}
	once := true
	for _, n := range times.Must() {
		once = once && n == "1"
	}
	var claimed, again int
	for _, w := range team {
		claimed, again = claimed+w.claimed, again+w.again
	}
	fmt.Println("jobs done:               ", len(times.Must()), "of", count, "each once:", once)
	fmt.Println("pending at the end:      ", pending.Must().Count)
	fmt.Println("claimed after a crash:   ", claimed >= 5, "and some were already done:", again >= 2)
	return nil
}
