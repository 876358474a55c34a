package page

import (
	"context"
	"html/template"
	"slices"
	"strings"

	"herbarium/datasets"
)

// chartView is the chart of a page: a drawing, the sentence that says it, its
// numbers as a table, and the controls.
type chartView struct {
	Kinds    []choice // the kinds of chart that the dataset can have
	Controls []control
	Hidden   []param
	Error    string
	Title    string
	Sentence string
	Note     string
	Drawing  template.HTML
	Legend   []legend
	Heads    []cell // Numeric where the column has numbers
	Rows     [][]cell
	// SVG is the URL of the drawing alone; Request that of its numbers.
	SVG, Request string
}

// legend is a colour and what it stands for.
type legend struct {
	Class, Text string
	Numeric     bool
}

// choice is one of several links.
type choice struct {
	Text, URL string
	On        bool
}

// control is a list to choose from.
type control struct {
	Name, Label string
	Options     []choiceOption
}

type choiceOption struct {
	Value, Text string
	On          bool
}

// chart is what a kind of chart shows.
type chart struct {
	title, note string
	drawing     *drawing
	empty       bool // there are rows, but nothing to draw
	legend      []legend
	heads       []string
	rows        [][]cell
	path        string  // the operation asked
	settings    []param // and with what
}

// chartHome returns the operation and the parameters of the chart's numbers, all
// of them; "" where there is no chart.
func (b *builder) chartHome() (path string, params []param) {
	k, ok := b.kindOf()
	if !ok || len(b.unfit(k)) > 0 {
		return "", nil
	}
	path, settings := k.asks(b)
	if path == "" {
		return "", nil
	}
	return path, append(b.state.conditions(), settings...)
}

// kind is a kind of chart: what it needs, its controls, and how it is made.
type kind struct {
	name     string
	possible func(b *builder) bool
	controls func(b *builder) []control
	// asks returns the operation that the chart asks, and with what; "" where that
	// depends on the rows.
	asks func(b *builder) (path string, settings []param)
	draw func(ctx context.Context, b *builder) (*chart, error)
}

// kinds are all kinds of charts, in the order in which pages offer them.
func kinds() []kind {
	return []kind{means, distribution, overTime, pairs, correlation}
}

// offers reports whether the dataset has an operation.
func (b *builder) offers(path string) bool {
	_, ok := b.state.dataset.Operation(path)
	return ok
}

// kindOf returns the kind of chart that the URL asks for, else the first that is
// possible.
func (b *builder) kindOf() (kind, bool) {
	possible := slices.DeleteFunc(kinds(), func(k kind) bool { return !k.possible(b) })
	asked := b.state.get("chart[kind]")
	for _, k := range possible {
		if k.name == asked {
			return k, true
		}
	}
	if len(possible) == 0 {
		return kind{}, false
	}
	return possible[0], true
}

// chart makes the chart that the URL asks for.
func (b *builder) chart(ctx context.Context) chartView {
	var v chartView
	chosen, ok := b.kindOf()
	if !ok {
		return v
	}
	s := b.state
	for _, k := range kinds() {
		if k.possible(b) {
			v.Kinds = append(v.Kinds, choice{b.texts.t("chart " + k.name), b.turned(k).link("") + "#chart", k.name == chosen.name})
		}
	}
	v.Controls = chosen.controls(b)
	for _, p := range s.params {
		if !slices.ContainsFunc(v.Controls, func(c control) bool { return c.Name == p.name }) && p.name != "chart[kind]" {
			v.Hidden = append(v.Hidden, p)
		}
	}
	v.Hidden = append(v.Hidden, param{"chart[kind]", chosen.name})
	v.SVG = s.path + "/chart.svg?" + encode(b.drawn(chosen))
	if wrong := b.unfit(chosen); len(wrong) > 0 {
		v.Error = strings.Join(b.unfitTexts(chosen, wrong), "\n")
		return v
	}
	c, err := chosen.draw(ctx, b)
	if err != nil {
		v.Error = b.texts.words(err)
		return v
	}
	v.Title, v.Sentence, v.Note, v.Legend = c.title, c.drawing.label, c.note, c.legend
	v.Heads, v.Rows = columnHeads(c.heads, c.rows), c.rows
	if len(c.rows) > 0 && !c.empty {
		v.Drawing = c.drawing.inline()
	}
	v.Request = s.path + "/" + c.path + "?" + encode(joined(s.dataset, append(s.conditions(), c.settings...)))
	return v
}

