package openapi

import (
	"net/http"
	"slices"

	"herbarium/api/format"
	"herbarium/api/status"
	"herbarium/datasets"
)

// servicePaths describes the paths that belong to no operation. If the document is
// not whole, they are only those of its datasets.
func servicePaths(all []*datasets.Dataset, whole bool) object {
	named := object{{"type", "string"}}
	if len(all) > 0 {
		names := make([]string, len(all))
		for i, ds := range all {
			names[i] = ds.Name
		}
		named = append(named, member{"enum", names})
	}
	one := []object{{{"name", "dataset"}, {"in", "path"}, {"required", true}, {"description", "A dataset's name"}, {"schema", named}}}
	about := object{
		{"/datasets/{dataset}", lookup{
			id: "getDataset", summary: "All about a dataset", parameters: one, schema: "Dataset", missing: http.StatusNotFound}.path()},
		{"/datasets/{dataset}/schema", lookup{
			id: "getDatasetSchema", summary: "The JSON Schema of a dataset's queries", parameters: append(one, object{
				{"name", "operation"}, {"in", "query"},
				{"description", "One of the dataset's operations, where the schema is to be that of its queries"}, {"schema", object{{"type", "string"}}}}), mediaType: "application/schema+json", missing: http.StatusNotFound}.path()},
		{"/datasets/{dataset}/versions", lookup{
			id: "getDatasetVersions", summary: "The versions of a dataset that queries can name, the newest first", parameters: one, schema: "Versions", missing: http.StatusNotFound, tagged: true}.path()},
	}
	if !whole {
		return about
	}
	return append(object{
		{"/datasets", lookup{id: "listDatasets", summary: "All datasets, in short", schema: "Datasets"}.path()},
	}, append(about, object{
		{"/healthz", lookup{id: "getHealth", summary: "Whether the process is alive", schema: "Health"}.path()},
		{"/readyz", lookup{id: "getReadiness", summary: "Whether the server can answer queries, and each dataset's state", schema: "Ready",
			missing: http.StatusServiceUnavailable}.path()},
	}...)...)
}

// lookup is a path with the methods GET and HEAD.
type lookup struct {
	id         string
	summary    string
	parameters []object
	mediaType  string // "" is JSON
	schema     string // the component that describes the answer; "" any object
	missing    int    // the status if there is nothing to return; 0 if there always is
	tagged     bool   // the answer has an ETag, which If-None-Match can name
}

