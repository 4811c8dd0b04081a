package rueidistx

import (
	"regexp"
	"strings"
)

// speech says what a script can answer apart from values, and from the errors of the commands that it calls, which the
// script engine marks as such: see raised.
type speech uint8

const (
	silent speech = iota // nothing
	errs                 // errors that it has made up or caught
	free                 // these, and statuses such as QUEUED
)

// What follows looks for all ways to get at an error or a status, and takes what it does not understand for one: that only
// costs a MULTI in a cluster.
var (
	// errorWords are in every script that raises or catches an error, or names the field of a table that makes it one.
	errorWords = regexp.MustCompile(`err|assert|pcall|coroutine`)
	// tableWords are in every script that names the field of a table that makes it a status, or gets a table with fields
	// by another way than naming them.
	tableWords = regexp.MustCompile(`load|json|msgpack|raw[gs]et|metatable|fenv|debug|_G|status_reply|\bok\b|\[=*\[`)
	// api is what all else goes through. A script that uses it in any way but by calling these functions may get at others
	// by names that it computes, or at replies in RESP3, whose fields are data.
	api     = regexp.MustCompile(`\b(redis|server)\b`)
	apiCall = regexp.MustCompile(`^\.(call|pcall|error_reply|sha1hex)\(`)
	// given are the tables that a script gets. What their fields are does not matter unless the table itself is used.
	given    = regexp.MustCompile(`(#\s*|\bunpack\(\s*|\bipairs\(\s*)?\b(KEYS|ARGV)\b\s*(\[)?`)
	position = regexp.MustCompile(`^\[\s*(\d+|#\s*\w+(\s*\+\s*1)?)\s*\]`)
)

// speechOf returns what a script with this text can answer.
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

// computesFields reports whether the script may make, or get at, a field of a table by a name that it has computed.
func computesFields(text string) bool {
	for _, m := range given.FindAllStringSubmatch(text, -1) {
		if m[1] == "" && m[3] == "" {
			return true // the table itself
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

// endsInGiven reports whether a text ends in the name of a table that a script gets. It looks at no more than the end.
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
