package page

import (
	"context"
	"slices"
	"strings"
	"sync"

	"herbarium/datasets"
	"herbarium/engine"
)

// builder builds the parts of one dataset's page.
type builder struct {
	asker
	texts  texts
	base   string // the prefix that the client sees
	origin string // scheme and host
	info   engine.TableInfo
	loaded bool // there are rows
	// versions are those that are kept, and forever says that the one on the page is kept
	// without an end.
	versions engine.Versions
	forever  bool

	looked sync.Once
	known  record // see overview
}

// overviewFields is of how many fields the overview tells.
const overviewFields = 100

// overview returns the least and greatest values of fields in all rows, and how
// many rows lack one: one answer of stats, empty where there is none.
func (b *builder) overview(ctx context.Context) record {
	b.looked.Do(func() {
		b.known = record{}
		settings := []param{{"group_by", ""}}
		d := b.state.dataset
		for i := range min(len(d.Fields), overviewFields) {
			f := &d.Fields[i]
			name := "measures[" + f.Name + "]"
			settings = append(settings, param{name, "missing"})
			if f.Type != datasets.Boolean && (f.Type != datasets.String || slices.Contains(d.Bounds, i)) {
				settings = append(settings, param{name, "min"}, param{name, "max"})
			}
		}
		a, err := b.ask(ctx, "stats", nil, false, settings...)
		if err == nil && len(a.records) == 1 {
			b.known = a.records[0]
		}
	})
	return b.known
}

// sketchURL returns the URL of a small picture of a field's distribution, in all
// rows or in those that are selected; "" where the dataset offers no operation
// that would tell.
func (b *builder) sketchURL(f *datasets.Field, selected bool) string {
	if _, ok := b.state.dataset.Operation(distributionOf(f)); !ok {
		return ""
	}
	params := []param{{"chart[kind]", "sketch"}, {"chart[of]", f.Name}}
	switch version := b.state.get("version"); {
	case selected:
		params = append(params, b.state.conditions()...)
	case version != "":
		params = append(params, param{"version", version})
	}
	return b.state.path + "/chart.svg?" + encode(params)
}

// distributionOf returns the operation that tells how a field's values are
// distributed.
func distributionOf(f *datasets.Field) string {
	if f.Type == datasets.String || f.Type == datasets.Boolean || f.Enum != nil {
		return "stats/distinct"
	}
	return "stats/histogram"
}

// grouping are the fields that charts group rows by: those that a selector picks
// by, strings and booleans, the descriptor's own groups first.
func (b *builder) grouping() []int {
	d := b.state.dataset
	found := slices.Clone(d.GroupBy)
	for _, sel := range d.Selectors {
		f := &d.Fields[sel.Field]
		if (f.Enum != nil || f.Type == datasets.String || f.Type == datasets.Boolean) && !slices.Contains(found, sel.Field) {
			found = append(found, sel.Field)
		}
	}
	return found
}

// ofType are the fields of these types, in their order.
func (b *builder) ofType(types ...datasets.Type) []int {
	var found []int
	for i := range b.state.dataset.Fields {
		if slices.Contains(types, b.state.dataset.Fields[i].Type) {
			found = append(found, i)
		}
	}
	return found
}

// named returns the field that a parameter names, if it is one of these, else the
// first of them; -1 where there is none.
func (b *builder) named(name string, among []int) int {
	if i, ok := b.state.dataset.Field(b.state.get(name)); ok && slices.Contains(among, i) {
		return i
	}
	if len(among) == 0 {
		return -1
	}
	return among[0]
}

// unit returns a field's unit after a space, or "".
func unit(f *datasets.Field) string {
	if f.Unit == "" {
		return ""
	}
	return "\u00a0" + f.Unit
}

// selectorOf returns the name of the selector that picks rows by a field, or "".
func (b *builder) selectorOf(i int) string {
	for _, s := range b.state.dataset.Selectors {
		if s.Field == i {
			return s.Name
		}
	}
	return ""
}

// paragraphs splits a text for people where it has empty lines.
func paragraphs(text string) []string {
	var found []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			found = append(found, part)
		}
	}
	return found
}

// lines splits a text for people into its lines.
func lines(text string) []string { return strings.Split(text, "\n") }
