package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// seen is what logs say.
type seen struct {
	sums    map[string]map[string]int // by the first word of a line with JSON, the sums of its numbers
	servers []string                  // on which faults of a topology happened: "redis 8.0.2, cluster"
	said    map[string]int            // "said/really" of those, such as "not applied/true"
	steady  map[string]int            // the same, of topologies without failovers
	faults  int                       // of all of them
	methods map[string]methods        // by server
	choices int                       // commands of an If that were compared with MULTI
	passed  map[string]bool           // packages
	failed  []string                  // packages, and what the logs call failed
	lacking []string                  // what lines do not tell
	hazards int                       // of rueidis, that were to be shown and kept out
	kept    int                       // of those
	guarded int                       // benchmarks that cost no more than they may
	slow    []string                  // those that cost more
	races   []string                  // what the search for races says
	mutants int
	killed  int      // of the mutants
	left    []string // containers that were left
	begun   []string // runs of .ci/run: when, of what, on what
	whole   int      // of those, how many have passed with all steps
}

// methods are those that were run on a server, of how many, and what its table of commands has that ours has not, or otherwise.
type methods struct{ run, of, missing, rejected int }

// needed are the numbers without which a line with JSON says nothing.
var needed = map[string][]string{
	"total": {
		"units", "claims", "cuts", "holds", "refused", "upsets", "failovers", "kills", "moves", "wrong", "doubled", "half", "pending",
		"hangs", "panics",
	},
	"bank":      {"faults", "callers", "lost", "doubled", "misclassified", "unbalanced"},
	"late":      {"faults", "callers", "lost", "doubled", "misclassified", "unbalanced"},
	"appends":   {"faults", "transactions", "cycles", "aborted", "lost", "doubled", "half", "disordered", "strange"},
	"closures":  {"faults", "seen", "told"},
	"naive":     {"doubled", "misclassified"},
	"unwatched": {"cycles"},
}

// The lines that are looked for, besides those with JSON.
var (
	faultsLine  = regexp.MustCompile(`^(\S+ \S+, \S+): (\d+) faults; said/really applied: (.*)$`)
	saidOf      = regexp.MustCompile(`([a-z ]+/(?:true|false)) (\d+)`)
	methodsLine = regexp.MustCompile(`^(\S+ \S+): \d+ typed, .*?(\d+) missing; .*?(\d+) rejected.*?(\d+) methods of (\d+) run live`)
	choicesLine = regexp.MustCompile(`^\S+ \S+: \d+ choices, .*?(\d+) commands compared`)
	passedLine  = regexp.MustCompile(`^ok  \t(\S+)`)
	failedLine  = regexp.MustCompile(`^(?:FAIL\t(\S+)|failed (.+))`)
	runLine     = regexp.MustCompile(`^== run (.*)$`)
	mutantsLine = regexp.MustCompile(`^mutants (\d+), killed (\d+)`)
	hazardsLine = regexp.MustCompile(`^hazards: (\d+) of (\d+) shown and kept out`)
	guardLine   = regexp.MustCompile(`^(ok|OVER|DOUBT) +(canned/\S+)`)
)

func newSeen() *seen {
	return &seen{
		sums: map[string]map[string]int{}, said: map[string]int{}, steady: map[string]int{}, methods: map[string]methods{},
		passed: map[string]bool{},
	}
}

