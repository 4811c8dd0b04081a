package rueidistxtest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// Each test has a server of its own, also at the same time.
func TestFreshServers(t *testing.T) {
	for name, server := range kinds {
		for i := range 4 {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				t.Parallel()
				db, _ := rueidistxtest.Start(t, server)
				for want := range 3 {
					if n := db.Auto(soon(t)).Incr("n").Must(); n != int64(want)+1 {
						t.Error(n)
					}
				}
				if n := db.Auto(soon(t)).DBSize().Must(); n != 1 {
					t.Error(n)
				}
			})
		}
	}
}

func TestServerIsInTheLog(t *testing.T) {
	t.Parallel()
	uncached := rueidistxtest.Client(func(o *rueidis.ClientOption) { o.DisableCache = true })
	for text, option := range map[string]rueidistxtest.Option{
		"embedded miniredis at 127.0.0.1:": rueidistxtest.Embedded(),
		"the given server at 127.0.0.1:":   rueidistxtest.On(redistest.StartEmbedded(t)),
	} {
		r := record(t, func(tb testing.TB) { rueidistxtest.Start(tb, option, uncached) })
		r.wants(t)
		if len(r.logs) != 1 || !strings.Contains(r.logs[0], text) {
			t.Errorf("%q", r.logs)
		}
	}
}

func TestMissingProgram(t *testing.T) {
	if redistest.Installed() {
		t.Skip("there is one")
	}
	r := record(t, func(tb testing.TB) { rueidistxtest.Start(tb, rueidistxtest.Local()) })
	if r.skipped == "" && len(r.errors) == 0 {
		t.Error("neither skipped nor failed")
	}
}

// The default is the program, or else the embedded server.
func TestDefault(t *testing.T) {
	t.Parallel()
	want := "embedded"
	if redistest.Installed() {
		want = "started for this test"
	}
	r := record(t, func(tb testing.TB) { rueidistxtest.Start(tb) })
	r.wants(t)
	if !strings.Contains(r.logs[0], want) {
		t.Errorf("%q", r.logs)
	}
}

func TestContainer(t *testing.T) {
	image := os.Getenv("RUEIDISTX_IMAGE_REDIS_8_0")
	if image == "" {
		image = "local/redis:8.0"
	}
	server := rueidistxtest.Container(image)
	rueidistxtest.Start(t, server) // skips if there is none
	t.Run("faults", func(t *testing.T) { testFaultsInContainer(t, server) })
	r := record(t, func(tb testing.TB) { rueidistxtest.Start(tb, rueidistxtest.Container("rueidistx.invalid/none:0")) })
	if text := r.skipped + strings.Join(r.errors, " "); !strings.Contains(text, "docker pull rueidistx.invalid/none:0") {
		t.Errorf("%q", text)
	}
}

