// Command scorecard says what the logs of .ci/run and .ci/campaign show of what this project promises, and fails if a promise was
// not kept, or if too little was tried to say so.
//
//	.ci/run | tee ci.log; .ci/campaign campaign.log
//	go run ./internal/scorecard ci.log campaign.log
//	go run ./internal/scorecard -out docs/scorecard.md ci.log campaign.log
//
// The log of .ci/run alone is enough: it contains a short campaign. If both are given, their figures are added up.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	out := flag.String("out", "", "also write a document to this `file`")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: scorecard [-out FILE] LOG…")
		os.Exit(2)
	}
	met, err := run(os.Stdout, flag.Args(), *out)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "scorecard:", err)
		os.Exit(2)
	case !met:
		os.Exit(1)
	}
}

// run prints the figures of logs, and reports whether all promises were kept.
func run(stdout io.Writer, logs []string, out string) (met bool, err error) {
	s := newSeen()
	for _, name := range logs {
		log, err := os.ReadFile(name)
		if err != nil {
			return false, err
		}
		if err := s.read(bytes.NewReader(log)); err != nil {
			return false, fmt.Errorf("%s: %w", name, err)
		}
	}
	list := s.figures()
	met = true
	for i, f := range list {
		mark := "met   "
		if !f.met {
			mark, met = "MISSED", false
		}
		fmt.Fprintf(stdout, "%2d %s %s: %s (target: %s)\n", i+1, mark, f.promise, f.seen, f.target)
	}
	if out != "" {
		err = os.WriteFile(out, s.document(list), 0o644)
	}
	return met, err
}

// document is docs/scorecard.md.
func (s *seen) document(list []figure) []byte {
	var b bytes.Buffer
	b.WriteString("# Scorecard\n\nWhat this project promises, and what the logs of `.ci/run` and `.ci/campaign` show of it. Written by\n" +
		"`go run ./internal/scorecard -out docs/scorecard.md LOG…`")
	for _, run := range s.begun {
		fmt.Fprintf(&b, "\nof a run of %s", run)
	}
	b.WriteString(".\n\n| | promise | seen | target | |\n|--:|---|---|---|---|\n")
	for i, f := range list {
		mark := "met"
		if !f.met {
			mark = "**missed**"
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", i+1, f.promise, f.seen, f.target, mark)
	}
	var versions []string
	for _, server := range s.servers {
		version, _, _ := strings.Cut(server, ",")
		versions = append(versions, version)
	}
	slices.Sort(versions)
	fmt.Fprintf(&b, "\nServers: %s.\n", strings.Join(slices.Compact(versions), ", "))
	b.WriteString(`
## How it is found out

- Faults: a proxy between client and server cuts, holds or loses at any step of the protocol; nodes are killed, paused, cut off their
  network; slots move; sentinels fail over. Meanwhile many goroutines work in every way of running commands, with many sets of options.
- An outcome is wrong if a future or error says that a write was applied and the server does not have it, although nothing was
  lost by the server itself, or that it was not applied and the server has it. Each write leaves a trace of its own.
- Watch and Once are checked by a bank whose sum must not change, by appends whose order must be that of some serial execution, and by
  closures that must not be believed if they saw several states. The same checkers find what programs get wrong that use neither.
- The tests of most packages fail if a goroutine is left when they end.

[track-record.md](track-record.md) lists what was found, and how each can be shown again.
`)
	return b.Bytes()
}
