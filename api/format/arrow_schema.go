package format

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// arrowType returns the Arrow type of a field's values.
func arrowType(t datasets.Type) arrow.DataType {
	switch t {
	case datasets.Number:
		return arrow.PrimitiveTypes.Float64
	case datasets.Integer:
		return arrow.PrimitiveTypes.Int64
	case datasets.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case datasets.Date:
		return arrow.FixedWidthTypes.Date32
	case datasets.DateTime:
		return arrow.FixedWidthTypes.Timestamp_ms
	default:
		return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	}
}

// arrowSchema returns the schema of a plan's answer. Its metadata is what the
// descriptor says about the dataset and each column's field. Every column is
// nullable: a collection that another program filled may have nulls even in a
// required field.
func arrowSchema(p *plan.Plan) *arrow.Schema {
	ds := p.Dataset
	fields := make([]arrow.Field, len(p.Columns))
	for i, c := range p.Columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowType(c.Type), Nullable: true}
		if c.Field != plan.NoField {
			field := &ds.Fields[c.Field]
			fields[i].Metadata = arrowMetadata("unit", field.Unit, "title", field.Title, "description", field.Description)
		}
	}
	operation := ""
	if p.Operation != nil {
		operation = p.Operation.Path
	}
	metadata := arrowMetadata("dataset", ds.Name, "operation", operation, "title", ds.Title,
		"description", ds.Description, "license", ds.License, "source", ds.Source)
	return arrow.NewSchema(fields, &metadata)
}

// arrowMetadata makes metadata of pairs of a key and a value. Keys without a value
// are left out.
func arrowMetadata(pairs ...string) arrow.Metadata {
	var keys, values []string
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			keys, values = append(keys, pair[0]), append(values, pair[1])
		}
	}
	return arrow.NewMetadata(keys, values)
}
