package rueidistx_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

func TestArg(t *testing.T) {
	type name string
	type blob []byte
	for want, got := range map[string]string{
		"text":                 rueidistx.Arg("text"),
		"named":                rueidistx.Arg(name("named")),
		"\x00\xff":             rueidistx.Arg([]byte("\x00\xff")),
		"blob":                 rueidistx.Arg(blob("blob")),
		"":                     rueidistx.Arg([]byte(nil)),
		"1":                    rueidistx.Arg(true),
		"0":                    rueidistx.Arg(false),
		"-9223372036854775808": rueidistx.Arg(int64(math.MinInt64)),
		"18446744073709551615": rueidistx.Arg(uint64(math.MaxUint64)),
		"-128":                 rueidistx.Arg(int8(-128)),
		"255":                  rueidistx.Arg(uint8(255)),
		"-32768":               rueidistx.Arg(int16(math.MinInt16)),
		"65535":                rueidistx.Arg(uint16(math.MaxUint16)),
		"-2147483648":          rueidistx.Arg(int32(math.MinInt32)),
		"4294967295":           rueidistx.Arg(uint32(math.MaxUint32)),
		"42":                   rueidistx.Arg(42),
		"43":                   rueidistx.Arg(uint(43)),
		"0.1":                  rueidistx.Arg(0.1),
		"0.2":                  rueidistx.Arg(float32(0.2)),
		"1000000":              rueidistx.Arg(1e6),
		"1501":                 rueidistx.Millis(1500*time.Millisecond + 1),
		"-1":                   rueidistx.Millis(-time.Millisecond),
		"1732600000001":        rueidistx.UnixMillis(time.Unix(1732600000, 1)),
		"-1999":                rueidistx.UnixMillis(time.Unix(-2, 1)),
		"9223372036854775807":  rueidistx.UnixMillis(time.Unix(1<<62, 0)),
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, rueidistx.Arg(int64(math.MinInt64)), rueidistx.UnixMillis(time.Unix(-1<<62, 0)))
	assert.Equal(t, []string{"1", "2"}, rueidistx.Args(1, 2))
	assert.Empty(t, rueidistx.Args[string]())

	own := []byte("mine")
	arg := rueidistx.Arg(own)
	own[0] = 'X'
	assert.Equal(t, "mine", arg, "bytes are copied")
}

// profile is written and read as a hash.
type profile struct {
	Name   string    `redis:"name"`
	Visits int       `redis:"visits,omitempty"`
	Seen   time.Time `redis:"seen,omitempty"`
	Tags   []string  `redis:"tags,json"`
	Photo  *string   `redis:"photo"`
}

// loop is a pointer that may point to itself.
type loop *loop

type town struct{ City string }

// TestHSetStructOfEmbeddedStructs writes the fields of embedded structs, exported or not, unless their pointer is nil.
func TestHSetStructOfEmbeddedStructs(t *testing.T) {
	type Outer struct{ Mail string }
	type both struct {
		town
		*Outer
		Name string
		Zero int `redis:",omitempty"`
	}
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	a := db.Auto(redistest.Context(t))
	require.NoError(t, rueidistx.HSetStruct(a, "a", both{town{"Rome"}, &Outer{"a@b"}, "ann", 0}).Err())
	require.NoError(t, rueidistx.HSetStruct(a, "b", both{Name: "bob"}).Err())
	assert.Equal(t, map[string]string{"City": "Rome", "Mail": "a@b", "Name": "ann"}, a.HGetAll("a").Must())
	assert.Equal(t, map[string]string{"City": "", "Name": "bob"}, a.HGetAll("b").Must())
	got, err := rueidistx.As(a.HGetAll("a"), rueidistx.AsStruct[both]).Value()
	require.NoError(t, err)
	assert.Equal(t, both{town{"Rome"}, &Outer{"a@b"}, "ann", 0}, got)
}

type secretive struct{ text string }

func (s secretive) MarshalJSON() ([]byte, error)   { return nil, errors.New(s.text) }
func (s secretive) MarshalBinary() ([]byte, error) { return nil, errors.New(s.text) }
func (s secretive) MarshalText() ([]byte, error)   { return nil, errors.New(s.text) }

