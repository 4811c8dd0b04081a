package main

import (
	"context"
	"time"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// calls are the commands as go-redis has them. rueidiscompat copies it in everything but the package of the types.
type calls[S, G answer[string], I answer[int64], C interface{ Int64() (int64, error) }] interface {
	Set(ctx context.Context, key string, value any, expiration time.Duration) S
	Get(ctx context.Context, key string) G
	IncrBy(ctx context.Context, key string, value int64) I
	EvalSha(ctx context.Context, sha1 string, keys []string, args ...any) C
}

type answer[T any] interface{ Result() (T, error) }

// peer does tasks with a client of that interface, whose pipelines are P: it keeps what the calls return, in memory that
// is there from the start, and decodes and checks all of it.
type peer[P calls[S, G, I, C], S, G answer[string], I answer[int64], C interface{ Int64() (int64, error) }] struct {
	now   calls[S, G, I, C] // runs each command at once
	batch func() P
	tx    func() P
	flush func(P) error
}

type peerWork[P calls[S, G, I, C], S, G answer[string], I answer[int64], C interface{ Int64() (int64, error) }] struct {
	peer[P, S, G, I, C]
	task    parity.Task
	strings []S
	gets    []G
	ints    []I
	scripts []C
	answers *parity.Answers
}

func (p peer[P, S, G, I, C]) worker(t parity.Task) *parity.Worker {
	w := &peerWork[P, S, G, I, C]{
		p, t, make([]S, t.N), make([]G, t.N), make([]I, t.N), make([]C, t.N), t.NewAnswers(),
	}
	do := w.piped
	if t.Shape == parity.Auto || t.Shape == parity.Script && t.N == 1 {
		do = w.alone
	}
	return &parity.Worker{Do: do, Answers: w.answers}
}

func (w *peerWork[P, S, G, I, C]) alone() error {
	w.queue(w.now)
	return w.read()
}

func (w *peerWork[P, S, G, I, C]) piped() error {
	begin := w.batch
	if w.task.Shape == parity.Tx {
		begin = w.tx
	}
	pipe := begin()
	w.queue(pipe)
	if err := w.flush(pipe); err != nil {
		return err
	}
	return w.read()
}

func (w *peerWork[P, S, G, I, C]) queue(c calls[S, G, I, C]) {
	first, end := w.task.First, w.task.First+w.task.N
	keys, values, counters := parity.Keys[first:end], parity.Values[first:end], parity.Counters[first:end]
	if w.task.Shape == parity.Script {
		for i := range counters {
			w.scripts[i] = c.EvalSha(ctx, parity.Digest, counters[i:i+1], parity.Steps[first+i])
		}
		return
	}
	switch w.task.Kind {
	case parity.Set:
		for i, key := range keys {
			w.strings[i] = c.Set(ctx, key, values[i], 0)
		}
	case parity.Get:
		for i, key := range keys {
			w.gets[i] = c.Get(ctx, key)
		}
	case parity.IncrBy:
		for i, key := range counters {
			w.ints[i] = c.IncrBy(ctx, key, parity.Increment(first+i))
		}
	case parity.Mix:
		for i, key := range keys {
			switch i % 3 {
			case 0:
				w.strings[i] = c.Set(ctx, key, values[i], 0)
			case 1:
				w.gets[i] = c.Get(ctx, keys[i-1])
			case 2:
				w.ints[i] = c.IncrBy(ctx, counters[i], parity.Increment(first+i))
			}
		}
	}
}

func (w *peerWork[P, S, G, I, C]) read() error {
	for i := range w.task.N {
		var err error
		switch {
		case w.task.Shape == parity.Script:
			w.answers.Ints[i], err = w.scripts[i].Int64()
		case w.task.Kind == parity.Set || w.task.Kind == parity.Mix && i%3 == 0:
			_, err = w.strings[i].Result()
		case w.task.Kind == parity.Get || w.task.Kind == parity.Mix && i%3 == 1:
			w.answers.Strings[i], err = w.gets[i].Result()
		default:
			w.answers.Ints[i], err = w.ints[i].Result()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
