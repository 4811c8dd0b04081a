package rueidistx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

// embedded starts a server inside the process, for an Example: these have no testing.TB. It is no cluster and has no
// client-side caching, which the options have to say.
func embedded() (*miniredis.Miniredis, rueidis.ClientOption) {
	s, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	return s, rueidis.ClientOption{
		InitAddress:       []string{s.Addr()},
		ForceSingleClient: true,
		DisableCache:      true,
		PipelineMultiplex: -1,
	}
}

// open returns a DB on an embedded server, and what ends both.
func open() (*rueidistx.DB, func()) {
	s, option := embedded()
	db, err := rueidistx.Open(option)
	if err != nil {
		log.Fatal(err)
	}
	return db, func() {
		db.Close()
		s.Close()
	}
}

func Example() {
	s, option := embedded()
	defer s.Close()
	s.HSet("user:1", "name", "Ada")
	s.Set("{wallet}:alice", "500")

	ctx := context.Background()
	db, err := rueidistx.Open(option)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	errInsufficient := errors.New("insufficient funds")
	from, to, amount := "{wallet}:alice", "{wallet}:bob", int64(100)
	err = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, err := rueidistx.Int(r.Get(from).Default("0")).Value() // what is read through r is watched
		if err != nil {
			return err
		}
		if balance < amount {
			return errInsufficient // nothing is sent
		}
		tx.DecrBy(from, amount) // MULTI/EXEC, if the balance is still the same; otherwise all of this runs again
		tx.IncrBy(to, amount)
		return nil
	})
	if err != nil {
		log.Fatal(rueidistx.OutcomeOf(err), ": ", err) // not applied, applied, or unknown
	}

	b := db.Batch() // one round trip, not atomic
	name, visits := b.HGet("user:1", "name"), b.Incr("visits")
	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name.Or("nobody"), visits.Must()) // a string and an int64

	fmt.Println(s.Get("{wallet}:bob"))

	// Output:
	// Ada 1
	// 100 <nil>
}

// TestDocumentsHaveExamples: every block of Go in the README and the guide is in an Example, so that it does what it says.
func TestDocumentsHaveExamples(t *testing.T) {
	files, err := filepath.Glob("example*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var examples []byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples = append(examples, text...)
	}
	flat := func(text string) string { // without indentation
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		return strings.Join(lines, "\n")
	}
	for _, document := range []string{
		"README.md", "docs/ways.md", "docs/values.md", "docs/keys.md", "docs/scripts.md", "docs/retries.md", "docs/caching.md",
		"docs/observability.md",
	} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "```go\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s has no block of Go", document)
		}
		for _, block := range blocks {
			block, _, _ = strings.Cut(block, "```")
			if !strings.Contains(flat(string(examples)), flat(block)) {
				t.Errorf("no Example contains this block of %s:\n%s", document, block)
			}
		}
	}
}

func ExampleOpen() {
	_, err := rueidistx.Open(rueidis.ClientOption{
		InitAddress:  []string{"127.0.0.1:6379"},
		ConnLifetime: time.Minute, // lets rueidis send a transaction again, even an executed one
	})
	fmt.Println(errors.Is(err, rueidistx.ErrInvalid), err)

	// Output:
	// true rueidistx: invalid arguments: ClientOption.ConnLifetime makes rueidis send transactions twice: leave it 0, or add DedicatedTransactions
}

func ExampleNew() {
	s, option := embedded()
	defer s.Close()

	client, err := rueidis.NewClient(option)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close() // the DB does not do it

	db := rueidistx.New(client)
	fmt.Println(db.Auto(context.Background()).Ping().Value())

	// Output:
	// PONG <nil>
}

func ExampleDB_Auto() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	hits, err := db.Auto(ctx).Incr("hits").Value()
	fmt.Println(hits, err)

	name, err := db.Auto(ctx).Get("name").Value()
	fmt.Printf("%q, missing: %t\n", name, errors.Is(err, rueidistx.ErrNil))
	fmt.Println(db.Auto(ctx).Get("name").Or("nobody"))

	// Output:
	// 1 <nil>
	// "", missing: true
	// nobody
}

func ExampleDB_Batch() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	b.Set("name", "Ada", rueidistx.EX(time.Hour))
	name, age := b.Get("name"), b.HGet("user:1", "age")
	length := b.LLen("name") // no list
	fmt.Println("before Exec:", name.Err())

	err := b.Exec(ctx)
	fmt.Println("Exec:", err)
	fmt.Println("name:", name.Or("nobody"))
	fmt.Println("age: ", age.Or("unknown")) // a missing field is no error of Exec's
	fmt.Println("length:", length.Err())

	// Output:
	// before Exec: rueidistx: not executed yet
	// Exec: rueidistx: 1 of 4 commands failed: command 3 (LLEN): WRONGTYPE Operation against a key holding the wrong kind of value
	// name: Ada
	// age:  unknown
	// length: rueidistx: command 3 (LLEN): WRONGTYPE Operation against a key holding the wrong kind of value
}

