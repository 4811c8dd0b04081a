package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	os.Exit(command(stop, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	only         *regexp.Regexp
	quick, guard bool
	pin          bool
	base         string // a commit to compare the working tree with; empty: the clients are compared
	out          string // empty: nothing is written
}

// command runs the program and returns its exit code.
func command(stop context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err == nil && o.guard:
		err = guard(stop, stdout, stderr)
	case err == nil && o.base != "":
		err = compareWith(stop, o.base, o.only.String(), stdout, stderr)
	case err == nil:
		err = compare(stop, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := new(options)
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "measure the workloads whose name matches this `regexp`")
	server := flags.String("server", "", "the server `program` to start, instead of RUEIDISTX_SERVER or what is in PATH")
	flags.BoolVar(&o.quick, "quick", false, "do everything once, which shows that it works and no more")
	flags.BoolVar(&o.guard, "guard", false, "without a server, fail if this package costs more than its limits")
	flags.BoolVar(&o.pin, "pin", false, "give this process one core, and the servers the others (Linux)")
	flags.StringVar(&o.base, "base", "", "compare the working tree with this `commit`, by Go's benchmarks, of which -only chooses some")
	flags.StringVar(&o.out, "out", "", "the `directory` for RESULTS.md and charts (the working directory; nowhere with -only or -quick)")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("what is %q?", flags.Arg(0))
	}
	if o.base != "" && (o.pin || o.quick || o.guard || o.out != "") {
		return nil, errors.New("-base goes with -only and -server alone")
	}
	if *server != "" {
		if err := os.Setenv("RUEIDISTX_SERVER", *server); err != nil {
			return nil, err
		}
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return nil, err
	}
	if o.out == "" && *only == "" && !o.quick && !o.guard && o.base == "" {
		o.out = "."
		module, err := os.ReadFile("go.mod")
		if err != nil || !strings.HasPrefix(string(module), "module github.com/rueidistx/rueidistx/bench\n") {
			return nil, errors.New("not in the bench directory: use go -C bench run ., or say with -out where results go")
		}
	}
	return o, nil
}

// full is the pace of a run whose results are kept, quick that of one which only shows that all of it works.
var (
	full = pace{
		rounds: 15, maxRounds: 100_000, budget: 2500 * time.Millisecond,
		slices: 15, slice: 50 * time.Millisecond, openSlice: 150 * time.Millisecond,
		warmup: 20 * time.Millisecond, counting: 100 * time.Millisecond,
		connections: 64, // so many that what else the heap holds does not count
	}
	quick = pace{
		rounds: 2, maxRounds: 2,
		slices: 2, slice: 2 * time.Millisecond, openSlice: 2 * time.Millisecond,
		warmup: time.Millisecond, counting: time.Millisecond,
		connections: 2,
	}
)

func (p pace) of(w workload) pace {
	if w.budget > 0 {
		p.budget = min(p.budget, w.budget)
	}
	return p
}

var errInterrupted = errors.New("interrupted")

// compare measures the workloads and reports on them.
func compare(stop context.Context, o *options, stdout, stderr io.Writer) error {
	var chosen []workload
	for _, w := range workloads(o.quick) {
		if o.only.MatchString(w.String()) {
			chosen = append(chosen, w)
		}
	}
	weigh := slices.ContainsFunc(chosen, func(w workload) bool { return w.group() == "buffers" })
	if len(chosen) == 0 {
		return fmt.Errorf("no workload matches %q", o.only)
	}
	p := full
	if o.quick {
		p = quick
	}
	began := time.Now()
	l, chosen, err := start(chosen)
	if err != nil {
		return err
	}
	defer l.stop()
	for _, what := range l.lacks {
		fmt.Fprintf(stderr, "left out: %s\n", what)
	}
	if o.pin {
		undo, err := l.pin()
		if err != nil {
			return fmt.Errorf("-pin: %w", err)
		}
		defer func() { _ = undo() }() // the servers are about to end
		l.pinned = true
	}
	rep := &report{stamp: newStamp(began, l, o)}
	err = interruptible(stop, func() (err error) {
		for i, w := range chosen {
			fmt.Fprintf(stderr, "%3d/%d %v\n", i+1, len(chosen), w)
			r, err := measure(stop, w, l, p.of(w))
			if err != nil {
				return err
			}
			rep.results = append(rep.results, r)
		}
		if weigh {
			rep.footprints, err = l.footprints(p.connections)
		}
		return err
	})
	if err != nil {
		return err
	}
	rep.took = time.Since(began)
	if err := rep.tables(stdout); err != nil || o.out == "" {
		return err
	}
	if err := rep.write(o.out); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "wrote %s\n", filepath.Join(o.out, resultsFile))
	return nil
}

// interruptible runs do until it is done or, soon after stop is, without it: a Ctrl-C ends the servers too, and a client
// may try to reach one for ever.
func interruptible(stop context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if stop.Err() != nil {
			return errInterrupted
		}
		return err
	case <-stop.Done():
	}
	select {
	case <-done:
	case <-time.After(2 * time.Second):
	}
	return errInterrupted
}
