package rueidistxotel_test

import (
	"context"
	"testing"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxotel"
)

// idle is a hook that does nothing.
type idle struct{}

func (idle) Before(ctx context.Context, _ *rueidistx.Unit) context.Context { return ctx }
func (idle) After(context.Context, *rueidistx.Unit)                        {}

type named struct {
	name string
	hook rueidistx.Hook
}

// hooks are hooks, by what they do.
func hooks() []named {
	meters := rueidistxotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())))
	noMeters := rueidistxotel.WithMeterProvider(metricnoop.NewMeterProvider())
	noTracers := rueidistxotel.WithTracerProvider(tracenoop.NewTracerProvider())
	sampled := rueidistxotel.WithTracerProvider(sdktrace.NewTracerProvider())
	dropped := rueidistxotel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))
	return []named{
		{"none", nil},
		{"idle", idle{}},
		{"noop", rueidistxotel.New(noTracers, noMeters)},
		{"metrics", rueidistxotel.New(noTracers, meters)},
		{"spans", rueidistxotel.New(sampled, noMeters)},
		{"dropped", rueidistxotel.New(dropped, meters)},
		{"both", rueidistxotel.New(sampled, meters)},
		{"attempts", rueidistxotel.New(sampled, meters, rueidistxotel.WithAttempts())},
	}
}

// What a hook costs a single command: ns of a GET over loopback, and its allocations.
func BenchmarkGet(b *testing.B) {
	key := redistest.Key(b, "k")
	redistest.Shared(b).Do(b, "SET", key, "text")
	for _, c := range hooks() {
		b.Run(c.name, func(b *testing.B) {
			db, err := rueidistx.Open(redistest.Shared(b).Option(), rueidistx.Hooks(c.hook))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			auto := db.Auto(context.Background())
			b.ReportAllocs()
			for b.Loop() {
				if auto.Get(key).Err() != nil {
					b.Fatal("no reply")
				}
			}
		})
	}
}

// What the hook itself does for a unit, without the DB.
func BenchmarkHook(b *testing.B) {
	for _, c := range hooks()[1:] {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				observe(c.hook)
			}
		})
	}
}

// observe has a hook observe a unit.
func observe(h rueidistx.Hook) {
	u := &rueidistx.Unit{Way: rueidistx.WayTransact, Attempt: 1, Len: 2, Slot: -1}
	ctx := h.Before(context.Background(), u)
	u.Outcome, u.Took = rueidistx.Applied, time.Millisecond
	h.After(ctx, u)
}

func TestMetricsAllocateNothing(t *testing.T) {
	all := map[string]float64{}
	for _, c := range hooks()[1:] {
		all[c.name] = testing.AllocsPerRun(100, func() { observe(c.hook) })
	}
	t.Log(all)
	if all["metrics"] > all["noop"] || all["noop"] > all["idle"]+4 || all["both"] > all["idle"]+12 {
		t.Error("a hook allocates more than it did")
	}
}
