package page

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// filtersView is the form of the conditions.
type filtersView struct {
	Facets []facet
	Others []field // fields whose filters are not shown
	Hidden []param // what the form does not show of the URL
}

// facet is the filter of one field: a list of values with their counts, bounds,
// or a text.
type facet struct {
	field
	Open   bool
	Active bool
	Error  string

	// A list.
	Selector string // the parameter; "" where the field has no list
	Options  []option
	More     bool   // there are more values than those shown
	Find     string // what was searched for among them
	FindName string
	Contains string   // the parameter of a text search; "" where there is none
	Texts    []string // what it has, at least one text

	// Bounds.
	Bounds                 bool
	Lower, Upper           string // what was entered
	LowerName, UpperName   string
	Least, Greatest        string // in the data; "" where it is not known
	LowerLabel, UpperLabel string
	Input                  string // type of the inputs
	Flips                  []link // to bounds that leave out what they include now, and back
	Sketch                 string
	Presets                []preset
	Ask                    string // URL of the page with the presets, where they are not asked for

	// Missing and Present are set where rows can lack a value.
	CanMiss          bool
	Missing, Present bool
}

// option is a value of a list.
type option struct {
	Value   string // as a parameter has it
	Text    string
	Null    bool
	Count   int64
	Counted bool
	Checked bool
	Share   int // of the greatest count, in percent
}

// Limits of the form.
const (
	someFacets  = 12              // filters that are shown by themselves
	someOptions = 10              // values of a list
	facetTime   = 3 * time.Second // what a count may take, so that a large dataset shows its page
)

// filters asks for what the form shows.
func (b *builder) filters(ctx context.Context) filtersView {
	ctx, cancel := context.WithTimeout(ctx, facetTime)
	defer cancel()
	s := b.state
	var v filtersView
	asked := s.all("view[filter]")
	for i := range s.dataset.Fields {
		f := b.newFacet(i)
		if f.Selector == "" && !f.Bounds && f.Contains == "" {
			continue
		}
		if len(v.Facets) < someFacets || f.Active || slices.Contains(asked, f.Name) {
			f.Open = f.Active || slices.Contains(asked, f.Name) || len(v.Facets) < 4
			v.Facets = append(v.Facets, f)
		} else {
			v.Others = append(v.Others, f.field)
		}
	}
	b.refuse(v.Facets)
	overview := b.overview(ctx)
	together(len(v.Facets), func(i int) { b.fill(ctx, &v.Facets[i], overview) })
	shown := map[string]bool{"after": true, "page": true, "view[from]": true, "fields": true}
	for i := range v.Facets {
		f := &v.Facets[i]
		for _, name := range []string{f.Selector, f.LowerName, f.UpperName, f.Contains, f.FindName} {
			shown[name] = true
		}
	}
	for _, p := range s.params {
		if !shown[p.name] && !b.switched(p, v.Facets) {
			v.Hidden = append(v.Hidden, p)
		}
	}
	return v
}

// refuse shows what the API refuses of the conditions beside the filter that says
// it.
func (b *builder) refuse(facets []facet) {
	_, err := b.query("range", b.state.conditions())
	var known *fault.Error
	if !errors.As(err, &known) {
		return
	}
	for _, v := range known.Violations {
		for i := range facets {
			f := &facets[i]
			said := []string{"/lower", "/upper", "/above", "/below", "/contains"}
			for j, property := range said {
				said[j] = schemas.Key(property, f.Name)
			}
			if f.Selector != "" {
				said = append(said, schemas.Key("", f.Selector))
			}
			if slices.ContainsFunc(said, func(p string) bool { return v.Pointer == p || strings.HasPrefix(v.Pointer, p+"/") }) {
				f.Error, f.Open = v.Detail, true
			}
		}
	}
}

// invalid reports whether an error is of the query itself.
func invalid(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.InvalidQuery || code == fault.MalformedQuery
}

