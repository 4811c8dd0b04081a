package rueidistx

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// carrier is how commands reach the server. Results come in the order of the commands, one for each.
type carrier interface {
	// single sends a single command.
	single(ctx context.Context, command rueidis.Completed) rueidis.RedisResult
	// many sends commands that need not stay together: those of one slot keep their order.
	many(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult
	// together sends commands of one slot, such as MULTI … EXEC, with nothing of anybody else's in between. A failure says
	// why nothing was sent.
	together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure)
}

// shared is the client's shared, auto-pipelined connection, to each node one or a few.
type shared struct {
	client  rueidis.Client
	cluster bool
	wrapped bool // other code may be around the client
}

// anyConnection lets a command without a slot go over any of the client's connections to a single node, as rueidis does
// for one with a key. The slot itself means nothing there.
func (s *shared) anyConnection(command rueidis.Completed) rueidis.Completed {
	if s.cluster || command.Slot() != noSlot {
		return command
	}
	return command.SetSlot("1")
}

func (s *shared) single(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	if s.cluster && command.Slot() == anySlot {
		// Without a slot, Do takes any node, a replica as well; DoMulti takes a primary.
		return s.fit(s.client.DoMulti(ctx, command), 1)[0]
	}
	if s.wrapped {
		return s.fit([]rueidis.RedisResult{s.client.Do(ctx, s.anyConnection(command))}, 1)[0]
	}
	return s.client.Do(ctx, s.anyConnection(command))
}

func (s *shared) together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure) {
	return s.client.DoMulti(ctx, commands...), nil
}

func (s *shared) many(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
	switch {
	case len(commands) == 0:
		return nil
	case len(commands) == 1:
		return []rueidis.RedisResult{s.single(ctx, commands[0])}
	case !s.cluster || !needsSplit(commands):
		commands[0] = s.anyConnection(commands[0])
		return s.fit(s.client.DoMulti(ctx, commands...), len(commands))
	}
	// rueidis panics on commands without a key beside those of several slots.
	var parts [2][]rueidis.Completed
	for _, c := range commands {
		parts[partOf(c)] = append(parts[partOf(c)], c)
	}
	var replies [2][]rueidis.RedisResult
	concurrently(2, func(i int) { replies[i] = s.fit(s.client.DoMulti(ctx, parts[i]...), len(parts[i])) })
	results := make([]rueidis.RedisResult, len(commands))
	var next [2]int
	for i, c := range commands {
		p := partOf(c)
		results[i] = replies[p][next[p]]
		next[p]++
	}
	return results
}

// fit returns results for n commands. If there are more or fewer, a wrapper around the client has mixed them up, and
// nobody knows which belongs to which command.
func fit(results []rueidis.RedisResult, n int) []rueidis.RedisResult {
	if len(results) == n {
		return results
	}
	lost := rueidis.NewErrorResult(&classified{fail(ErrProtocol, fmt.Errorf("%d results for %d commands", len(results), n))})
	return slices.Repeat([]rueidis.RedisResult{lost}, n)
}

// fit is the function of that name, and replaces results that are none: zero, without a type, and so nobody's word.
func (s *shared) fit(results []rueidis.RedisResult, n int) []rueidis.RedisResult {
	results = fit(results, n)
	if s.wrapped {
		results = replaceNone(results)
	}
	return results
}

// replaceNone replaces results that are none. rueidis has them too, if a context ends without an error.
func replaceNone(results []rueidis.RedisResult) []rueidis.RedisResult {
	for i := range results {
		if results[i] == (rueidis.RedisResult{}) {
			results[i] = rueidis.NewErrorResult(&classified{fail(ErrProtocol, errors.New("a result without a reply"))})
		}
	}
	return results
}

// allWell reports whether every command of a round has a reply that needs no second look. A MULTI that other code left
// behind swallows all that goes over its connection, so it shows in the first reply; in a cluster there are several.
func (db *DB) allWell(results []rueidis.RedisResult) bool {
	for i := range results {
		if err := results[i].Error(); err != nil && err != ErrNil {
			return false
		}
		if (i == 0 || db.cluster) && isQueued(&results[i]) {
			return false
		}
	}
	return true
}

// partOf tells commands without a key (0) from those with one.
func partOf(c rueidis.Completed) int {
	if c.Slot() == anySlot {
		return 0
	}
	return 1
}

// needsSplit reports whether there are commands without a key beside those of several slots.
func needsSplit(commands []rueidis.Completed) bool {
	keyless, seen, several := false, uint16(anySlot), false
	for i := range commands {
		switch s := commands[i].Slot(); {
		case s == anySlot:
			keyless = true
		case seen == anySlot:
			seen = s
		case s != seen:
			several = true
		}
	}
	return keyless && several
}

// maxConcurrent bounds the goroutines of concurrently.
const maxConcurrent = 16

// concurrently calls run with 0 to n-1, at the same time, and waits. What panics there panics here, as in a goroutine of
// its own it would end the process; and what ends its goroutine there ends this one.
func concurrently(n int, run func(i int)) {
	var working sync.WaitGroup
	var returned atomic.Int32
	var panicked atomic.Pointer[any]
	turn := make(chan struct{}, maxConcurrent)
	for i := range n {
		turn <- struct{}{}
		working.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					panicked.CompareAndSwap(nil, &v)
				}
				<-turn
			}()
			run(i)
			returned.Add(1)
		})
	}
	working.Wait()
	if v := panicked.Load(); v != nil {
		panic(*v)
	}
	if returned.Load() < int32(n) {
		runtime.Goexit()
	}
}
