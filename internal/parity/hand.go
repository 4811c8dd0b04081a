package parity

import "github.com/redis/rueidis"

// hand is how to do it with rueidis alone: the slice has its size from the start, every reply is decoded and checked.
type hand struct {
	client   rueidis.Client
	kind     Kind
	keys     []string
	values   []string
	counters []string
	steps    []string
	first    int
	answers  *Answers
}

// Hand returns a worker that does t with rueidis alone.
func (t Task) Hand(client rueidis.Client) *Worker {
	end := t.First + t.N
	h := &hand{client, t.Kind, Keys[t.First:end], Values[t.First:end], Counters[t.First:end], Steps[t.First:end], t.First, t.NewAnswers()}
	var do func() error
	switch t.Shape {
	case Auto:
		do = h.single
	case Batch:
		do = h.batch
	case Tx:
		do = h.transaction
	case Script:
		do = h.scripts
		if t.N == 1 {
			do = h.script
		}
	}
	return &Worker{do, h.answers}
}

func (h *hand) single() error {
	switch h.kind {
	case Get:
		s, err := h.client.Do(ctx, h.client.B().Get().Key(h.keys[0]).Build()).ToString()
		if err != nil {
			return err
		}
		h.answers.Strings[0] = s
	case Set:
		return h.client.Do(ctx, h.client.B().Set().Key(h.keys[0]).Value(h.values[0]).Build()).Error()
	default:
		n, err := h.client.Do(ctx, h.client.B().Incrby().Key(h.counters[0]).Increment(Increment(h.first)).Build()).AsInt64()
		if err != nil {
			return err
		}
		h.answers.Ints[0] = n
	}
	return nil
}

func (h *hand) batch() error {
	commands := h.build(make(rueidis.Commands, 0, len(h.keys)))
	return h.results(h.client.DoMulti(ctx, commands...))
}

func (h *hand) transaction() error {
	n := len(h.keys)
	commands := make(rueidis.Commands, 0, n+2)
	commands = append(commands, h.client.B().Multi().Build())
	commands = h.build(commands)
	commands = append(commands, h.client.B().Exec().Build())
	replies, err := h.client.DoMulti(ctx, commands...)[n+1].ToArray()
	if err != nil {
		return err
	}
	return h.replies(replies)
}

func (h *hand) build(commands rueidis.Commands) rueidis.Commands {
	switch h.kind {
	case Set:
		for i, key := range h.keys {
			commands = append(commands, h.client.B().Set().Key(key).Value(h.values[i]).Build())
		}
	case Get:
		for _, key := range h.keys {
			commands = append(commands, h.client.B().Get().Key(key).Build())
		}
	case IncrBy:
		for i, key := range h.counters {
			commands = append(commands, h.client.B().Incrby().Key(key).Increment(Increment(h.first+i)).Build())
		}
	case Mix:
		for i, key := range h.keys {
			switch i % 3 {
			case 0:
				commands = append(commands, h.client.B().Set().Key(key).Value(h.values[i]).Build())
			case 1:
				commands = append(commands, h.client.B().Get().Key(h.keys[i-1]).Build())
			case 2:
				commands = append(commands, h.client.B().Incrby().Key(h.counters[i]).Increment(Increment(h.first+i)).Build())
			}
		}
	}
	return commands
}

func (h *hand) results(results []rueidis.RedisResult) error {
	switch h.kind {
	case Set:
		for _, r := range results {
			if err := r.Error(); err != nil {
				return err
			}
		}
	case Get:
		for i, r := range results {
			s, err := r.ToString()
			if err != nil {
				return err
			}
			h.answers.Strings[i] = s
		}
	case IncrBy:
		for i, r := range results {
			n, err := r.AsInt64()
			if err != nil {
				return err
			}
			h.answers.Ints[i] = n
		}
	case Mix:
		for i, r := range results {
			var err error
			switch i % 3 {
			case 0:
				err = r.Error()
			case 1:
				h.answers.Strings[i], err = r.ToString()
			case 2:
				h.answers.Ints[i], err = r.AsInt64()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *hand) replies(replies []rueidis.RedisMessage) error {
	switch h.kind {
	case Set:
		for i := range replies {
			if err := replies[i].Error(); err != nil {
				return err
			}
		}
	case Get:
		for i := range replies {
			s, err := replies[i].ToString()
			if err != nil {
				return err
			}
			h.answers.Strings[i] = s
		}
	case IncrBy:
		for i := range replies {
			n, err := replies[i].AsInt64()
			if err != nil {
				return err
			}
			h.answers.Ints[i] = n
		}
	case Mix:
		for i := range replies {
			var err error
			switch i % 3 {
			case 0:
				err = replies[i].Error()
			case 1:
				h.answers.Strings[i], err = replies[i].ToString()
			case 2:
				h.answers.Ints[i], err = replies[i].AsInt64()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *hand) script() error {
	n, err := h.client.Do(ctx, h.call(0)).AsInt64()
	if err != nil {
		return err
	}
	h.answers.Ints[0] = n
	return nil
}

func (h *hand) scripts() error {
	commands := make(rueidis.Commands, 0, len(h.counters))
	for i := range h.counters {
		commands = append(commands, h.call(i))
	}
	for i, r := range h.client.DoMulti(ctx, commands...) {
		n, err := r.AsInt64()
		if err != nil {
			return err
		}
		h.answers.Ints[i] = n
	}
	return nil
}

// call relies on the server to know the script.
func (h *hand) call(i int) rueidis.Completed {
	return h.client.B().Evalsha().Sha1(Digest).Numkeys(1).Key(h.counters[i]).Arg(h.steps[i]).Build()
}
