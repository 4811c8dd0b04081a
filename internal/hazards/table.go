package main

import (
	"bytes"
	"fmt"
	"strings"
)

// hazard is a defect of rueidis, or a default of its that loses something.
type hazard struct {
	what  string
	alone string // a command that shows it with rueidis alone
	sign  string // an expression for the line of its output that does
	with  string // a test that it does not happen with rueidistx
}

var hazards = []hazard{
	{
		what:  "In a cluster, a transaction with a read in it is executed twice when its connection is lost",
		alone: "go test -v -run TestRueidisSendsATransactionWithAReadAgain .",
		sign:  `[1-9]\d* of 20 executed twice`,
		with:  "go test -run TestTransactionWithAReadIsNeverSentAgain .",
	},
	{
		what:  "When ConnLifetime ends, the server has executed a transaction, and rueidis sends all of it again",
		alone: "go run ./docs/upstream/resent-transaction MULTI",
		sign:  `^the counter after one transaction of two INCRs: 4`,
		with:  "go test -run TestDedicatedTransactionsAreNotDoubledWhenConnectionsExpire .",
	},
	{
		what:  "When ConnLifetime ends, rueidis sends a transaction again without its MULTI",
		alone: "go run ./docs/upstream/resent-transaction INCR",
		sign:  `^the server received: MULTI INCR INCR EXEC INCR INCR EXEC`,
		with:  "go test -run TestDedicatedTransactionsAreNotDoubledWhenConnectionsExpire .",
	},
	{
		what:  "A script's own error that begins with MOVED is followed, and the script runs again",
		alone: "go run ./docs/upstream/obeyed-scripts moved",
		sign:  `^one EVAL, sent once, ran 1\d times`,
		with:  "go test -run TestWordsOfAScriptAreNeverObeyed .",
	},
	{
		what:  "A script's own error that begins with ASK ends the process",
		alone: "go run ./docs/upstream/obeyed-scripts ask",
		sign:  `^panic: runtime error: index out of range`,
		with:  "go test -run TestNothingThatAScriptSaysIsTakenForTheServersWord .",
	},
	{
		what:  "DoMulti's first writer reads the caller's slice after DoMulti has returned",
		alone: "go run ./docs/upstream/retained-slice",
		sign:  `^panic: runtime error: invalid memory address`,
		with:  "go test -race -run TestPlanIsNotReusedWhileARetriedConnectionStillReadsIt .",
	},
	{
		what:  "DoMulti and DoMultiCache recycle commands of a connection that broke while its writer still reads them (shown: a cluster's DoMulti)",
		alone: "go run -race ./docs/upstream/recycled-too-early",
		sign:  `^WARNING: DATA RACE`,
		with:  "go test -race -run 'TestConnectionsCutAtAnyMomentLeaveTheirMemoryAlone|TestCachedCommandsAreNotReusedWhileAConnectionReadsThem' .",
	},
	{
		what:  "The client-side cache takes LRANGE 1 10 for LRANGE 11 0, and HGET ALL for HGETALL",
		alone: "go run ./docs/upstream/confused-cache",
		sign:  `^LRANGE k 11 0 +"reply to LRANGE k 1 10"`,
		with:  "go test -run TestCachedTellsSimilarCommandsApart .",
	},
	{
		what:  "A cached read fails because another goroutine's context has ended",
		alone: "go run ./docs/upstream/confused-cache",
		sign:  `^GET slow +"", context deadline exceeded`,
		with:  "go test -run TestCachedOutlastsTheOneThatReads .",
	},
	{
		what:  "A pipelining connection that is given back while the server is busy ends the process",
		alone: "go run ./docs/upstream/refused-unsubscribe",
		sign:  `^panic: protocol bug, message handled out of order`,
		with:  "go test -run TestConnectionIsGivenBackToABusyServer .",
	},
	{
		what:  "Some pairs of a RESP3 map cannot be read",
		alone: "go run ./docs/upstream/unordered-maps",
		sign:  `message type int64 as map key is not supported`,
		with:  "go test -run TestMethodsMakeTheSameOfBothProtocols .",
	},
	{
		what:  "Reads are retried until their context ends, for ever with Background",
		alone: "go test -v -run TestRueidisRetriesReadsUntilTheContextEnds .",
		sign:  `tried \d\d+ times, until the context ended`,
		with:  "go test -run TestOpenBoundsRetriesOfReads .",
	},
	{
		what:  "A client of sentinels that misses the announcement of a failover stays with the old primary: it does not ask again",
		alone: "go test -v -run TestRueidisDoesNotAskSentinelsAgain .",
		sign:  `asked 0 times more in 6s`,
		with:  "go test -run TestOpenAsksSentinelsAgain .",
	},
}

// document is docs/hazards.md.
func document() []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Written by: go generate . -->

# Defects of rueidis v1.0.79 that this package shields from

One command shows each: it runs the one in the third column, which has to fail with rueidis alone, and the one in the fourth, which has
to pass. [upstream](upstream/README.md) has reports, with causes and fixes. All of them: ` + "`go run ./internal/hazards`" + `.

| one command | what happens | rueidis alone | with rueidistx |
|---|---|---|---|
`)
	for i, h := range hazards {
		with := strings.ReplaceAll(h.with, "|", `\|`)
		fmt.Fprintf(&b, "| `go run ./internal/hazards %d` | %s | `%s` | `%s` |\n", i+1, h.what, h.alone, with)
	}
	b.WriteString(`
A server that violates the protocol can end the process (` + "`go run ./docs/upstream/hostile-server`" + `): this package does not shield
from it. What else goes wrong with rueidis by hand, and is not its defect: [why-not-plain-rueidis.md](why-not-plain-rueidis.md).
`)
	return b.Bytes()
}
