// Mutate changes one thing at a time in the package's code and reports which changes its tests do not notice.
//
//	go run ./internal/mutate -n 100
//
// A mutant is a condition negated, a comparison or a boolean operator exchanged, a call or an assignment to a field left
// out, an error returned as nil, or a constant replaced. It is compiled by means of an overlay, so the code stays as it is.
// The line of a mutant says what became of it: killed, by a failing test or because its tests went on for too long, or
// survived. What does not compile is not counted. Not every survivor is a gap: some mutants do the same as the original.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rueidistx/rueidistx/internal/group"
)

// defaultFiles are those that decide what is said of a unit, and what is sent.
const defaultFiles = "tx.go batch.go chunk.go tally.go queue.go admit.go unit.go verdict.go classify.go script.go retry.go"

func main() {
	var r runner
	n := flag.Int("n", 100, "how many mutants to run, of those that compile; 0 is all")
	seed := flag.Uint64("seed", 1, "which of them")
	parallel := flag.Int("p", 2, "how many at the same time")
	files := flag.String("files", defaultFiles, "the files to change")
	list := flag.Bool("list", false, "list the mutants instead of running them")
	most := flag.Int("survivors", -1, "fail if more survive; -1: never")
	flag.StringVar(&r.command, "command", "go test -short -failfast -vet=off -count=1 .", "what has to fail")
	flag.DurationVar(&r.timeout, "timeout", 3*time.Minute, "when a mutant counts as killed")
	flag.Parse()

	var all []mutation
	for _, file := range strings.Fields(*files) {
		source, err := os.ReadFile(file)
		if err != nil {
			fatal(err)
		}
		found, err := mutations(file, source)
		if err != nil {
			fatal(err)
		}
		all = append(all, found...)
	}
	rand.New(rand.NewPCG(*seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if *list {
		for _, m := range all {
			fmt.Println(m)
		}
		return
	}
	if out, ok := r.try(nil); !ok {
		fatal(fmt.Errorf("%s fails without a mutant:\n%s", r.command, out))
	}
	if *n <= 0 {
		*n = len(all)
	}
	t := r.run(all, *n, *parallel, func(line string) { fmt.Println(line) })
	fmt.Printf("mutants %d, killed %d, survived %d, not compiled %d, of %d, seed %d\n", t.killed+t.survived, t.killed, t.survived, t.stillborn, len(all), *seed)
	if *most >= 0 && t.survived > *most {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "mutate:", err)
	os.Exit(2)
}

// runner runs mutants.
type runner struct {
	command string
	timeout time.Duration
}

// totals are what became of mutants.
type totals struct{ killed, survived, stillborn int }

// run tries mutants until n of them have compiled, and says what became of each.
func (r *runner) run(all []mutation, n, parallel int, say func(line string)) (t totals) {
	var mu sync.Mutex
	var working sync.WaitGroup
	next, begun := 0, 0
	take := func() *mutation {
		mu.Lock()
		defer mu.Unlock()
		if next == len(all) || begun == n {
			return nil
		}
		next++
		begun++
		return &all[next-1]
	}
	for range parallel {
		working.Go(func() {
			for m := take(); m != nil; m = take() {
				began := time.Now()
				what, how := r.judge(m)
				mu.Lock()
				switch what {
				case "killed":
					t.killed++
				case "survived":
					t.survived++
				default:
					t.stillborn++
					begun-- // another one in its place
				}
				if what != "" {
					say(strings.TrimSpace(fmt.Sprintf("%-8s %v  (%.0fs) %s", what, m, time.Since(began).Seconds(), how)))
				}
				mu.Unlock()
			}
		})
	}
	working.Wait()
	return t
}

// failing is the first test that go test names as failed, or what ended it.
var failing = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)|^(panic: .*|fatal error: .*|WARNING: DATA RACE)$`)

// judge compiles a mutant and runs the command with it. what is empty for one that does not compile.
func (r *runner) judge(m *mutation) (what, how string) {
	build := runner{command: "go build .", timeout: r.timeout}
	if _, ok := build.try(m); !ok {
		return "", ""
	}
	out, ok := r.try(m)
	if ok {
		return "survived", ""
	}
	if found := failing.FindStringSubmatch(out); found != nil {
		return "killed", found[1] + found[2]
	}
	return "killed", lastLine(out)
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// try runs the command, with a mutant unless there is none, and reports whether it succeeds.
func (r *runner) try(m *mutation) (out string, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
	defer cancel()
	words := strings.Fields(r.command)
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	group.Own(command)
	command.WaitDelay = 10 * time.Second
	command.Env = os.Environ()
	if m != nil {
		dir, err := os.MkdirTemp("", "mutate-")
		if err != nil {
			fatal(err)
		}
		defer os.RemoveAll(dir)
		overlay, err := m.overlay(dir)
		if err != nil {
			fatal(err)
		}
		command.Env = append(command.Env, "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay))
	}
	text, err := command.CombinedOutput()
	if ctx.Err() != nil {
		return string(text) + "\ntoo long", false
	}
	return string(text), err == nil
}

// overlay writes a mutant into dir, with the file that puts it in the original's place.
func (m *mutation) overlay(dir string) (string, error) {
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(changed, m.apply(), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, text, 0o600)
}
