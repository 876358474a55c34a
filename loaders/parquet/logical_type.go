package parquet

import (
	"encoding/binary"
	"errors"

	"herbarium/loaders/source"
)

// Parquet gets new logical types now and then. The library panics at one that it
// does not know, and so would refuse the whole file. A reader is to read the column
// by its physical type then. So the footer is given to the library without these
// types: a field of Thrift's compact protocol is announced by a byte that has the
// difference of its number to that of the one before, and a number that no version
// of Parquet uses is skipped. Only this byte changes, and not a length.

// The numbers of fields of Parquet's format (parquet.thrift).
const (
	fieldSchema      = 2  // of FileMetaData: its SchemaElements
	fieldLogicalType = 10 // of SchemaElement, and the last one of it
	lastLogicalType  = 18 // that the library knows: GEOGRAPHY
)

// Types of fields in the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

var errThrift = errors.New("the footer breaks off")

// withoutUnknownTypes returns the file as one whose footer has no logical type that
// the library does not know; ok is false where there is none.
func withoutUnknownTypes(file source.RandomAccess) (patched source.RandomAccess, ok bool) {
	info, err := file.Stat()
	if err != nil {
		return nil, false
	}
	end := make([]byte, 8)
	if _, err := file.ReadAt(end, info.Size()-8); err != nil {
		return nil, false
	}
	size := int64(binary.LittleEndian.Uint32(end))
	if string(end[4:]) != "PAR1" || size > info.Size()-8 {
		return nil, false
	}
	footer := make([]byte, size)
	if _, err := file.ReadAt(footer, info.Size()-8-size); err != nil {
		return nil, false
	}
	t := &thrift{text: footer}
	if err := t.schema(); err != nil || t.hidden == 0 {
		return nil, false
	}
	return &source.Patched{RandomAccess: file, At: info.Size() - 8 - size, Bytes: footer}, true
}

// thrift reads text in Thrift's compact protocol.
type thrift struct {
	text   []byte
	at     int
	hidden int // logical types
}

// schema hides the logical types that are not known.
func (t *thrift) schema() error {
	return t.fields(func(id, _, kind int) error {
		if id != fieldSchema || kind != thriftList {
			return t.skip(kind, 0)
		}
		n, of, err := t.list()
		for ; err == nil && n > 0; n-- {
			if of != thriftStruct {
				return errThrift
			}
			err = t.fields(t.element)
		}
		return err
	})
}

// element reads a field of a SchemaElement.
func (t *thrift) element(id, header, kind int) error {
	if id != fieldLogicalType || kind != thriftStruct {
		return t.skip(kind, 0)
	}
	known := true
	err := t.fields(func(id, _, kind int) error {
		known = known && id <= lastLogicalType
		return t.skip(kind, 0)
	})
	if known || err != nil {
		return err
	}
	t.hidden++
	if delta := t.text[header] >> 4; delta > 0 && delta < 15 {
		t.text[header] += 1 << 4
	} else if delta == 0 {
		t.text[header+1] += 2 // a number of its own, in zigzag
	}
	return nil
}

// fields calls f at each field of a struct, with its number, where it is announced
// and its type. f reads it.
func (t *thrift) fields(f func(id, header, kind int) error) error {
	for id := 0; ; {
		header := t.at
		b, err := t.byte()
		if err != nil || b == 0 {
			return err
		}
		id += int(b >> 4)
		if b>>4 == 0 {
			n, err := t.varint()
			if err != nil {
				return err
			}
			id = int(n>>1) ^ -int(n&1)
		}
		if err := f(id, header, int(b&15)); err != nil {
			return err
		}
	}
}

func (t *thrift) byte() (byte, error) {
	if t.at >= len(t.text) {
		return 0, errThrift
	}
	t.at++
	return t.text[t.at-1], nil
}

func (t *thrift) varint() (uint64, error) {
	n, size := binary.Uvarint(t.text[t.at:])
	if size <= 0 {
		return 0, errThrift
	}
	t.at += size
	return n, nil
}

// list reads how many elements of which type a list has.
func (t *thrift) list() (n uint64, of int, err error) {
	b, err := t.byte()
	if n = uint64(b >> 4); n == 15 && err == nil {
		n, err = t.varint()
	}
	return n, int(b & 15), err
}

// skip reads over a value of a type.
func (t *thrift) skip(kind, depth int) error {
	if depth > 64 {
		return errThrift
	}
	switch {
	case kind == thriftTrue, kind == thriftFalse:
		return nil
	case kind == thriftByte:
		return t.over(1)
	case kind <= thriftI64:
		_, err := t.varint()
		return err
	case kind == thriftDouble:
		return t.over(8)
	case kind == thriftBinary:
		n, err := t.varint()
		if err != nil {
			return err
		}
		return t.over(n)
	case kind == thriftList, kind == thriftSet:
		n, of, err := t.list()
		for ; err == nil && n > 0; n-- {
			err = t.skipElement(of, depth+1)
		}
		return err
	case kind == thriftMap:
		return t.skipMap(depth)
	case kind == thriftStruct:
		return t.fields(func(_, _, kind int) error { return t.skip(kind, depth+1) })
	}
	return errThrift
}

func (t *thrift) skipMap(depth int) error {
	n, err := t.varint()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := t.byte()
	for ; err == nil && n > 0; n-- {
		if err = t.skipElement(int(kinds>>4), depth+1); err == nil {
			err = t.skipElement(int(kinds&15), depth+1)
		}
	}
	return err
}

// skipElement reads over an element of a list or a map, where a boolean takes a byte.
func (t *thrift) skipElement(kind, depth int) error {
	if kind == thriftTrue || kind == thriftFalse {
		return t.over(1)
	}
	return t.skip(kind, depth)
}

func (t *thrift) over(n uint64) error {
	if n > uint64(len(t.text)-t.at) {
		return errThrift
	}
	t.at += int(n)
	return nil
}
