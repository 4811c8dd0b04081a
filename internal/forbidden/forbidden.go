// Package forbidden lists the commands that the library refuses, for the tests that expect it.
package forbidden

import (
	"strings"

	"github.com/redis/rueidis"
)

// Everywhere are commands that no way of running takes: they change the state of a connection that others use too, or keep
// a server from serving.
var Everywhere = []string{
	"MULTI", "EXEC", "DISCARD", "WATCH k", "UNWATCH",
	"SUBSCRIBE c", "PSUBSCRIBE c", "SSUBSCRIBE c", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
	"MONITOR", "RESET", "QUIT", "HELLO", "HELLO 3", "AUTH p", "AUTH u p", "SELECT 1", "ASKING", "READONLY", "READWRITE",
	"SYNC", "PSYNC ? -1", "REPLCONF ACK 0", "REPLCONF listening-port 1", "SHUTDOWN", "SHUTDOWN NOSAVE", "SAVE",
	"CLIENT", "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "CLIENT TRACKING ON", "CLIENT CACHING YES", "CLIENT NO-EVICT ON",
	"CLIENT NO-TOUCH ON", "CLIENT SETNAME n", "CLIENT SETINFO LIB-NAME n", "CLIENT NOSUCH", "SCRIPT DEBUG YES",
	"WAIT 0 1", "WAITAOF 0 0 1", "REPLICAOF NO ONE", "SLAVEOF NO ONE", "FAILOVER", "DEBUG SLEEP 0",
	"MIGRATE h 1 k 0 1", "POST", "POST /", "Host:", "HOST: x", "HIMPORT k",
}

// Blocking are commands that may wait on the server, which only an Auto takes. None waits for long, should it be sent.
var Blocking = []string{
	"BLPOP k 1", "BRPOP k 1", "BLMOVE k l LEFT LEFT 1", "BRPOPLPUSH k l 1", "BLMPOP 1 1 k LEFT", "BZPOPMIN k 1",
	"BZPOPMAX k 1", "BZMPOP 1 1 k MIN", "XREAD BLOCK 1 STREAMS k 0", "XREAD COUNT 1 BLOCK 1 STREAMS k $",
	"XREADGROUP GROUP g c BLOCK 1 STREAMS k >", "XREADGROUP BLOCK 1 GROUP g c STREAMS k >",
	"XREADGROUP COUNT 1 GROUP block c NOACK BLOCK 1 STREAMS k >", "XREADGROUP COUNT 1 NOACK GROUP block streams BLOCK 1 STREAMS k >",
	"XREADGROUP GROUP streams c BLOCK 1 STREAMS k >", "XREADGROUP GROUP g streams BLOCK 1 STREAMS k >",
	"BLMOVEM k 1", "BZMOVE k l 1", "TS.READ k BLOCK 1",
}

// Spellings are a command as it is listed, in small letters, and with every second letter of its first two words changed.
func Spellings(command string) []string {
	words := strings.Fields(command)
	for i := range words[:min(2, len(words))] {
		words[i] = mixed(words[i])
	}
	return []string{command, strings.ToLower(command), strings.Join(words, " ")}
}

func mixed(s string) string {
	upper, b := strings.ToUpper(s), []byte(strings.ToLower(s))
	for i := 0; i < len(b); i += 2 {
		b[i] = upper[i]
	}
	return string(b)
}

// Build builds a command. Those on which rueidis's Arbitrary panics, in any letter case, come from their own builders.
func Build(b rueidis.Builder, command string) rueidis.Completed {
	switch words := strings.Fields(command); strings.ToUpper(words[0]) {
	case "SUBSCRIBE":
		return b.Subscribe().Channel(words[1]).Build()
	case "PSUBSCRIBE":
		return b.Psubscribe().Pattern(words[1]).Build()
	case "SSUBSCRIBE":
		return b.Ssubscribe().Channel(words[1]).Build()
	case "UNSUBSCRIBE":
		return b.Unsubscribe().Build()
	case "PUNSUBSCRIBE":
		return b.Punsubscribe().Build()
	case "SUNSUBSCRIBE":
		return b.Sunsubscribe().Build()
	default:
		return b.Arbitrary(words...).Build()
	}
}

// Typed builds commands by rueidis's own builders, which may mark them in their own way.
func Typed(b rueidis.Builder) (everywhere, blocking []rueidis.Completed) {
	everywhere = []rueidis.Completed{
		b.Multi().Build(), b.Exec().Build(), b.Discard().Build(), b.Watch().Key("k").Build(), b.Unwatch().Build(),
		b.Reset().Build(), b.Quit().Build(), b.Monitor().Build(), b.ClientReply().Off().Build(), b.Select().Index(1).Build(),
	}
	return everywhere, []rueidis.Completed{b.Blpop().Key("k").Timeout(1).Build(), b.Arbitrary("MY.CMD").Blocking()}
}
