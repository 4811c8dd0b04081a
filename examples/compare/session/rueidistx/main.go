// Command rueidistx keeps sessions in hashes that expire when they were not used for a while.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
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
type Store struct{ db *rueidistx.DB }

func key(id string) string { return "session:" + id }

// Create stores a session and returns its ID.
func (s *Store) Create(ctx context.Context, session Session) (id string, err error) {
	id = rand.Text()
	return id, s.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		rueidistx.HSetStruct(tx, key(id), session)
		tx.Expire(key(id), idle)
		return nil
	})
}

// Touch returns a session and lets it live on.
func (s *Store) Touch(ctx context.Context, id string) (Session, error) {
	found, err := rueidistx.TransactValue(ctx, s.db, func(tx *rueidistx.Tx) (rueidistx.Future[Session], error) {
		tx.Expire(key(id), idle)
		return rueidistx.As(tx.HGetAll(key(id)), rueidistx.AsStruct[Session]), nil
	})
	if err != nil {
		return Session{}, err
	}
	session, err := found.Value()
	if errors.Is(err, rueidistx.ErrNil) {
		return Session{}, errNoSession
	}
	return session, err
}

// View counts a page view, unless the session has ended.
func (s *Store) View(ctx context.Context, id string) error {
	alive := s.db.If(rueidistx.Exists(key(id)))
	alive.Then.HIncrBy(key(id), "views", 1)
	held, err := alive.Exec(ctx)
	if err == nil && !held {
		return errNoSession
	}
	return err
}

// End ends a session.
func (s *Store) End(ctx context.Context, id string) error {
	return s.db.Auto(ctx).Del(key(id)).Err()
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
	return visit(ctx, &Store{db})
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
