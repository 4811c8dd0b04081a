package main

import (
	"strings"
	"unicode/utf8"
)

// table is written as Markdown that can be read as it is, too.
type table struct{ rows [][]string }

func newTable(columns ...string) *table { return &table{[][]string{columns}} }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write leaves out columns without any content. Names are to the left, all else is to the right.
func (t *table) write(text *strings.Builder) {
	widths := make([]int, len(t.rows[0]))
	for column, head := range t.rows[0] {
		for _, row := range t.rows[1:] {
			widths[column] = max(widths[column], utf8.RuneCountInString(row[column]))
		}
		if widths[column] > 0 {
			widths[column] = max(widths[column], utf8.RuneCountInString(head))
		}
	}
	for i, row := range t.rows {
		for column, cell := range row {
			if widths[column] == 0 {
				continue
			}
			pad := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell))
			if t.named(column) {
				text.WriteString("| " + cell + pad + " ")
			} else {
				text.WriteString("| " + pad + cell + " ")
			}
		}
		text.WriteString("|\n")
		if i > 0 {
			continue
		}
		for column, width := range widths {
			switch {
			case width == 0:
			case t.named(column):
				text.WriteString("| " + strings.Repeat("-", width) + " ")
			default:
				text.WriteString("| " + strings.Repeat("-", width-1) + ": ")
			}
		}
		text.WriteString("|\n")
	}
	text.WriteString("\n")
}

// named reports whether a column holds words.
func (t *table) named(column int) bool {
	switch t.rows[0][column] {
	case "client", "workload", "goal", "measured", "verdict":
		return true
	}
	return false
}
