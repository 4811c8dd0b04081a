package rueidistx

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/redis/rueidis"
)

// redact returns err's text in one line, without this package's prefix and without arguments that a server may have
// repeated. name is the command's.
func redact(err error, name string) string {
	if err == nil {
		return "<nil>"
	}
	if server, ok := err.(*rueidis.RedisError); ok {
		return redactServer(server, name)
	}
	text := strings.TrimPrefix(err.Error(), "rueidistx: ")
	if ownError(err) {
		return escape(text)
	}
	if said, _, found := strings.Cut(text, ": [CLIENT "); found && errors.Is(err, rueidis.ErrNoCache) {
		// rueidis formats a server's text there without its error, followed by the whole command.
		return redactText(said, "CLIENT") + ": " + rueidis.ErrNoCache.Error()
	}
	// Other code has wrapped a server's error in text of its own. The longest is replaced first, as it may contain the
	// others.
	inside := serverErrors(err, nil)
	slices.SortFunc(inside, func(a, b *rueidis.RedisError) int { return cmp.Compare(len(b.Error()), len(a.Error())) })
	for _, server := range inside {
		if said := server.Error(); said != "" {
			text = strings.ReplaceAll(text, said, redactServer(server, name))
		}
	}
	return escape(unquote(text, err))
}

// unquote takes out of err's text what strconv, time and encoding/json quote of what they could not read: a decoder of the
// caller's may return their errors as they are.
func unquote(text string, err error) string {
	var number *strconv.NumError
	if errors.As(err, &number) {
		text = strings.ReplaceAll(text, number.Error(), "strconv."+number.Func+": "+number.Err.Error())
	}
	var moment *time.ParseError
	if errors.As(err, &moment) {
		text = strings.ReplaceAll(text, moment.Error(), "no time in the layout "+strconv.Quote(moment.Layout))
	}
	if place, said := jsonPlace(err); said != nil {
		text = strings.ReplaceAll(text, said.Error(), place)
	}
	return text
}

// ownError reports whether err redacts itself.
func ownError(err error) bool {
	switch err.(type) {
	case *failure, *CommandError, *nilError, *BatchError, *closureError, commandErrors, *ConflictError, *ConditionError, *DurabilityError:
		return true
	}
	return false
}

// serverErrors appends the servers' errors that err wraps, except those inside errors that redact themselves.
func serverErrors(err error, list []*rueidis.RedisError) []*rueidis.RedisError {
	if err == nil || ownError(err) {
		return list
	}
	switch e := err.(type) {
	case *rueidis.RedisError:
		return append(list, e)
	case interface{ Unwrap() error }:
		return serverErrors(e.Unwrap(), list)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			list = serverErrors(err, list)
		}
	}
	return list
}

func redactServer(err *rueidis.RedisError, name string) string {
	if err.IsNil() {
		return "nil reply"
	}
	if _, script := scripting[name]; script {
		return redactScript(err.Error(), name, "")
	}
	return redactText(err.Error(), name)
}

// redactText returns a server's text if it is known to contain no arguments, or else its code.
func redactText(text, name string) string {
	if known, ok := knownText(text, name); ok {
		return known
	}
	if word := codeWord(text); word != "" {
		return word
	}
	return "server error"
}

// redactScript returns the text of a script's error if it is known to contain no arguments, or else its code if that is
// one of the server's or occurs in the script; and the line. script is the script's text, "" if it is not known.
func redactScript(text, name, script string) string {
	said := text
	if i := strings.LastIndex(text, " script: "); i >= 0 {
		said = text[:i]
	}
	reason, ok := knownText(said, name)
	if !ok {
		reason = codeWord(said)
		if reason == "" || !isCode(reason) && !hasWord(script, reason) {
			reason = "script error"
		}
	}
	if n := lineOf(text); n > 0 && n <= maxLine(script) {
		return strings.TrimSuffix(reason, ".") + " at line " + strconv.Itoa(n)
	}
	return reason
}

// lineOf returns the line of a script's source, or of a library's, that an error names, 0 if it names none. The server
// counts the first line of a library, which NewLibrary writes.
func lineOf(text string) int {
	_, after, found := strings.Cut(text, "user_script:")
	above := 0
	if !found {
		_, after, _ = strings.Cut(text, "user_function:")
		above = 1
	}
	n, _ := strconv.Atoi(after[:len(after)-len(strings.TrimLeft(after, "0123456789"))])
	return n - above
}

// maxLine returns the highest line number that a script's error may have, so that a script cannot pass off any number
// as one.
func maxLine(script string) int {
	if script == "" {
		return 0 // nobody knows how many it has
	}
	return 1 + strings.Count(script, "\n") + strings.Count(script, "\r")
}