func (l lookup) path() object {
	mediaType, schema := l.mediaType, object{{"type", "object"}}
	if mediaType == "" {
		mediaType = format.JSON.MediaType
	}
	if l.schema != "" {
		schema = reference("schemas", l.schema)
	}
	statuses := []int{http.StatusMethodNotAllowed, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if l.missing != 0 && l.missing != http.StatusServiceUnavailable {
		statuses = append([]int{l.missing}, statuses...)
	}
	names := []string{"X-Request-Id", "Cache-Control"}
	if l.tagged {
		names = append(names, "ETag")
		l.parameters = append(slices.Clip(l.parameters), headerParameter("If-None-Match", "The ETag of an answer that the client has"))
	}
	answer := object{{"description", l.summary}, {"headers", headers(names...)}}
	get := object{{"operationId", l.id}, {"tags", []string{serviceTag}}, {"summary", l.summary}}
	head := object{{"operationId", l.id + "Head"}, {"tags", []string{serviceTag}}, {"summary", l.summary + ": the headers alone"}}
	if l.parameters != nil {
		get, head = append(get, member{"parameters", l.parameters}), append(head, member{"parameters", l.parameters})
	}
	responses := object{{"200", append(answer[:len(answer):len(answer)], member{"content", object{{mediaType, object{{"schema", schema}}}}})}}
	if l.tagged {
		responses = append(responses, member{"304", object{
			{"description", "The client has the answer already: If-None-Match names its ETag"}, {"headers", headers(names...)}}})
	}
	get = append(get, member{"responses", append(responses, problems(statuses...)...)})
	head = append(head, member{"responses", object{
		{"200", answer},
		{"default", object{{"description", "What GET answers with, without its content"}, {"headers", headers("X-Request-Id")}}},
	}})
	return object{{"get", get}, {"head", head}}
}

// sharedSchemas describes the answers of the service and its problems.
func (o Options) sharedSchemas() object {
	text, list := object{{"type", "string"}}, object{{"type", "array"}, {"items", object{{"type", "string"}}}}
	named := object{{"type", "object"}, {"description", "The operations that the descriptor names"}, {"additionalProperties", reference("schemas", "NamedOperation")}}
	one := func(value string) object { return object{{"type", "string"}, {"enum", []string{value}}} }
	orNull := func(name, description string) object {
		return object{{"type", []string{name, "null"}}}.With("format", numberFormat(name)).With("description", description)
	}
	instant := func(description string) object {
		return object{{"type", []string{"string", "null"}}, {"format", "date-time"}, {"description", description}}
	}
	known := object{
		{"operations", list},
		{"rows", orNull("integer", "How many rows there are; null where it is not known")},
		{"version", orNull("string", "The name of the dataset's content; null where it has none")},
		{"links", object{{"type", "object"}, {"additionalProperties", text}}},
	}
	state := object{{"type", "string"}, {"enum", status.States()}}
	return object{
		{"Problem", problemSchema(o.codes())},
		{explanationName, explanationSchema()},
		{"Fault", faultSchema()},
		{"Readiness", record("Readiness", []string{"name", "state"}, object{{"name", text}, {"state", state}, {"error", text}})},
		{"Health", record("Health", []string{"status"}, object{{"status", one("ok")}})},
		{"Ready", record("Ready", []string{"status", "datasets"}, object{{"status", one(status.Ready)}, {"detail", object{{"type", "string"}}},
			{"datasets", object{{"type", "array"}, {"items", reference("schemas", "Readiness")}}}})},
		{"Datasets", record("Datasets", []string{"datasets"}, object{{"datasets", object{{"type", "array"}, {"items", reference("schemas", "Summary")}}}})},
		{"Summary", record("A dataset in short; of a descriptor that is wrong, only its name and the error", []string{"name"},
			append(object{{"name", text}, {"title", text}, {"error", text}}, known...))},
		{formatSchemaName, object{{"type", "string"}, {"enum", formatNames()}}},
		{"StatsFields", record("What statistics are of", []string{"fields", "group_by", "measures"}, object{{"fields", list}, {"group_by", list},
			{"measures", object{{"description", "The measures of fields, beside percentiles, by type"}, {"type", "object"}, {"additionalProperties", list}}}})},
		{"PageSizes", record("Page sizes", []string{"default", "max"}, object{
			{"default", orNull("integer", "per_page of a query for JSON that names neither page nor per_page; null: all rows")},
			{"max", orNull("integer", "The largest per_page; null: no limit")}})},
		{"Dataset", record("Dataset", []string{"name", "fields", "selectors", "bounds", "stats", "key", "page", "operations", "rows", "version", "links"}, append(object{
			{"name", text}, {"title", text}, {"description", text}, {"license", text}, {"source", text},
			{"fields", object{{"type", "array"}, {"items", reference("schemas", "Field")}}},
			{"selectors", object{{"type", "object"}, {"description", "The field of each selector"}, {"additionalProperties", text}}},
			{"bounds", list}, {"stats", reference("schemas", "StatsFields")}, {"key", list}, {"page", reference("schemas", "PageSizes")}, {"named", named},
			{"published", object{{"type", "string"}, {"format", "date-time"}, {"description", "When the version became the current one; left out where the store does not keep it"}}},
			{"read", object{{"type", "string"}, {"format", "date-time"}, {"description", "Of a copy of what something else than a load fills: when the reading of it began"}}},
			{"age_seconds", object{{"type", "number"}, {"format", "double"}, {"description", "How old that copy is"}}}}, known...))},
		{"Versions", record("The versions of a dataset", []string{"dataset", "fingerprint", "versions", "other_fields", "links"}, object{
			{"dataset", text}, {"fingerprint", object{{"type", "string"}, {"description", "Names the descriptor as it shapes answers now"}}},
			{"versions", object{{"type", "array"}, {"items", reference("schemas", "Version")}}},
			{"other_fields", object{{"type", "array"}, {"items", reference("schemas", "UnreadableVersion")},
				{"description", "What is kept as well, but cannot be asked, since it has other fields than the descriptor; the newest first"}}},
			{"links", object{{"type", "object"}, {"additionalProperties", text}}}})},
		{"Version", record("A version of a dataset; what is not known or not set is null", []string{"version", "pin", "rows", "published", "label", "current", "keep", "kept_until", "links"}, object{
			{"version", object{{"type", "string"}, {"description", "The name of the content"}}},
			{"pin", object{{"type", "string"}, {"description", "The value of version that names the descriptor, too; such an answer is immutable"}}},
			{"rows", orNull("integer", "How many rows it has")},
			{"published", instant("When it last became the current one")},
			{"label", orNull("string", "What a load called it")},
			{"current", object{{"type", "boolean"}, {"description", "Whether it is what queries read which name no version"}}},
			{"keep", orNull("string", "How long it stays once it was replaced: forever, a number of newer versions, a duration")},
			{"kept_until", instant("Until when it can be asked; null where no end is set")},
			{"links", object{{"type", "object"}, {"description", "Operations of this version"}, {"additionalProperties", text}}}})},
		{"UnreadableVersion", record("A version that queries cannot name; what is not known or not set is null", []string{"version", "rows", "published", "label", "keep", "kept_until"}, object{
			{"version", object{{"type", "string"}, {"description", "The name of the content"}}},
			{"rows", orNull("integer", "How many rows it has")},
			{"published", instant("When it last became the current one")},
			{"label", orNull("string", "What a load called it")},
			{"keep", orNull("string", "How long it stays once it was replaced: forever, a number of newer versions, a duration")},
			{"kept_until", instant("Until when it is kept; null where no end is set")}})},
		{"NamedOperation", record("An operation that a descriptor names", []string{"of", "preset", "takes", "page", "schema"}, object{
			{"title", text}, {"description", text}, {"of", object{{"type", "string"}, {"description", "The built-in operation that it is"}}},
			{"preset", object{{"type", "object"}, {"additionalProperties", true}, {"description", "The condition that always holds, as where, and the query properties that have a value unless a query gives another"}}},
			{"takes", object{{"type", "array"}, {"description", "What a query may say"}, {"items", text}}}, {"page", reference("schemas", "PageSizes")},
			{"schema", object{{"type", "string"}, {"description", "Where the JSON Schema of its queries is"}}}})},
		{"Field", record("Field", []string{"name", "type"}, object{
			{"name", text}, {"type", object{{"type", "string"}, {"enum", datasets.TypeNames()}}},
			{"unit", text}, {"title", text}, {"description", text}, {"timezone", text}, {"required", object{{"type", "boolean"}}}, {"enum", object{{"type", "array"}, {"items", object{}}}}})},
	}
}

// formatSchemaName is the name of the schema of the formats' names.
const formatSchemaName = "Format"

func formatNames() []string {
	var names []string
	for _, f := range format.All() {
		names = append(names, f.Name)
	}
	return names
}

// record describes an object with these properties and no others. It has no
// title: some generators name types by that instead of the component's name.
func record(about string, required []string, properties object) object {
	return object{{"description", about}, {"type", "object"}, {"required", required}, {"additionalProperties", false}, {"properties", properties}}
}
