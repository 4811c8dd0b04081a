// Package exampletest opens the servers that the tests of the examples run on.
package exampletest

import (
	"testing"

	"github.com/redis/rueidis"
	"github.com/rueidistx/rueidistx"
	"github.com/rueidistx/rueidistx/rueidistxtest"
)

// OnEach runs a test on a server and on the embedded one.
func OnEach(t *testing.T, test func(t *testing.T, db *rueidistx.DB)) {
	t.Helper()
	for name, server := range map[string]rueidistxtest.Option{
		"server":   rueidistxtest.Local(),
		"embedded": rueidistxtest.Embedded(),
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := rueidistxtest.Start(t, server)
			test(t, db)
		})
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
