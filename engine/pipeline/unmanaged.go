package pipeline

import (
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// CompileUnmanaged writes the plan as a pipeline over documents that something
// other than a load wrote, whose values may be of any type. A number field
// takes every numeric type, as float64; an integer field every integral value
// of int64's range; a date or date-time field a BSON date of the years 0 to
// 9999, for a date at midnight UTC; a string or boolean field its own type.
// Everything else reads as null alike in conditions, answers, groups and
// means, arrays included, also where they stand on the way to a nested field.
//
// Text is compared by bytes only if the aggregation asks for the simple
// collation.
//
// The first $match is there for indexes. It keeps every row that the second
// one keeps, which decides on the values as they are read. Generated names
// stand for the fields in between: a name with a dot would be written into
// each element where an array stands in its way.
func CompileUnmanaged(p *plan.Plan) Pipeline {
	p = p.Inner()
	if p.Groups != nil {
		return Group(p, GroupOptions{Unmanaged: true, Windowed: Streams(p)}).Pipeline
	}
	pl := append(unmanagedRows(p, true, false), windowStages(p.Skip, p.Limit)...)
	return append(pl, projectRead(p))
}

// unmanagedRows finds the rows that the plan is about, with their values as they
// are read under generated names, sorted and with their _id on demand. Load order is that of _id,
// which an index serves before the $project; any other order is that of the values
// as they are read.
func unmanagedRows(p *plan.Plan, sorted, id bool) Pipeline {
	var raw, read match
	renamed := withReadNames(p)
	raw.where(stored(p), p.Dataset)
	read.condition(&p.Filter, renamed.Dataset)
	ordered := sorted && len(p.Order) > 0
	if p.After != "" && ordered {
		read.after(renamed, afterAny(p.After))
	} else if p.After != "" {
		raw.after(p, afterAny(p.After))
	}
	pl := raw.stage()
	if sorted && !ordered {
		pl = append(pl, sortStage(p))
	}
	pl = append(pl, bson.D{{Key: "$project", Value: readFields(p, id || ordered)}})
	pl = append(pl, read.stage()...)
	if ordered {
		pl = append(pl, sortStage(renamed))
	}
	return pl
}

// readName is what the pipeline calls a field once it has been read.
func readName(field int) string { return "f" + strconv.Itoa(field) }

// withReadNames returns the plan over fields that are called as the
// pipeline calls them.
func withReadNames(p *plan.Plan) *plan.Plan {
	ds := *p.Dataset
	ds.Fields = make([]datasets.Field, len(p.Dataset.Fields))
	for i, f := range p.Dataset.Fields {
		f.Name = readName(i)
		ds.Fields[i] = f
	}
	renamed := *p
	renamed.Dataset = &ds
	return &renamed
}

// stored returns conditions on values as they are stored, which hold wherever
// the plan's do, and which an index can serve.
func stored(p *plan.Plan) []plan.Predicate {
	var where []plan.Predicate
	for _, pred := range p.Filter.Where {
		// Whatever is of another type reads as null, so no condition on the
		// stored value finds all nulls. No index serves the others.
		if pred.Null || pred.Text != nil || pred.IsPresent() {
			continue
		}
		if p.Dataset.Fields[pred.Field].Type == datasets.Number {
			if len(pred.In) > 0 {
				continue
			}
			pred.Min, pred.Max = widen(pred.Min, math.Inf(-1)), widen(pred.Max, math.Inf(1))
			if pred.Min == nil && pred.Max == nil && !pred.Never {
				continue
			}
		}
		where = append(where, pred)
	}
	return where
}

// widen moves a bound two floats towards limit: an int64 or a decimal may lie
// beyond a bound that the float64 it reads as, the nearest one, meets. A bound
// that would reach the limit is none.
func widen(bound *plan.Value, limit float64) *plan.Value {
	if bound == nil {
		return nil
	}
	f := math.Nextafter(math.Nextafter(bound.Float, limit), limit)
	if math.IsInf(f, 0) {
		return nil
	}
	return &plan.Value{Float: f}
}

// readFields projects every field that the plan needs to its value, or null,
// and _id on demand.
func readFields(p *plan.Plan, id bool) bson.D {
	project := bson.D{{Key: loadOrder, Value: 0}}
	if id {
		project[0].Value = 1
	}
	for f, need := range p.Needed() {
		if need {
			field := &p.Dataset.Fields[f]
			project = append(project, bson.E{Key: readName(f), Value: readValue("$"+field.Name, field.Type)})
		}
	}
	return project
}

// readValue is the expression of a stored value as its field's type reads it.
func readValue(stored string, t datasets.Type) bson.D {
	switch t {
	case datasets.Number:
		return readNumber(stored)
	case datasets.Integer:
		return readInteger(stored)
	case datasets.Boolean:
		return only(typeIs(stored, "bool"), stored)
	case datasets.Date:
		millis := bson.D{{Key: "$toLong", Value: stored}}
		return readInstant(stored, bson.D{{Key: "$eq", Value: bson.A{
			bson.D{{Key: "$mod", Value: bson.A{millis, int64(datasets.MillisPerDay)}}}, int64(0)}}})
	case datasets.DateTime:
		return readInstant(stored)
	default:
		return only(typeIs(stored, "string"), stored)
	}
}

// only is value where the condition holds, else null.
func only(condition bson.D, value any) bson.D {
	return bson.D{{Key: "$cond", Value: bson.A{condition, value, nil}}}
}

func typeIs(stored, name string) bson.D {
	return bson.D{{Key: "$eq", Value: bson.A{bson.D{{Key: "$type", Value: stored}}, name}}}
}

func convert(stored, to string) bson.D {
	return bson.D{{Key: "$convert", Value: bson.D{
		{Key: "input", Value: stored}, {Key: "to", Value: to}, {Key: "onError", Value: nil}, {Key: "onNull", Value: nil}}}}
}

// readNumber leaves out NaN, which compares below all numbers, and infinities.
func readNumber(stored string) bson.D {
	return only(bson.D{{Key: "$and", Value: bson.A{
		bson.D{{Key: "$isNumber", Value: stored}},
		bson.D{{Key: "$gte", Value: bson.A{stored, -math.MaxFloat64}}},
		bson.D{{Key: "$lte", Value: bson.A{stored, math.MaxFloat64}}},
	}}}, convert(stored, "double"))
}

// readInteger takes what a conversion leaves equal: comparing is exact among
// numeric types, and no other type equals a number.
func readInteger(stored string) bson.D {
	return bson.D{{Key: "$let", Value: bson.D{
		{Key: "vars", Value: bson.D{{Key: "v", Value: convert(stored, "long")}}},
		{Key: "in", Value: only(bson.D{{Key: "$eq", Value: bson.A{stored, "$$v"}}}, "$$v")},
	}}}
}

// readInstant reads dates that can be written as RFC 3339 does and meet the
// further conditions, which only apply to dates: nothing but $cond promises
// that they are not evaluated for others.
func readInstant(stored string, further ...any) bson.D {
	millis := bson.D{{Key: "$toLong", Value: stored}}
	conditions := append(bson.A{
		bson.D{{Key: "$gte", Value: bson.A{millis, int64(datasets.FirstMilli)}}},
		bson.D{{Key: "$lte", Value: bson.A{millis, int64(datasets.LastMilli)}}},
	}, further...)
	return only(typeIs(stored, "date"), only(bson.D{{Key: "$and", Value: conditions}}, stored))
}

// projectRead gives the fields their own names.
func projectRead(p *plan.Plan) bson.D {
	project := bson.D{{Key: "_id", Value: 0}}
	for i, f := range p.Fields {
		project = append(project, bson.E{Key: p.Columns[i].Name, Value: "$" + readName(f)})
	}
	return bson.D{{Key: "$project", Value: project}}
}
