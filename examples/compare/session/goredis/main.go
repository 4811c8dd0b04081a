// Command goredis keeps sessions in hashes that expire when they were not used for a while.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"
)

const idle = 30 * time.Minute // after which a session ends

var errNoSession = errors.New("no session")

// Session is what is known of somebody who has signed in.
type Session struct {
	User  string    `redis:"user"`
	Since time.Time `redis:"since"`
	Theme string    `redis:"theme,omitempty"`
	Admin bool      `redis:"admin"`
	Views int64     `redis:"views"`
}

var ann = Session{User: "ann", Since: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), Admin: true}

// Store keeps sessions.
type Store struct{ client *redis.Client }

func key(id string) string { return "session:" + id }

// Create stores a session and returns its ID.
func (s *Store) Create(ctx context.Context, session Session) (id string, err error) {
	id = rand.Text()
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, key(id), session)
		pipe.Expire(ctx, key(id), idle)
		return nil
	})
	return id, err
}

// Touch returns a session and lets it live on.
func (s *Store) Touch(ctx context.Context, id string) (session Session, err error) {
	var found *redis.MapStringStringCmd
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Expire(ctx, key(id), idle)
		found = pipe.HGetAll(ctx, key(id))
		return nil
	})
	if err != nil {
		return Session{}, err
	}
	if len(found.Val()) == 0 {
		return Session{}, errNoSession
	}
	err = found.Scan(&session)
	return session, err
}

// countView is a script, so that no session comes back as a hash with nothing but a field.
var countView = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then
	return 0
end
redis.call('HINCRBY', KEYS[1], 'views', 1)
return 1`)

// View counts a page view, unless the session has ended.
func (s *Store) View(ctx context.Context, id string) error {
	alive, err := countView.Run(ctx, s.client, []string{key(id)}).Bool()
	if err == nil && !alive {
		return errNoSession
	}
	return err
}

// End ends a session.
func (s *Store) End(ctx context.Context, id string) error {
	return s.client.Del(ctx, key(id)).Err()
}

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "host:port of the server")
	flag.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1}) // a view must not be counted twice
	defer client.Close()
	return visit(ctx, &Store{client})
}

// visit signs in twice, looks at a page, and signs out once.
func visit(ctx context.Context, s *Store) error {
	phone, err := s.Create(ctx, ann)
	if err != nil {
		return err
	}
	laptop, err := s.Create(ctx, ann)
	if err != nil {
		return err
	}
	if err := s.End(ctx, laptop); err != nil {
		return err
	}
	for _, id := range []string{phone, laptop} {
		fmt.Println(s.View(ctx, id))
		fmt.Println(s.Touch(ctx, id))
	}
	return nil
}
