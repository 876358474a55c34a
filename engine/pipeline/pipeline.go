package pipeline

import (
	"bytes"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// Pipeline is a plan written as a MongoDB aggregation pipeline, fit for
// MongoDB 4.4 and later. No key or operator of it comes from a request.
type Pipeline []bson.D

// loadOrder is the field whose order is the order in which rows were loaded.
const loadOrder = "_id"

// Compile writes the plan as a pipeline over documents that a load wrote:
// every value has its field's type, or is absent. Stages that would do
// nothing are left out.
func Compile(p *plan.Plan) Pipeline {
	if p.Groups != nil {
		return append(append(matching(p), groupStages(p)...), projectGroups(p))
	}
	pl := append(matching(p), inLoadOrder())
	pl = append(pl, windowStages(p.Skip, p.Limit)...)
	return append(pl, projectRange(p))
}

// matching finds the rows that the plan is about.
func matching(p *plan.Plan) Pipeline {
	match := matchStage(p)
	if p.After != "" {
		match = append(match, afterCounted(p.After)...)
	}
	if len(match) == 0 {
		return nil
	}
	return Pipeline{bson.D{{Key: "$match", Value: match}}}
}

func inLoadOrder() bson.D {
	return bson.D{{Key: "$sort", Value: bson.D{{Key: loadOrder, Value: 1}}}}
}

// String returns the pipeline as one line of relaxed extended JSON a stage.
func (pl Pipeline) String() string {
	text := "["
	for i, stage := range pl {
		if i > 0 {
			text += ",\n "
		}
		b, err := bson.MarshalExtJSON(stage, false, false)
		if err != nil {
			return "[" + strconv.Quote(err.Error()) + "]"
		}
		text += string(b)
	}
	return text + "]"
}

// matchStage joins the predicates of one field into one document, since a
// document cannot hold a key twice.
func matchStage(p *plan.Plan) bson.D {
	var match bson.D
	for i := range p.Filter.Where {
		pred := &p.Filter.Where[i]
		field := &p.Dataset.Fields[pred.Field]
		written := conditions(pred, field.Type)
		if j := slices.IndexFunc(match, func(e bson.E) bool { return e.Key == field.Name }); j >= 0 {
			match[j].Value = append(match[j].Value.(bson.D), written...)
			continue
		}
		match = append(match, bson.E{Key: field.Name, Value: written})
	}
	return match
}

// conditions writes the predicate in MongoDB's query operators.
func conditions(p *plan.Predicate, t datasets.Type) bson.D {
	if p.Never {
		return bson.D{{Key: "$in", Value: bson.A{}}}
	}
	if len(p.In) > 0 || p.Null {
		values := bson.A{}
		if p.Null {
			values = append(values, nil)
		}
		for _, v := range p.In {
			values = append(values, bsonValue(v, t))
		}
		if len(values) == 1 {
			return bson.D{{Key: "$eq", Value: values[0]}}
		}
		return bson.D{{Key: "$in", Value: values}}
	}
	var d bson.D
	if p.Min != nil {
		d = append(d, bson.E{Key: "$gte", Value: bsonValue(*p.Min, t)})
	}
	if p.Max != nil {
		d = append(d, bson.E{Key: "$lte", Value: bsonValue(*p.Max, t)})
	}
	return d
}

// bsonValue returns the value as a load stores it: a date is the instant of
// its midnight in UTC.
func bsonValue(v plan.Value, t datasets.Type) any {
	switch t {
	case datasets.Number:
		return v.Float
	case datasets.Integer:
		return v.Int
	case datasets.Boolean:
		return v.Int != 0
	case datasets.Date:
		return bson.DateTime(v.Int * datasets.MillisPerDay)
	case datasets.DateTime:
		return bson.DateTime(v.Int)
	default:
		return v.Str
	}
}

func windowStages(skip, limit int64) Pipeline {
	var pl Pipeline
	if skip > 0 {
		pl = append(pl, bson.D{{Key: "$skip", Value: skip}})
	}
	if limit >= 0 {
		pl = append(pl, bson.D{{Key: "$limit", Value: limit}})
	}
	return pl
}

func projectRange(p *plan.Plan) bson.D {
	project := bson.D{{Key: loadOrder, Value: 0}}
	for _, c := range p.Columns {
		project = append(project, bson.E{Key: c.Name, Value: 1})
	}
	return bson.D{{Key: "$project", Value: project}}
}

// MarshalJSON writes the pipeline as an array of relaxed extended JSON.
func (pl Pipeline) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, stage := range pl {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := bson.MarshalExtJSON(stage, false, false)
		if err != nil {
			return nil, err
		}
		b.Write(text)
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}
