package parity

import (
	commandLine "flag"
	"os"
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) {
	commandLine.Parse()
	perBatch = redistest.Times(perBatch, 20)
	os.Exit(m.Run())
}
