// Command goredis shows a leaderboard: scores in a sorted set, and records of players that are cached as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	scores = "board"
	fresh  = 10 * time.Minute // how long a record is kept
)

// Player is a record of the database.
type Player struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Row is a line of the leaderboard.
type Row struct {
	Player Player
	Score  float64
}

// Board is a leaderboard.
type Board struct {
	client *redis.Client
	load   func(ctx context.Context, ids []string) ([]Player, error) // from the database
}

func key(id string) string { return "player:" + id }

// Record adds points to players.
func (b *Board) Record(ctx context.Context, points map[string]float64) error {
	_, err := b.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for id, n := range points {
			pipe.ZIncrBy(ctx, scores, n, id)
		}
		return nil
	})
	return err
}

// Top returns the n best players.
func (b *Board) Top(ctx context.Context, n int64) ([]Row, error) {
	best, err := b.client.ZRevRangeWithScores(ctx, scores, 0, n-1).Result()
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(best))
	for i, z := range best {
		ids[i] = z.Member.(string)
	}
	players, err := b.players(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(best))
	for i, z := range best {
		rows[i] = Row{players[ids[i]], z.Score}
	}
	return rows, nil
}

// players returns records from the cache, and those that it lacks from the database.
func (b *Board) players(ctx context.Context, ids []string) (map[string]Player, error) {
	players, missing := b.cached(ctx, ids)
	if len(missing) == 0 {
		return players, nil
	}
	loaded, err := b.load(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, p := range loaded {
		players[p.ID] = p
	}
	if err := b.keep(ctx, loaded); err != nil {
		log.Println("cache:", err)
	}
	return players, nil
}

// cached returns what the cache has. What it cannot give is missing: a cache must not be a reason to fail.
func (b *Board) cached(ctx context.Context, ids []string) (players map[string]Player, missing []string) {
	pipe := b.client.Pipeline()
	found := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		found[i] = pipe.Get(ctx, key(id))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		log.Println("cache:", err)
	}
	players = map[string]Player{}
	for i, id := range ids {
		if p, err := decode(found[i]); err == nil {
			players[id] = p
		} else {
			missing = append(missing, id)
		}
	}
	return players, missing
}

func decode(found *redis.StringCmd) (p Player, err error) {
	text, err := found.Bytes()
	if err != nil {
		return Player{}, err
	}
	err = json.Unmarshal(text, &p)
	return p, err
}

// keep stores records in the cache.
func (b *Board) keep(ctx context.Context, players []Player) error {
	_, err := b.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, p := range players {
			text, err := json.Marshal(p)
			if err != nil {
				return err
			}
			pipe.Set(ctx, key(p.ID), text, fresh)
		}
		return nil
	})
	return err
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1}) // points must not be added twice
	defer client.Close()
	return play(ctx, &Board{client, query})
}

// query stands for the database.
func query(_ context.Context, ids []string) ([]Player, error) {
	names := map[string]string{"1": "Ada", "2": "Bob", "3": "Eve"}
	fmt.Println("asked the database for", ids)
	players := make([]Player, len(ids))
	for i, id := range ids {
		players[i] = Player{id, names[id]}
	}
	return players, nil
}

// play has a game and looks at the leaderboard.
func play(ctx context.Context, b *Board) error {
	if err := b.Record(ctx, map[string]float64{"1": 120, "2": 80.5, "3": 100}); err != nil {
		return err
	}
	for _, n := range []int64{2, 3, 3} {
		rows, err := b.Top(ctx, n)
		if err != nil {
			return err
		}
		fmt.Println(rows)
	}
	return nil
}
