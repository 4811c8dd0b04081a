package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomodule/redigo/redis"
	"github.com/rueidistx/rueidistx/internal/twice"
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
	f.add(names, redigoName, without(func(t twice.Task) *twice.Worker {
		w := &redigoWork{pool, redis.NewScript(1, twice.Source), t, t.NewAnswers()}
		return &twice.Worker{Do: w.do, Answers: w.answers}
	}))
	return nil
}

type redigoWork struct {
	pool    *redis.Pool
	script  *redis.Script
	task    twice.Task
	answers *twice.Answers
}

func (w *redigoWork) do() error {
	conn := w.pool.Get()
	err := w.run(conn)
	return errors.Join(err, conn.Close())
}

func (w *redigoWork) run(conn redis.Conn) error {
	if w.task.Shape == twice.Tx {
		if err := conn.Send("MULTI"); err != nil {
			return err
		}
	}
	for i := range w.task.N {
		if err := w.send(conn, i); err != nil {
			return err
		}
	}
	if w.task.Shape == twice.Tx {
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
	case w.task.Shape == twice.Script:
		return w.script.SendHash(conn, twice.Counters[at], twice.Steps[at])
	case w.task.Kind == twice.Set || w.task.Kind == twice.Mix && i%3 == 0:
		return conn.Send("SET", twice.Keys[at], twice.Values[at])
	case w.task.Kind == twice.Get:
		return conn.Send("GET", twice.Keys[at])
	case w.task.Kind == twice.Mix && i%3 == 1:
		return conn.Send("GET", twice.Keys[at-1])
	default:
		return conn.Send("INCRBY", twice.Counters[at], twice.Increment(at))
	}
}

func (w *redigoWork) read(i int, reply any, err error) error {
	switch {
	case w.task.Shape == twice.Script || w.task.Kind == twice.IncrBy || w.task.Kind == twice.Mix && i%3 == 2:
		w.answers.Ints[i], err = redis.Int64(reply, err)
	case w.task.Kind == twice.Get || w.task.Kind == twice.Mix && i%3 == 1:
		w.answers.Strings[i], err = redis.String(reply, err)
	case err == nil && reply != "OK":
		err = fmt.Errorf("SET answered %v", reply)
	}
	return err
}
