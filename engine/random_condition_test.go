package engine_test

import (
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// madeCondition is a condition that was drawn, as the reference knows it.
type madeCondition struct {
	selections       []selection
	bounds           map[string][]madeBound // by property
	missing, present []int
	texts            map[string][]madeText // by property
	any              []*madeCondition
	not              *madeCondition
}

// madeText is what the text of a field has to contain, or to start with.
type madeText struct {
	field int
	any   []string
	list  bool
}

// The properties that bound fields, and those that match texts.
var (
	boundProperties = []string{"lower", "above", "upper", "below"}
	textProperties  = []string{"contains", "starts_with"}
)

// drawCondition draws a condition within so many others. Bounds of one field
// contradict each other at depth 0 alone.
func drawCondition(t *rapid.T, d *madeDataset, depth int) *madeCondition {
	c := &madeCondition{bounds: map[string][]madeBound{}, texts: map[string][]madeText{}}
	// Most conditions have few parts, since many parts together select no row.
	// The numbers that package rapid draws are mostly small.
	sparse := rapid.IntRange(1, 3).Draw(t, "sparse")
	rarely := func(label string, n int) bool { return rapid.IntRange(0, n*sparse).Draw(t, label) == n*sparse }
	for _, s := range d.selectors {
		if rarely(s.name+"?", 4) {
			c.selections = append(c.selections, drawSelection(t, d, s))
		}
	}
	for _, f := range d.bounds {
		properties := boundProperties
		if depth > 0 {
			properties = []string{rapid.SampledFrom(boundProperties).Draw(t, "property")}
		}
		for _, property := range properties {
			if rarely("bound?", 9) {
				c.bounds[property] = append(c.bounds[property], drawBound(t, &d.fields[f], f, property == "above" || property == "below"))
			}
		}
	}
	for f := range d.fields {
		if rarely("missing?", 14) {
			c.missing = append(c.missing, f)
		}
		if rarely("present?", 14) {
			c.present = append(c.present, f)
		}
		for _, property := range textProperties {
			if d.fields[f].kind == datasets.String && rarely("text?", 6) {
				c.texts[property] = append(c.texts[property], drawText(t, d, f))
			}
		}
	}
	if depth < 3 && rarely("any?", 4) {
		for range rapid.IntRange(1, 3).Draw(t, "any") {
			c.any = append(c.any, drawCondition(t, d, depth+1))
		}
	}
	if depth < 3 && rarely("not?", 4) {
		c.not = drawCondition(t, d, depth+1)
	}
	return c
}

// drawText draws parts of texts, often of those that rows have.
func drawText(t *rapid.T, d *madeDataset, field int) madeText {
	text := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "any text") {
			return rapid.SampledFrom(texts).Draw(t, "text")
		}
		runes := []rune(rapid.SampledFrom(d.fields[field].values).Draw(t, "of").s)
		from := rapid.IntRange(0, len(runes)).Draw(t, "from")
		part := string(runes[from:rapid.IntRange(from, len(runes)).Draw(t, "to")])
		return rapid.SampledFrom([]string{part, strings.ToUpper(part), strings.ToLower(part)}).Draw(t, "case")
	})
	most := 3
	if d.oneText {
		most = 1
	}
	m := madeText{field: field, any: rapid.SliceOfNDistinct(text, 1, most, rapid.ID).Draw(t, "texts")}
	m.list = len(m.any) > 1 || rapid.Bool().Draw(t, "a list of one")
	return m
}

// members writes the parts of the condition as members of a JSON object.
func (c *madeCondition) members(t *rapid.T, d *madeDataset) []string {
	var members []string
	add := func(name, value string) { members = append(members, asJSON(name)+":"+value) }
	for _, s := range c.selections {
		var values []string
		for _, v := range s.values {
			values = append(values, d.fields[s.field].json(v))
		}
		if s.list {
			add(s.name, "["+strings.Join(values, " ,\n")+"]")
		} else {
			add(s.name, values[0])
		}
	}
	for _, property := range boundProperties {
		var values []string
		for _, b := range c.bounds[property] {
			text := b.text
			if b.number == "" {
				text = asJSON(b.text)
			}
			values = append(values, asJSON(d.fields[b.field].name)+": "+text)
		}
		if values != nil || rapid.IntRange(0, 9).Draw(t, "empty bounds") == 0 {
			add(property, "{"+strings.Join(values, ",")+"}")
		}
	}
	for property, fields := range map[string][]int{"missing": c.missing, "present": c.present} {
		if fields != nil {
			add(property, d.list(fields))
		}
	}
	for _, property := range textProperties {
		var values []string
		for _, m := range c.texts[property] {
			text := asJSON(m.any)
			if !m.list {
				text = asJSON(m.any[0])
			}
			values = append(values, asJSON(d.fields[m.field].name)+": "+text)
		}
		if values != nil {
			add(property, "{"+strings.Join(values, ",")+"}")
		}
	}
	if c.any != nil {
		var list []string
		for _, alternative := range c.any {
			list = append(list, alternative.write(t, d))
		}
		add("any", "["+strings.Join(list, ",")+"]")
	}
	if c.not != nil {
		add("not", c.not.write(t, d))
	}
	slices.Sort(members) // for draws to be the same again
	return members
}

