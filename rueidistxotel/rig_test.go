package rueidistxotel_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxotel"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// rig is a DB with a hook, and what the hook reports.
type rig struct {
	*rueidistx.DB
	spans   *tracetest.InMemoryExporter
	tracers *sdktrace.TracerProvider
	reader  *sdkmetric.ManualReader
	hook    rueidistx.Hook
}

// providers returns a rig without a DB.
func providers(options ...rueidistxotel.Option) *rig {
	r := &rig{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	r.tracers = sdktrace.NewTracerProvider(sdktrace.WithSyncer(r.spans))
	r.hook = rueidistxotel.New(append([]rueidistxotel.Option{
		rueidistxotel.WithTracerProvider(r.tracers),
		rueidistxotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))),
	}, options...)...)
	return r
}

// open returns a rig with a DB.
func open(t testing.TB, client rueidis.ClientOption, with []rueidistx.Option, options ...rueidistxotel.Option) *rig {
	t.Helper()
	r := providers(options...)
	db, err := rueidistx.Open(client, append(with, rueidistx.Hooks(r.hook))...)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	r.DB = db
	return r
}

// onServer is open for the server that the tests share.
func onServer(t testing.TB, options ...rueidistxotel.Option) *rig {
	t.Helper()
	return open(t, redistest.Shared(t).Option(), nil, options...)
}

func texts(attributes []attribute.KeyValue) string {
	var all []string
	for _, a := range attributes {
		all = append(all, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// take returns the spans that have ended since the last take, in the order in which they ended: name, kind, status, attributes.
func (r *rig) take() (spans []string) {
	for _, s := range r.spans.GetSpans() {
		text := fmt.Sprintf("%s: %s %s", s.Name, s.SpanKind, s.Status.Code)
		if s.Status.Description != "" {
			text += fmt.Sprintf(" %q", s.Status.Description)
		}
		if len(s.Events) > 0 {
			text += fmt.Sprintf(" %d events", len(s.Events))
		}
		spans = append(spans, text+" "+texts(s.Attributes))
	}
	r.spans.Reset()
	return spans
}

// metrics returns the data points of all metrics: name, attributes, value, by name.
func (r *rig) metrics(t testing.TB) map[string][]string {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, r.reader.Collect(t.Context(), &all))
	found := map[string][]string{}
	for _, scope := range all.ScopeMetrics {
		require.Equal(t, "github.com/rueidistx/rueidistx/rueidistxotel", scope.Scope.Name)
		for _, m := range scope.Metrics {
			name := m.Name + " " + m.Unit
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					found[name] = append(found[name], fmt.Sprintf("%s: %d", texts(p.Attributes.ToSlice()), p.Value))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					require.Equal(t, []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10}, p.Bounds)
					require.Positive(t, p.Sum)
					require.Less(t, p.Sum, 60.0)
					found[name] = append(found[name], fmt.Sprintf("%s: %d", texts(p.Attributes.ToSlice()), p.Count))
				}
			default:
				t.Fatalf("%T", data)
			}
			slices.Sort(found[name])
		}
	}
	return found
}
