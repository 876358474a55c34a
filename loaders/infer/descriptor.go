package infer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"herbarium/datasets"
)

// Source is what a descriptor says of where its rows come from.
type Source struct {
	Dataset string // the dataset's name
	Name    string // of the source, for people
	// Data are the paths of the data, or patterns of them; nil for none.
	Data []string
	// NullColumns says that some sources lack columns.
	NullColumns bool
	Rows        string // the JSON pointer to the rows, "" for the document
	CSV         datasets.CSV
	Sheet       string // of a workbook; "" for the first
	// Seen says which rows were seen, in a sentence's words.
	Seen string
	// Notes are said at the top.
	Notes []string
	About
}

// About is what a description says of the source for people, and its key.
type About struct {
	Title, Description, License, Source string
	// Key are the names of the columns that identify a row.
	Key []string
	// Absent are declarations of columns that the source lacks, which become fields.
	Absent []Declared
}

// Descriptor writes what was seen as a descriptor in YAML, with comments that
// say why. It fails where no descriptor can have the columns.
func (t *Table) Descriptor(source Source) ([]byte, error) {
	fields, leftOut := t.fields()
	fields = append(fields, source.fields(t, fields)...)
	if len(fields) == 0 {
		return nil, noField(leftOut)
	}
	w := &writer{}
	w.comment("Inferred from " + source.Name + ": " + source.Seen + ".")
	for _, note := range source.Notes {
		w.comment(note)
	}
	w.pair("dataset", source.Dataset)
	for _, p := range [][2]string{{"title", source.Title}, {"description", source.Description}, {"license", source.License}, {"source", source.About.Source}} {
		if p[1] != "" {
			w.pair(p[0], p[1])
		}
	}
	switch data := source.Data; {
	case len(data) == 1 && !strings.ContainsAny(data[0], "*?"):
		w.pair("data", data[0])
	case len(data) > 0:
		w.line(w.yaml(mapping(0, "data", list(data))))
	}
	if source.Rows != "" {
		w.pair("rows", source.Rows)
	}
	if source.Sheet != "" {
		w.pair("sheet", source.Sheet)
	}
	if source.NullColumns {
		w.comment("Some of the files lack columns that others have.")
		w.line(`missing_columns: null`)
	}
	if n := source.CSV.Node(); n != nil {
		w.line(w.yaml(mapping(0, "csv", n)))
	}
	w.fields(fields)
	for _, left := range leftOut {
		w.comment("  left out: " + left)
	}
	w.selectors(fields)
	w.suggestions(t, fields, w.key(fields, source.Key))
	return []byte(w.String()), w.err
}

// noField is the error of a source without a column that a field reads; leftOut says
// why of each.
func noField(leftOut []string) error {
	const most = 10
	if len(leftOut) == 0 {
		return errors.New("there is no column")
	}
	listed := leftOut[:min(len(leftOut), most)]
	if more := len(leftOut) - len(listed); more > 0 {
		listed = append(slices.Clone(listed), fmt.Sprintf("%d more", more))
	}
	return errors.New("there is no column that a field could read: " + oneLine(strings.Join(listed, "; ")))
}

// writer writes YAML, each scalar as the YAML library quotes it.
type writer struct {
	strings.Builder
	err error
}

func (w *writer) line(text string) { w.WriteString(text + "\n") }

// comment writes a line of its own. What stands in it of the source is quoted
// where it could end the line.
func (w *writer) comment(text string) {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	w.line(indent + "# " + oneLine(text[len(indent):]))
}

// oneLine replaces what would end a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
			return '�'
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
}

func (w *writer) pair(key, value string) { w.line(w.yaml(mapping(0, key, text(value)))) }

// yaml returns the node's text without the line's end.
func (w *writer) yaml(n *yaml.Node) string {
	var out strings.Builder
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(n); err != nil && w.err == nil {
		w.err = fmt.Errorf("write the descriptor: %w", err)
	}
	return strings.TrimRight(out.String(), "\n")
}

func text(value string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(value)
	n.Style &^= yaml.LiteralStyle
	switch strings.ToLower(value) {
	case "y", "n", "yes", "no", "on", "off": // booleans of YAML 1.1
		n.Style = yaml.DoubleQuotedStyle
	}
	if strings.ContainsAny(value, "\n\r\u0085\u2028\u2029\ufeff\u00a0\u202f") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// mapping takes keys and their values in turn.
func mapping(style yaml.Style, pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: style}
	for i := 0; i < len(pairs); i += 2 {
		n.Content = append(n.Content, text(pairs[i].(string)), pairs[i+1].(*yaml.Node))
	}
	return n
}

func list(values []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, text(v))
	}
	return n
}

// trailing is the longest line that a comment stands behind; above others it
// has a line of its own.
const trailing = 64

