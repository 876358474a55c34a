package plan

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Position is the place of a row in its table's load order: the row's _id, as
// the number of a BSON type and the bytes of the value. "" is no place. A table
// that a load wrote counts its rows from 0, so its positions are the same on
// every store.
type Position string

// RowPosition is the place of a row that has so many before it.
func RowPosition(row int64) Position {
	return DocumentPosition(typeInt64, binary.LittleEndian.AppendUint64(nil, uint64(row)))
}

// DocumentPosition is the place of a document whose _id has this BSON type and
// these bytes.
func DocumentPosition(kind byte, value []byte) Position {
	return Position(append([]byte{kind}, value...))
}

// SealedPosition stands for a place that is not shown, in plans that are printed.
var SealedPosition = DocumentPosition(typeString, []byte("\x08\x00\x00\x00(token)\x00"))

// Row returns how many rows come before the one at p. ok is false where p is no place
// among counted rows.
func (p Position) Row() (row int64, ok bool) {
	if len(p) != 9 || p[0] != typeInt64 {
		return 0, false
	}
	row = int64(binary.LittleEndian.Uint64([]byte(p[1:])))
	return row, row >= 0
}

// Document returns the BSON type and the bytes of the _id at p, which is a
// place.
func (p Position) Document() (kind byte, value []byte) { return p[0], []byte(p[1:]) }

// The numbers of the BSON types that an _id may have to be a place
// (bsonspec.org, version 1.1). One that holds other values, such as a
// document, is no place: its text would be the caller's.
const (
	typeDouble     = 0x01
	typeString     = 0x02
	typeBinary     = 0x05
	typeObjectID   = 0x07
	typeBoolean    = 0x08
	typeDateTime   = 0x09
	typeNull       = 0x0a
	typeSymbol     = 0x0e
	typeInt32      = 0x10
	typeTimestamp  = 0x11
	typeInt64      = 0x12
	typeDecimal128 = 0x13
)

// Valid reports whether p is the _id of a row to go on from.
func (p Position) Valid() bool {
	if p == "" {
		return false
	}
	kind, value := p.Document()
	switch kind {
	case typeNull:
		return len(value) == 0
	case typeBoolean:
		return len(value) == 1 && value[0] <= 1
	case typeInt32:
		return len(value) == 4
	case typeDouble, typeDateTime, typeTimestamp, typeInt64:
		return len(value) == 8
	case typeObjectID:
		return len(value) == 12
	case typeDecimal128:
		return len(value) == 16
	case typeString, typeSymbol:
		n, ok := counted(value, 4)
		return ok && n >= 1 && value[len(value)-1] == 0
	case typeBinary:
		_, ok := counted(value, 5)
		return ok
	default:
		return false
	}
}

// counted returns the length that a value begins with, and whether so many
// bytes follow its first ones.
func counted(value []byte, first int) (n int, ok bool) {
	if len(value) < first {
		return 0, false
	}
	n = int(int32(binary.LittleEndian.Uint32(value)))
	return n, n == len(value)-first
}

// String prints the place for people.
func (p Position) String() string {
	if row, ok := p.Row(); ok {
		return "row " + strconv.FormatInt(row, 10) + " in load order, from 0"
	}
	kind, value := p.Document()
	switch {
	case kind == typeObjectID:
		return `_id {"$oid":"` + hex.EncodeToString(value) + `"}`
	case kind == typeString && len(value) > 4 && utf8.Valid(value[4:]):
		return "_id " + strconv.Quote(string(value[4:len(value)-1]))
	default:
		return fmt.Sprintf("_id %x of BSON type %d", value, kind)
	}
}
