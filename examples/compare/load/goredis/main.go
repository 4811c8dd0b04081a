// Command goredis imports a CSV file of items, a hash for each row, and shows how far it is.
package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/redis/go-redis/v9"
)

const chunk = 10_000 // rows in a round trip

// loader imports rows of id, name and price. A row that the server refuses does not stop it.
type loader struct {
	pipe     redis.Pipeliner
	rows     *csv.Reader
	size     int64 // of the file
	answered int
	failed   int
	refusal  error // the first one
}

func (l *loader) load(ctx context.Context) error {
	l.rows.ReuseRecord = true
	for {
		row, err := l.rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		l.pipe.HSet(ctx, "item:"+row[0], "name", row[1], "price", row[2])
		if l.pipe.Len() < chunk {
			continue
		}
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	return l.refusal
}

// flush sends what is queued. Its error says that not all of it was answered.
func (l *loader) flush(ctx context.Context) error {
	cmds, err := l.pipe.Exec(ctx)
	var refusal redis.Error
	if err != nil && !errors.As(err, &refusal) {
		return err
	}
	l.refusal = cmp.Or(l.refusal, err)
	for _, cmd := range cmds {
		if cmd.Err() != nil {
			l.failed++
		}
	}
	l.answered += len(cmds)
	fmt.Fprintf(os.Stderr, "\r%d rows, %d %%", l.answered, l.rows.InputOffset()*100/l.size)
	return nil
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	name := flag.String("file", "items.csv", "the file to import")
	flag.Parse()
	if err := run(context.Background(), *addr, *name); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr, name string) error {
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	l := loader{pipe: client.Pipeline(), rows: csv.NewReader(file), size: info.Size()}
	err = l.load(ctx)
	fmt.Fprintln(os.Stderr)
	fmt.Printf("%d rows were answered, %d failed\n", l.answered, l.failed)
	return err
}