// TestValues writes Go values and reads them back, in every way of running.
func TestValues(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(t *testing.T) (*rueidistx.DB, error){
		"embedded": func(t *testing.T) (*rueidistx.DB, error) {
			return rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
		},
		"RESP3": func(t *testing.T) (*rueidistx.DB, error) { return rueidistx.Open(redistest.Shared(t).Option()) },
		"RESP2": func(t *testing.T) (*rueidistx.DB, error) {
			return rueidistx.Open(inRESP2(redistest.Shared(t).Option()))
		},
		"cluster": func(t *testing.T) (*rueidistx.DB, error) { return rueidistx.Open(redistest.SharedCluster(t).Option()) },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := option(t)
			require.NoError(t, err)
			t.Cleanup(db.Close)
			for _, w := range ways.OfEachKind {
				t.Run(w.Name, func(t *testing.T) { testValues(t, db, w) })
			}
		})
	}
}

// asBinaryTime is a decoder of a user's own.
func asBinaryTime(m rueidis.RedisMessage) (at time.Time, err error) {
	b, err := rueidistx.AsBytes(m)
	if err == nil {
		err = at.UnmarshalBinary(b)
	}
	return at, err
}

func testValues(t *testing.T, db *rueidistx.DB, w ways.Way) {
	ctx, e := redistest.Context(t), rueidistx.TagOf(redistest.Key(t, "x"))
	ann := profile{Name: "ann", Seen: time.Date(2026, 11, 26, 12, 0, 0, 5, time.UTC), Tags: []string{"a", "b"}}
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	var isNew rueidistx.Future[int64]
	require.NoError(t, w.Run(ctx, db, func(c *rueidistx.Commands) {
		rueidistx.SetJSON(c, e.Key("json"), ann)
		rueidistx.SetBinary(c, e.Key("time"), at, rueidistx.EX(time.Hour))
		isNew = rueidistx.HSetStruct(c, e.Key("hash"), &ann)
		c.Set(e.Key("broken"), "{")
		c.Del(e.Key("gone"))
	}))
	assert.EqualValues(t, 3, isNew.Must(), "neither what is empty nor what is nil")

	var fromJSON, fromHash rueidistx.Future[profile]
	var missing rueidistx.Future[profile]
	var text rueidistx.Future[[]byte]
	var when rueidistx.Future[time.Time]
	var each rueidistx.Future[[]rueidistx.Each[profile]]
	var both rueidistx.Future[string]
	_ = w.Run(ctx, db, func(c *rueidistx.Commands) {
		fromJSON = rueidistx.As(c.Get(e.Key("json")), rueidistx.AsJSON[profile])
		text = rueidistx.As(c.Get(e.Key("json")), rueidistx.AsBytes)
		when = rueidistx.As(c.Get(e.Key("time")), asBinaryTime)
		fromHash = rueidistx.As(c.HGetAll(e.Key("hash")), rueidistx.AsStruct[profile])
		missing = rueidistx.As(c.HGetAll(e.Key("gone")), rueidistx.AsStruct[profile])
		each = rueidistx.As(c.MGet(e.Key("json"), e.Key("gone"), e.Key("broken")), rueidistx.AsEach(rueidistx.AsJSON[profile]))
		both = rueidistx.As(rueidistx.Zip(fromJSON, fromHash), rueidistx.AsString)
	})
	assert.Equal(t, ann, fromJSON.Must())
	assert.Contains(t, string(text.Must()), `"ann"`)
	assert.True(t, at.Equal(when.Must()))
	assert.Equal(t, ann, fromHash.Must())
	require.ErrorIs(t, missing.Err(), rueidistx.ErrNil)
	list := each.Must()
	assert.Equal(t, ann, list[0].Value)
	require.ErrorIs(t, list[1].Err, rueidistx.ErrNil)
	require.ErrorIs(t, list[2].Err, rueidistx.ErrDecode)
	require.ErrorIs(t, both.Err(), rueidistx.ErrInvalid)
	assert.InDelta(t, time.Hour, db.Auto(ctx).TTL(e.Key("time")).Must(), float64(time.Minute))
}

