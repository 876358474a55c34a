package openapi

import (
	"strconv"
	"strings"

	"herbarium/api/format"
	"herbarium/api/problem"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/schemas"
)

// operationName names an operation among the document's operations and
// schemas. A dataset's name has no dot.
func operationName(plan *engine.Plan) string {
	return plan.Dataset.Name + "." + strings.ReplaceAll(string(plan.Operation), "/", ".")
}

// operationPath describes the path of a dataset's operation, method by method;
// query is the schema of the dataset's queries.
func operationPath(plan *engine.Plan, query object, version Version) object {
	get := operationMethod(plan, "get", flatParameters(plan, query))
	head := operationMethod(plan, "head", flatParameters(plan, query))
	post := operationMethod(plan, "post", nil)
	body := member{"requestBody", object{
		{"description", "The query; without one, or with {}, everything is asked for"},
		{"content", object{{"application/json", object{
			{"schema", reference("schemas", queryName(plan))},
			{"examples", bodyExamples(plan, query)},
		}}}},
	}}
	path := object{{"get", get}, {"head", head}, {"post", append(post, body)}}
	if version != V31 {
		// The method came with OpenAPI 3.2. It needs a body.
		body.Value = append(object{{"required", true}}, body.Value.(object)...)
		path = append(path, member{"query", append(operationMethod(plan, "query", nil), body)})
	}
	return path
}

// operationMethod describes one method, without its body.
func operationMethod(plan *engine.Plan, method string, parameters []object) object {
	words := wordsOf(plan)
	id := operationName(plan)
	names := []string{"X-Request-Id", "ETag", "Cache-Control", "Vary", "Accept-Query", "X-Total-Count", "Preference-Applied", "Link"}
	if plan.Operation == datasets.Range {
		names = append(names, "X-Next-After")
	}
	answer := object{{"description", words.answer}}
	if method == "query" {
		names = append(names, "Location")
	}
	answer = append(answer, member{"headers", headers(names...)})
	if method != "head" {
		answer = append(answer, member{"content", answerContent(operationName(plan))})
	}
	if method != "post" {
		id += "." + method
	}
	responses := object{{"200", answer}}
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
		{"tags", []string{plan.Dataset.Name}},
		{"summary", words.summary},
		{"description", words.description},
		{"parameters", append(parameters, formatParameter())},
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
type words struct{ summary, description, answer string }

func wordsOf(plan *engine.Plan) words {
	const explain = " With `?explain=true` the answer is the plan, its pipeline and where it would run, instead."
	title := plan.Dataset.Label()
	if plan.Operation == datasets.Range {
		return words{
			summary:     "Rows of " + title,
			description: "The rows that the query picks, in load order." + explain,
			answer:      "The rows; [] where none is picked",
		}
	}
	by, order := "", ""
	if len(plan.GroupBy) > 0 {
		names := make([]string, len(plan.GroupBy))
		for i, f := range plan.GroupBy {
			names[i] = plan.Dataset.Fields[f].Name
		}
		by = " by " + strings.Join(names, ", ")
		order = ", in ascending order of " + strings.Join(names, ", ") + ", null first"
	}
	return words{
		summary: "Means of " + title + by,
		description: "The means" + by + " of the rows that the query picks" + order + ". Pages count groups. " +
			"`fields` names the fields whose means come back." + explain,
		answer: "The means; [] where no row is picked, null where no picked row has a value",
	}
}

// examplePage is the page size of an example.
const examplePage = 10

// bodyExamples returns queries that are valid for the operation: those of the
// dataset's query schema, else one of its first selector with an enum; then a
// first page.
func bodyExamples(plan *engine.Plan, query object) object {
	ds := plan.Dataset
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
	for i, example := range accepted(plan, own) {
		body, _ := schemas.AppendJSON(nil, example) // it was written before
		examples = append(examples, member{"query_" + strconv.Itoa(i+1), object{{"summary", string(body)}, {"value", example}}})
	}
	return append(examples, member{"first_page", object{{"summary", "The first page"}, {"value", object{page}}}})
}

// accepted returns the queries that are valid for the operation. The examples of
// a dataset's schema are for all operations.
func accepted(plan *engine.Plan, queries []any) []any {
	kept := make([]any, 0, len(queries))
	for _, query := range queries {
		body, err := schemas.AppendJSON(nil, query)
		if err != nil {
			continue
		}
		if _, err := engine.ParseQuery(plan.Dataset, plan.Operation, body); err == nil {
			kept = append(kept, query)
		}
	}
	return kept
}
