package rueidistx

import (
	"errors"
	"time"

	"github.com/redis/rueidis"
)

// StreamStats is what XINFO STREAM says of a stream, with and without FULL. What an older server does not say is missing:
// an ID is then "".
type StreamStats struct {
	Length          int64
	RadixTreeKeys   int64
	RadixTreeNodes  int64
	LastID          string                      // the greatest that an entry has ever had
	MaxDeletedID    string                      // of the entries that were deleted; since Redis 7.0
	RecordedFirstID string                      // since Redis 7.0
	EntriesAdded    Optional[int64]             // how many entries were ever added; since Redis 7.0
	Idempotence     Optional[StreamIdempotence] // since Redis 8.6
}

// StreamIdempotence is what a stream remembers of [Idempotent] entries.
type StreamIdempotence struct {
	Duration   time.Duration // how long it remembers an ID
	MaxSize    int64         // how many IDs of each producer
	Producers  int64         // that it remembers now
	IDs        int64         // that it remembers now
	Added      int64         // entries that were ever added with an ID
	Duplicates int64         // entries that were not added because of their ID
}

// StreamInfo describes a stream.
type StreamInfo struct {
	StreamStats
	Groups      int64
	First, Last Optional[StreamEntry] // missing if the stream is empty
}

// StreamDetail describes a stream with its entries and groups, from the first ones on.
type StreamDetail struct {
	StreamStats
	Entries []StreamEntry
	Groups  []GroupDetail
}

// GroupDetail describes a group of a stream, with its consumers.
type GroupDetail struct {
	Name            string
	LastDeliveredID string
	EntriesRead     Optional[int64] // since Redis 7.0, if it is known
	Lag             Optional[int64] // entries that are to be delivered; since Redis 7.0, if it is known
	PendingCount    int64           // of all entries that are pending
	Pending         []PendingDelivery
	Consumers       []ConsumerDetail
}

// ConsumerDetail describes a consumer of a group.
type ConsumerDetail struct {
	Name         string
	Seen         time.Time           // when it last tried to get entries; before Redis 7.2, when it got some
	Active       Optional[time.Time] // when it last got entries, if it ever did; since Redis 7.2
	PendingCount int64               // of all entries that are pending for it
	Pending      []PendingDelivery
}

// PendingDelivery is an entry that was delivered and not acknowledged, as XINFO STREAM FULL has it: with a time, where
// [PendingEntry] has a duration.
type PendingDelivery struct {
	ID         string
	Consumer   string
	Delivered  time.Time // the last time
	Deliveries int64
}

// GroupInfo describes a group of a stream.
type GroupInfo struct {
	Name            string
	Consumers       int64
	Pending         int64
	LastDeliveredID string
	EntriesRead     Optional[int64] // since Redis 7.0, if it is known
	Lag             Optional[int64] // entries that are to be delivered; since Redis 7.0, if it is known
}

// ConsumerInfo describes a consumer of a group.
type ConsumerInfo struct {
	Name     string
	Pending  int64
	Idle     time.Duration           // since it tried to get entries; before Redis 7.2, since it got some
	Inactive Optional[time.Duration] // since it got entries, if it ever did; since Redis 7.2
}

// asDecodeFailure makes an error of a part of a reply one of the whole: a nil that may not be there is not a nil reply.
func asDecodeFailure(err error) error {
	if f, ok := err.(*failure); ok && f.kind == ErrDecode {
		return err
	}
	if err != ErrNil {
		return fail(ErrDecode, err)
	}
	return fail(ErrDecode, errors.New("it is nil"))
}

// into decodes a value to where it belongs.
func into[T any](to *T, m rueidis.RedisMessage, decode Decoder[T]) (err error) {
	*to, err = decode(m)
	return err
}

func (s *StreamStats) set(name string, v rueidis.RedisMessage) error {
	i := &s.Idempotence
	switch name {
	case "length":
		return into(&s.Length, v, AsInt64)
	case "radix-tree-keys":
		return into(&s.RadixTreeKeys, v, AsInt64)
	case "radix-tree-nodes":
		return into(&s.RadixTreeNodes, v, AsInt64)
	case "last-generated-id":
		return into(&s.LastID, v, AsString)
	case "max-deleted-entry-id":
		return into(&s.MaxDeletedID, v, AsString)
	case "recorded-first-entry-id":
		return into(&s.RecordedFirstID, v, AsString)
	case "entries-added":
		return into(&s.EntriesAdded, v, asOptionalInt)
	case "idmp-duration":
		i.OK = true
		return into(&i.Value.Duration, v, asSeconds)
	case "idmp-maxsize":
		return into(&i.Value.MaxSize, v, AsInt64)
	case "pids-tracked":
		return into(&i.Value.Producers, v, AsInt64)
	case "iids-tracked":
		return into(&i.Value.IDs, v, AsInt64)
	case "iids-added":
		return into(&i.Value.Added, v, AsInt64)
	case "iids-duplicates":
		return into(&i.Value.Duplicates, v, AsInt64)
	}
	return nil
}

