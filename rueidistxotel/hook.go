package rueidistxotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/dbconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/rueidistx/rueidistx"
)

// scope is the name of the instrumentation scope.
const scope = "github.com/rueidistx/rueidistx/rueidistxotel"

// The attributes that are not OpenTelemetry's.
const (
	keyWay      = attribute.Key("rueidistx.way")
	keyOutcome  = attribute.Key("rueidistx.outcome")
	keyAttempts = attribute.Key("rueidistx.attempts")
	keyAttempt  = attribute.Key("rueidistx.attempt")
	keySlot     = attribute.Key("rueidistx.slot")
	keyHits     = attribute.Key("rueidistx.cache.hits")
	keyResult   = attribute.Key("rueidistx.cache.result")
)

// maxOperations bounds the values of db.operation.name in metrics, and maxSeries the attribute sets that are kept.
const (
	maxOperations = 400
	maxSeries     = 2000
)

// New returns a hook for rueidistx.Hooks. It reports to the global providers, unless [WithTracerProvider] or
// [WithMeterProvider] say otherwise. See the package comment for what it reports.
//
// The hook may be that of several DBs, if the options are right for all of them. Any number of goroutines may call it at the
// same time. It starts none, and there is nothing to close: flushing the providers is up to the program. If a provider
// refuses to make an instrument, OpenTelemetry's error handler gets the error (see otel.Handle) and that metric is missing.
func New(options ...Option) rueidistx.Hook {
	var c config
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	if c.system == "" {
		c.system = semconv.DBSystemNameRedis.Value.AsString()
	}
	if c.tracers == nil {
		c.tracers = otel.GetTracerProvider()
	}
	if c.meters == nil {
		c.meters = otel.GetMeterProvider()
	}
	h := &hook{
		tracer: c.tracers.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)),
		base:   c.base(),
		target: c.target(),
	}
	h.operations.limit, h.series.limit = maxOperations, maxSeries
	h.instruments(c.meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL)))
	if c.attempts {
		return &attemptHook{h}
	}
	return h
}

type hook struct {
	tracer trace.Tracer
	base   []attribute.KeyValue // of all spans and metrics
	target string               // what follows the operation in a span's name

	duration metric.Float64Histogram
	units    metric.Int64Counter
	attempts metric.Int64Counter
	reads    metric.Int64Counter

	hit, miss []metric.AddOption

	operations memo[operationID, *operation]
	series     memo[seriesID, *series]
}

// seriesID tells apart what metrics tell apart.
type seriesID struct {
	way       rueidistx.Way
	operation string
	outcome   rueidistx.Outcome
	kind      string // error.type
}

// series are the attributes of metrics.
type series struct {
	duration []metric.RecordOption
	unit     []metric.AddOption
	attempts []metric.AddOption
}

// instruments makes the instruments. An instrument that comes with an error can be used all the same.
func (h *hook) instruments(meter metric.Meter) {
	handle := func(err error) {
		if err != nil {
			otel.Handle(err)
		}
	}
	duration, err := dbconv.NewClientOperationDuration(meter,
		metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10))
	handle(err)
	h.duration = duration.Float64Histogram
	h.units, err = meter.Int64Counter("rueidistx.units", metric.WithUnit("{unit}"),
		metric.WithDescription("Units that were executed or refused, by their outcome."))
	handle(err)
	h.attempts, err = meter.Int64Counter("rueidistx.attempts", metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts of units."))
	handle(err)
	h.reads, err = meter.Int64Counter("rueidistx.cache.reads", metric.WithUnit("{read}"),
		metric.WithDescription("Reads through the client-side cache, by whether the reply was there."))
	handle(err)
	result := func(word string) []metric.AddOption {
		own := append(h.base[:len(h.base):len(h.base)], keyResult.String(word))
		return []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(own...))}
	}
	h.hit, h.miss = result("hit"), result("miss")
}

// spanned is a context with a span of this package.
type spanned struct {
	context.Context
	span      trace.Span
	operation *operation // that the span was started with; nil for an attempt
}

func (h *hook) Before(ctx context.Context, u *rueidistx.Unit) context.Context {
	if ctx == nil { // which the unit will be refused for
		return nil
	}
	o := h.operation(u)
	ctx, span := h.tracer.Start(ctx, o.span, o.start...)
	return &spanned{ctx, span, o}
}

