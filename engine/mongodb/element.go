package mongodb

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The kinds of BSON values that rows are made of (bsonspec.org).
const (
	kindDouble   = 0x01
	kindString   = 0x02
	kindDocument = 0x03
	kindBoolean  = 0x08
	kindDate     = 0x09
	kindInt32    = 0x10
	kindInt64    = 0x12
)

var (
	errDocument = errors.New("a document's size is not that of its bytes")
	errElement  = errors.New("a document's element does not fit into it")
)

// elementsOf returns the bytes of a document's elements.
func elementsOf(document []byte) ([]byte, error) {
	n := len(document)
	if n < 5 || uint64(binary.LittleEndian.Uint32(document)) != uint64(n) || document[n-1] != 0 {
		return nil, errDocument
	}
	return document[4 : n-1], nil
}

// cutName splits the bytes that follow an element's kind after its name.
func cutName(b []byte) (name, rest []byte, ok bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return nil, nil, false
	}
	return b[:i], b[i+1:], true
}

// cutValue splits b after the value of the kind that it begins with.
func cutValue(kind byte, b []byte) (value, rest []byte, err error) {
	n, ok := valueSize(kind, b)
	if !ok || n > uint64(len(b)) {
		return nil, nil, errElement
	}
	return b[:n], b[n:], nil
}

// valueSize returns the size of the value of the kind that b begins with, in
// bytes. It may be more than b has.
func valueSize(kind byte, b []byte) (uint64, bool) {
	switch kind {
	case kindDouble, kindDate, kindInt64, 0x11: // 0x11: timestamp
		return 8, true
	case kindInt32:
		return 4, true
	case kindBoolean:
		return 1, true
	case 0x06, 0x0A, 0xFF, 0x7F: // undefined, null, min and max key
		return 0, true
	case 0x07: // object id
		return 12, true
	case 0x13: // decimal
		return 16, true
	case 0x0B: // regular expression: two names
		_, rest, ok := cutName(b)
		if !ok {
			return 0, false
		}
		_, rest, ok = cutName(rest)
		return uint64(len(b) - len(rest)), ok
	}
	if len(b) < 4 {
		return 0, false
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	switch kind {
	case kindString, 0x0D, 0x0E: // and code, symbol: with a zero at the end
		return 4 + n, n > 0
	case kindDocument, 0x04: // and array: the size counts itself and a zero
		return n, n >= 5
	case 0x05: // binary: and a subtype
		return 5 + n, true
	case 0x0C: // pointer: a string and an object id
		return 4 + n + 12, n > 0
	case 0x0F: // code with scope
		return n, n >= 14
	}
	return 0, false
}
