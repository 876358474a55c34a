package format

import (
	"strconv"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// JSON writes answers as an array of objects, laid out as Object says.
var JSON = engine.Format{
	Name:      "json",
	MediaType: "application/json",
	New: func(p *plan.Plan) engine.Encoder {
		e := newJSONEncoder(p.Columns)
		e.opening, e.between, e.ending = "[", ",", "]"
		return e
	},
}

// NDJSON writes answers as newline-delimited JSON: one object per line, each as
// JSON writes it.
var NDJSON = engine.Format{
	Name:      "ndjson",
	MediaType: "application/x-ndjson",
	File:      true,
	New: func(p *plan.Plan) engine.Encoder {
		e := newJSONEncoder(p.Columns)
		e.closing += "\n"
		return e
	},
}

// jsonEncoder writes the values of a row between constant texts: one before each
// value and one after the last. The texts are made once.
type jsonEncoder struct {
	cells   []jsonCell
	closing string // ends a row
	// opening, between and ending are written before, between and after the rows.
	opening, between, ending string

	begun bool             // a row was written
	texts []dictionaryText // by column
}

// jsonCell is one value of a row and the text before it.
type jsonCell struct {
	before string
	column int
	typ    datasets.Type
}

func newJSONEncoder(columns []plan.Column) *jsonEncoder {
	e := &jsonEncoder{
		cells: make([]jsonCell, 0, len(columns)),
		texts: make([]dictionaryText, len(columns)),
	}
	size := len("{}")
	for i, c := range columns {
		e.texts[i].write = schemas.AppendString
		size += len(c.Name) + len(`"":,`)
	}
	row := jsonRow{text: make([]byte, 0, size), ends: make([]int, 0, len(columns))}
	e.layOut(NewObject(columns), columns, &row)
	// One string holds all of the row's text, so that a small answer takes little
	// memory.
	text, begin := string(row.text), 0
	for i, end := range row.ends {
		e.cells[i].before = text[begin:end]
		begin = end
	}
	e.closing = text[begin:]
	return e
}

// jsonRow is the text of a row without its values, and the position of each value
// in it.
type jsonRow struct {
	text []byte
	ends []int
}

// layOut appends the object's cells, and its text to the row's.
func (e *jsonEncoder) layOut(o Object, columns []plan.Column, row *jsonRow) {
	row.text = append(row.text, '{')
	for i, m := range o.Members {
		if i > 0 {
			row.text = append(row.text, ',')
		}
		row.text = append(schemas.AppendString(row.text, m.Key), ':')
		if m.Object != nil {
			e.layOut(*m.Object, columns, row)
			continue
		}
		e.cells = append(e.cells, jsonCell{column: m.Column, typ: columns[m.Column].Type})
		row.ends = append(row.ends, len(row.text))
	}
	row.text = append(row.text, '}')
}

// Begin writes the text before the rows.
func (e *jsonEncoder) Begin(dst []byte) []byte { return append(dst, e.opening...) }

// End writes the text after the rows.
func (e *jsonEncoder) End(dst []byte) []byte { return append(dst, e.ending...) }

// Err returns nil: JSON can represent every value.
func (e *jsonEncoder) Err() error { return nil }

// Append writes a batch's rows.
func (e *jsonEncoder) Append(dst []byte, b *engine.Batch) []byte {
	for i := range e.cells {
		if c := e.cells[i].column; e.cells[i].typ == datasets.String {
			e.texts[c].prepare(&b.Columns[c], b.Rows)
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
		return datasets.AppendNumber(dst, v.Floats[row])
	case datasets.Integer:
		return strconv.AppendInt(dst, v.Ints[row], 10)
	case datasets.String:
		if v.Types != nil && v.Types[row] <= datasets.Boolean {
			return append(dst, v.Dict[v.Codes[row]]...) // a variant's number or boolean
		}
		return e.texts[c.column].append(dst, v, row)
	default:
		return v.Value(row).Append(dst, c.typ)
	}
}
