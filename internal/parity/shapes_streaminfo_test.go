package parity

import (
	"slices"
	"time"

	"github.com/rueidistx/rueidistx"
)

// info is a map of words and replies in turn.
func info(parts ...string) (resp2, resp3 string) {
	for i := 0; i < len(parts); i += 2 {
		parts[i] = bulk(parts[i])
	}
	resp2 = array(parts...)
	return resp2, as3("%", len(parts)/2, resp2)
}

func streamStats(more ...string) []string {
	return slices.Concat([]string{
		"length", integer(2), "radix-tree-keys", integer(1), "radix-tree-nodes", integer(3), "last-generated-id", bulk("9-9"),
		"max-deleted-entry-id", bulk("0-0"), "entries-added", integer(20), "recorded-first-entry-id", bulk("1-1"),
		"idmp-duration", integer(100), "idmp-maxsize", integer(50), "pids-tracked", integer(2), "iids-tracked", integer(3),
		"iids-added", integer(4), "iids-duplicates", integer(5), "of a newer server", bulk("x"),
	}, more)
}

var (
	streamInfo   = inBoth(streamInfoText, streamInfoByHand)
	streamDetail = inBoth(streamDetailText, streamDetailByHand)
	groupInfo    = inBoth(groupInfoText, groupInfoByHand)
	consumerInfo = inBoth(consumerInfoText, consumerInfoByHand)
)

func inBoth[H any](text func(mapOf func(parts ...string) string) string, decode func(r result) (H, error)) reply[H] {
	return reply[H]{
		text(func(parts ...string) string { r, _ := info(parts...); return r }),
		text(func(parts ...string) string { _, r := info(parts...); return r }),
		decode,
	}
}

var entryText = array(bulk("1-1"), array(bulk("a"), bulk("1")))

func streamInfoText(mapOf func(parts ...string) string) string {
	return mapOf(streamStats("groups", integer(1), "first-entry", entryText, "last-entry", entryText)...)
}

func streamDetailText(mapOf func(parts ...string) string) string {
	consumer := mapOf("name", bulk("c"), "seen-time", integer(1638125133422), "active-time", integer(1638125133432), "pel-count", integer(1),
		"pending", array(array(bulk("1-1"), integer(1638125153423), integer(7))))
	group := mapOf("name", bulk("g"), "last-delivered-id", bulk("9-9"), "entries-read", integer(3), "lag", integer(0), "pel-count", integer(1),
		"pending", array(array(bulk("1-1"), bulk("c"), integer(1638125153423), integer(7))), "consumers", array(consumer))
	return mapOf(streamStats("entries", array(entryText), "groups", array(group))...)
}

func groupInfoText(mapOf func(parts ...string) string) string {
	return array(
		mapOf("name", bulk("g"), "consumers", integer(1), "pending", integer(2), "last-delivered-id", bulk("9-9"), "entries-read", integer(3), "lag", integer(0)),
		mapOf("name", bulk("h"), "consumers", integer(1), "pending", integer(2), "last-delivered-id", bulk("9-9"), "entries-read", "$-1\r\n", "lag", "$-1\r\n"),
	)
}

func consumerInfoText(mapOf func(parts ...string) string) string {
	return array(
		mapOf("name", bulk("c"), "pending", integer(1), "idle", integer(1234), "inactive", integer(5678)),
		mapOf("name", bulk("d"), "pending", integer(0), "idle", integer(7), "inactive", integer(-1)),
	)
}

// fields are a map with the first error that its values gave.
type fields struct {
	values map[string]message
	err    error
}

func fieldsIn(m *message) *fields {
	values, err := m.AsMap()
	return &fields{values, err}
}

func field[T any](f *fields, name string, decode func(m *message) (T, error)) (v T) {
	if m := f.values[name]; f.err == nil {
		v, f.err = decode(&m)
	}
	return v
}

func (f *fields) number(name string) int64 { return field(f, name, (*message).ToInt64) }
func (f *fields) text(name string) string  { return field(f, name, (*message).ToString) }
func (f *fields) millis(name string) time.Duration {
	return time.Duration(f.number(name)) * time.Millisecond
}

func (f *fields) optional(name string) (o rueidistx.Optional[int64]) {
	if m := f.values[name]; !m.IsNil() {
		o = rueidistx.Optional[int64]{Value: f.number(name), OK: true}
	}
	return o
}