func ExampleBatch_Results() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	b.RPush("queue", "a", "b")
	b.LRange("queue", 0, -1)
	b.Get("queue") // no string
	b.Get("missing")
	_ = b.Exec(ctx) // each result has its error
	for _, r := range b.Results() {
		fmt.Println(r.Index, r.Name, r.Value, r.Err)
	}

	// Output:
	// 0 RPUSH 2 <nil>
	// 1 LRANGE [a b] <nil>
	// 2 GET <nil> rueidistx: command 2 (GET): WRONGTYPE Operation against a key holding the wrong kind of value
	// 3 GET <nil> <nil>
}

func ExampleDB_Execute() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	var lengths []rueidistx.Future[int64]
	err := db.Execute(ctx, func(b *rueidistx.Batch) error {
		for _, word := range []string{"one", "three"} {
			lengths = append(lengths, b.Append("text", word))
		}
		return nil
	})
	fmt.Println(lengths[0].Or(0), lengths[1].Or(0), err)

	// The closure's error comes back, and nothing is sent.
	errNoUser := errors.New("no such user")
	err = db.Execute(ctx, func(b *rueidistx.Batch) error {
		b.Append("text", "more")
		return errNoUser
	})
	fmt.Println(errors.Is(err, errNoUser), rueidistx.OutcomeOf(err), db.Auto(ctx).StrLen("text").Must())

	// Output:
	// 3 8 <nil>
	// true not applied 8
}

func ExampleChunk() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	// While the closure queues, every 1,000 commands are sent and their memory is freed.
	err := db.Execute(ctx, func(b *rueidistx.Batch) error {
		for i := range 2500 {
			b.Set("item:"+strconv.Itoa(i), "new")
		}
		return nil
	}, rueidistx.Chunk(1000), rueidistx.Progress(func(done, _ int) { fmt.Println(done, "sent") }))
	fmt.Println(err, db.Auto(ctx).DBSize().Must())

	// Output:
	// 1000 sent
	// 2000 sent
	// 2500 sent
	// <nil> 2500
}

func ExampleDB_Transact() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	// The closure may run more than once, so it only queues and assigns.
	var from, to rueidistx.Future[int64]
	err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
		from = tx.DecrBy("{wallet}:alice", 100)
		to = tx.IncrBy("{wallet}:bob", 100)
		return nil
	})
	if err != nil {
		log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
	}
	fmt.Println(from.Must(), to.Must())

	// Output:
	// -100 100
}

func ExampleDB_Atomic() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	tx := db.Atomic()
	defer tx.Discard() // for the paths that do not reach Exec

	order := tx.XAdd("orders", []string{"sku", "A-1"}, rueidistx.ID("1-1"))
	left := tx.DecrBy("stock:A-1", 1)
	if err := tx.Exec(ctx); err != nil {
		log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
	}
	fmt.Println(order.Must(), left.Must())

	// Output:
	// 1-1 -1
}

// Redis does not roll back a transaction when one of its commands fails.
func ExampleTx_Exec_commandFails() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	db.Auto(ctx).Set("name", "Ada").Must()

	tx := db.Atomic()
	hits, wrong := tx.Incr("hits"), tx.LPush("name", "a name is no list")
	err := tx.Exec(ctx)
	fmt.Println(rueidistx.OutcomeOf(err))
	fmt.Println(hits.Value())

	var failed *rueidistx.CommandError
	fmt.Println(errors.As(wrong.Err(), &failed), failed.Index, failed.Name)

	// Output:
	// applied
	// 1 <nil>
	// true 1 LPUSH
}

// The server refuses a command while it is being queued, so it executes none.
func ExampleTx_Exec_aborted() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	tx := db.Atomic()
	hits := tx.Incr("hits")
	rueidistx.Queue(tx, tx.B().Arbitrary("HSET").Keys("user:1").Args("field without a value").Build(), rueidistx.AsInt64)
	err := tx.Exec(ctx)
	fmt.Println(rueidistx.OutcomeOf(err), errors.Is(err, rueidistx.ErrAborted))
	fmt.Println(err)
	fmt.Println(hits.Err() == err)

	// Output:
	// not applied true
	// rueidistx: transaction not executed by the server: command 1 (HSET): wrong number of arguments for 'hset' command
	// true
}

func ExampleScript() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	// As a package variable, so that its digest is computed once.
	takeOne := rueidistx.NewScript(`
		if tonumber(redis.call('GET', KEYS[1]) or '0') < 1 then
			return 0
		end
		redis.call('DECR', KEYS[1])
		return 1`, rueidistx.AsBool)

	db.Auto(ctx).Set("stock:A-1", "1").Must()
	for range 2 {
		fmt.Println(takeOne.Run(ctx, db, []string{"stock:A-1"}))
	}

	// Output:
	// true <nil>
	// false <nil>
}

