// Command rueidistx runs a queue of jobs: a stream, and workers that are consumers of one group.
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

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const (
	stream  = "{jobs}:stream"
	done    = "{jobs}:done" // how often each job was done
	group   = "workers"
	jobs    = 20
	abandon = 100 * time.Millisecond // a job that is pending for longer is taken from its worker
)

// Queue is a queue of jobs.
type Queue struct{ db *rueidistx.DB }

// Create makes the stream and its group, if they are not there.
func (q *Queue) Create(ctx context.Context) error {
	err := q.db.Auto(ctx).XGroupCreate(stream, group, "0", rueidistx.MkStream).Err()
	if rueidistx.Code(err) == "BUSYGROUP" {
		return nil
	}
	return err
}

// Add adds jobs, which are numbers.
func (q *Queue) Add(ctx context.Context, n int) error {
	return q.db.Execute(ctx, func(b *rueidistx.Batch) error {
		for i := range n {
			b.XAdd(stream, []string{"job", strconv.Itoa(i)})
		}
		return nil
	})
}

// Next returns new jobs or, if there are none for a while, those that crashed workers have left. At the end there are none.
func (q *Queue) Next(ctx context.Context, worker string) ([]rueidistx.StreamEntry, error) {
	from := []rueidistx.StreamOffset{{Key: stream, ID: ">"}}
	streams, err := q.db.Auto(ctx).XReadGroupBlock(2*abandon, group, worker, from, rueidistx.Count(4)).Value()
	if err == nil {
		return streams[0].Entries, nil
	}
	if !errors.Is(err, rueidistx.ErrNil) {
		return nil, err
	}
	claimed, err := q.db.Auto(ctx).XAutoClaim(stream, group, worker, abandon, "0", rueidistx.Count(4)).Value()
	return claimed.Entries, err
}

// Do does a job: its effect, and that it is acknowledged, are one transaction.
func (q *Queue) Do(ctx context.Context, job rueidistx.StreamEntry) error {
	name, ok := job.Get("job")
	if !ok {
		return fmt.Errorf("entry %s has no job", job.ID)
	}
	return q.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		tx.HIncrBy(done, name, 1)
		tx.XAck(stream, group, job.ID)
		return nil
	})
}

// Work does jobs until there are none.
func (q *Queue) Work(ctx context.Context, worker string) error {
	for {
		batch, err := q.Next(ctx, worker)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, job := range batch {
			if err := q.Do(ctx, job); err != nil {
				return err
			}
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		return err
	}
	defer db.Close()
	return office(ctx, &Queue{db})
}

// office has jobs done by three workers. The first one crashes with jobs pending.
func office(ctx context.Context, q *Queue) error {
	if err := errors.Join(q.Create(ctx), q.Create(ctx), q.Add(ctx, jobs)); err != nil {
		return err
	}
	left, err := q.Next(ctx, "worker 0")
	if err != nil {
		return err
	}
	fmt.Println("left by a worker that crashed:", len(left))
	if err := workTogether(ctx, q, "worker 1", "worker 2"); err != nil {
		return err
	}
	return audit(ctx, q)
}

// audit tells what was done.
func audit(ctx context.Context, q *Queue) error {
	b := q.db.Batch()
	times, pending := b.HVals(done), b.XPending(stream, group)
	if err := b.Exec(ctx); err != nil {
		return err
	}
	fmt.Println("times that each job was done:", times.Must())
	fmt.Println("pending:", pending.Must().Count)
	return nil
}

// workTogether has workers do jobs at the same time.
func workTogether(ctx context.Context, q *Queue, workers ...string) error {
	errs := make([]error, len(workers))
	var working sync.WaitGroup
	for i, worker := range workers {
		working.Go(func() { errs[i] = q.Work(ctx, worker) })
	}
	working.Wait()
	return errors.Join(errs...)
}