// TestValuesThatCannotBeEncoded sends nothing of their units, and tells nothing of the values.
func TestValuesThatCannotBeEncoded(t *testing.T) {
	db, err := rueidistx.Open(redistest.EmbeddedOption(redistest.StartEmbedded(t)))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	const secret = "s3cr3t"
	hidden := secretive{secret}
	var none *profile
	for says, queue := range map[string]func(c *rueidistx.Commands) error{
		"command 1 (SET): a value of the type rueidistx_test.secretive cannot be encoded as JSON":          func(c *rueidistx.Commands) error { return rueidistx.SetJSON(c, "k", hidden).Err() },
		"command 1 (SET): a value of the type float64 cannot be encoded as JSON":                           func(c *rueidistx.Commands) error { return rueidistx.SetJSON(c, "k", math.NaN()).Err() },
		"command 1 (SET): a value of the type rueidistx_test.secretive cannot be encoded by MarshalBinary": func(c *rueidistx.Commands) error { return rueidistx.SetBinary(c, "k", hidden).Err() },
		"command 1 (SET): a value of the type *time.Time cannot be encoded by MarshalBinary":               func(c *rueidistx.Commands) error { return rueidistx.SetBinary(c, "k", (*time.Time)(nil)).Err() },
		"command 1 (HSET): the field S of struct { S rueidistx_test.secretive }, a rueidistx_test.secretive, cannot be encoded": func(c *rueidistx.Commands) error {
			return rueidistx.HSetStruct(c, "k", struct{ S secretive }{hidden}).Err()
		},
		"command 1 (HSET): the field C of struct { C chan int }, a chan int, cannot be encoded": func(c *rueidistx.Commands) error {
			return rueidistx.HSetStruct(c, "k", struct{ C chan int }{make(chan int)}).Err()
		},
		"command 1 (HSET): HSetStruct needs a struct, and got a *rueidistx_test.profile that is nil": func(c *rueidistx.Commands) error { return rueidistx.HSetStruct(c, "k", none).Err() },
		"command 1 (HSET): HSetStruct needs a struct, and got a int":                                 func(c *rueidistx.Commands) error { return rueidistx.HSetStruct(c, "k", 1).Err() },
		"command 1 (HSET): the field P of struct { P rueidistx_test.loop }, a rueidistx_test.loop, cannot be encoded": func(c *rueidistx.Commands) error {
			var p loop
			p = &p
			return rueidistx.HSetStruct(c, "k", struct{ P loop }{p}).Err()
		},
		"command 1 (HSET): HSetStruct needs a struct, and got a rueidistx_test.loop": func(c *rueidistx.Commands) error {
			var p loop
			p = &p
			return rueidistx.HSetStruct(c, "k", p).Err()
		},
		"command 1 (HSET): struct {} has no field to set": func(c *rueidistx.Commands) error { return rueidistx.HSetStruct(c, "k", struct{}{}).Err() },
	} {
		b := db.Batch()
		b.Set("other", "v")
		own := queue(b.Commands)
		assert.ErrorIs(t, own, rueidistx.ErrPending)
		err := b.Exec(context.Background())
		require.ErrorIs(t, err, rueidistx.ErrInvalid)
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), secret)
		require.ErrorIs(t, queue(db.Auto(context.Background()).Commands), rueidistx.ErrInvalid)
	}
	require.ErrorIs(t, rueidistx.SetJSON(nil, "k", 1).Err(), rueidistx.ErrInvalid)
	require.ErrorIs(t, rueidistx.HSetStruct((*rueidistx.Batch)(nil), "k", profile{Name: "a"}).Err(), rueidistx.ErrInvalid)
	require.ErrorIs(t, rueidistx.As[string](rueidistx.Future[int64]{}, nil).Err(), rueidistx.ErrInvalid)
	require.ErrorIs(t, rueidistx.As(rueidistx.Future[int64]{}, rueidistx.AsString).Err(), rueidistx.ErrPending)
	assert.EqualValues(t, 0, db.Auto(context.Background()).DBSize().Must())
}
