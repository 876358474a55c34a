package page

import (
	"net/url"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// state is what a page's URL says: the API's parameters in the flat form, and the
// page's own, which are written chart[…], view[…] and find[…] so that none can be
// a property of a query. A state is immutable; its methods return changed copies.
type state struct {
	dataset *datasets.Dataset
	path    string // of the dataset's page, as the client sees it
	params  []param
}

// param is a parameter of a URL, decoded.
type param struct{ name, value string }

// parseState reads a URL's query. Forms send fields that were left empty; they
// say nothing and are left out. An empty text is written "" in quotes. tidy
// reports whether nothing was left out.
func parseState(ds *datasets.Dataset, path, rawQuery string) (s *state, tidy bool) {
	s = &state{dataset: ds, path: path}
	tidy = true
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err != nil || err2 != nil {
			name, value = rawName, rawValue // which the API refuses
		}
		switch {
		case value == "" || slices.Contains(s.params, param{name, value}):
			tidy = false
		case name == "query" && s.get("query") == "":
			flat, rest := splitQuery(value)
			tidy = tidy && flat == nil && rest != ""
			for _, p := range append(flat, param{"query", rest}) {
				if p.value != "" && !slices.Contains(s.params, p) {
					s.params = append(s.params, p)
				}
			}
		default:
			s.params = append(s.params, param{name, value})
		}
	}
	if shown := s.all("fields"); len(shown) > 0 && slices.Equal(shown, s.defaultColumns()) {
		s, tidy = s.without("fields"), false
	}
	return s, tidy
}

// flatParams writes a JSON query as parameters; as one where it has no flat form.
func flatParams(body string) []param {
	flat := query.Flatten([]byte(body))
	if flat == "" {
		return []param{{"query", body}} // not JSON, or {}
	}
	var params []param
	for pair := range strings.SplitSeq(flat, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value) // Flatten wrote them
		switch p := (param{name, value}); {
		case slices.Contains(params, p) || p == param{"group_by", ""}: // which selects no rows
		case value == "":
			params = append(params, param{name, `""`})
		default:
			params = append(params, p)
		}
	}
	return params
}

// own reports whether a parameter is the page's.
func (s *state) own(name string) bool {
	if _, ok := s.dataset.Selector(name); ok {
		return false
	}
	return strings.HasPrefix(name, "chart[") || strings.HasPrefix(name, "view[") || strings.HasPrefix(name, "find[")
}

// settings are the API's parameters that select no rows.
var settings = []string{"sort", "fields", "page", "per_page", "after", "group_by", "measures", "field", "bins", "edges", "format"}

// condition reports whether a parameter selects rows.
func (s *state) condition(name string) bool {
	return !s.own(name) && !slices.Contains(settings, name) && !strings.HasPrefix(name, "measures[")
}

// conditions are the parameters that select rows.
func (s *state) conditions() []param {
	var found []param
	for _, p := range s.params {
		if s.condition(p.name) {
			found = append(found, p)
		}
	}
	return found
}

// get returns the first value of a parameter, or "".
func (s *state) get(name string) string {
	for _, p := range s.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// all returns the values of a parameter.
func (s *state) all(name string) []string {
	var values []string
	for _, p := range s.params {
		if p.name == name {
			values = append(values, p.value)
		}
	}
	return values
}

// has reports whether a parameter has the value.
func (s *state) has(name, value string) bool {
	return slices.Contains(s.params, param{name, value})
}

// but returns the state without the parameters that drop says.
func (s *state) but(drop func(p param) bool) *state {
	c := *s
	c.params = nil
	for _, p := range s.params {
		if !drop(p) {
			c.params = append(c.params, p)
		}
	}
	return &c
}

// without returns the state without the parameters of these names.
func (s *state) without(names ...string) *state {
	return s.but(func(p param) bool { return slices.Contains(names, p.name) })
}

// with returns the state with the parameter set to these values alone; those that
// are empty are left out.
func (s *state) with(name string, values ...string) *state {
	c := s.without(name)
	for _, v := range values {
		if v != "" {
			c.params = append(c.params, param{name, v})
		}
	}
	return c
}

// first returns the state on its first page of rows.
func (s *state) first() *state { return s.without("page", "after", "view[from]") }

// toggle returns the state with the value of a parameter added or removed.
func (s *state) toggle(name, value string) *state {
	if s.has(name, value) {
		return s.but(func(p param) bool { return p == param{name, value} })
	}
	c := s.but(func(param) bool { return false })
	c.params = append(c.params, param{name, value})
	return c
}

// query writes the state as a URL's query.
func (s *state) query() string { return encode(s.params) }

// encode writes parameters as a URL's query. Brackets and colons stay as they
// are, so that people can read it.
func encode(params []param) string {
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(readable.Replace(url.QueryEscape(p.name)))
		b.WriteByte('=')
		b.WriteString(readable.Replace(url.QueryEscape(p.value)))
	}
	return b.String()
}

var readable = strings.NewReplacer("%5B", "[", "%5D", "]", "%3A", ":", "%2C", ",", "%2A", "*")

// link returns the URL of the page in this state, or of what lies below it, such
// as /chart.svg.
func (s *state) link(below string) string {
	if q := s.query(); q != "" {
		return s.path + below + "?" + q
	}
	return s.path + below
}

// defaultColumns are the fields that the table shows unless the URL says which.
func (s *state) defaultColumns() []string {
	n := len(s.dataset.Fields)
	if n > maxColumns {
		n = someColumns
	}
	names := make([]string, n)
	for i := range names {
		names[i] = s.dataset.Fields[i].Name
	}
	return names
}

// The table shows all fields of a dataset of up to maxColumns, else someColumns.
const (
	maxColumns  = 20
	someColumns = 12
)

// columns are the indexes of the fields that the table shows, in their order. A
// name that is no field is left to the API to refuse.
func (s *state) columns() []int {
	asked := s.all("fields")
	if asked == nil {
		asked = s.defaultColumns()
	}
	var shown []int
	for i := range s.dataset.Fields {
		if slices.Contains(asked, s.dataset.Fields[i].Name) {
			shown = append(shown, i)
		}
	}
	return shown
}

// Name and Value are for templates.
func (p param) Name() string { return p.name }

// Value is the parameter's value.
func (p param) Value() string { return p.value }
