package rueidistx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// carrier sends commands to the server. It returns one result per command, in the same order.
type carrier interface {
	// single sends a single command.
	single(ctx context.Context, command rueidis.Completed) rueidis.RedisResult
	// many sends commands that need not stay together. Those of one slot keep their order. The result of one command may be in
	// room, which may be nil.
	many(ctx context.Context, commands []rueidis.Completed, room []rueidis.RedisResult) []rueidis.RedisResult
	transactor
}

// transactor sends transactions.
type transactor interface {
	// together sends commands of one slot, such as MULTI … EXEC, with no other commands in between. A failure says why
	// nothing was sent.
	together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure)
}

// shared sends over the client's shared, auto-pipelined connections, one or a few to each node.
type shared struct {
	client  rueidis.Client
	cluster bool
	wrapped bool // other code may be around the client

	pipelined atomic.Bool // connections in the pool may be pipelining
}

// pipelines reports whether a command within ctx makes rueidis pipeline on its connection from then on: to notice that ctx
// is cancelled, it needs a goroutine that reads.
func pipelines(ctx context.Context) bool {
	_, bounded := ctx.Deadline()
	return !bounded && ctx.Done() != nil
}

// anyConnection lets a command without a slot use any of the client's connections to a single node, as rueidis does for
// one with a key. Outside clusters the slot has no other meaning.
func (s *shared) anyConnection(command rueidis.Completed) rueidis.Completed {
	if s.cluster || command.Slot() != noSlot {
		return command
	}
	return command.SetSlot("1")
}

func (s *shared) single(ctx context.Context, command rueidis.Completed) (r rueidis.RedisResult) {
	s.singleInto(ctx, command, &r)
	return r
}

// singleInto is single, but stores the result, which takes time to copy.
func (s *shared) singleInto(ctx context.Context, command rueidis.Completed, r *rueidis.RedisResult) {
	if command.IsBlock() && pipelines(ctx) { // it takes a connection of the pool
		s.pipelined.Store(true)
	}
	switch {
	case s.cluster && command.Slot() == anySlot:
		// Without a slot, Do may choose any node, even a replica; DoMulti chooses a primary.
		*r = s.fit(s.client.DoMulti(ctx, command), 1)[0]
	case s.wrapped:
		*r = s.fit([]rueidis.RedisResult{s.client.Do(ctx, s.anyConnection(command))}, 1)[0]
	default:
		*r = s.client.Do(ctx, s.anyConnection(command))
	}
}

func (s *shared) together(ctx context.Context, commands []rueidis.Completed) ([]rueidis.RedisResult, *failure) {
	results := s.client.DoMulti(ctx, commands...)
	if s.wrapped {
		results = replaceNils(results)
	}
	return results, nil
}

func (s *shared) many(ctx context.Context, commands []rueidis.Completed, room []rueidis.RedisResult) []rueidis.RedisResult {
	switch {
	case len(commands) == 0:
		return nil
	case len(commands) == 1:
		results := append(room[:0], rueidis.RedisResult{})
		s.singleInto(ctx, commands[0], &results[0])
		return results
	case !s.cluster:
		commands[0] = s.anyConnection(commands[0])
		return s.fit(s.client.DoMulti(ctx, commands...), len(commands))
	case !needsSplit(commands):
		return s.multi(ctx, commands)
	}
	// rueidis panics if commands without a key are sent together with those of several slots.
	var parts [2][]rueidis.Completed
	for _, c := range commands {
		parts[partOf(c)] = append(parts[partOf(c)], c)
	}
	var replies [2][]rueidis.RedisResult
	concurrently(2, func(i int) { replies[i] = s.multi(ctx, parts[i]) })
	results := make([]rueidis.RedisResult, len(commands))
	var next [2]int
	for i, c := range commands {
		p := partOf(c)
		results[i] = replies[p][next[p]]
		next[p]++
	}
	return results
}

// multi sends commands to a cluster by one DoMulti. If one of their slots has no node, rueidis sends none of them: then
// those of the other slots are sent all the same.
func (s *shared) multi(ctx context.Context, commands []rueidis.Completed) []rueidis.RedisResult {
	results := s.fit(s.client.DoMulti(ctx, commands...), len(commands))
	if s.wrapped || !withoutNode(results) { // what is around a client may have sent some of them
		return results
	}
	halves := halve([][]int{placesBySlot(commands)}, commands)
	for len(halves) > 0 && !done(ctx) { // of one slot, or in halves again
		refused := make([]bool, len(halves))
		concurrently(len(halves), func(h int) {
			part := make([]rueidis.Completed, len(halves[h]))
			for at, i := range halves[h] {
				part[at] = commands[i]
			}
			replies := fit(s.client.DoMulti(ctx, part...), len(part))
			refused[h] = withoutNode(replies)
			for at, i := range halves[h] {
				results[i] = replies[at]
			}
		})
		var left [][]int
		for h, places := range halves {
			if refused[h] {
				left = append(left, places)
			}
		}
		halves = halve(left, commands)
	}
	return results
}

