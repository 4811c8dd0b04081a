package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomodule/redigo/redis"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// openRedigo makes a pool that keeps its connections. redigo has neither RESP3 nor clusters.
func openRedigo(f *field, at place, names []string) error {
	if !slices.Contains(names, redigoName) {
		return nil
	}
	pool := &redis.Pool{
		Dial:      func() (redis.Conn, error) { return redis.Dial("tcp", at.addrs[0]) },
		MaxIdle:   at.pool,
		MaxActive: at.pool,
		Wait:      true,
	}
	f.closers = append(f.closers, pool.Close)
	f.add(names, redigoName, without(func(t parity.Task) *parity.Worker {
		w := &redigoWork{pool, redis.NewScript(1, parity.Source), t, t.NewAnswers()}
		return &parity.Worker{Do: w.do, Answers: w.answers}
	}))
	return nil
}

type redigoWork struct {
	pool    *redis.Pool
	script  *redis.Script
	task    parity.Task
	answers *parity.Answers
}

func (w *redigoWork) do() error {
	conn := w.pool.Get()
	err := w.run(conn)
	return errors.Join(err, conn.Close())
}

func (w *redigoWork) run(conn redis.Conn) error {
	if w.task.Shape == parity.Tx {
		if err := conn.Send("MULTI"); err != nil {
			return err
		}
	}
	for i := range w.task.N {
		if err := w.send(conn, i); err != nil {
			return err
		}
	}
	if w.task.Shape == parity.Tx {
		replies, err := redis.Values(conn.Do("EXEC"))
		if err == nil && len(replies) != w.task.N {
			err = fmt.Errorf("EXEC answered %d commands of %d", len(replies), w.task.N)
		}
		for i := 0; err == nil && i < len(replies); i++ {
			err = w.read(i, replies[i], nil)
		}
		return err
	}
	if err := conn.Flush(); err != nil {
		return err
	}
	for i := range w.task.N {
		reply, err := conn.Receive()
		if err := w.read(i, reply, err); err != nil {
			return err
		}
	}
	return nil
}

func (w *redigoWork) send(conn redis.Conn, i int) error {
	at := w.task.First + i
	switch {
	case w.task.Shape == parity.Script:
		return w.script.SendHash(conn, parity.Counters[at], parity.Steps[at])
	case w.task.Kind == parity.Set || w.task.Kind == parity.Mix && i%3 == 0:
		return conn.Send("SET", parity.Keys[at], parity.Values[at])
	case w.task.Kind == parity.Get:
		return conn.Send("GET", parity.Keys[at])
	case w.task.Kind == parity.Mix && i%3 == 1:
		return conn.Send("GET", parity.Keys[at-1])
	default:
		return conn.Send("INCRBY", parity.Counters[at], parity.Increment(at))
	}
}

func (w *redigoWork) read(i int, reply any, err error) error {
	switch {
	case w.task.Shape == parity.Script || w.task.Kind == parity.IncrBy || w.task.Kind == parity.Mix && i%3 == 2:
		w.answers.Ints[i], err = redis.Int64(reply, err)
	case w.task.Kind == parity.Get || w.task.Kind == parity.Mix && i%3 == 1:
		w.answers.Strings[i], err = redis.String(reply, err)
	case err == nil && reply != "OK":
		err = fmt.Errorf("SET answered %v", reply)
	}
	return err
}
