package parity

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

type (
	commands        = rueidistx.Commands
	builder         = rueidis.Builder
	completed       = rueidis.Completed
	result          = rueidis.RedisResult
	futureOf[T any] = rueidistx.Future[T]
	optionalTexts   = []rueidistx.Optional[string]
	optionalFloats  = []rueidistx.Optional[float64]
)

// shape is one use of a method, written twice: with the method, and by hand with rueidis's builder and decoders, as somebody
// writes it who knows them well. Both send the same words, but where noted, and decode the same.
type shape struct {
	method string // of *Commands
	form   string // of its arguments or of its reply
	unlike string // why the words by hand are others

	resp2, resp3 string // the reply

	// Each runs perBatch commands in one batch, and decodes all replies.
	typed func(db *rueidistx.DB) error
	hand  func(client rueidis.Client) error

	// The same with a single command.
	typedAuto func(auto rueidistx.Auto) error
	handDo    func(client rueidis.Client) error

	values func() (typed, hand any) // the last ones decoded
}

// perBatch is how many commands a batch of one shape has: fewer in the fast tier, see TestMain.
var perBatch = 100

// use returns the shape in which typed and hand are the same command, whose reply is like r.
func use[T, H any](method, form string, r reply[H], typed func(c *commands) futureOf[T], hand func(b builder) completed) shape {
	futures := make([]futureOf[T], perBatch)
	var value T
	var byHand H
	read := func(f futureOf[T]) (err error) {
		if value, err = f.Value(); errors.Is(err, rueidistx.ErrNil) {
			return nil
		}
		return err
	}
	decode := func(result rueidis.RedisResult) (err error) {
		if byHand, err = r.decode(result); rueidis.IsRedisNil(err) {
			return nil
		}
		return err
	}
	return shape{
		method: method, form: form, resp2: r.resp2, resp3: r.resp3,
		typed: func(db *rueidistx.DB) error {
			b := db.Batch()
			for i := range perBatch {
				futures[i] = typed(b.Commands)
			}
			if err := b.Exec(ctx); err != nil {
				return err
			}
			for _, f := range futures[:perBatch] {
				if err := read(f); err != nil {
					return err
				}
			}
			return nil
		},
		hand: func(client rueidis.Client) error {
			list := make(rueidis.Commands, 0, perBatch)
			for range perBatch {
				list = append(list, hand(client.B()))
			}
			for _, result := range client.DoMulti(ctx, list...) {
				if err := decode(result); err != nil {
					return err
				}
			}
			return nil
		},
		typedAuto: func(auto rueidistx.Auto) error { return read(typed(auto.Commands)) },
		handDo:    func(client rueidis.Client) error { return decode(client.Do(ctx, hand(client.B()))) },
		values:    func() (any, any) { return value, byHand },
	}
}

// useAuto is use for a method that only an Auto has.
func useAuto[T, H any](method, form string, r reply[H], typed func(a rueidistx.Auto) futureOf[T], hand func(b builder) completed) shape {
	s := use(method, form, r, func(c *commands) futureOf[T] { return typed(rueidistx.Auto{Commands: c}) }, hand)
	s.typed, s.hand = nil, nil
	return s
}

// sends notes that the words by hand are others, and why that is the same.
func (s shape) sends(others string) shape {
	s.unlike = others
	return s
}

// lengths returns the three shapes of a method that takes any number of arguments.
func lengths[T, H any](method string, r func(n int) reply[H], one, three, hundred func(c *commands) futureOf[T], hand func(b builder, list []string) completed) []shape {
	var shapes []shape
	for i, n := range []int{1, 3, 100} {
		typed := []func(c *commands) futureOf[T]{one, three, hundred}[i]
		list := elements[:n]
		shapes = append(shapes, use(method, strconv.Itoa(n), r(n), typed, func(b builder) completed { return hand(b, list) }))
	}
	return shapes
}

func count(list []string) int64 { return int64(len(list)) }

// withPairs appends each word as a key and as its value.
func withPairs[P interface{ KeyValue(k, v string) P }](pairs P, list []string) P {
	for _, word := range list {
		pairs = pairs.KeyValue(word, word)
	}
	return pairs
}

// withFields appends each word as a field and as its value.
func withFields[P interface{ FieldValue(f, v string) P }](pairs P, list []string) P {
	for _, word := range list {
		pairs = pairs.FieldValue(word, word)
	}
	return pairs
}

// The arguments are variables, as they are in a program: the compiler puts constants where they cost nothing.
var (
	key, key2, key3 = elements[0], elements[1], elements[2]
	value, entryID  = "value", "1700000000000-5"
	elements        = words("element", 100)
	twice           = doubled(elements)
	scoredMembers   = scored(elements)
	setOptions      = []rueidistx.SetOption{rueidistx.NX, rueidistx.EX(whole)}

	small, large, negative = int64(7), int64(1<<62 + 12345), int64(-1234567)
	short, long, minus     = 1.5, 0.12345678901234567, -2.25
	exponent, tiny         = 1.2345e300, 1.2345e-300
	whole, fraction        = 90 * time.Minute, 90*time.Minute + 250*time.Millisecond
	date, instant          = time.Unix(4_102_444_800, 0), time.Unix(4_102_444_800, 123_000_000)
	yes                    = true
)

func words(word string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s:%03d", word, i)
	}
	return list
}

func doubled(list []string) []string {
	var pairs []string
	for _, word := range list {
		pairs = append(pairs, word, word)
	}
	return pairs
}

func scored(members []string) []rueidistx.ScoredMember {
	var list []rueidistx.ScoredMember
	for i, m := range members {
		list = append(list, rueidistx.ScoredMember{Member: m, Score: float64(i) + 0.5})
	}
	return list
}

var shapes = slices.Concat(
	stringShapes(), bitmapShapes(), keyShapes(), hashShapes(), listShapes(), setShapes(), sortedSetShapes(),
	rangeShapes(), streamShapes(), keylessShapes(), compareShapes(), mSetExShapes(), incrExShapes(), bitFieldShapes(),
	scanShapes(), objectShapes(), sortShapes(), fieldShapes(), combinationShapes(), sortedSetPopShapes(), geoShapes(),
	serverShapes(), functionShapes(), vectorShapes(), arrayShapes(), streamReadShapes(), streamWriteShapes(), streamGroupShapes(),
)
