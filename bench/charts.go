package main

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/rueidistx/rueidistx/internal/parity"
)

// chart is one that was drawn.
type chart struct{ file, title string }

// colours are distinct for those who cannot tell red from green too (Okabe and Ito's palette). Each client has the same
// in all charts.
var colours = map[string]color.Color{
	typed:        color.RGBA{R: 213, G: 94, A: 255},
	coalesced:    color.RGBA{R: 230, G: 159, A: 255},
	hand:         color.RGBA{A: 255},
	tuned:        color.RGBA{R: 110, G: 110, B: 110, A: 255},
	compat:       color.RGBA{G: 114, B: 178, A: 255},
	goRedis:      color.RGBA{G: 158, B: 115, A: 255},
	autoPipeline: color.RGBA{R: 86, G: 180, B: 233, A: 255},
	redigoName:   color.RGBA{R: 204, G: 121, B: 167, A: 255},
	lua:          color.RGBA{R: 240, G: 228, B: 66, A: 255},
	floor:        color.RGBA{R: 150, G: 150, B: 150, A: 255},
}

// charted are the clients in charts, in their order.
var charted = []string{typed, coalesced, hand, tuned, compat, goRedis, autoPipeline, redigoName, floor, lua}

var glyphs = map[string]draw.GlyphDrawer{
	typed: draw.CircleGlyph{}, coalesced: draw.RingGlyph{}, hand: draw.CrossGlyph{}, tuned: draw.PlusGlyph{}, compat: draw.SquareGlyph{}, goRedis: draw.TriangleGlyph{},
	autoPipeline: draw.PyramidGlyph{}, redigoName: draw.BoxGlyph{}, floor: draw.RingGlyph{},
}

const (
	chartWidth  = 24 * vg.Centimeter
	chartHeight = 13 * vg.Centimeter
)

// drawCharts draws what the results are enough for.
func drawCharts(results []*result, dir string) ([]chart, error) {
	var drawn []chart
	draw := func(c chart, p *plot.Plot, err error) error {
		if err != nil || p == nil {
			return err
		}
		drawn = append(drawn, c)
		return save(p, filepath.Join(dir, c.file), c.title)
	}
	for _, c := range []struct {
		chart
		venues []venue
	}{
		{chart{"relative.svg", "Time of 100 commands relative to hand-written rueidis (less is better)"}, []venue{onServer, onCluster}},
		{chart{"client-only.svg", "The same without a server: the client's own time (less is better)"}, []venue{onCanned}},
	} {
		p, err := bars(results, c.venues)
		if err := draw(c.chart, p, err); err != nil {
			return nil, err
		}
	}
	for _, c := range []struct {
		chart
		family string
	}{
		{chart{"goroutines-auto.svg", "Single GETs: throughput by goroutines (more is better)"}, "goroutines/auto/GET"},
		{chart{"goroutines-auto-set.svg", "Single SETs: throughput by goroutines (more is better)"}, "goroutines/auto/SET"},
		{chart{"goroutines-batch.svg", "Batches of 10 commands: throughput by goroutines (more is better)"}, "goroutines/batch"},
		{chart{"goroutines-tx.svg", "Transactions of 4 INCRBYs: throughput by goroutines (more is better)"}, "goroutines/tx"},
	} {
		p, err := lines(results, "goroutines", "thousands of commands per second",
			func(r *result) bool { return r.name == c.family },
			func(r *result, row row) float64 {
				return math.Log10(float64(r.task.N) * 1e6 / quartiles(row.times).mid)
			})
		logarithmic(p)
		if err := draw(c.chart, p, err); err != nil {
			return nil, err
		}
	}
	for _, c := range []struct {
		chart
		kind parity.Kind
	}{
		{chart{"batch-set.svg", "Batches of SETs: time of each command by size (less is better)"}, parity.Set},
		{chart{"batch-get.svg", "Batches of GETs: time of each command by size (less is better)"}, parity.Get},
		{chart{"batch-mix.svg", "Batches of SET, GET and INCRBY: time of each command by size (less is better)"}, parity.Mix},
	} {
		p, err := lines(results, "commands in a batch", "microseconds per command",
			func(r *result) bool { return r.name == fmt.Sprintf("%s/%s/%s", onServer, parity.Batch, c.kind) },
			func(r *result, row row) float64 {
				return math.Log10(quartiles(row.times).mid / 1e3 / float64(r.task.N))
			})
		logarithmic(p)
		if err := draw(c.chart, p, err); err != nil {
			return nil, err
		}
	}
	return drawn, nil
}

func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, style := range []*font.Font{
		&p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
	} {
		style.Variant, style.Size = "Sans", 12
	}
	p.Title.TextStyle.Font.Variant, p.Title.TextStyle.Font.Size = "Sans", 14
	p.Title.Padding = 10
	p.Legend.Padding = 3
	p.Legend.ThumbnailWidth = 26
	return p
}

