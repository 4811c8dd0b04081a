package rueidistx

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Stream is entries that XREAD or XREADGROUP returns of the stream at a key.
type Stream struct {
	Key     string
	Entries []StreamEntry
}

// DeliveredStream is entries that XREADGROUP with CLAIM returns of the stream at a key.
type DeliveredStream struct {
	Key     string
	Entries []DeliveredEntry
}

// DeliveredEntry is an entry that was pending, or is new.
type DeliveredEntry struct {
	StreamEntry
	Idle       time.Duration // since it was delivered the last time; 0 if it is new
	Deliveries int64         // how often it was delivered before; 0 if it is new
}

// PendingEntry is an entry that was delivered and not acknowledged.
type PendingEntry struct {
	ID         string
	Consumer   string                  // "" if it was given back with XNACK
	Idle       Optional[time.Duration] // since it was delivered; missing if it was given back with XNACK
	Deliveries int64
}

// PendingSummary is what is pending in a group. First and Last are "" if nothing is.
type PendingSummary struct {
	Count       int64
	First, Last string
	Consumers   []ConsumerPending // those that have any
}

// ConsumerPending is how many entries are pending for a consumer.
type ConsumerPending struct {
	Name  string
	Count int64
}

// Claimed is what XAUTOCLAIM returns: entries or their IDs.
type Claimed[T any] struct {
	Next    string // the ID to go on from, 0-0 if all were looked at
	Entries []T
	Deleted []string // entries that were pending, but not in the stream any longer, and now are not pending; since Redis 7.0
}

// Done reports whether all pending entries were looked at.
func (c Claimed[T]) Done() bool { return c.Next == "0-0" }

// EntryChange is what became of an entry that was to be deleted.
type EntryChange int8

const (
	EntryMissing EntryChange = -1 // there is none
	EntryDeleted EntryChange = 1
	EntryKept    EntryChange = 2 // it is not deleted, as groups still have to read or acknowledge it
)

// String returns what became of the entry.
func (c EntryChange) String() string {
	switch c {
	case EntryMissing:
		return "missing"
	case EntryDeleted:
		return "deleted"
	case EntryKept:
		return "kept"
	}
	return "?"
}

func asEntryChanges(m rueidis.RedisMessage) ([]EntryChange, error) {
	return elements(m, func(m rueidis.RedisMessage) (EntryChange, error) {
		switch n, err := AsInt64(m); {
		case err != nil:
			return 0, err
		case n == int64(EntryMissing), n == int64(EntryDeleted), n == int64(EntryKept):
			return EntryChange(n), nil
		}
		return 0, mismatch("what becomes of an entry")
	})
}

func asStreams(m rueidis.RedisMessage) ([]Stream, error) {
	streams, err := streamsOf(&m, AsStreamEntry, func(key string, entries []StreamEntry) Stream { return Stream{key, entries} })
	slices.SortStableFunc(streams, func(a, b Stream) int { return strings.Compare(a.Key, b.Key) })
	return streams, err
}

func asDeliveredStreams(m rueidis.RedisMessage) ([]DeliveredStream, error) {
	streams, err := streamsOf(&m, asDeliveredEntry, func(key string, entries []DeliveredEntry) DeliveredStream {
		return DeliveredStream{key, entries}
	})
	slices.SortStableFunc(streams, func(a, b DeliveredStream) int { return strings.Compare(a.Key, b.Key) })
	return streams, err
}

// streamsOf decodes streams and sorts them by key. rueidis does not expose the order of a RESP3 map, and inOrder, which
// finds it out, would copy all entries.
func streamsOf[S, T any](m *rueidis.RedisMessage, entry Decoder[T], stream func(key string, entries []T) S) ([]S, error) {
	if values, ok := mapOf(m); ok {
		streams := make([]S, 0, len(values))
		for key, value := range values {
			entries, err := entriesIn(value, entry)
			if err != nil {
				return nil, inValue(err)
			}
			streams = append(streams, stream(key, entries))
		}
		return streams, nil
	}
	return ofPairs(*m, func(first, second *rueidis.RedisMessage) (s S, err error) {
		key, err := decodeElement(*first, AsString)
		if err != nil {
			return s, err
		}
		entries, err := entriesIn(*second, entry)
		if err != nil {
			return s, err
		}
		return stream(key, entries), nil
	})
}

// entriesIn is elements for a part of a reply, which may not be nil.
func entriesIn[T any](m rueidis.RedisMessage, entry Decoder[T]) ([]T, error) {
	if err := m.Error(); err != nil && err != ErrNil {
		return nil, fail(ErrDecode, err)
	}
	entries, err := elements(m, entry)
	if err == ErrNil {
		err = fail(ErrDecode, errors.New("it is nil"))
	}
	return entries, err
}

