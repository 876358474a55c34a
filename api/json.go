package api

import (
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
)

// JSON writes answers as an array of objects. A column's name with dots
// becomes nested objects; each stands where its first column does.
var JSON = engine.Format{
	Name:      "json",
	MediaType: "application/json",
	New: func(plan *engine.Plan) engine.Encoder {
		e := newJSONEncoder(plan.Columns)
		e.opening, e.between, e.ending = "[", ",", "]"
		return e
	},
}

// NDJSON writes answers as one object a line (newline-delimited JSON), each as
// JSON writes it.
var NDJSON = engine.Format{
	Name:      "ndjson",
	MediaType: "application/x-ndjson",
	New: func(plan *engine.Plan) engine.Encoder {
		e := newJSONEncoder(plan.Columns)
		e.closing += "\n"
		return e
	},
}

// jsonEncoder writes rows between texts that were made once: what stands
// before each value, and what stands after the last.
type jsonEncoder struct {
	cells   []jsonCell
	closing string // ends a row
	// opening, between and ending stand around the rows.
	opening, between, ending string

	begun bool    // a row was written
	texts []texts // by column
}

// jsonCell is one value of a row and the text before it.
type jsonCell struct {
	before string
	column int
	typ    datasets.Type
}

func newJSONEncoder(columns []engine.Column) *jsonEncoder {
	e := &jsonEncoder{
		cells: make([]jsonCell, 0, len(columns)),
		texts: make([]texts, len(columns)),
	}
	root := jsonObject{}
	for i, c := range columns {
		e.texts[i].write = engine.AppendString
		root.add(strings.Split(c.Name, "."), i)
	}
	pending := e.lay(&root, columns, nil)
	e.closing = string(pending)
	return e
}

// jsonObject is an object of a row: its keys in order, each a column or an
// object again.
type jsonObject struct {
	keys    []string
	columns []int // -1 where there is an object
	objects []*jsonObject
}

func (o *jsonObject) add(path []string, column int) {
	if len(path) == 1 {
		o.keys, o.columns, o.objects = append(o.keys, path[0]), append(o.columns, column), append(o.objects, nil)
		return
	}
	i := slices.Index(o.keys, path[0])
	if i < 0 || o.objects[i] == nil {
		i = len(o.keys)
		o.keys, o.columns, o.objects = append(o.keys, path[0]), append(o.columns, -1), append(o.objects, &jsonObject{})
	}
	o.objects[i].add(path[1:], column)
}

// lay appends the object's cells; pending is the text since the last value.
// It returns the text after the object's last value.
func (e *jsonEncoder) lay(o *jsonObject, columns []engine.Column, pending []byte) []byte {
	pending = append(pending, '{')
	for i, key := range o.keys {
		if i > 0 {
			pending = append(pending, ',')
		}
		pending = append(engine.AppendString(pending, key), ':')
		if o.objects[i] != nil {
			pending = e.lay(o.objects[i], columns, pending)
			continue
		}
		c := o.columns[i]
		e.cells = append(e.cells, jsonCell{string(pending), c, columns[c].Type})
		pending = pending[:0]
	}
	return append(pending, '}')
}

// Begin writes what stands before the rows.
func (e *jsonEncoder) Begin(dst []byte) []byte { return append(dst, e.opening...) }

// End writes what stands after the rows.
func (e *jsonEncoder) End(dst []byte) []byte { return append(dst, e.ending...) }

// Err returns nil: JSON takes every value.
func (e *jsonEncoder) Err() error { return nil }

// Append writes a batch's rows.
func (e *jsonEncoder) Append(dst []byte, b *engine.Batch) []byte {
	for i := range e.cells {
		if c := e.cells[i].column; e.cells[i].typ == datasets.String {
			e.texts[c].settle(&b.Columns[c], b.Rows)
		}
	}
	for row := range b.Rows {
		if e.begun {
			dst = append(dst, e.between...)
		}
		e.begun = true
		for i := range e.cells {
			c := &e.cells[i]
			dst = append(dst, c.before...)
			dst = e.value(dst, c, &b.Columns[c.column], row)
		}
		dst = append(dst, e.closing...)
	}
	return dst
}

func (e *jsonEncoder) value(dst []byte, c *jsonCell, v *engine.Vector, row int) []byte {
	if v.Null(row) {
		return append(dst, "null"...)
	}
	switch c.typ {
	case datasets.Number:
		return engine.AppendFloat(dst, v.Floats[row])
	case datasets.Integer:
		return strconv.AppendInt(dst, v.Ints[row], 10)
	case datasets.String:
		return e.texts[c.column].append(dst, v, row)
	default:
		return v.Value(row).Append(dst, c.typ)
	}
}
