package api

import (
	"context"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"herbarium/api/problem"
	"herbarium/api/tracing"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// operation answers the queries of one operation of one dataset.
type operation struct {
	server  *Server
	dataset *datasets.Dataset
	op      *datasets.Operation
}

// The media types that a body may have, as Accept-Query names them (RFC 10008).
var acceptQuery = []string{"application/json"}

// methodQuery is the safe method with a body (RFC 10008).
const methodQuery = "QUERY"

// operationMethods are the methods of every operation.
var operationMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost, methodQuery}

// ServeHTTP answers a query; w is an exchange.
func (o operation) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	x := w.(*exchange)
	if err := (endpoint{methods: operationMethods, serve: o.query, reads: true}).answer(x); err != nil {
		x.fail(o.server.explainMissing(x, o.dataset.Name, problem.Discreet(o.dataset, err)))
	}
}

func (o operation) query(x *exchange) error {
	x.Header()["Vary"] = o.server.vary
	n, err := o.negotiate(x.request)
	if err != nil {
		return err
	}
	span := x.begin(tracing.StepParse)
	q, equalGet, err := o.parse(x, n)
	x.parsed(span, q)
	if err != nil {
		return err
	}
	if !n.explain && n.format.File {
		q = q.Whole()
	}
	if n.explain {
		return o.explain(x, q)
	}
	if x.request.Method != http.MethodPost {
		if err := o.checkIfMatch(x, q, &n); err != nil {
			return err
		}
		if unchanged, err := o.notModified(x, q, n); unchanged || err != nil {
			return err
		}
	}
	return o.answer(x, q, n, equalGet)
}

// parse reads the query from the body or, by GET and HEAD, from the URL. For a
// QUERY, it returns the URL of the equal GET as well.
func (o operation) parse(x *exchange, n negotiation) (q *query.Query, equalGet string, err error) {
	if x.request.Method == http.MethodGet || x.request.Method == http.MethodHead {
		if x.request.ContentLength != 0 {
			return nil, "", &problem.Error{Code: problem.BodyOnGet, Detail: "a " + x.request.Method +
				" has its query in the URL, and its body would not be read; send the body with POST or QUERY", CloseConnection: true}
		}
		q, err = o.server.engine.ParseFlat(o.dataset, o.op, n.flat)
		return q, "", err
	}
	body, err := x.body()
	if err != nil {
		return nil, "", err
	}
	defer body.release()
	if err := x.awaitTurn(); err != nil {
		return nil, "", err
	}
	q, err = o.server.engine.Parse(o.dataset, o.op, body.bytes)
	if err == nil && x.request.Method == methodQuery {
		equalGet = o.equalGet(x, body.bytes)
	}
	return q, equalGet, err
}

// checkIfMatch refuses a query whose answer If-Match does not name. An answer
// that it names is sent without a coding, since the tag of a coded one is weak
// and never matches.
func (o operation) checkIfMatch(x *exchange, q *query.Query, n *negotiation) error {
	wanted := x.request.Header["If-Match"]
	switch {
	case wanted == nil:
		return o.checkUnmodified(x, q, n)
	case matchesAny(wanted):
		return nil
	}
	tag, err := o.server.engine.Tag(x.request.Context(), q, n.format.Format, "")
	if err != nil {
		return err
	}
	if matchesStrongly(wanted, `"`+tag+`"`) && !n.coding.required {
		n.coding = codingChoice{}
		return nil
	}
	detail := "no tag in If-Match is that of the current answer; leave the header out to get it"
	if namesWeakly(wanted) {
		detail += ", or with the tag of an answer that is not compressed: a weak one (W/) never matches here"
	}
	return &problem.Error{Code: problem.PreconditionFailed, Detail: detail}
}

// notModified answers 304 if the client already has the answer, coded or not,
// and reports whether it did.
func (o operation) notModified(x *exchange, q *query.Query, n negotiation) (bool, error) {
	known := x.request.Header["If-None-Match"]
	if known == nil {
		return o.notModifiedSince(x, q, n)
	}
	tag, coded, info, err := o.knownTag(x.request.Context(), q, n, known)
	if err == nil && tag == "" && q.After == nil && q.Version == "" {
		// The client may have the answer from a server that has seen a newer version. It must not
		// get an older one here.
		tag, coded, info, err = o.knownTag(engine.Anew(x.request.Context()), q, n, known)
	}
	if err != nil || tag == "" {
		return false, err
	}
	o.sendNotModified(x, q, tag, coded, &info)
	return true, nil
}

// sendNotModified answers 304 for the answer with that tag.
func (o operation) sendNotModified(x *exchange, q *query.Query, tag string, coded bool, info *engine.TableInfo) {
	h := x.Header()
	h["Etag"] = x.line(lineTag, entityTag(tag, coded))
	h["Cache-Control"] = o.cacheControl(x, q.Fingerprint)
	x.aged(info)
	x.WriteHeader(http.StatusNotModified)
}

