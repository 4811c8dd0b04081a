package compare

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// trace is what a program has printed, and left on its server.
type trace struct {
	output string
	failed bool
	data   map[string]string
}

// compare runs both programs of a pair, each on a server of its own, and compares what they have done.
func compare(t *testing.T, program, want string, play func(t *testing.T, server *redistest.Server, executable string) trace) {
	t.Parallel()
	var traces []trace
	for _, library := range []string{"rueidistx", "goredis"} {
		executable := build(t, program, library)
		got := play(t, redistest.Start(t), executable)
		if !strings.Contains(got.output, want) {
			t.Errorf("%s with %s printed:\n%s\nwithout: %s", program, library, got.output, want)
		}
		traces = append(traces, got)
	}
	if ours, theirs := fmt.Sprintf("%+v", traces[0]), fmt.Sprintf("%+v", traces[1]); ours != theirs {
		t.Errorf("with rueidistx:\n%s\nwith go-redis:\n%s", ours, theirs)
	}
}

func build(t *testing.T, program, library string) string {
	t.Helper()
	executable := filepath.Join(t.TempDir(), library)
	if out, err := exec.Command("go", "build", "-o", executable, "./"+program+"/"+library).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return executable
}

// toEnd runs a program to its end, and dumps the keys that match a pattern.
func toEnd(pattern string, args ...string) func(t *testing.T, server *redistest.Server, executable string) trace {
	return func(t *testing.T, server *redistest.Server, executable string) trace {
		var complaint strings.Builder
		cmd := exec.CommandContext(redistest.Context(t), executable, append(args, "-addr", server.Addr)...)
		cmd.Stderr = &complaint
		output, err := cmd.Output()
		if err != nil {
			t.Log(err, complaint.String())
		}
		return trace{string(output), err != nil, dump(t, server, pattern)}
	}
}

// What is made up or depends on the clock: the IDs of sessions, and those of streams.
var (
	sessionID = regexp.MustCompile(`session:\w+`)
	entryID   = regexp.MustCompile(`\d{13}-\d+`)
)

// dump returns the keys that match a pattern, with what is in them, and whether they expire.
func dump(t *testing.T, server *redistest.Server, pattern string) map[string]string {
	t.Helper()
	keys, err := server.Do(t, "KEYS", pattern).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]string{}
	for _, key := range keys {
		ttl, err := server.Do(t, "PTTL", key).AsInt64()
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s expires: %t", content(t, server, key), ttl > 0)
		data[sessionID.ReplaceAllString(key, "session:ID")] = entryID.ReplaceAllString(text, "ID")
	}
	return data
}

// content returns what is in a key.
func content(t *testing.T, server *redistest.Server, key string) string {
	t.Helper()
	kind, err := server.Do(t, "TYPE", key).ToString()
	if err != nil {
		t.Fatal(err)
	}
	if kind == "hash" {
		fields, err := server.Do(t, "HGETALL", key).AsStrMap()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(fields)
	}
	read := map[string][]string{
		"string": {"GET", key},
		"list":   {"LRANGE", key, "0", "-1"},
		"zset":   {"ZRANGE", key, "0", "-1", "WITHSCORES"},
		"stream": {"XRANGE", key, "-", "+"},
	}[kind]
	value, err := server.Do(t, read...).ToAny()
	if err != nil {
		t.Fatal(kind, err)
	}
	return fmt.Sprint(value)
}

func TestTransfer(t *testing.T) {
	compare(t, "transfer", "20 of 50: map[applied:6 not applied:14]\nbalances: [0 500]\n", toEnd("*"))
}

// TestBucket does not compare the data, which is a time.
func TestBucket(t *testing.T) {
	compare(t, "bucket", "3 true 0 <nil>\n2 false 0 <nil>\n4 false 0 so many tokens never are in the bucket\n1 false 0\n", toEnd("-"))
}

func TestSession(t *testing.T) {
	compare(t, "session", "<nil>\n{ann 2026-11-26 09:00:00 +0000 UTC  true 1} <nil>\nno session\n", toEnd("*"))
}

func TestBoard(t *testing.T) {
	compare(t, "board", "asked the database for [2]\n[{{1 Ada} 120} {{3 Eve} 100} {{2 Bob} 80.5}]\n", toEnd("*"))
}

