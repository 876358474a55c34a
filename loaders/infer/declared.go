package infer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// Declared is what a description of the source, such as a Table Schema, says of a
// column. It goes before what was inferred, where the values that were seen agree.
type Declared struct {
	// Column is the name that the description gives the column.
	Column string
	// Field has all that is declared, but its name.
	datasets.Field
	// Typed says that the type is declared, and the notation with it; otherwise both
	// are inferred.
	Typed bool
	// Guess says that the notation is inferred, if the declared type is.
	Guess bool
	// Remarks are said of the field.
	Remarks []string
}

// Declare sets what is declared of the columns. byPlace says that the columns' names
// in the source mean nothing, so that the first declaration is of the first column.
// It returns the declarations of columns that are not there.
func (t *Table) Declare(all []Declared, byPlace bool) (absent []Declared) {
	t.declared, t.byPlace = map[*Column]*Declared{}, byPlace
	for i := range all {
		d := &all[i]
		c := t.columnOf(d.Column, i, byPlace)
		switch {
		case c != nil && t.declared[c] == nil:
			t.declared[c] = d
		case !t.holds(d.Column):
			absent = append(absent, *d)
		}
	}
	return absent
}

// columnOf returns the column that a declaration is of; nil if there is none.
func (t *Table) columnOf(name string, place int, byPlace bool) *Column {
	for _, c := range t.columns {
		if !byPlace && c.source() == name {
			return c
		}
	}
	if place >= len(t.columns) {
		return nil
	}
	if c := t.columns[place]; byPlace || strings.EqualFold(strings.TrimSpace(c.source()), strings.TrimSpace(name)) {
		return c
	}
	return nil
}

// holds reports whether columns are within an object of the name.
func (t *Table) holds(name string) bool {
	return slices.ContainsFunc(t.columns, func(c *Column) bool { return c.Path[0] == name })
}

// declare gives the field what is declared of its column.
func (f *field) declare(d *Declared) {
	inferred := f.Field
	f.declared = d
	f.Title, f.Description = d.Title, d.Description
	if d.Unit != "" {
		f.Unit = d.Unit
	}
	f.remarks = slices.Clone(d.Remarks)
	if d.Typed {
		f.Type, f.Ordered, f.Enum = d.Type, d.Ordered, d.Enum
		f.Notation = d.Notation
		if d.Guess && inferred.Type == d.Type {
			f.Format = inferred.Format
		}
		f.settleDeclared(&inferred)
	} else {
		f.Missing = union(f.Missing, d.Missing)
		f.remarks = append(f.remarks, f.decision.remarks...)
	}
	f.overruled = f.Type != f.decision.inferredType()
	f.require(d.Required)
	f.decision.few = f.Enum != nil || f.Type == datasets.Boolean ||
		f.decision.few && f.Type != datasets.Number && f.Type != datasets.DateTime
}

// inferredType is the type that the values have.
func (v *decision) inferredType() datasets.Type {
	if v.chosen == nil {
		return datasets.String
	}
	return v.chosen.field.Type
}

// settleDeclared keeps the declared type if a descriptor can have it and the values
// that are known fit it. Otherwise the inferred one stays.
func (f *field) settleDeclared(inferred *datasets.Field) {
	c := f.decision.column
	switch f.Type {
	case datasets.String:
		f.Coerce = c.mixed || c.kind == decode.Number || c.kind == decode.Boolean || c.kind == decode.Instant
	case inferred.Type:
		f.Missing = union(f.Missing, inferred.Missing)
		f.Coerce = inferred.Coerce
	}
	why := f.invalid()
	if c.mixed && f.Type != datasets.String {
		why = "but its values are of several kinds"
	}
	if why == "" {
		open := *f
		open.Enum = nil
		if text, ok := open.misfit(); ok {
			why = "which " + strconv.Quote(text) + " is not"
		}
	}
	if why != "" {
		declared := (&candidate{field: f.Field}).describe()
		f.Type, f.Notation, f.Ordered, f.Enum = inferred.Type, inferred.Notation, false, nil
		f.remarks = append(f.remarks, fmt.Sprintf("declared as %s, %s", declared, why))
		return
	}
	if text, ok := f.foreign(); ok {
		f.remarks = append(f.remarks, "not kept: the declared enum, which lacks "+strconv.Quote(text))
		f.Enum = nil
	}
}

