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

// redact is err's text without this library's prefix, in one line, and without what a server may repeat of a command's
// arguments. name is the command's.
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
		// rueidis puts a server's text there without its error, and the whole command behind it.
		return redactText(said, "CLIENT") + ": " + rueidis.ErrNoCache.Error()
	}
	// Somebody has put words around what a server said. The longest goes first, as it may hold the others.
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
	if said, place := jsonPlace(err); said != nil {
		text = strings.ReplaceAll(text, said.Error(), place)
	}
	return text
}

// ownError reports whether err redacts itself.
func ownError(err error) bool {
	switch err.(type) {
	case *failure, *CommandError, *BatchError, *closureError, commandErrors:
		return true
	}
	return false
}

// serverErrors appends the errors of servers that err wraps, but for those in errors that redact themselves.
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

// redactText keeps of a server's error what servers are known to say, and else the code.
func redactText(text, name string) string {
	if known, ok := knownText(text, name); ok {
		return known
	}
	if word := codeWord(text); word != "" {
		return word
	}
	return "server error"
}

// redactScript keeps of a script's error what servers are known to say, or else the code, if it is one of the server's or
// stands in the script, and the line. script is the script's text, "" if it is not known.
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
	if _, after, found := strings.Cut(text, "user_script:"); found {
		line := after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
		if n, err := strconv.Atoi(line); err == nil && n <= maxLine(script) {
			return reason + " at line " + line
		}
	}
	return reason
}

// maxLine bounds the number of a script's line, so that a script cannot pass off any number for one.
func maxLine(script string) int {
	if script == "" {
		return 9999
	}
	return 1 + strings.Count(script, "\n") + strings.Count(script, "\r")
}

// hasWord reports whether a code stands in a script by itself.
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

// knownText returns what a message may hold of a text that servers are known to say.
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

// fill returns a form if text has it, with the command's name where text has it, and without a gap at the end.
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

// Code returns the first word of a server's error, such as "WRONGTYPE", "MOVED", or what a script has put there: it is up to
// 32 capital letters, digits, "_" and "-", and begins with a letter. It is "ERR" if the server's error has no other, and ""
// if err is, and wraps, no error of a server's; [ErrNil] is none.
//
// Of several errors, such as Exec's, it is the code of the first that is a server's. It says nothing about what became of the
// command: that is [OutcomeOf]'s, as a script may answer with any code.
func Code(err error) string {
	server := firstServerError(err)
	if server == nil || server.Error() == "" {
		return ""
	}
	// rueidis cuts "ERR " off, and what follows may begin with a word that looks like a code: "EXEC without MULTI".
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

// codes are those of the errors of Redis and Valkey that are no refusals.
var codes = map[string]bool{
	"BUSYGROUP": true, "BUSYKEY": true, "ERR": true, "INPROG": true, "INVALIDOBJ": true, "IOERR": true, "NOGOODSLAVE": true,
	"NOGROUP": true, "NOMASTERLINK": true, "NOPROTO": true, "NOQUORUM": true, "NOTBUSY": true, "UNKILLABLE": true,
	"WRONGPASS": true, "WRONGTYPE": true,
}

// isCode reports whether a word is a code of Redis or Valkey.
func isCode(word string) bool { return codes[word] || refusals[word] }

// escape writes what is no visible character, such as a line break, as Go does in a string.
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

// joinFirst writes the first few errors, so that a thousand failures do not make a message of a thousand lines.
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
