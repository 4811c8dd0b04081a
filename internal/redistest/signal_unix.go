//go:build unix

package redistest

import (
	"os"
	"syscall"
)

// supported reports whether servers can be started and signalled here.
const supported = true

var (
	signalStop      os.Signal = syscall.SIGSTOP
	signalContinue  os.Signal = syscall.SIGCONT
	signalTerminate os.Signal = syscall.SIGTERM
)
