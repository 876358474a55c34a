package page

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"herbarium/schemas"
)

// An aggregation is what a reader takes to MongoDB. That of rows is the pipeline that
// the engine compiles. That of groups is not, since the engine's gives counts and exact
// sums, from which Go computes the measures: here its stages up to the group are kept,
// with the keys, and MongoDB's own accumulators take the place of the engine's. They
// give the same numbers but for the last digits. Where MongoDB has no exact accumulator,
// the engine's pipeline is shown as it is.

// aggregation returns a query as a MongoDB aggregation.
func (b *builder) aggregation(ctx context.Context, path string, params []param) (snippet, bool) {
	q, err := b.query(path, params)
	if err != nil {
		return snippet{}, false
	}
	explanation, err := b.engine.Explain(ctx, q.Whole())
	if err != nil {
		return snippet{}, false
	}
	text, err := schemas.AppendJSON(nil, explanation.Pipeline)
	if err != nil {
		return snippet{}, false
	}
	var stages []json.RawMessage
	if err := json.Unmarshal(text, &stages); err != nil {
		return snippet{}, false
	}
	words := "mongodb"
	if path != "range" {
		if whole, ok := groupStages(stages, path, params); ok {
			stages = whole
		} else {
			words = "mongodb parts"
		}
	}
	lines := make([]string, len(stages))
	for i, stage := range stages {
		lines[i] = "  " + string(stage)
	}
	collection := explanation.Collection
	if collection == "" {
		collection = b.state.dataset.Collection
	}
	return snippet{Name: "MongoDB", Before: b.texts.t(words, collection), Code: "[\n" + strings.Join(lines, ",\n") + "\n]"}, true
}

// accumulators are MongoDB's for measures, of $FIELD.
var accumulators = map[string]string{
	"count":  `{"$sum":{"$cond":[{"$gt":[$FIELD,null]},1,0]}}`,
	"sum":    `{"$sum":$FIELD}`,
	"mean":   `{"$avg":$FIELD}`,
	"stddev": `{"$stdDevSamp":$FIELD}`,
	"min":    `{"$min":$FIELD}`,
	"max":    `{"$max":$FIELD}`,
}

// groupStages returns the stages with which MongoDB itself gives the groups of an
// operation with their measures; false where it cannot.
func groupStages(stages []json.RawMessage, path string, params []param) ([]json.RawMessage, bool) {
	at, id := groupOf(stages)
	if at < 0 {
		return nil, false
	}
	var keys []string
	group, project := schemas.Ordered{{Key: "_id", Value: id}}, schemas.Ordered{{Key: "_id", Value: 0}}
	add := func(column, accumulator string) {
		name := "m" + strconv.Itoa(len(group)-1)
		group = append(group, schemas.Entry{Key: name, Value: json.RawMessage(accumulator)})
		project = append(project, schemas.Entry{Key: column, Value: "$" + name})
	}
	for _, p := range params {
		field, measured := strings.CutPrefix(p.name, "measures[")
		field = strings.TrimSuffix(field, "]")
		switch {
		case measured && accumulators[p.value] == "":
			return nil, false
		case measured:
			of, err := json.Marshal("$" + field)
			if err != nil {
				return nil, false
			}
			add(p.value+"_"+field, strings.ReplaceAll(accumulators[p.value], "$FIELD", string(of)))
		case p.name == "group_by" && p.value != "":
			name, unit, _ := strings.Cut(p.value, ":")
			if !slices.Contains([]string{"", "year", "month", "week", "day"}, unit) {
				return nil, false // what Go makes a name of
			}
			keys = append(keys, name)
		case path == "stats/distinct" && p.name == "field":
			keys = append(keys, "value")
		}
	}
	name := func() {
		for i, key := range keys {
			project = append(project, schemas.Entry{Key: key, Value: "$_id.k" + strconv.Itoa(i)})
		}
		keys = nil
	}
	order := schemas.Ordered{{Key: "_id", Value: 1}}
	switch {
	case path == "stats/distinct":
		name()
		add("count", `{"$sum":1}`)
		order = schemas.Ordered{{Key: "m0", Value: -1}, {Key: "_id", Value: 1}}
	case path != "stats":
		return nil, false
	case len(group) == 1:
		add("count", `{"$sum":1}`)
	}
	name()
	whole := slices.Clone(stages[:at])
	for _, stage := range []schemas.Entry{{Key: "$group", Value: group}, {Key: "$sort", Value: order}, {Key: "$project", Value: project}} {
		text, err := schemas.AppendJSON(nil, schemas.Ordered{stage})
		if err != nil {
			return nil, false
		}
		whole = append(whole, text)
	}
	return whole, true
}

// groupOf returns which stage groups rows, and its keys; -1 if none does.
func groupOf(stages []json.RawMessage) (at int, id json.RawMessage) {
	for i, stage := range stages {
		var s struct {
			Group *struct {
				ID json.RawMessage `json:"_id"`
			} `json:"$group"`
		}
		if json.Unmarshal(stage, &s) == nil && s.Group != nil {
			return i, s.Group.ID
		}
	}
	return -1, nil
}
