package main

import (
	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx/internal/twice"
)

// luaWork runs scripts with rueidis's own way of running them.
type luaWork struct {
	client  rueidis.Client
	script  *rueidis.Lua
	task    twice.Task
	answers *twice.Answers
}

func luaWorker(t twice.Task, client rueidis.Client) *twice.Worker {
	w := &luaWork{client, rueidis.NewLuaScript(twice.Source), t, t.NewAnswers()}
	do := w.multi
	if t.N == 1 {
		do = w.single
	}
	return &twice.Worker{Do: do, Answers: w.answers}
}

func (w *luaWork) single() error {
	i := w.task.First
	n, err := w.script.Exec(ctx, w.client, twice.Counters[i:i+1], twice.Steps[i:i+1]).AsInt64()
	if err != nil {
		return err
	}
	w.answers.Ints[0] = n
	return nil
}

func (w *luaWork) multi() error {
	calls := make([]rueidis.LuaExec, 0, w.task.N)
	for i := w.task.First; i < w.task.First+w.task.N; i++ {
		calls = append(calls, rueidis.LuaExec{Keys: twice.Counters[i : i+1], Args: twice.Steps[i : i+1]})
	}
	for i, r := range w.script.ExecMulti(ctx, w.client, calls...) {
		n, err := r.AsInt64()
		if err != nil {
			return err
		}
		w.answers.Ints[i] = n
	}
	return nil
}