// switched reports whether a parameter is a switch of one of the filters.
func (b *builder) switched(p param, facets []facet) bool {
	return (p.name == "missing" || p.name == "present") &&
		slices.ContainsFunc(facets, func(f facet) bool { return f.CanMiss && f.Name == p.value })
}

// newFacet returns the filter of a field, without what has to be asked for.
func (b *builder) newFacet(i int) facet {
	s, d := b.state, b.state.dataset
	def := &d.Fields[i]
	f := facet{field: newField(def), Bounds: slices.Contains(d.Bounds, i)}
	for _, sel := range d.Selectors {
		listed := def.Enum != nil || b.offers("stats/distinct") && (def.Type == datasets.String || def.Type == datasets.Boolean || !f.Bounds)
		if sel.Field == i && f.Selector == "" && listed {
			f.Selector, f.FindName = sel.Name, "find["+f.Name+"]"
			f.Find = s.get(f.FindName)
			f.Active = s.get(sel.Name) != "" || f.Find != ""
		}
	}
	if f.Bounds && f.Selector != "" && def.Type != datasets.String {
		f.Bounds = false // an enum says more
	}
	if def.Type == datasets.String && def.Enum == nil {
		f.Contains = "contains[" + f.Name + "]"
		f.Texts = s.all(f.Contains)
		if f.Active = f.Active || f.Texts != nil; f.Texts == nil {
			f.Texts = []string{""}
		}
	}
	if f.Bounds {
		b.bounds(&f, def)
	}
	if !def.Required && f.Selector == "" {
		f.CanMiss = true
		f.Missing, f.Present = s.has("missing", f.Name), s.has("present", f.Name)
		f.Active = f.Active || f.Missing || f.Present
	}
	return f
}

// bounds fills in the inputs of a range. Exclusive bounds keep their kind: the
// input shows the one that the URL has.
func (b *builder) bounds(f *facet, def *datasets.Field) {
	pick := func(inclusive, exclusive string) (name, value, label string) {
		if v := b.state.get(exclusive + "[" + f.Name + "]"); v != "" {
			return exclusive + "[" + f.Name + "]", v, exclusive
		}
		return inclusive + "[" + f.Name + "]", b.state.get(inclusive + "[" + f.Name + "]"), inclusive
	}
	f.LowerName, f.Lower, f.LowerLabel = pick("lower", "above")
	f.UpperName, f.Upper, f.UpperLabel = pick("upper", "below")
	f.LowerLabel, f.UpperLabel = b.texts.t("bound "+f.LowerLabel), b.texts.t("bound "+f.UpperLabel)
	f.Active = f.Active || f.Lower != "" || f.Upper != ""
	for _, bound := range [][3]string{{f.LowerName, f.Lower, "lower above"}, {f.UpperName, f.Upper, "upper below"}} {
		if bound[1] != "" {
			f.Flips = append(f.Flips, b.flip(bound[0], bound[1], bound[2], f.Name))
		}
	}
	switch def.Type {
	case datasets.Date, datasets.DateTime:
		f.Input = "date"
		for _, v := range []string{f.Lower, f.Upper} {
			if _, err := datasets.ParseDate(v); v != "" && err != nil {
				f.Input = "text" // a time, which a calendar cannot show
			}
		}
	case datasets.String:
		f.Input = "text"
	default:
		f.Input = "number"
	}
	f.Sketch = b.sketchURL(def, false)
}

// flip is the link to the same bound of the other kind: to lower from above, and the
// like.
func (b *builder) flip(name, value, kinds, field string) link {
	inclusive, exclusive, _ := strings.Cut(kinds, " ")
	to, text := exclusive, "leave out"
	if strings.HasPrefix(name, exclusive+"[") {
		to, text = inclusive, "include"
	}
	return link{b.texts.t(text, plainText(value)), b.state.first().without(name).with(to+"["+field+"]", value).link("")}
}

