package rueidistxotel_test

import (
	"context"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxotel"
)

// traced is a client that makes a span of each call, in the way of rueidisotel.WithClient.
type traced struct {
	rueidis.Client
	tracer trace.Tracer
}

func (c *traced) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	ctx, span := c.tracer.Start(ctx, command.Commands()[0])
	defer span.End()
	return c.Client.Do(ctx, command)
}

func (c *traced) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	ctx, span := c.tracer.Start(ctx, commands[0].Commands()[0])
	defer span.End()
	return c.Client.DoMulti(ctx, commands...)
}

func (c *traced) Dedicated(fn func(rueidis.DedicatedClient) error) error {
	return c.Client.Dedicated(func(d rueidis.DedicatedClient) error { return fn(&tracedConn{d, c.tracer}) })
}

func (c *traced) Dedicate() (rueidis.DedicatedClient, func()) {
	d, cancel := c.Client.Dedicate()
	return &tracedConn{d, c.tracer}, cancel
}

type tracedConn struct {
	rueidis.DedicatedClient
	tracer trace.Tracer
}

func (c *tracedConn) Do(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	ctx, span := c.tracer.Start(ctx, command.Commands()[0])
	defer span.End()
	return c.DedicatedClient.Do(ctx, command)
}

func (c *tracedConn) DoMulti(ctx context.Context, commands ...rueidis.Completed) []rueidis.RedisResult {
	ctx, span := c.tracer.Start(ctx, commands[0].Commands()[0])
	defer span.End()
	return c.DedicatedClient.DoMulti(ctx, commands...)
}

func TestSpansOfATracingClientAreChildren(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]rueidistxotel.Option{"units": nil, "attempts": {rueidistxotel.WithAttempts()}} {
		r := providers(options...)
		db, err := rueidistx.Open(redistest.Shared(t).Option(), rueidistx.Hooks(r.hook), rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
			return &traced{client, r.tracers.Tracer("client")}
		}))
		require.NoError(t, err)
		defer db.Close()
		require.NoError(t, db.Transact(redistest.Context(t), func(tx *rueidistx.Tx) error { tx.Ping(); return nil })) // it asks about MULTI once
		r.take()
		for _, w := range ways {
			if w.err != "" {
				continue
			}
			key := redistest.Key(t, name+w.name)
			redistest.Shared(t).Do(t, "SET", key, "text")
			ctx, caller := r.tracers.Tracer("caller").Start(redistest.Context(t), "caller")
			require.NoError(t, w.run(ctx, db, key), w.name)
			ours, calls := map[trace.SpanID]trace.SpanID{}, 0
			var unit trace.SpanID
			spans := r.spans.GetSpans()
			for _, s := range spans {
				if s.InstrumentationScope.Name != "client" {
					ours[s.SpanContext.SpanID()] = s.Parent.SpanID()
					if s.Name != "attempt" {
						require.Equal(t, caller.SpanContext().SpanID(), s.Parent.SpanID(), w.name)
						unit = s.SpanContext.SpanID()
					}
				}
			}
			for _, s := range spans {
				if s.InstrumentationScope.Name != "client" || s.Name == "PING" { // of a connection that is given back, some time later
					continue
				}
				calls++
				parent := s.Parent.SpanID()
				require.Contains(t, ours, parent, "%s: %s has another parent", w.name, s.Name)
				if len(options) > 0 {
					require.Equal(t, unit, ours[parent], "%s: %s is not of the attempt", w.name, s.Name)
				} else {
					require.Equal(t, unit, parent)
				}
			}
			require.Equal(t, w.name != "batch of none", calls > 0, w.name)
			caller.End()
			r.take()
		}
	}
}
