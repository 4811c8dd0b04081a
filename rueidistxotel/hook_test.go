package rueidistxotel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/faultproxy"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxotel"
)

var errMine = errors.New("mine: secret")

var (
	oops   = rueidistx.NewScript(`return redis.error_reply('OOPS secret')`, rueidistx.AsString)
	failed = rueidistx.NewScript(`return redis.error_reply(ARGV[1] .. ' secret')`, rueidistx.AsString)
)

// ways are units of each way, and the span that each has.
var ways = []struct {
	name string
	run  func(ctx context.Context, db *rueidistx.DB, key string) error
	err  string // what its error contains; "": none
	span string
}{
	{"auto", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Auto(ctx).Set(key, "secret").Err()
	}, "", "SET: client Unset db.operation.name=SET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=auto"},
	{"auto, two words", func(ctx context.Context, db *rueidistx.DB, _ string) error {
		return db.Auto(ctx).ConfigGet("maxmemory").Err()
	}, "", "CONFIG GET: client Unset db.operation.name=CONFIG GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=auto"},
	{"auto, nil reply", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Auto(ctx).Get(key + "missing").Err()
	}, "nil", "GET: client Unset db.operation.name=GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=auto"},
	{"auto, server error", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Auto(ctx).LPush(key, "secret").Err()
	}, "WRONGTYPE", `LPUSH: client Error "rueidistx: command 0 (LPUSH): WRONGTYPE Operation against a key holding the wrong kind of value" ` +
		"db.operation.name=LPUSH db.response.status_code=WRONGTYPE db.system.name=redis error.type=WRONGTYPE rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=auto"},
	{"auto, a script's code", func(ctx context.Context, db *rueidistx.DB, _ string) error {
		_, err := oops.Run(ctx, db, nil)
		return err
	}, "OOPS", `EVALSHA: client Error "rueidistx: command 0 (EVALSHA): OOPS" ` +
		"db.operation.name=EVALSHA db.response.status_code=OOPS db.system.name=redis error.type=_OTHER rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=auto"},
	{"auto, refused", func(ctx context.Context, db *rueidistx.DB, _ string) error {
		return db.Auto(ctx).Del().Err()
	}, "invalid", `DEL: client Error "rueidistx: invalid arguments: command 0 (DEL): keys must not be empty" ` +
		"db.operation.name=DEL db.system.name=redis error.type=invalid rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=auto"},
	{"batch", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { b.Get(key); b.Incr(key + "n"); b.Get(key); return nil })
	}, "", "PIPELINE: client Unset db.operation.batch.size=3 db.operation.name=PIPELINE db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=batch"},
	{"batch of the same", func(ctx context.Context, db *rueidistx.DB, key string) error {
		b := db.Batch()
		b.Get(key)
		b.Get(key)
		return b.Exec(ctx)
	}, "", "PIPELINE GET: client Unset db.operation.batch.size=2 db.operation.name=PIPELINE GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=batch"},
	{"batch of one", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { b.Get(key); return nil })
	}, "", "GET: client Unset db.operation.name=GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=batch"},
	{"batch of none", func(ctx context.Context, db *rueidistx.DB, _ string) error {
		return db.Execute(ctx, func(*rueidistx.Batch) error { return nil })
	}, "", "PIPELINE: client Unset db.operation.batch.size=0 db.operation.name=PIPELINE db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=batch"},
	{"batch in chunks", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { b.Incr(key + "n"); b.Incr(key + "n"); b.Get(key); return nil }, rueidistx.Chunk(2))
	}, "", "PIPELINE: client Unset db.operation.batch.size=3 db.operation.name=PIPELINE db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=batch"},
	{"batch, closure's error", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Execute(ctx, func(b *rueidistx.Batch) error { b.Get(key); b.Get(key); return errMine })
	}, "mine", "PIPELINE GET: client Unset db.operation.batch.size=2 db.operation.name=PIPELINE GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=batch"},
	{"transact", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key + "n"); tx.Get(key); return nil })
	}, "", "MULTI: client Unset db.operation.batch.size=2 db.operation.name=MULTI db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=transact"},
	{"transact of the same", func(ctx context.Context, db *rueidistx.DB, key string) error {
		tx := db.Atomic()
		tx.Incr(key + "n")
		tx.Incr(key + "n")
		return tx.Exec(ctx)
	}, "", "MULTI INCR: client Unset db.operation.batch.size=2 db.operation.name=MULTI INCR db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=transact"},
	{"transact of one", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key + "n"); return nil })
	}, "", "MULTI INCR: client Unset db.operation.name=MULTI INCR db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=transact"},
	{"transact, refused before its first attempt", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Incr(key); return nil }, rueidistx.Once(rueidistx.Mark{}, time.Minute))
	}, "invalid", `MULTI: client Error "rueidistx: invalid arguments: the mark is of a zero Entity, or has no word or an empty one" ` +
		"db.operation.name=MULTI db.system.name=redis error.type=invalid rueidistx.attempts=0 rueidistx.outcome=not_applied rueidistx.way=transact"},
	{"watch", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
			v, err := r.Get(key).Value()
			tx.Set(key, v)
			return err
		})
	}, "", "MULTI: client Unset db.operation.batch.size=2 db.operation.name=MULTI db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=watch"},
	{"watch, closure's error after a nil reply", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error { return r.Get(key + "missing").Err() })
	}, "nil", "MULTI GET: client Unset db.operation.name=MULTI GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=watch"},
	{"watch, closure's error after a server's", func(ctx context.Context, db *rueidistx.DB, key string) error {
		return db.Watch(ctx, func(r *rueidistx.Reader, _ *rueidistx.Tx) error { return r.LLen(key).Err() })
	}, "WRONGTYPE", `MULTI LLEN: client Error "rueidistx: not applied, because a read failed: command 0 (LLEN): WRONGTYPE Operation against a key holding the wrong kind of value" ` +
		"db.operation.name=MULTI LLEN db.response.status_code=WRONGTYPE db.system.name=redis error.type=WRONGTYPE " +
		"rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=watch"},
	{"watch, closure's error of an ended context", func(ctx context.Context, db *rueidistx.DB, _ string) error {
		return db.Watch(ctx, func(*rueidistx.Reader, *rueidistx.Tx) error { return fmt.Errorf("mine: %w", context.DeadlineExceeded) })
	}, "mine", "MULTI: client Error db.operation.name=MULTI db.system.name=redis error.type=deadline_exceeded " +
		"rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=watch"},
	{"if", func(ctx context.Context, db *rueidistx.DB, key string) error {
		c := db.If(rueidistx.Missing(key))
		c.Then.Incr(key + "n")
		c.Else.Get(key)
		c.Else.Get(key)
		_, err := c.Exec(ctx)
		return err
	}, "", "MULTI GET: client Unset db.operation.batch.size=2 db.operation.name=MULTI GET db.system.name=redis rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=if"},
	{"if, condition that cannot be evaluated", func(ctx context.Context, db *rueidistx.DB, key string) error {
		c := db.If(rueidistx.HasField(key, "f"))
		c.Then.Incr(key + "n")
		c.Else.Get(key)
		_, err := c.Exec(ctx)
		return err
	}, "condition", `MULTI: client Error "rueidistx: a condition cannot be evaluated: condition 0 (HasField): WRONGTYPE Operation against a key holding the wrong kind of value" ` +
		"db.operation.batch.size=2 db.operation.name=MULTI db.response.status_code=WRONGTYPE db.system.name=redis error.type=WRONGTYPE " +
		"rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=if"},
}

