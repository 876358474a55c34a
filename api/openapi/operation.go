package openapi

import (
	"strconv"
	"strings"

	"herbarium/api/format"
	"herbarium/api/problem"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// operationName names an operation among the document's operations and
// schemas. A dataset's name has no dot.
func operationName(p *plan.Plan) string {
	return p.Dataset.Name + "." + strings.ReplaceAll(p.Operation.Path, "/", ".")
}

// operationPath describes the path of a dataset's operation, method by method;
// query is the schema of the dataset's queries.
func operationPath(p *plan.Plan, query object, version Version) object {
	get := operationMethod(p, "get", flatParameters(p, query))
	head := operationMethod(p, "head", flatParameters(p, query))
	post := operationMethod(p, "post", nil)
	body := member{"requestBody", object{
		{"description", "The query; without one, or with {}, everything is asked for"},
		{"content", object{{"application/json", object{
			{"schema", reference("schemas", queryName(p))},
			{"examples", bodyExamples(p, query)},
		}}}},
	}}
	path := object{{"get", get}, {"head", head}, {"post", append(post, body)}}
	if version != V31 {
		// The method came with OpenAPI 3.2. It needs a body.
		body.Value = append(object{{"required", true}}, body.Value.(object)...)
		path = append(path, member{"query", append(operationMethod(p, "query", nil), body)})
	}
	return path
}

// operationMethod describes one method, without its body.
func operationMethod(p *plan.Plan, method string, parameters []object) object {
	words := p.Operation.WordsFor(p.Dataset)
	id := operationName(p)
	names := []string{"X-Request-Id", "ETag", "Cache-Control", "Vary", "Accept-Query", "X-Total-Count", "Preference-Applied", "Link", "Content-Disposition"}
	if p.Operation.TakesProperty("after") {
		names = append(names, "X-Next-After")
	}
	if method != "post" {
		names = append(names, "Accept-Ranges")
	}
	answer := object{{"description", words.Answer}}
	answer = append(answer, member{"headers", headers(names...)})
	if method != "head" {
		answer = append(answer, member{"content", answerContent(operationName(p))})
	}
	if method != "post" {
		id += "." + method
	}
	responses := object{{"200", answer}}
	if method == "get" || method == "query" {
		responses = append(responses, member{"206", object{
			{"description", "The range of the answer's bytes that Range asks for"},
			{"headers", headers("X-Request-Id", "ETag", "Cache-Control", "Vary", "Accept-Ranges", "Content-Range")},
			{"content", rangeContent()},
		}})
		parameters = append(parameters,
			object{{"name", "Range"}, {"in", "header"},
				{"description", "One range of the answer's bytes, such as bytes=0-99 or bytes=-8; several are ignored"}, {"schema", object{{"type", "string"}}}},
			object{{"name", "If-Range"}, {"in", "header"},
				{"description", "The ETag of the answer of which Range is meant; if it is another one now, all of it is sent"}, {"schema", object{{"type", "string"}}}})
	}
	if method != "post" {
		responses = append(responses, member{"304", object{
			{"description", "The client has the answer already: If-None-Match names its ETag"},
			{"headers", headers("X-Request-Id", "ETag", "Cache-Control", "Vary")},
		}})
		parameters = append(parameters,
			object{{"name", "If-None-Match"}, {"in", "header"},
				{"description", "The ETag of an answer that the client has"}, {"schema", object{{"type", "string"}}}},
			object{{"name", "If-Match"}, {"in", "header"},
				{"description", "The ETag of the only answer that the client wants, which is one that is not compressed: weak tags never match"}, {"schema", object{{"type", "string"}}}})
	}
	parameters = append(parameters, object{{"name", "Prefer"}, {"in", "header"},
		{"description", "count=exact brings X-Total-Count even where it takes counting (RFC 7240)"}, {"schema", object{{"type", "string"}}}})
	return object{
		{"operationId", id},
		{"tags", []string{p.Dataset.Name}},
		{"summary", words.Summary},
		{"description", words.Description + aboutExplain},
		{"parameters", append(parameters, formatParameter(), downloadParameter(), markParameter())},
		{"responses", append(responses, problems(problem.Statuses()...)...)},
	}
}

// formatParameter describes the parameter format.
func formatParameter() object {
	var names []string
	for _, f := range format.All() {
		names = append(names, f.Name)
	}
	return object{
		{"name", "format"},
		{"in", "query"},
		{"description", "The answer's format, instead of what Accept asks for"},
		{"schema", object{{"type", "string"}, {"enum", names}}},
	}
}

// downloadParameter describes the parameter download.
func downloadParameter() object {
	return object{
		{"name", "download"},
		{"in", "query"},
		{"description", "true makes browsers save the answer in a file"},
		{"schema", object{{"type", "boolean"}}},
	}
}

// markParameter describes the parameter bom.
func markParameter() object {
	return object{
		{"name", "bom"},
		{"in", "query"},
		{"description", "true begins CSV with a byte order mark, for Excel"},
		{"schema", object{{"type", "boolean"}}},
	}
}

// rangeContent lists the media types of ranges. A part of an answer has no schema.
func rangeContent() object {
	var content object
	for _, f := range format.All() {
		content = append(content, member{f.MediaType, object{}})
	}
	return content
}

// answerContent lists the media types of answers. Only JSON has a schema here.
func answerContent(name string) object {
	var content object
	for _, f := range format.All() {
		media := object{}
		if f.Name == format.JSON.Name {
			media = object{{"schema", reference("schemas", name)}}
		}
		content = append(content, member{f.MediaType, media})
	}
	return content
}

// words are the texts that describe an operation.
const aboutExplain = " With `?explain=true` the answer is the plan, its pipeline and where it would run, instead."

// examplePage is the page size of an example.
const examplePage = 10

// bodyExamples returns queries that are valid for the operation: those of the
// dataset's query schema, else one of its first selector with an enum; then a
// first page.
func bodyExamples(p *plan.Plan, query object) object {
	ds := p.Dataset
	perPage := int64(examplePage)
	if ds.PageMax > 0 {
		perPage = min(perPage, ds.PageMax)
	}
	page := member{"per_page", perPage}
	own, _ := query.Get("examples").([]any)
	if own == nil {
		for _, selector := range ds.Selectors {
			if enum := ds.Fields[selector.Field].EnumValues(); len(enum) > 0 {
				own = []any{object{{selector.Name, enum[0]}, page}}
				break
			}
		}
	}
	var examples object
	for i, example := range accepted(p, own) {
		body, _ := schemas.AppendJSON(nil, example) // it was written before
		examples = append(examples, member{"query_" + strconv.Itoa(i+1), object{{"summary", string(body)}, {"value", example}}})
	}
	return append(examples, member{"first_page", object{{"summary", "The first page"}, {"value", object{page}}}})
}

// accepted returns the queries that are valid for the operation. The examples of
// a dataset's schema are for all operations.
func accepted(p *plan.Plan, queries []any) []any {
	kept := make([]any, 0, len(queries))
	for _, example := range queries {
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
