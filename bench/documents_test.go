package main

import (
	"testing"

	"github.com/rueidistx/rueidistx/internal/snippets"
)

// TestDocumentsMigrating compiles the columns of the other clients in the document about migration.
func TestDocumentsMigrating(t *testing.T) {
	snippets.Tables(t, "../docs/migrating.md", map[string]map[string]string{
		"go-redis": {"redis": "github.com/redis/go-redis/v9", "json": "encoding/json", "io": "io"},
		"rueidis":  {"rueidiscompat": "github.com/redis/rueidis/rueidiscompat", "rueidislock": "github.com/redis/rueidis/rueidislock"},
		"redigo":   {"redis": "github.com/gomodule/redigo/redis"},
	})
}