func (h *hook) After(ctx context.Context, u *rueidistx.Unit) {
	o, f := h.operation(u), failureOf(u)
	s, _ := ctx.(*spanned)
	if ctx == nil {
		ctx = context.Background()
	}
	h.record(ctx, u, o, f)
	if s == nil { // there was no context, or Before has panicked
		return
	}
	if s.span.IsRecording() {
		if o != s.operation {
			s.span.SetName(o.span)
			s.span.SetAttributes(semconv.DBOperationName(o.name))
		}
		attributes := make([]attribute.KeyValue, 0, 7)
		if u.Way == rueidistx.WayCached {
			attributes = append(attributes, keyHits.Int(u.FromCache))
		}
		if u.Len > 1 || u.Len == 0 && u.Err == nil {
			attributes = append(attributes, semconv.DBOperationBatchSize(u.Len))
		}
		if u.Slot >= 0 {
			attributes = append(attributes, keySlot.Int(u.Slot))
		}
		conclude(s.span, u, f, append(attributes, keyAttempts.Int(u.Attempt)))
	}
	s.span.End()
}

// conclude records on a span how a unit or an attempt has ended.
func conclude(span trace.Span, u *rueidistx.Unit, f failure, attributes []attribute.KeyValue) {
	attributes = append(attributes, keyOutcome.String(outcome(u.Outcome)))
	if f.kind != "" {
		attributes = append(attributes, semconv.ErrorTypeKey.String(f.kind))
		if f.code != "" {
			attributes = append(attributes, semconv.DBResponseStatusCode(f.code))
		}
		span.SetStatus(codes.Error, f.text)
	}
	span.SetAttributes(attributes...)
}

// outcome returns rueidistx.outcome.
func outcome(o rueidistx.Outcome) string {
	switch o {
	case rueidistx.NotApplied:
		return "not_applied"
	case rueidistx.Applied:
		return "applied"
	}
	return "unknown"
}

func (h *hook) record(ctx context.Context, u *rueidistx.Unit, o *operation, f failure) {
	id := seriesID{u.Way, o.metric, u.Outcome, f.kind}
	s := h.series.get(id, func(id seriesID, _ bool) *series { return h.newSeries(id, f.code == f.kind) })
	h.duration.Record(ctx, u.Took.Seconds(), s.duration...)
	h.units.Add(ctx, 1, s.unit...)
	h.attempts.Add(ctx, int64(u.Attempt), s.attempts...)
	if u.Way == rueidistx.WayCached && u.Outcome != rueidistx.NotApplied {
		reads := u.Len
		if of := (*rueidistx.BatchError)(nil); errors.As(u.Err, &of) {
			reads = of.Sent
		}
		h.reads.Add(ctx, int64(u.FromCache), h.hit...)
		h.reads.Add(ctx, int64(reads-u.FromCache), h.miss...)
	}
}

// newSeries returns the attributes of metrics. coded reports that the kind of error is a server's code.
func (h *hook) newSeries(id seriesID, coded bool) *series {
	of := func(own ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(h.base[:len(h.base):len(h.base)], own...)...))
	}
	way := keyWay.String(string(id.way))
	unit := []attribute.KeyValue{way, keyOutcome.String(outcome(id.outcome))}
	if id.kind != "" {
		unit = append(unit, semconv.ErrorTypeKey.String(id.kind))
	}
	duration := append(unit[:len(unit):len(unit)], semconv.DBOperationName(id.operation))
	if id.kind != "" && coded {
		duration = append(duration, semconv.DBResponseStatusCode(id.kind))
	}
	return &series{
		duration: []metric.RecordOption{of(duration...)},
		unit:     []metric.AddOption{of(unit...)},
		attempts: []metric.AddOption{of(way)},
	}
}

// attemptHook is a hook that also makes a span of each attempt.
type attemptHook struct{ *hook }

func (h *attemptHook) BeforeAttempt(ctx context.Context, u *rueidistx.Unit) context.Context {
	if ctx == nil {
		return nil
	}
	ctx, span := h.tracer.Start(ctx, "attempt", trace.WithAttributes(keyWay.String(string(u.Way)), keyAttempt.Int(u.Attempt)))
	return &spanned{Context: ctx, span: span}
}

func (h *attemptHook) AfterAttempt(ctx context.Context, u *rueidistx.Unit) {
	if s, ok := ctx.(*spanned); ok && s.operation == nil {
		conclude(s.span, u, failureOf(u), nil)
		s.span.End()
	}
}
