package page

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
)

// tableView is the table of rows, with what stands above and below it.
type tableView struct {
	Error   string
	None    bool   // the dataset offers no rows
	Version string // of the rows; "" where it is unknown
	Older   bool   // the rows go on in a version that was replaced
	Chips   []chip // the conditions
	Clear   string // URL without any filter; "" where there is none
	Total   int64  // rows that are selected; negative where it is not known
	All     int64  // rows of the dataset; negative where it is not known
	From    int64  // number of the first row shown, from 1; 0 where it is not known
	To      int64
	Past    bool // there are rows, but all of them on pages before this one
	Columns []column
	Rows    [][]cell
	// First, Prev and Next are URLs of pages; "" where there is none.
	First, Prev, Next string
}

// chip is a condition as words, and the URL of the page without it.
type chip struct{ Text, Remove string }

// column is the head of a column.
type column struct {
	field
	Sort   string // ascending, descending or none
	URL    string // of the page sorted by it, or no longer
	Sketch string // URL of a small picture of its distribution; "" where there is none
}

// field is a field as the page names it.
type field struct {
	Name, Label, Unit, Type, Description string
	Numeric                              bool
}

func newField(f *datasets.Field) field {
	label := f.Title
	if label == "" {
		label = strings.ReplaceAll(f.Name, ".", " › ")
	}
	return field{f.Name, label, f.Unit, f.Type.String(), f.Description, f.Type == datasets.Number || f.Type == datasets.Integer}
}

// cell is a value in a table.
type cell struct {
	Text    string
	Null    bool
	Numeric bool
	URL     string // of the page with the rows that it stands for; "" if there is none
}

// newCell returns a value as it is shown: text as it is, a number as the API
// writes it.
func newCell(v any) cell {
	switch v := v.(type) {
	case nil:
		return cell{Null: true}
	case json.Number:
		return cell{Text: v.String(), Numeric: true}
	case bool:
		return cell{Text: strconv.FormatBool(v)}
	case string:
		return cell{Text: v}
	default:
		text, _ := json.Marshal(v)
		return cell{Text: string(text)}
	}
}

// perPage is how many rows the table has.
const perPage = 25

// table asks for the rows.
func (b *builder) table(ctx context.Context) tableView {
	s := b.state
	v := tableView{Total: -1, All: b.info.Rows, Chips: b.chips()}
	filter := func(p param) bool { return s.condition(p.name) && p.name != "version" } // which selects among all rows
	if slices.ContainsFunc(s.params, filter) {
		v.Clear = s.first().but(filter).link("")
	}
	if v.None = !b.offers("range"); v.None {
		return v
	}
	v.Columns = b.columns()
	size, _ := strconv.ParseInt(atMost(s.dataset, perPage), 10, 64)
	settings := []param{{"per_page", strconv.FormatInt(size, 10)}}
	for _, p := range s.params {
		if p.name == "sort" || p.name == "page" || p.name == "after" || p.name == "fields" {
			settings = append(settings, p)
		}
	}
	if s.get("fields") == "" && len(v.Columns) < len(s.dataset.Fields) {
		for _, c := range v.Columns {
			settings = append(settings, param{"fields", c.Name})
		}
	}
	a, err := b.ask(ctx, "range", s.conditions(), true, settings...)
	if err != nil {
		v.Error = b.texts.words(err)
		if s.get("after") != "" || s.get("page") != "" {
			v.First = s.first().link("") // where the token is of another query, or too old
		}
		return v
	}
	v.Total, v.Version = a.total, a.version
	if v.Older = s.get("after") != "" && v.Version != b.info.Version; v.Older {
		v.All = -1
	}
	for _, r := range a.records {
		row := make([]cell, len(v.Columns))
		for i, c := range v.Columns {
			row[i] = newCell(r.value(c.Name))
			row[i].Numeric = c.Numeric // a null stands where a number would
		}
		v.Rows = append(v.Rows, row)
	}
	b.pages(&v, a, size)
	return v
}

