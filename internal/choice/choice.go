// Package choice compares the ways in which an If runs: by script and by WATCH, in RESP3 and in RESP2. Random conditions are
// evaluated on random keys, and random commands run. What the conditions should come to says a model in Go, which has
// nothing in common with choice.lua; what the commands should reply and leave behind says a transaction of the same commands.
package choice

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/internal/table"
)

// Figures are what was compared.
type Figures struct {
	Choices  int // that were drawn
	Held     int // whose conditions hold
	Failed   int // whose conditions cannot be evaluated
	Commands int // whose reply was compared with that of the transaction, once for each way of running
	Errors   int // replies that are errors
	Rounded  int // replies that a script cannot return, which is a documented difference
	Refused  int // choices with a command that is refused before anything is sent
}

func (f Figures) String() string {
	return fmt.Sprintf("%d choices, %d hold, %d fail, %d refused; %d commands compared, %d fail, %d beyond 2^53",
		f.Choices, f.Held, f.Failed, f.Refused, f.Commands, f.Errors, f.Rounded)
}

// carrier is a way in which an If runs.
type carrier struct {
	name     string
	db       *rueidistx.DB
	byScript bool
}

type suite struct {
	carriers []carrier
	tag      string
	rows     []table.Command
	plain    bool // the server is older than Redis 7.0, from which on many commands have options
	Figures
}

// Compare draws choices, perCheck of them for each of rapid's checks, and fails the test unless all ways of running agree
// with the model.
func Compare(t *testing.T, option rueidis.ClientOption, perCheck int) Figures {
	t.Helper()
	open := func(option rueidis.ClientOption) *rueidistx.DB {
		db, err := rueidistx.Open(option)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		return db
	}
	resp3 := open(option)
	option.AlwaysRESP2, option.DisableCache = true, true
	resp2 := open(option)
	s := &suite{tag: strings.Trim(redistest.Key(t, ""), "{}:"), carriers: []carrier{
		{"script in RESP3", resp3, true}, {"WATCH in RESP3", resp3, false}, {"script in RESP2", resp2, true}, {"WATCH in RESP2", resp2, false},
	}}
	info, err := resp3.Auto(redistest.Context(t)).Info("server").Value()
	require.NoError(t, err)
	redis, _ := info.Get("redis_version")
	valkey, _ := info.Get("valkey_version")
	s.rows, s.plain = callable(redis, valkey), table.Newer("7.0", redis)
	require.NoError(t, flag.Set("rapid.nofailfile", "true")) // the seed is enough, and no files are left behind
	rapid.Check(t, func(t *rapid.T) {
		for range perCheck {
			s.check(t)
		}
	})
	return s.Figures
}

// choice is what is drawn.
type choice struct {
	began      time.Time
	state      state
	conditions []condition
	branches   [2][]call // Then and Else
}

func (s *suite) draw(t *rapid.T) *choice {
	c := &choice{began: time.Now(), state: state{}}
	for _, name := range names {
		c.state[name] = anyValue(t)
	}
	c.conditions = rapid.SliceOfN(anyCondition(c.state, 2), 1, 2).Draw(t, "conditions")
	for i := range c.branches {
		c.branches[i] = rapid.SliceOfN(s.anyCall(c.state, c.began), 0, 16).Draw(t, "commands")
	}
	return c
}

// expected is what the model says of a choice.
type expected struct {
	each   []bool
	held   bool
	failed int // the condition that cannot be evaluated
	why    failure
}

func (c *choice) expect() expected {
	e := expected{held: true}
	for i, condition := range c.conditions {
		holds, why := condition.holds(c.state)
		if why != "" {
			return expected{failed: i, why: why}
		}
		e.each = append(e.each, holds)
		e.held = e.held && holds
	}
	return e
}

