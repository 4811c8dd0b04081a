package rueidistx

import "github.com/redis/rueidis"

// Increase is what INCREX has done to a number.
type Increase[T int64 | float64] struct {
	Value     T // the number afterwards
	Increment T // what was added, 0 if a bound forbids it
}

func increase[T int64 | float64](m rueidis.RedisMessage, number Decoder[T]) (Increase[T], error) {
	parts, err := partsOf(&m, 2, "a number and its increment")
	if err != nil {
		return Increase[T]{}, err
	}
	value, err := decodeElement(parts[0], number)
	if err != nil {
		return Increase[T]{}, err
	}
	increment, err := decodeElement(parts[1], number)
	if err != nil {
		return Increase[T]{}, err
	}
	return Increase[T]{value, increment}, nil
}

func asIncrease(m rueidis.RedisMessage) (Increase[int64], error) { return increase(m, AsInt64) }
func asIncreaseFloat(m rueidis.RedisMessage) (Increase[float64], error) {
	return increase(m, AsFloat64)
}

// LCSMatches is where the longest common subsequence of two strings is in them: its parts are in reverse order.
type LCSMatches struct {
	Matches []LCSMatch
	Length  int64 // of the whole subsequence, in bytes
}

// LCSMatch is bytes that two strings have in common.
type LCSMatch struct {
	A, B   LCSRange
	Length int64 // in bytes
}

// LCSRange is a range of bytes, both ends included.
type LCSRange struct{ Start, End int64 }

func asLCSMatches(m rueidis.RedisMessage) (found LCSMatches, err error) {
	err = eachField(&m, func(name string, value rueidis.RedisMessage) (err error) {
		switch name {
		case "matches":
			found.Matches, err = decodeElement(value, asLCSMatchList)
		case "len":
			found.Length, err = decodeElement(value, AsInt64)
		}
		return err
	})
	if err != nil {
		return LCSMatches{}, err
	}
	return found, nil
}

func asLCSMatchList(m rueidis.RedisMessage) ([]LCSMatch, error) { return elements(m, asLCSMatch) }

func asLCSMatch(m rueidis.RedisMessage) (match LCSMatch, err error) {
	parts, err := partsOf(&m, 3, "two ranges and a length")
	if err != nil {
		return match, err
	}
	if match.A, err = decodeElement(parts[0], asLCSRange); err == nil {
		match.B, err = decodeElement(parts[1], asLCSRange)
	}
	if err == nil {
		match.Length, err = decodeElement(parts[2], AsInt64)
	}
	if err != nil {
		return LCSMatch{}, err
	}
	return match, nil
}

func asLCSRange(m rueidis.RedisMessage) (LCSRange, error) {
	ends, err := partsOf(&m, 2, "a range")
	if err != nil {
		return LCSRange{}, err
	}
	start, err := decodeElement(ends[0], AsInt64)
	if err != nil {
		return LCSRange{}, err
	}
	end, err := decodeElement(ends[1], AsInt64)
	if err != nil {
		return LCSRange{}, err
	}
	return LCSRange{start, end}, nil
}
