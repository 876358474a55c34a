package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// describeFlags are the flags of describe.
type describeFlags struct {
	dataFlags
}

func (p *program) describe() *cobra.Command {
	var f describeFlags
	cmd := &cobra.Command{
		Use:   "describe DATASET [JSON or -]",
		Short: "Show what a dataset's fields are like",
		Long:  help("describe"),
		Args:  arguments(cobra.RangeArgs(1, 2)),
		RunE:  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), p, args) },
	}
	flags := cmd.Flags()
	f.add(flags)
	return cmd
}

func (f *describeFlags) run(ctx context.Context, p *program, args []string) error {
	if err := f.store.resolve(); err != nil {
		return err
	}
	ds, err := f.folder.dataset(args[0])
	if err != nil {
		return err
	}
	d := description{ds: ds}
	if d.condition, err = p.condition(args[1:]); err != nil {
		return err
	}
	if _, err := d.query(datasets.Summary, ""); err != nil {
		return err
	}
	store, done, err := p.openStore(ctx, &f.store)
	if err != nil {
		return err
	}
	defer done()
	d.engine = engine.New(store, engine.Options{})
	defer d.engine.Close()
	if err := f.store.fill(ctx, store, ds); err != nil {
		return err
	}
	return f.hints().complete(ds.Name, d.write(ctx, p.out))
}

// condition returns the members of the query that the arguments after the dataset
// hold, without the braces around them.
func (p *program) condition(args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	body, err := p.body(args[0])
	if err != nil {
		return "", err
	}
	n, err := schemas.Parse(body)
	if err != nil {
		return "", usage("the query is no JSON: %v", err)
	}
	if n.Kind != schemas.Object {
		return "", usage("the query must be a JSON object, not %s", n.Kind)
	}
	text := strings.TrimSpace(string(body))
	return strings.TrimSpace(text[1 : len(text)-1]), nil
}

// description describes a dataset, or the rows of it that meet a condition, on a
// terminal.
type description struct {
	ds        *datasets.Dataset
	engine    *engine.Engine
	condition string // members of a query, between commas
}

// query returns the query of the operation with the condition and more members.
func (d *description) query(op *datasets.Operation, more string) (*query.Query, error) {
	if !d.ds.Offers(op) {
		return nil, usage("%s has no operation %s, which describe asks; it has %s", d.ds.Name, op, strings.Join(d.ds.OperationNames(), ", "))
	}
	members := []string{}
	for _, part := range []string{more, d.condition} {
		if part != "" {
			members = append(members, part)
		}
	}
	return query.Parse(d.ds, op, []byte("{"+strings.Join(members, ",")+"}"))
}

// each calls visit with the rows that the operation answers.
func (d *description) each(ctx context.Context, op *datasets.Operation, more string, visit func(engine.Row)) error {
	q, err := d.query(op, more)
	if err != nil {
		return err
	}
	for row, err := range d.engine.Rows(ctx, q) {
		if err != nil {
			return err
		}
		visit(row)
	}
	return nil
}

// write writes the dataset's head and a line for each field.
func (d *description) write(ctx context.Context, w io.Writer) error {
	info, err := d.engine.Table(ctx, d.ds)
	if err != nil {
		return err
	}
	selected := int64(0)
	lines := [][]string{{"field", "type", "missing", "distinct", "min", "median", "max", "mean", "distribution"}}
	err = d.each(ctx, datasets.Summary, `"group_by":[]`, func(row engine.Row) {
		f, _ := d.ds.Field(row.Text("field"))
		counted, _ := row.Value("count").(int64)
		missing, _ := row.Value("missing").(int64)
		selected = counted + missing
		kind := row.Text("type")
		if unit := d.ds.Fields[f].Unit; unit != "" {
			kind += ", " + format.Visible(unit)
		}
		lines = append(lines, []string{row.Text("field"), kind, shown(row.Value("missing")), shown(row.Value("distinct")),
			shown(row.Value("min")), shown(row.Value("median")), shown(row.Value("max")), shown(row.Value("mean"))})
	})
	for i := 1; i < len(lines) && err == nil; i++ {
		f, _ := d.ds.Field(lines[i][0])
		var drawn string
		drawn, err = d.distribution(ctx, &d.ds.Fields[f], selected)
		lines[i] = append(lines[i], drawn)
	}
	if err != nil {
		return err
	}
	return writeTo(w, d.head(info, selected), aligned(lines, []bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: false}))
}

