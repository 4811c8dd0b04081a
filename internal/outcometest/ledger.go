package outcometest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
)

// Ledger has units of work of two entries each, so that half of one is seen as well as one that ran twice, and it knows
// what each of them ended with.
type Ledger struct {
	List, Hash string // the keys of the entries: the ids in a list, and how often each was entered

	mu     sync.Mutex
	errs   map[string]error
	counts map[rueidistx.Outcome]int
}

// NewLedger returns a ledger with keys that begin like this.
func NewLedger(prefix string) *Ledger {
	return &Ledger{List: prefix + "list", Hash: prefix + "hash", errs: map[string]error{}, counts: map[rueidistx.Outcome]int{}}
}

// Enter queues the two entries of a unit.
func (l *Ledger) Enter(c *rueidistx.Commands, id string) {
	c.RPush(l.List, id)
	c.HIncrBy(l.Hash, id, 1)
}

// Ended notes what a unit ended with.
func (l *Ledger) Ended(id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs[id] = err
	l.counts[rueidistx.OutcomeOf(err)]++
}

// Transact enters a unit in a transaction, in one attempt.
func (l *Ledger) Transact(ctx context.Context, db *rueidistx.DB, id string) error {
	tx := db.Atomic()
	l.Enter(tx.Commands, id)
	err := tx.Exec(ctx)
	l.Ended(id, err)
	return err
}

var enter = rueidistx.NewScript(`
	redis.call('RPUSH', KEYS[1], ARGV[1])
	return redis.call('HINCRBY', KEYS[2], ARGV[1], 1)`, rueidistx.AsInt64)

// Script queues a script that enters a unit, or runs it at once in an Auto.
func (l *Ledger) Script(q rueidistx.Queuer, id string) rueidistx.Future[int64] {
	return enter.Queue(q, []string{l.List, l.Hash}, id)
}

// Count returns how many units have ended with this outcome.
func (l *Ledger) Count(outcome rueidistx.Outcome) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[outcome]
}

// Audit compares what was said of the units with what the server has, and counts both: "applied/true" is the number of
// those that were said to be applied and are. Those that were said to be applied, but with an error, are "failed".
func (l *Ledger) Audit(t *testing.T, s Server) map[string]int {
	t.Helper()
	return l.AuditExcept(t, s, func(string) bool { return false })
}

// AuditExcept is Audit where a server has died for another that may lack the last writes. mayBeLost says of which units
// an acknowledged write may be lost.
func (l *Ledger) AuditExcept(t *testing.T, s Server, mayBeLost func(id string) bool) map[string]int {
	t.Helper()
	listed, err := s.Do(t, "LRANGE", l.List, "0", "-1").AsStrSlice()
	require.NoError(t, err)
	counted, err := s.Do(t, "HGETALL", l.Hash).AsStrMap()
	require.NoError(t, err)
	assert.Len(t, counted, len(listed), "a unit is there in part")
	for _, id := range listed {
		if counted[id] != "1" {
			t.Errorf("%s was counted %q times", id, counted[id])
		}
	}
	return l.Compare(t, listed, mayBeLost)
}

// Compare is AuditExcept for the ids alone.
func (l *Ledger) Compare(t *testing.T, listed []string, mayBeLost func(id string) bool) map[string]int {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	there := map[string]bool{}
	for _, id := range listed {
		if there[id] {
			t.Errorf("%s was applied twice", id)
		}
		if _, known := l.errs[id]; !known { // assert.Contains would look at all keys
			t.Errorf("%s was applied, and nobody has done it", id)
		}
		there[id] = true
	}
	seen := map[string]int{}
	for id, err := range l.errs {
		what := rueidistx.OutcomeOf(err).String()
		switch {
		case what == "applied" && err != nil: // the server ran a script that failed, before or after it had written
			what = "failed"
		case what == "applied" && mayBeLost(id):
		case !Agrees(err, there[id]):
			t.Errorf("%s applied: %v, but: %v", id, there[id], err)
		}
		seen[fmt.Sprintf("%s/%v", what, there[id])]++
	}
	return seen
}
