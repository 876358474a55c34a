package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"herbarium/api/problem"
	"herbarium/schemas"
)

// wish is what an operation's URL asks for.
type wish struct {
	format  *servedFormat
	coding  codingWish
	explain bool
	flat    string // the query, by GET and HEAD: all other parameters
}

// wish reads the URL's parameters and Accept.
func (o operation) wish(r *http.Request) (wish, error) {
	var w wish
	name, named := "", false
	if r.URL.RawQuery != "" {
		own, others := partParameters(r.URL.RawQuery)
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			w.flat, others = others, ""
		}
		values, err := url.ParseQuery(strings.Trim(own+"&"+others, "&"))
		if err != nil {
			return w, &problem.Error{Code: problem.MalformedURL, Detail: "the URL's parameters are malformed: " + err.Error()}
		}
		if violations := o.refuse(values); violations != nil {
			return w, &problem.Error{Code: problem.InvalidQuery, Detail: "the URL's parameters are not valid", Violations: violations}
		}
		name, named = values.Get("format"), values.Has("format")
		w.explain = values.Get("explain") == "true"
	}
	var err error
	if named {
		w.format, err = o.server.formatNamed(name)
	} else {
		w.format, err = o.server.negotiate(r.Header["Accept"])
	}
	if w.explain && !named {
		// An explanation is JSON, whatever format the answer would have had.
		err = nil
	}
	if err == nil && !w.explain {
		w.coding, err = o.server.negotiateCoding(r.Header["Accept-Encoding"])
	}
	return w, err
}

// ownParameters are those that are not the query's.
var ownParameters = []string{"format", "explain"}

// partParameters parts a URL's query into our own parameters and the others,
// each as they stand.
func partParameters(rawQuery string) (own, others string) {
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

// refuse returns what is wrong with the parameters that a request with a body
// may have. An unknown one is refused: whoever sends it believes that it picks
// rows.
func (o operation) refuse(values url.Values) []schemas.Violation {
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
				instead(name, ownParameters, schemas.List(ownParameters))+"; the query goes in the body, as JSON")
		case len(values[name]) > 1:
			refused(schemas.DuplicateKey, "the URL parameter "+name+" stands here more than once")
		case name == "explain" && values.Get(name) != "true" && values.Get(name) != "false":
			refused(schemas.WrongType, "true or false belongs here, not "+schemas.Quote(values.Get(name)))
		}
	}
	return violations
}
