package faultproxy

import (
	"testing"

	"github.com/rueidistx/rueidistx/internal/redistest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Suite{M: m}) }
