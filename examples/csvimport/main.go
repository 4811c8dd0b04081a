// Command csvimport adds up a log of page views, a CSV file of a million rows, in counters on a server: with one Execute, in
// chunks, so that its memory does not grow with the file. A row that is wrong is reported and left out. It starts a server
// inside the process, unless -addr names a real one, single or cluster; there it removes its keys when it ends.
//
//	go run ./csvimport                   a file that it makes up
//	go run ./csvimport -file views.csv   rows of page, visitor, bytes
//	go run ./csvimport -chunk 0          all commands queued before the first is sent
package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

// The keys have no common {tag}: in a cluster they are spread over the nodes, and each chunk goes to all of them at the
// same time.
func key(page string) string { return "rueidistx-views:" + page }

// commandsPerRow is how many commands a row becomes.
const commandsPerRow = 2

func main() {
	addr := flag.String("addr", "", "host:port of a Redis or Valkey server; without it, one inside this process")
	file := flag.String("file", "", "the CSV file; without it, one with -rows rows")
	rows := flag.Int("rows", 1_000_000, "number of rows to make up")
	chunk := flag.Int("chunk", 10_000, "commands in a chunk; 0 queues all before sending")
	flag.Parse()
	if err := run(*addr, *file, *rows, *chunk); err != nil {
		log.Fatal(err)
	}
}

func run(addr, file string, rows, chunk int) (err error) {
	option := rueidis.ClientOption{InitAddress: []string{addr}}
	if addr == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		option = rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true}
	}
	if file == "" {
		dir, err := os.MkdirTemp("", "csvimport")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		file = filepath.Join(dir, "views.csv")
		if err := makeUp(file, rows); err != nil {
			return err
		}
	}
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()

	pages := map[string]bool{}
	defer func() { err = errors.Join(err, remove(ctx, db, pages)) }()
	if err := load(ctx, db, file, chunk, pages); err != nil {
		return err
	}
	return report(ctx, db, pages)
}

// makeUp writes a file with rows.
func makeUp(file string, rows int) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "page,visitor,bytes")
	for i := range rows {
		if i%250_000 == 1000 {
			fmt.Fprintln(w, "/broken,row") // as files have them
		}
		fmt.Fprintf(w, "/page-%d.html,visitor-%d,%d\n", i%1000, i%7919, 500+i%1500)
	}
	return w.Flush()
}

// counting counts the bytes that are read.
type counting struct {
	io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// load adds up the rows, and keeps the names of the pages.
func load(ctx context.Context, db *rueidistx.DB, file string, chunk int, pages map[string]bool) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	in := &counting{Reader: f}
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord = 3, true
	if _, err := r.Read(); err != nil { // the names of the columns
		return err
	}

	before, peak, b := heap(), uint64(0), bar{total: info.Size()}
	progress := rueidistx.Progress(func(done, _ int) {
		peak = max(peak, heap())
		b.show(in.n, done/commandsPerRow)
	})
	start, rows, wrong := time.Now(), 0, 0
	err = db.Execute(ctx, func(batch *rueidistx.Batch) error {
		for {
			row, err := r.Read()
			if err == io.EOF {
				return nil
			}
			var bytes int64
			if err == nil {
				bytes, err = strconv.ParseInt(row[2], 10, 64)
			}
			var bad *csv.ParseError
			switch {
			case errors.As(err, &bad):
				b.note(fmt.Sprintf("line %d is left out: %v", bad.StartLine, bad.Err))
				wrong++
				continue
			case errors.Is(err, strconv.ErrSyntax), errors.Is(err, strconv.ErrRange):
				line, _ := r.FieldPos(2)
				b.note(fmt.Sprintf("line %d is left out: %v", line, err))
				wrong++
				continue
			case err != nil: // of the file: what was sent remains
				return err
			}
			page := strings.Clone(row[0]) // the record is reused
			batch.HIncrBy(key(page), "views", 1)
			batch.HIncrBy(key(page), "bytes", bytes)
			pages[page] = true
			if rows++; batch.Err() != nil {
				return batch.Err() // an earlier chunk has failed: read no further
			}
		}
	}, rueidistx.Chunk(chunk), progress)
	b.end()
	if err != nil {
		// A row must not be counted twice. Those from Sent on never left; those between Answered and Sent may have been counted.
		var batch *rueidistx.BatchError
		if errors.As(err, &batch) {
			fmt.Printf("stopped: %d rows are counted, and %d more may be\n", batch.Answered/commandsPerRow,
				(batch.Sent-batch.Answered)/commandsPerRow)
		}
		return err
	}
	fmt.Printf("%d rows, %d left out\n", rows, wrong)
	log.Printf("took %v, the heap grew by %d MiB", time.Since(start).Round(time.Millisecond), (max(peak, before)-before)>>20)
	return nil
}

// report reads the counters back, in one round trip for each node.
func report(ctx context.Context, db *rueidistx.DB, pages map[string]bool) error {
	var views []rueidistx.Future[int64]
	if err := db.Execute(ctx, func(b *rueidistx.Batch) error {
		for page := range pages {
			views = append(views, rueidistx.Int(b.HGet(key(page), "views")))
		}
		return nil
	}); err != nil {
		return err
	}
	total := int64(0)
	for _, n := range views {
		total += n.Or(0)
	}
	fmt.Printf("%d views of %d pages\n", total, len(views))
	return nil
}

func remove(ctx context.Context, db *rueidistx.DB, pages map[string]bool) error {
	return db.Execute(ctx, func(b *rueidistx.Batch) error {
		for page := range pages {
			b.Unlink(key(page))
		}
		return nil
	})
}

// bar is a progress bar of less than 80 columns: one line that changes on a terminal, and a line for each tenth elsewhere.
type bar struct {
	total  int64
	tenths int64
	shown  bool
}

func (b *bar) show(done int64, rows int) {
	const width = 40
	done = min(done, b.total) // the file may have grown
	tenths, filled := done*10/max(b.total, 1), int(done*width/max(b.total, 1))
	line := fmt.Sprintf("[%s%s] %3d %%, %9d rows", strings.Repeat("#", filled), strings.Repeat(".", width-filled),
		done*100/max(b.total, 1), rows)
	switch {
	case isTerminal():
		fmt.Print("\r" + line)
		b.shown = true
	case tenths > b.tenths:
		b.tenths = tenths
		fmt.Println(line)
	}
}

// note prints a line above the bar.
func (b *bar) note(text string) {
	b.end()
	fmt.Println(text)
}

func (b *bar) end() {
	if b.shown {
		fmt.Println()
		b.shown = false
	}
}

func isTerminal() bool {
	info, err := os.Stdout.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
