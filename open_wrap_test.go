package rueidistx_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/outcometest"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// seen is what went through wrappers: the first word of each command.
type seen struct {
	sync.Mutex
	words []string
}

func (s *seen) add(by string, commands ...rueidis.Completed) {
	s.Lock()
	defer s.Unlock()
	for _, c := range commands {
		s.words = append(s.words, by+c.Commands()[0])
	}
}

func (s *seen) take() []string {
	s.Lock()
	defer s.Unlock()
	words := s.words
	s.words = nil
	return words
}

// around returns a function for Wrap that notes what passes, connections of the client's own included.
func (s *seen) around(by string) func(rueidis.Client) rueidis.Client {
	return func(client rueidis.Client) rueidis.Client {
		return &wrapper{
			Client: client,
			do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
				s.add(by, c)
				return client.Do(ctx, c)
			},
			doMulti: func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult {
				s.add(by, c...)
				return client.DoMulti(ctx, c...)
			},
			dedicate: func() (rueidis.DedicatedClient, func()) {
				dedicated, cancel := client.Dedicate()
				return &seenDedicated{dedicated, s, by}, cancel
			},
		}
	}
}

type seenDedicated struct {
	rueidis.DedicatedClient
	seen *seen
	by   string
}

func (w *seenDedicated) DoMulti(ctx context.Context, c ...rueidis.Completed) []rueidis.RedisResult {
	if c[0].Commands()[0] != "PING" { // before it is given back, some time later
		w.seen.add(w.by+"own ", c...)
	}
	return w.DedicatedClient.DoMulti(ctx, c...)
}

func TestWrapSeesAllThatIsSent(t *testing.T) {
	t.Parallel()
	options := map[string]rueidis.ClientOption{"cluster": redistest.SharedCluster(t).Option()}
	for _, w := range outcometest.Modes() {
		options[w.Name] = w.Option(redistest.Shared(t).Addr)
	}
	for name, option := range options {
		for _, dedicated := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dedicated %v", name, dedicated), func(t *testing.T) {
				t.Parallel()
				var s seen
				with := []rueidistx.Option{rueidistx.Wrap(s.around(""))}
				own := ""
				if dedicated {
					with, own = append(with, rueidistx.DedicatedTransactions(2)), "own "
				}
				db := openCluster(t, option, with...)
				outcometest.RequireUsable(t, db)
				for _, w := range ways.OfEachKind {
					s.take()
					futures, err := runFour(redistest.Context(t), w, db, redistest.Key(t, w.Name))
					require.NoError(t, err)
					words := s.take()
					switch {
					case w.Atomic:
						require.Equal(t, []string{own + "MULTI", own + "EXEC"}, []string{words[0], words[len(words)-1]})
						require.Len(t, words, len(futures)+2)
					default:
						require.Len(t, words, len(futures))
					}
				}
				require.NoError(t, db.Client().Do(redistest.Context(t), db.Client().B().Ping().Build()).Error())
				require.Equal(t, []string{"PING"}, s.take(), "the DB's client is the wrapped one")
			})
		}
	}
}

func TestWrapsAreOutermostLast(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	client := s.Client(t)
	for name, open := range map[string]func(options ...rueidistx.Option) *rueidistx.DB{
		"Open": func(options ...rueidistx.Option) *rueidistx.DB { return openCluster(t, s.Option(), options...) },
		"New":  func(options ...rueidistx.Option) *rueidistx.DB { return rueidistx.New(client, options...) },
	} {
		var s seen
		db := open(rueidistx.Wrap(s.around("inner ")), rueidistx.Wrap(s.around("outer ")))
		require.NoError(t, db.Auto(redistest.Context(t)).Ping().Err())
		require.Equal(t, []string{"outer PING", "inner PING"}, s.take(), name)
	}
}

// noClients are functions for Wrap that give no client.
var noClients = map[string]func(rueidis.Client) rueidis.Client{
	"nil function":          nil,
	"nil":                   func(rueidis.Client) rueidis.Client { return nil },
	"nil pointer":           func(rueidis.Client) rueidis.Client { return (*wrapper)(nil) },
	"wrapper around nobody": func(rueidis.Client) rueidis.Client { return &wrapper{} },
	"panic":                 func(rueidis.Client) rueidis.Client { panic("mine") },
	"Goexit":                func(rueidis.Client) rueidis.Client { runtime.Goexit(); return nil },
}

func TestWrapWithoutAClientIsInvalid(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	for name, wrap := range noClients {
		for _, w := range outcometest.Modes() {
			p := faultproxy.Start(t, s.Addr)
			db, err := rueidistx.Open(w.Option(p.Addr()), rueidistx.Wrap(new(seen).around("")), rueidistx.Wrap(wrap))
			outcometest.RequireVerdict(t, err, rueidistx.NotApplied, rueidistx.ErrInvalid)
			require.ErrorContains(t, err, "Wrap")
			require.NotContains(t, err.Error(), "mine")
			require.Nil(t, db)
			redistest.Eventually(t, name+": no connection is left", func() bool { return p.Conns() == 0 })
		}
		db := rueidistx.New(s.Client(t), rueidistx.Wrap(wrap))
		require.ErrorIs(t, db.Auto(redistest.Context(t)).Ping().Err(), rueidistx.ErrInvalid, name)
		require.Nil(t, db.Client())
	}
	for _, client := range []rueidis.Client{nil, (*wrapper)(nil), &wrapper{}} {
		require.ErrorIs(t, rueidistx.New(client).Auto(redistest.Context(t)).Ping().Err(), rueidistx.ErrInvalid)
	}
}

