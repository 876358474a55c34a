package pipeline

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// idTypes are the types of _id that a position may have, in the order in
// which MongoDB sorts values of different types; those of one line are sorted
// as one.
var idTypes = [][]bson.Type{
	{bson.TypeNull},
	{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128},
	{bson.TypeString, bson.TypeSymbol},
	{bson.TypeEmbeddedDocument},
	{bson.TypeBinary},
	{bson.TypeObjectID},
	{bson.TypeBoolean},
	{bson.TypeDateTime},
	{bson.TypeTimestamp},
}

// keyAt returns the _id at p.
func keyAt(p plan.Position) bson.RawValue {
	kind, value := p.Document()
	return bson.RawValue{Type: bson.Type(kind), Value: value}
}

// afterCounted is the condition on _id that counted rows after p satisfy.
func afterCounted(p plan.Position) bson.D {
	return bson.D{{Key: loadOrder, Value: bson.D{{Key: "$gt", Value: keyAt(p)}}}}
}

// afterAny is the condition that documents after p satisfy, whatever types
// their _id have: $gt alone compares among values of p's own.
func afterAny(p plan.Position) bson.D {
	greater := afterCounted(p)
	kind := keyAt(p).Type
	own := slices.IndexFunc(idTypes, func(types []bson.Type) bool { return slices.Contains(types, kind) })
	later := bson.A{}
	for _, types := range idTypes[own+1:] {
		for _, t := range types {
			later = append(later, int32(t))
		}
	}
	if len(later) == 0 {
		return greater
	}
	return bson.D{{Key: "$or", Value: bson.A{greater, bson.D{{Key: loadOrder, Value: bson.D{{Key: "$type", Value: later}}}}}}}
}
