package main

import (
	"strings"

	"github.com/rueidistx/rueidistx/internal/table"
)

// writeDoc writes the doc comment of a method.
func (m *method) writeDoc() {
	does, comma := "queues", ", which"
	if m.On == table.Auto {
		does = "runs"
	}
	if strings.HasPrefix(m.Doc, "with ") {
		comma = ""
	}
	text := m.Method + " " + does + " " + m.Name + comma + " " + m.Doc + "."
	if options := optionsOf(m.Command); options != "" {
		text += " Options: see [" + options + "]."
	}
	if since := m.since(); since != "" {
		text += " Since " + since + "."
	}
	text += " Time complexity: " + m.cost() + "."
	for _, line := range wrap(text, 117) {
		m.printf("// %s\n", line)
	}
	m.printf("//\n// See %s.\n", page(m.Command))
}

// page returns the address of a command's documentation.
func page(c table.Command) string {
	name := strings.ToLower(strings.ReplaceAll(c.Name, " ", "-"))
	if c.Since == "" {
		return "https://valkey.io/commands/" + name + "/"
	}
	return "https://redis.io/docs/latest/commands/" + name + "/"
}

// since returns the versions of the servers that have the command, "" if all have.
func (m *method) since() string {
	var list []string
	if table.Newer(m.Since, "2.9.9") {
		list = append(list, "Redis "+strings.TrimSuffix(m.Since, ".0"))
	}
	if m.Valkey != "" {
		list = append(list, "Valkey "+strings.TrimSuffix(m.Valkey, ".0"))
	}
	return strings.Join(list, " and ")
}

func (m *method) cost() string {
	if m.Cost == "" {
		return "O(1)"
	}
	return m.Cost
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