func TestWrapKeepsTheChecksOfOpen(t *testing.T) {
	t.Parallel()
	option := redistest.Shared(t).Option()
	option.ConnLifetime = time.Hour
	wrap := rueidistx.Wrap(new(seen).around(""))
	_, err := rueidistx.Open(option, wrap)
	require.ErrorIs(t, err, rueidistx.ErrInvalid)

	p := through(t, outcometest.ClientModes[0], redistest.Shared(t), wrap).Warm(t)
	unreachable(t, p)
	for _, w := range ways.OfEachKind {
		_, err := runFour(redistest.Context(t), w, p.DB, redistest.Key(t, w.Name))
		require.ErrorIs(t, err, rueidistx.ErrNotApplied, w.Name)
	}
}

// What a wrapper does to results shows, as with New.
func TestWrapThatMixesUpResultsIsUnknown(t *testing.T) {
	t.Parallel()
	none := func(n int) []rueidis.RedisResult { return make([]rueidis.RedisResult, n) }
	for name, change := range map[string]func([]rueidis.RedisResult) []rueidis.RedisResult{
		"missing":  func(r []rueidis.RedisResult) []rueidis.RedisResult { return r[:len(r)-1] },
		"too many": func(r []rueidis.RedisResult) []rueidis.RedisResult { return append(r, r[0]) },
		"none":     func(r []rueidis.RedisResult) []rueidis.RedisResult { return none(len(r)) },
	} {
		for _, option := range []rueidis.ClientOption{redistest.Shared(t).Option(), redistest.SharedCluster(t).Option()} {
			db := openCluster(t, option, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
				return &wrapper{
					Client: client,
					do: func(ctx context.Context, c rueidis.Completed) rueidis.RedisResult {
						_ = client.Do(ctx, c)
						return rueidis.RedisResult{}
					},
					doMulti: func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult {
						return change(client.DoMulti(ctx, c...))
					},
				}
			}))
			key := redistest.Key(t, name)
			b := db.Batch()
			b.Incr(key)
			b.Incr(key)
			for way, err := range map[string]error{"Auto": db.Auto(redistest.Context(t)).Incr(key).Err(), "Batch": b.Exec(redistest.Context(t))} {
				require.ErrorIs(t, err, rueidistx.ErrProtocol, "%s, %s", name, way)
				require.Equal(t, rueidistx.Unknown, rueidistx.OutcomeOf(err), "%s, %s: %v", name, way, err)
			}
		}
	}
}

// A wrapper may look later at the commands that it was given, when others are under way.
func TestWrapMayKeepTheCommands(t *testing.T) {
	t.Parallel()
	for _, option := range []rueidis.ClientOption{redistest.Shared(t).Option(), redistest.SharedCluster(t).Option()} {
		var kept [][]rueidis.Completed
		db := openCluster(t, option, rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
			return &wrapper{Client: client, doMulti: func(ctx context.Context, c []rueidis.Completed) []rueidis.RedisResult {
				kept = append(kept, c)
				return client.DoMulti(ctx, c...)
			}}
		}))
		key := redistest.Key(t, "n")
		for range 20 {
			b, tx := db.Batch(), db.Atomic()
			b.Incr(key)
			b.Incr(key)
			require.NoError(t, b.Exec(redistest.Context(t)))
			tx.Incr(key)
			require.NoError(t, tx.Exec(redistest.Context(t)))
		}
		places := map[*rueidis.Completed]bool{}
		for _, commands := range kept {
			require.False(t, places[&commands[0]], "the memory was used again")
			places[&commands[0]] = true
		}
	}
}

// closes is a wrapper with a Close of its own.
type closes struct {
	rueidis.Client
	how func(rueidis.Client)
}

func (c *closes) Close() { c.how(c.Client) }

func TestCloseGoesThroughWrapAndLeavesNoConnection(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(rueidis.Client){
		"closes":   func(inner rueidis.Client) { inner.Close() },
		"does not": func(rueidis.Client) {},
		"panics":   func(rueidis.Client) { panic("mine") },
	} {
		for _, w := range outcometest.Modes() {
			p, called := faultproxy.Start(t, redistest.Shared(t).Addr), 0
			db, err := rueidistx.Open(w.Option(p.Addr()), rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
				return &closes{client, func(inner rueidis.Client) { called++; how(inner) }}
			}))
			require.NoError(t, err)
			require.NoError(t, db.Auto(redistest.Context(t)).Ping().Err())
			if name == "panics" {
				require.PanicsWithValue(t, "mine", db.Close)
			}
			db.Close()
			db.Close()
			require.Equal(t, 1, called, name)
			redistest.Eventually(t, name+": no connection is left", func() bool { return p.Conns() == 0 })
		}
	}
}
