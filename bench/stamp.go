package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// stamp says when, where and of what results are.
type stamp struct {
	date    time.Time
	server  string // product and version; empty without one
	partial string // why it is not the whole comparison
	pinned  bool
	lacks   []string // what could not be measured here
}

func newStamp(began time.Time, l *lab, o *options) stamp {
	s := stamp{date: began, pinned: l.pinned, lacks: l.lacks}
	for _, site := range l.servers {
		s.server = site.nodes[0].Name()
	}
	switch {
	case o.quick:
		s.partial = "This was a `-quick` run: it shows that everything works, and its numbers mean nothing."
	case o.only.String() != "":
		s.partial = fmt.Sprintf("Only the workloads that match `%s` were measured.", o.only)
	}
	return s
}

// lines describe the run, one fact each.
func (s stamp) lines() []string {
	lines := []string{
		"Date: " + s.date.UTC().Format("2006-01-02 15:04 UTC"),
		fmt.Sprintf("Machine: %s, %s, %s/%s, client and servers on the same machine", processor(), plural(runtime.NumCPU(), "core"), runtime.GOOS, runtime.GOARCH),
		fmt.Sprintf("Go: %s, GOMAXPROCS %d", strings.TrimPrefix(runtime.Version(), "go"), runtime.GOMAXPROCS(0)),
	}
	for _, m := range []struct{ name, path string }{
		{"rueidis", "github.com/redis/rueidis"},
		{compat, "github.com/redis/rueidis/rueidiscompat"},
		{goRedis, "github.com/redis/go-redis/v9"},
		{redigoName, "github.com/gomodule/redigo"},
	} {
		lines = append(lines, m.name+": "+moduleVersion(m.path))
	}
	if s.server != "" {
		lines = append(lines, "Server: "+s.server)
	}
	if s.lacks != nil {
		lines = append(lines, "Left out: "+strings.Join(s.lacks, "; "))
	}
	return lines
}

// processor is the model's name where the system tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown version"
}
