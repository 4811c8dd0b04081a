package grammar

import (
	"strconv"
	"strings"
)

// Line returns arguments as documentation writes them.
func Line(args []Arg) string { return join(args, " ") }

// Match reports whether words are arguments of this grammar. Optional ones that follow each other may be in any order, as
// servers take them.
func Match(args []Arg, words []string) bool {
	for _, rest := range sequence(args, words) {
		if len(rest) == 0 {
			return true
		}
	}
	return false
}

// sequence returns what may be left of words behind the arguments.
func sequence(args []Arg, words []string) (rests [][]string) {
	n := 0
	for n < len(args) && args[n].Optional {
		n++
	}
	if n > 0 {
		for _, rest := range anyOrder(args[:n], words) {
			rests = append(rests, sequence(args[n:], rest)...)
		}
		return rests
	}
	if len(args) == 0 {
		return [][]string{words}
	}
	for _, rest := range one(&args[0], words) {
		rests = append(rests, sequence(args[1:], rest)...)
	}
	return rests
}

// anyOrder returns what may be left behind some of the optional arguments.
func anyOrder(args []Arg, words []string) [][]string {
	rests := [][]string{words}
	for i := range args {
		others := append(append([]Arg{}, args[:i]...), args[i+1:]...)
		for _, rest := range one(&args[i], words) {
			if len(rest) < len(words) {
				rests = append(rests, anyOrder(others, rest)...)
			}
		}
	}
	return rests
}

// one returns what may be left behind an argument, once or as often as it may be repeated.
func one(a *Arg, words []string) (rests [][]string) {
	if a.Token != "" && a.Token != `""` {
		if len(words) == 0 || !strings.EqualFold(words[0], a.Token) {
			return nil
		}
		words = words[1:]
	}
	rests = value(a, words)
	if !a.Multiple {
		return rests
	}
	all := rests
	for _, rest := range rests {
		if len(rest) == len(words) {
			continue
		}
		again := *a
		if !a.MultipleToken {
			again.Token = ""
		}
		all = append(all, one(&again, rest)...)
	}
	return all
}

// value returns what may be left behind an argument without its token.
func value(a *Arg, words []string) (rests [][]string) {
	switch a.Type {
	case "pure-token":
		return [][]string{words}
	case "oneof":
		for i := range a.Args {
			rests = append(rests, one(&a.Args[i], words)...)
		}
		return rests
	case "block":
		return sequence(a.Args, words)
	}
	if len(words) == 0 || !fits(a.Type, words[0]) {
		return nil
	}
	return [][]string{words[1:]}
}

// fits reports whether a word is a value of a type.
func fits(kind, word string) bool {
	switch kind {
	case "integer", "unix-time":
		_, err := strconv.ParseInt(word, 10, 64)
		_, unsigned := strconv.ParseUint(word, 10, 64)
		return err == nil || unsigned == nil
	case "double":
		_, err := strconv.ParseFloat(word, 64)
		return err == nil
	}
	return true
}

// mistaken are the commands whose documentation, as servers have it, is wrong, and how.
var mistaken = map[string]string{
	"ZINCRBY": "the increment is a double, not an integer",
}

// Mistaken reports whether what servers say of a command's grammar is known to be wrong.
func Mistaken(name string) bool { return mistaken[name] != "" }
