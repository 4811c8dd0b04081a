package optimistic

import (
	"math/rand/v2"
	"time"

	"github.com/rueidistx/rueidistx/internal/faultproxy"
)

// atExec are the faults at the commit: before it, in its middle, after it, its reply lost or slow, and itself late.
var atExec = []faultproxy.Fault{
	{Phase: faultproxy.BeforeCommand},
	{Phase: faultproxy.BeforeCommand, DropReplies: true},
	{Phase: faultproxy.MidCommand, DropReplies: true},
	{Phase: faultproxy.AfterCommand},
	{Phase: faultproxy.AfterCommand, DropReplies: true},
	{Phase: faultproxy.AfterCommand, Action: faultproxy.Reset, DropReplies: true},
	{Phase: faultproxy.MidReply},
	{Phase: faultproxy.MidReply, Action: faultproxy.Reset},
	{Phase: faultproxy.AfterReply},
	{Phase: faultproxy.AfterCommand, Action: faultproxy.Hold, For: 5 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.Hold, For: 5 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold, For: 2 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold, For: 10 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold, For: 40 * time.Millisecond, DropReplies: true},
	{Phase: faultproxy.MidCommand, Action: faultproxy.CutHold, For: 20 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold}, // until it is released
}

// lateExec are those that have EXEC arrive when the caller is gone.
var lateExec = []faultproxy.Fault{
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold, For: 5 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold, For: 20 * time.Millisecond, DropReplies: true},
	{Phase: faultproxy.MidCommand, Action: faultproxy.CutHold, For: 60 * time.Millisecond},
	{Phase: faultproxy.BeforeCommand, Action: faultproxy.CutHold},
	{Phase: faultproxy.MidCommand, Action: faultproxy.CutHold},
}

// elsewhere are faults at other commands.
var elsewhere = []faultproxy.Fault{
	{Command: "WATCH", Phase: faultproxy.BeforeCommand},
	{Command: "WATCH", Phase: faultproxy.AfterCommand, Action: faultproxy.Reset},
	{Command: "GET", Phase: faultproxy.AfterCommand, DropReplies: true},
	{Command: "LRANGE", Phase: faultproxy.MidReply},
	{Command: "MULTI", Phase: faultproxy.BeforeCommand},
	{Command: "MULTI", Phase: faultproxy.AfterCommand},
	{Command: "RPUSH", Phase: faultproxy.MidCommand, Action: faultproxy.CutHold, For: 10 * time.Millisecond},
	{Command: "RPUSH", Phase: faultproxy.AfterCommand, DropReplies: true},
	{Command: "HELLO", Phase: faultproxy.AfterCommand},
}

// storm has faults happen at random: to a share of all commits, and to one in a hundred of other commands.
func (f *field) storm(faults []faultproxy.Fault, share float64, others []faultproxy.Fault) {
	rng := f.random(0) // asked with the proxy locked
	arm := func(faults []faultproxy.Fault, share float64) {
		for n, fault := range faults {
			// Each is asked if those before it have not happened.
			p := share / float64(len(faults)) / (1 - share*float64(n)/float64(len(faults)))
			fault.Every = true
			fault.If = func([]string) bool { return rng.Float64() < p }
			commits := []string{"EXEC", "EVALSHA"} // the latter of a Transact with Once
			if fault.Command != "" {
				commits = []string{fault.Command}
			}
			for _, fault.Command = range commits {
				f.proxy.Arm(fault)
			}
		}
	}
	arm(faults, share)
	for _, fault := range others {
		arm([]faultproxy.Fault{fault}, 0.01)
	}
}

// sometimes is for something that happens with this probability.
func sometimes(rng *rand.Rand, probability float64) bool { return rng.Float64() < probability }
