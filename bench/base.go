package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

	versusDir   = "versus" // the package with the benchmarks
	versusCount = 10       // benchstat needs at least 6 for an interval
	versusTime  = "100ms"
)

// compareWith measures the commit base and the working tree with the same benchmarks, those of the working tree, and has
// benchstat compare them.
func compareWith(stop context.Context, base, only string, stdout, stderr io.Writer) (err error) {
	run := func(dir string, out io.Writer, program string, args ...string) error {
		c := exec.CommandContext(stop, program, args...)
		c.Dir, c.Stdout, c.Stderr = dir, out, stderr
		if err := c.Run(); stop.Err() != nil {
			return errInterrupted
		} else if err != nil {
			return fmt.Errorf("%s %s: %w", program, args[0], err)
		}
		return nil
	}
	var top bytes.Buffer
	if err := run("", &top, "git", "rev-parse", "--show-toplevel"); err != nil {
		return err
	}
	repository := strings.TrimSpace(top.String())
	temp, err := os.MkdirTemp("", "rueidistx-base-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	tree := filepath.Join(temp, "tree")
	if err := run(repository, stderr, "git", "worktree", "add", "--quiet", "--detach", tree, base); err != nil {
		return err
	}
	defer func() { // also if the program is stopped
		remove := exec.Command("git", "worktree", "remove", "--force", tree)
		remove.Dir = repository
		err = errors.Join(err, remove.Run())
	}()
	from, to := filepath.Join(repository, "bench", versusDir), filepath.Join(tree, "bench", versusDir)
	if err := errors.Join(os.RemoveAll(to), os.CopyFS(to, os.DirFS(from))); err != nil {
		return err
	}

	sides := []struct{ name, dir string }{{"base", to}, {"worktree", from}}
	outputs := make([]*os.File, len(sides))
	for i, s := range sides {
		fmt.Fprintf(stderr, "building %s\n", s.name)
		if err := run(s.dir, stderr, "go", "test", "-c", "-o", filepath.Join(temp, s.name+".test"), "."); err != nil {
			return fmt.Errorf("%s cannot be built with these benchmarks: %w", s.name, err)
		}
		if outputs[i], err = os.Create(filepath.Join(temp, s.name)); err != nil {
			return err
		}
		defer outputs[i].Close()
	}
	if only == "" {
		only = "."
	}
	for round := range versusCount {
		fmt.Fprintf(stderr, "%3d/%d\n", round+1, versusCount)
		for i := range sides {
			i = (i + round) % len(sides) // neither is always the first
			if err := run(sides[i].dir, outputs[i], filepath.Join(temp, sides[i].name+".test"),
				"-test.run=^$", "-test.bench="+only, "-test.benchtime="+versusTime); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(stdout, "%s, next to the working tree. Two builds of the same code can differ by 2 %% without a server.\n\n", base)
	return run(temp, stdout, "go", "run", benchstat, sides[0].name, sides[1].name)
}
