package rueidistx

import (
	"math"
	"time"

	"github.com/redis/rueidis"
)

// asSeconds decodes a duration in seconds. If it exceeds the largest Duration, it becomes that.
func asSeconds(m rueidis.RedisMessage) (time.Duration, error) {
	n, err := AsInt64(m)
	switch {
	case err != nil:
		return 0, err
	case n < 0:
		return 0, mismatch("a duration")
	case n > math.MaxInt64/int64(time.Second):
		return math.MaxInt64, nil
	}
	return time.Duration(n) * time.Second, nil
}
