// Command document has editors change a JSON document at the same time: each change is saved only if nobody else has saved
// another in the meantime, so none is lost. It starts a server inside the process, unless -addr names a real one, single or
// cluster; there it removes its keys when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"slices"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

// Page is the content of a document.
type Page struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags,omitempty"`
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
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	pages := &Store[Page]{db, "rueidistx-page"}
	clean := func() error { return db.Auto(ctx).Del(pages.key("home")).Err() }
	return errors.Join(clean(), edit(ctx, pages), clean())
}

// edit has two editors save the same document, and then 16 change it at the same time.
func edit(ctx context.Context, pages *Store[Page]) error {
	first, err := pages.Save(ctx, "home", "", Page{Title: "Home"})
	if err != nil {
		return err
	}
	_, err = pages.Save(ctx, "home", "", Page{Title: "Start"})
	fmt.Printf("created again: %v (%v)\n", err, rueidistx.OutcomeOf(err))

	second, err := pages.Save(ctx, "home", first.Version, Page{Title: "Our home", Tags: first.Content.Tags})
	if err != nil {
		return err
	}
	_, err = pages.Save(ctx, "home", first.Version, Page{Title: "My home"})
	var conflict *ConflictError[Page]
	if !errors.As(err, &conflict) {
		return err
	}
	fmt.Printf("saved too late: %v: it is %q now\n", err, conflict.Present.Content.Title)
	fmt.Println("the version is that of the other editor:", conflict.Present.Version == second.Version)

	errs := make([]error, 16)
	var working sync.WaitGroup
	for i := range errs {
		working.Go(func() {
			_, errs[i] = pages.Update(ctx, "home", func(page *Page) error {
				page.Tags = append(page.Tags, fmt.Sprintf("tag%02d", i))
				return nil
			})
		})
	}
	working.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	last, err := pages.Load(ctx, "home")
	if err != nil {
		return err
	}
	slices.Sort(last.Content.Tags)
	fmt.Println("16 editors added a tag:", len(slices.Compact(last.Content.Tags)), "tags")
	return nil
}