// fill asks for the values of a list, or the extent of a range.
func (b *builder) fill(ctx context.Context, f *facet, overview record) {
	if f.Bounds {
		f.Least, f.Greatest = newCell(overview.value("min_"+f.Name)).Text, newCell(overview.value("max_"+f.Name)).Text
		switch dated := f.Type == datasets.Date.String() || f.Type == datasets.DateTime.String(); {
		case dated && f.Open:
			f.Presets = b.presets(ctx, f)
		case dated:
			f.Ask = b.state.toggle("view[filter]", f.Name).link("")
		}
	}
	if f.Selector != "" {
		b.list(ctx, f)
	}
}

// list fills in the values with their counts, among the rows that all other
// conditions select, those chosen first.
func (b *builder) list(ctx context.Context, f *facet) {
	chosen := b.state.all(f.Selector)
	i, _ := b.state.dataset.Field(f.Name)
	enum := b.state.dataset.Fields[i].Enum
	others := b.state.without(f.Selector)
	if f.Find != "" {
		others = others.with("contains["+f.Name+"]", f.Find)
	}
	a, err := b.ask(ctx, "stats/distinct", others.conditions(), false, param{"field", f.Name}, param{"per_page", b.listed(i)})
	if err != nil {
		// What is wrong with the query, the table says once.
		if !invalid(err) && !errors.Is(err, errNotOffered) {
			f.Error = b.texts.words(err)
		}
		a = &answer{}
	}
	counted := map[string]option{}
	var order []string
	greatest := int64(1)
	for _, r := range a.records {
		c := newCell(r.value("value"))
		o := option{Value: c.Text, Text: c.Text, Null: c.Null, Count: r.count("count"), Counted: true}
		if c.Null {
			o.Value, o.Text = "null", b.texts.t("missing")
		} else if f.Type == datasets.String.String() {
			o.Value, o.Text = textValue(c.Text), visible(c.Text)
		}
		greatest = max(greatest, o.Count)
		counted[o.Value] = o
		order = append(order, o.Value)
	}
	if limit := int64(someOptions); len(enum) == 0 && int64(len(order)) > limit {
		f.More, order = true, order[:limit]
	}
	if len(enum) > 0 {
		listed := order
		order = nil
		for _, e := range enum {
			order = append(order, enumValue(f.Type, e))
		}
		order = append(order, slices.DeleteFunc(listed, func(v string) bool { return slices.Contains(order, v) })...)
	}
	first := slices.DeleteFunc(slices.Clone(chosen), func(v string) bool { return slices.Contains(order, v) })
	for _, v := range append(first, order...) {
		o, ok := counted[v]
		if !ok {
			o = option{Value: v, Text: visible(plainText(v)), Counted: err == nil && len(enum) > 0}
		}
		o.Checked = slices.Contains(chosen, v)
		o.Share = int(100 * o.Count / greatest)
		f.Options = append(f.Options, o)
	}
}

// listed is how many values of a field are asked for at once, with one that says that
// there are more. All who want the most frequent ones ask for as many, so that the
// answer is found once.
func (b *builder) listed(field int) string {
	limit := int64(someOptions + 1)
	if enum := b.state.dataset.Fields[field].Enum; len(enum) > 0 {
		limit = int64(len(enum) + 1)
	}
	return atMost(b.state.dataset, limit)
}

// textValue writes a text as a parameter's value. An empty one is quoted, since a
// form's empty field says nothing.
func textValue(text string) string {
	if text == "" {
		return `""`
	}
	return query.FlatText(text)
}

// visible writes an empty text as quotes, where nothing would be seen.
func visible(text string) string {
	if text == "" {
		return "“”"
	}
	return text
}

func enumValue(kind, value string) string {
	if kind == datasets.String.String() {
		return textValue(value)
	}
	return value
}

// plainText is the text that a parameter's value stands for.
func plainText(value string) string {
	var text string
	if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	return value
}