func (w *writer) fields(fields []*field) {
	w.line("fields:")
	lines, abouts := make([]string, len(fields)), make([]string, len(fields))
	width := 0
	for i, f := range fields {
		lines[i], abouts[i] = "  "+w.yaml(mapping(0, f.Name, f.node())), oneLine(f.about())
		if n := utf8.RuneCountInString(lines[i]); n <= trailing && abouts[i] != "" {
			width = max(width, n)
		}
	}
	for i, about := range abouts {
		n := utf8.RuneCountInString(lines[i])
		switch {
		case about == "":
			w.line(lines[i])
		case n > trailing || strings.Contains(lines[i], "\n"):
			w.comment("  " + about)
			w.line(strings.ReplaceAll(lines[i], "\n", "\n  "))
		default:
			w.line(lines[i] + strings.Repeat(" ", width-n) + "  # " + about)
		}
	}
}

// node is the field's declaration.
func (f *field) node() *yaml.Node {
	pairs := []any{"type", text(f.Type.String())}
	yes := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
	for _, p := range []struct{ key, value string }{
		{"title", f.Title}, {"description", f.Description}, {"unit", f.Unit}, {"column", f.Column}, {"format", f.Format}, {"decimal", f.Decimal}, {"thousands", f.Thousands},
	} {
		if p.value != "" {
			pairs = append(pairs, p.key, text(p.value))
		}
	}
	if f.Required {
		pairs = append(pairs, "required", yes)
	}
	if f.Ordered {
		pairs = append(pairs, "ordered", yes)
	}
	if f.Enum != nil {
		pairs = append(pairs, "enum", f.enum())
	}
	if f.Missing != nil {
		pairs = append(pairs, "missing", list(f.Missing))
	}
	if f.Coerce {
		pairs = append(pairs, "coerce", yes)
	}
	return mapping(yaml.FlowStyle, pairs...)
}

// enum is the list of the only values: words of their own type.
func (f *field) enum() *yaml.Node {
	n := list(f.Enum)
	if f.Type != datasets.String {
		for _, item := range n.Content {
			item.Style = 0
			item.Tag = ""
		}
	}
	return n
}

func (w *writer) selectors(fields []*field) {
	var pairs []any
	for _, f := range fields {
		if f.selector != "" {
			pairs = append(pairs, f.selector, text(f.Name))
		}
	}
	if len(pairs) == 0 {
		return
	}
	one := w.yaml(mapping(0, "selectors", mapping(yaml.FlowStyle, pairs...)))
	if len(one) > 100 {
		one = w.yaml(mapping(0, "selectors", mapping(0, pairs...)))
	}
	w.line("# What queries pick rows by: query property: field.")
	w.line(one)
}

// key writes the key that is declared, and reports whether there is one.
func (w *writer) key(fields []*field, columns []string) bool {
	var names []string
	for _, column := range columns {
		for _, f := range fields {
			if f.from() == column {
				names = append(names, f.Name)
			}
		}
	}
	if len(columns) == 0 || len(names) < len(columns) {
		return false
	}
	w.line(w.yaml(mapping(0, "key", list(names))))
	return true
}

// suggestions are what the columns would allow and nobody but the reader can
// want.
func (w *writer) suggestions(t *Table, fields []*field, keyed bool) {
	for _, f := range fields {
		if f.selector != "" && f.hasMeans(fields) {
			w.line("# Means by group; without it there is one mean of all rows.")
			w.line("# " + w.yaml(mapping(0, "stats", mapping(yaml.FlowStyle, "group_by", text(f.Name)))))
			break
		}
	}
	if keyed {
		return
	}
	single, pair := t.keys(fields)
	if len(single) > 0 {
		w.line("# No two rows share a value of the key" + also(single[1:]) + "; it is what upserts go by.")
		pair = single[:1]
	} else if pair != nil {
		w.line("# No two rows share the values of the key; it is what upserts go by.")
	}
	if pair != nil {
		var names []string
		for _, f := range pair {
			names = append(names, f.Name)
		}
		w.line("# " + strings.ReplaceAll(w.yaml(mapping(0, "key", list(names))), "\n", "\n# "))
	}
}

func also(fields []*field) string {
	const limit = 5
	var names []string
	for _, f := range fields[:min(len(fields), limit)] {
		names = append(names, oneLine(f.Name))
	}
	if len(names) == 0 {
		return ""
	}
	return ", nor of " + strings.Join(names, ", ")
}

// hasMeans reports whether grouping by the field leaves a mean whose name is
// not the field's.
func (f *field) hasMeans(fields []*field) bool {
	found := false
	for _, other := range fields {
		if other.Numeric() {
			found = true
			if datasets.ClashesWithMeasures(f.Name, other.Name) {
				return false
			}
		}
	}
	return found
}
