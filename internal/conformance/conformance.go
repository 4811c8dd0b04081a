// Package conformance holds the tests that every server has to pass: the whole library, used as its callers use it.
// Whoever has a server calls [Run] with it.
package conformance

import (
	"context"
	"strings"
	"testing"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// Target is a server, or a cluster of them, to run the suite on.
type Target struct {
	// Option dials it. The suite reads what it has just written, so reads must not go to replicas that may be behind.
	Option rueidis.ClientOption

	// Options are those of every DB in the suite.
	Options []rueidistx.Option

	// Prefix is that of every DB in the suite. Then only what concerns methods is run.
	Prefix string

	// Embedded is true for miniredis, which lacks some commands and does not let time pass.
	Embedded bool

	// Own says that nobody else has keys on the server, so that commands that delete all keys are run too.
	Own bool

	// Thorough says that each read through the client-side cache is tried with each command that has a key, and not with a tenth of
	// them, or a two-hundredth in the fast tier.
	Thorough bool

	// Again says that the suite runs on another server as well. The fast tier then leaves out what the server has little to
	// do with.
	Again bool
}

// suite is a target with what was found out about it.
type suite struct {
	Target
	db      *rueidistx.DB // shared by the tests that need none of their own
	cluster bool
	version string // of Redis that the server is compatible with; "" with the embedded server
	valkey  string // of Valkey, if it is one
	brief   bool   // see Target.Again
}

// Run runs the suite on a target.
func Run(t *testing.T, target Target) {
	s := &suite{Target: target, brief: target.Again && testing.Short()}
	s.db = s.open(t, target.Option)
	s.cluster = s.db.Client().Mode() == rueidis.ClientModeCluster
	if !s.Embedded {
		s.version, s.valkey = versions(t, s.db)
		t.Logf("the server is compatible with Redis %s, RESP%d", s.version, s.resp())
	}

	if s.Prefix != "" {
		t.Run("Examples", s.testExamples)
		t.Run("Endings", s.testEndings)
		t.Run("Secrets", s.testSecrets)
		t.Run("Chunks", s.testChunks)
		return
	}
	if !s.brief {
		t.Run("Examples", s.testExamples)
		if s.Own {
			t.Run("Alone", s.testAlone)
		}
		t.Run("Refusals", s.testRefusals)
		t.Run("Futures", s.testFutures)
		t.Run("Decoders", s.testDecoders)
	}
	if s.Embedded {
		t.Log("left out: what the embedded server cannot do")
	} else if !s.brief {
		t.Run("Server", s.testServerAgrees)
		if !s.lacks("7.0") { // older ones do not say
			t.Run("ServerBlocks", s.testServerBlocks)
		}
		t.Run("Lacking", s.testLacking)
	}
	t.Run("Failures", s.testFailures)
	t.Run("Endings", s.testEndings)
	t.Run("Blocking", s.testBlocking)
	t.Run("Secrets", s.testSecrets)
	t.Run("Scripts", s.testScripts)
	t.Run("Chunks", s.testChunks)
	if !s.Embedded && s.resp() == 3 {
		t.Run("Cached", s.testCached)
	}
	if s.cluster {
		t.Run("Slots", s.testSlots)
	}
}

// open returns a DB that is closed when the test ends.
func (target Target) open(t *testing.T, option rueidis.ClientOption) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(option, append([]rueidistx.Option{rueidistx.Prefix(target.Prefix)}, target.Options...)...)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// lacks reports whether the server is older than the given version of Redis. Tests of what a server lacks are left out,
// not skipped: a skipped test is one that another server on the machine would have run.
func (s *suite) lacks(since string) bool {
	return s.version != "" && since != "" && older(s.version, since)
}

// without reports whether the server is too old for an example, or of another kind.
func (s *suite) without(e example) bool {
	switch {
	case s.version == "" || e.valkey == "":
		return s.lacks(e.since)
	case s.valkey != "":
		return older(s.valkey, e.valkey)
	}
	return e.since == "" || s.lacks(e.since)
}

// resp returns the version of the protocol.
func (s *suite) resp() int {
	if s.Option.AlwaysRESP2 {
		return 2
	}
	return 3
}

// versions returns the version of Redis that the server is compatible with, and its own if it is a Valkey.
func versions(t *testing.T, db *rueidistx.DB) (redis, valkey string) {
	t.Helper()
	client := db.Client()
	info, err := client.Do(t.Context(), client.B().Info().Section("server").Build()).ToString()
	require.NoError(t, err)
	for line := range strings.Lines(info) {
		switch name, version, _ := strings.Cut(strings.TrimSpace(line), ":"); name {
		case "redis_version":
			redis = version
		case "valkey_version":
			valkey = version
		}
	}
	require.NotEmpty(t, redis, "INFO server names no redis_version")
	return redis, valkey
}

// keys names the keys of a test. All of them have one hash tag.
type keys func(name string) string

// keysOf returns the names of the test's keys. They are deleted when it ends.
func (s *suite) keysOf(t *testing.T) keys {
	used := map[string]bool{}
	t.Cleanup(func() {
		b := s.db.Batch()
		for key := range used {
			b.Unlink(key)
		}
		if err := b.Exec(context.Background()); err != nil {
			t.Errorf("deleting the test's keys: %v", err)
		}
	})
	return func(name string) string {
		key := redistest.Key(t, name)
		used[key] = true
		return key
	}
}
