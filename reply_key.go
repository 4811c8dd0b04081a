package rueidistx

import (
	"math"
	"time"

	"github.com/redis/rueidis"
)

// durationIn returns a decoder of durations in a unit. One that exceeds the largest Duration becomes that; a negative one
// is an error.
func durationIn(unit time.Duration) Decoder[time.Duration] {
	return func(m rueidis.RedisMessage) (time.Duration, error) {
		n, err := AsInt64(m)
		switch {
		case err != nil:
			return 0, err
		case n < 0:
			return 0, mismatch("a duration")
		case n > math.MaxInt64/int64(unit):
			return math.MaxInt64, nil
		}
		return time.Duration(n) * unit, nil
	}
}

var (
	asSeconds      = durationIn(time.Second)
	asMilliseconds = durationIn(time.Millisecond)
)