// head describes the dataset as a whole.
func (d *description) head(info engine.TableInfo, selected int64) string {
	var b strings.Builder
	b.WriteString(format.Visible(d.ds.Label()) + "\n")
	for line := range strings.Lines(d.ds.Description) {
		b.WriteString(format.Visible(strings.TrimSuffix(line, "\n")) + "\n")
	}
	var facts []string
	switch {
	case d.condition != "" && info.Rows >= 0:
		facts = append(facts, strconv.FormatInt(selected, 10)+" of "+count(info.Rows, "row"))
	case info.Rows >= 0:
		facts = append(facts, count(info.Rows, "row"))
	}
	for _, fact := range []struct{ name, value string }{{"version", info.Version}, {"license", d.ds.License}, {"source", d.ds.Source}} {
		if fact.value != "" {
			facts = append(facts, fact.name+" "+format.Visible(fact.value))
		}
	}
	if len(facts) > 0 {
		b.WriteString(strings.Join(facts, ", ") + "\n")
	}
	return b.String() + "\n"
}

// shown writes a value in few characters; a number has four digits, since the others
// are noise to a reader.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return fourDigits(v)
	case string:
		if v == "" {
			return `""` // or nothing would be seen
		}
		const most = 20
		return runewidth.Truncate(format.Visible(v), most, "…")
	default:
		return fmt.Sprint(v)
	}
}

// fourDigits writes a number with four digits, or all before its point if they are
// more.
func fourDigits(v float64) string {
	const digits, least, most = 4, 1e-4, 1e15
	if size := math.Abs(v); size != 0 && (size < least || size >= most) {
		return strconv.FormatFloat(v, 'g', digits, 64)
	}
	before := 0
	if v != 0 {
		before = int(math.Floor(math.Log10(math.Abs(v)))) + 1
	}
	text := strconv.FormatFloat(v, 'f', max(0, digits-before), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// The marks of a distribution, by height, and how many values it lists.
const (
	heights      = "▁▂▃▄▅▆▇█"
	bars         = 10
	mostFrequent = 3
)

// distribution draws how a field's values are spread: a bar for each bin of a
// histogram, or the most frequent values with their shares of the selected rows.
func (d *description) distribution(ctx context.Context, f *datasets.Field, selected int64) (string, error) {
	name := string(schemas.AppendString(nil, f.Name))
	switch f.Type {
	case datasets.String, datasets.Boolean:
		return d.shares(ctx, name, selected)
	}
	if !d.ds.Offers(datasets.Histogram) {
		return "", nil
	}
	var counts []int64
	err := d.each(ctx, datasets.Histogram, `"group_by":[],"bins":`+strconv.Itoa(bars)+`,"field":`+name, func(row engine.Row) {
		if n, ok := row.Value("count").(int64); ok && row.Value("from") != nil {
			counts = append(counts, n)
		}
	})
	return sparkline(counts), err
}

// sparkline draws counts as bars of a height; a count of 0 has none.
func sparkline(counts []int64) string {
	var greatest int64
	for _, n := range counts {
		greatest = max(greatest, n)
	}
	marks := []rune(heights)
	var b strings.Builder
	for _, n := range counts {
		if n == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(marks[int(float64(n)/float64(greatest)*float64(len(marks))+0.9999)-1])
	}
	return b.String()
}

// shares names the most frequent values of a field. It asks for few more than it shows,
// since a field may have as many values as there are rows: null may be one of them.
func (d *description) shares(ctx context.Context, name string, selected int64) (string, error) {
	if !d.ds.Offers(datasets.Distinct) {
		return "", nil
	}
	asked := int64(mostFrequent + 1)
	if d.ds.PageMax > 0 {
		asked = min(asked, d.ds.PageMax)
	}
	var values []string
	err := d.each(ctx, datasets.Distinct, `"per_page":`+strconv.FormatInt(asked, 10)+`,"field":`+name, func(row engine.Row) {
		n, _ := row.Value("count").(int64)
		if v := row.Value("value"); v != nil && len(values) < mostFrequent {
			values = append(values, shown(v)+" "+percent(n, selected))
		}
	})
	return strings.Join(values, ", "), err
}

// percent writes a share; one that rounds to none is below one percent.
func percent(n, whole int64) string {
	share := 100 * float64(n) / float64(whole)
	if share < 0.5 && n > 0 {
		return "<1%"
	}
	return fmt.Sprintf("%.0f%%", share)
}

// aligned writes lines of cells in columns, those of right to the right.
func aligned(lines [][]string, right []bool) string {
	widths := make([]int, len(right))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		var text strings.Builder
		for i, cell := range line {
			space := strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell))
			if right[i] {
				text.WriteString(space + cell)
			} else {
				text.WriteString(cell + space)
			}
			text.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	return b.String()
}

func writeTo(w io.Writer, texts ...string) error {
	_, err := io.WriteString(w, strings.Join(texts, ""))
	return err
}
