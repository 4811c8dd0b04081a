package main

import (
	"context"
	"fmt"

	"github.com/rueidistx/rueidistx"
)

// Register is a text that a lock protects. It remembers the fence of its last writer and refuses older ones. Any store that
// can compare and write in one step can do so; SQL, for example, by UPDATE … WHERE fence <= $1.
type Register struct {
	db *rueidistx.DB
	of rueidistx.Entity
}

// NewRegister returns the register with a name. It sends nothing.
func NewRegister(db *rueidistx.DB, name string) *Register {
	return &Register{db, rueidistx.Tag("rueidistx-register", name)}
}

func (r *Register) keys() (text, fence string) { return r.of.Key("text"), r.of.Key("fence") }

// StaleError says that a later holder of the lock has written.
type StaleError struct{ Fence, Last int64 }

func (e *StaleError) Error() string { return fmt.Sprintf("fence %d is older than %d", e.Fence, e.Last) }

// Unwrap makes it NotApplied.
func (e *StaleError) Unwrap() error { return rueidistx.ErrNotApplied }

// Write replaces the text, or returns a *StaleError, in one round trip. After an Unknown outcome, acquire the lock again and
// write with the new fence: a write with the old one that is still on its way is then refused.
func (r *Register) Write(ctx context.Context, fence int64, value string) error {
	text, last := r.keys()
	current := r.db.If(rueidistx.IntAt(last).AtMost(fence)) // the first writer finds nothing, which counts as 0
	current.Then.MSet(text, value, last, rueidistx.Arg(fence))
	newer := rueidistx.Int(current.Else.Get(last))
	held, err := current.Exec(ctx)
	if err != nil || held {
		return err
	}
	return &StaleError{fence, newer.Or(0)}
}

// Read returns the text, or "" if nothing was written.
func (r *Register) Read(ctx context.Context) (string, error) {
	text, _ := r.keys()
	return r.db.Auto(ctx).Get(text).Default("").Value()
}
