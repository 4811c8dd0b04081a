// Package parity is work written twice: by hand with rueidis, as well as rueidis allows, and with rueidistx. Both leave
// the same answers behind. The tests compare what it allocates; the bench module also compares the time, and does the
// same work with other clients.
package parity

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Shape is how the commands of a task are run.
type Shape string

// Auto is a single command, Batch is one round trip, Tx is MULTI/EXEC in one round trip, and Script is a call of [Source]
// for each command: a single one, or a batch of them.
const (
	Auto   Shape = "auto"
	Batch  Shape = "batch"
	Tx     Shape = "tx"
	Script Shape = "script"
)

// Kind is what the commands of a task do.
type Kind string

// Set, Get and IncrBy are that command for each key. Mix takes turns: SET, GET of the key just set, INCRBY.
const (
	Set    Kind = "SET"
	Get    Kind = "GET"
	IncrBy Kind = "INCRBY"
	Mix    Kind = "MIX"
)

// Task is N commands on the keys from First on.
type Task struct {
	Shape Shape
	Kind  Kind
	N     int
	First int
}

func (t Task) String() string { return fmt.Sprintf("%s/%s/%d", t.Shape, t.Kind, t.N) }

// Max is the number of keys there are.
const Max = 10_000

// Keys hold Values, of 64 bytes each. Counters are incremented by Steps, which Increment has as integers.
var (
	Keys     = numbered("key:%08d")
	Values   = numbered(strings.Repeat("v", 64-8) + "%08d")
	Counters = numbered("counter:%08d")
	Steps    = steps()
)

func numbered(format string) []string {
	list := make([]string, Max)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	return list
}

func steps() []string {
	list := make([]string, Max)
	for i := range list {
		list[i] = strconv.FormatInt(Increment(i), 10)
	}
	return list
}

// Increment is what the i-th counter is incremented by. It has one digit, and differs between neighbours, so that
// answers in the wrong order do not pass.
func Increment(i int) int64 { return int64(i%9) + 1 }

// Source is the script of a Script task, and Digest its SHA-1.
const Source = `return redis.call('INCRBY', KEYS[1], ARGV[1])`

// Digest is what the server knows Source by, once it has seen it.
var Digest = func() string {
	sum := sha1.Sum([]byte(Source))
	return hex.EncodeToString(sum[:])
}()

// Worker does a task again and again, on one goroutine at a time.
type Worker struct {
	Do      func() error
	Answers *Answers // of the last Do
}

// Answers are the decoded replies, each at the index of its command. A worker that does not decode has none.
type Answers struct {
	Strings []string
	Ints    []int64
}

// NewAnswers returns room for the answers of t.
func (t Task) NewAnswers() *Answers {
	return &Answers{Strings: make([]string, t.N), Ints: make([]int64, t.N)}
}

// kindOf is what the i-th command does.
func (t Task) kindOf(i int) Kind {
	if t.Kind == Mix {
		return [...]Kind{Set, Get, IncrBy}[i%3]
	}
	return t.Kind
}

// valueOf is the index of the value that the i-th command, a GET, reads.
func (t Task) valueOf(i int) int {
	if t.Kind == Mix {
		i--
	}
	return t.First + i
}

// Check returns what is wrong with answers of the given run, counted from 1, of t on keys that nobody else has changed.
func (t Task) Check(a *Answers, run int) error {
	for i := range t.N {
		switch t.kindOf(i) {
		case Get:
			if want := Values[t.valueOf(i)]; a.Strings[i] != want {
				return fmt.Errorf("%v: command %d answered %q, not %q", t, i, a.Strings[i], want)
			}
		case IncrBy:
			if want := int64(run) * Increment(t.First+i); a.Ints[i] != want {
				return fmt.Errorf("%v: command %d answered %d, not %d", t, i, a.Ints[i], want)
			}
		}
	}
	return nil
}

// Leaves returns the strings that the given number of runs of t, on an empty server, leave there.
func (t Task) Leaves(runs int) map[string]string {
	left := map[string]string{}
	for i := range t.N {
		switch t.kindOf(i) {
		case Set:
			left[Keys[t.First+i]] = Values[t.First+i]
		case IncrBy:
			left[Counters[t.First+i]] = strconv.FormatInt(int64(runs)*Increment(t.First+i), 10)
		}
	}
	return left
}

var errNotSet = errors.New("SET did not set")

// ctx has neither a deadline nor an end: either would change how rueidis sends.
var ctx = context.Background()
