package rueidistx

import (
	"regexp"
	"strings"
)

// speech says what a script can return besides values and the errors of the commands that it calls, which the script
// engine marks as such: see raised.
type speech uint8

const (
	silent speech = iota // nothing
	errs                 // errors that it made up or caught
	free                 // these, and statuses such as QUEUED
)

// The following patterns match all ways to create an error or a status. What they do not understand counts as one: that
// only costs a MULTI in a cluster.
var (
	// errorWords matches every script that raises or catches an error, or names the table field that makes an error.
	errorWords = regexp.MustCompile(`err|assert|pcall|coroutine`)
	// tableWords matches every script that names the table field that makes a status, or gets a table with fields
	// without naming them.
	tableWords = regexp.MustCompile(`load|json|msgpack|raw[gs]et|metatable|fenv|debug|_G|status_reply|\bok\b|\[=*\[`)
	// api is the only other source. A script that does anything but call these functions may reach others by computed
	// names, or replies in RESP3, whose fields are data.
	api     = regexp.MustCompile(`\b(redis|server)\b`)
	apiCall = regexp.MustCompile(`^\.(call|pcall|error_reply|sha1hex)\(`)
	// given matches the tables that a script is given. The content of their fields does not matter unless the table
	// itself is used.
	given    = regexp.MustCompile(`(#\s*|\bunpack\(\s*|\bipairs\(\s*)?\b(KEYS|ARGV)\b\s*(\[)?`)
	position = regexp.MustCompile(`^\[\s*(\d+|#\s*\w+(\s*\+\s*1)?)\s*\]`)
)

// speechOf returns what a script with this text can return.
func speechOf(text string) speech {
	switch {
	case tableWords.MatchString(text), computesFields(text), usesMore(text):
		return free
	case errorWords.MatchString(text):
		return errs
	}
	return silent
}

// usesMore reports whether the script uses more of the API than its usual functions.
func usesMore(text string) bool {
	for _, at := range api.FindAllStringIndex(text, -1) {
		if !apiCall.MatchString(text[at[1]:]) {
			return true
		}
	}
	return false
}

// computesFields reports whether the script may create or read a table field with a computed name.
func computesFields(text string) bool {
	for _, m := range given.FindAllStringSubmatch(text, -1) {
		if m[1] == "" && m[3] == "" {
			return true // the table itself is used
		}
	}
	for at, rest := 0, text; ; {
		i := strings.IndexByte(rest, '[')
		if i < 0 {
			return false
		}
		at += i
		if !endsInGiven(text[:at]) && !position.MatchString(text[at:]) {
			return true
		}
		at++
		rest = text[at:]
	}
}

// endsInGiven reports whether a text ends with the name of a table that a script is given. It looks only at the end.
func endsInGiven(text string) bool {
	text = strings.TrimRight(text, "\t\n\f\r ")
	for _, name := range []string{"KEYS", "ARGV"} {
		if before, ok := strings.CutSuffix(text, name); ok {
			return before == "" || !partOfName(before[len(before)-1])
		}
	}
	return false
}

func partOfName(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
