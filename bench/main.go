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
	flags.StringVar(&o.out, "out", "", "the `directory` for RESULTS.md and charts (the working directory; nowhere with -only or -quick)")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("what is %q?", flags.Arg(0))
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
	if o.out == "" && *only == "" && !o.quick && !o.guard {
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
		slices: 15, slice: 50 * time.Millisecond,
		warmup: 20 * time.Millisecond, counting: 100 * time.Millisecond,
	}
	quick = pace{
		rounds: 2, maxRounds: 2,
		slices: 2, slice: 2 * time.Millisecond,
		warmup: time.Millisecond, counting: time.Millisecond,
	}
)

// cannedBudget is enough for a client without a server.
const cannedBudget = time.Second

func (p pace) of(w workload) pace {
	if w.venue == onCanned {
		p.budget = min(p.budget, cannedBudget)
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
	if len(chosen) == 0 {
		return fmt.Errorf("no workload matches %q", o.only)
	}
	p := full
	if o.quick {
		p = quick
	}
	began := time.Now()
	l, err := start(chosen)
	if err != nil {
		return err
	}
	defer l.stop()
	rep := &report{stamp: newStamp(began, l, o)}
	err = interruptible(stop, func() error {
		for i, w := range chosen {
			fmt.Fprintf(stderr, "%3d/%d %v\n", i+1, len(chosen), w)
			r, err := measure(stop, w, l, p.of(w))
			if err != nil {
				return err
			}
			rep.results = append(rep.results, r)
		}
		return nil
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