func ExampleScript_Queue() {
	db, stop := open()
	defer stop()
	ctx := context.Background()
	add := rueidistx.NewScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, rueidistx.AsInt64)

	// In a transaction it runs whether the server knows it or not.
	tx := db.Atomic()
	defer tx.Discard()
	tx.Set("n", "10")
	n := add.Queue(tx, []string{"n"}, "5")
	if err := tx.Exec(ctx); err != nil {
		log.Fatal(rueidistx.OutcomeOf(err), ": ", err)
	}
	fmt.Println(n.Must())

	// Output:
	// 15
}

func ExampleQueue() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()

	// A command without a method. Keys says what is a key: a cluster goes by it.
	slot := rueidistx.Queue(b, b.B().Arbitrary("CLUSTER", "KEYSLOT").Keys("places").Build(), rueidistx.AsInt64)

	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(slot.Must() >= 0)

	// Output:
	// true
}

// A struct in a hash, and back.
func ExampleAs() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	type user struct {
		Name   string    `redis:"name"`
		Visits int       `redis:"visits"`
		Seen   time.Time `redis:"seen,omitempty"`
	}
	ada := rueidistx.Tag("user", 1)
	rueidistx.HSetStruct(b, ada.Key("profile"), user{Name: "Ada", Visits: 3})
	found := rueidistx.As(b.HGetAll(ada.Key("profile")), rueidistx.AsStruct[user])

	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(ada, found.Must().Name, found.Must().Visits)

	// Output:
	// {user:1} Ada 3
}

// Go values as arguments of a script.
func ExampleArgs() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	bucket := rueidistx.NewScript(`
		redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])
		redis.call('PEXPIRE', KEYS[1], ARGV[2])
		return redis.call('GET', KEYS[1])`, rueidistx.AsFloat64)
	key := rueidistx.Tag("bucket", "ada").Key("tokens")
	fmt.Println(bucket.Run(ctx, db, []string{key}, rueidistx.Arg(0.5), rueidistx.Millis(time.Minute)))

	// Output:
	// 0.5 <nil>
}

// A function that takes a *Commands works in every way to run commands.
func ExampleCommands() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	type reservation = rueidistx.Pair[int64, int64]
	reserve := func(c *rueidistx.Commands, sku string) rueidistx.Future[reservation] {
		return rueidistx.Zip(c.DecrBy("{"+sku+"}:stock", 1), c.RPush("{"+sku+"}:orders", "order"))
	}

	fmt.Println(reserve(db.Auto(ctx).Commands, "A-1").Value()) // two round trips

	b := db.Batch() // one round trip for both
	first, second := reserve(b.Commands, "A-1"), reserve(b.Commands, "B-2")
	fmt.Println(b.Exec(ctx), first.Must(), second.Must())

	var atomic rueidistx.Future[reservation]
	err := db.Transact(ctx, func(tx *rueidistx.Tx) error {
		atomic = reserve(tx.Commands, "A-1")
		return nil
	})
	fmt.Println(err, atomic.Must())

	// Output:
	// {-1 1} <nil>
	// <nil> {-2 2} {-1 1}
	// <nil> {-3 3}
}

func ExampleMap() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	b.Set("limit", "1m30s")
	limit := rueidistx.Map(b.Get("limit"), time.ParseDuration) // a Future[time.Duration]
	missing := rueidistx.Map(b.Get("missing"), time.ParseDuration)
	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(limit.Must().Seconds(), missing.Or(time.Minute))

	// Output:
	// 90 1m0s
}

func ExampleZip() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	b.RPush("page", "a", "b", "c")
	page := rueidistx.Zip(b.LRange("page", 0, 1), b.LLen("page"))
	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	p := page.Must()
	fmt.Println(p.First, "of", p.Second)

	// Output:
	// [a b] of 3
}

func ExampleAll() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	var counts []rueidistx.Future[int64]
	for _, page := range []string{"home", "about", "home"} {
		counts = append(counts, b.Incr("views:"+page))
	}
	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(rueidistx.All(counts...).Value())

	// Output:
	// [1 1 2] <nil>
}

func ExampleOutcomeOf() {
	s, option := embedded()
	defer s.Close()
	db, err := rueidistx.Open(option)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()

	report := func(err error) {
		switch rueidistx.OutcomeOf(err) {
		case rueidistx.Applied:
			fmt.Println("it ran, do not run it again")
		case rueidistx.NotApplied:
			fmt.Println("nothing happened, it is safe to run it again")
		case rueidistx.Unknown:
			fmt.Println("it may have run, look before running it again")
		}
	}
	report(db.Auto(ctx).Set("name", "Ada").Err())
	report(db.Auto(ctx).LPush("name", "a name is no list").Err()) // the server ran it, and it failed

	ended, cancel := context.WithCancel(ctx)
	cancel()
	report(db.Auto(ended).Incr("hits").Err()) // the context had ended before anything was sent

	// From now on the server ends the connection instead of answering INCR.
	s.Server().SetPreHook(func(c *server.Peer, name string, _ ...string) bool {
		if name == "INCR" {
			c.Close()
		}
		return name == "INCR"
	})
	report(db.Auto(ctx).Incr("hits").Err())

	// Output:
	// it ran, do not run it again
	// it ran, do not run it again
	// nothing happened, it is safe to run it again
	// it may have run, look before running it again
}
