// Command pictures draws the pictures of the documents: the ways to run commands, and the life of a transaction.
//
//	go run ./internal/pictures DIR          writes DIR/docs/*.svg
//	go run ./internal/pictures -check DIR   compares them with those that are there
package main

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"github.com/rueidistx/rueidistx/internal/generate"
)

func main() { generate.Main(func(string) (map[string][]byte, error) { return pictures(), nil }) }

func pictures() map[string][]byte {
	return map[string][]byte{"docs/ways.svg": ways(), "docs/transaction.svg": transaction()}
}

// picture is an SVG of 800 pixels' width.
type picture struct {
	bytes.Buffer
	height int
}

func newPicture(height int, title string) *picture {
	p := &picture{height: height}
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 %d" width="800" height="%d" role="img" `+
		`font-family="system-ui, sans-serif" font-size="14">
<title>%s</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">`+
		`<path d="M0 0 8 4 0 8z" fill="#475569"/></marker></defs>
<rect width="800" height="%d" fill="#ffffff"/>
`, height, height, escape(title), height)
	return p
}

func (p *picture) end() []byte {
	p.WriteString("</svg>\n")
	return p.Bytes()
}

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a Buffer takes everything
	return b.String()
}

// text writes a line; style is more attributes.
func (p *picture) text(x, y int, style, text string) {
	fmt.Fprintf(p, `<text x="%d" y="%d" fill="#0f172a" %s>%s</text>`+"\n", x, y, style, escape(text))
}

const (
	bold = `font-weight="600"`
	code = `font-family="ui-monospace, monospace" font-size="13"`
	mid  = `text-anchor="middle"`
	soft = `font-size="13"`
)

// box draws a rectangle with lines in its middle, the first of which is bold.
func (p *picture) box(x, y, w, h int, fill string, lines ...string) {
	fmt.Fprintf(p, `<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="#475569"/>`+"\n", x, y, w, h, fill)
	top := y + h/2 - (len(lines)-1)*9 + 5
	for i, line := range lines {
		style := mid + " " + soft
		if i == 0 {
			style = mid + " " + bold
		}
		p.text(x+w/2, top+18*i, style, line)
	}
}

// arrow draws a line with a head, through points, and a label at a place.
func (p *picture) arrow(points string, x, y int, label string) {
	fmt.Fprintf(p, `<polyline points="%s" fill="none" stroke="#475569" stroke-width="1.5" marker-end="url(#head)"/>`+"\n", points)
	p.text(x, y, soft, label)
}

// The colors of what is not decided yet, and of the three outcomes.
const (
	open       = "#f1f5f9"
	notApplied = "#dbeafe"
	applied    = "#dcfce7"
	unknown    = "#ffedd5"
)

// ways shows what each way to run commands sends.
func ways() []byte {
	rows := []struct{ name, sent, trips, atomic, connection string }{
		{"Auto", "GET", "1", "", "shared"},
		{"Cached", "nothing, or GET with CLIENT CACHING", "0 or 1", "", "shared"},
		{"Batch", "GET, INCR, HSET, …", "1 a chunk", "no", "shared"},
		{"Transact, Tx", "MULTI, INCR, HSET, …, EXEC", "1", "yes", "shared"},
		{"Watch", "WATCH, GET · MULTI, SET, …, EXEC", "2", "yes", "own"},
		{"… with Once", "the same, and a marker", "1 or 2", "yes, once", "shared or own"},
		{"If", "EVALSHA: conditions, Then, Else", "1", "yes", "shared"},
		{"Script, Function", "EVALSHA, FCALL", "1", "yes", "as what runs it"},
	}
	p := newPicture(70+len(rows)*38, "What each way to run commands sends")
	columns := []struct {
		x    int
		head string
	}{{20, "way"}, {160, "what is sent"}, {475, "round trips"}, {580, "atomic"}, {675, "connection"}}
	for _, c := range columns {
		p.text(c.x, 34, bold, c.head)
	}
	for i, r := range rows {
		y := 50 + i*38
		fill := open
		if r.atomic != "" && r.atomic != "no" {
			fill = applied
		}
		fmt.Fprintf(p, `<rect x="10" y="%d" width="780" height="32" rx="6" fill="%s"/>`+"\n", y, fill)
		p.text(columns[0].x, y+21, bold, r.name)
		p.text(columns[1].x, y+21, code, r.sent)
		p.text(columns[2].x, y+21, soft, r.trips)
		p.text(columns[3].x, y+21, soft, r.atomic)
		p.text(columns[4].x, y+21, soft, r.connection)
	}
	return p.end()
}

// transaction shows what can become of a transaction.
func transaction() []byte {
	p := newPicture(440, "The life of a transaction")
	p.box(30, 30, 180, 60, open, "the closure runs", "and queues commands")
	p.box(340, 30, 180, 60, open, "checked", "slots, arguments, rights")
	p.box(340, 170, 180, 60, open, "sent", "MULTI … EXEC")
	p.box(610, 30, 180, 60, notApplied, "NotApplied", "nothing was sent")
	p.box(610, 170, 180, 60, notApplied, "NotApplied", "refused, or a conflict")
	p.box(340, 320, 180, 60, applied, "Applied", "futures have the replies")
	p.box(30, 320, 180, 60, unknown, "Unknown", "do not send it again")
	p.arrow("210,60 336,60", 235, 52, "returns nil")
	p.arrow("120,30 120,12 700,12 700,26", 522, 26, "returns an error, or panics")
	p.arrow("520,60 606,60", 535, 52, "refused")
	p.arrow("430,90 430,166", 440, 132, "one round trip")
	p.arrow("520,200 606,200", 535, 192, "refused")
	p.arrow("430,230 430,316", 440, 278, "EXEC replies")
	p.arrow("340,200 70,200 70,316", 190, 192, "no reply comes")
	p.arrow("210,350 336,350", 222, 342, "Once: it is there")
	p.text(222, 366, soft, "(replies lost)")
	p.arrow("170,320 170,94", 180, 262, "Once: it is not there,")
	p.text(180, 280, soft, "so it is tried again")
	p.arrow("700,230 700,415 14,415 14,60 26,60", 390, 407, "a conflict, or transient: the closure runs again")
	return p.end()
}
