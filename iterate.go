package rueidistx

import (
	"context"
	"errors"
	"iter"
)

// ErrIncomplete reports that an iterator may have left out items: a server was restarted or replaced while it was read, or
// the key's hash slot was moved, so that the cursor had no meaning any more. Start again.
var ErrIncomplete error = &sentinel{"some items may be missing", ErrNotApplied}

// Scan returns an iterator over the keys of the database: of all primaries of a cluster, or of the one server. Every key
// that exists all the time is there at least once, also if its slot is moved to another primary of the cluster meanwhile; a
// key may be there several times. A key that is added, deleted or renamed meanwhile may be there or not.
//
//	for key, err := range db.Scan(ctx, rueidistx.Match("user:*"), rueidistx.Count(1000)) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// After an error there is nothing more. A server that cannot be reached is an error that names it, a [*NodeError] in a
// cluster; Scan never ends early without one. It is [ErrIncomplete] if a server was restarted or replaced by its replica
// meanwhile, which is noticed if the user has the right to run INFO. In a cluster the user also needs CLUSTER SLOTS and
// CLUSTER NODES.
//
// Pages are fetched while the iterator is used, in one round trip each, about as large as [Count] says. None is fetched
// after a break. Lost connections are errors, as pages are not asked for twice, and they come from primaries.
func (db *DB) Scan(ctx context.Context, options ...KeyScanOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if db != nil && db.cluster {
			db.scanCluster(ctx, options, yield)
			return
		}
		scan(db, ctx, "", yield, func(q *Queries, cursor uint64) Future[Page[string]] { return q.Scan(cursor, options...) })
	}
}

// ScanHash returns an iterator over the fields of the hash at key, with their values: none if the key does not exist. Every
// field that exists all the time is there at least once, and may be there several times. [DB.Scan] says what else holds.
// The error is [ErrIncomplete], too, if the hash slot of a hash of more than one page is moved meanwhile.
func (db *DB) ScanHash(ctx context.Context, key string, options ...ScanOption) iter.Seq2[Field, error] {
	return func(yield func(Field, error) bool) {
		scan(db, ctx, key, yield, func(q *Queries, cursor uint64) Future[Page[Field]] { return q.HScan(key, cursor, options...) })
	}
}

// ScanSet is [DB.ScanHash] for the members of the set at key.
func (db *DB) ScanSet(ctx context.Context, key string, options ...ScanOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		scan(db, ctx, key, yield, func(q *Queries, cursor uint64) Future[Page[string]] { return q.SScan(key, cursor, options...) })
	}
}

// ScanSortedSet is [DB.ScanHash] for the members of the sorted set at key, with their scores.
func (db *DB) ScanSortedSet(ctx context.Context, key string, options ...ScanOption) iter.Seq2[ScoredMember, error] {
	return func(yield func(ScoredMember, error) bool) {
		scan(db, ctx, key, yield, func(q *Queries, cursor uint64) Future[Page[ScoredMember]] { return q.ZScan(key, cursor, options...) })
	}
}

// scanRules are those of the commands of iterators. A cursor has a meaning only on the server that it came from. So the
// commands are not marked as such that only read, which would allow rueidis to send them to any replica, or again.
var scanRules = &rules{way: WayAuto, readsOnly: true}

// scan yields the items of all pages of the value at key, or of all keys of a server if key is "".
func scan[T any](db *DB, ctx context.Context, key string, yield func(T, error) bool, page func(q *Queries, cursor uint64) Future[Page[T]]) {
	var none T
	first, err := page(db.scanner(ctx), 0).Value()
	if err != nil {
		yield(none, err)
		return
	}
	take := func(item T) bool { return yield(item, nil) }
	if first.Done() { // as a rule; otherwise begin again, and make sure that all pages come from one server
		for _, item := range first.Items {
			if !take(item) {
				return
			}
		}
		return
	}
	if db.cluster {
		_, err = db.readValue(ctx, db.prefix+key, func(on *DB) (bool, error) { return readPages(ctx, on, take, page) })
	} else {
		_, err = readPages(ctx, db, take, page)
	}
	if err != nil {
		yield(none, err)
	}
}

// scanner returns what runs the commands of an iterator.
func (db *DB) scanner(ctx context.Context) *Queries {
	return &Queries{&queue{db: db, ctx: ctx, rules: scanRules, state: immediate}}
}

// readPages passes the items of all pages of a server to take, until that returns false, and reports whether it never did.
func readPages[T any](ctx context.Context, db *DB, take func(T) bool, page func(q *Queries, cursor uint64) Future[Page[T]]) (bool, error) {
	q := db.scanner(ctx)
	before, err := identity(q)
	if err != nil {
		return false, err
	}
	for cursor, several := uint64(0), false; ; several = true {
		p, err := page(q, cursor).Value()
		if several && isRedirection(err) {
			err = fail(ErrIncomplete, errors.New("the slot was moved"))
		}
		if err != nil {
			return false, err
		}
		if p.Done() && several { // before the last items are passed on
			after, err := identity(q)
			if err == nil && after != before {
				err = fail(ErrIncomplete, errors.New("the server was restarted or replaced"))
			}
			if err != nil {
				return false, err
			}
		}
		for _, item := range p.Items {
			if !take(item) {
				return false, nil
			}
		}
		if p.Done() {
			return true, nil
		}
		cursor = p.Cursor
	}
}

// isRedirection reports whether the server of a command has not, or not any more, the slot of its key.
func isRedirection(err error) bool {
	switch Code(err) {
	case "MOVED", "ASK", "TRYAGAIN":
		return true
	}
	return false
}

// identity returns what distinguishes the process of a server, "" if the server does not say.
func identity(q *Queries) (string, error) {
	info, err := q.Info("server").Value()
	if errors.Is(err, ErrService) && OutcomeOf(err) != Unknown { // no right to ask
		return "", nil
	}
	id, _ := info.Get("run_id")
	return id, err
}
