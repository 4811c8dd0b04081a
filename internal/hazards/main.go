// Command hazards shows defects of rueidis that this package shields from: it runs a program or test of rueidis alone that has
// to fail in a certain way, and a test of the same with rueidistx that has to pass. It needs redis-server or valkey-server, and
// a C compiler for the race detector.
//
//	go run ./internal/hazards              all of them; some minutes
//	go run ./internal/hazards 3            that of a number in docs/hazards.md
//	go run ./internal/hazards -write .     docs/hazards.md
//	go run ./internal/hazards -check .     whether it is what would be written
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rueidistx/rueidistx/internal/generate"
	"github.com/rueidistx/rueidistx/internal/group"
)

func main() {
	write, check := flag.String("write", "", "write docs/hazards.md below this `directory`"), flag.String("check", "", "compare it there")
	flag.Parse()
	err := error(nil)
	switch documents := map[string][]byte{"docs/hazards.md": document()}; {
	case *check != "":
		err = generate.Files(*check, documents, true)
	case *write != "":
		err = generate.Files(*write, documents, false)
	default:
		err = show(os.Stdout, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hazards:", err)
		os.Exit(1)
	}
}

// show runs the hazards with these numbers, or all.
func show(out io.Writer, numbers []string) error {
	if len(numbers) == 0 {
		for i := range hazards {
			numbers = append(numbers, strconv.Itoa(i+1))
		}
	}
	failed := 0
	for _, number := range numbers {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(hazards) {
			return fmt.Errorf("there is no hazard %q: they are 1 to %d", number, len(hazards))
		}
		h := hazards[n-1]
		fmt.Fprintf(out, "%d. %s\n", n, h.what)
		shown, alone := h.showAlone()
		kept, with := keeps(h.with)
		fmt.Fprintf(out, "   rueidis alone: %s\n   rueidistx:     %s\n", alone, with)
		if !shown || !kept {
			failed++
		}
	}
	fmt.Fprintf(out, "hazards: %d of %d shown and kept out\n", len(numbers)-failed, len(numbers))
	if failed > 0 {
		return fmt.Errorf("%d were not shown, or not kept out", failed)
	}
	return nil
}

// showAlone reports whether the hazard was shown, and the line that does. It tries several times, as some are races.
func (h *hazard) showAlone() (shown bool, line string) {
	sign := regexp.MustCompile(h.sign)
	var output []byte
	for range 5 {
		output, _ = run(h.alone) // which may well fail
		for line := range bytes.Lines(output) {
			if sign.Match(line) {
				return true, string(bytes.TrimSpace(line))
			}
		}
	}
	return false, "NOT SHOWN: " + lastLine(output)
}

// keeps reports whether tests pass, and what go test says at last. One that is skipped has not passed.
func keeps(tests string) (kept bool, line string) {
	output, err := run(strings.Replace(tests, "go test", "go test -v", 1))
	line = strings.Join(strings.Fields(lastLine(output)), " ")
	if kept = err == nil && strings.HasPrefix(line, "ok ") && allPass(tests, output); !kept {
		line = "NOT KEPT OUT: " + line
	}
	return kept, line
}

// allPass reports whether the output of go test -v is that of tests of which none was skipped and each that is named has passed.
func allPass(tests string, output []byte) bool {
	_, pattern, _ := strings.Cut(tests, "-run ")
	pattern, _, _ = strings.Cut(pattern, " ")
	for name := range strings.SplitSeq(strings.Trim(pattern, "'"), "|") {
		if !bytes.Contains(output, []byte("--- PASS: "+name)) {
			return false
		}
	}
	return !bytes.Contains(output, []byte("--- SKIP: "))
}

func lastLine(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return lines[len(lines)-1]
}

// run runs a command line of go. Tests run even if they have passed before, and fail if they have no server.
func run(command string) ([]byte, error) {
	ctx, end := context.WithTimeout(context.Background(), 5*time.Minute)
	defer end()
	args := strings.Fields(strings.ReplaceAll(command, "'", "")) // which are a shell's
	if args[1] == "test" {
		args = append([]string{args[0], "test", "-count=1"}, args[2:]...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "RUEIDISTX_REQUIRE=redis,cluster")
	cmd.WaitDelay = time.Second
	group.Own(cmd)
	return cmd.CombinedOutput()
}