// fill stores what a choice begins with.
func (c *choice) fill(ctx context.Context, t *rapid.T, db *rueidistx.DB, prefix string) {
	b, soon := db.Batch(), false
	for _, name := range names {
		v := c.state[name]
		b.Del(prefix + name)
		v.put(b.Commands, prefix+name)
		soon = soon || v.expired
	}
	if err := b.Exec(ctx); err != nil {
		t.Fatalf("filling: %v", err)
	}
	if soon {
		time.Sleep(3 * time.Millisecond)
	}
}

// check runs one choice in all ways, on keys of its own for each.
func (s *suite) check(t *rapid.T) {
	ctx, cancel := context.WithTimeout(context.Background(), redistest.Patience)
	defer cancel()
	c := s.draw(t)
	e := c.expect()
	s.Choices++
	prefix := func(i int) string { return fmt.Sprintf("{%s:%d:%c}", s.tag, s.Choices, 'a'+i) }
	taken := c.branches[1]
	if e.held {
		taken = c.branches[0]
	}

	// What is right.
	own := prefix(len(s.carriers))
	db := s.carriers[0].db
	c.fill(ctx, t, db, own)
	var want []string
	wantErr := saying(nil, own)
	tx := db.Atomic()
	if e.why == "" {
		var futures []reflect.Value
		for _, call := range taken {
			futures = append(futures, call.queue(tx.Commands, own))
		}
		wantErr = saying(tx.Exec(ctx), own)
		for i, f := range futures {
			want = append(want, show(f, &taken[i].row, own, c.began))
		}
	}
	tx.Discard()
	wantState := snapshot(ctx, t, db, own, c.began)

	for i, by := range s.carriers {
		c.fill(ctx, t, by.db, prefix(i))
		if !s.compare(ctx, t, by, c, prefix(i), e, want, wantErr) {
			s.Refused++
			return
		}
		got := snapshot(ctx, t, by.db, prefix(i), c.began)
		for j, name := range names {
			if !got[j].is(&wantState[j]) {
				t.Fatalf("%s: %q is %v, and should be %v", by.name, name, got[j], wantState[j])
			}
		}
	}
	switch {
	case e.why != "":
		s.Failed++
	case e.held:
		s.Held++
	}
	for i := range len(s.carriers) + 1 {
		b := db.Batch()
		for _, name := range names {
			b.Unlink(prefix(i) + name)
		}
		if err := b.Exec(ctx); err != nil {
			t.Fatalf("removing: %v", err)
		}
	}
}

