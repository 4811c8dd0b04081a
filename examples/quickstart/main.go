// Command quickstart runs commands in every way that rueidistx has and prints what comes back. It starts a server inside
// the process, unless -addr names a real one, single or cluster; there it removes its keys when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

// In a cluster a transaction needs all its keys in one slot. Keys with the same {tag} are.
const tag = "{rueidistx-quickstart}:"
const alice, bob, name, hits, none = tag + "alice", tag + "bob", tag + "name", tag + "hits", tag + "none"

// The mark of what is done once has a key, too.
var order = rueidistx.TagOf(tag)

// A script is made once. Its decoder says of what type the answer is.
var bump = rueidistx.NewScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, rueidistx.AsInt64)

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
		// Only the embedded server needs these two: it is no cluster and has no client-side caching.
		option = rueidis.ClientOption{InitAddress: []string{server.Addr()}, ForceSingleClient: true, DisableCache: true}
	}
	db, err := rueidistx.Open(option)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	clean := func() error {
		return db.Auto(ctx).Del(alice, bob, name, hits, none, order.Mark("pay", "17").Key()).Err()
	}
	return errors.Join(clean(), tour(ctx, db), clean())
}

func tour(ctx context.Context, db *rueidistx.DB) error {
	show := func(what string, values ...any) { fmt.Printf("%-28s %s", what, fmt.Sprintln(values...)) }

	// Auto runs a command now, pipelined with those of other goroutines.
	n, err := db.Auto(ctx).Incr(hits).Value()
	if err != nil {
		return err
	}
	show("Auto     INCR", n)

	// A Batch sends its commands in one round trip. Each method returns a future, which Exec settles.
	b := db.Batch()
	b.Set(name, "Ada", rueidistx.EX(time.Minute))
	found, missing := b.Get(name), b.Get(none)
	show("Batch    GET, before Exec", found.Err())
	if err := b.Exec(ctx); err != nil {
		return err
	}
	show("         GET, GET", found.Or("nobody"), missing.Or("nobody"))

	// Execute is a Batch made by a closure. If that returns an error, nothing is sent.
	var created []rueidistx.Future[bool]
	if err := db.Execute(ctx, func(b *rueidistx.Batch) error {
		created = append(created, b.Set(alice, "500", rueidistx.NX), b.Set(bob, "500", rueidistx.NX))
		return nil
	}); err != nil {
		return err
	}
	show("Execute  SET NX, SET NX", rueidistx.All(created...).Must())

	// Transact runs its commands in MULTI/EXEC: all of them or none, and nobody else's in between.
	var from, to rueidistx.Future[int64]
	if err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
		from, to = tx.DecrBy(alice, 100), tx.IncrBy(bob, 100)
		return nil
	}); err != nil {
		return err
	}
	show("Transact DECRBY, INCRBY", from.Must(), to.Must())

	// Watch reads through r and commits what it queued only if nothing that it read has changed. Otherwise it runs again.
	if err := db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get(alice).Default("0")).Value()
		if err != nil {
			return err
		}
		if balance < 300 {
			return errors.New("insufficient funds")
		}
		from, to = tx.DecrBy(alice, 300), tx.IncrBy(bob, 300)
		return nil
	}); err != nil {
		return err
	}
	show("Watch    DECRBY, INCRBY", from.Must(), to.Must())

	// OnceValue is a Watch that takes effect once for its mark, and returns the same value to whoever tries again.
	for range 2 {
		left, repeated, err := rueidistx.OnceValue(ctx, db, order.Mark("pay", "17"), time.Minute, func(r *rueidistx.Reader, tx *rueidistx.Tx) (int64, error) {
			balance, err := rueidistx.Int(r.Get(alice).Default("0")).Value()
			tx.DecrBy(alice, 50)
			return balance - 50, err
		})
		if err != nil {
			return err
		}
		show("Once     left, repeated", left, repeated)
	}

	// Script.Run sends the digest, and the text to a server that does not know it yet. Queue puts it into a Batch or Tx.
	if n, err = bump.Run(ctx, db, []string{hits}, "5"); err != nil {
		return err
	}
	show("Script   Run", n)

	// Atomic is Transact without a closure. Here a command fails; Redis does not roll back the others.
	tx := db.Atomic()
	defer tx.Discard() // does nothing after Exec
	count, wrong := bump.Queue(tx, []string{hits}, "5"), tx.LPush(name, "a name is no list")
	if err = tx.Exec(ctx); rueidistx.OutcomeOf(err) != rueidistx.Applied {
		return err
	}
	show("Atomic   outcome, script", rueidistx.OutcomeOf(err), count.Must())
	show("         LPUSH", wrong.Err())

	// A command that would disturb the connection that all goroutines share is refused, and with it the whole Tx.
	refused := db.Atomic()
	count = refused.Incr(hits)
	rueidistx.Queue(refused, refused.B().Arbitrary("WATCH").Keys(hits).Build(), rueidistx.AsString)
	err = refused.Exec(ctx)
	show("Refused  outcome, forbidden", rueidistx.OutcomeOf(err), errors.Is(err, rueidistx.ErrForbidden))
	show("         INCR", count.Err())
	return nil
}
