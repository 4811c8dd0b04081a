// Command cacheaside shows the leaderboard of a game: scores in a sorted set, and players whose records come from a slow
// database, are kept in Redis as JSON for a while, and in this process until they change. It starts a server inside the
// process, which cannot tell of changes, so that nothing is kept here, unless -addr names a real one, single or cluster; there
// it removes its keys when it ends.
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

// Player is a record of the database.
type Player struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

const fresh = 10 * time.Minute // how long a record is kept

// Board is a leaderboard.
type Board struct {
	db    *rueidistx.DB
	load  func(ctx context.Context, ids []string) (map[string]Player, error) // from the database
	board string
}

func key(id string) string { return rueidistx.Tag("rueidistx-player", id).Key() }

// Record adds points to players, in one round trip.
func (b *Board) Record(ctx context.Context, points map[string]float64) error {
	return b.db.Execute(ctx, func(batch *rueidistx.Batch) error {
		for id, n := range points {
			batch.ZIncrBy(b.board, n, id)
		}
		return nil
	})
}

// Row is a line of the leaderboard.
type Row struct {
	Player Player
	Score  float64
}

// Top returns the n best players: one round trip for the ranks, one for the records that are in Redis and not in this process,
// and, if some are in neither, a query and a third one to keep them.
func (b *Board) Top(ctx context.Context, n int64) ([]Row, error) {
	best, err := b.db.Auto(ctx).ZRangeWithScores(b.board, 0, n-1, rueidistx.Rev).Value()
	if err != nil {
		return nil, err
	}
	players, err := b.players(ctx, best)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(best))
	for i, m := range best {
		rows[i] = Row{players[m.Member], m.Score}
	}
	return rows, nil
}

// players returns records from the cache, and those that it lacks from the database. What the cache cannot give, because it
// is gone, broken, or unreachable, is read anew: a cache must not be a reason to fail. That a record is missing is kept in this
// process too, until the invalidation arrives; at worst, the database is asked once more.
func (b *Board) players(ctx context.Context, members []rueidistx.ScoredMember) (map[string]Player, error) {
	batch := b.db.Cached(fresh).Batch()
	kept := make([]rueidistx.Future[Player], len(members))
	for i, m := range members {
		kept[i] = rueidistx.As(batch.Get(key(m.Member)), rueidistx.AsJSON[Player])
	}
	if err := batch.Exec(ctx); err != nil {
		log.Println("cache:", err)
	}
	players := map[string]Player{}
	var missing []string
	here := 0
	for i, m := range members {
		switch p, err := kept[i].Value(); {
		case err == nil:
			players[m.Member] = p
			if kept[i].FromCache() {
				here++
			}
		case errors.Is(err, rueidistx.ErrNil):
			missing = append(missing, m.Member)
		default:
			log.Println("cache:", err) // such as JSON of an older version
			missing = append(missing, m.Member)
		}
	}
	fmt.Printf("  records: %d here, %d in Redis, %d in neither\n", here, len(players)-here, len(missing))
	if len(missing) == 0 {
		return players, nil
	}
	loaded, err := b.load(ctx, missing)
	if err != nil {
		return nil, err
	}
	keep := b.db.Batch()
	for id, p := range loaded {
		players[id] = p
		rueidistx.SetJSON(keep, key(id), p, rueidistx.EX(fresh))
	}
	if err := keep.Exec(ctx); err != nil {
		log.Println("cache:", err)
	}
	return players, nil
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
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return play(ctx, db)
}

func play(ctx context.Context, db *rueidistx.DB) (err error) {
	database := map[string]Player{"1": {"1", "Ada"}, "2": {"2", "Bob"}, "3": {"3", "Eve"}}
	b := &Board{db: db, board: "rueidistx-board", load: func(_ context.Context, ids []string) (map[string]Player, error) {
		found := map[string]Player{}
		for _, id := range ids {
			found[id] = database[id]
		}
		return found, nil
	}}
	clean := func() error {
		batch := db.Batch()
		batch.Del(b.board)
		for id := range database {
			batch.Del(key(id))
		}
		return batch.Exec(ctx)
	}
	if err := clean(); err != nil { // what a run that was killed has left
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()

	if err := b.Record(ctx, map[string]float64{"1": 120, "2": 80.5, "3": 100}); err != nil {
		return err
	}
	for _, n := range []int64{2, 3, 3} {
		rows, err := b.Top(ctx, n)
		if err != nil {
			return err
		}
		for i, row := range rows {
			fmt.Println(i+1, row.Player.Name, row.Score)
		}
	}
	return nil
}
