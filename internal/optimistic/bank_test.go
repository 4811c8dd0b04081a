package optimistic

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

const (
	checked  = 10 // accounts that never have less than nothing
	credited = 4  // accounts that may
	wealth   = 100
	ttl      = time.Hour
)

// bank has accounts and a ledger on a server.
type bank struct {
	*field
	book
	entity    rueidistx.Entity
	carry     carrier
	mu        sync.Mutex
	transfers []*transfer
}

// carrier tries a transfer once, for one caller, and returns what that caller is told.
type carrier func(ctx context.Context, b *bank, db *rueidistx.DB, t *transfer, caller int) answer

// way is how a transfer is done.
type way int

const (
	watching   way = iota // Watch, which checks the balance
	valued                // OnceValue, which does too
	transacted            // Transact, from an account that may have less than nothing
)

// transfer moves an amount between two accounts at most once.
type transfer struct {
	id       string
	way      way
	from, to int
	amount   int64
	twoWaves bool
	givesUp  bool // rather than queue the transfer again, after a run whose outcome may not be known

	together []answer // of callers that tried at the same time
	after    *answer  // of one that tried when they had ended
}

// answer is what one caller was told.
type answer struct {
	caller   int
	err      error
	bounded  bool // its context was about to end
	repeated bool // OnceValue said so
	value    receipt
	futures  []rueidistx.Future[int64] // of each run of the closure
}

type receipt struct {
	ID     string
	Caller int
}

var errInsufficient, errGaveUp = errors.New("insufficient"), errors.New("gave up")

func openBank(t *testing.T, carry carrier) *bank {
	t.Helper()
	b := &bank{field: open(t), entity: rueidistx.TagOf(redistest.Key(t, "")), carry: carry}
	for i := range checked + credited {
		b.server.Do(t, "SET", b.account(i), strconv.Itoa(wealth))
	}
	return b
}

func (b *bank) account(i int) string { return b.entity.Key("account", strconv.Itoa(i)) }

func (b *bank) ledger() string { return b.entity.Key("ledger") }

// plan chooses a transfer.
func (b *bank) plan(rng *rand.Rand, i int) *transfer {
	t := &transfer{id: strconv.Itoa(i), way: way(rng.IntN(3)), amount: 1 + rng.Int64N(60), twoWaves: rng.IntN(2) == 0, givesUp: rng.IntN(4) == 0}
	if t.from = rng.IntN(checked); t.way == transacted {
		t.from = checked + rng.IntN(credited)
	}
	for t.to = t.from; t.to == t.from; {
		t.to = rng.IntN(checked + credited)
	}
	return t
}

// run makes n transfers, and releases what is held now and then.
func (b *bank) run(n int) {
	var ended atomic.Int64
	b.each(24, n, func(db *rueidistx.DB, rng *rand.Rand, i int) {
		t := b.plan(rng, i)
		callers := 1
		if sometimes(rng, 0.15) {
			callers += 1 + rng.IntN(2)
		}
		t.together = make([]answer, callers)
		var calling sync.WaitGroup
		for c := range callers {
			ctx, end, bounded := b.context(rng)
			calling.Go(func() {
				defer end()
				t.together[c] = b.carry(ctx, b, db, t, c)
				t.together[c].caller, t.together[c].bounded = c, bounded
			})
		}
		calling.Wait()
		if sometimes(rng, 0.1) || t.unknown() && sometimes(rng, 0.5) {
			again := b.carry(b.ctx, b, db, t, callers)
			again.caller = callers
			t.after = &again
		}
		b.mu.Lock()
		b.transfers = append(b.transfers, t)
		b.mu.Unlock()
		if ended.Add(1)%50 == 0 {
			b.proxy.Release()
		}
	})
}

// unknown reports whether a caller does not know what became of its transfer.
func (t *transfer) unknown() bool {
	for _, a := range t.together {
		if rueidistx.OutcomeOf(a.err) == rueidistx.Unknown {
			return true
		}
	}
	return false
}

