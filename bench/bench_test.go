package main

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rueidistx/rueidistx/internal/parity"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

func TestQuickRun(t *testing.T) {
	redistest.SharedCluster(t) // or skip
	dir := t.TempDir()
	var stdout, stderr strings.Builder
	if code := command(t.Context(), []string{"-quick", "-out", dir}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, resultsFile))
	if err != nil {
		t.Fatal(err)
	}
	results := string(text)
	if !strings.HasSuffix(results, stdout.String()) {
		t.Error("the tables in the file and on the terminal differ")
	}
	for _, w := range workloads(true) {
		if w.venue == onTLS && strings.Contains(results, errNoTLS.Error()) || w.pinned && coresToSplit() != nil {
			continue
		}
		if !strings.Contains(results, "\n| "+w.String()+" ") {
			t.Errorf("%v is missing", w)
		}
		_, section, _ := strings.Cut(results, "\n## "+w.title+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		for _, client := range w.clients {
			if !strings.Contains(section, " "+thousands(float64(w.number))+" | "+client+" ") {
				t.Errorf("%v has no %s", w, client)
			}
		}
	}
	if before, _, _ := strings.Cut(results, "**Method.**"); strings.Count(before, "\n- ") < 15 || !strings.Contains(before, "`Coalesce()` takes") {
		t.Error("the summary is missing:\n" + before)
	}
	if !strings.Contains(results, "\n| "+defaults+" | ") {
		t.Error("no memory of connections")
	}
	for _, wrong := range []string{"NaN", "Inf", "unknown version"} {
		if strings.Contains(results, wrong) {
			t.Errorf("%s in the results", wrong)
		}
	}
	charts, err := filepath.Glob(filepath.Join(dir, chartsDir, "*.svg"))
	if err != nil || len(charts) != 9 {
		t.Errorf("charts %v, %v", charts, err)
	}
	for _, c := range charts {
		if !strings.Contains(results, "("+chartsDir+"/"+filepath.Base(c)+")") {
			t.Errorf("%s is not shown", c)
		}
	}
}

func TestNothingToRunOn(t *testing.T) {
	var stdout, stderr strings.Builder
	if code := command(t.Context(), []string{"-only", "no such workload"}, &stdout, &stderr); code != 1 {
		t.Errorf("exit code %d", code)
	}
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	if code := command(stop, []string{"-quick", "-only", "canned/auto"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), errInterrupted.Error()) {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if code := command(t.Context(), []string{"-base", "HEAD", "-quick"}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "-base goes with") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if stdout.Len() > 0 {
		t.Error(stdout.String())
	}
}

// A client that answers wrongly must not get into a comparison.
func TestVerify(t *testing.T) {
	for _, w := range workloads(true) {
		if w.venue != onCanned || w.task.Shape != parity.Batch || w.task.N != 10 || w.task.Kind == parity.Set {
			continue
		}
		answers := w.task.NewAnswers()
		worker := &parity.Worker{Do: func() error { return nil }, Answers: answers}
		if err := new(lab).verify(w, worker); err == nil {
			t.Errorf("%v: no answers are right", w)
		}
	}
}

func TestSkipReplies(t *testing.T) {
	for _, c := range []struct {
		replies string
		n       int
		ok      bool
	}{
		{"+OK\r\n:42\r\n$3\r\nabc\r\n$-1\r\n$0\r\n\r\n", 5, true},
		{"+OK\r\n+QUEUED\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n", 3, true},
		{"*-1\r\n*0\r\n", 2, true},
		{"+OK\r\n-ERR no\r\n", 2, false},
		{"*1\r\n-ERR no\r\n", 1, false},
		{"$x\r\n", 1, false},
		{"+OK\r\n", 2, false},
	} {
		in := bufio.NewReader(strings.NewReader(c.replies))
		err := skipReplies(in, c.n)
		if (err == nil) != c.ok || c.ok && in.Buffered() > 0 {
			t.Errorf("%q: %v, %d bytes left", c.replies, err, in.Buffered())
		}
	}
}