// read adds what a log says.
func (s *seen) read(log io.Reader) error {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := s.line(lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (s *seen) line(line string) error {
	if word, object, found := strings.Cut(line, " {"); found && !strings.Contains(word, " ") && strings.HasSuffix(object, "}") {
		return s.add(word, "{"+object)
	}
	switch {
	case strings.HasPrefix(line, "race "):
		s.races = append(s.races, line)
	case strings.HasPrefix(line, "containers are left"):
		s.left = append(s.left, line)
	case line == "== all passed":
		s.whole++
	}
	if m := runLine.FindStringSubmatch(line); m != nil {
		s.begun = append(s.begun, m[1])
	}
	if m := faultsLine.FindStringSubmatch(line); m != nil {
		if number(m[2]) > 0 {
			s.servers = append(s.servers, m[1])
		}
		s.faults += number(m[2])
		for _, of := range saidOf.FindAllStringSubmatch(m[3], -1) {
			what := strings.TrimSpace(of[1])
			s.said[what] += number(of[2])
			if strings.HasSuffix(m[1], ", single") || strings.HasSuffix(m[1], ", replicas") {
				s.steady[what] += number(of[2])
			}
		}
	}
	if m := methodsLine.FindStringSubmatch(line); m != nil {
		were := s.methods[m[1]]
		s.methods[m[1]] = methods{number(m[4]), number(m[5]), were.missing + number(m[2]), were.rejected + number(m[3])}
	}
	if m := choicesLine.FindStringSubmatch(line); m != nil {
		s.choices += number(m[1])
	}
	if m := passedLine.FindStringSubmatch(line); m != nil {
		s.passed[m[1]] = true
	}
	if m := failedLine.FindStringSubmatch(line); m != nil {
		s.failed = append(s.failed, m[1]+m[2])
	}
	if m := mutantsLine.FindStringSubmatch(line); m != nil {
		s.mutants, s.killed = s.mutants+number(m[1]), s.killed+number(m[2])
	}
	if m := hazardsLine.FindStringSubmatch(line); m != nil {
		s.kept, s.hazards = s.kept+number(m[1]), s.hazards+number(m[2])
	}
	if m := guardLine.FindStringSubmatch(line); m != nil {
		if s.guarded++; m[1] != "ok" {
			s.slow = append(s.slow, m[2])
		}
	}
	return nil
}

// add adds the numbers of a line with JSON.
func (s *seen) add(word, object string) error {
	var fields map[string]any
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		return fmt.Errorf("a line of %s: %w", word, err)
	}
	if s.sums[word] == nil {
		s.sums[word] = map[string]int{}
	}
	for name, value := range fields {
		if n, ok := value.(float64); ok && n == float64(int(n)) {
			s.sums[word][name] += int(n)
		}
	}
	for _, name := range needed[word] {
		if _, ok := fields[name].(float64); !ok {
			s.lacking = append(s.lacking, word+"."+name)
		}
	}
	return nil
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // which the expression has found
	return n
}

// sum adds up numbers of the lines with these first words.
func (s *seen) sum(words []string, names ...string) (n int) {
	for _, word := range words {
		for _, name := range names {
			n += s.sums[word][name]
		}
	}
	return n
}

// figure is a promise, what was seen of it, and what it has to be.
type figure struct {
	promise, seen, target string
	met                   bool
}

// figures are those of all promises.
func (s *seen) figures() []figure {
	campaign, optimistic := []string{"total"}, []string{"bank", "late"}
	anomalies := []string{"cycles", "aborted", "lost", "doubled", "half", "disordered", "strange"}
	var list []figure
	add := func(promise, seen, target string, met bool) { list = append(list, figure{promise, seen, target, met}) }
	atLeast := func(promise string, n, least int, more ...string) {
		add(promise, strings.Join(append([]string{thousands(n)}, more...), ", "), "≥ "+thousands(least), n >= least)
	}
	none := func(promise string, n, of int, what string) { // of none, nothing is known
		add(promise, fmt.Sprintf("%s of %s %s", thousands(n), thousands(of), what), "0", n == 0 && of > 0)
	}
	faults := s.sum(campaign, "cuts", "holds", "refused", "upsets", "failovers", "kills", "moves")
	claims, units := s.sum(campaign, "claims"), s.sum(campaign, "units")
	atLeast("Faults while units ran", faults, 5000, fmt.Sprintf("of which %d failovers and %d slots moved",
		s.sum(campaign, "failovers"), s.sum(campaign, "moves")))
	none("Outcomes that were wrong", s.sum(campaign, "wrong"), claims, "commands")
	none("Writes done twice", s.sum(campaign, "doubled"), claims, "commands")
	none("Transactions done in part", s.sum(campaign, "half"), units, "units")
	none("Futures that were not settled", s.sum(campaign, "pending"), claims, "commands")
	none("Hangs and panics", s.sum(campaign, "hangs", "panics"), units, "units")
	s.faultsOfEach(add, "bank", "late", "appends", "closures")
	none("Watch and Once: money lost, doubled or unbalanced, outcomes that were wrong",
		s.sum(optimistic, "lost", "doubled", "misclassified", "unbalanced"), s.sum(optimistic, "callers"), "calls")
	none("Watch: anomalies among serializable transactions", s.sum([]string{"appends"}, anomalies...),
		s.sum([]string{"appends"}, "transactions"), "transactions")
	none("Watch: closures believed that had seen several states", s.sum([]string{"closures"}, "told"),
		s.sum([]string{"closures"}, "seen"), "closures that had")
	atLeast("The same checkers find, of a program without Once, writes doubled or misjudged",
		s.sum([]string{"naive"}, "doubled", "misclassified"), 10)
	atLeast("The same checkers find, of a program without Watch, anomalies", s.sum([]string{"unwatched"}, "cycles"), 1)
	add("Data races", strings.Join(s.races, "; "), "none", len(s.races) > 0 && !slices.ContainsFunc(s.races, func(line string) bool {
		return !strings.HasPrefix(line, "race none in ") || !strings.Contains(line, ": ok ") || strings.Contains(line, "no tests")
	}))
	slices.Sort(s.servers)
	atLeast("Versions × topologies in containers with faults", len(slices.Compact(slices.Clone(s.servers))), 16,
		fmt.Sprintf("%s faults, %s commands", thousands(s.faults), thousands(total(s.said))))
	none("… commands said to be not applied, and applied", s.said["not applied/true"], total(s.said), "commands")
	none("… commands said to be applied, and not there, without a failover", s.steady["applied/false"], total(s.steady), "commands")
	complete := 0
	for _, m := range s.methods {
		if m.run >= 200 && m.missing == 0 && m.rejected == 0 {
			complete++
		}
	}
	add("Servers whose table of commands agrees, on which every method that they have was run in each way",
		fmt.Sprintf("%d of %d, %s", complete, len(s.methods), s.methodsText()), "all, ≥ 3",
		complete >= 3 && complete == len(s.methods))
	atLeast("Commands of an If whose replies were compared with MULTI's", s.choices, 10_000)
	add("Hazards of rueidis shown, and kept out by this package", fmt.Sprintf("%d of %d", s.kept, s.hazards), "all",
		s.hazards > 0 && s.kept == s.hazards)
	add("Benchmarks that cost no more than their limits", fmt.Sprintf("%d of %d", s.guarded-len(s.slow), s.guarded), "all",
		s.guarded > 0 && len(s.slow) == 0)
	add("Packages whose tests pass, and runs of all steps that do",
		fmt.Sprintf("%d packages, %d of %d runs", len(s.passed), s.whole, len(s.begun)), "all", len(s.passed) > 0 && s.whole > 0 && s.whole == len(s.begun))
	wrong := slices.Concat(s.failed, s.lacking)
	add("What logs call failed, or do not tell", strings.Join(append([]string{strconv.Itoa(len(wrong))}, wrong...), ", "), "0",
		len(wrong) == 0 && len(s.sums) > 0)
	none("Containers left behind, of those for faults", len(s.left), len(s.servers), "servers")
	if s.mutants > 0 { // of .ci/campaign alone
		add("Mutants that a test kills", fmt.Sprintf("%d of %d", s.killed, s.mutants), "≥ 85 %", s.killed*100 >= 85*s.mutants)
	}
	return list
}

// faultsOfEach adds the figure of how many faults hit the programs that check Watch and Once, of each kind.
func (s *seen) faultsOfEach(add func(promise, seen, target string, met bool), kinds ...string) {
	var texts []string
	enough := true
	for _, kind := range kinds {
		n := s.sums[kind]["faults"]
		texts = append(texts, kind+" "+thousands(n))
		enough = enough && n >= 100
	}
	add("Watch and Once: faults", strings.Join(texts, ", "), "≥ 100 each", enough)
}

func total(said map[string]int) (n int) {
	for _, of := range said {
		n += of
	}
	return n
}

func (s *seen) methodsText() string {
	var texts []string
	for server, of := range s.methods {
		texts = append(texts, fmt.Sprintf("%s: %d of %d methods", server, of.run, of.of))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