func TestSpansOfEachWay(t *testing.T) {
	t.Parallel()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			r, key, ctx := onServer(t), redistest.Key(t, "k"), redistest.Context(t)
			redistest.Shared(t).Do(t, "SET", key, "text")
			err := w.run(ctx, r.DB, key)
			if w.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, w.err)
			}
			spans := r.take()
			require.Equal(t, []string{w.span}, spans)
			for _, secret := range []string{"secret", key, "k\"", errMine.Error()} {
				require.NotContains(t, spans[0], secret)
				require.NotContains(t, fmt.Sprint(r.metrics(t)), secret)
			}
		})
	}
}

func TestEachUnitIsMeasured(t *testing.T) {
	t.Parallel()
	r, ctx, key := onServer(t), redistest.Context(t), redistest.Key(t, "k")
	redistest.Shared(t).Do(t, "SET", key, "text")
	for _, name := range []string{"auto", "auto", "auto, server error", "auto, a script's code", "transact of one",
		"batch, closure's error", "transact, refused before its first attempt"} {
		for _, w := range ways {
			if w.name == name {
				_ = w.run(ctx, r.DB, key)
			}
		}
	}
	metrics := r.metrics(t)
	require.Equal(t, map[string][]string{
		"db.client.operation.duration s": {
			"db.operation.name=EVALSHA db.system.name=redis error.type=_OTHER rueidistx.outcome=applied rueidistx.way=auto: 1",
			"db.operation.name=LPUSH db.response.status_code=WRONGTYPE db.system.name=redis error.type=WRONGTYPE rueidistx.outcome=applied rueidistx.way=auto: 1",
			"db.operation.name=MULTI INCR db.system.name=redis rueidistx.outcome=applied rueidistx.way=transact: 1",
			"db.operation.name=MULTI db.system.name=redis error.type=invalid rueidistx.outcome=not_applied rueidistx.way=transact: 1",
			"db.operation.name=PIPELINE GET db.system.name=redis rueidistx.outcome=not_applied rueidistx.way=batch: 1",
			"db.operation.name=SET db.system.name=redis rueidistx.outcome=applied rueidistx.way=auto: 2",
		},
		"rueidistx.units {unit}": {
			"db.system.name=redis error.type=WRONGTYPE rueidistx.outcome=applied rueidistx.way=auto: 1",
			"db.system.name=redis error.type=_OTHER rueidistx.outcome=applied rueidistx.way=auto: 1",
			"db.system.name=redis error.type=invalid rueidistx.outcome=not_applied rueidistx.way=transact: 1",
			"db.system.name=redis rueidistx.outcome=applied rueidistx.way=auto: 2",
			"db.system.name=redis rueidistx.outcome=applied rueidistx.way=transact: 1",
			"db.system.name=redis rueidistx.outcome=not_applied rueidistx.way=batch: 1",
		},
		"rueidistx.attempts {attempt}": {
			"db.system.name=redis rueidistx.way=auto: 4",
			"db.system.name=redis rueidistx.way=batch: 1",
			"db.system.name=redis rueidistx.way=transact: 1",
		},
	}, metrics)
}

