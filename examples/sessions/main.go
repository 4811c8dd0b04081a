// Command sessions keeps the sessions of a web service in Redis: a struct in a hash that expires when it was not used for a
// while, and a set of the user's session IDs, so that all of them can be ended at once. It starts a server inside the process,
// unless -addr names a real one, single or cluster; there its last step removes its keys.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
)

// Session is what is known of somebody who has signed in.
type Session struct {
	User    string        `redis:"user"`
	Since   time.Time     `redis:"since"`
	Theme   string        `redis:"theme,omitempty"`
	Idle    time.Duration `redis:"idle"`
	Scopes  []string      `redis:"scopes,json"`
	Invited *time.Time    `redis:"invited"` // nil is not stored
}

// errNoSession says that a session has ended, or was never there.
var errNoSession = errors.New("no session")

// Store keeps sessions.
type Store struct{ db *rueidistx.DB }

// keys returns what belongs to a user. All of it has one {tag}, so it is of one hash slot in a cluster, whatever the name is.
func keys(user string) (of rueidistx.Entity, list string) {
	of = rueidistx.Tag("rueidistx-session", user)
	return of, of.Key("all")
}

// Create stores a session and returns its ID: the hash, its TTL, and the entry in the user's list, all or nothing.
func (s *Store) Create(ctx context.Context, session Session) (id string, err error) {
	id = rand.Text()
	of, list := keys(session.User)
	return id, s.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		rueidistx.HSetStruct(tx, of.Key(id), session)
		tx.Expire(of.Key(id), session.Idle)
		tx.SAdd(list, id)
		return nil
	})
}

// Touch returns a session and lets it live on, in one round trip.
func (s *Store) Touch(ctx context.Context, user, id string, idle time.Duration) (Session, error) {
	of, _ := keys(user)
	var session rueidistx.Future[Session]
	var alive rueidistx.Future[bool]
	err := s.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		alive = tx.Expire(of.Key(id), idle) // false if there is no session
		session = rueidistx.As(tx.HGetAll(of.Key(id)), rueidistx.AsStruct[Session])
		return nil
	})
	if err != nil {
		return Session{}, err
	}
	if !alive.Must() {
		return Session{}, errNoSession
	}
	return session.Value()
}

// EndAll ends every session of a user and returns how many were still alive.
func (s *Store) EndAll(ctx context.Context, user string) (int64, error) {
	of, list := keys(user)
	ids, err := s.db.Auto(ctx).SMembers(list).Value()
	if err != nil {
		return 0, err
	}
	all := []string{list}
	for _, id := range ids {
		all = append(all, of.Key(id))
	}
	n, err := s.db.Auto(ctx).Unlink(all...).Value()
	return max(n-1, 0), err // the list is one of them
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
	return visit(ctx, &Store{db})
}

// visit signs in twice, comes back, and signs out everywhere.
func visit(ctx context.Context, s *Store) error {
	since := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	ann := Session{User: "ann}:x", Since: since, Idle: 30 * time.Minute, Scopes: []string{"read", "pay"}}
	phone, err := s.Create(ctx, ann)
	if err != nil {
		return err
	}
	if _, err := s.Create(ctx, ann); err != nil {
		return err
	}
	for range 2 {
		session, err := s.Touch(ctx, ann.User, phone, ann.Idle)
		if err != nil {
			return err
		}
		fmt.Println(session.User, session.Since.Format(time.Kitchen), session.Idle, session.Scopes, session.Invited == nil)
	}
	ended, err := s.EndAll(ctx, ann.User)
	if err != nil {
		return err
	}
	fmt.Println(ended, "sessions ended")
	_, err = s.Touch(ctx, ann.User, phone, ann.Idle)
	fmt.Println(err, errors.Is(err, errNoSession))
	return nil
}
