package openapi

// ExplanationType is the media type of explanations. They have one of their own, so
// that a client with types knows them from the answer itself.
const ExplanationType = "application/vnd.herbarium.explanation+json"

// explanationName is the name of the schema of explanations.
const explanationName = "Explanation"

// explanationSchema describes engine.Explanation.
func explanationSchema() object {
	text := func(description string) object { return object{{"type", "string"}, {"description", description}} }
	return object{
		{"description", "How a query would run"},
		{"type", "object"},
		{"additionalProperties", false},
		{"required", []string{"plan", "pipeline", "store", "place"}},
		{"properties", object{
			{"plan", text("The plan, for people")},
			{"pipeline", object{
				{"type", "array"},
				{"description", "The plan as an aggregation pipeline, in MongoDB's relaxed extended JSON"},
				{"items", object{{"type", "object"}}},
			}},
			{"further", object{
				{"type", "array"},
				{"description", "Pipelines that MongoDB runs beside it, for measures that need more than one, or after it, for a histogram whose edges it finds"},
				{"items", object{{"type", "array"}, {"items", object{{"type", "object"}}}}},
			}},
			{"store", text("The kind of store")},
			{"place", text("Where the rows are; empty where none are loaded")},
			{"way", text("How an answer would go now, where the store has a mirror: mirror (a columnar copy) or pipeline")},
		}},
	}
}
