// Command rueidistx imports a CSV file of items, a hash for each row, and shows how far it is.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

const chunk = 10_000 // rows in a round trip

// load imports rows of id, name and price, from a file of so many bytes. A row that the server refuses does not stop it.
func load(ctx context.Context, db *rueidistx.DB, file io.Reader, size int64) (answered, failed int, err error) {
	rows := csv.NewReader(file)
	rows.ReuseRecord = true
	progress := func(done, _ int) {
		fmt.Fprintf(os.Stderr, "\r%d rows, %d %%", done, rows.InputOffset()*100/size)
	}
	err = db.Execute(ctx, func(b *rueidistx.Batch) error {
		for b.Err() == nil {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			b.HSet("item:"+row[0], "name", row[1], "price", row[2])
			answered++
		}
		return nil
	}, rueidistx.Chunk(chunk), rueidistx.Progress(progress))
	var partly *rueidistx.BatchError
	if errors.As(err, &partly) {
		return partly.Answered, partly.Failed, err
	}
	return answered, 0, err
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
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		return err
	}
	defer db.Close()
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	answered, failed, err := load(ctx, db, file, info.Size())
	fmt.Fprintln(os.Stderr)
	fmt.Printf("%d rows were answered, %d failed\n", answered, failed)
	return err
}
