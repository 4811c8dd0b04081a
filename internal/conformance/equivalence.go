package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/ways"
)

// CheckEquivalence fails the test unless the same commands give the same answers and leave the same state
// in every way of running, in RESP2 and in RESP3.
func CheckEquivalence(t *testing.T, target Target) {
	option := target.Option
	old := option
	old.AlwaysRESP2, old.DisableCache = true, true
	protocols := []struct {
		name string
		db   *rueidistx.DB
	}{{"RESP3", target.open(t, option)}, {"RESP2", target.open(t, old)}}
	// In a Batch a script that a node does not know yet runs after the other commands.
	for _, node := range protocols[0].db.Client().Nodes() {
		require.NoError(t, node.Do(redistest.Context(t), node.B().ScriptLoad().Script(appendScript).Build()).Error())
	}
	tag := strings.Trim(redistest.Key(t, ""), "{}:")
	run := 0
	require.NoError(t, flag.Set("rapid.nofailfile", "true")) // the seed is enough, and no files are left behind
	rapid.Check(t, func(t *rapid.T) {
		run++
		steps := rapid.SliceOfN(rapid.Custom(anyStep(target.Embedded)), 1, 40).Draw(t, "steps")
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var answers, state []string
		for _, p := range protocols {
			for _, w := range ways.All {
				w.Options.Batch = []rueidistx.BatchOption{rueidistx.Chunk(3)}
				prefix := fmt.Sprintf("{%s:%d:%s:%s}", tag, run, p.name, w.Name)
				var read []func() string
				err := w.Run(ctx, p.db, func(c *commands) {
					read = nil
					for _, s := range steps {
						read = append(read, s.queue(c, prefix))
					}
				})
				got := make([]string, len(read))
				failed := false
				for i := range read {
					got[i] = steps[i].text + ": " + read[i]()
					failed = failed || strings.Contains(got[i], ": error ")
				}
				require.Equal(t, failed && !w.Now, err != nil, "%s %s: %v", p.name, w.Name, err)
				left := stateOf(ctx, p.db, prefix)
				if answers == nil {
					answers, state = got, left
				}
				require.Equal(t, answers, got, "the answers of %s %s", p.name, w.Name)
				require.Equal(t, state, left, "the state after %s %s", p.name, w.Name)
			}
		}
	})
}

// step is one command with its arguments, but for the beginning of its keys.
type step struct {
	text  string
	queue func(c *rueidistx.Commands, prefix string) (read func() string)
}

func (s step) String() string { return s.text }

// reading returns what a future says: its value, or its error without the place in the sequence.
func reading[T any](f rueidistx.Future[T]) func() string {
	return func() string {
		v, err := f.Value()
		var command *rueidistx.CommandError
		switch {
		case err == nil:
			return fmt.Sprintf("%#v", v)
		case errors.Is(err, rueidistx.ErrNil):
			return "nil"
		case errors.As(err, &command):
			name := strings.TrimSuffix(command.Name, "SHA") // a script goes by its digest or by its text
			return fmt.Sprintf("error %s %s (%s)", name, command.Err, rueidistx.OutcomeOf(err))
		}
		return "error " + err.Error()
	}
}

// unordered is reading for answers that have no order.
func unordered(f rueidistx.Future[[]string]) func() string {
	return reading(rueidistx.Map(f, func(list []string) ([]string, error) { return slices.Sorted(slices.Values(list)), nil }))
}

// keyNames are all keys of a sequence, few so that the steps meet.
var keyNames = []string{"", "a", "b", "\r\n", "\x00\xff", "{}:{x}", "*1\r\n$4\r\nPING\r\n"}

// stateOf returns what is stored at each key, and deletes it.
func stateOf(ctx context.Context, db *rueidistx.DB, prefix string) []string {
	var state []string
	c := db.Auto(ctx)
	for _, name := range keyNames {
		key := prefix + name
		kind := c.Type(key).Or("unknown")
		var read func() string
		switch kind {
		case "string":
			read = reading(c.Get(key))
		case "hash":
			read = reading(c.HGetAll(key))
		case "list":
			read = reading(c.LRange(key, 0, -1))
		case "set":
			read = unordered(c.SMembers(key))
		case "zset":
			read = reading(c.ZRangeWithScores(key, 0, -1))
		default:
			read = func() string { return "" }
		}
		expires := c.PTTL(key).Or(rueidistx.NoTTL) != rueidistx.NoTTL
		state = append(state, fmt.Sprintf("%q: %s %s, expires: %t", name, kind, read(), expires))
		c.Del(key)
	}
	return state
}
