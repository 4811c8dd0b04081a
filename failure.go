package rueidistx

import (
	"errors"
	"fmt"
	"strings"
)

// failure is a sentinel with its cause.
type failure struct {
	kind      error // tells the outcome
	class     error // ErrConnection, ErrService or nil
	note      string
	cause     error
	transient bool // the cause is expected to end by itself, so a later attempt may succeed
}

func (f *failure) Error() string {
	kind := f.kind.Error()
	if f.cause == nil {
		return kind
	}
	name := ""
	if f.kind == ErrDecode {
		name = "EVAL" // an error inside a reply comes from a script
	}
	cause := redact(f.cause, name)
	if f.kind == ErrDecode && strings.HasPrefix("rueidistx: "+cause, kind) { // from the decoder
		return "rueidistx: " + cause
	}
	return kind + ": " + f.note + cause
}

// Is reports whether the failure or its cause matches target. Only the failure's own kind tells the outcome.
func (f *failure) Is(target error) bool {
	if isOutcome(target) {
		return errors.Is(f.kind, target)
	}
	return errors.Is(f.kind, target) || f.class == target || errors.Is(f.cause, target)
}

// As looks into the cause.
func (f *failure) As(target any) bool { return f.cause != nil && errors.As(f.cause, target) }

func fail(kind, cause error) *failure {
	f := &failure{kind: kind, cause: cause}
	if isServerError(cause) {
		f.class = ErrService
	}
	return f
}

func invalid(format string, args ...any) *failure {
	return fail(ErrInvalid, fmt.Errorf(format, args...))
}

// failCommand returns a failure whose cause names the command that caused it.
func failCommand(kind error, index int, name string, cause error) *failure {
	return fail(kind, &CommandError{Index: index, Name: name, Err: cause, outcome: outcomeOfKind(kind)})
}

// ofCommand returns f with its cause attributed to a command.
func (f *failure) ofCommand(index int, name string) *failure {
	c := &CommandError{Index: index, Name: name, Err: f.cause, outcome: outcomeOfKind(f.kind)}
	if f.cause == nil {
		c.Err = f.kind
	}
	return &failure{kind: f.kind, class: f.class, cause: c, transient: f.transient}
}

// outcomeOfKind returns the outcome sentinel that a failure's kind belongs to, nil for ErrApplied.
func outcomeOfKind(kind error) error {
	for _, s := range []error{ErrNotApplied, ErrUnknown} {
		if errors.Is(kind, s) {
			return s
		}
	}
	return nil
}