// hasWord reports whether a code occurs in a script as a whole word.
func hasWord(script, code string) bool {
	inside := func(at int) bool { return at >= 0 && at < len(script) && (script[at] == '-' || partOfName(script[at])) }
	for from := 0; ; from++ {
		i := strings.Index(script[from:], code)
		if i < 0 {
			return false
		}
		if from += i; !inside(from-1) && !inside(from+len(code)) {
			return true
		}
	}
}

// knownText returns what a message may repeat of a text that servers are known to send.
func knownText(text, name string) (string, bool) {
	reason, found := strings.CutPrefix(text, abortedBecauseOf)
	if !found {
		return knownReason(text, name)
	}
	if known, ok := knownReason(reason, name); ok {
		return abortedBecauseOf + known, true
	}
	if word := codeWord(reason); isCode(word) {
		return abortedBecauseOf + word, true
	}
	return abortedBecauseOf + "server error", true
}

// knownReason is knownText for texts that do not hold others.
func knownReason(text, name string) (string, bool) {
	if _, found := slices.BinarySearch(errorTexts, text); found {
		return text, true
	}
	for _, form := range errorForms {
		if s, ok := fill(form, text, name); ok {
			return s, true
		}
	}
	return "", false
}

const gap = "…"

// fill returns a form if text matches it, with the command's name where text has it, and without a gap at the end.
func fill(form, text, name string) (string, bool) {
	before, form, _ := strings.Cut(form, gap)
	text, ok := strings.CutPrefix(text, before)
	for s := before; ok; {
		var after, content string
		var more bool
		if after, form, more = strings.Cut(form, gap); more {
			content, text, ok = strings.Cut(text, after)
		} else {
			content, ok = strings.CutSuffix(text, after)
		}
		switch named := name != "" && strings.EqualFold(content, name); {
		case named:
			s += content + after
		case after == "":
			s = strings.TrimRight(s, " :,-")
		default:
			s += gap + after
		}
		if !more {
			return s, ok
		}
	}
	return "", false
}

// Code returns the error code of a server's error: its first word, such as "WRONGTYPE" or "MOVED". A code has up to 32
// capital letters, digits, "_" and "-", and begins with a letter. Scripts may return codes of their own. Code returns
// "ERR" if the server's error has no other code, and "" if err neither is nor wraps a server's error. [ErrNil] has no
// code.
//
// If err joins several errors, such as Exec's, Code returns the code of the first server's error. A code does not tell
// whether the command was applied, as a script may return any code: use [OutcomeOf].
func Code(err error) string {
	server := firstServerError(err)
	if server == nil || server.Error() == "" {
		return ""
	}
	// rueidis removes "ERR ", and the text that follows may begin with a word that looks like a code: "EXEC without
	// MULTI".
	word := codeWord(server.Error())
	if _, known := knownText(server.Error(), ""); word == "" || known && !isCode(word) {
		return "ERR"
	}
	return word
}

// firstServerError returns the first error of a server's that err is or wraps; a nil reply is none, though rueidis has one
// type for both.
func firstServerError(err error) *rueidis.RedisError {
	var inside []error
	switch e := err.(type) {
	case *rueidis.RedisError:
		if e == nil || e.IsNil() {
			return nil
		}
		return e
	case *failure:
		inside = []error{e.cause}
	case *closureError:
		if inside = []error{e.own}; e.sent != nil {
			inside = append(inside, e.sent)
		}
	case *BatchError:
		inside = e.Errs
	case interface{ Unwrap() error }:
		inside = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		inside = e.Unwrap()
	}
	for _, err := range inside {
		if server := firstServerError(err); server != nil {
			return server
		}
	}
	return nil
}

// codes are the codes of Redis and Valkey that are not refusals.
var codes = map[string]bool{
	"BUSYGROUP": true, "BUSYKEY": true, "ERR": true, "INPROG": true, "INVALIDOBJ": true, "IOERR": true, "NOGOODSLAVE": true,
	"NOGROUP": true, "NOMASTERLINK": true, "NOPROTO": true, "NOQUORUM": true, "NOTBUSY": true, "UNKILLABLE": true,
	"WRONGPASS": true, "WRONGTYPE": true,
}

// isCode reports whether a word is a code of Redis or Valkey.
func isCode(word string) bool { return codes[word] || refusals[word] }

// escape replaces characters that are not printable, such as line breaks, by Go's escape sequences.
func escape(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }) < 0 {
		return text
	}
	var s strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&s, `\x%02x`, text[i])
		case unicode.IsGraphic(r):
			s.WriteRune(r)
		default:
			s.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return s.String()
}

// joinFirst appends the first few errors, so that a thousand failures do not make a message of a thousand parts.
func joinFirst(s *strings.Builder, errs []error, total int) {
	const most = 3
	separator := ": "
	for _, err := range errs[:min(len(errs), most)] {
		s.WriteString(separator + redact(err, ""))
		separator = "; "
	}
	if more := total - min(len(errs), most); more > 0 {
		fmt.Fprintf(s, "; and %d more", more)
	}
}