func (c *madeCondition) write(t *rapid.T, d *madeDataset) string {
	return "{" + strings.Join(c.members(t, d), ", ") + "}"
}

// parameters writes the condition as the parameters of a URL, within says of which
// property; it reports false where these cannot say it.
func (c *madeCondition) parameters(d *madeDataset, within string) (parts []string, ok bool) {
	add := func(value string, path ...string) {
		if within != "" {
			path = append([]string{within}, path...)
		}
		name := path[0]
		for _, key := range path[1:] {
			name += "[" + key + "]"
		}
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	for _, s := range c.selections {
		f := &d.fields[s.field]
		for _, v := range s.values {
			if v.null {
				add("null", s.name)
			} else {
				add(inURL(f.flat(v)), s.name)
			}
		}
	}
	for _, property := range boundProperties {
		for _, b := range c.bounds[property] {
			add(inURL(b.text), property, d.fields[b.field].name)
		}
	}
	for _, f := range c.missing {
		add(inURL(d.fields[f].name), "missing")
	}
	for _, f := range c.present {
		add(inURL(d.fields[f].name), "present")
	}
	for _, property := range textProperties {
		for _, m := range c.texts[property] {
			for _, text := range m.any {
				add(inURL(text), property, d.fields[m.field].name)
			}
		}
	}
	if c.any != nil || c.not != nil && within != "" {
		return nil, false
	}
	if c.not == nil {
		return parts, true
	}
	not, ok := c.not.parameters(d, "not")
	return append(parts, not...), ok && not != nil
}

// crossed returns the pointers of the bounds above which values lie that are
// above one up to which they do.
func (r *reference) crossed(c *madeCondition) []string {
	var crossed []string
	for f := range r.fields {
		of := func(property string) *madeBound {
			i := slices.IndexFunc(c.bounds[property], func(b madeBound) bool { return b.field == f })
			if i < 0 {
				return nil
			}
			return &c.bounds[property][i]
		}
		for _, property := range []string{"lower", "above"} {
			b, upper, below := of(property), of("upper"), of("below")
			if b != nil && (upper != nil && b.above(upper, &r.fields[f]) || below != nil && b.above(below, &r.fields[f])) {
				crossed = append(crossed, "/"+property+"/"+escaped(r.fields[f].name))
				break
			}
		}
	}
	return crossed
}

// picks reports whether the row meets the condition.
func (r *reference) picks(c *madeCondition, row []cell) bool {
	for _, s := range c.selections {
		f := &r.fields[s.field]
		if !slices.ContainsFunc(s.values, func(c cell) bool { return f.compare(c, row[s.field]) == 0 }) {
			return false
		}
	}
	meets := map[string]func(side int) bool{
		"lower": func(side int) bool { return side >= 0 }, "above": func(side int) bool { return side > 0 },
		"upper": func(side int) bool { return side <= 0 }, "below": func(side int) bool { return side < 0 },
	}
	for property, bounds := range c.bounds {
		for _, b := range bounds {
			if v := row[b.field]; v.null || !meets[property](b.beside(&r.fields[b.field], v)) {
				return false
			}
		}
	}
	for _, f := range c.missing {
		if !row[f].null {
			return false
		}
	}
	for _, f := range c.present {
		if row[f].null {
			return false
		}
	}
	for property, matches := range c.texts {
		for _, m := range matches {
			found := func(part string) bool { return findsFolded(row[m.field].s, part, property == "starts_with") }
			if row[m.field].null || !slices.ContainsFunc(m.any, found) {
				return false
			}
		}
	}
	if c.any != nil && !slices.ContainsFunc(c.any, func(a *madeCondition) bool { return r.picks(a, row) }) {
		return false
	}
	return c.not == nil || !r.picks(c.not, row)
}

// findsFolded reports whether the part is in the text, or at its start, where
// package strings finds each of its letters equal in either case.
func findsFolded(text, part string, start bool) bool {
	n := utf8.RuneCountInString(part)
	runes := []rune(text)
	for from := 0; from+n <= len(runes) && !(start && from > 0); from++ {
		if strings.EqualFold(string(runes[from:from+n]), part) {
			return true
		}
	}
	return false
}

// zero reports whether the number is 0 as a float64.
func zero(number string) bool {
	f, _ := strconv.ParseFloat(number, 64)
	return f == 0
}

// above reports whether the bound is above the other one.
func (b *madeBound) above(upper *madeBound, f *madeField) bool {
	switch f.kind {
	case datasets.Number:
		limit, _ := strconv.ParseFloat(b.number, 64)
		return upper.beside(f, cell{f: limit}) > 0
	case datasets.Integer:
		return exactly(b.number).Cmp(exactly(upper.number)) > 0
	default:
		return f.compare(b.value, upper.value) > 0
	}
}

func exactly(number string) *big.Rat {
	r, _ := new(big.Rat).SetString(number)
	return r
}
