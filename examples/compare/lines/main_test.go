package main

import (
	"os"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	source := "// A comment.\npackage p\n\n/* another,\n   longer one */\nvar s = `a\n\n  -- b`\n\nfunc f() { // c\n}\n"
	if n := count([]byte(source)); n != 5 {
		t.Errorf("counted %d lines, want 5", n)
	}
}

// TestLength allows a program that uses rueidistx to be 5 % longer than the same one with go-redis.
func TestLength(t *testing.T) {
	pairs, err := countAll("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		if p.ratio() > 1.05 {
			t.Errorf("%s has %d lines with rueidistx, and %d with go-redis: %.3f of them", p.program, p.ours, p.goredis, p.ratio())
		}
	}
}

func TestTable(t *testing.T) {
	pairs, err := countAll("..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := table(pairs); !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not have this table:\n%s", want)
	}
}
