//go:build !unix

package redistest

import "os"

// supported reports whether servers can be started and signalled here.
const supported = false

// never sent, as there is no server to send them to
var signalStop, signalContinue, signalTerminate os.Signal