// invalid says that no descriptor can have the field; "" if one can.
func (f *field) invalid() string {
	w := &writer{}
	one := *f
	one.Name, one.Column = "field", ""
	descriptor := w.yaml(mapping(0, "dataset", text("d"), "fields", mapping(0, "field", one.node())))
	if _, err := datasets.Parse("d.yaml", []byte(descriptor), nil); err != nil {
		return "which no field can be"
	}
	return ""
}

// misfit returns a value that was seen and does not fit the field's type.
func (f *field) misfit() (text string, found bool) {
	c := f.decision.column
	if f.Type == datasets.String {
		return "", false
	}
	of := f.Field
	of.Location = time.UTC
	parser := decode.NewParser(&of)
	texts := slices.Sorted(maps.Keys(c.texts))
	if c.stop != nil {
		texts = append(texts, c.stop.text) // which may not be among those kept
	}
	for _, text := range texts {
		v := decode.Value{Kind: c.valueKind(), Text: []byte(text)}
		if parser.Missing(&v) {
			continue
		}
		if _, ok := parser.Rank(&v); !ok {
			return text, true
		}
	}
	return "", false
}

// foreign returns a value that was seen and is none of the field's enum.
func (f *field) foreign() (text string, found bool) {
	if f.Enum == nil {
		return "", false
	}
	if f.Type != datasets.String {
		return f.misfit()
	}
	parser := decode.NewParser(&f.Field)
	for _, text := range slices.Sorted(maps.Keys(f.decision.column.texts)) {
		v := decode.Value{Kind: f.decision.column.valueKind(), Text: []byte(text)}
		if !parser.Missing(&v) && !slices.Contains(f.Enum, text) {
			return text, true
		}
	}
	return "", false
}

// require makes the field required, unless rows were seen that miss it.
func (f *field) require(required bool) {
	c := f.decision.column
	parser := decode.NewParser(&f.Field)
	absent := c.table.rows - c.given
	for text, n := range c.texts {
		if parser.Missing(&decode.Value{Kind: c.valueKind(), Text: []byte(text)}) {
			absent += n
		}
	}
	if f.overruled {
		f.decision.absent = absent
	}
	switch {
	case required && absent > 0:
		f.remarks = append(f.remarks, fmt.Sprintf("not kept: required, which %s", lacking(absent)))
	case required:
		f.Required = true
	}
}

func lacking(rows int64) string {
	if rows == 1 {
		return "1 row lacks"
	}
	return fmt.Sprintf("%d rows lack", rows)
}

// valueKind is the kind of most of the column's values.
func (c *Column) valueKind() decode.Kind {
	if c.begun {
		return c.kind
	}
	return decode.Text
}

// union returns the words of both, each once.
func union(a, b []string) []string {
	for _, word := range b {
		if !slices.Contains(a, word) {
			a = append(slices.Clip(a), word)
		}
	}
	return a
}

// from is the name that the field's column goes by in a description.
func (f *field) from() string {
	if f.declared != nil {
		return f.declared.Column
	}
	return f.decision.column.source()
}

// fields makes fields of the declarations of columns that the source lacks.
func (a *About) fields(t *Table, others []*field) (fields []*field) {
	names := newNames()
	for _, f := range others {
		names.taken[f.Name] = true
	}
	for i := range a.Absent {
		d := &a.Absent[i]
		column := t.Column(d.Column)
		f := &field{decision: &decision{column: column, absent: t.rows}, declared: d}
		f.Field, f.remarks = d.Field, d.Remarks
		f.Name = names.name(column.Path, len(others)+i+1)
		if f.invalid() != "" {
			f.Field = datasets.Field{Name: f.Name, Type: datasets.String}
		}
		f.Required = false
		if f.Name != d.Column {
			f.Column = d.Column
		}
		fields = append(fields, f)
	}
	return fields
}