// asDeliveredEntry decodes an entry with the time since its delivery and the number of deliveries, which new ones may lack.
func asDeliveredEntry(m rueidis.RedisMessage) (e DeliveredEntry, err error) {
	parts, err := arrayOf(&m)
	if err == ErrNil {
		return e, err
	}
	if err != nil || len(parts) != 2 && len(parts) != 4 {
		return e, mismatch("a stream entry that was delivered")
	}
	if e.StreamEntry, err = entryOf(parts[:2]); err != nil || len(parts) == 2 {
		return e, err
	}
	if e.Idle, err = decodeElement(parts[2], asMilliseconds); err == nil {
		e.Deliveries, err = decodeElement(parts[3], AsInt64)
	}
	return e, err
}

// asClaimedEntries decodes entries. Before Redis 7.0, one that was deleted is nil.
func asClaimedEntries(m rueidis.RedisMessage) ([]StreamEntry, error) {
	list, err := arrayOf(&m)
	if err != nil {
		return nil, err
	}
	entries := make([]StreamEntry, 0, len(list))
	for i := range list {
		if list[i].IsNil() {
			continue
		}
		e, err := decodeElement(list[i], AsStreamEntry)
		if err != nil {
			return nil, inElement(i, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func asClaimed(m rueidis.RedisMessage) (Claimed[StreamEntry], error) {
	return claimedOf(m, asClaimedEntries)
}

func asClaimedIDs(m rueidis.RedisMessage) (Claimed[string], error) { return claimedOf(m, AsStrings) }

func claimedOf[T any](m rueidis.RedisMessage, entries Decoder[[]T]) (c Claimed[T], err error) {
	parts, err := arrayOf(&m)
	if err == ErrNil {
		return c, err
	}
	if err != nil || len(parts) < 2 {
		return c, mismatch("an ID and entries")
	}
	if c.Next, err = decodeElement(parts[0], AsString); err != nil {
		return Claimed[T]{}, inElement(0, err)
	}
	if c.Entries, err = decodeElement(parts[1], entries); err != nil {
		return Claimed[T]{}, inElement(1, err)
	}
	if len(parts) > 2 {
		if c.Deleted, err = decodeElement(parts[2], AsStrings); err != nil {
			return Claimed[T]{}, inElement(2, err)
		}
	}
	return c, nil
}

func asPendingEntries(m rueidis.RedisMessage) ([]PendingEntry, error) {
	return elements(m, asPendingEntry)
}

func asPendingEntry(m rueidis.RedisMessage) (e PendingEntry, err error) {
	parts, err := partsOf(&m, 4, "a pending entry")
	if err != nil {
		return e, err
	}
	err = decodeInto(&e.ID, parts[0], AsString, nil)
	err = decodeInto(&e.Consumer, parts[1], AsString, err)
	err = decodeInto(&e.Idle, parts[2], asIdle, err)
	if err = decodeInto(&e.Deliveries, parts[3], AsInt64, err); err != nil {
		return PendingEntry{}, err
	}
	return e, nil
}

func asPendingSummary(m rueidis.RedisMessage) (s PendingSummary, err error) {
	parts, err := partsOf(&m, 4, "a summary of pending entries")
	if err != nil {
		return s, err
	}
	if s.Count, err = decodeElement(parts[0], AsInt64); err != nil {
		return PendingSummary{}, inElement(0, err)
	}
	for i, id := range []*string{&s.First, &s.Last} {
		if parts[i+1].IsNil() {
			continue
		}
		if *id, err = decodeElement(parts[i+1], AsString); err != nil {
			return PendingSummary{}, inElement(i+1, err)
		}
	}
	if parts[3].IsNil() {
		return s, nil
	}
	if s.Consumers, err = decodeElement(parts[3], asConsumersPending); err != nil {
		return PendingSummary{}, inElement(3, err)
	}
	return s, nil
}

func asConsumersPending(m rueidis.RedisMessage) ([]ConsumerPending, error) {
	return ofPairs(m, func(name, count *rueidis.RedisMessage) (c ConsumerPending, err error) {
		if c.Name, err = decodeElement(*name, AsString); err == nil {
			c.Count, err = decodeElement(*count, AsInt64)
		}
		return c, err
	})
}

// asIdle decodes a duration in milliseconds, which is negative if there is none.
func asIdle(m rueidis.RedisMessage) (idle Optional[time.Duration], err error) {
	if n, err := AsInt64(m); err == nil && n < 0 {
		return idle, nil
	}
	idle.Value, err = asMilliseconds(m)
	idle.OK = err == nil
	return idle, err
}
