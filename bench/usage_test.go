package main

import (
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	var u usage
	for _, info := range []string{
		"# CPU\r\nused_cpu_sys:1.5\r\nused_cpu_user:0.25\r\nused_cpu_sys_children:7\r\n",
		"txt:# Stats\r\ntotal_commands_processed:120\r\ntotal_reads_processed:40\r\n",
	} {
		if err := u.add(info); err != nil {
			t.Fatal(err)
		}
	}
	if want := (usage{server: 1750 * time.Millisecond, commands: 120, reads: 40}); u != want {
		t.Errorf("%+v", u)
	}
	if err := u.add("used_cpu_sys:many\r\n"); err == nil {
		t.Error("no number is one")
	}
}
