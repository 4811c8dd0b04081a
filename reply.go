package rueidistx

import "github.com/redis/rueidis"

// ScoredMember is a member of a sorted set with its score.
type ScoredMember struct {
	Member string
	Score  float64
}

// AsScoredMembers decodes members with their scores, such as those of ZRANGE WITHSCORES.
func AsScoredMembers(m rueidis.RedisMessage) ([]ScoredMember, error) {
	list, err := scoredOf(&m)
	if err != nil {
		return nil, err
	}
	return eachPair(list, scoredMember)
}

// asScoredMember decodes the one member, with its score, of ZPOPMIN's reply. An empty reply is ErrNil.
func asScoredMember(m rueidis.RedisMessage) (ScoredMember, error) {
	list, err := scoredOf(&m)
	if err == nil && list.len() == 0 {
		err = ErrNil
	}
	if err != nil {
		return ScoredMember{}, err
	}
	return list.scored(0)
}

func scoredOf(m *rueidis.RedisMessage) (pairs, error) {
	list, err := pairsOf(m)
	if err != nil && err != ErrNil {
		err = mismatch("an array of members and scores")
	}
	return list, err
}

// scored decodes the i-th pair.
func (p pairs) scored(i int) (s ScoredMember, err error) {
	first, second, err := p.at(i)
	if err != nil {
		return s, err
	}
	if s, err = scoredMember(first, second); err != nil {
		return ScoredMember{}, inElement(i, err)
	}
	return s, nil
}

func scoredMember(member, score *rueidis.RedisMessage) (s ScoredMember, err error) {
	if s.Member, err = decodeElement(*member, AsString); err == nil {
		s.Score, err = decodeElement(*score, AsFloat64)
	}
	return s, err
}

// Field is a field, of a stream entry or of a hash, with its value.
type Field struct{ Name, Value string }

// StreamEntry is an entry of a stream. Its fields are in the order in which they were added, and a name may occur more
// than once. An entry that was deleted while it was pending has nil Fields.
type StreamEntry struct {
	ID     string
	Fields []Field
}

// Get returns the value of the first field with a name, and whether there is one.
func (e StreamEntry) Get(name string) (value string, ok bool) {
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// Map returns the fields as a map. If several have the same name, the map contains the last one.
func (e StreamEntry) Map() map[string]string {
	values := make(map[string]string, len(e.Fields))
	for _, f := range e.Fields {
		values[f.Name] = f.Value
	}
	return values
}

// AsStreamEntry decodes one entry of a stream.
func AsStreamEntry(m rueidis.RedisMessage) (StreamEntry, error) {
	parts, err := partsOf(&m, 2, "a stream entry")
	if err != nil {
		return StreamEntry{}, err
	}
	return entryOf(parts)
}

// entryOf decodes an entry from its ID and its fields.
func entryOf(parts []rueidis.RedisMessage) (StreamEntry, error) {
	id, err := decodeElement(parts[0], AsString)
	if err != nil {
		return StreamEntry{}, err
	}
	if parts[1].IsNil() {
		return StreamEntry{ID: id}, nil
	}
	list, err := pairsOf(&parts[1])
	if err != nil {
		return StreamEntry{}, mismatch("a stream entry")
	}
	fields, err := list.fields()
	if err != nil {
		return StreamEntry{}, err
	}
	return StreamEntry{ID: id, Fields: fields}, nil
}

// AsStreamEntries decodes entries of a stream, such as XRANGE's reply.
func AsStreamEntries(m rueidis.RedisMessage) ([]StreamEntry, error) {
	return elements(m, AsStreamEntry)
}
