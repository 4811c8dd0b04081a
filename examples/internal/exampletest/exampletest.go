// Package exampletest opens the servers that the tests of the examples run on.
package exampletest

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/internal/redistest"
)

// OnEach runs a test on a server and on the embedded one.
func OnEach(t *testing.T, test func(t *testing.T, db *rueidistx.DB)) {
	t.Helper()
	embedded := redistest.Embedded(t)
	embedded.ClockTTL(true)
	for name, option := range map[string]rueidis.ClientOption{
		"server":   {InitAddress: []string{redistest.Shared(t).Addr}},
		"embedded": redistest.EmbeddedOption(embedded.Addr()),
	} {
		t.Run(name, func(t *testing.T) { test(t, Open(t, option)) })
	}
}

// Open returns a DB that is closed when the test ends.
func Open(t *testing.T, option rueidis.ClientOption) *rueidistx.DB {
	t.Helper()
	db, err := rueidistx.Open(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}
