package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"herbarium/api/format"
	"herbarium/api/problem"
	"herbarium/schemas"
)

// negotiation is what a request asks for beside its query: the format and the
// coding of the answer, or an explanation.
type negotiation struct {
	format  *servedFormat
	coding  codingChoice
	explain bool
	// attached says that a browser should save the answer, not show it.
	attached bool
	flat     string // the query, by GET and HEAD: all other parameters
}

// negotiate reads the URL's parameters, Accept and Accept-Encoding.
func (o operation) negotiate(r *http.Request) (negotiation, error) {
	var n negotiation
	name, named, marked := "", false, false
	if r.URL.RawQuery != "" {
		own, others := splitParameters(r.URL.RawQuery)
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			n.flat, others = others, ""
		}
		values, err := url.ParseQuery(strings.Trim(own+"&"+others, "&"))
		if err != nil {
			return n, &problem.Error{Code: problem.MalformedURL, Detail: "the URL's parameters are malformed: " + err.Error()}
		}
		if violations := checkParameters(values); violations != nil {
			return n, &problem.Error{Code: problem.InvalidQuery, Detail: "the URL's parameters are not valid", Violations: violations}
		}
		name, named = values.Get("format"), values.Has("format")
		n.explain, _ = boolean(values.Get("explain"))
		n.attached, _ = boolean(values.Get("download"))
		n.attached = n.attached || values.Has("download") && values.Get("download") == ""
		marked, _ = boolean(values.Get("bom"))
	}
	var err error
	if named {
		n.format, err = o.server.formatNamed(name)
	} else {
		n.format, err = o.server.negotiateFormat(r.Header["Accept"])
	}
	if err == nil && marked {
		if n.format.Name != format.CSV.Name {
			return n, &problem.Error{Code: problem.InvalidQuery, Detail: "the URL's parameters are not valid", Violations: []schemas.Violation{{
				Pointer: "/bom", Code: schemas.Refused, Detail: "a byte order mark belongs to CSV alone; ask with format=csv"}}}
		}
		n.format = &csvWithMark
	}
	if n.explain && !named {
		// An explanation is JSON, whatever format the answer would have had.
		err = nil
	}
	if err == nil && !n.explain {
		n.coding, err = o.server.negotiateCoding(r.Header["Accept-Encoding"])
	}
	return n, err
}

// ownParameters are the parameters that are not the query's.
var ownParameters = []string{"format", "explain", "download", "bom"}

// splitParameters splits a URL's query into our own parameters and the others,
// each as they are written.
func splitParameters(rawQuery string) (own, others string) {
	var parts [2]strings.Builder
	for pair := range strings.SplitSeq(rawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		to := &parts[1]
		if slices.Contains(ownParameters, name) {
			to = &parts[0]
		}
		if to.Len() > 0 {
			to.WriteByte('&')
		}
		to.WriteString(pair)
	}
	return parts[0].String(), parts[1].String()
}

// checkParameters returns what is wrong with the parameters that are not the
// query's. An unknown one is refused, since the client probably believes that it
// selects rows.
func checkParameters(values url.Values) []schemas.Violation {
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	var violations []schemas.Violation
	for _, name := range names {
		refused := func(code schemas.Code, detail string) {
			violations = append(violations, schemas.Violation{Pointer: schemas.Key("", name), Code: code, Detail: detail})
		}
		switch {
		case !slices.Contains(ownParameters, name):
			refused(schemas.UnknownProperty, "there is no URL parameter "+schemas.Quote(name)+
				suggestion(name, ownParameters, schemas.List(ownParameters))+"; the query goes in the body, as JSON")
		case len(values[name]) > 1:
			refused(schemas.DuplicateKey, "the URL parameter "+name+" is given more than once")
		case name == "download" && values.Get(name) == "":
		case name != "format":
			if _, ok := boolean(values.Get(name)); !ok {
				refused(schemas.WrongType, "must be true or false, not "+schemas.Quote(values.Get(name)))
			}
		}
	}
	return violations
}

// boolean reads a boolean of a URL, which may be in any case, as that of a query.
func boolean(text string) (value, ok bool) {
	value = strings.EqualFold(text, "true")
	return value, value || strings.EqualFold(text, "false")
}