// conflicting is a Watch that has a conflict first, and then n more.
func conflicting(t *testing.T, r *rig, key string, n int, options ...rueidistx.TxOption) error {
	return r.Watch(redistest.Context(t), func(reader *rueidistx.Reader, tx *rueidistx.Tx) error {
		err := reader.Get(key).Default("").Err()
		if n > 0 {
			n--
			redistest.Shared(t).Do(t, "INCR", key)
		}
		tx.Incr(key)
		return err
	}, options...)
}

func TestAConflictIsAnAttempt(t *testing.T) {
	t.Parallel()
	r := onServer(t)
	require.NoError(t, conflicting(t, r, redistest.Key(t, "k"), 2))
	require.Equal(t, []string{"MULTI: client Unset db.operation.batch.size=2 db.operation.name=MULTI db.system.name=redis " +
		"rueidistx.attempts=3 rueidistx.outcome=applied rueidistx.way=watch"}, r.take())
	require.Equal(t, []string{"db.system.name=redis rueidistx.way=watch: 3"}, r.metrics(t)["rueidistx.attempts {attempt}"])

	require.ErrorIs(t, conflicting(t, r, redistest.Key(t, "k"), 3, rueidistx.Attempts(2)), rueidistx.ErrConflict)
	require.Equal(t, []string{`MULTI: client Error "rueidistx: a watched key has changed, in the last of 2 attempts" ` +
		"db.operation.batch.size=2 db.operation.name=MULTI db.system.name=redis error.type=conflict " +
		"rueidistx.attempts=2 rueidistx.outcome=not_applied rueidistx.way=watch"}, r.take())
}

