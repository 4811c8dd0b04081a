// Command lines counts the lines of the programs that are written twice, with rueidistx and with go-redis.
//
//	go -C examples/compare run ./lines
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"strings"
)

var programs = []string{"transfer", "payment", "bucket", "session", "board", "queue", "load"}

// pair is the lines of one program.
type pair struct {
	program       string
	ours, goredis int
}

func (p pair) ratio() float64 { return float64(p.ours) / float64(p.goredis) }

func main() {
	pairs, err := countAll(".")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(table(pairs))
}

// countAll counts the programs in a directory.
func countAll(dir string) ([]pair, error) {
	pairs := make([]pair, len(programs))
	for i, program := range programs {
		ours, err := countProgram(filepath.Join(dir, program, "rueidistx"))
		if err != nil {
			return nil, err
		}
		goredis, err := countProgram(filepath.Join(dir, program, "goredis"))
		if err != nil {
			return nil, err
		}
		pairs[i] = pair{program, ours, goredis}
	}
	return pairs, nil
}

// countProgram counts the lines of a program's files.
func countProgram(dir string) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("%s has no program", dir)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		formatted, err := format.Source(source)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(source, formatted) {
			return 0, fmt.Errorf("gofmt would change %s", name)
		}
		n += count(source)
	}
	return n, nil
}

// count returns how many lines there are with anything but spaces and Go comments.
func count(source []byte) int {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue // it is not in the source
		}
		first := file.Line(pos)
		for i, line := range strings.Split(literal, "\n") {
			if i == 0 || strings.TrimSpace(line) != "" {
				lines[first+i] = true
			}
		}
	}
}

// table returns a table in Markdown.
func table(pairs []pair) string {
	var b strings.Builder
	fmt.Fprintln(&b, "| program | rueidistx | go-redis | ratio |")
	fmt.Fprintln(&b, "|---|---:|---:|---:|")
	var sum pair
	for _, p := range pairs {
		fmt.Fprintf(&b, "| `%s` | %d | %d | %.2f |\n", p.program, p.ours, p.goredis, p.ratio())
		sum.ours += p.ours
		sum.goredis += p.goredis
	}
	fmt.Fprintf(&b, "| all | %d | %d | %.2f |\n", sum.ours, sum.goredis, sum.ratio())
	return b.String()
}
