// Command tenants serves several tenants from one server. Each has a DB of its own with a prefix, on the same client, so the code
// that serves a tenant knows nothing of prefixes and does not meet the keys of another. It starts a server inside the process,
// unless -addr names a real one, single or cluster; there its last step removes its keys.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

// Tenants are the DBs of the tenants, made when they are first used.
type Tenants struct {
	client rueidis.Client

	mu  sync.Mutex
	dbs map[string]*rueidistx.DB
}

// Of returns the DB of a tenant. All of them share the connections of one client.
func (t *Tenants) Of(tenant string) *rueidistx.DB {
	t.mu.Lock()
	defer t.mu.Unlock()
	db := t.dbs[tenant]
	if db == nil {
		db = rueidistx.New(t.client, rueidistx.Prefix("rueidistx-tenants:"+tenant+":"))
		t.dbs[tenant] = db
	}
	return db
}

// Notes are what a tenant has: a list of notes, of which a plan allows only so many.
type Notes struct{ db *rueidistx.DB }

// errFull says that the tenant has all notes that its plan allows.
var errFull = errors.New("no room for another note")

// Add adds a note unless there are limit notes already, in one round trip.
func (n *Notes) Add(ctx context.Context, note string, limit int64) error {
	room := n.db.If(rueidistx.LengthOf("notes").Less(limit))
	room.Then.RPush("notes", note)
	held, err := room.Exec(ctx)
	if err == nil && !held {
		err = errFull
	}
	return err
}

// Erase deletes everything that the tenant has, and returns the names of the keys.
func (n *Notes) Erase(ctx context.Context) (keys []string, err error) {
	for key, err := range n.db.Scan(ctx, rueidistx.Count(1000)) { // of this tenant only
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		_, err = n.db.Unlink(ctx, keys...)
	}
	return keys, err
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
	db, err := rueidistx.Open(option) // dials with the library's safe options, and checks them
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return serve(ctx, &Tenants{client: db.Client(), dbs: map[string]*rueidistx.DB{}})
}

// serve has two tenants add notes under the same names, and erases those of one.
func serve(ctx context.Context, tenants *Tenants) error {
	limits := map[string]int64{"acme": 2, "zenith": 5}
	for _, tenant := range []string{"acme", "zenith"} {
		notes := &Notes{tenants.Of(tenant)}
		for i := range 3 {
			if err := notes.Add(ctx, fmt.Sprint("note ", i+1, " of ", tenant), limits[tenant]); err != nil {
				fmt.Println(tenant+":", err)
			}
		}
	}
	for _, tenant := range []string{"acme", "zenith"} {
		erased, err := (&Notes{tenants.Of(tenant)}).Erase(ctx)
		if err != nil {
			return err
		}
		left, err := tenants.Of("zenith").Auto(ctx).LLen("notes").Value()
		if err != nil {
			return err
		}
		fmt.Println("erased of "+tenant+":", erased, "left of zenith:", left)
	}
	_, err := tenants.Of("acme").Auto(ctx).FlushDB().Value()
	fmt.Println("FLUSHDB of a tenant:", errors.Is(err, rueidistx.ErrForbidden))
	return nil
}
