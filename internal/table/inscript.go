package table

import "strings"

// What a script can do with the commands that have methods, by name. internal/proof compares the flags with servers.
var (
	// NotInScripts are those that servers refuse in scripts.
	NotInScripts = names(`CONFIG+GET CONFIG+SET FUNCTION+DELETE FUNCTION+DUMP FUNCTION+FLUSH FUNCTION+KILL FUNCTION+LIST
		FUNCTION+LOAD FUNCTION+RESTORE FUNCTION+STATS SCRIPT+EXISTS SCRIPT+SHOW`)

	// Rounded are those whose replies contain integers that Lua may round, because they may be beyond 2^53, except a reply that
	// is one integer: a script notices that.
	Rounded = names(`ARCOUNT ARDEL ARDELRANGE ARGET ARGETRANGE ARGREP ARINFO ARINSERT ARLASTITEMS ARLEN ARMGET ARMSET ARNEXT AROP
		ARRING ARSCAN ARSEEK ARSET BITFIELD BITFIELD_RO INCREX XINFO+CONSUMERS XINFO+GROUPS XINFO+STREAM XPENDING XREADGROUP`)
)

func names(list string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(list) {
		set[strings.ReplaceAll(name, "+", " ")] = true
	}
	return set
}