// testFaultsInContainer runs each fault and each way, in few containers.
func testFaultsInContainer(t *testing.T, server rueidistxtest.Option) {
	db, p := rueidistxtest.Start(t, server, rueidistxtest.Strict())
	for i, w := range everyWay {
		key := fmt.Sprint("k", i)
		want := map[bool]rueidistx.Outcome{false: rueidistx.Unknown, true: rueidistx.Applied}[w.once]
		p.LoseReply()
		rueidistxtest.AssertOutcome(t, w.run(soon(t), db, key+"reply"), want)
		wantValue(t, db, key+"reply", "1")
		p.LoseRequest()
		rueidistxtest.AssertOutcome(t, w.run(soon(t), db, key+"request"), want)
		wantValue(t, db, key+"request", map[bool]string{false: "0", true: "1"}[w.once])
		p.LateCommit(0)
		rueidistxtest.AssertOutcome(t, w.run(soon(t), db, key+"late"), want)
		p.Deliver()
		wantValue(t, db, key+"late", "1")
		if w.watches {
			p.Conflict(2)
			rueidistxtest.AssertOutcome(t, w.run(soon(t), db, key+"conflict"), rueidistx.Applied)
			wantValue(t, db, key+"conflict", "1")
		}
		p.RefuseDial()
		rueidistxtest.AssertOutcome(t, runShortly(t, w, db, key+"dial"), rueidistx.NotApplied)
		p.Accept()
		wantValue(t, db, key+"dial", "0")
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	db, _ := rueidistxtest.Start(t, nil, rueidistxtest.With(rueidistx.CheckSlots(), nil),
		rueidistxtest.Client(func(o *rueidis.ClientOption) {
			o.SelectDB = 3
			o.InitAddress = []string{"127.0.0.1:1"} // has no effect
		}))
	err := db.Transact(soon(t), func(tx *rueidistx.Tx) error {
		tx.Incr("a")
		tx.Incr("b")
		return nil
	})
	if !errors.Is(err, rueidistx.ErrCrossSlot) {
		t.Error(err)
	}
}

// Conflicts are in the database that the client has selected, and with its password.
func TestOnWithPassword(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--requirepass", "secret")
	db, p := rueidistxtest.Start(t, rueidistxtest.On(s.Addr), rueidistxtest.Client(func(o *rueidis.ClientOption) {
		o.SelectDB, o.Password = 3, "secret"
	}))
	p.Conflict(1)
	p.LoseReply()
	rueidistxtest.AssertOutcome(t, db.Watch(soon(t), increment(key)), rueidistx.Unknown)
	wantValue(t, db, key, "1")
	r := record(t, func(tb testing.TB) { rueidistxtest.Start(tb, rueidistxtest.On(s.Addr)) })
	r.wants(t, []string{"opening a DB on the given server", "NOAUTH"})
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	for want, options := range map[string][]rueidistxtest.Option{
		"more than one of Local":    {rueidistxtest.Embedded(), rueidistxtest.Local()},
		"Client of a nil function":  {rueidistxtest.Client(nil)},
		"On without an address":     {rueidistxtest.On("")},
		`Container of the image ""`: {rueidistxtest.Container("")},
		`the image "-v"`:            {rueidistxtest.Container("-v")},
		"opening a DB":              {rueidistxtest.On("127.0.0.1:1")},
	} {
		record(t, func(tb testing.TB) { rueidistxtest.Start(tb, options...) }).wants(t, []string{want})
	}
	for want, use := range map[string]func(p *rueidistxtest.Proxy){
		"LateCommit after -1s":                     func(p *rueidistxtest.Proxy) { p.LateCommit(-time.Second) },
		"Conflict(0)":                              func(p *rueidistxtest.Proxy) { p.Conflict(0) },
		`LoseReply(""): not the name`:              func(p *rueidistxtest.Proxy) { p.LoseReply("") },
		`LoseRequest("SET K"): not the name`:       func(p *rueidistxtest.Proxy) { p.LoseRequest("set k") },
		"Deliver: no unit has met a LateCommit(0)": func(p *rueidistxtest.Proxy) { p.Deliver() },
	} {
		record(t, func(tb testing.TB) {
			_, p := rueidistxtest.Start(tb, rueidistxtest.Embedded())
			use(p)
		}).wants(t, []string{want})
	}
}

func TestUnmetFaults(t *testing.T) {
	t.Parallel()
	var db *rueidistx.DB
	record(t, func(tb testing.TB) {
		var p *rueidistxtest.Proxy
		db, p = rueidistxtest.Start(tb, rueidistxtest.Embedded())
		p.LoseReply()
		p.LoseRequest("GETDEL", "set")
		p.LateCommit(0, "FCALL")
		p.Conflict(2) // one more than there are
		p.RefuseDial()
		p.Accept()
		db.Auto(tb.Context()).Get("k")
		_ = db.Watch(tb.Context(), func(r *rueidistx.Reader, _ *rueidistx.Tx) error {
			_ = r.Get("a").Or("")
			_ = r.Get("b").Or("") // so that EXEC asks whether both are of one state
			return nil
		}, rueidistx.Attempts(1))
	}).wants(t,
		[]string{"nothing has met the LoseReply of start_test.go:", "since Start: GET "},
		[]string{"LoseRequest(GETDEL, set) of start_test.go:"},
		[]string{"LateCommit(FCALL)"},
		[]string{"Conflict of start_test.go:"},
		[]string{"RefuseDial"},
	)
	// of a test that was skipped, nothing
	r := record(t, func(tb testing.TB) {
		_, p := rueidistxtest.Start(tb, rueidistxtest.Embedded())
		p.LoseReply()
		tb.Skipf("skipped")
	})
	r.wants(t)
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	for _, option := range []rueidistxtest.Option{rueidistxtest.Embedded(), nil} {
		ended := make(chan error, 1)
		record(t, func(tb testing.TB) {
			db, p := rueidistxtest.Start(tb, option)
			go func() { ended <- db.Auto(context.Background()).BLPop(time.Minute, "list").Err() }()
			for !slices.Contains(p.Commands(), "BLPOP") {
				time.Sleep(time.Millisecond)
			}
		}).wants(t, []string{"a single command that began at start_test.go:", "still under way at the end of the test, after 1"})
		if err := <-ended; rueidistx.OutcomeOf(err) == rueidistx.Applied {
			t.Error(err)
		}
	}
	var other net.Conn
	record(t, func(tb testing.TB) {
		var addr string
		rueidistxtest.Start(tb, rueidistxtest.Embedded(), rueidistxtest.Client(func(o *rueidis.ClientOption) {
			o.DialCtxFn = nil
			o.DialFn = func(dst string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
				addr = dst
				return d.Dial("tcp", dst)
			}
		}))
		var err error
		if other, err = net.Dial("tcp", addr); err != nil {
			tb.Fatal(err)
		}
	}).wants(t, []string{"1 connections are left although the DB is closed"})
	_ = other.Close()
}

// A unit that ends with the test is none that is left.
func TestUnitEndsWithTheTest(t *testing.T) {
	t.Parallel()
	record(t, func(tb testing.TB) {
		db, p := rueidistxtest.Start(tb, rueidistxtest.Embedded())
		ctx, cancel := context.WithCancel(context.Background())
		tb.Cleanup(cancel)
		go db.Auto(ctx).BLPop(time.Minute, "list")
		for !slices.Contains(p.Commands(), "BLPOP") {
			time.Sleep(time.Millisecond)
		}
	}).wants(t)
}

func TestCommands(t *testing.T) {
	t.Parallel()
	db, p := rueidistxtest.Start(t, rueidistxtest.Embedded())
	db.Auto(soon(t)).Ping()
	if err := db.Transact(soon(t), queued(key)); err != nil {
		t.Error(err)
	}
	if got := strings.Join(p.Commands(), " "); got != "ROLE MULTI EXEC MULTI GET INCR EXEC" {
		t.Error(got)
	}
}

// Keys expire by the clock, on the embedded server too.
func TestKeysExpire(t *testing.T) {
	for name, server := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, _ := rueidistxtest.Start(t, server)
			auto := db.Auto(soon(t))
			auto.Set("k", "v", rueidistx.EX(20*time.Millisecond))
			for began := time.Now(); auto.Exists("k").Or(0) > 0; time.Sleep(time.Millisecond) {
				if time.Since(began) > 10*time.Second {
					t.Fatal("it is still there")
				}
			}
		})
	}
}

