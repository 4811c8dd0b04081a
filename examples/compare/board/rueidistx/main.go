// Command rueidistx shows a leaderboard: scores in a sorted set, and records of players that are cached as JSON.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
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
	db   *rueidistx.DB
	load func(ctx context.Context, ids []string) ([]Player, error) // from the database
}

func key(id string) string { return "player:" + id }

// Record adds points to players.
func (b *Board) Record(ctx context.Context, points map[string]float64) error {
	return b.db.Execute(ctx, func(batch *rueidistx.Batch) error {
		for id, n := range points {
			batch.ZIncrBy(scores, n, id)
		}
		return nil
	})
}

// Top returns the n best players.
func (b *Board) Top(ctx context.Context, n int64) ([]Row, error) {
	best, err := b.db.Auto(ctx).ZRangeWithScores(scores, 0, n-1, rueidistx.Rev).Value()
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(best))
	for i, m := range best {
		ids[i] = m.Member
	}
	players, err := b.players(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(best))
	for i, m := range best {
		rows[i] = Row{players[m.Member], m.Score}
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
	batch := b.db.Batch()
	found := make([]rueidistx.Future[Player], len(ids))
	for i, id := range ids {
		found[i] = rueidistx.As(batch.Get(key(id)), rueidistx.AsJSON[Player])
	}
	if err := batch.Exec(ctx); err != nil {
		log.Println("cache:", err)
	}
	players = map[string]Player{}
	for i, id := range ids {
		if p, err := found[i].Value(); err == nil {
			players[id] = p
		} else {
			missing = append(missing, id)
		}
	}
	return players, missing
}

// keep stores records in the cache.
func (b *Board) keep(ctx context.Context, players []Player) error {
	return b.db.Execute(ctx, func(batch *rueidistx.Batch) error {
		for _, p := range players {
			rueidistx.SetJSON(batch, key(p.ID), p, rueidistx.EX(fresh))
		}
		return nil
	})
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		return err
	}
	defer db.Close()
	return play(ctx, &Board{db, query})
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
