package parity

import (
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

type message = rueidis.RedisMessage

const streamEntryID = "1700000000000-0"

func integer(n int64) string { return ":" + strconv.FormatInt(n, 10) + "\r\n" }

// streamsOf is one stream with n entries.
func streamsOf(n int) reply[[]rueidistx.Stream] {
	return reply[[]rueidistx.Stream]{array(array(bulk(key), entries(n).resp2)), "%1\r\n" + bulk(key) + entries(n).resp3, streamsByHand}
}

var noStreams = reply[[]rueidistx.Stream]{"*-1\r\n", "_\r\n", streamsByHand}

// deliveredOf is one stream with n entries that were pending, and one that is new.
func deliveredOf(n int) reply[[]rueidistx.DeliveredStream] {
	fields := array(bulk("a"), bulk("1"), bulk("b"), bulk("2"))
	list := repeated(array(bulk(streamEntryID), fields, integer(1234), integer(5)), n)
	list = append(list, array(bulk(streamEntryID), fields))
	return reply[[]rueidistx.DeliveredStream]{array(array(bulk(key), array(list...))), "%1\r\n" + bulk(key) + array(list...), deliveredByHand}
}

func changes(n int) reply[[]rueidistx.EntryChange] {
	return alike(array(repeated(":-1\r\n", n)...), func(r result) ([]rueidistx.EntryChange, error) {
		list, err := r.ToArray()
		if err != nil {
			return nil, err
		}
		values := make([]rueidistx.EntryChange, len(list))
		for i := range list {
			n, err := list[i].ToInt64()
			if err != nil {
				return nil, err
			}
			values[i] = rueidistx.EntryChange(n)
		}
		return values, nil
	})
}

func claimed(n int) reply[rueidistx.Claimed[rueidistx.StreamEntry]] {
	r := array(bulk("0-0"), entries(n).resp2, array(bulk("1-1")))
	return alike(r, func(r result) (c rueidistx.Claimed[rueidistx.StreamEntry], err error) {
		return claimedByHand(r, entriesIn)
	})
}

func claimedIDs(n int) reply[rueidistx.Claimed[string]] {
	r := array(bulk("0-0"), texts(n).resp2, array(bulk("1-1")))
	return alike(r, func(r result) (c rueidistx.Claimed[string], err error) {
		return claimedByHand(r, (*message).AsStrSlice)
	})
}

func claimedByHand[T any](r result, decode func(m *message) ([]T, error)) (c rueidistx.Claimed[T], err error) {
	parts, err := r.ToArray()
	if err != nil {
		return c, err
	}
	if c.Next, err = parts[0].ToString(); err != nil {
		return c, err
	}
	if c.Entries, err = decode(&parts[1]); err != nil {
		return c, err
	}
	c.Deleted, err = parts[2].AsStrSlice()
	return c, err
}

func pendingOf(n int) reply[[]rueidistx.PendingEntry] {
	r := array(repeated(array(bulk(streamEntryID), bulk("c"), integer(1234), integer(5)), n)...)
	return alike(r, func(r result) ([]rueidistx.PendingEntry, error) {
		list, err := r.ToArray()
		if err != nil {
			return nil, err
		}
		entries := make([]rueidistx.PendingEntry, len(list))
		for i := range list {
			parts, err := list[i].ToArray()
			if err != nil {
				return nil, err
			}
			e := &entries[i]
			if e.ID, err = parts[0].ToString(); err != nil {
				return nil, err
			}
			if e.Consumer, err = parts[1].ToString(); err != nil {
				return nil, err
			}
			idle, err := parts[2].ToInt64()
			if err != nil {
				return nil, err
			}
			e.Idle = rueidistx.Optional[time.Duration]{Value: time.Duration(idle) * time.Millisecond, OK: true}
			if e.Deliveries, err = parts[3].ToInt64(); err != nil {
				return nil, err
			}
		}
		return entries, nil
	})
}

func summary(n int) reply[rueidistx.PendingSummary] {
	r := array(integer(42), bulk("1-1"), bulk("9-9"), array(repeated(array(bulk("c"), bulk("14")), n)...))
	return alike(r, summaryByHand)
}

var noSummary = reply[rueidistx.PendingSummary]{
	array(integer(0), "$-1\r\n", "$-1\r\n", "*-1\r\n"), array(integer(0), "_\r\n", "_\r\n", "_\r\n"), summaryByHand,
}

func summaryByHand(r result) (s rueidistx.PendingSummary, err error) {
	parts, err := r.ToArray()
	if err != nil {
		return s, err
	}
	if s.Count, err = parts[0].ToInt64(); err != nil || s.Count == 0 {
		return s, err
	}
	if s.First, err = parts[1].ToString(); err != nil {
		return s, err
	}
	if s.Last, err = parts[2].ToString(); err != nil {
		return s, err
	}
	list, err := parts[3].ToArray()
	if err != nil {
		return s, err
	}
	s.Consumers = make([]rueidistx.ConsumerPending, len(list))
	for i := range list {
		pair, err := list[i].ToArray()
		if err != nil {
			return s, err
		}
		if s.Consumers[i].Name, err = pair[0].ToString(); err != nil {
			return s, err
		}
		if s.Consumers[i].Count, err = pair[1].AsInt64(); err != nil {
			return s, err
		}
	}
	return s, nil
}

func streamsByHand(r result) ([]rueidistx.Stream, error) {
	return eachStream(r, func(key string, m *message) (rueidistx.Stream, error) {
		list, err := entriesIn(m)
		return rueidistx.Stream{Key: key, Entries: list}, err
	})
}

// eachStream need not sort the streams, as there is one.
func eachStream[S any](r result, decode func(key string, m *message) (S, error)) ([]S, error) {
	m, err := r.ToMessage()
	if err != nil {
		return nil, err
	}
	if m.IsMap() {
		values, err := m.AsMap()
		if err != nil {
			return nil, err
		}
		streams := make([]S, 0, len(values))
		for key, m := range values {
			s, err := decode(key, &m)
			if err != nil {
				return nil, err
			}
			streams = append(streams, s)
		}
		return streams, nil
	}
	list, err := m.ToArray()
	if err != nil {
		return nil, err
	}
	streams := make([]S, len(list))
	for i := range list {
		pair, err := list[i].ToArray()
		if err != nil {
			return nil, err
		}
		key, err := pair[0].ToString()
		if err != nil {
			return nil, err
		}
		if streams[i], err = decode(key, &pair[1]); err != nil {
			return nil, err
		}
	}
	return streams, nil
}

func deliveredByHand(r result) ([]rueidistx.DeliveredStream, error) {
	return eachStream(r, func(key string, m *message) (s rueidistx.DeliveredStream, err error) {
		list, err := m.ToArray()
		if err != nil {
			return s, err
		}
		s.Key, s.Entries = key, make([]rueidistx.DeliveredEntry, len(list))
		for i := range list {
			parts, err := list[i].ToArray()
			if err != nil {
				return s, err
			}
			e := &s.Entries[i]
			if e.StreamEntry, err = entryIn(parts); err != nil {
				return s, err
			}
			if len(parts) < 4 {
				continue
			}
			idle, err := parts[2].ToInt64()
			if err != nil {
				return s, err
			}
			e.Idle = time.Duration(idle) * time.Millisecond
			if e.Deliveries, err = parts[3].ToInt64(); err != nil {
				return s, err
			}
		}
		return s, nil
	})
}

func inMillis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
