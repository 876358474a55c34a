package format

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// ForPeople returns the formats that people read and programs should not: a
// value's text in them is not always the value's text elsewhere. The server does
// not offer them.
func ForPeople() []engine.Format { return []engine.Format{Table, Markdown} }

// gridRows is how many rows are held back to find how wide columns are. Rows that
// come later widen a column where they need to.
const gridRows = 1000

// gridWidth is the most that a cell widens its column. A longer one is written whole, and
// moves what stands behind it in its row; all other rows would else be mostly spaces.
const gridWidth = 60

// A grid holds the cells of rows until enough are there to align them, and then
// writes them line by line. Table and Markdown differ in what stands between
// cells.
type grid struct {
	columns []plan.Column
	heads   [][]string // the lines above the rows, a cell for each column
	style   gridStyle
	widths  []int // of columns, in the cells of a terminal
	rows    [][]string
	begun   bool // the lines above the rows were written
	scratch []byte
}

// gridStyle is how a grid is written.
type gridStyle struct {
	before, between, after string
	escape                 func(text string) string
	// rule returns the cell between the heads and the rows for a column of that
	// width, or is nil where there is no such line.
	rule func(width int, right bool) string
	// ragged says that the last cell of a line has no spaces after it.
	ragged bool
}

// Begin writes nothing: the heads are as wide as the rows need.
func (g *grid) Begin(dst []byte) []byte { return dst }

// Append keeps the batch's rows, and writes them once there are enough.
func (g *grid) Append(dst []byte, b *engine.Batch) []byte {
	for row := range b.Rows {
		cells := make([]string, len(g.columns))
		for i := range g.columns {
			cells[i] = g.cell(i, &b.Columns[i], row)
			g.widths[i] = max(g.widths[i], min(runewidth.StringWidth(cells[i]), gridWidth))
		}
		g.rows = append(g.rows, cells)
	}
	if len(g.rows) >= gridRows {
		dst = g.flush(dst)
	}
	return dst
}

// End writes what is left.
func (g *grid) End(dst []byte) []byte { return g.flush(dst) }

// Err returns nil: every value has a text.
func (g *grid) Err() error { return nil }

func (g *grid) cell(column int, v *engine.Vector, row int) string {
	if v.Null(row) {
		return "null"
	}
	value, t := v.Value(row), g.columns[column].Type
	switch t {
	case datasets.Number:
		g.scratch = datasets.AppendNumber(g.scratch[:0], value.Float)
	case datasets.String:
		return g.style.escape(value.Str)
	case datasets.Date:
		g.scratch = datasets.AppendDate(g.scratch[:0], value.Int)
	case datasets.DateTime:
		g.scratch = datasets.AppendDateTime(g.scratch[:0], value.Int)
	default:
		g.scratch = value.Append(g.scratch[:0], t)
	}
	return string(g.scratch)
}

func (g *grid) flush(dst []byte) []byte {
	if !g.begun {
		g.begun = true
		for _, line := range g.heads {
			dst = g.line(dst, line)
		}
		if g.style.rule != nil {
			rules := make([]string, len(g.columns))
			for i := range rules {
				rules[i] = g.style.rule(g.widths[i], g.right(i))
			}
			dst = g.line(dst, rules)
		}
	}
	for _, cells := range g.rows {
		dst = g.line(dst, cells)
	}
	g.rows = g.rows[:0]
	return dst
}

// right reports whether a column's cells end at the same place.
func (g *grid) right(column int) bool {
	t := g.columns[column].Type
	return t == datasets.Number || t == datasets.Integer
}

func (g *grid) line(dst []byte, cells []string) []byte {
	dst = append(dst, g.style.before...)
	for i, cell := range cells {
		if i > 0 {
			dst = append(dst, g.style.between...)
		}
		space := strings.Repeat(" ", max(0, g.widths[i]-runewidth.StringWidth(cell)))
		switch {
		case g.right(i):
			dst = append(append(dst, space...), cell...)
		case g.style.ragged && i == len(cells)-1:
			dst = append(dst, cell...)
		default:
			dst = append(append(dst, cell...), space...)
		}
	}
	return append(append(dst, g.style.after...), '\n')
}

func newGrid(p *plan.Plan, style gridStyle, heads ...[]string) *grid {
	g := &grid{columns: p.Columns, heads: heads, style: style, widths: make([]int, len(p.Columns))}
	for _, line := range heads {
		for i, cell := range line {
			g.widths[i] = max(g.widths[i], runewidth.StringWidth(cell))
		}
	}
	return g
}

// names returns the names of the columns.
func names(p *plan.Plan, escape func(string) string) []string {
	all := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		all[i] = escape(c.Name)
	}
	return all
}

// kinds returns the types of the columns and their units.
func kinds(p *plan.Plan, escape func(string) string) []string {
	all := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		all[i] = c.Type.String()
		if c.Variant {
			all[i] = "variant"
		}
		if c.Field == plan.NoField {
			continue
		}
		if unit := p.Dataset.Fields[c.Field].Unit; unit != "" {
			all[i] += ", " + escape(unit)
		}
	}
	return all
}

// control reports whether a character acts on a terminal or a reader of lines
// instead of being shown: controls, marks of direction, ends of lines. Joiners make
// one sign of two, and stay.
func control(r rune) bool {
	const nonJoiner, joiner, lineEnd, paragraphEnd = '\u200c', '\u200d', '\u2028', '\u2029'
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner || r == lineEnd || r == paragraphEnd
}

// Visible writes control characters as Go writes them in a string: \n, \x1b.
func Visible(text string) string {
	if !strings.ContainsFunc(text, control) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if control(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