// unfit are the parameters of the URL that name what a kind of chart cannot have, such as
// a field that is no number or no longer there.
func (b *builder) unfit(k kind) []param {
	var wrong []param
	if asked := b.state.get("chart[kind]"); asked != "" && asked != k.name {
		wrong = append(wrong, param{"chart[kind]", asked})
	}
	for _, c := range k.controls(b) {
		value := b.state.get(c.Name)
		if value != "" && !slices.ContainsFunc(c.Options, func(o choiceOption) bool { return o.Value == value }) {
			wrong = append(wrong, param{c.Name, value})
		}
	}
	return wrong
}

// turned is the page with a chart of another kind, of what that can have.
func (b *builder) turned(k kind) *state {
	turned := b.state
	for _, p := range b.unfit(k) {
		turned = turned.without(p.name)
	}
	return turned.with("chart[kind]", k.name)
}

// unfitTexts says what is to be had in the place of each.
func (b *builder) unfitTexts(k kind, wrong []param) []string {
	const most = 20
	var said []string
	for _, p := range wrong {
		var values []string
		if p.name == "chart[kind]" {
			for _, one := range kinds() {
				if one.possible(b) {
					values = append(values, one.name)
				}
			}
		}
		for _, c := range k.controls(b) {
			for _, o := range c.Options {
				if c.Name == p.name {
					values = append(values, o.Value)
				}
			}
		}
		if len(values) > most {
			values = append(values[:most], "…")
		}
		said = append(said, b.texts.t("no choice", p.name, p.value, strings.Join(values, ", ")))
	}
	return said
}

// columnHeads returns the heads of a chart's numbers. A column with a number is one of
// numbers, in which a missing value stands where a number would.
func columnHeads(names []string, rows [][]cell) []cell {
	heads := make([]cell, len(names))
	for i, name := range names {
		heads[i] = cell{Text: name, Numeric: slices.ContainsFunc(rows, func(row []cell) bool { return row[i].Numeric })}
		for _, row := range rows {
			row[i].Numeric = row[i].Numeric || heads[i].Numeric && row[i].Null
		}
	}
	return heads
}

// drawn are the parameters that a drawing follows from.
func (b *builder) drawn(k kind) []param {
	params := []param{{"chart[kind]", k.name}}
	for _, p := range b.state.params {
		if p.name != "chart[kind]" && (strings.HasPrefix(p.name, "chart[") && b.state.own(p.name) || b.state.condition(p.name)) {
			params = append(params, p)
		}
	}
	return params
}

// fieldControl lets one choose a field.
func (b *builder) fieldControl(name, label string, among []int, chosen int, none bool) control {
	c := control{Name: name, Label: b.texts.t(label)}
	if none {
		c.Options = append(c.Options, choiceOption{noGroups, b.texts.t("no groups"), chosen < 0})
	}
	for _, i := range among {
		f := &b.state.dataset.Fields[i]
		text := newField(f).Label
		if f.Unit != "" {
			text += " (" + f.Unit + ")"
		}
		c.Options = append(c.Options, choiceOption{f.Name, text, i == chosen})
	}
	return c
}

// noGroups is the value of chart[by] for one group of all. No field has the name.
const noGroups = "-"

// by returns the field that the chart groups by; -1 for none.
func (b *builder) by() int {
	if b.state.get("chart[by]") == noGroups {
		return -1
	}
	return b.named("chart[by]", b.grouping())
}

// measure returns the number that the chart is of: the one that the URL names, else the
// first that the descriptor lists for statistics. Where it lists none, that is the last
// number of the rows: tables begin with keys, years and places, and end with what was
// measured. It does not depend on the filters, since a chart that changed its subject with
// a filter would not show what the filter did. It is -1 where there is no number.
func (b *builder) measure() int {
	d, numbers := b.state.dataset, b.numbers()
	if i, ok := d.Field(b.state.get("chart[of]")); ok && slices.Contains(numbers, i) {
		return i
	}
	if len(d.StatsOrder) > 0 {
		return d.StatsOrder[0]
	}
	for _, i := range slices.Backward(d.StatsFields) {
		if !slices.Contains(d.Key, i) {
			return i
		}
	}
	return b.named("chart[of]", numbers)
}

// numbers are the fields with means, those that the descriptor names first.
func (b *builder) numbers() []int {
	found := slices.Clone(b.state.dataset.StatsFields)
	for _, i := range b.ofType(datasets.Number, datasets.Integer) {
		if !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	return found
}

// groupText is a group's value as a label.
func (b *builder) groupText(v any) string {
	if v == nil {
		return b.texts.t("missing")
	}
	return visible(newCell(v).Text)
}

// picked returns the page with the rows of a group alone; "" where no selector
// picks them.
func (b *builder) picked(field int, v any) string {
	name := b.selectorOf(field)
	if name == "" {
		return ""
	}
	value := "null"
	if v != nil {
		if value = newCell(v).Text; b.state.dataset.Fields[field].Type == datasets.String {
			value = textValue(value)
		}
	}
	return b.state.first().with(name, value).link("")
}
