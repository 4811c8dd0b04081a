package rueidistxtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/canned"
	"github.com/rueidistx/rueidistx/internal/kit"
)

// Offline returns a DB without a server, for units that are only filled. It dials nothing. Whatever is executed on it is not
// applied: its error matches rueidistx.ErrNotSent, as after Close.
func Offline(tb testing.TB, options ...rueidistx.Option) *rueidistx.DB {
	tb.Helper()
	client, _ := canned.Option()
	db, err := rueidistx.Open(client, options...)
	if err != nil {
		tb.Fatalf("rueidistxtest: Offline: %v", err)
	}
	db.Close()
	return db
}

// PlanOption is an option of [Plan].
type PlanOption interface{ apply(*planOptions) }

type planOptions struct{ values bool }

type planOption func(*planOptions)

func (o planOption) apply(p *planOptions) { o(p) }

// Values shows the values in a plan. Otherwise each is a question mark.
func Values() PlanOption { return planOption(func(p *planOptions) { p.values = true }) }

// Plan returns what a unit would send, as text with a line for each command: a *rueidistx.Batch, *rueidistx.Tx,
// *rueidistx.Choice or *rueidistx.Reader. It sends nothing, and the unit can still be filled and executed. It has the keys, the
// hash slots, the MULTI and EXEC of a transaction, and the conditions and both branches of an If. Scripts are their SHA-1
// digests, functions their names. Conditions never show values. Of a unit that would not be sent, it says why.
//
//	transaction, slot 3190
//	  MULTI
//	  DECRBY {wallet}:alice ?
//	  INCRBY {wallet}:bob ?
//	  EXEC
//
// The unit must not be used by another goroutine at the same time.
func Plan(unit any, options ...PlanOption) string {
	var o planOptions
	for _, option := range options {
		if option != nil {
			option.apply(&o)
		}
	}
	p, err := kit.PlanOf(unit)
	if err != nil {
		return fmt.Sprintf("no unit: %v\n", err)
	}
	var s strings.Builder
	slot, same := slotOf(p.Branches)
	s.WriteString(map[string]string{"auto": "Auto, each command is sent at once", "reader": "reads of a Watch"}[p.Kind])
	if s.Len() == 0 {
		s.WriteString(p.Kind)
	}
	if same && slot >= 0 {
		fmt.Fprintf(&s, ", slot %d", slot)
	}
	s.WriteByte('\n')
	if p.Refused != nil {
		fmt.Fprintf(&s, "  is not sent: %v\n", p.Refused)
	}
	for _, condition := range p.Conditions {
		fmt.Fprintf(&s, "  %s\n", condition)
	}
	for i, branch := range p.Branches {
		if p.Kind == "if" {
			s.WriteString([]string{"then\n", "else\n"}[i])
		}
		o.write(&s, branch, !same, p.Kind == "transaction" && len(branch) > 0)
	}
	return s.String()
}

// write writes the commands of a branch.
func (o *planOptions) write(s *strings.Builder, branch []kit.Step, slots, multi bool) {
	if multi {
		s.WriteString("  MULTI\n")
	}
	for _, step := range branch {
		s.WriteByte(' ')
		for i, word := range step.Words {
			s.WriteByte(' ')
			if !o.values && slices.Contains(step.Values, i) {
				word = "?"
			}
			s.WriteString(plain(word))
		}
		if slots && step.Slot >= 0 {
			fmt.Fprintf(s, "  (slot %d)", step.Slot)
		}
		s.WriteByte('\n')
	}
	if multi {
		s.WriteString("  EXEC\n")
	}
}

// plain returns a word, in quotes unless it is one of printable characters without spaces.
func plain(word string) string {
	if word == "" || strings.ContainsFunc(word, func(r rune) bool {
		return r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r)
	}) {
		return strconv.Quote(word)
	}
	return word
}

// slotOf returns the slot of all keys, -1 if there are none, and whether it is one.
func slotOf(branches [][]kit.Step) (slot int, same bool) {
	slot = -1
	for _, step := range slices.Concat(branches...) {
		switch {
		case step.Slot < 0:
		case slot >= 0 && slot != step.Slot:
			return -1, false
		default:
			slot = step.Slot
		}
	}
	return slot, true
}