// withoutNode reports whether nothing was sent because a slot has no node.
func withoutNode(results []rueidis.RedisResult) bool {
	for i := range results {
		if results[i].NonRedisError() != rueidis.ErrNoSlot {
			return false
		}
	}
	return len(results) > 0
}

// placesBySlot returns the places of all commands, those of one slot together and in their order.
func placesBySlot(commands []rueidis.Completed) []int {
	places := make([]int, len(commands))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(commands[a].Slot(), commands[b].Slot()) })
	return places
}

// halve parts each of some lists of places, by slot, in two, and leaves out those of one slot.
func halve(lists [][]int, commands []rueidis.Completed) (halves [][]int) {
	for _, places := range lists {
		slots := 1
		for at := range places[1:] {
			if commands[places[at]].Slot() != commands[places[at+1]].Slot() {
				slots++
			}
		}
		if slots == 1 {
			continue
		}
		for at, seen := 1, 0; ; at++ {
			if commands[places[at-1]].Slot() != commands[places[at]].Slot() {
				seen++
			}
			if seen == slots/2 {
				halves = append(halves, places[:at], places[at:])
				break
			}
		}
	}
	return halves
}

// fit returns results for n commands. If there are more or fewer, a wrapper around the client has lost or added some,
// and it is not known which result belongs to which command.
func fit(results []rueidis.RedisResult, n int) []rueidis.RedisResult {
	if len(results) == n {
		return results
	}
	lost := rueidis.NewErrorResult(&classified{fail(ErrProtocol, fmt.Errorf("%d results for %d commands", len(results), n))})
	return slices.Repeat([]rueidis.RedisResult{lost}, n)
}

// fit is the function of that name, and also replaces empty results, and nil errors, if the client is wrapped.
func (s *shared) fit(results []rueidis.RedisResult, n int) []rueidis.RedisResult {
	results = fit(results, n)
	if s.wrapped {
		results = replaceNils(replaceNone(results))
	}
	return results
}

// replaceNone replaces empty results by errors. A wrapper may return them, and rueidis does if a context ends without
// an error.
func replaceNone(results []rueidis.RedisResult) []rueidis.RedisResult {
	for i := range results {
		if results[i] == (rueidis.RedisResult{}) {
			results[i] = rueidis.NewErrorResult(&classified{fail(ErrProtocol, errors.New("a result without a reply"))})
		}
	}
	return results
}

// replaceNils replaces rueidis.Nil, which a wrapper may return as an error, by the reply that it stands for.
func replaceNils(results []rueidis.RedisResult) []rueidis.RedisResult {
	for i := range results {
		switch err, own := results[i].NonRedisError().(*rueidis.RedisError); {
		case !own:
		case err == nil: // its methods would panic
			results[i] = rueidis.NewErrorResult(&classified{fail(ErrProtocol, errors.New("an error without a text"))})
		case err.IsNil() && nilReply.IsNil():
			results[i] = rueidis.NewResult(nilReply, nil)
		case err.IsNil():
			results[i] = rueidis.NewErrorResult(&classified{fail(ErrProtocol, errors.New("a nil error"))})
		}
	}
	return results
}

// nilReply is a nil reply, or something else if this version of rueidis writes its cache in another way. Only an element of what
// is decoded like this does not claim to be from the client-side cache.
var nilReply = func() (m rueidis.RedisMessage) {
	var list rueidis.RedisMessage
	one := []byte{0, 0, 0, 0, 0, 0, 0, 1}
	if list.CacheUnmarshalView(slices.Concat(make([]byte, 7), []byte("*"), one, []byte("_"), one)) == nil {
		if elements, err := list.ToArray(); err == nil && len(elements) == 1 {
			m = elements[0]
		}
	}
	return m
}()

// allWell reports whether every command of a chunk has a reply that is neither an error nor QUEUED. A MULTI that other
// code left behind swallows everything on its connection, so it shows in the first reply; in a cluster there are
// several connections, and in a Batch that is read through the cache the first reply may come from there. If one is
// not nil, the first reply is stored there.
func (q *queue) allWell(results []rueidis.RedisResult, one *rueidis.RedisMessage) bool {
	m, err := results[0].ToMessage()
	if err != nil && err != ErrNil || err == nil && readsQueued(&m) {
		return false
	}
	if one != nil {
		*one = m
	}
	each := q.db.cluster || q.rules.cached
	for i := 1; i < len(results); i++ {
		if !each {
			if err := results[i].Error(); err != nil && err != ErrNil {
				return false
			}
			continue
		}
		if m, err := results[i].ToMessage(); err != nil && err != ErrNil || err == nil && readsQueued(&m) {
			return false
		}
	}
	return true
}

// partOf returns 0 for commands without a key, 1 for the others.
func partOf(c rueidis.Completed) int {
	if c.Slot() == anySlot {
		return 0
	}
	return 1
}

// needsSplit reports whether there are commands without a key together with those of several slots.
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

// concurrently calls run with 0 to n-1, at the same time, and waits. If a call panics, so does concurrently, because in
// a goroutine of its own the panic would end the process. If a call ends its goroutine, concurrently ends this one.
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
