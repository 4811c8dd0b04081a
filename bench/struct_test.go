package main

import (
	"cmp"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// tenFields is a struct that is kept in a hash.
type tenFields struct {
	ID      int64   `redis:"id"`
	Name    string  `redis:"name"`
	Mail    string  `redis:"mail"`
	Age     int     `redis:"age"`
	Score   float64 `redis:"score"`
	Admin   bool    `redis:"admin"`
	City    string  `redis:"city"`
	Visits  uint32  `redis:"visits"`
	Comment string  `redis:"comment"`
	Version int64   `redis:"version"`
}

var tenValues = tenFields{1234567, "Ada Lovelace", "ada@example.com", 36, 98.5, true, "London", 4711, "the first programmer", 987654321}

// structWork is the same work with one client.
type structWork struct {
	read  func() (tenFields, error)
	write func() error
}

// structClients are the clients that read a struct from a hash and write it to one, each on a connection of its own.
func structClients(tb testing.TB) map[string]structWork {
	addr := redistest.Shared(tb).Addr
	const key = "rueidistx-bench:struct"
	background := context.Background()

	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(db.Close)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	peer := redis.NewClient(&redis.Options{Addr: addr})
	tb.Cleanup(func() { _ = peer.Close() })

	return map[string]structWork{
		typed: {
			read: func() (tenFields, error) {
				return rueidistx.As(db.Auto(background).HGetAll(key), rueidistx.AsStruct[tenFields]).Value()
			},
			write: func() error { return rueidistx.HSetStruct(db.Auto(background), key, &tenValues).Err() },
		},
		hand: {
			read:  func() (tenFields, error) { return readByHand(client, key) },
			write: func() error { return writeByHand(client, key, &tenValues) },
		},
		goRedis: {
			read: func() (v tenFields, err error) {
				err = peer.HGetAll(background, key).Scan(&v)
				return v, err
			},
			write: func() error { return peer.HSet(background, key, &tenValues).Err() },
		},
	}
}

func readByHand(client rueidis.Client, key string) (v tenFields, err error) {
	m, err := client.Do(context.Background(), client.B().Hgetall().Key(key).Build()).AsStrMap()
	if err != nil {
		return v, err
	}
	var errs [6]error
	v.ID, errs[0] = strconv.ParseInt(m["id"], 10, 64)
	v.Age, errs[1] = strconv.Atoi(m["age"])
	v.Score, errs[2] = strconv.ParseFloat(m["score"], 64)
	v.Admin, errs[3] = strconv.ParseBool(m["admin"])
	visits, err := strconv.ParseUint(m["visits"], 10, 32)
	errs[4] = err
	v.Version, errs[5] = strconv.ParseInt(m["version"], 10, 64)
	v.Visits, v.Name, v.Mail, v.City, v.Comment = uint32(visits), m["name"], m["mail"], m["city"], m["comment"]
	return v, cmp.Or(errs[:]...)
}

func writeByHand(client rueidis.Client, key string, v *tenFields) error {
	admin := "0"
	if v.Admin {
		admin = "1"
	}
	return client.Do(context.Background(), client.B().Hset().Key(key).FieldValue().
		FieldValue("id", strconv.FormatInt(v.ID, 10)).FieldValue("name", v.Name).FieldValue("mail", v.Mail).
		FieldValue("age", strconv.Itoa(v.Age)).FieldValue("score", strconv.FormatFloat(v.Score, 'f', -1, 64)).
		FieldValue("admin", admin).FieldValue("city", v.City).FieldValue("visits", strconv.FormatUint(uint64(v.Visits), 10)).
		FieldValue("comment", v.Comment).FieldValue("version", strconv.FormatInt(v.Version, 10)).Build()).Error()
}

// TestStructAllocations expects of a struct in a hash to take fewer allocations than with go-redis.
func TestStructAllocations(t *testing.T) {
	clients := structClients(t)
	allocations := map[string][2]float64{}
	for name, c := range clients {
		if err := c.write(); err != nil {
			t.Fatal(name, err)
		}
		if got, err := c.read(); err != nil || got != tenValues {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		allocations[name] = [2]float64{
			leastAllocs(func() { _, _ = c.read() }),
			leastAllocs(func() { _ = c.write() }),
		}
		t.Logf("%-10s read %4.0f, write %4.0f allocations", name, allocations[name][0], allocations[name][1])
	}
	for i, what := range []string{"read", "write"} {
		if allocations[typed][i] >= allocations[goRedis][i] {
			t.Errorf("%s: %v allocations, and go-redis %v", what, allocations[typed][i], allocations[goRedis][i])
		}
	}
}

// leastAllocs returns how often run allocates: the least of some counts, as those of other goroutines count, too.
func leastAllocs(run func()) float64 {
	least := testing.AllocsPerRun(200, run)
	for range 4 {
		least = min(least, testing.AllocsPerRun(200, run))
	}
	return least
}

// BenchmarkStruct reads and writes a struct of ten fields: go -C bench test -run xxx -bench Struct. The clients take turns,
// so that what else the machine does is the same for all; the figures beside the time are relative to hand-written code.
func BenchmarkStruct(b *testing.B) {
	clients := structClients(b)
	if err := clients[hand].write(); err != nil {
		b.Fatal(err)
	}
	for _, what := range []string{"read", "write"} {
		b.Run(what, func(b *testing.B) {
			took := map[string]time.Duration{}
			for range b.N {
				for name, c := range clients {
					began := time.Now()
					var err error
					if what == "read" {
						_, err = c.read()
					} else {
						err = c.write()
					}
					took[name] += time.Since(began)
					if err != nil {
						b.Fatal(name, err)
					}
				}
			}
			b.ReportMetric(float64(took[typed])/float64(took[hand]), "rueidistx/hand")
			b.ReportMetric(float64(took[goRedis])/float64(took[hand]), "go-redis/hand")
		})
	}
}
