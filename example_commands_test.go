package rueidistx_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/rueidistx/rueidistx"
)

// All keys, of all nodes of a cluster.
func ExampleDB_Scan() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	db.Auto(ctx).MSet("user:1", "Ada", "user:2", "Bob", "other", "").Must()

	for key, err := range db.Scan(ctx, rueidistx.Match("user:*"), rueidistx.Count(1000)) {
		if err != nil {
			log.Fatal(err) // a node that is lost is an error, never an early end
		}
		fmt.Println(key)
	}

	// Unordered output:
	// user:1
	// user:2
}

// The best of a leaderboard, with their scores.
func ExampleQueries_ZRangeWithScores() {
	db, stop := open()
	defer stop()
	ctx := context.Background()

	b := db.Batch()
	b.ZAdd("scores", []rueidistx.ScoredMember{{Member: "Ada", Score: 42}, {Member: "Bob", Score: 17}, {Member: "Eve", Score: 30}})
	b.ZIncrBy("scores", 20, "Bob")
	best, rank := b.ZRangeWithScores("scores", 0, 1, rueidistx.Rev), b.ZRevRank("scores", "Eve")
	if err := b.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(best.Must(), rank.Must())

	// Output:
	// [{Ada 42} {Bob 37}] 2
}

// A worker waits for its next job. The context bounds the wait, too.
func ExampleAuto_BLPop() {
	db, stop := open()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	db.Auto(ctx).RPush("jobs", "a", "b").Must()

	job, err := db.Auto(ctx).BLPop(time.Second, "urgent", "jobs").Value()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(job.Key, job.Values)

	// Output:
	// jobs [a]
}

func ExampleQueue_modules() {
	db, stop := open()
	defer stop()
	b := db.Batch()

	doc := rueidistx.Queue(b, b.B().JsonGet().Key("doc:1").Path("$.name").Build(), rueidistx.AsString) // of the JSON module
	tags := rueidistx.Queue(b, b.B().Arbitrary("BF.CARD").Keys("tags").Build(), rueidistx.AsInt64)     // Keys says what is a key
	if err := b.Exec(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(doc.Must(), tags.Must())
}