func asStreamInfo(m rueidis.RedisMessage) (StreamInfo, error) {
	var s StreamInfo
	err := eachField(&m, func(name string, v rueidis.RedisMessage) error {
		switch name {
		case "groups":
			return into(&s.Groups, v, AsInt64)
		case "first-entry":
			return into(&s.First, v, asOptionalEntry)
		case "last-entry":
			return into(&s.Last, v, asOptionalEntry)
		}
		return s.set(name, v)
	})
	if err != nil {
		return StreamInfo{}, err
	}
	return s, nil
}

var asOptionalEntry = AsOptional(AsStreamEntry)

func asStreamDetail(m rueidis.RedisMessage) (StreamDetail, error) {
	var s StreamDetail
	err := eachField(&m, func(name string, v rueidis.RedisMessage) error {
		switch name {
		case "entries":
			return into(&s.Entries, v, AsStreamEntries)
		case "groups":
			return into(&s.Groups, v, asGroupDetails)
		}
		return s.set(name, v)
	})
	if err != nil {
		return StreamDetail{}, err
	}
	return s, nil
}

func asGroupDetails(m rueidis.RedisMessage) ([]GroupDetail, error) {
	return elements(m, func(m rueidis.RedisMessage) (g GroupDetail, err error) {
		err = eachField(&m, func(name string, v rueidis.RedisMessage) error {
			switch name {
			case "name":
				return into(&g.Name, v, AsString)
			case "last-delivered-id":
				return into(&g.LastDeliveredID, v, AsString)
			case "entries-read":
				return into(&g.EntriesRead, v, asOptionalInt)
			case "lag":
				return into(&g.Lag, v, asOptionalInt)
			case "pel-count":
				return into(&g.PendingCount, v, AsInt64)
			case "pending":
				return into(&g.Pending, v, asDeliveries)
			case "consumers":
				return into(&g.Consumers, v, asConsumerDetails)
			}
			return nil
		})
		return g, err
	})
}

func asConsumerDetails(m rueidis.RedisMessage) ([]ConsumerDetail, error) {
	return elements(m, asConsumerDetail)
}

func asConsumerDetail(m rueidis.RedisMessage) (c ConsumerDetail, err error) {
	err = eachField(&m, func(name string, v rueidis.RedisMessage) error {
		switch name {
		case "name":
			return into(&c.Name, v, AsString)
		case "seen-time":
			return into(&c.Seen, v, asUnixMilli)
		case "active-time":
			n, err := AsInt64(v)
			if c.Active.OK = n >= 0 && err == nil; c.Active.OK {
				c.Active.Value = time.UnixMilli(n)
			}
			return err
		case "pel-count":
			return into(&c.PendingCount, v, AsInt64)
		case "pending":
			return into(&c.Pending, v, asDeliveries)
		}
		return nil
	})
	for i := range c.Pending {
		c.Pending[i].Consumer = c.Name
	}
	return c, err
}

func asUnixMilli(m rueidis.RedisMessage) (time.Time, error) {
	n, err := AsInt64(m)
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(n), nil
}

func asDeliveries(m rueidis.RedisMessage) ([]PendingDelivery, error) {
	return elements(m, asDelivery)
}

// asDelivery decodes a pending entry, which has no consumer where it is in the description of one.
func asDelivery(m rueidis.RedisMessage) (d PendingDelivery, err error) {
	parts, err := arrayOf(&m)
	if err == ErrNil {
		return d, err
	}
	if err != nil || len(parts) != 3 && len(parts) != 4 {
		return d, mismatch("a pending entry")
	}
	if d.ID, err = decodeElement(parts[0], AsString); err != nil {
		return d, err
	}
	if len(parts) == 4 {
		if d.Consumer, err = decodeElement(parts[1], AsString); err != nil {
			return d, err
		}
		parts = parts[1:]
	}
	if d.Delivered, err = decodeElement(parts[1], asUnixMilli); err == nil {
		d.Deliveries, err = decodeElement(parts[2], AsInt64)
	}
	return d, err
}

func asGroups(m rueidis.RedisMessage) ([]GroupInfo, error) {
	return elements(m, func(m rueidis.RedisMessage) (g GroupInfo, err error) {
		err = eachField(&m, func(name string, v rueidis.RedisMessage) error {
			switch name {
			case "name":
				return into(&g.Name, v, AsString)
			case "consumers":
				return into(&g.Consumers, v, AsInt64)
			case "pending":
				return into(&g.Pending, v, AsInt64)
			case "last-delivered-id":
				return into(&g.LastDeliveredID, v, AsString)
			case "entries-read":
				return into(&g.EntriesRead, v, asOptionalInt)
			case "lag":
				return into(&g.Lag, v, asOptionalInt)
			}
			return nil
		})
		return g, err
	})
}

func asConsumers(m rueidis.RedisMessage) ([]ConsumerInfo, error) {
	return elements(m, func(m rueidis.RedisMessage) (c ConsumerInfo, err error) {
		err = eachField(&m, func(name string, v rueidis.RedisMessage) error {
			switch name {
			case "name":
				return into(&c.Name, v, AsString)
			case "pending":
				return into(&c.Pending, v, AsInt64)
			case "idle":
				return into(&c.Idle, v, asMilliseconds)
			case "inactive":
				return into(&c.Inactive, v, asIdle)
			}
			return nil
		})
		return c, err
	})
}