func TestWithAttemptsMakesASpanOfEach(t *testing.T) {
	t.Parallel()
	r := onServer(t, rueidistxotel.WithAttempts())
	require.NoError(t, conflicting(t, r, redistest.Key(t, "k"), 1))
	spans := r.spans.GetSpans()
	require.Equal(t, []string{
		`attempt: internal Error "rueidistx: a watched key has changed" error.type=conflict rueidistx.attempt=1 rueidistx.outcome=not_applied rueidistx.way=watch`,
		`attempt: internal Unset rueidistx.attempt=2 rueidistx.outcome=applied rueidistx.way=watch`,
		"MULTI: client Unset db.operation.batch.size=2 db.operation.name=MULTI db.system.name=redis " +
			"rueidistx.attempts=2 rueidistx.outcome=applied rueidistx.way=watch",
	}, r.take())
	for _, attempt := range spans[:2] {
		require.Equal(t, spans[2].SpanContext.SpanID(), attempt.Parent.SpanID())
		require.False(t, attempt.StartTime.Before(spans[2].StartTime))
		require.False(t, attempt.EndTime.After(spans[2].EndTime))
	}
}

func TestALostReplyIsUnknown(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := faultproxy.Start(t, s.Addr)
	option := s.Option()
	option.InitAddress = []string{p.Addr()}
	r, ctx, key := open(t, option, nil), redistest.Context(t), redistest.Key(t, "k")
	require.NoError(t, r.Auto(ctx).Ping().Err())
	p.Arm(faultproxy.Fault{Command: "INCR", Phase: faultproxy.AfterCommand})
	r.take()
	require.ErrorIs(t, r.Auto(ctx).Incr(key).Err(), rueidistx.ErrUnknown)
	spans := r.spans.GetSpans()
	require.Equal(t, codes.Error, spans[0].Status.Code)
	require.Equal(t, "db.operation.name=INCR db.system.name=redis error.type=connection rueidistx.attempts=1 rueidistx.outcome=unknown rueidistx.way=auto",
		texts(spans[0].Attributes))
	require.Contains(t, r.metrics(t)["rueidistx.units {unit}"],
		"db.system.name=redis error.type=connection rueidistx.outcome=unknown rueidistx.way=auto: 1")
}

func TestWorkThatIsDoneAlreadyIsNoFailure(t *testing.T) {
	t.Parallel()
	s := redistest.Shared(t)
	p := faultproxy.Start(t, s.Addr)
	option := s.Option()
	option.InitAddress = []string{p.Addr()}
	r, ctx := open(t, option, nil), redistest.Context(t)
	e := rueidistx.Tag("otel", strings.Trim(redistest.Key(t, ""), "{}:"))
	watch := func() error {
		return r.Watch(ctx, func(_ *rueidistx.Reader, tx *rueidistx.Tx) error { tx.Incr(e.Key("n")); return nil },
			rueidistx.Once(e.Mark("x"), time.Minute))
	}
	require.NoError(t, r.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Get(e.Key("n")); return nil }))
	p.Arm(faultproxy.Fault{Command: "EXEC", Phase: faultproxy.AfterCommand, DropReplies: true})
	r.take()
	require.ErrorIs(t, watch(), rueidistx.ErrRepliesLost)
	lost := r.take()
	require.Contains(t, lost[0], "MULTI: client Error")
	require.Contains(t, lost[0], "error.type=replies_lost rueidistx.attempts=2 rueidistx.outcome=applied")
	require.ErrorIs(t, watch(), rueidistx.ErrAlreadyApplied)
	require.Equal(t, []string{"MULTI INCR: client Unset db.operation.name=MULTI INCR db.system.name=redis " +
		"rueidistx.attempts=1 rueidistx.outcome=applied rueidistx.way=watch"}, r.take())
}

