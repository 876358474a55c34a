package api

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// operation answers the queries of one operation of one dataset.
type operation struct {
	server  *Server
	dataset *datasets.Dataset
	name    datasets.Operation
}

// ServeHTTP answers a query; w is an exchange.
func (o operation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	var err error
	if r.Method == http.MethodPost {
		err = o.query(x)
	} else {
		err = endpoint{methods: []string{http.MethodPost}}.answer(x)
	}
	if err != nil {
		x.fail(err)
	}
}

// wish is what an operation's URL asks for beside the query.
type wish struct {
	format  *format
	coding  codingWish
	explain bool
}

func (o operation) query(x *exchange) error {
	x.Header()["Vary"] = o.server.vary
	wish, err := o.wish(x.request)
	if err != nil {
		return err
	}
	body, err := x.body()
	if err != nil {
		return err
	}
	q, err := o.server.engine.Parse(o.dataset, o.name, body.bytes)
	body.release()
	if err != nil {
		return err
	}
	if wish.explain {
		return o.explain(x, q)
	}
	return o.answer(x, q, wish)
}

// wish reads the URL's parameters and Accept.
func (o operation) wish(r *http.Request) (wish, error) {
	var w wish
	var name string
	if r.URL.RawQuery != "" {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return w, &problem{code: codeMalformedURL, detail: "the URL's parameters are malformed: " + err.Error()}
		}
		if violations := o.refuse(values); violations != nil {
			return w, &problem{code: codeInvalidQuery, detail: "the URL's parameters are not valid", violations: violations}
		}
		name = values.Get("format")
		w.explain = values.Get("explain") == "true"
	}
	var err error
	w.format, err = o.server.negotiate(name, r.Header["Accept"])
	if w.explain && name == "" {
		// An explanation is JSON, whatever format the answer would have had.
		err = nil
	}
	if err == nil && !w.explain {
		w.coding, err = o.server.negotiateCoding(r.Header["Accept-Encoding"])
	}
	return w, err
}

// refuse returns what is wrong with an operation's URL parameters. An unknown
// one is refused: whoever sends it believes that it picks rows.
func (o operation) refuse(values url.Values) []schemas.Violation {
	allowed := []string{"format", "explain"}
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
		case !slices.Contains(allowed, name):
			refused(schemas.UnknownProperty, "there is no URL parameter "+quote(name)+
				instead(name, allowed, list(allowed))+"; the query goes in the body, as JSON")
		case len(values[name]) > 1:
			refused(schemas.DuplicateKey, "the URL parameter "+name+" stands here more than once")
		case name == "explain" && values.Get(name) != "true" && values.Get(name) != "false":
			refused(schemas.WrongType, "true or false belongs here, not "+quote(values.Get(name)))
		}
	}
	return violations
}

func (o operation) explain(x *exchange, q *engine.Query) error {
	explanation, err := o.server.engine.Explain(x.request.Context(), q, o.name)
	if err != nil {
		return err
	}
	text, err := encode(explanation)
	if err != nil {
		return err
	}
	x.Header()["Cache-Control"] = noStore
	return x.send(http.StatusOK, jsonType, text)
}

// answer streams the answer. An error before the first byte is told; a later
// one cuts the connection.
func (o operation) answer(x *exchange, q *engine.Query, wish wish) error {
	ctx := x.request.Context()
	a, err := o.server.engine.Answer(ctx, q, o.name, wish.format.Format)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }() // what was read is whole all the same
	c := wish.codingFor(a)
	if c != nil {
		if err := a.Code(ctx, c.Coding); err != nil {
			return err
		}
	}
	for first := true; ; first = false {
		chunk, err := a.Next(ctx)
		if err == io.EOF {
			if first {
				header(x, a, wish.format, c)
				x.WriteHeader(http.StatusOK)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if first {
			header(x, a, wish.format, c)
		}
		if _, err := x.Write(chunk); err != nil {
			return err
		}
		if first && a.Size < 0 {
			// Later chunks push one another out; the first must not wait.
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
}

// codingFor returns the coding of an answer, nil for none: one that is small,
// or compressed by its format, is coded only where nothing else is taken.
func (w *wish) codingFor(a *engine.Answer) *coding {
	small := a.Size >= 0 && a.Size < codedFrom
	if !w.coding.always && (small || w.format.Compressed) {
		return nil
	}
	return w.coding.coding
}

func header(x *exchange, a *engine.Answer, f *format, c *coding) {
	h := x.Header()
	h["Content-Type"] = f.contentType
	quote := `"`
	if c != nil {
		h["Content-Encoding"] = c.header
		quote = `W/"`
	}
	if a.Tag != "" {
		h["Etag"] = x.line(lineTag, quote+a.Tag+`"`)
		h["Cache-Control"] = noCache
	} else {
		h["Cache-Control"] = noStore
	}
	if a.Size >= 0 {
		h["Content-Length"] = x.line(lineLength, strconv.FormatInt(a.Size, 10))
	}
}
