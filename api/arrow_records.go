package api

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"herbarium/datasets"
	"herbarium/engine"
)

// arrowRecords makes record batches of batches. Numbers, integers, times, codes
// of text and bitmaps have Arrow's layout already and are not copied; only
// booleans and dates are.
type arrowRecords struct {
	schema  *arrow.Schema
	columns []arrowColumn
}

// arrowColumn is one column's type and memory, which is used again.
type arrowColumn struct {
	typ  datasets.Type
	as   arrow.DataType
	bits []byte  // booleans
	days []int32 // dates
	// dict holds the texts of the batch before; codes and places are for
	// batches whose dictionary is made smaller.
	dict   *array.String
	codes  []int32
	places map[uint32]int32
}

func newArrowRecords(plan *engine.Plan) *arrowRecords {
	r := &arrowRecords{schema: arrowSchema(plan), columns: make([]arrowColumn, len(plan.Columns))}
	for i, c := range plan.Columns {
		r.columns[i].typ, r.columns[i].as = c.Type, r.schema.Field(i).Type
	}
	return r
}

// of returns the batch as a record batch, which is valid as long as the batch
// is, and no longer than until the next call.
func (r *arrowRecords) of(b *engine.Batch) arrow.RecordBatch {
	columns := make([]arrow.Array, len(r.columns))
	for i := range r.columns {
		columns[i] = r.columns[i].array(&b.Columns[i], b.Rows)
	}
	record := array.NewRecordBatch(r.schema, columns, int64(b.Rows))
	for _, c := range columns {
		c.Release()
	}
	return record
}

func (c *arrowColumn) array(v *engine.Vector, rows int) arrow.Array {
	var values []byte
	var dict arrow.ArrayData
	switch c.typ {
	case datasets.Number:
		values = arrow.Float64Traits.CastToBytes(v.Floats[:rows])
	case datasets.Integer, datasets.DateTime:
		values = arrow.Int64Traits.CastToBytes(v.Ints[:rows])
	case datasets.Boolean:
		values = c.booleans(v, rows)
	case datasets.Date:
		values = c.dates(v, rows)
	default:
		values = c.texts(v, rows)
		dict = c.dict.Data()
	}
	valid, nulls := (*memory.Buffer)(nil), 0
	if v.Valid != nil {
		words := v.Valid[:(rows+63)/64]
		valid, nulls = memory.NewBufferBytes(arrow.Uint64Traits.CastToBytes(words)), array.UnknownNullCount
	}
	buffers := []*memory.Buffer{valid, memory.NewBufferBytes(values)}
	var data *array.Data
	if dict != nil {
		data = array.NewDataWithDictionary(c.as, rows, buffers, nulls, 0, dict.(*array.Data))
	} else {
		data = array.NewData(c.as, rows, buffers, nil, nulls, 0)
	}
	defer data.Release()
	return array.MakeFromData(data)
}

func (c *arrowColumn) booleans(v *engine.Vector, rows int) []byte {
	c.bits = append(c.bits[:0], make([]byte, (rows+7)/8)...)
	for i, b := range v.Ints[:rows] {
		c.bits[i>>3] |= byte(b&1) << (i & 7)
	}
	return c.bits
}

func (c *arrowColumn) dates(v *engine.Vector, rows int) []byte {
	c.days = c.days[:0]
	for _, day := range v.Ints[:rows] {
		c.days = append(c.days, int32(day))
	}
	return arrow.Int32Traits.CastToBytes(c.days)
}

// texts settles the column's dictionary and returns the codes into it. The
// dictionary before stays where its texts are the same, so that it is not
// written again. One that is larger than the batch is cut down to the texts
// that the batch has: comparing it would cost more than the rows.
func (c *arrowColumn) texts(v *engine.Vector, rows int) []byte {
	if len(v.Dict) <= engine.BatchRows {
		if c.dict == nil || !equalTexts(c.dict, v.Dict) {
			c.dict = textArray(v.Dict)
		}
		// No code comes near to 2³¹, from which on a sign would tell.
		return arrow.Uint32Traits.CastToBytes(v.Codes[:rows])
	}
	if c.places == nil {
		c.places = map[uint32]int32{}
	}
	clear(c.places)
	c.codes = c.codes[:0]
	var texts []string
	for i, code := range v.Codes[:rows] {
		if v.Null(i) {
			c.codes = append(c.codes, 0)
			continue
		}
		place, ok := c.places[code]
		if !ok {
			place = int32(len(texts))
			c.places[code] = place
			texts = append(texts, v.Dict[code])
		}
		c.codes = append(c.codes, place)
	}
	c.dict = textArray(texts)
	return arrow.Int32Traits.CastToBytes(c.codes)
}

func equalTexts(a *array.String, texts []string) bool {
	if a.Len() != len(texts) {
		return false
	}
	for i, text := range texts {
		if a.Value(i) != text {
			return false
		}
	}
	return true
}

// textArray copies texts; what is no UTF-8 becomes U+FFFD, as in JSON.
func textArray(texts []string) *array.String {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for _, text := range texts {
		b.Append(strings.ToValidUTF8(text, "\uFFFD"))
	}
	return b.NewStringArray()
}