// pages sets the links to the pages around this one. Going on is by the token; the
// page before is one by number, which view[from] lets us know.
func (b *builder) pages(v *tableView, a *answer, size int64) {
	s := b.state
	before := int64(0) // rows before the first
	if n, err := strconv.ParseInt(s.get("page"), 10, 64); err == nil && n > 0 && n < 1<<40 {
		before = (n - 1) * size
	} else if s.get("after") != "" {
		before = -1
		if n, err := strconv.ParseInt(s.get("view[from]"), 10, 64); err == nil && n > 0 && n < 1<<53 {
			before = n
		}
	}
	switch n := int64(len(a.records)); {
	case n == 0 && before != 0 && v.Total != 0:
		v.Past = true
		if v.Total > 0 {
			before = v.Total
		}
	case n > 0 && before >= 0:
		v.From, v.To = before+1, before+n
	}
	if a.token != "" {
		next := s.first().with("after", a.token)
		if v.To > 0 {
			next = next.with("view[from]", strconv.FormatInt(v.To, 10))
		}
		v.Next = next.link("")
	}
	if before == 0 {
		return
	}
	v.First = s.first().link("")
	if before > 0 {
		if n := (before-1)/size + 1; n > 1 {
			v.Prev = s.first().with("page", strconv.FormatInt(n, 10)).link("")
		} else {
			v.Prev = v.First
		}
	}
}

// columns returns the heads of the table.
func (b *builder) columns() []column {
	s := b.state
	var heads []column
	sorted := s.get("sort")
	for _, i := range s.columns() {
		f := &s.dataset.Fields[i]
		c := column{field: newField(f), Sort: "none"}
		next := f.Name
		switch sorted {
		case f.Name:
			c.Sort, next = "ascending", "-"+f.Name
		case "-" + f.Name:
			c.Sort, next = "descending", ""
		}
		c.URL = s.first().with("sort", next).link("")
		if len(heads) < someSketches {
			c.Sketch = b.sketchURL(f, true)
		}
		heads = append(heads, c)
	}
	return heads
}

// someSketches is how many columns have a small distribution above them: each is
// a request.
const someSketches = 20

// chips says each condition in words.
func (b *builder) chips() []chip {
	s := b.state
	var chips []chip
	var denied []string // what not[…] says, which holds of no row together
	for _, p := range s.conditions() {
		switch {
		case p.name == "query" && s.nested() != nil:
			for _, m := range s.nested() {
				chips = append(chips, chip{strings.Join(b.memberWords(&m), b.texts.t("and")), s.first().withoutNested(m.Key).link("")})
			}
		case strings.HasPrefix(p.name, "not["):
			denied = append(denied, b.inWords(denial(p)))
		default:
			chips = append(chips, chip{b.inWords(p), s.first().toggle(p.name, p.value).link("")})
		}
	}
	if len(denied) > 0 {
		chips = append(chips, chip{b.texts.t("not", bracketed(denied, b.texts.t("and"))), s.first().but(func(p param) bool { return strings.HasPrefix(p.name, "not[") }).link("")})
	}
	return chips
}

// denial is the parameter within not[…].
func denial(p param) param {
	_, rest, _ := strings.Cut(p.name, "[")
	key := strings.TrimSuffix(rest, "]")
	return param{strings.Replace(key, "][", "[", 1) + closing(key), p.value}
}

// inWords says a condition.
func (b *builder) inWords(p param) string {
	value := p.value
	if strings.HasPrefix(value, `"`) {
		var text string
		if json.Unmarshal([]byte(value), &text) == nil {
			value = "“" + text + "”"
		}
	}
	if value == "null" {
		value = b.texts.t("missing")
	}
	if sel, ok := b.state.dataset.Selector(p.name); ok {
		return b.label(sel.Field) + ": " + value
	}
	object, rest, nested := strings.Cut(p.name, "[")
	key := strings.TrimSuffix(rest, "]")
	if nested && object == "not" {
		return b.texts.t("not", b.inWords(denial(p)))
	}
	name := key
	if i, ok := b.state.dataset.Field(key); ok {
		name = b.label(i)
	}
	switch {
	case nested && slices.Contains([]string{"lower", "upper", "above", "below", "contains", "starts_with"}, object):
		return b.texts.t("condition "+object, name, value)
	case p.name == "missing" || p.name == "present":
		if i, ok := b.state.dataset.Field(p.value); ok {
			value = b.label(i)
		}
		return b.texts.t("condition "+p.name, value)
	case p.name == "query":
		return b.texts.t("conditions in JSON")
	default:
		return p.name + " = " + value
	}
}

// closing is the bracket that the name of a parameter within not[…] lacks.
func closing(key string) string {
	if strings.Contains(key, "[") {
		return "]"
	}
	return ""
}

func (b *builder) label(i int) string { return newField(&b.state.dataset.Fields[i]).Label }
