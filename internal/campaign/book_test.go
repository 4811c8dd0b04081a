package campaign

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
)

// server is what the campaign asks apart from the clients that it is about.
type server interface {
	Do(tb testing.TB, args ...string) *rueidis.RedisMessage
}

// entries are those of a claim: an id in a list, the same id in a hash, or both, which is for work that is all or nothing.
type entries uint8

const (
	inList entries = 1 << iota
	inHash
	inBoth = inList | inHash
)

// claim is what was said of one id.
type claim struct {
	id, kind string
	entries  entries
	enters   bool   // running it enters the id
	resends  bool   // rueidis may send it twice, which the library says
	speech   string // what the script says when it has come to its end
	script   bool

	err       error
	mayBeLost bool // a server that had acknowledged it may have died with it
}

// book has the claims of one hash tag.
type book struct {
	tag, list, hash string

	mu     sync.Mutex
	claims map[string]*claim
}

func newBook(tag string) *book {
	return &book{tag: tag, list: "{" + tag + "}list", hash: "{" + tag + "}hash", claims: map[string]*claim{}}
}

func (b *book) note(c *claim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.claims[c.id] = c
}

// figures are what came out of a combination of options and servers.
type figures struct {
	Server   string  `json:"server"`
	Topology string  `json:"topology"`
	Options  string  `json:"options"`
	Queue    string  `json:"queue"`
	Seed     uint64  `json:"seed"`
	Seconds  float64 `json:"seconds"`
	Units    int64   `json:"units"`

	// what happened
	Cuts      int `json:"cuts"`    // connections that the proxy ended
	Holds     int `json:"holds"`   // commands and replies that it kept back for a while
	Refusals  int `json:"refused"` // times at which nothing could be dialed
	Upsets    int `json:"upsets"`  // CLIENT KILL, CLIENT PAUSE, SCRIPT FLUSH, a process that stood still
	Failovers int `json:"failovers"`
	Kills     int `json:"kills"` // of a primary
	Moves     int `json:"moves"` // of a slot

	// what was said
	Claims     int `json:"claims"`
	Applied    int `json:"applied"`
	Failed     int `json:"failed"` // applied, with an error of the script's own
	NotApplied int `json:"not_applied"`
	Unknown    int `json:"unknown"`

	// what it was really
	UnknownThere int   `json:"unknown_there"` // unknown, and there
	Lost         int   `json:"lost"`          // acknowledged by a server that was replaced
	Resent       int   `json:"resent"`        // entered twice by rueidis where the library says that it may
	Wrong        int64 `json:"wrong"`
	Doubled      int   `json:"doubled"`
	Half         int   `json:"half"`
	Pending      int64 `json:"pending"` // futures without an end
	Hangs        int   `json:"hangs"`
	Panics       int64 `json:"panics"`
	Longest      int64 `json:"longest_ms"`
}

// maxComplaints bounds the messages about one book: a fault that shows once shows a thousand times.
const maxComplaints = 5

// audit compares what was said with what the server has.
func (b *book) audit(t *testing.T, s server, f *figures) {
	t.Helper()
	listed, counted := map[string]int{}, map[string]int{}
	list, err := s.Do(t, "LRANGE", b.list, "0", "-1").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range list {
		listed[id]++
	}
	hash, err := s.Do(t, "HGETALL", b.hash).AsStrMap()
	if err != nil {
		t.Fatal(err)
	}
	for id, n := range hash {
		counted[id], _ = strconv.Atoi(n)
	}

	complaints := 0
	complain := func(n *int, id, format string, args ...any) {
		*n++
		if complaints++; complaints <= maxComplaints {
			t.Errorf("%s: %s", id, fmt.Sprintf(format, args...))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	wrong := 0
	for _, c := range b.claims {
		inList, inHash := listed[c.id], counted[c.id]
		delete(listed, c.id)
		delete(counted, c.id)
		c.judge(inList, inHash, f, &wrong, complain)
	}
	f.Wrong += int64(wrong)
	for id := range listed {
		complain(&f.Doubled, id, "is in the list, and nobody has entered it")
	}
	for id := range counted {
		complain(&f.Doubled, id, "is in the hash, and nobody has entered it")
	}
}

func (c *claim) judge(listed, counted int, f *figures, wrong *int, complain func(n *int, id, format string, args ...any)) {
	f.Claims++
	there := max(listed, counted)
	if listed > 0 && c.entries&inList == 0 || counted > 0 && c.entries&inHash == 0 {
		complain(wrong, c.id, "%s: entered where it was not meant to be", c.kind)
	}
	if c.entries == inBoth && (listed > 0) != (counted > 0) {
		complain(&f.Half, c.id, "%s: %d times in the list, %d times in the hash; said: %v", c.kind, listed, counted, c.err)
	}
	switch {
	case there <= 1:
	case c.resends:
		f.Resent++
	default:
		complain(&f.Doubled, c.id, "%s: %d times in the list, %d times in the hash; said: %v", c.kind, listed, counted, c.err)
	}
	if there > 0 && !c.enters {
		complain(wrong, c.id, "%s: entered, though it cannot have been; said: %v", c.kind, c.err)
	}
	switch outcome := rueidistx.OutcomeOf(c.err); outcome {
	case rueidistx.Applied:
		if c.err == nil {
			f.Applied++
		} else {
			f.Failed++
		}
		switch {
		case !c.enters || there > 0:
		case c.err != nil && c.script && (c.speech == "" || !strings.Contains(c.err.Error(), c.speech)):
			// the server ran it, and it failed before it had written, such as on a replica
		case c.mayBeLost:
			f.Lost++
		default:
			complain(wrong, c.id, "%s: applied, but it is not there; said: %v", c.kind, c.err)
		}
	case rueidistx.NotApplied:
		f.NotApplied++
		if there > 0 {
			complain(wrong, c.id, "%s: not applied, but it is there; said: %v", c.kind, c.err)
		}
	default:
		f.Unknown++
		if there > 0 {
			f.UnknownThere++
		}
		if !errors.Is(c.err, rueidistx.ErrUnknown) {
			complain(wrong, c.id, "%s: an error that says nothing: %v", c.kind, c.err)
		}
	}
}
