package pipeline

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// measureName is what the pipeline calls the i-th of the plan's measures.
func measureName(i int) string { return "m" + strconv.Itoa(i) }

// keyName is what the pipeline calls the i-th key that groups are made by.
func keyName(i int) string { return "k" + strconv.Itoa(i) }

// groupStages group under generated names, since a group's field name cannot
// hold a dot; projectGroups gives their own.
func groupStages(p *plan.Plan) Pipeline {
	group := bson.D{{Key: "_id", Value: groupKeys(p)}}
	for i, m := range p.Groups.Measures {
		path := ""
		if m.Field != plan.NoField {
			path = "$" + p.Dataset.Fields[m.Field].Name
		}
		group = append(group, bson.E{Key: measureName(i), Value: accumulator(m.Measure, path)})
	}
	var sort bson.D
	for i := range p.Groups.Keys {
		sort = append(sort, bson.E{Key: "_id." + keyName(i), Value: 1})
	}
	pl := Pipeline{bson.D{{Key: "$group", Value: group}}}
	if sort != nil {
		pl = append(pl, bson.D{{Key: "$sort", Value: sort}})
	}
	return append(pl, windowStages(p.Skip, p.Limit)...)
}

// projectGroups names what groupStages computed.
func projectGroups(p *plan.Plan) bson.D {
	project := bson.D{{Key: "_id", Value: 0}}
	measures := len(p.Groups.Measures)
	for i := range measures {
		project = append(project, bson.E{Key: p.Columns[i].Name, Value: "$" + measureName(i)})
	}
	for i := range p.Groups.Keys {
		project = append(project, bson.E{Key: p.Columns[measures+i].Name, Value: "$_id." + keyName(i)})
	}
	return bson.D{{Key: "$project", Value: project}}
}

// groupKeys is what groups are made by: a document of generated names, or null
// where all rows are one group. $ifNull makes one group of null and missing.
func groupKeys(p *plan.Plan) any {
	if len(p.Groups.Keys) == 0 {
		return nil
	}
	var keys bson.D
	for i, k := range p.Groups.Keys {
		keys = append(keys, bson.E{Key: keyName(i),
			Value: bson.D{{Key: "$ifNull", Value: bson.A{"$" + p.Dataset.Fields[k.Field].Name, nil}}}})
	}
	return keys
}

// accumulator writes the expression with which $group computes the measure of
// the value at path.
func accumulator(m *plan.Measure, path string) bson.D {
	if m.Takes == nil {
		return bson.D{{Key: "$sum", Value: int64(1)}}
	}
	return bson.D{{Key: "$avg", Value: path}}
}
