package main

import (
	"context"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/parity"
)

// bound is what may end the contexts of a workload. With byCancel rueidis switches a connection, for good, to its
// background goroutines, as it could not end a read early otherwise; with byDeadline it sets the socket's deadline.
type bound string

const (
	unbound    bound = ""
	byCancel   bound = "cancel"
	byDeadline bound = "deadline"
)

// never is a deadline that no workload lives to see.
const never = time.Hour

// context returns a context of its own for each worker, as requests have: goroutines that wait for the same one would
// wait for each other.
func (f *field) context(b bound) context.Context {
	var c context.Context
	var cancel context.CancelFunc
	if b == byDeadline {
		c, cancel = context.WithTimeout(ctx, never)
	} else {
		c, cancel = context.WithCancel(ctx)
	}
	f.closing(cancel)
	return c
}

// boundByHand does single GETs and batches of them, which are what there is with other contexts.
func boundByHand(t parity.Task, client rueidis.Client, c context.Context) *parity.Worker {
	keys, answers := parity.Keys[t.First:t.First+t.N], t.NewAnswers()
	if t.Shape == parity.Auto {
		return &parity.Worker{Answers: answers, Do: func() (err error) {
			answers.Strings[0], err = client.Do(c, client.B().Get().Key(keys[0]).Build()).ToString()
			return err
		}}
	}
	return &parity.Worker{Answers: answers, Do: func() (err error) {
		commands := make(rueidis.Commands, 0, len(keys))
		for _, key := range keys {
			commands = append(commands, client.B().Get().Key(key).Build())
		}
		for i, r := range client.DoMulti(c, commands...) {
			if answers.Strings[i], err = r.ToString(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// boundTyped is boundByHand with rueidistx.
func boundTyped(t parity.Task, db *rueidistx.DB, c context.Context) *parity.Worker {
	keys, answers := parity.Keys[t.First:t.First+t.N], t.NewAnswers()
	if t.Shape == parity.Auto {
		return &parity.Worker{Answers: answers, Do: func() (err error) {
			answers.Strings[0], err = db.Auto(c).Get(keys[0]).Value()
			return err
		}}
	}
	futures := make([]rueidistx.Future[string], t.N)
	return &parity.Worker{Answers: answers, Do: func() error {
		b := db.Batch()
		for i, key := range keys {
			futures[i] = b.Get(key)
		}
		err := b.Exec(c)
		for i := 0; err == nil && i < len(futures); i++ {
			answers.Strings[i], err = futures[i].Value()
		}
		return err
	}}
}

// contextWorkloads are single GETs and a small batch under a context that may end. Each workload has clients of its own,
// and there background's never sees such a context, so that its connections stay as they are without.
func contextWorkloads() []workload {
	var all []workload
	for _, c := range []struct {
		bound bound
		title string
	}{
		{byCancel, "a context that can be cancelled"},
		{byDeadline, "a context with a deadline"},
	} {
		clients := []string{typed, coalesced, hand, control, background}
		single := &family{
			name:  "context/" + string(c.bound) + "/auto/GET",
			title: "Single GETs under " + c.title, axis: "goroutines", venue: onServer, clients: clients, bound: c.bound,
		}
		for _, n := range []int{1, 8, 64} {
			all = append(all, workload{family: single, number: n, task: parity.Task{Shape: parity.Auto, Kind: parity.Get, N: 1}, goroutines: parallel(n)})
		}
		batch := &family{
			name:  "context/" + string(c.bound) + "/batch/GET",
			title: "A batch of GETs under " + c.title, axis: "commands", venue: onServer, clients: clients, bound: c.bound,
		}
		all = append(all, workload{family: batch, number: 10, task: parity.Task{Shape: parity.Batch, Kind: parity.Get, N: 10}})
	}
	return all
}