// compare runs a choice in one way.
func (s *suite) compare(ctx context.Context, t *rapid.T, by carrier, c *choice, prefix string, e expected, want []string, wantErr string) (sent bool) {
	var conditions []rueidistx.Condition
	for _, condition := range c.conditions {
		conditions = append(conditions, condition.build(prefix))
	}
	run := by.db.If(conditions[0], conditions[1:]...)
	var futures [2][]reflect.Value
	scripted := true
	for i, to := range []*rueidistx.Commands{run.Then, run.Else} {
		for _, call := range c.branches[i] {
			futures[i] = append(futures[i], call.queue(to, prefix))
			scripted = scripted && call.scripted()
		}
	}
	option := rueidistx.ByWatch()
	if by.byScript {
		option = rueidistx.ByScript()
	}
	options := []rueidistx.ChoiceOption{option}
	if by.byScript && !scripted {
		options = nil
	}
	held, err := run.Exec(ctx, options...)
	taken, other := 1, 0
	if e.held {
		taken, other = 0, 1
	}
	if errors.Is(err, rueidistx.ErrInvalid) { // the arguments of a command, perhaps of the other branch
		return false
	}
	if e.why != "" {
		var of *rueidistx.ConditionError
		if !errors.As(err, &of) || of.Index != e.failed || !strings.HasPrefix(of.Err.Error(), string(e.why)) || rueidistx.OutcomeOf(err) != rueidistx.NotApplied || held || run.Held() != nil {
			t.Fatalf("%s: %v, and condition %d should fail: %s", by.name, err, e.failed, e.why)
		}
		for _, branch := range futures {
			for _, f := range branch {
				if text := showError(f); text != err.Error() {
					t.Fatalf("%s: a future says %s, and not %v", by.name, text, err)
				}
			}
		}
		return true
	}
	if held != e.held || !slices.Equal(run.Held(), e.each) {
		t.Fatalf("%s: the conditions are %v, %v, and should be %v (%v)", by.name, held, run.Held(), e.each, err)
	}
	rounded := 0 // or refused for the reason of another command
	for i, f := range futures[taken] {
		row := &c.branches[taken][i].row
		got := show(f, row, prefix, c.began)
		s.Commands++
		switch {
		case got == want[i]:
			if strings.HasPrefix(got, "error ") {
				s.Errors++
			}
		case by.byScript && strings.Contains(got, "beyond 2^53") && strings.HasPrefix(row.Reply.GoType, "time."):
			rounded++
		case strings.HasPrefix(row.Name, "SORT") && strings.Contains(got+want[i], "can't be converted into double"):
			rounded++ // a server says that of any element if an earlier command, of whomever, has left it an errno: a score of 1e-400
		default:
			t.Fatalf("%s: %s is %s, and should be %s", by.name, c.branches[taken][i].text, got, want[i])
		}
	}
	s.Rounded += rounded
	for _, f := range futures[other] {
		if text := showError(f); !strings.Contains(text, rueidistx.ErrNotTaken.Error()) {
			t.Fatalf("%s: the other branch says %s", by.name, text)
		}
	}
	if rounded == 0 && saying(err, prefix) != wantErr || rueidistx.OutcomeOf(err) != rueidistx.Applied {
		t.Fatalf("%s: the error is %v, and should be %s", by.name, err, wantErr)
	}
	return true
}

func showError(future reflect.Value) string {
	err, _ := future.MethodByName("Err").Call(nil)[0].Interface().(error)
	return fmt.Sprint(err)
}

// stored is what a key has in the end.
type stored struct {
	kind, dump, ttl string
	unordered       []string // the members of a set, or the fields of a hash with their values
}

// is reports whether two keys have the same. What is in a hash table is dumped in any order.
func (s *stored) is(other *stored) bool {
	return s.kind == other.kind && s.ttl == other.ttl && (s.dump == other.dump || s.unordered != nil && slices.Equal(s.unordered, other.unordered))
}

// snapshot returns what each key has.
func snapshot(ctx context.Context, t *rapid.T, db *rueidistx.DB, prefix string, began time.Time) []stored {
	all := make([]stored, len(names))
	b := db.Batch()
	kinds, dumps, ttls := make([]rueidistx.Future[string], len(names)), make([]rueidistx.Future[string], len(names)), make([]rueidistx.Future[time.Duration], len(names))
	for i, name := range names {
		key := prefix + name
		kinds[i], dumps[i], ttls[i] = b.Type(key), b.Dump(key), b.PTTL(key)
	}
	if err := b.Exec(ctx); err != nil {
		t.Fatalf("reading: %v", err)
	}
	auto := db.Auto(ctx)
	for i, name := range names {
		s := &all[i]
		s.kind, s.dump = kinds[i].Must(), dumps[i].Or("")
		switch ttl, err := ttls[i].Value(); {
		case errors.Is(err, rueidistx.ErrNil):
		case ttl > math.MaxInt64/2:
			s.ttl = "long" // or none
		default:
			s.ttl = ttl.Truncate(time.Minute).String()
		}
		switch s.kind {
		case set:
			s.unordered = slices.Sorted(slices.Values(auto.SMembers(prefix + name).Must()))
		case hash:
			for field, text := range auto.HGetAll(prefix + name).Must() {
				s.unordered = append(s.unordered, fmt.Sprintf("%q: %q", field, text))
			}
			slices.Sort(s.unordered)
		}
	}
	return all
}
