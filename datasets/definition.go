package datasets

import (
	"slices"

	"herbarium/schemas"
)

// Definition is what a descriptor says of an operation that it names: a built-in
// operation, of which a part is settled for every query. It is immutable.
type Definition struct {
	// Of is the built-in operation. The named one answers as it does.
	Of          *Operation
	Title       string
	Description string
	// Where is the condition that always holds, as queries write one; nil for
	// none. Offsets in it and in Preset count values in the order of the file.
	Where *schemas.Node
	// Preset are the query properties that have a value unless a query gives
	// another.
	Preset []schemas.Member
	// Selectors are those that queries take.
	Selectors []Selector
	// PageDefault and PageMax are as those of the dataset.
	PageDefault, PageMax int64
	// Settled is what the Settler made of the definition.
	Settled any

	schema *schemas.Schema
}

// Settler checks what a definition presets, which takes a knowledge of queries
// that this package does not have, and returns what it wants to keep of it. The
// violations have pointers such as /where/color/1 and offsets of the definition's
// nodes. Package query has one: query.Settle.
type Settler func(ds *Dataset, op *Operation) (settled any, violations []schemas.Violation)

// Option changes how descriptors are read.
type Option func(*settings)

type settings struct{ settle Settler }

// WithSettler checks operations that descriptors name. Without it they are
// refused.
func WithSettler(s Settler) Option { return func(o *settings) { o.settle = s } }

func settingsOf(options []Option) settings {
	var s settings
	for _, o := range options {
		o(&s)
	}
	return s
}

// Presets reports whether the definition presets the query property.
func (d *Definition) Presets(property string) bool {
	return slices.ContainsFunc(d.Preset, func(m schemas.Member) bool { return m.Key == property })
}

// Document returns what the definition settles as one JSON object: where, and
// the preset query properties.
func (d *Definition) Document() *schemas.Node {
	n := &schemas.Node{Kind: schemas.Object}
	if d.Where != nil {
		n.Members = append(n.Members, schemas.Member{Key: "where", Value: *d.Where})
	}
	n.Members = append(n.Members, d.Preset...)
	return n
}

// definitionShape is what of a definition shapes queries and answers.
type definitionShape struct {
	Path, Of, Document   string
	Takes                []string
	Selectors            []Selector
	PageDefault, PageMax int64
}

func (d *Definition) shape(op *Operation) definitionShape {
	return definitionShape{op.Path, d.Of.Path, string(d.Document().AppendJSON(nil)), op.Takes, d.Selectors, d.PageDefault, d.PageMax}
}

// words describe the operation: the descriptor's words, and what is settled.
func (d *Definition) words(op *Operation, ds *Dataset) Words {
	w := Words{Summary: d.Title, Description: d.Description, Answer: "The answer; [] where no row is selected", Paging: op.Words.Paging}
	if w.Summary == "" {
		w.Summary = op.Path + " of " + ds.Label()
	}
	if w.Description != "" {
		w.Description += "\n\n"
	}
	w.Description += "This is `" + d.Of.Path + "`"
	if document := d.Document(); len(document.Members) > 0 {
		w.Description += " with `" + string(document.AppendJSON(nil)) + "`"
	}
	w.Description += "."
	return w
}

// presettable returns the query properties of the operation that a definition of it
// can preset: all but conditions, which where has, pages and versions.
func presettable(op *Operation) []string {
	return slices.DeleteFunc(slices.Clone(op.Takes), func(name string) bool {
		return IsConditionProperty(name) || alwaysTaken(name)
	})
}

// alwaysTaken reports whether queries of every operation may have the property: those that
// say which page is asked for, and of which version.
func alwaysTaken(name string) bool {
	return name == "page" || name == "per_page" || name == "after" || name == "version"
}
