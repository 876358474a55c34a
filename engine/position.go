package engine

import (
	"encoding/binary"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Position is the place of a row in its table's load order: the row's _id, as
// a BSON type and the bytes of its value. "" is no place. A table that a load
// wrote counts its rows from 0, so its positions are the same on every store.
type Position string

// RowPosition is the place of a row that has so many before it.
func RowPosition(row int64) Position {
	return Position(binary.LittleEndian.AppendUint64([]byte{byte(bson.TypeInt64)}, uint64(row)))
}

// KeyPosition is the place of a document with this _id.
func KeyPosition(id bson.RawValue) Position {
	return Position(append([]byte{byte(id.Type)}, id.Value...))
}

// Row returns how many rows come before the one at p, where p is a place among
// counted rows.
func (p Position) Row() (row int64, ok bool) {
	if len(p) != 9 || p[0] != byte(bson.TypeInt64) {
		return 0, false
	}
	row = int64(binary.LittleEndian.Uint64([]byte(p[1:])))
	return row, row >= 0
}

// key returns the _id at p.
func (p Position) key() bson.RawValue {
	return bson.RawValue{Type: bson.Type(p[0]), Value: []byte(p[1:])}
}

// valid reports whether p is an _id to go on from. One that holds others, such
// as a document, is none: its text would be the caller's.
func (p Position) valid() bool {
	return p != "" && p.rank() >= 0 && p.key().Validate() == nil
}

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

// rank is the line of idTypes that p's type stands in, negative for none that
// a position may have.
func (p Position) rank() int {
	t := bson.Type(p[0])
	if t == bson.TypeEmbeddedDocument {
		return -1
	}
	return slices.IndexFunc(idTypes, func(types []bson.Type) bool { return slices.Contains(types, t) })
}

// afterCounted is the condition on _id that counted rows after p satisfy.
func (p Position) afterCounted() bson.D {
	return bson.D{{Key: loadOrder, Value: bson.D{{Key: "$gt", Value: p.key()}}}}
}

// afterAny is the condition that documents after p satisfy, whatever types
// their _id have: $gt alone compares among values of p's own.
func (p Position) afterAny() bson.D {
	greater := p.afterCounted()
	later := bson.A{}
	for _, types := range idTypes[p.rank()+1:] {
		for _, t := range types {
			later = append(later, int32(t))
		}
	}
	if len(later) == 0 {
		return greater
	}
	return bson.D{{Key: "$or", Value: bson.A{greater, bson.D{{Key: loadOrder, Value: bson.D{{Key: "$type", Value: later}}}}}}}
}
