package rueidistxotel_test

import (
	"context"
	"fmt"
	"log"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/rueidis"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxotel"
)

// A program that has set the global providers needs New() alone. This one has its own, whose spans and metrics it prints.
func Example() {
	server, err := miniredis.Run() // a server inside the process
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	option := rueidis.ClientOption{InitAddress: []string{server.Addr()}, DisableCache: true, ForceSingleClient: true}

	spans, metrics := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	hook := rueidistxotel.New(
		rueidistxotel.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))),
		rueidistxotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics))),
		rueidistxotel.WithServer("redis.example.com", 0),
	)
	db, err := rueidistx.Open(option, rueidistx.Hooks(hook))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	ctx := context.Background()
	db.Auto(ctx).Set("n", "1")
	db.Auto(ctx).LPush("n", "2") // fails
	_ = db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		n, err := rueidistx.Int(r.Get("n")).Value()
		tx.IncrBy("n", n)
		return err
	})

	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name, s.Status.Code)
		for _, a := range s.Attributes {
			if a.Key == "error.type" || a.Key == "rueidistx.outcome" || a.Key == "rueidistx.attempts" {
				fmt.Println("   ", a.Key, a.Value.String())
			}
		}
	}
	var collected metricdata.ResourceMetrics
	if err := metrics.Collect(ctx, &collected); err != nil {
		log.Fatal(err)
	}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		fmt.Println(m.Name)
	}
	// Output:
	// SET redis.example.com Unset
	//     rueidistx.attempts 1
	//     rueidistx.outcome applied
	// LPUSH redis.example.com Error
	//     rueidistx.attempts 1
	//     rueidistx.outcome applied
	//     error.type WRONGTYPE
	// MULTI redis.example.com Unset
	//     rueidistx.attempts 1
	//     rueidistx.outcome applied
	// db.client.operation.duration
	// rueidistx.units
	// rueidistx.attempts
}

// Spans of a tracing client, such as rueidisotel's, become children of the units' spans: each is one call of the client.
func Example_tracingClient() {
	server, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	option := rueidis.ClientOption{InitAddress: []string{server.Addr()}, DisableCache: true, ForceSingleClient: true}

	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	db, err := rueidistx.Open(option,
		rueidistx.Hooks(rueidistxotel.New(rueidistxotel.WithTracerProvider(provider))),
		rueidistx.Wrap(func(client rueidis.Client) rueidis.Client {
			return &traced{client, provider.Tracer("client")} // or rueidisotel.WithClient(client)
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	_ = db.Execute(context.Background(), func(b *rueidistx.Batch) error {
		b.Incr("n")
		b.Incr("n")
		return nil
	})
	call, unit := spans.GetSpans()[0], spans.GetSpans()[1]
	fmt.Println(unit.Name)
	fmt.Println(call.Name, call.Parent.SpanID() == unit.SpanContext.SpanID())
	// Output:
	// PIPELINE INCR
	// INCR true
}
