package rueidistx

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/rueidis"
)

// redact is err's text without this library's prefix and without what a server repeats of a command's arguments: anything
// that it puts in quotes, except the command's own name; and anything at all that a script may have written.
func redact(err error, name string) string {
	if err == nil {
		return "<nil>"
	}
	var server *rueidis.RedisError
	switch {
	case ownError(err), !errors.As(err, &server):
		return strings.TrimPrefix(err.Error(), "rueidistx: ")
	case err != error(server): // somebody has put words around it
		return strings.ReplaceAll(err.Error(), server.Error(), redact(server, name))
	}
	text, _, _ := strings.Cut(err.Error(), ", with args beginning with")
	if _, script := scripting[name]; script && !isNoScript(text) {
		return redactScript(text)
	}
	for _, what := range []string{"Unknown node", "Unsupported CONFIG parameter"} { // the rest is without quotes
		if before, _, found := strings.Cut(text, what); found {
			return before + what
		}
	}
	for i := 0; i < len(text); i++ {
		if !strings.ContainsRune("'\"`", rune(text[i])) || i > 0 && text[i-1] != ' ' && text[i-1] != '(' {
			continue // no quote, or an apostrophe
		}
		word, _, closed := strings.Cut(text[i+1:], text[i:i+1])
		if !closed || !strings.EqualFold(word, name) && word != "maxmemory" {
			// What is quoted may hold quotes itself, so everything up to the last one goes.
			if last := strings.LastIndexAny(text, "'\"`"); last > i {
				return text[:i] + "'…'" + text[last+1:]
			}
			return text[:i] + "'…'"
		}
		i += len(word) + 1
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

// redactScript keeps of a script's error the code, if it is one of Redis's own, and the line. The rest is in the unwrapped
// error.
func redactScript(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if !refusals[word] && word != "WRONGTYPE" {
		word = "script error"
	}
	if _, after, found := strings.Cut(text, "user_script:"); found {
		if n := len(after) - len(strings.TrimLeft(after, "0123456789")); n > 0 {
			return word + " at line " + after[:n]
		}
	}
	return word
}

// joinFirst writes the first few errors, so that a thousand failures do not make a message of a thousand lines.
func joinFirst(s *strings.Builder, errs []error, total int) {
	const most = 3
	separator := ": "
	for _, err := range errs[:min(len(errs), most)] {
		s.WriteString(separator + strings.TrimPrefix(err.Error(), "rueidistx: "))
		separator = "; "
	}
	if more := total - min(len(errs), most); more > 0 {
		fmt.Fprintf(s, "; and %d more", more)
	}
}
