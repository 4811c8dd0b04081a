package faultproxy

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/rueidistx/rueidistx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Suite{M: m}) }