// once does a transfer as a user of the library would.
func once(ctx context.Context, b *bank, db *rueidistx.DB, t *transfer, caller int) (a answer) {
	mark, from, to := b.entity.Mark("transfer", t.id), b.account(t.from), b.account(t.to)
	move := func(tx *rueidistx.Tx) error {
		if t.givesUp && len(a.futures) > 0 {
			return errGaveUp
		}
		tx.DecrBy(from, t.amount)
		tx.IncrBy(to, t.amount)
		a.futures = append(a.futures, tx.RPush(b.ledger(), t.id))
		return nil
	}
	check := func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
		balance, target := rueidistx.Int(r.Get(from)), rueidistx.Int(r.Get(to))
		if t.twoWaves {
			if _, err := target.Value(); err != nil {
				return err
			}
			balance = rueidistx.Int(r.Get(from))
		}
		switch n, err := balance.Value(); {
		case err != nil:
			return err
		case n < t.amount:
			return errInsufficient
		}
		return move(tx)
	}
	switch t.way {
	case watching:
		a.err = db.Watch(ctx, check, rueidistx.Once(mark, ttl))
	case valued:
		a.value, a.repeated, a.err = rueidistx.OnceValue(ctx, db, mark, ttl, func(r *rueidistx.Reader, tx *rueidistx.Tx) (receipt, error) {
			return receipt{t.id, caller}, check(r, tx)
		})
	case transacted:
		a.err = db.Transact(ctx, move, rueidistx.Once(mark, ttl))
	}
	return a
}

// bankFigures are what came out.
type bankFigures struct {
	figures
	Callers      int `json:"callers"`
	Applied      int `json:"applied"`
	Replies      int `json:"replies_lost"`
	Repeated     int `json:"repeated"`
	Insufficient int `json:"insufficient"`
	GaveUp       int `json:"gave_up"`
	NotApplied   int `json:"not_applied"`
	Unknown      int `json:"unknown"`
	UnknownThere int `json:"unknown_there"`

	Lost          int `json:"lost"`
	Doubled       int `json:"doubled"`
	Misclassified int `json:"misclassified"`
	Unbalanced    int `json:"unbalanced"` // accounts that differ from the ledger
}

// audit compares what was said with what the server has.
func (b *bank) audit(t *testing.T, name string) *bankFigures {
	t.Helper()
	f := &bankFigures{figures: b.figures(len(b.transfers))}
	b.drain(t)
	list, err := b.server.Do(t, "LRANGE", b.ledger(), "0", "-1").AsStrSlice()
	require.NoError(t, err)
	there := map[string]int{}
	for _, id := range list {
		there[id]++
	}
	balances := [checked + credited]int64{}
	for i := range balances {
		balances[i] = wealth
	}
	for _, tr := range b.transfers {
		tr.judge(there[tr.id], f, b.complain)
		balances[tr.from] -= tr.amount * int64(there[tr.id])
		balances[tr.to] += tr.amount * int64(there[tr.id])
		delete(there, tr.id)
	}
	for id := range there {
		f.Misclassified++
		b.complain("transfer %s is there, and nobody has made it", id)
	}
	total := int64(0)
	for i, want := range balances {
		got, err := b.server.Do(t, "GET", b.account(i)).AsInt64()
		require.NoError(t, err)
		total += got
		if got != want || i < checked && got < 0 {
			f.Unbalanced++
			b.complain("account %d has %d, and the ledger says %d", i, got, want)
		}
	}
	if total != wealth*int64(len(balances)) {
		f.Unbalanced++
		b.complain("all accounts together have %d", total)
	}
	report(name, f)
	return f
}

