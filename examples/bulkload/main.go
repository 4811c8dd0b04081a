// Command bulkload counts a million page views in 1,000 counters with one Execute, in portions, and shows that the
// memory it needs does not grow with the number of commands. It starts a server inside the process, unless -addr names
// a real one, single or cluster; there it removes its keys when it ends.
//
//	go run ./bulkload             10,000 commands at a time
//	go run ./bulkload -chunk 0    all commands queued before the first is sent
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"runtime"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const pages = 1000

// The keys have no common {tag}: in a cluster they are spread over the nodes, and each portion goes to all of them at
// the same time.
func key(page int) string { return fmt.Sprintf("rueidistx-bulkload:%d", page%pages) }

func main() {
	addr := flag.String("addr", "", "host:port of a Redis or Valkey server; without it, one inside this process")
	views := flag.Int("n", 1_000_000, "number of commands")
	chunk := flag.Int("chunk", 10_000, "commands in a portion; 0 queues all before sending")
	flag.Parse()
	if err := run(*addr, *views, *chunk); err != nil {
		log.Fatal(err)
	}
}

func run(addr string, views, chunk int) (err error) {
	option := rueidis.ClientOption{InitAddress: []string{addr}}
	if addr == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		option = rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true}
	}
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := remove(ctx, db); err != nil { // what a run that was killed has left
		return err
	}
	defer func() { err = errors.Join(err, remove(ctx, db)) }()

	before, peak, printed := heap(), uint64(0), 0
	progress := rueidistx.Progress(func(done, _ int) {
		peak = max(peak, heap())
		if done*10/views > printed {
			printed = done * 10 / views
			fmt.Printf("%9d of %d sent\n", done, views)
		}
	})
	load := func(b *rueidistx.Batch) error {
		for i := range views {
			b.Incr(key(i)) // a future that nobody keeps is freed with its chunk
		}
		return nil
	}
	start := time.Now()
	if err := db.Execute(ctx, load, rueidistx.Chunk(chunk), progress); err != nil {
		// INCR must not run twice. The commands from Sent on never left; those between Answered and Sent may have run.
		var batch *rueidistx.BatchError
		if errors.As(err, &batch) {
			fmt.Printf("stopped: %d answered, %d sent, the outcome is %v\n", batch.Answered, batch.Sent, rueidistx.OutcomeOf(err))
		}
		return err
	}
	fmt.Printf("took %v, the heap grew by %d MiB\n", time.Since(start).Round(time.Millisecond), (max(peak, before)-before)>>20)

	// Reading back: one round trip per node.
	var counts []rueidistx.Future[int64]
	if err := db.Execute(ctx, func(b *rueidistx.Batch) error {
		for page := range pages {
			counts = append(counts, rueidistx.Queue(b, b.B().Get().Key(key(page)).Build(), rueidistx.AsInt64))
		}
		return nil
	}); err != nil {
		return err
	}
	total := int64(0)
	for _, count := range counts {
		total += count.Or(0)
	}
	fmt.Printf("counted %d views of %d pages\n", total, len(counts))
	return nil
}

func remove(ctx context.Context, db *rueidistx.DB) error {
	return db.Execute(ctx, func(b *rueidistx.Batch) error {
		for page := range pages {
			b.Unlink(key(page))
		}
		return nil
	})
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
