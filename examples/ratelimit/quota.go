package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rueidistx/rueidistx"
)

// Limit is how often something may be done in a period, which begins with the first time. So twice as often is possible
// within a time as long as that, around its end; a Bucket is stricter.
type Limit struct {
	N   int64
	Per time.Duration
}

func (l Limit) String() string { return fmt.Sprintf("%d in %v", l.N, l.Per) }

// Quota has several limits, each with another period, and counts only what all of them allow. Any number of goroutines may
// use it.
type Quota struct {
	db     *rueidistx.DB
	limits []Limit
}

// NewQuota returns a quota for each user. It sends nothing.
func NewQuota(db *rueidistx.DB, first Limit, more ...Limit) *Quota {
	return &Quota{db, append([]Limit{first}, more...)}
}

// key counts in a period. All keys of a user are in one hash slot, as an If requires in a cluster.
func (q *Quota) key(user string, l Limit) string {
	return rueidistx.Tag("rueidistx-quota", user).Key(l.Per.String())
}

// QuotaError says which limits were reached.
type QuotaError struct {
	Limits []string
	In     time.Duration // until all of their periods are over
}

func (e *QuotaError) Error() string {
	return "over the limit of " + strings.Join(e.Limits, ", and of ")
}

// Unwrap makes it NotApplied. rueidistx does not know the outcome of errors that it did not make.
func (e *QuotaError) Unwrap() error { return rueidistx.ErrNotApplied }

// Use counts one use by a user, or returns a *QuotaError and counts nothing, in one round trip. If the outcome of an error is
// Unknown, it may have been counted; to call Use again is at worst stricter than it should be.
func (q *Quota) Use(ctx context.Context, user string) error {
	conditions := make([]rueidistx.Condition, len(q.limits))
	for i, l := range q.limits {
		conditions[i] = rueidistx.IntAt(q.key(user, l)).Less(l.N).Named(l.String()) // what does not exist is 0
	}
	within := q.db.If(conditions[0], conditions[1:]...)
	ends := make([]rueidistx.Future[time.Duration], len(q.limits))
	for i, l := range q.limits {
		within.Then.Set(q.key(user, l), "0", rueidistx.EX(l.Per), rueidistx.NX) // a period begins
		within.Then.Incr(q.key(user, l))                                        // which keeps the TTL
		ends[i] = within.Else.PTTL(q.key(user, l))
	}
	held, err := within.Exec(ctx)
	if err != nil || held {
		return err
	}
	over := &QuotaError{}
	for _, limit := range within.Unmet() {
		over.Limits = append(over.Limits, limit.String())
	}
	for i, holds := range within.Held() {
		if !holds {
			over.In = max(over.In, ends[i].Or(0))
		}
	}
	return over
}
