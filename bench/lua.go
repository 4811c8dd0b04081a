package main

import (
	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// luaWork runs scripts with rueidis's own way of running them.
type luaWork struct {
	client  rueidis.Client
	script  *rueidis.Lua
	task    parity.Task
	answers *parity.Answers
}

func luaWorker(t parity.Task, client rueidis.Client) *parity.Worker {
	w := &luaWork{client, rueidis.NewLuaScript(parity.Source), t, t.NewAnswers()}
	do := w.multi
	if t.N == 1 {
		do = w.single
	}
	return &parity.Worker{Do: do, Answers: w.answers}
}

func (w *luaWork) single() error {
	i := w.task.First
	n, err := w.script.Exec(ctx, w.client, parity.Counters[i:i+1], parity.Steps[i:i+1]).AsInt64()
	if err != nil {
		return err
	}
	w.answers.Ints[0] = n
	return nil
}

func (w *luaWork) multi() error {
	calls := make([]rueidis.LuaExec, 0, w.task.N)
	for i := w.task.First; i < w.task.First+w.task.N; i++ {
		calls = append(calls, rueidis.LuaExec{Keys: parity.Counters[i : i+1], Args: parity.Steps[i : i+1]})
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