func listIn[T any](m *message, decode func(m *message) (T, error)) ([]T, error) {
	list, err := m.ToArray()
	if err != nil {
		return nil, err
	}
	values := make([]T, len(list))
	for i := range list {
		if values[i], err = decode(&list[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (f *fields) stats() rueidistx.StreamStats {
	return rueidistx.StreamStats{
		Length: f.number("length"), RadixTreeKeys: f.number("radix-tree-keys"), RadixTreeNodes: f.number("radix-tree-nodes"),
		LastID: f.text("last-generated-id"), MaxDeletedID: f.text("max-deleted-entry-id"), RecordedFirstID: f.text("recorded-first-entry-id"),
		EntriesAdded: f.optional("entries-added"),
		Idempotence: rueidistx.Optional[rueidistx.StreamIdempotence]{OK: true, Value: rueidistx.StreamIdempotence{
			Duration: time.Duration(f.number("idmp-duration")) * time.Second, MaxSize: f.number("idmp-maxsize"), Producers: f.number("pids-tracked"),
			IDs: f.number("iids-tracked"), Added: f.number("iids-added"), Duplicates: f.number("iids-duplicates"),
		}},
	}
}

func oneEntry(m *message) (rueidistx.Optional[rueidistx.StreamEntry], error) {
	parts, err := m.ToArray()
	if err != nil {
		return rueidistx.Optional[rueidistx.StreamEntry]{}, err
	}
	e, err := entryIn(parts)
	return rueidistx.Optional[rueidistx.StreamEntry]{Value: e, OK: true}, err
}

func streamInfoByHand(r result) (s rueidistx.StreamInfo, err error) {
	m, err := r.ToMessage()
	if err != nil {
		return s, err
	}
	f := fieldsIn(&m)
	s.StreamStats, s.Groups = f.stats(), f.number("groups")
	s.First, s.Last = field(f, "first-entry", oneEntry), field(f, "last-entry", oneEntry)
	return s, f.err
}

func streamDetailByHand(r result) (s rueidistx.StreamDetail, err error) {
	m, err := r.ToMessage()
	if err != nil {
		return s, err
	}
	f := fieldsIn(&m)
	s.StreamStats, s.Entries = f.stats(), field(f, "entries", entriesIn)
	s.Groups = field(f, "groups", func(m *message) ([]rueidistx.GroupDetail, error) { return listIn(m, groupDetailIn) })
	return s, f.err
}

func groupDetailIn(m *message) (rueidistx.GroupDetail, error) {
	f := fieldsIn(m)
	g := rueidistx.GroupDetail{
		Name: f.text("name"), LastDeliveredID: f.text("last-delivered-id"), EntriesRead: f.optional("entries-read"), Lag: f.optional("lag"),
		PendingCount: f.number("pel-count"),
	}
	g.Pending = field(f, "pending", deliveriesIn)
	g.Consumers = field(f, "consumers", func(m *message) ([]rueidistx.ConsumerDetail, error) { return listIn(m, consumerDetailIn) })
	return g, f.err
}

func consumerDetailIn(m *message) (rueidistx.ConsumerDetail, error) {
	f := fieldsIn(m)
	c := rueidistx.ConsumerDetail{Name: f.text("name"), Seen: time.UnixMilli(f.number("seen-time")), PendingCount: f.number("pel-count")}
	c.Active = rueidistx.Optional[time.Time]{Value: time.UnixMilli(f.number("active-time")), OK: true}
	c.Pending = field(f, "pending", deliveriesIn)
	for i := range c.Pending {
		c.Pending[i].Consumer = c.Name
	}
	return c, f.err
}

func deliveriesIn(m *message) ([]rueidistx.PendingDelivery, error) {
	return listIn(m, func(m *message) (d rueidistx.PendingDelivery, err error) {
		parts, err := m.ToArray()
		if err != nil {
			return d, err
		}
		if d.ID, err = parts[0].ToString(); err != nil {
			return d, err
		}
		if len(parts) == 4 {
			if d.Consumer, err = parts[1].ToString(); err != nil {
				return d, err
			}
			parts = parts[1:]
		}
		at, err := parts[1].ToInt64()
		if err != nil {
			return d, err
		}
		d.Delivered = time.UnixMilli(at)
		d.Deliveries, err = parts[2].ToInt64()
		return d, err
	})
}

func groupInfoByHand(r result) ([]rueidistx.GroupInfo, error) {
	m, err := r.ToMessage()
	if err != nil {
		return nil, err
	}
	return listIn(&m, func(m *message) (rueidistx.GroupInfo, error) {
		f := fieldsIn(m)
		return rueidistx.GroupInfo{
			Name: f.text("name"), Consumers: f.number("consumers"), Pending: f.number("pending"), LastDeliveredID: f.text("last-delivered-id"),
			EntriesRead: f.optional("entries-read"), Lag: f.optional("lag"),
		}, f.err
	})
}

func consumerInfoByHand(r result) ([]rueidistx.ConsumerInfo, error) {
	m, err := r.ToMessage()
	if err != nil {
		return nil, err
	}
	return listIn(&m, func(m *message) (rueidistx.ConsumerInfo, error) {
		f := fieldsIn(m)
		c := rueidistx.ConsumerInfo{Name: f.text("name"), Pending: f.number("pending"), Idle: f.millis("idle")}
		if n := f.number("inactive"); n >= 0 {
			c.Inactive = rueidistx.Optional[time.Duration]{Value: time.Duration(n) * time.Millisecond, OK: true}
		}
		return c, f.err
	})
}
