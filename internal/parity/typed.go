package parity

import "github.com/rueidistx/rueidistx"

// typed is how to do it with rueidistx.
type typed struct {
	db       *rueidistx.DB
	kind     Kind
	keys     []string
	values   []string
	counters []string
	steps    []string
	first    int
	bools    []rueidistx.Future[bool]
	strings  []rueidistx.Future[string]
	ints     []rueidistx.Future[int64]
	answers  *Answers
}

var script = rueidistx.NewScript(Source, rueidistx.AsInt64)

// Typed returns a worker that does t with rueidistx.
func (t Task) Typed(db *rueidistx.DB) *Worker {
	end := t.First + t.N
	w := &typed{
		db, t.Kind, Keys[t.First:end], Values[t.First:end], Counters[t.First:end], Steps[t.First:end], t.First,
		make([]rueidistx.Future[bool], t.N), make([]rueidistx.Future[string], t.N), make([]rueidistx.Future[int64], t.N),
		t.NewAnswers(),
	}
	var do func() error
	switch t.Shape {
	case Auto:
		do = w.single
	case Batch:
		do = w.batch
	case Tx:
		do = w.transaction
	case Script:
		do = w.scripts
		if t.N == 1 {
			do = w.script
		}
	}
	return &Worker{do, w.answers}
}

func (w *typed) single() error {
	w.queue(w.db.Auto(ctx).Commands)
	return w.read()
}

func (w *typed) batch() error {
	b := w.db.Batch()
	w.queue(b.Commands)
	if err := b.Exec(ctx); err != nil {
		return err
	}
	return w.read()
}

func (w *typed) transaction() error {
	err := w.db.Transact(ctx, func(tx *rueidistx.Tx) error {
		w.queue(tx.Commands)
		return nil
	})
	if err != nil {
		return err
	}
	return w.read()
}

func (w *typed) queue(c *rueidistx.Commands) {
	switch w.kind {
	case Set:
		for i, key := range w.keys {
			w.bools[i] = c.Set(key, w.values[i])
		}
	case Get:
		for i, key := range w.keys {
			w.strings[i] = c.Get(key)
		}
	case IncrBy:
		for i, key := range w.counters {
			w.ints[i] = c.IncrBy(key, Increment(w.first+i))
		}
	case Mix:
		for i, key := range w.keys {
			switch i % 3 {
			case 0:
				w.bools[i] = c.Set(key, w.values[i])
			case 1:
				w.strings[i] = c.Get(w.keys[i-1])
			case 2:
				w.ints[i] = c.IncrBy(w.counters[i], Increment(w.first+i))
			}
		}
	}
}

func (w *typed) read() error {
	switch w.kind {
	case Set:
		for i := range w.bools {
			if err := done(w.bools[i]); err != nil {
				return err
			}
		}
	case Get:
		for i := range w.strings {
			s, err := w.strings[i].Value()
			if err != nil {
				return err
			}
			w.answers.Strings[i] = s
		}
	case IncrBy:
		return w.readInts()
	case Mix:
		for i := range w.keys {
			var err error
			switch i % 3 {
			case 0:
				err = done(w.bools[i])
			case 1:
				w.answers.Strings[i], err = w.strings[i].Value()
			case 2:
				w.answers.Ints[i], err = w.ints[i].Value()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *typed) readInts() error {
	for i := range w.ints {
		n, err := w.ints[i].Value()
		if err != nil {
			return err
		}
		w.answers.Ints[i] = n
	}
	return nil
}

func done(f rueidistx.Future[bool]) error {
	ok, err := f.Value()
	if err == nil && !ok {
		err = errNotSet
	}
	return err
}

func (w *typed) script() error {
	n, err := script.Run(ctx, w.db, w.counters[:1], w.steps[0])
	if err != nil {
		return err
	}
	w.answers.Ints[0] = n
	return nil
}

func (w *typed) scripts() error {
	b := w.db.Batch()
	for i := range w.counters {
		w.ints[i] = script.Queue(b, w.counters[i:i+1], w.steps[i])
	}
	if err := b.Exec(ctx); err != nil {
		return err
	}
	return w.readInts()
}
