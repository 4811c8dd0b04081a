package rueidistx

import "github.com/redis/rueidis"

// mapOf returns a RESP3 map, if m is one whose keys are strings.
func mapOf(m *rueidis.RedisMessage) (_ map[string]rueidis.RedisMessage, ok bool) {
	if !m.IsMap() {
		return nil, false
	}
	values, err := m.AsMap() // ToMap panics if a key has no value
	return values, err == nil
}

// inValue notes that an error is in a key or value of a map. The key must not be in the message.
func inValue(err error) error {
	f := *err.(*failure)
	f.note = "a key or value of the map: " + f.note
	return &f
}

// pairs are the keys and values of a map, or members and scores: in turn, or as arrays of two.
type pairs struct {
	list   []rueidis.RedisMessage
	nested bool
}

func (p pairs) len() int {
	if p.nested {
		return len(p.list)
	}
	return len(p.list) / 2
}

func (p pairs) at(i int) (first, second *rueidis.RedisMessage, err error) {
	if !p.nested {
		return &p.list[2*i], &p.list[2*i+1], nil
	}
	pair, err := arrayOf(&p.list[i])
	if err != nil || len(pair) != 2 {
		return nil, nil, inElement(i, mismatch("a pair"))
	}
	return &pair[0], &pair[1], nil
}

// pairsOf returns keys and values in the server's order, from a map, from an array of them in turn, or from an array of
// pairs.
func pairsOf(m *rueidis.RedisMessage) (pairs, error) {
	if m.IsMap() {
		list, err := inOrder(m)
		return pairs{list: list}, err
	}
	list, err := m.ToArray()
	switch nested := len(list) > 0 && (list[0].IsArray() || list[0].IsMap()); { // a map is an array in RESP2
	case err == ErrNil:
		return pairs{}, err
	case err != nil, !nested && len(list)%2 != 0:
		return pairs{}, mismatch("a map")
	default:
		return pairs{list, nested}, nil
	}
}

// eachField calls set with each field of a map whose order does not matter, and notes that an error is in one.
func eachField(m *rueidis.RedisMessage, set func(name string, value rueidis.RedisMessage) error) error {
	in := func(name string, value rueidis.RedisMessage) error {
		err := value.Error()
		if err == nil || err == ErrNil {
			err = set(name, value)
		}
		if err == nil {
			return nil
		}
		return inValue(asDecodeFailure(err))
	}
	if values, ok := mapOf(m); ok {
		for name, value := range values {
			if err := in(name, value); err != nil {
				return err
			}
		}
		return nil
	}
	list, err := pairsOf(m)
	if err != nil {
		return err
	}
	for i := range list.len() {
		first, second, err := list.at(i)
		if err != nil {
			return err
		}
		name, err := decodeElement(*first, AsString)
		if err != nil {
			return inValue(err)
		}
		if err := in(name, *second); err != nil {
			return err
		}
	}
	return nil
}

// ofPairs decodes what pairsOf returns, each pair with decode.
func ofPairs[T any](m rueidis.RedisMessage, decode func(first, second *rueidis.RedisMessage) (T, error)) ([]T, error) {
	list, err := pairsOf(&m)
	if err != nil {
		return nil, err
	}
	return eachPair(list, decode)
}

// eachPair decodes each pair with decode.
func eachPair[T any](list pairs, decode func(first, second *rueidis.RedisMessage) (T, error)) ([]T, error) {
	values := make([]T, list.len())
	for i := range values {
		first, second, err := list.at(i)
		if err != nil {
			return nil, err
		}
		if values[i], err = decode(first, second); err != nil {
			return nil, inElement(i, err)
		}
	}
	return values, nil
}

// inOrder returns the keys and values of a RESP3 map in turn. rueidis does not expose their order, nor keys that are
// not strings. So the map is converted to the form of rueidis's client-side cache, and read back as an array.
func inOrder(m *rueidis.RedisMessage) ([]rueidis.RedisMessage, error) {
	const ttl, isMap, isArray = 7, '%', '*' // the type follows the 7 bytes of a TTL
	stored := m.CacheMarshal(nil)
	if len(stored) > ttl && stored[ttl] == isMap {
		stored[ttl] = isArray
		var list rueidis.RedisMessage
		if list.CacheUnmarshalView(stored) == nil {
			if pairs, err := list.ToArray(); err == nil && len(pairs)%2 == 0 {
				return pairs, nil
			}
		}
	}
	return nil, mismatch("a map")
}
