package openapi

import (
	"slices"
	"strconv"

	"herbarium/api/format"
	"herbarium/api/problem"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// operationPath describes the path of a dataset's operation, method by method.
func (d *described) operationPath(p *plan.Plan, version Version) object {
	answer, query := d.answerOf(p), d.queryOf(p)
	flat := d.flatParameters(p, query)
	about, needed := "The query; without one, or with {}, everything is asked for", p.Operation.TakesProperty("field")
	if needed {
		about = "The query, which names a field"
	}
	content := object{{"description", about}, {"content", object{{"application/json", object{
		{"schema", query},
		{"examples", d.bodyExamples(p)},
	}}}}}
	required := append(object{{"required", true}}, content...)
	if needed {
		content = required
	}
	body := member{"requestBody", content}
	path := object{
		{"get", d.operationMethod(p, "get", answer, flat)},
		{"head", d.operationMethod(p, "head", answer, flat)},
		{"post", append(d.operationMethod(p, "post", answer, nil), body)},
	}
	if version != V31 {
		// The method came with OpenAPI 3.2. It needs a body.
		body.Value = required
		path = append(path, member{"query", append(d.operationMethod(p, "query", answer, nil), body)})
	}
	return path
}

// methodSuffix ends the id of an operation's method, so that clients have a
// function for each. POST, which takes a query as it is and says most to a client
// with types, has the plain name.
func methodSuffix(method string) string {
	switch method {
	case "get":
		return "Get"
	case "head":
		return "Head"
	case "query":
		return "ByQuery"
	default:
		return ""
	}
}

// operationMethod describes one method, without its body.
func (d *described) operationMethod(p *plan.Plan, method string, schema object, parameters []object) object {
	words := p.Operation.WordsFor(p.Dataset)
	parameters = slices.Clone(parameters)
	names := []string{"X-Request-Id", "ETag", "Cache-Control", "Vary", "Accept-Query", "X-Total-Count", "Preference-Applied", "Link", "Content-Disposition"}
	if p.Operation.TakesProperty("after") {
		names = append(names, "X-Next-After")
	}
	if method != "post" {
		names = append(names, "Accept-Ranges")
	}
	common := []string{"X-Request-Id", "ETag", "Cache-Control", "Vary"}
	if p.Dataset.Refresh > 0 {
		names, common = append(names, "Age", "Last-Modified"), append(common, "Age", "Last-Modified")
	}
	answer := object{{"description", words.Answer}}
	answer = append(answer, member{"headers", headers(names...)})
	if method != "head" {
		answer = append(answer, member{"content", answerContent(schema)})
	}
	responses := object{{"200", answer}}
	if method == "get" || method == "query" {
		responses = append(responses, member{"206", object{
			{"description", "The range of the answer's bytes that Range asks for"},
			{"headers", headers(append(slices.Clone(common), "Accept-Ranges", "Content-Range")...)},
			{"content", rangeContent()},
		}})
		parameters = append(parameters,
			headerParameter("Range", "One range of the answer's bytes, such as bytes=0-99 or bytes=-8; several are ignored"),
			headerParameter("If-Range", "The ETag of the answer of which Range is meant; if it is another one now, all of it is sent"))
	}
	if method != "post" {
		responses = append(responses, member{"304", object{
			{"description", "The client has the answer already: If-None-Match names its ETag"},
			{"headers", headers(common...)},
		}})
		parameters = append(parameters,
			headerParameter("If-None-Match", "The ETag of an answer that the client has"),
			headerParameter("If-Match", "The ETag of the only answer that the client wants, which is one that is not compressed: weak tags never match"))
	}
	if p.Dataset.Refresh > 0 && (method == "get" || method == "head") {
		parameters = append(parameters, headerParameter("If-Modified-Since", "The Last-Modified of an answer that the client has, without If-None-Match"))
	}
	parameters = append(parameters, headerParameter("Prefer", "count=exact brings X-Total-Count even where it takes counting (RFC 7240)"))
	return object{
		{"operationId", d.ids.take(methodName(d.operationName(p)) + methodSuffix(method))},
		{"tags", []string{p.Dataset.Name}},
		{"summary", words.Summary},
		{"description", words.Description},
		{"parameters", append(parameters, formatParameter(),
			flagParameter("download", "true makes browsers save the answer in a file"),
			flagParameter("bom", "true begins CSV with a byte order mark, for Excel"),
			flagParameter("explain", "true answers with how the query would run, as "+ExplanationType+", and does not run it"))},
		{"responses", append(responses, problems(problem.Statuses()...)...)},
	}
}

// formatParameter describes the parameter format.
func formatParameter() object {
	return object{
		{"name", "format"},
		{"in", "query"},
		{"description", "The answer's format, instead of what Accept asks for"},
		{"schema", reference("schemas", formatSchemaName)},
	}
}

// flagParameter describes a parameter that is true or false.
func flagParameter(name, about string) object {
	return object{{"name", name}, {"in", "query"}, {"description", about}, {"schema", object{{"type", "boolean"}}}}
}

// headerParameter describes a header of requests.
func headerParameter(name, about string) object {
	return object{{"name", name}, {"in", "header"}, {"description", about}, {"schema", object{{"type", "string"}}}}
}

// rangeContent lists the media types of ranges. A part of an answer has no schema.
func rangeContent() object {
	var content object
	for _, f := range format.All() {
		content = append(content, member{f.MediaType, object{}})
	}
	return content
}

// answerContent lists the media types of answers. Only those in JSON have a schema
// here.
func answerContent(schema object) object {
	var content object
	for _, f := range format.All() {
		media := object{}
		if f.Name == format.JSON.Name {
			media = object{{"schema", schema}}
		}
		content = append(content, member{f.MediaType, media})
	}
	return append(content, member{ExplanationType, object{{"schema", reference("schemas", explanationName)}}})
}

// examplePage is the page size of an example.
const examplePage = 10

// bodyExamples returns queries that are valid for the operation: those of the
// dataset's query schema, else one of its first selector with an enum; then a
// first page. Each asks for a page, since it is read on a page for people.
func (d *described) bodyExamples(p *plan.Plan) object {
	page := member{"per_page", examplePageOf(p)}
	if needsField(p.Operation) {
		example := object{{"field", d.Fields[exampleField(d.Dataset, p.Operation)].Name}, page}
		body, _ := schemas.AppendJSON(nil, example) // texts and a number
		return object{{"first_page", object{{"summary", string(body)}, {"value", example}}}}
	}
	var own []any
	if written := keywordOf(d.query, "examples"); written != nil {
		own, _ = literal(written).([]any)
	}
	if own == nil {
		for _, selector := range d.Selectors {
			if enum := d.Fields[selector.Field].EnumValues(); len(enum) > 0 {
				own = []any{object{{selector.Name, []any{enum[0]}}}}
				break
			}
		}
	}
	for i, example := range own {
		if q, ok := example.(object); ok && q.Get("per_page") == nil {
			own[i] = append(slices.Clip(q), page)
		}
	}
	var examples object
	for i, example := range accepted(p, own) {
		body, _ := schemas.AppendJSON(nil, example) // it was written before
		examples = append(examples, member{"query_" + strconv.Itoa(i+1), object{{"summary", string(body)}, {"value", example}}})
	}
	return append(examples, member{"first_page", object{{"summary", "The first page"}, {"value", object{page}}}})
}

// examplePageOf returns the page size of an operation's examples.
func examplePageOf(p *plan.Plan) int64 {
	if _, largest := p.Dataset.PageOf(p.Operation); largest > 0 {
		return min(examplePage, largest)
	}
	return examplePage
}

// accepted returns the queries that are valid for the operation, as the document
// describes them. The examples of a dataset's schema are for all operations.
func accepted(p *plan.Plan, queries []any) []any {
	kept := make([]any, 0, len(queries))
	for _, example := range queries {
		example = asPublished(p.Dataset, example)
		body, err := schemas.AppendJSON(nil, example)
		if err != nil {
			continue
		}
		if _, err := query.Parse(p.Dataset, p.Operation, body); err == nil {
			kept = append(kept, example)
		}
	}
	return kept
}