// judge compares what callers were told of a transfer with how often it is in the ledger.
func (t *transfer) judge(there int, f *bankFigures, complain func(format string, args ...any)) {
	wrong := func(n *int, format string, args ...any) {
		*n++
		complain("transfer %s, way %d, %d times in the ledger: %s; said: %s", t.id, t.way, there, fmt.Sprintf(format, args...), t.said())
	}
	answers := t.together
	if t.after != nil {
		answers = append(answers[:len(answers):len(answers)], *t.after)
	}
	did, repeated, unknown := []int(nil), 0, 0
	for _, a := range answers {
		f.Callers++
		switch outcome := rueidistx.OutcomeOf(a.err); {
		case a.again():
			repeated++
			f.Repeated++
		case outcome == rueidistx.Applied:
			did = append(did, a.caller)
			f.Applied++
			if a.err != nil {
				f.Replies++
			}
		case outcome == rueidistx.NotApplied:
			f.NotApplied++
			switch {
			case errors.Is(a.err, errInsufficient):
				f.Insufficient++
			case errors.Is(a.err, errGaveUp):
				f.GaveUp++
			}
		default:
			unknown++
			f.Unknown++
			f.UnknownThere += min(there, 1)
			if !a.bounded || !errors.Is(a.err, rueidistx.ErrUnknown) {
				wrong(&f.Misclassified, "caller %d should know", a.caller)
			}
		}
		if what := a.disagrees(); what != "" {
			wrong(&f.Misclassified, "caller %d: %s", a.caller, what)
		}
	}
	if there > 1 {
		wrong(&f.Doubled, "doubled")
	}
	switch {
	case there == 0 && len(did)+repeated > 0:
		wrong(&f.Lost, "lost")
	case there > 0 && len(did)+unknown == 0:
		wrong(&f.Misclassified, "nobody has done it")
	case len(did) > 1:
		wrong(&f.Misclassified, "callers %v have done it", did)
	case len(did) == 1:
		for _, a := range answers {
			if a.repeated && a.value != (receipt{t.id, did[0]}) {
				wrong(&f.Misclassified, "caller %d has got %v", a.caller, a.value)
			}
		}
	}
	if t.after == nil || t.way == transacted && errors.Is(t.after.err, errGaveUp) {
		return // a closure that fails before anything is read does so before the mark is looked at
	}
	for _, a := range t.together {
		if rueidistx.OutcomeOf(a.err) == rueidistx.Applied && !t.after.again() {
			wrong(&f.Misclassified, "caller %d should know that it was done", t.after.caller)
		}
	}
}

// again reports whether the caller was told that another one has done it.
func (a *answer) again() bool {
	return a.repeated || errors.Is(a.err, rueidistx.ErrAlreadyApplied) && !errors.Is(a.err, rueidistx.ErrRepliesLost)
}

// disagrees says what the futures say that the call does not.
func (a *answer) disagrees() string {
	applied := 0
	for _, f := range a.futures {
		err := f.Err()
		switch outcome := rueidistx.OutcomeOf(err); {
		case errors.Is(err, rueidistx.ErrPending):
			return "a future is pending"
		case outcome == rueidistx.Applied && !errors.Is(err, rueidistx.ErrAlreadyApplied), errors.Is(err, rueidistx.ErrRepliesLost):
			applied++
		case outcome == rueidistx.Unknown && rueidistx.OutcomeOf(a.err) != rueidistx.Unknown:
			return fmt.Sprintf("a future says: %v", err)
		}
	}
	want := 0
	if rueidistx.OutcomeOf(a.err) == rueidistx.Applied && !a.again() && a.futures != nil {
		want = 1
	}
	if applied != want {
		return fmt.Sprintf("%d of %d runs were applied, according to their futures", applied, len(a.futures))
	}
	return ""
}

func (t *transfer) said() (text string) {
	for _, a := range t.together {
		text += fmt.Sprintf("[%d: %v, repeated %v, bounded %v]", a.caller, a.err, a.repeated, a.bounded)
	}
	if t.after != nil {
		text += fmt.Sprintf(" then [%d: %v, repeated %v]", t.after.caller, t.after.err, t.after.repeated)
	}
	return text
}

func TestBank(t *testing.T) {
	b := openBank(t, once)
	b.storm(atExec, 0.4, elsewhere)
	b.run(transactions(t))
	f := b.audit(t, "bank")
	b.require(t)
	require.Greater(t, f.Faults, f.Transactions*3/10)
	require.Greater(t, f.Applied, f.Transactions/3)
	for what, n := range map[string]int{"replies lost": f.Replies, "repeated": f.Repeated, "insufficient": f.Insufficient, "gave up": f.GaveUp, "unknown": f.Unknown} {
		require.NotZero(t, n, what)
	}
}

// TestBankWithLateExecs has half of all EXECs arrive when their callers are gone, and often when they have ended.
func TestBankWithLateExecs(t *testing.T) {
	b := openBank(t, once)
	b.storm(lateExec, 0.5, nil)
	b.run(transactions(t) / 4)
	f := b.audit(t, "late")
	b.require(t)
	require.Greater(t, f.Faults, f.Transactions*3/10)
	require.Greater(t, f.Applied, f.Transactions/3)
}