// save draws the legend in a column of its own beside the plot, where it cannot cover anything.
func save(p *plot.Plot, file, title string) error {
	p.Title.Text = title
	canvas := vgsvg.New(chartWidth, chartHeight)
	all := draw.New(canvas)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	all = draw.Crop(all, 8, -8, 8, -8)
	legend := p.Legend
	legend.Top, legend.Left = true, true
	p.Legend = plot.NewLegend()
	width := 1.35 * legend.Rectangle(all).Size().X // the font that a viewer takes instead of this one may be wider
	const gap = 12
	p.Draw(draw.Crop(all, 0, -width-gap, 0, 0))
	legend.Draw(draw.Crop(all, all.Rectangle.Size().X-width, 0, 0, -30))
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(out)
	return errors.Join(err, out.Close())
}

// lines has one line for each client over the numbers of the results to keep.
func lines(results []*result, x, y string, keep func(*result) bool, value func(*result, row) float64) (*plot.Plot, error) {
	points := map[string]plotter.XYs{}
	var ticks plot.ConstantTicks
	for _, r := range results {
		if !keep(r) {
			continue
		}
		ticks = append(ticks, plot.Tick{Value: float64(r.number), Label: thousands(float64(r.number))})
		for _, row := range r.rows {
			points[row.client] = append(points[row.client], plotter.XY{X: float64(r.number), Y: value(r, row)})
		}
	}
	if len(ticks) < 2 { // which is no line
		return nil, nil
	}
	p := newPlot(x, y)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks
	p.Add(plotter.NewGrid())
	for _, client := range charted {
		if points[client] == nil {
			continue
		}
		line, marks, err := plotter.NewLinePoints(points[client])
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = colours[client], 2
		if client == hand || client == floor {
			line.Dashes = []vg.Length{5, 3} // so that what lies under it is seen
		}
		marks.Color, marks.Shape, marks.Radius = colours[client], glyphs[client], 4
		p.Add(line, marks)
		p.Legend.Add(client, line, marks)
	}
	return p, nil
}

// logarithmic is for a plot, if there is one, of logarithms. Its outermost marks are to be seen whole.
func logarithmic(p *plot.Plot) {
	if p != nil {
		p.Y.Tick.Marker = powers{}
		p.Y.Min -= 0.03
		p.Y.Max += 0.03
	}
}

// powers labels an axis of logarithms: nothing else shows both a round trip and a command, or one goroutine and many. The
// logarithmic scale of gonum misplaces the label of a vertical axis.
type powers struct{}

// Ticks marks 1, 2 and 5 of each power of ten.
func (powers) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for exponent := math.Floor(low); exponent <= high; exponent++ {
		for _, digit := range []float64{1, 2, 5} {
			if at := exponent + math.Log10(digit); at >= low && at <= high {
				ticks = append(ticks, plot.Tick{Value: at, Label: strconv.FormatFloat(math.Pow(10, at), 'g', max(int(exponent)+1, 1), 64)})
			}
		}
	}
	return ticks
}

// bars has a group of bars for each workload of 100 commands at the venues.
func bars(results []*result, venues []venue) (*plot.Plot, error) {
	var chosen []*result
	var names []string
	present := map[string]bool{}
	for _, r := range results {
		if r.task.N != 100 || !slices.Contains(venues, r.venue) {
			continue
		}
		name := string(r.task.Kind)
		switch {
		case r.venue == onCluster:
			name += "\ncluster"
		case r.task.Shape == parity.Tx:
			name += "\nin MULTI"
		case r.task.Shape == parity.Script:
			name = "script"
		}
		chosen, names = append(chosen, r), append(names, name)
		for _, row := range r.rows {
			present[row.client] = true
		}
	}
	if chosen == nil {
		return nil, nil
	}
	var clients []string
	for _, client := range charted {
		if present[client] && client != hand { // which is 1, always
			clients = append(clients, client)
		}
	}
	p := newPlot("", "time / time of hand-written")
	width := 0.68 * chartWidth / vg.Length(len(chosen)) / vg.Length(len(clients)+1)
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	p.Add(grid)
	for i, client := range clients {
		values := make(plotter.Values, len(chosen))
		for j, r := range chosen {
			if x := r.ratio(client, hand).mid; !math.IsNaN(x) {
				values[j] = x
			}
		}
		row, err := plotter.NewBarChart(values, width)
		if err != nil {
			return nil, err
		}
		row.Color, row.LineStyle.Width = colours[client], 0
		row.Offset = width * vg.Length(float64(i)-float64(len(clients)-1)/2)
		p.Add(row)
		p.Legend.Add(client, row)
	}
	one := plotter.NewFunction(func(float64) float64 { return 1 })
	one.Color, one.Width, one.Dashes = colours[hand], 1.5, []vg.Length{5, 3}
	p.Add(one)
	p.Legend.Add(hand, one)
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.5, float64(len(chosen))-0.5
	p.Y.Min = 0
	return p, nil
}
