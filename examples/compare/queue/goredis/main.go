// Command goredis runs a queue of jobs: a stream, and workers that are consumers of one group.
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

	"github.com/redis/go-redis/v9"
)

const (
	stream  = "{jobs}:stream"
	done    = "{jobs}:done" // how often each job was done
	group   = "workers"
	jobs    = 20
	abandon = 100 * time.Millisecond // a job that is pending for longer is taken from its worker
)

// Queue is a queue of jobs.
type Queue struct{ client *redis.Client }

// Create makes the stream and its group, if they are not there.
func (q *Queue) Create(ctx context.Context) error {
	err := q.client.XGroupCreateMkStream(ctx, stream, group, "0").Err()
	if redis.HasErrorPrefix(err, "BUSYGROUP") {
		return nil
	}
	return err
}

// Add adds jobs, which are numbers.
func (q *Queue) Add(ctx context.Context, n int) error {
	_, err := q.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i := range n {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: []string{"job", strconv.Itoa(i)}})
		}
		return nil
	})
	return err
}

// Next returns new jobs or, if there are none for a while, those that crashed workers have left. At the end there are none.
func (q *Queue) Next(ctx context.Context, worker string) ([]redis.XMessage, error) {
	streams, err := q.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group:    group,
		Consumer: worker,
		Streams:  []string{stream, ">"},
		Count:    4,
		Block:    2 * abandon,
	}).Result()
	if err == nil {
		return streams[0].Messages, nil
	}
	if !errors.Is(err, redis.Nil) {
		return nil, err
	}
	claimed, _, err := q.client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream:   stream,
		Group:    group,
		Consumer: worker,
		MinIdle:  abandon,
		Start:    "0",
		Count:    4,
	}).Result()
	return claimed, err
}

// Do does a job: its effect, and that it is acknowledged, are one transaction.
func (q *Queue) Do(ctx context.Context, job redis.XMessage) error {
	name, ok := job.Values["job"].(string)
	if !ok {
		return fmt.Errorf("entry %s has no job", job.ID)
	}
	_, err := q.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HIncrBy(ctx, done, name, 1)
		pipe.XAck(ctx, stream, group, job.ID)
		return nil
	})
	return err
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
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1}) // a job must not be added twice
	defer client.Close()
	return office(ctx, &Queue{client})
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
	pipe := q.client.Pipeline()
	times, pending := pipe.HVals(ctx, done), pipe.XPending(ctx, stream, group)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	fmt.Println("times that each job was done:", times.Val())
	fmt.Println("pending:", pending.Val().Count)
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