func TestAClosuresErrorIsAFailureIfAServerIsItsCause(t *testing.T) {
	t.Parallel()
	r, ctx, key := onServer(t), redistest.Context(t), redistest.Key(t, "k")
	redistest.Shared(t).Do(t, "SET", key, "text")
	client := redistest.Shared(t).Client(t)
	for kind, cause := range map[string]error{
		"":                  errMine,
		"WRONGTYPE":         client.Do(ctx, client.B().Llen().Key(key).Build()).Error(),
		"_OTHER":            client.Do(ctx, client.B().Eval().Script("return redis.error_reply('OOPS secret')").Numkeys(0).Build()).Error(),
		"connection":        rueidistx.ErrConnection,
		"deadline_exceeded": context.DeadlineExceeded,
		"canceled":          context.Canceled,
	} {
		err := fmt.Errorf("secret: %w", cause)
		require.ErrorIs(t, r.Transact(ctx, func(*rueidistx.Tx) error { return err }), cause)
		status, attribute := "Unset", ""
		switch kind {
		case "":
		case "WRONGTYPE":
			status, attribute = "Error", "db.response.status_code=WRONGTYPE db.system.name=redis error.type=WRONGTYPE"
		case "_OTHER":
			status, attribute = "Error", "db.response.status_code=OOPS db.system.name=redis error.type=_OTHER"
		default:
			status, attribute = "Error", "db.system.name=redis error.type="+kind
		}
		if attribute == "" {
			attribute = "db.system.name=redis"
		}
		require.Equal(t, []string{"MULTI: client " + status + " db.operation.name=MULTI " + attribute +
			" rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=transact"}, r.take())
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	r, ctx := onServer(t), redistest.Context(t)
	require.Panics(t, func() { _ = r.Transact(ctx, func(*rueidistx.Tx) error { panic("secret") }) })
	require.Equal(t, []string{`MULTI: client Error "rueidistx: discarded" db.operation.name=MULTI db.system.name=redis error.type=panicked ` +
		"rueidistx.attempts=1 rueidistx.outcome=not_applied rueidistx.way=transact"}, r.take())
}

func TestTheSlotIsReported(t *testing.T) {
	t.Parallel()
	r := open(t, redistest.Shared(t).Option(), []rueidistx.Option{rueidistx.CheckSlots()})
	require.ErrorIs(t, r.Auto(redistest.Context(t)).Get("{a}missing").Err(), rueidistx.ErrNil)
	require.Contains(t, r.take()[0], " rueidistx.slot=15495 ")
}

func TestServerAndNamespace(t *testing.T) {
	t.Parallel()
	sentinels := rueidis.ClientOption{InitAddress: []string{"b:26379", "a:26379"}, Sentinel: rueidis.SentinelOption{MasterSet: "mine"}}
	of := func(addresses ...string) rueidistxotel.Option {
		return rueidistxotel.WithClientOption(rueidis.ClientOption{InitAddress: addresses, SelectDB: 3})
	}
	list := []attribute.KeyValue{attribute.String("a", "1")}
	attributes := rueidistxotel.WithAttributes(list...)
	list[0] = attribute.String("b", "1")
	for _, c := range []struct {
		options []rueidistxotel.Option
		name    string
		base    string // attributes
	}{
		{nil, "PING", "db.system.name=redis"},
		{[]rueidistxotel.Option{nil, rueidistxotel.WithSystem("valkey")}, "PING", "db.system.name=valkey"},
		{[]rueidistxotel.Option{rueidistxotel.WithServer("a", 7000), rueidistxotel.WithNamespace(0)}, "PING a:7000",
			"db.namespace=0 db.system.name=redis server.address=a server.port=7000"},
		{[]rueidistxotel.Option{rueidistxotel.WithServer("a", 0)}, "PING a", "db.system.name=redis server.address=a"},
		{[]rueidistxotel.Option{rueidistxotel.WithServer("", 7000)}, "PING", "db.system.name=redis"},
		{[]rueidistxotel.Option{of("a:6379")}, "PING a", "db.namespace=3 db.system.name=redis server.address=a"},
		{[]rueidistxotel.Option{of("[::1]:7000")}, "PING ::1:7000", "db.namespace=3 db.system.name=redis server.address=::1 server.port=7000"},
		{[]rueidistxotel.Option{of("/run/redis.sock")}, "PING /run/redis.sock", "db.namespace=3 db.system.name=redis server.address=/run/redis.sock"},
		{[]rueidistxotel.Option{of("b:7000", "a:7000")}, "PING a,b:7000", "db.namespace=3 db.system.name=redis server.address=a,b server.port=7000"},
		{[]rueidistxotel.Option{of("b:6379", "a:6379")}, "PING a,b", "db.namespace=3 db.system.name=redis server.address=a,b"},
		{[]rueidistxotel.Option{of("b:7001", "a:7000")}, "PING a:7000,b:7001", "db.namespace=3 db.system.name=redis server.address=a:7000,b:7001"},
		{[]rueidistxotel.Option{of()}, "PING", "db.namespace=3 db.system.name=redis"},
		{[]rueidistxotel.Option{rueidistxotel.WithClientOption(sentinels)}, "PING a:26379,b:26379/mine",
			"db.namespace=0 db.system.name=redis server.address=a:26379,b:26379/mine"},
		{[]rueidistxotel.Option{attributes, rueidistxotel.WithAttributes(attribute.String("db.system.name", "mine"))},
			"PING", "a=1 db.system.name=mine"},
	} {
		r := onServer(t, c.options...)
		require.NoError(t, r.Auto(redistest.Context(t)).Ping().Err())
		spans := r.spans.GetSpans()
		require.Equal(t, c.name, spans[0].Name)
		all := texts(spans[0].Attributes)
		for _, a := range strings.Fields(c.base) {
			require.Contains(t, strings.Fields(all), a)
		}
		require.Len(t, spans[0].Attributes, len(strings.Fields(c.base))+4, all)
		points := r.metrics(t)["rueidistx.attempts {attempt}"]
		require.Len(t, points, 1)
		require.ElementsMatch(t, strings.Fields(c.base+" rueidistx.way=auto"), strings.Fields(strings.TrimSuffix(points[0], ": 1")))
	}
	require.Equal(t, []string{"b:26379", "a:26379"}, sentinels.InitAddress, "the caller's list is as it was")
}

func TestSamplersSeeTheOperation(t *testing.T) {
	t.Parallel()
	var s sampler
	r := onServer(t, rueidistxotel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(&s))), rueidistxotel.WithServer("a", 0))
	ctx := redistest.Context(t)
	require.NoError(t, r.Auto(ctx).Ping().Err())
	require.NoError(t, r.Transact(ctx, func(*rueidistx.Tx) error { return nil }))
	require.Equal(t, []string{
		"PING a client db.operation.name=PING db.system.name=redis rueidistx.way=auto server.address=a",
		"MULTI a client db.operation.name=MULTI db.system.name=redis rueidistx.way=transact server.address=a",
	}, s.saw)
	require.Len(t, r.metrics(t)["rueidistx.units {unit}"], 2, "metrics do not depend on the sampler")
}

