package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/examples/internal/exampletest"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// counter is the content of the tests' documents.
type counter struct {
	N int `json:"n"`
}

func increment(c *counter) error {
	c.N++
	return nil
}

// onEach runs a test on a server and on the embedded one.
func onEach(t *testing.T, test func(t *testing.T, s *Store[counter])) {
	exampletest.OnEach(t, func(t *testing.T, db *rueidistx.DB) { test(t, &Store[counter]{db, "counter"}) })
}

func open(t *testing.T, addr string) *Store[counter] {
	return &Store[counter]{exampletest.Open(t, rueidis.ClientOption{InitAddress: []string{addr}}), "counter"}
}

// saved fails the test if a document was not saved.
func saved(t *testing.T, d Document[counter], err error) Document[counter] {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// conflicts fails the test if there was no conflict with a document.
func conflicts(t *testing.T, err error, with Document[counter]) {
	t.Helper()
	var conflict *ConflictError[counter]
	if !errors.As(err, &conflict) || rueidistx.OutcomeOf(err) != rueidistx.NotApplied {
		t.Fatal(err)
	}
	if conflict.Present != with {
		t.Errorf("it is %v, not %v", conflict.Present, with)
	}
}

// TestSave creates, replaces, deletes and recreates a document.
func TestSave(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store[counter]) {
		ctx, id, none := redistest.Context(t), redistest.Key(t, "id"), Document[counter]{}
		d, err := s.Load(ctx, id)
		if saved(t, d, err) != none {
			t.Error(d)
		}
		_, err = s.Save(ctx, id, "of none", counter{})
		conflicts(t, err, none)
		d, err = s.Save(ctx, id, "", counter{1})
		first := saved(t, d, err)
		_, err = s.Save(ctx, id, "", counter{2})
		conflicts(t, err, first)
		d, err = s.Save(ctx, id, first.Version, counter{3})
		second := saved(t, d, err)
		_, err = s.Save(ctx, id, first.Version, counter{4})
		conflicts(t, err, second)
		d, err = s.Load(ctx, id)
		if saved(t, d, err) != second || second.Content.N != 3 {
			t.Error(d, second)
		}

		if err := s.db.Auto(ctx).Del(s.key(id)).Err(); err != nil {
			t.Fatal(err)
		}
		d, err = s.Save(ctx, id, "", counter{1})
		again := saved(t, d, err)
		_, err = s.Save(ctx, id, first.Version, counter{5})
		conflicts(t, err, again)

		// What the key holds is no document.
		if err := s.db.Auto(ctx).Set(s.key(id), "").Err(); err != nil {
			t.Fatal(err)
		}
		if _, err = s.Save(ctx, id, again.Version, counter{6}); !errors.Is(err, rueidistx.ErrCondition) || rueidistx.OutcomeOf(err) != rueidistx.NotApplied {
			t.Error(err)
		}
	})
}

// TestUpdate has many editors change a document at the same time. No change is lost.
func TestUpdate(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store[counter]) {
		ctx, id := redistest.Context(t), redistest.Key(t, "id")
		var working sync.WaitGroup
		for range 16 {
			working.Go(func() {
				for range 10 {
					if _, err := s.Update(ctx, id, increment); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		working.Wait()
		d, err := s.Load(ctx, id)
		if saved(t, d, err).Content.N != 160 {
			t.Error(d)
		}

		errFull := errors.New("full")
		if _, err := s.Update(ctx, id, func(*counter) error { return errFull }); !errors.Is(err, errFull) || rueidistx.OutcomeOf(err) != rueidistx.NotApplied {
			t.Error(err)
		}
	})
}

// TestUpdateGivesUp has somebody else always be faster.
func TestUpdateGivesUp(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store[counter]) {
		ctx, id := redistest.Context(t), redistest.Key(t, "id")
		runs := 0
		_, err := s.Update(ctx, id, func(c *counter) error {
			runs++
			present, err := s.Load(ctx, id)
			if err == nil {
				_, err = s.Save(ctx, id, present.Version, counter{runs})
			}
			return err
		})
		present, err2 := s.Load(ctx, id)
		conflicts(t, err, saved(t, present, err2))
		if runs != attempts {
			t.Error(runs, "runs")
		}

		ended, cancel := context.WithCancel(ctx)
		_, err = s.Update(ended, id, func(*counter) error {
			cancel()
			return nil
		})
		if rueidistx.OutcomeOf(err) != rueidistx.NotApplied {
			t.Error(err)
		}
	})
}

// TestLostReply loses the reply to a Save: it finds out by itself, unless somebody else has saved since.
func TestLostReply(t *testing.T) {
	ctx, id := redistest.Context(t), redistest.Key(t, "id")
	direct, proxy := open(t, redistest.Shared(t).Addr), faultproxy.Start(t, redistest.Shared(t).Addr)
	s := open(t, proxy.Addr())
	d, err := s.Save(ctx, id, "", counter{1}) // from now on the server knows the script
	first := saved(t, d, err)
	isScript := func(argv []string) bool { return strings.HasPrefix(strings.ToUpper(argv[0]), "EVAL") }

	for _, phase := range []faultproxy.Phase{faultproxy.MidCommand, faultproxy.AfterCommand} {
		proxy.Reset()
		proxy.Arm(faultproxy.Fault{If: isScript, Phase: phase, DropReplies: true})
		d, err = s.Save(ctx, id, first.Version, counter{2})
		if found, err := direct.Load(ctx, id); err != nil || found != d {
			t.Error(found, "not", d, err)
		}
		if first = saved(t, d, err); proxy.Fired() != 1 {
			t.Error("no reply was lost")
		}
	}

	proxy.Reset()
	proxy.Arm(faultproxy.Fault{If: isScript, Phase: faultproxy.AfterCommand, Action: faultproxy.Hold})
	saving := make(chan error)
	go func() {
		_, err := s.Save(ctx, id, first.Version, counter{3})
		saving <- err
	}()
	redistest.Eventually(t, "the reply is held", func() bool { return proxy.Held() == 1 })
	d, err = direct.Update(ctx, id, increment) // on top of it
	if saved(t, d, err).Content.N != 4 {
		t.Error(d)
	}
	proxy.CutAll()
	if err := <-saving; rueidistx.OutcomeOf(err) != rueidistx.Unknown {
		t.Error(err)
	}
}
