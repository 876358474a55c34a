package pipeline

import (
	"bytes"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// Pipeline is a plan written as a MongoDB aggregation pipeline, fit for
// MongoDB 4.4 and later. No key or operator of it comes from a request.
type Pipeline []bson.D

// loadOrder is the field whose order is the order in which rows were loaded.
const loadOrder = "_id"

// Compile writes the plan as a pipeline over documents that a load wrote:
// every value has its field's type, or is absent. Stages that would do
// nothing are left out. Of a plan of groups it is the pipeline of Group, with sums
// written for rows and values of a typical size. Of a plan that reshapes groups it is
// that of these groups.
func Compile(p *plan.Plan) Pipeline {
	p = p.Inner()
	if p.Groups != nil {
		return Group(p, GroupOptions{Windowed: Streams(p)}).Pipeline
	}
	pl := append(matching(p), sortStage(p))
	pl = append(pl, windowStages(p.Skip, p.Limit)...)
	return append(pl, projectRange(p))
}

// matching finds the rows that the plan is about.
func matching(p *plan.Plan) Pipeline {
	var m match
	m.condition(&p.Filter, p.Dataset)
	if p.After != "" {
		m.after(p, afterCounted(p.After))
	}
	return m.stage()
}

// stage returns the $match, or nothing where every row matches.
func (m *match) stage() Pipeline {
	document := m.document()
	if len(document) == 0 {
		return nil
	}
	return Pipeline{bson.D{{Key: "$match", Value: document}}}
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
