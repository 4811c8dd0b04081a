package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	mathrand "math/rand/v2"

	"github.com/rueidistx/rueidistx"
)

// Document is content with its version, as it is stored: a hash with both. Content must not be a pointer, as a nil one would
// not be stored.
//
// Each version is a random text rather than a number. So a document that was deleted and created again is not taken for the
// old one, and a writer whose reply was lost recognizes its own version. It can be the ETag of an HTTP server.
type Document[T any] struct {
	Version string `redis:"version"` // "" if there is no such document
	Content T      `redis:"content,json"`
}

// Store keeps documents of one kind. Any number of goroutines may use it.
type Store[T any] struct {
	db   *rueidistx.DB
	kind string
}

func (s *Store[T]) key(id string) string { return rueidistx.Tag(s.kind, id).Key() }

// ConflictError says that a document was not saved, because its version is not the one that it was based on.
type ConflictError[T any] struct {
	Present Document[T] // as it was at that moment
}

func (e *ConflictError[T]) Error() string { return "the document was changed" }

// Unwrap makes it NotApplied. rueidistx does not know the outcome of errors that it did not make.
func (e *ConflictError[T]) Unwrap() error { return rueidistx.ErrNotApplied }

// Load returns a document, or a zero one if there is none.
func (s *Store[T]) Load(ctx context.Context, id string) (Document[T], error) {
	none := Document[T]{}
	return rueidistx.As(s.db.Auto(ctx).HGetAll(s.key(id)), rueidistx.AsStruct[Document[T]]).Default(none).Value()
}

const (
	tries = 5
	pause = 20 * time.Millisecond
)

// Save stores new content if the document still has the version that it is based on, "" if there is none yet, and returns the
// document with its new version. Otherwise the error is a *ConflictError with the present one. It takes one round trip.
//
// If the reply is lost, it asks again: was it the last to write, all is well, and if nothing has changed, it writes now. If
// somebody else has written meanwhile, the outcome is Unknown, because that may have been on top of this.
func (s *Store[T]) Save(ctx context.Context, id, version string, content T) (saved Document[T], err error) {
	next := Document[T]{rand.Text(), content}
	base := rueidistx.TextIn(s.key(id), "version").Is(version)
	if version == "" {
		base = rueidistx.Missing(s.key(id))
	}
	own := rueidistx.TextIn(s.key(id), "version").Is(next.Version)
	var unknown error
	for range tries {
		unchanged := s.db.If(rueidistx.Or(base, own))
		rueidistx.HSetStruct(unchanged.Then, s.key(id), next)
		present := rueidistx.As(unchanged.Else.HGetAll(s.key(id)), rueidistx.AsStruct[Document[T]]).Default(Document[T]{})

		held, err := unchanged.Exec(ctx)
		switch outcome := rueidistx.OutcomeOf(err); {
		case outcome == rueidistx.Unknown:
			unknown = err
		case unknown != nil && !held: // refused, or another version: what became of the first try is not known
			return Document[T]{}, unknown
		case err != nil:
			return Document[T]{}, err
		case held:
			return next, nil
		default:
			found, err := present.Value()
			if err != nil {
				return Document[T]{}, err
			}
			return Document[T]{}, &ConflictError[T]{found}
		}
		select {
		case <-ctx.Done():
			return Document[T]{}, unknown
		case <-time.After(pause):
		}
	}
	return Document[T]{}, unknown
}

const attempts = 100

// Update loads a document, has edit change its content, and saves it. If somebody else was faster, edit changes what that one
// has saved, which takes no further read, up to 100 times. So no update is lost. edit may run more than once.
//
// After an Unknown outcome the change may have been applied, and was perhaps changed by others since. If it must not be
// applied twice, keep in the content which changes were, or use rueidistx.OnceValue.
func (s *Store[T]) Update(ctx context.Context, id string, edit func(content *T) error) (Document[T], error) {
	document, err := s.Load(ctx, id)
	if err != nil {
		return Document[T]{}, err
	}
	for attempt := 1; ; attempt++ {
		if err := edit(&document.Content); err != nil {
			return Document[T]{}, fmt.Errorf("%w: %w", rueidistx.ErrNotApplied, err)
		}
		saved, err := s.Save(ctx, id, document.Version, document.Content)
		var conflict *ConflictError[T]
		if !errors.As(err, &conflict) || attempt == attempts {
			return saved, err
		}
		document = conflict.Present
		select {
		case <-ctx.Done():
			return Document[T]{}, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		case <-time.After(mathrand.N(min(time.Duration(attempt)*time.Millisecond, 20*time.Millisecond))):
		}
	}
}
