package table

import "strings"

// Without is a command without a method.
type Without struct {
	Name    string // with its subcommand; ends in * if it stands for all that begin so
	Why     string
	Instead string // what to use instead of a deprecated command
}

// Unlisted returns the commands without a method.
func Unlisted() []Without {
	var list []Without
	add := func(why, names string) {
		for name := range strings.SplitSeq(names, ", ") {
			list = append(list, Without{Name: name, Why: why})
		}
	}
	const forbidden = "; `Queue` refuses it"
	add("the library sends it itself"+forbidden, "MULTI, EXEC, DISCARD, WATCH, UNWATCH")
	add("it changes the state of a connection that others use"+forbidden,
		"AUTH, HELLO, SELECT, QUIT, RESET, ASKING, READONLY, READWRITE, MONITOR, SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, "+
			"UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE, HIMPORT *, SCRIPT DEBUG")
	add("it is about connections; `Queue` takes only what does not change one", "CLIENT *")
	add("it keeps the server, or the connection, from serving others"+forbidden,
		"SYNC, PSYNC, REPLCONF, SHUTDOWN, SAVE, DEBUG, FAILOVER, REPLICAOF, SLAVEOF, MIGRATE")
	add("it is about the writes of its own connection: see `Durable`"+forbidden, "WAIT, WAITAOF")
	add("a `Script` does it", "EVAL, EVALSHA, EVAL_RO, EVALSHA_RO, SCRIPT LOAD")
	add("a `Function` does it", "FCALL, FCALL_RO")
	add("it is for operating servers, not for programs that use them",
		"ACL *, BACKUP *, BGREWRITEAOF, BGSAVE, CLUSTER *, COMMAND, COMMAND *, COMMANDLOG *, CONFIG RESETSTAT, "+
			"CONFIG REWRITE, FUNCTION KILL, HOTKEYS *, LASTSAVE, LATENCY *, LOLWUT, MEMORY DOCTOR, MEMORY STATS, MEMORY PURGE, MEMORY MALLOC-STATS, "+
			"MODULE *, ROLE, SCRIPT FLUSH, SCRIPT KILL, SLOWLOG *, SWAPDB, TRIMSLOTS")
	add("no server of the tests has it; it may block, so `Queue` takes it in an Auto only", "BZMOVE, TS.READ")
	add("internal to the server, or for debugging it", "PFDEBUG, PFSELFTEST, RESTORE-ASKING, XIDMPRECORD")
	add("help for people", "CONFIG HELP, FUNCTION HELP, MEMORY HELP, OBJECT HELP, PUBSUB HELP, SCRIPT HELP, XGROUP HELP, XINFO HELP")
	for name, instead := range deprecated {
		list = append(list, Without{Name: name, Why: "deprecated: use " + instead, Instead: instead})
	}
	return list
}

// deprecated are the commands that their documentation calls so, and what it names instead.
var deprecated = map[string]string{
	"SETEX": "Set with EX", "PSETEX": "Set with EX", "SETNX": "Set with NX", "GETSET": "SetGet", "SUBSTR": "GetRange",
	"HMSET": "HSet", "RPOPLPUSH": "LMove", "BRPOPLPUSH": "BLMove", "GEORADIUS": "GeoSearch and GeoSearchStore",
	"GEORADIUS_RO": "GeoSearch", "GEORADIUSBYMEMBER": "GeoSearch and GeoSearchStore", "GEORADIUSBYMEMBER_RO": "GeoSearch",
	"ZRANGEBYSCORE": "ZRangeByScore", "ZRANGEBYLEX": "ZRangeByLex", "ZREVRANGE": "ZRange with Rev",
	"ZREVRANGEBYSCORE": "ZRangeByScore with Rev", "ZREVRANGEBYLEX": "ZRangeByLex with Rev",
}