func TestQueue(t *testing.T) {
	times := strings.Repeat("1 ", 19) + "1"
	compare(t, "queue", "left by a worker that crashed: 4\ntimes that each job was done: ["+times+"]\npending: 0\n", toEnd("*"))
}

// TestLoad has a row that the server refuses, in the first of two chunks.
func TestLoad(t *testing.T) {
	var rows strings.Builder
	for i := range 12_345 {
		fmt.Fprintf(&rows, "%d,\"item, number %d\",%d\n", i, i, i%100)
	}
	name := filepath.Join(t.TempDir(), "items.csv")
	if err := os.WriteFile(name, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	compare(t, "load", "12345 rows were answered, 1 failed\n", func(t *testing.T, server *redistest.Server, executable string) trace {
		server.Do(t, "SET", "item:99", "not a hash")
		got := toEnd("item:*99", "-file", name)(t, server, executable)
		if n, err := server.Do(t, "DBSIZE").AsInt64(); n != 12_345 {
			t.Error(n, "keys,", err)
		}
		return got
	})
}

func TestPayment(t *testing.T) {
	want := `400  a payment needs an Idempotency-Key
200 false {"payment":"a","balance":7}
200 true {"payment":"a","balance":7}
200 false {"payment":"b","balance":2}
402  insufficient funds
at the same time: [200 false {"payment":"d","balance":15}` + strings.Repeat(` 200 true {"payment":"d","balance":15}`, 9) + `]
without memory: 503  not charged, try again
no reply to the commit: 504  not known yet, ask again with the same key
afterwards: 200 false {"payment":"e","balance":10}
`
	compare(t, "payment", want, pay)
}

// pay starts the service, and returns its answers.
func pay(t *testing.T, server *redistest.Server, executable string) trace {
	server.Do(t, "SET", "{customer:ann}:balance", "12")
	url := start(t, executable, "-addr", server.Addr, "-listen", "127.0.0.1:0") + "/customers/ann/payments"
	var answers strings.Builder
	for _, key := range []string{"", "a", "a", "b", "c"} {
		fmt.Fprintln(&answers, post(t, url, key))
	}

	server.Do(t, "INCRBY", "{customer:ann}:balance", "18")
	fmt.Fprintln(&answers, "at the same time:", postTogether(t, url, "d", 10))

	server.Do(t, "CONFIG", "SET", "maxmemory", "1")
	fmt.Fprintln(&answers, "without memory:", post(t, url, "e"))
	server.Do(t, "CONFIG", "SET", "maxmemory", "0")

	server.Do(t, "CLIENT", "PAUSE", "60000", "WRITE")
	fmt.Fprintln(&answers, "no reply to the commit:", post(t, url, "e"))
	server.Do(t, "CLIENT", "UNPAUSE")
	again := post(t, url, "e") // it is not known which of the two requests was the one that charged
	fmt.Fprintln(&answers, "afterwards:", strings.Replace(again, "true", "false", 1))

	data := dump(t, server, "*r:ann}:[bl]*")
	if n, err := server.Do(t, "DBSIZE").AsInt64(); n != 6 { // the balance, the ledger, and the four payments
		t.Error(n, "keys,", err)
	}
	return trace{output: answers.String(), data: data}
}

// start starts a program, which ends with the test, and returns the first line that it prints.
func start(t *testing.T, executable string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, executable, args...)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// post returns the status, whether the payment was there already, and the body.
func post(t *testing.T, url, key string) string {
	answer, err := ask(redistest.Context(t), url, key)
	if err != nil {
		t.Error(err)
	}
	return answer
}

func ask(ctx context.Context, url, key string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Idempotency-Key", key)
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s %s", response.StatusCode, response.Header.Get("Idempotent-Replayed"), strings.TrimSpace(string(body))), nil
}

// postTogether sends n requests with one key, and returns the answers in order.
func postTogether(t *testing.T, url, key string, n int) []string {
	answers := make([]string, n)
	var working sync.WaitGroup
	for i := range answers {
		working.Go(func() { answers[i] = post(t, url, key) })
	}
	working.Wait()
	slices.Sort(answers)
	return answers
}
