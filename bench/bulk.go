package main

import (
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/parity"
)

// bulk is a load of more SETs than anybody wants to hold in memory at once. Its keys take turns.
const bulk parity.Shape = "bulk"

// chunk is how many of them go at a time.
const chunk = 10_000

// bulkRounds are enough for one: its operations are so long that they differ little.
const bulkRounds = 5

func bulkKey(i int) string   { return parity.Keys[i%parity.Max] }
func bulkValue(i int) string { return parity.Values[i%parity.Max] }

func bulkTyped(t parity.Task, db *rueidistx.DB) *parity.Worker {
	return &parity.Worker{Do: func() error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error {
			for i := range t.N {
				b.Set(bulkKey(i), bulkValue(i))
				if i%chunk == 0 && b.Err() != nil {
					return b.Err()
				}
			}
			return nil
		}, rueidistx.Chunk(chunk))
	}}
}

func bulkByHand(t parity.Task, client rueidis.Client, size int) *parity.Worker {
	return &parity.Worker{Do: func() error {
		commands := make(rueidis.Commands, 0, size)
		for from := 0; from < t.N; from += size {
			commands = commands[:0]
			for i := from; i < min(from+size, t.N); i++ {
				commands = append(commands, client.B().Set().Key(bulkKey(i)).Value(bulkValue(i)).Build())
			}
			for _, r := range client.DoMulti(ctx, commands...) {
				if err := r.Error(); err != nil {
					return err
				}
			}
		}
		return nil
	}}
}

func bulkGoRedis(t parity.Task, client *redis.Client) *parity.Worker {
	return &parity.Worker{Do: func() error {
		for from := 0; from < t.N; from += chunk {
			pipe := client.Pipeline()
			for i := from; i < min(from+chunk, t.N); i++ {
				pipe.Set(ctx, bulkKey(i), bulkValue(i), 0)
			}
			commands, err := pipe.Exec(ctx)
			if err != nil {
				return err
			}
			for _, c := range commands {
				if err := c.Err(); err != nil {
					return err
				}
			}
		}
		return nil
	}}
}
