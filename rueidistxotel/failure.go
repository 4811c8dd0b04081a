package rueidistxotel

import (
	"context"
	"errors"

	"github.com/rueidistx/rueidistx"
)

// failure is how a unit failed. It is zero if it did not.
type failure struct {
	kind string // error.type
	code string // the server's, also one that is not known; ""
	text string // for the status; "" if it may contain anything
}

func failureOf(u *rueidistx.Unit) failure {
	class := u.Class()
	f := failure{kind: class, code: rueidistx.Code(u.Err)}
	switch {
	case class == "":
		return failure{}
	case class == "discarded": // by the closure, whose error it is
		switch {
		case f.code != "":
			f.kind = bounded(f.code)
		case errors.Is(u.Err, context.DeadlineExceeded):
			f.kind = "deadline_exceeded"
		case errors.Is(u.Err, context.Canceled):
			f.kind = "canceled"
		case errors.Is(u.Err, rueidistx.ErrConnection):
			f.kind = "connection"
		default:
			return failure{}
		}
		return f
	case class == "already_applied":
		return failure{}
	case class == f.code:
		f.kind = bounded(class)
	}
	f.text = u.Err.Error()
	return f
}

// bounded returns a server's code if it is one of those that servers are known to have.
func bounded(code string) string {
	if serverCodes[code] {
		return code
	}
	return other
}

// serverCodes are those of the errors of Redis and Valkey, except of replication, and of the proxies that are common.
var serverCodes = map[string]bool{
	"ASK": true, "BADAUTH": true, "BUSY": true, "BUSYGROUP": true, "BUSYKEY": true, "CLUSTERDOWN": true, "CROSSSLOT": true,
	"DENIED": true, "ERR": true, "EXECABORT": true, "INPROG": true, "INVALIDOBJ": true, "IOERR": true, "LOADING": true,
	"MASTERDOWN": true, "MISCONF": true, "MOVED": true, "NOADDR": true, "NOAUTH": true, "NOGOODSLAVE": true, "NOGROUP": true,
	"NOMASTERLINK": true, "NOPERM": true, "NOPROTO": true, "NOQUORUM": true, "NOREPLICAS": true, "NOSCRIPT": true, "NOSUB": true,
	"NOTBUSY": true, "NOTREADY": true, "OOM": true, "READONLY": true, "REDIRECT": true, "TRYAGAIN": true, "UNBLOCKED": true,
	"UNKILLABLE": true, "WRONGPASS": true, "WRONGTYPE": true,
}
