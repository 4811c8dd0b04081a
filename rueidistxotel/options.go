package rueidistxotel

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Option is an option of [New]. Of several that say different things, the last one holds.
type Option interface{ apply(c *config) }

type option func(c *config)

func (o option) apply(c *config) { o(c) }

type config struct {
	tracers    trace.TracerProvider // nil: the global one
	meters     metric.MeterProvider // nil: the global one
	system     string
	namespace  string // "": not known
	address    string // "": not known
	port       int    // 0: not known, or the default
	attributes []attribute.KeyValue
	attempts   bool
}

// base returns the attributes that spans and metrics have in common.
func (c *config) base() []attribute.KeyValue {
	all := []attribute.KeyValue{semconv.DBSystemNameKey.String(c.system)}
	if c.namespace != "" {
		all = append(all, semconv.DBNamespace(c.namespace))
	}
	if c.address != "" {
		all = append(all, semconv.ServerAddress(c.address))
		if c.port != 0 {
			all = append(all, semconv.ServerPort(c.port))
		}
	}
	return append(all, c.attributes...)
}

// target returns what follows the operation in the name of a span, with a blank, or "".
func (c *config) target() string {
	switch {
	case c.address == "":
		return ""
	case c.port == 0:
		return " " + c.address
	}
	return " " + c.address + ":" + strconv.Itoa(c.port)
}

// WithTracerProvider sets what makes the spans. The default, and nil, is the global provider, also if that is set after
// [New]. A provider of go.opentelemetry.io/otel/trace/noop turns spans off.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return option(func(c *config) { c.tracers = provider })
}

// WithMeterProvider sets what records the metrics. The default, and nil, is the global provider, also if that is set after
// [New]. A provider of go.opentelemetry.io/otel/metric/noop turns metrics off.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return option(func(c *config) { c.meters = provider })
}

// WithSystem sets db.system.name. The default, and "", is "redis". The name that OpenTelemetry has for Valkey is "valkey".
func WithSystem(name string) Option {
	return option(func(c *config) { c.system = name })
}

// WithServer sets server.address and server.port, which are also part of the names of spans. The address is the one in the
// program's configuration, not that of the node which a command happens to reach, and must not contain a password. A port
// of 0 is not reported, and by convention neither is the default one, 6379. Without an address, neither is.
func WithServer(address string, port int) Option {
	return option(func(c *config) { c.address, c.port = address, port })
}

// WithNamespace sets db.namespace to the number of the database, which is that of the connections: SelectDB of the client's
// options.
func WithNamespace(database int) Option {
	return option(func(c *config) { c.namespace = strconv.Itoa(database) })
}

// WithClientOption is [WithServer] and [WithNamespace] with what is in the client's options: InitAddress, SelectDB, and of
// a client of sentinels their MasterSet. Several addresses are sorted and separated by commas; a port that they have in common
// is server.port, unless it is 6379. The rest of the options is ignored.
func WithClientOption(client rueidis.ClientOption) Option {
	return option(func(c *config) {
		c.namespace = strconv.Itoa(client.SelectDB)
		c.address, c.port = server(client)
	})
}

// WithAttributes adds attributes to all spans and metrics, such as the name that the program has for the database. They
// should have few values. Of several WithAttributes, all hold. An attribute with a key that the package uses itself replaces
// it, unless it tells of the unit.
func WithAttributes(attributes ...attribute.KeyValue) Option {
	attributes = slices.Clone(attributes)
	return option(func(c *config) { c.attributes = append(c.attributes, attributes...) })
}

// WithAttempts adds a span of kind internal, "attempt", for each attempt of a unit: for each run of the closure of a Transact
// or Watch, for example. It is a child of the unit's span and has rueidistx.way, rueidistx.attempt, which is its number, from 1
// on, rueidistx.outcome and, if it failed, error.type and db.response.status_code. An attempt that ended in a conflict has failed.
// The spans of a tracing client are children of the attempt's.
func WithAttempts() Option {
	return option(func(c *config) { c.attempts = true })
}

const defaultPort = "6379"

// server returns server.address and server.port of a client, by the conventions for several endpoints.
func server(client rueidis.ClientOption) (address string, port int) {
	whole := slices.Clone(client.InitAddress)
	if len(whole) == 0 {
		return "", 0
	}
	if client.Sentinel.MasterSet != "" {
		slices.Sort(whole)
		return strings.Join(whole, ",") + "/" + client.Sentinel.MasterSet, 0
	}
	hosts, common := make([]string, len(whole)), ""
	for i, addr := range whole {
		host, p, err := net.SplitHostPort(addr)
		if err != nil { // a socket's path
			host, p = addr, ""
		}
		hosts[i] = host
		if i > 0 && p != common {
			slices.Sort(whole)
			return strings.Join(whole, ","), 0
		}
		common = p
	}
	slices.Sort(hosts)
	if common != defaultPort {
		port, _ = strconv.Atoi(common)
	}
	return strings.Join(hosts, ","), port
}
