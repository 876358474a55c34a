package engine

import (
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
)

// Pipeline is a plan written as a MongoDB aggregation pipeline, fit for
// MongoDB 4.4 and later. No key or operator of it comes from a request.
type Pipeline []bson.D

// loadOrder is the field whose order is the order in which rows were loaded.
const loadOrder = "_id"

// Compile writes the plan as a pipeline over documents that a load wrote:
// every value has its field's type, or is absent. Stages that would do
// nothing are left out.
func Compile(p *Plan) Pipeline {
	if p.Operation == datasets.Mean {
		return append(append(matching(p), meanStages(p)...), projectMeans(p))
	}
	pl := append(matching(p), inLoadOrder())
	pl = append(pl, windowStages(p.Skip, p.Limit)...)
	return append(pl, projectRange(p))
}

// matching finds the rows that the plan is about.
func matching(p *Plan) Pipeline {
	match := matchStage(p)
	if p.After != "" {
		match = append(match, p.After.afterCounted()...)
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
func matchStage(p *Plan) bson.D {
	var match bson.D
	for i := range p.Filter {
		pred := &p.Filter[i]
		field := &p.Dataset.Fields[pred.Field]
		conditions := pred.conditions(field.Type)
		if j := slices.IndexFunc(match, func(e bson.E) bool { return e.Key == field.Name }); j >= 0 {
			match[j].Value = append(match[j].Value.(bson.D), conditions...)
			continue
		}
		match = append(match, bson.E{Key: field.Name, Value: conditions})
	}
	return match
}

// conditions writes the predicate in MongoDB's query operators.
func (p *Predicate) conditions(t datasets.Type) bson.D {
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
func bsonValue(v Value, t datasets.Type) any {
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

func projectRange(p *Plan) bson.D {
	project := bson.D{{Key: loadOrder, Value: 0}}
	for _, c := range p.Columns {
		project = append(project, bson.E{Key: c.Name, Value: 1})
	}
	return bson.D{{Key: "$project", Value: project}}
}

// meanName is what the pipeline calls the mean of the i-th of the plan's fields.
func meanName(i int) string { return "m" + strconv.Itoa(i) }

// keyName is what the pipeline calls the i-th field that groups are made by.
func keyName(i int) string { return "k" + strconv.Itoa(i) }

// meanStages groups under generated names, since a group's field name cannot
// hold a dot; projectMeans gives their own. $ifNull makes one group of null and
// missing.
func meanStages(p *Plan) Pipeline {
	group := bson.D{{Key: "_id", Value: groupKeys(p)}}
	for i, f := range p.Fields {
		group = append(group, bson.E{Key: meanName(i), Value: bson.D{{Key: "$avg", Value: "$" + p.Dataset.Fields[f].Name}}})
	}
	var sort bson.D
	for i := range p.GroupBy {
		sort = append(sort, bson.E{Key: "_id." + keyName(i), Value: 1})
	}
	pl := Pipeline{bson.D{{Key: "$group", Value: group}}}
	if sort != nil {
		pl = append(pl, bson.D{{Key: "$sort", Value: sort}})
	}
	return append(pl, windowStages(p.Skip, p.Limit)...)
}

// projectMeans names what meanStages computed.
func projectMeans(p *Plan) bson.D {
	project := bson.D{{Key: "_id", Value: 0}}
	for i := range p.Fields {
		project = append(project, bson.E{Key: p.Columns[i].Name, Value: "$" + meanName(i)})
	}
	for i := range p.GroupBy {
		project = append(project, bson.E{Key: p.Columns[len(p.Fields)+i].Name, Value: "$_id." + keyName(i)})
	}
	return bson.D{{Key: "$project", Value: project}}
}

// groupKeys is what groups are made by: a document of generated names, or null
// where all rows are one group.
func groupKeys(p *Plan) any {
	if len(p.GroupBy) == 0 {
		return nil
	}
	var keys bson.D
	for i, f := range p.GroupBy {
		keys = append(keys, bson.E{Key: keyName(i),
			Value: bson.D{{Key: "$ifNull", Value: bson.A{"$" + p.Dataset.Fields[f].Name, nil}}}})
	}
	return keys
}