func TestAssertOutcome(t *testing.T) {
	t.Parallel()
	r := record(t, func(tb testing.TB) {
		rueidistxtest.AssertOutcome(tb, nil, rueidistx.Applied)
		rueidistxtest.AssertOutcome(tb, rueidistx.ErrConflict, rueidistx.NotApplied)
		rueidistxtest.AssertOutcome(tb, rueidistx.ErrConflict, rueidistx.Unknown)
	})
	r.wants(t, []string{"not applied", "unknown", rueidistx.ErrConflict.Error()})
}

// Faults do not depend on the options of the client and the DB.
func TestFaultsWithOptions(t *testing.T) {
	for name, option := range map[string]rueidistxtest.Option{
		"RESP2":                 rueidistxtest.Client(func(o *rueidis.ClientOption) { o.AlwaysRESP2, o.DisableCache = true, true }),
		"AlwaysPipelining":      rueidistxtest.Client(func(o *rueidis.ClientOption) { o.AlwaysPipelining = true }),
		"several connections":   rueidistxtest.Client(func(o *rueidis.ClientOption) { o.PipelineMultiplex = 2 }),
		"DedicatedTransactions": rueidistxtest.With(rueidistx.DedicatedTransactions(2)),
		"Strict":                rueidistxtest.Strict(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, proxy := rueidistxtest.Start(t, option)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			proxy.LoseReply()
			rueidistxtest.AssertOutcome(t, db.Transact(ctx, func(tx *rueidistx.Tx) error {
				tx.Incr("n")
				return nil
			}), rueidistx.Unknown)
			keys := []string{"a", "b", "c", "d"}
			for _, key := range keys { // over each connection
				db.Auto(ctx).Incr(key).Must()
			}
			proxy.RefuseDial()
			for _, key := range keys {
				rueidistxtest.AssertOutcome(t, db.Auto(ctx).Incr(key).Err(), rueidistx.NotApplied)
			}
			proxy.Accept()
			proxy.Conflict(2)
			rueidistxtest.AssertOutcome(t, db.Watch(ctx, func(r *rueidistx.Reader, tx *rueidistx.Tx) error {
				n, err := rueidistx.Int(r.Get("n")).Value()
				if n != 1 {
					t.Errorf("n is %d", n)
				}
				tx.Incr("n")
				return err
			}), rueidistx.Applied)
		})
	}
}
