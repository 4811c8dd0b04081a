package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/parity"
)

// large is a single SET or GET of a value that does not fit into small buffers.
const large parity.Shape = "large"

const largeKey = "large"

// buffers are the names of the clients that differ in the size of both of their buffers. Hand has rueidis's default.
var buffers = []string{"8K", "16K", "32K", "64K"}

func buffersOf(bytes int) func(*rueidis.ClientOption) {
	return func(o *rueidis.ClientOption) { o.ReadBufferEachConn, o.WriteBufferEachConn = bytes, bytes }
}

// largeValue ends with its size, so that it is not another one's.
func largeValue(size int) string {
	end := fmt.Sprint(size)
	return strings.Repeat("v", size-len(end)) + end
}

func largeByHand(t parity.Task, client rueidis.Client, size int) *parity.Worker {
	value := largeValue(size)
	if t.Kind == parity.Set {
		return &parity.Worker{Do: func() error {
			return client.Do(ctx, client.B().Set().Key(largeKey).Value(value).Build()).Error()
		}}
	}
	return &parity.Worker{Do: func() error {
		got, err := client.Do(ctx, client.B().Get().Key(largeKey).Build()).ToString()
		return sized(got, size, err)
	}}
}

func largeTyped(t parity.Task, db *rueidistx.DB, size int) *parity.Worker {
	value := largeValue(size)
	if t.Kind == parity.Set {
		return &parity.Worker{Do: func() error { return db.Auto(ctx).Set(largeKey, value).Err() }}
	}
	return &parity.Worker{Do: func() error {
		got, err := db.Auto(ctx).Get(largeKey).Value()
		return sized(got, size, err)
	}}
}

// sized compares no more than the length and the end: a look at all of a large value would be a part of the time.
func sized(got string, size int, err error) error {
	if end := fmt.Sprint(size); err == nil && (len(got) != size || !strings.HasSuffix(got, end)) {
		err = fmt.Errorf("a value of %d bytes instead of %d", len(got), size)
	}
	return err
}

// buffersBudget is enough where the differences are of several percent.
const buffersBudget = 800 * time.Millisecond

// bufferWorkloads compare the sizes of rueidis's buffers, with large values and with many small ones, without TLS and
// with it. A quick run leaves out the largest batches.
func bufferWorkloads(quick bool) []workload {
	var all []workload
	clients := append([]string{typed, defaults, hand, control}, buffers...)
	for _, v := range []struct {
		venue venue
		over  string
	}{{onServer, ""}, {onTLS, " over TLS"}} {
		for _, kind := range []parity.Kind{parity.Set, parity.Get} {
			values := &family{
				name:  fmt.Sprintf("buffers/%s/value/%s", v.venue, kind),
				title: fmt.Sprintf("Buffers: a %s of a large value%s", kind, v.over), axis: "bytes",
				venue: v.venue, clients: clients, budget: buffersBudget,
			}
			for _, size := range []int{1 << 10, 16 << 10, 64 << 10, 1 << 20} {
				all = append(all, workload{family: values, number: size, task: parity.Task{Shape: large, Kind: kind, N: 1}})
			}
			batches := &family{
				name:  fmt.Sprintf("buffers/%s/batch/%s", v.venue, kind),
				title: fmt.Sprintf("Buffers: a batch of %ss%s", kind, v.over), axis: "commands",
				venue: v.venue, clients: clients, budget: buffersBudget,
			}
			for _, n := range []int{1000, 10_000} {
				if n <= 1000 || !quick {
					all = append(all, workload{family: batches, number: n, task: parity.Task{Shape: parity.Batch, Kind: kind, N: n}})
				}
			}
		}
	}
	return all
}

// footprint is what one connection takes of the client's heap.
type footprint struct {
	client string
	bytes  map[venue]float64
}

// footprints opens connections with buffers of each size, where there is a server for it.
func (l *lab) footprints(connections int) ([]footprint, error) {
	var all []footprint
	for _, name := range append([]string{hand, defaults}, buffers...) {
		f := footprint{name, map[venue]float64{}}
		for _, v := range []venue{onServer, onTLS} {
			s := l.servers[v]
			if s == nil {
				continue
			}
			option := s.option()
			option.PipelineMultiplex = -1
			if change := handOptions[name]; change != nil {
				change(&option)
			}
			bytes, err := footprintOf(option, connections, name == defaults)
			if err != nil {
				return nil, err
			}
			f.bytes[v] = bytes
		}
		all = append(all, f)
	}
	return all, nil
}

// footprintOf returns what clients of one connection each add to the heap: the most of some tries, as a client that was
// closed before may go only meanwhile, when its last timer does.
func footprintOf(option rueidis.ClientOption, connections int, typed bool) (float64, error) {
	most := 0.0
	for range 3 {
		time.Sleep(10 * time.Millisecond)
		bytes, err := oneFootprint(option, connections, typed)
		if err != nil {
			return 0, err
		}
		most = max(most, bytes)
	}
	return most, nil
}

func oneFootprint(option rueidis.ClientOption, connections int, typed bool) (float64, error) {
	before := heapInUse()
	for range connections {
		if typed {
			db, err := rueidistx.Open(option)
			if err != nil {
				return 0, err
			}
			defer db.Close()
			continue
		}
		client, err := rueidis.NewClient(option)
		if err != nil {
			return 0, err
		}
		defer client.Close()
	}
	return (heapInUse() - before) / float64(connections), nil
}

func heapInUse() float64 {
	runtime.GC()
	runtime.GC() // what sync.Pools hold goes in the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func footprintTable(all []footprint) *table {
	t := newTable("client", "without TLS", "with TLS")
	for _, f := range all {
		cells := []string{f.client}
		for _, v := range []venue{onServer, onTLS} {
			cell := ""
			if bytes, ok := f.bytes[v]; ok {
				cell = thousands(bytes/1024) + " KiB"
			}
			cells = append(cells, cell)
		}
		t.add(cells...)
	}
	return t
}
