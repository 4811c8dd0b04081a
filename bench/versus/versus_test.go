// Package versus has the benchmarks with which go -C bench run . -base REF compares two commits. They are built with the
// library of either, so they use no more of it than older commits have.
package versus

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/parity"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// BenchmarkCanned is the work of the client alone.
func BenchmarkCanned(b *testing.B) {
	c, err := parity.NewCanned()
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	run := func(shape parity.Shape, kind parity.Kind, n int) {
		t := parity.Task{Shape: shape, Kind: kind, N: n}
		b.Run(t.String(), func(b *testing.B) { repeat(b, c.Serve(t, t.Typed(c.DB))) })
	}
	for _, kind := range []parity.Kind{parity.Set, parity.Get} {
		run(parity.Auto, kind, 1)
		for _, n := range []int{1, 10, 100} {
			run(parity.Batch, kind, n)
		}
		run(parity.Tx, kind, 10)
	}
}

// BenchmarkServer has a server, and Open's defaults.
func BenchmarkServer(b *testing.B) {
	server := redistest.Shared(b)
	db, err := rueidistx.Open(rueidis.ClientOption{InitAddress: []string{server.Addr}, ForceSingleClient: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, t := range []parity.Task{
		{Shape: parity.Auto, Kind: parity.Set, N: 1},
		{Shape: parity.Batch, Kind: parity.Mix, N: 10},
		{Shape: parity.Batch, Kind: parity.Set, N: 1000},
		{Shape: parity.Batch, Kind: parity.Set, N: 10_000},
		{Shape: parity.Tx, Kind: parity.IncrBy, N: 10},
	} {
		b.Run(t.String(), func(b *testing.B) { repeat(b, t.Typed(db)) })
	}
	const goroutines = 64
	b.Run(fmt.Sprintf("auto/SET/%d goroutines", goroutines), func(b *testing.B) {
		b.SetParallelism(goroutines / runtime.GOMAXPROCS(0))
		b.ReportAllocs()
		var next atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			w := parity.Task{Shape: parity.Auto, Kind: parity.Set, N: 1, First: int(next.Add(1))}.Typed(db)
			for pb.Next() {
				if err := w.Do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func repeat(b *testing.B, w *parity.Worker) {
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Do(); err != nil {
			b.Fatal(err)
		}
	}
}
