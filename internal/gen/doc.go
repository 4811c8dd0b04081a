package main

import (
	"bytes"
	"fmt"
	"strings"
)

// writeDoc writes the doc comment of a method.
func writeDoc(b *bytes.Buffer, c command) {
	link := "https://redis.io/docs/latest/commands/" + strings.ToLower(c.name) + "/"
	comma := ", which"
	if strings.HasPrefix(c.doc, "with ") {
		comma = ""
	}
	text := fmt.Sprintf("%s queues %s%s %s.", c.method, c.name, comma, c.doc)
	if c.since > "3" {
		text += " Since Redis " + strings.TrimSuffix(c.since, ".0") + "."
	}
	for _, line := range wrap(text, 117) {
		fmt.Fprintf(b, "// %s\n", line)
	}
	fmt.Fprintf(b, "//\n// See %s.\n", link)
}

func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
