package rueidistxotel_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxotel"
)

// noting is a provider whose counters note their contexts.
type noting struct {
	metricnoop.MeterProvider
	contexts *[]context.Context
}

func (n noting) Meter(string, ...metric.MeterOption) metric.Meter {
	return notingMeter{contexts: n.contexts}
}

type notingMeter struct {
	metricnoop.Meter
	contexts *[]context.Context
}

func (n notingMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return notingCounter{contexts: n.contexts}, nil
}

type notingCounter struct {
	metricnoop.Int64Counter
	contexts *[]context.Context
}

func (n notingCounter) Add(ctx context.Context, _ int64, _ ...metric.AddOption) {
	*n.contexts = append(*n.contexts, ctx)
}

func TestProvidersThatDoNothing(t *testing.T) {
	t.Parallel()
	ctx := redistest.Context(t)
	for _, options := range [][]rueidistxotel.Option{
		{rueidistxotel.WithTracerProvider(nil), rueidistxotel.WithMeterProvider(nil)}, // the global ones, which do nothing
		{rueidistxotel.WithTracerProvider(tracenoop.NewTracerProvider()), rueidistxotel.WithMeterProvider(metricnoop.NewMeterProvider())},
	} {
		for _, options := range [][]rueidistxotel.Option{options, append(options, rueidistxotel.WithAttempts())} {
			r := onServer(t, options...)
			require.NoError(t, r.Auto(ctx).Ping().Err())
			require.NoError(t, r.Transact(ctx, func(tx *rueidistx.Tx) error { tx.Get(redistest.Key(t, "k")); return nil }))
			require.Empty(t, r.take())
			require.Empty(t, r.metrics(t))
		}
	}
}

func TestInstrumentsThatAreRefused(t *testing.T) {
	var handled []error
	old := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { handled = append(handled, err) }))
	defer otel.SetErrorHandler(old)
	r := onServer(t, rueidistxotel.WithMeterProvider(refusing{}))
	require.NoError(t, r.Auto(redistest.Context(t)).Ping().Err())
	require.Len(t, handled, 4)
	require.Len(t, r.take(), 1)
}

type refusing struct{ metricnoop.MeterProvider }

func (refusing) Meter(string, ...metric.MeterOption) metric.Meter { return refusingMeter{} }

type refusingMeter struct{ metricnoop.Meter }

func (refusingMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return metricnoop.Float64Histogram{}, errMine
}

func (refusingMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return metricnoop.Int64Counter{}, errMine
}

func TestTheNumberOfAttributeSetsIsBounded(t *testing.T) {
	t.Parallel()
	r, ctx := onServer(t), redistest.Context(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				name := "X" + strconv.Itoa(4*i+g)
				rueidistx.Queue(r.Auto(ctx), r.Auto(ctx).B().Arbitrary(name).Args("secret").Build(), rueidistx.AsString)
				_, _ = failed.Run(ctx, r.DB, nil, name)
			}
		})
	}
	wg.Wait()
	metrics := r.metrics(t)
	require.Less(t, len(metrics["db.client.operation.duration s"]), 450)
	require.Contains(t, fmt.Sprint(metrics["db.client.operation.duration s"]), "db.operation.name=_OTHER")
	require.Len(t, metrics["rueidistx.units {unit}"], 2, "ERR and _OTHER")
	require.Len(t, metrics["rueidistx.attempts {attempt}"], 1)
	require.Contains(t, metrics["rueidistx.attempts {attempt}"], "db.system.name=redis rueidistx.way=auto: 4000")
	names := map[string]bool{}
	for _, s := range r.spans.GetSpans() {
		names[s.Name] = true
	}
	require.Len(t, names, 2001, "a span has its own name")
}

func TestSeveralGoroutinesAndDBs(t *testing.T) {
	t.Parallel()
	r, ctx, key := onServer(t, rueidistxotel.WithAttempts()), redistest.Context(t), redistest.Key(t, "k")
	second, err := rueidistx.Open(redistest.Shared(t).Option(), rueidistx.Hooks(r.hook))
	require.NoError(t, err)
	defer second.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				for _, db := range []*rueidistx.DB{r.DB, second} {
					for _, w := range ways {
						if w.err == "" {
							if err := w.run(ctx, db, key); err != nil {
								t.Error(w.name, err)
							}
						}
					}
				}
			}
		})
	}
	redistest.Shared(t).Do(t, "SET", key, "text")
	wg.Wait()
	units := 0
	for _, s := range r.spans.GetSpans() {
		if s.Name != "attempt" { // a Watch has conflicts with the others
			require.NotEqual(t, codes.Error, s.Status.Code, "%s %v", s.Name, s.Status)
			units++
		}
	}
	total := 0
	for _, p := range r.metrics(t)["rueidistx.units {unit}"] {
		n, err := strconv.Atoi(p[strings.LastIndex(p, " ")+1:])
		require.NoError(t, err)
		total += n
	}
	require.Equal(t, units, total)
}

// setGlobal sets the global provider, which hands over to another one only once.
var setGlobal = sync.OnceValue(func() *tracetest.InMemoryExporter {
	spans := tracetest.NewInMemoryExporter()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
	return spans
})

func TestGlobalProvidersMayBeSetLater(t *testing.T) {
	r := onServer(t, rueidistxotel.WithTracerProvider(nil))
	spans := setGlobal()
	spans.Reset()
	require.NoError(t, r.Auto(redistest.Context(t)).Ping().Err())
	require.Len(t, spans.GetSpans(), 1)
}