// knownTag returns the tag of the current answer that the header names, whether it is that
// of coded bytes, and of which rows; "" for none.
func (o operation) knownTag(ctx context.Context, q *query.Query, n negotiation, known []string) (tag string, coded bool, info engine.TableInfo, err error) {
	codings := []string{""}
	if n.coding.coding != nil {
		codings = append(codings, n.coding.coding.Name)
	}
	for _, coding := range codings {
		tag, info, err = o.server.engine.TagOf(ctx, q, n.format.Format, coding)
		if err != nil {
			return "", false, info, err
		}
		if tag != "" && matches(known, `"`+tag+`"`) {
			return tag, coding != "", info, nil
		}
	}
	return "", false, info, nil
}

// entityTag writes a tag as ETag does. That of coded bytes is weak, since a
// coder may write the same in other bytes.
func entityTag(tag string, coded bool) string {
	if coded {
		return `W/"` + tag + `"`
	}
	return `"` + tag + `"`
}

func (o operation) explain(x *exchange, q *query.Query) error {
	explanation, err := o.server.engine.Explain(x.request.Context(), q)
	if err != nil {
		return err
	}
	// What kind of store it is, not where: hosts and folders are our own affair.
	explanation.Store, _, _ = strings.Cut(explanation.Store, ":")
	text, err := schemas.AppendJSON(nil, explanation)
	if err != nil {
		return err
	}
	x.Header()["Cache-Control"] = noStore
	return x.send(http.StatusOK, explanationType, text)
}

// answer streams the answer. An error before the first byte becomes a problem; a
// later one cuts the connection.
func (o operation) answer(x *exchange, q *query.Query, n negotiation, equalGet string) error {
	ctx := x.request.Context()
	ranged := wantsRange(x.request)
	if ranged && !n.coding.required {
		// Ranges are those of the bytes before coding: only their tag is strong.
		n.coding = codingChoice{}
	}
	find := o.server.engine.Answer
	if ranged || x.request.Method == http.MethodHead && (n.coding.coding == nil || n.format.Compressed) {
		find = o.server.engine.WholeAnswer
	}
	a, err := find(ctx, q, n.format.Format)
	if err != nil {
		return err
	}
	defer func() {
		_ = a.Close() // what was read is whole all the same
		x.record.answer = a
	}()
	if prefersCount(x.request.Header["Prefer"]) {
		if err := a.Count(ctx); err != nil {
			return err
		}
		x.Header()["Preference-Applied"] = []string{countExact}
	}
	o.setLinks(x, q, a, equalGet)
	c := n.codingFor(a)
	if c != nil {
		if err := a.Code(ctx, c.Coding); err != nil {
			return err
		}
	}
	if content := a.Content(); ranged && content != nil && c == nil && a.Tag != "" {
		o.header(x, a, n, c)
		return x.sendRange(content, a.Size)
	}
	if x.request.Method == http.MethodHead {
		o.header(x, a, n, c)
		x.WriteHeader(http.StatusOK)
		return nil
	}
	return o.stream(x, a, n, c)
}

// stream sends the answer chunk by chunk, after its header.
func (o operation) stream(x *exchange, a *engine.Answer, n negotiation, c *coding) error {
	ctx := x.request.Context()
	for first := true; ; first = false {
		chunk, err := a.Next(ctx)
		if err == io.EOF {
			if first {
				o.header(x, a, n, c)
				x.WriteHeader(http.StatusOK)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if first {
			o.header(x, a, n, c)
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

// codingFor returns the coding of an answer, or nil. An answer that is small, or
// that its format compresses, is coded only if the client takes nothing else.
func (n *negotiation) codingFor(a *engine.Answer) *coding {
	return n.codingOf(a.Size >= 0 && a.Size < minCoded)
}

// codingOf is codingFor of an answer that is small or not.
func (n *negotiation) codingOf(small bool) *coding {
	if !n.coding.required && (small || n.format.Compressed) {
		return nil
	}
	return n.coding.coding
}

// header sets the headers of the answer.
func (o operation) header(x *exchange, a *engine.Answer, n negotiation, c *coding) {
	h := x.Header()
	h["Content-Type"] = n.format.contentType
	h["Content-Disposition"] = []string{o.disposition(n)}
	if c != nil {
		h["Content-Encoding"] = c.header
	}
	if c == nil && takesRanges(x.request) {
		h["Accept-Ranges"] = acceptRanges(a.Ranges)
	}
	if a.Tag != "" {
		h["Etag"] = x.line(lineTag, entityTag(a.Tag, c != nil))
		h["Cache-Control"] = o.cacheControl(x, a.Fingerprint())
	} else {
		h["Cache-Control"] = noStore
	}
	info := a.Table()
	x.aged(&info)
	if a.Total >= 0 {
		h["X-Total-Count"] = []string{strconv.FormatInt(a.Total, 10)}
	}
	if a.Size >= 0 {
		h["Content-Length"] = x.line(lineLength, strconv.FormatInt(a.Size, 10))
	}
}

// disposition names the file in which an answer is saved, such as NAME.csv or
// NAME-mean.parquet (RFC 6266). Names of datasets and operations need no escapes.
func (o operation) disposition(n negotiation) string {
	kind := "inline"
	if n.attached {
		kind = "attachment"
	}
	name := o.dataset.Name
	if o.op != datasets.Range {
		name += "-" + path.Base(o.op.Path)
	}
	return kind + `; filename="` + name + "." + n.format.extension + `"`
}
