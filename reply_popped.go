package rueidistx

import "github.com/redis/rueidis"

// Popped is what was removed from one of several keys: elements of a list, or members of a sorted set with their scores.
type Popped[T any] struct {
	Key    string // the one that it was removed from
	Values []T    // in the order in which they were removed
}

// poppedOf decodes a key and what was removed from it.
func poppedOf[T any](m rueidis.RedisMessage, values Decoder[[]T]) (Popped[T], error) {
	parts, err := poppedParts(&m, 2)
	if err != nil {
		return Popped[T]{}, err
	}
	key, err := decodeElement(parts[0], AsString)
	if err != nil {
		return Popped[T]{}, err
	}
	list, err := decodeElement(parts[1], values)
	if err != nil {
		return Popped[T]{}, err
	}
	return Popped[T]{key, list}, nil
}

func poppedParts(m *rueidis.RedisMessage, n int) ([]rueidis.RedisMessage, error) {
	return partsOf(m, n, "a key and what was removed from it")
}

// asPopped decodes LMPOP's reply.
func asPopped(m rueidis.RedisMessage) (Popped[string], error) { return poppedOf(m, AsStrings) }

// asPoppedMembers decodes ZMPOP's reply.
func asPoppedMembers(m rueidis.RedisMessage) (Popped[ScoredMember], error) {
	return poppedOf(m, AsScoredMembers)
}

// asPoppedOne decodes BLPOP's reply, whose one element is not in an array of its own.
func asPoppedOne(m rueidis.RedisMessage) (Popped[string], error) {
	parts, err := poppedParts(&m, 2)
	if err != nil {
		return Popped[string]{}, err
	}
	key, err := decodeElement(parts[0], AsString)
	if err != nil {
		return Popped[string]{}, err
	}
	value, err := decodeElement(parts[1], AsString)
	if err != nil {
		return Popped[string]{}, err
	}
	return Popped[string]{key, []string{value}}, nil
}

// asPoppedMember decodes BZPOPMIN's reply: a key, a member and its score.
func asPoppedMember(m rueidis.RedisMessage) (Popped[ScoredMember], error) {
	parts, err := poppedParts(&m, 3)
	if err != nil {
		return Popped[ScoredMember]{}, err
	}
	key, err := decodeElement(parts[0], AsString)
	if err != nil {
		return Popped[ScoredMember]{}, err
	}
	member, err := pairs{list: parts[1:]}.scored(0)
	if err != nil {
		return Popped[ScoredMember]{}, err
	}
	return Popped[ScoredMember]{key, []ScoredMember{member}}, nil
}