type sampler struct{ saw []string }

func (s *sampler) Description() string { return "" }

func (s *sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.saw = append(s.saw, p.Name+" "+p.Kind.String()+" "+texts(p.Attributes))
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func TestSpansAreChildrenOfTheCallersAndOthersAreNotTouched(t *testing.T) {
	t.Parallel()
	r := onServer(t)
	ctx, parent := r.tracers.Tracer("mine").Start(redistest.Context(t), "parent")
	require.NoError(t, r.Auto(ctx).Ping().Err())
	require.NoError(t, r.Watch(ctx, func(*rueidistx.Reader, *rueidistx.Tx) error { return nil }))
	parent.End()
	spans := r.spans.GetSpans()
	require.Len(t, spans, 3)
	for _, s := range spans[:2] {
		require.Equal(t, parent.SpanContext().SpanID(), s.Parent.SpanID())
		require.Equal(t, parent.SpanContext().TraceID(), s.SpanContext.TraceID())
		require.Equal(t, "github.com/rueidistx/rueidistx/rueidistxotel", s.InstrumentationScope.Name)
		require.Equal(t, "https://opentelemetry.io/schemas/1.43.0", s.InstrumentationScope.SchemaURL)
	}
	require.Equal(t, "parent: internal Unset ", r.take()[2])
}

func TestABrokenTracerDoesNotTouchTheCallersSpan(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard) // rueidistx prints panics of hooks
	r := onServer(t, rueidistxotel.WithTracerProvider(broken{}), rueidistxotel.WithAttempts())
	ctx, parent := r.tracers.Tracer("mine").Start(redistest.Context(t), "parent")
	require.NoError(t, r.Auto(ctx).Ping().Err())
	require.True(t, parent.IsRecording())
	parent.End()
	require.Equal(t, []string{"parent: internal Unset "}, r.take())
	require.Len(t, r.metrics(t)["rueidistx.units {unit}"], 1)
}

