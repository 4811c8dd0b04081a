package rueidistxotel

import (
	"maps"
	"sync"
	"sync/atomic"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/rueidistx/rueidistx"
)

// other stands for the values of an attribute that are not reported, because there may be any number of them.
const other = "_OTHER"

// operationID tells operations apart.
type operationID struct {
	way   rueidistx.Way
	name  string // of all its commands; "" if they are not known to have the same
	alone bool   // it is one command
}

// operation is what spans and metrics of the same db.operation.name have in common.
type operation struct {
	name   string
	metric string // name, or other if there are too many
	span   string
	start  []trace.SpanStartOption
}

// idOf returns the operation of a unit, as far as it is known.
func idOf(u *rueidistx.Unit) operationID {
	id, n := operationID{way: u.Way}, 0
	for name := range u.Names() {
		if n++; n == 1 {
			id.name = name
		} else if name != id.name {
			id.name = ""
			break
		}
	}
	if n < u.Len { // the names of earlier chunks are not known, or there are others
		id.name = ""
	}
	id.alone = u.Len == 1 && n == 1
	return id
}

// String returns db.operation.name.
func (id operationID) String() string {
	var kind string
	switch id.way {
	case rueidistx.WayAuto:
		return id.name
	case rueidistx.WayBatch, rueidistx.WayCached:
		if id.alone {
			return id.name
		}
		kind = "PIPELINE"
	default:
		kind = "MULTI"
	}
	if id.name == "" {
		return kind
	}
	return kind + " " + id.name
}

func (h *hook) operation(u *rueidistx.Unit) *operation {
	return h.operations.get(idOf(u), func(id operationID, full bool) *operation {
		o := &operation{name: id.String()}
		o.metric, o.span = o.name, o.name+h.target
		if full {
			o.metric = other
		}
		attributes := append(h.base[:len(h.base):len(h.base)], semconv.DBOperationName(o.name), keyWay.String(string(id.way)))
		o.start = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...)}
		return o
	})
}

// memo remembers up to a limit what was made for a key. Reading it takes no lock.
type memo[K comparable, V any] struct {
	limit int
	known atomic.Pointer[map[K]V]
	mu    sync.Mutex // of those who add to it
}

// get returns what was made for the key, or else makes it; full reports that it will not be remembered.
func (m *memo[K, V]) get(key K, make func(key K, full bool) V) V {
	if known := m.known.Load(); known != nil {
		if v, ok := (*known)[key]; ok {
			return v
		}
		if len(*known) >= m.limit {
			return make(key, true)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	known := map[K]V{}
	if old := m.known.Load(); old != nil {
		known = maps.Clone(*old)
	}
	v, ok := known[key]
	if !ok {
		full := len(known) >= m.limit
		v = make(key, full)
		if !full {
			known[key] = v
			m.known.Store(&known)
		}
	}
	return v
}