func TestATracerThatIsBrokenForAttemptsDoesNotTouchTheUnitsSpan(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard)
	spans := tracetest.NewInMemoryExporter()
	r := onServer(t, rueidistxotel.WithAttempts(),
		rueidistxotel.WithTracerProvider(broken{of: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)).Tracer("mine")}))
	require.NoError(t, r.Auto(redistest.Context(t)).Ping().Err())
	require.Len(t, spans.GetSpans(), 1)
	require.Contains(t, texts(spans.GetSpans()[0].Attributes), "rueidistx.attempts=1", "it had not ended before")
}

// broken is a provider of a tracer that panics instead of making a span, or, if there is another tracer, one of an attempt.
type broken struct {
	tracenoop.TracerProvider
	of trace.Tracer
}

func (b broken) Tracer(string, ...trace.TracerOption) trace.Tracer { return brokenTracer{of: b.of} }

type brokenTracer struct {
	tracenoop.Tracer
	of trace.Tracer
}

func (b brokenTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if b.of == nil || name == "attempt" {
		panic("mine")
	}
	return b.of.Start(ctx, name, options...)
}

func TestWithoutAContextTheUnitIsRefused(t *testing.T) {
	t.Parallel()
	r := onServer(t, rueidistxotel.WithAttempts())
	var none context.Context
	require.ErrorIs(t, r.Auto(none).Ping().Err(), rueidistx.ErrInvalid)
	require.Empty(t, r.take())
	require.Equal(t, []string{"db.system.name=redis error.type=invalid rueidistx.outcome=not_applied rueidistx.way=auto: 1"},
		r.metrics(t)["rueidistx.units {unit}"])

	var contexts []context.Context // an instrument may need one
	r = onServer(t, rueidistxotel.WithMeterProvider(noting{contexts: &contexts}))
	require.ErrorIs(t, r.Auto(none).Ping().Err(), rueidistx.ErrInvalid)
	require.Equal(t, []context.Context{context.Background(), context.Background()}, contexts)
}

func TestReadsThroughTheCacheAreCounted(t *testing.T) {
	t.Parallel()
	r := onServer(t)
	ctx, key, other := redistest.Context(t), redistest.Key(t, "key"), redistest.Key(t, "other")
	cached := r.Cached(time.Minute)
	for range 2 {
		require.Zero(t, cached.Auto(ctx).LLen(key).Must())
	}
	b := cached.Batch()
	b.LLen(key)
	b.LLen(other)
	require.NoError(t, b.Exec(ctx))
	require.Error(t, cached.Auto(ctx).TTL(key).Err())
	within, cancel := context.WithCancel(ctx)
	b = cached.Batch(rueidistx.Chunk(1), rueidistx.Progress(func(int, int) { cancel() }))
	b.LLen(key) // which is a hit
	b.LLen(key + "unsent")
	require.Error(t, b.Exec(within))
	var names []string
	for _, span := range r.take() {
		name, _, _ := strings.Cut(span, ":")
		_, hits, _ := strings.Cut(span, "rueidistx.cache.hits=")
		names = append(names, name+" "+hits[:1])
	}
	require.Equal(t, []string{"LLEN 0", "LLEN 1", "PIPELINE LLEN 1", "TTL 0", "PIPELINE LLEN 1"}, names)
	metrics := r.metrics(t)
	require.Equal(t, []string{
		"db.system.name=redis rueidistx.cache.result=hit: 3",
		"db.system.name=redis rueidistx.cache.result=miss: 2",
	}, metrics["rueidistx.cache.reads {read}"])
}
