package format

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// arrowRecords makes Arrow's record batches of the engine's batches. Numbers,
// integers, times and bitmaps already have Arrow's layout and are not copied;
// booleans, dates and codes of text are.
type arrowRecords struct {
	schema  *arrow.Schema
	columns []arrowColumn
}

// arrowColumn is one column's type and memory, which is reused.
type arrowColumn struct {
	typ  datasets.Type
	as   arrow.DataType
	bits []byte  // booleans
	days []int32 // dates
	// dict holds the texts of the previous batch; places maps each code of that
	// batch to its index in dict.
	dict   *array.String
	places []int32
	codes  []int32
	cut    map[uint32]int32 // the same for a dictionary that is cut down
}

func newArrowRecords(p *plan.Plan) *arrowRecords {
	r := &arrowRecords{schema: arrowSchema(p), columns: make([]arrowColumn, len(p.Columns))}
	for i, c := range p.Columns {
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

// texts sets the column's dictionary and returns the codes into it. The dictionary
// has each text once and none that no row can have, since readers make categories
// of them. If its texts are those of the previous batch, it is kept, so that it
// is not written again. A dictionary that is larger than the batch is cut down to
// the batch's texts: comparing it would cost more than the rows.
func (c *arrowColumn) texts(v *engine.Vector, rows int) []byte {
	if len(v.Dict) > engine.BatchRows {
		return c.cutTexts(v, rows)
	}
	if !c.sameTexts(v) {
		c.placeTexts(v)
	}
	codes, places := slices.Grow(c.codes[:0], rows)[:rows], c.places
	for i, code := range v.Codes[:rows] {
		place := int32(0)
		if int(code) < len(places) { // which may not hold for a row without a value
			place = places[code]
		}
		codes[i] = place
	}
	c.codes = codes
	return arrow.Int32Traits.CastToBytes(codes)
}

// sameTexts reports whether the dictionary is that of the previous batch.
func (c *arrowColumn) sameTexts(v *engine.Vector) bool {
	if c.dict == nil || len(c.places) != len(v.Dict) {
		return false
	}
	for i, text := range v.Dict {
		if i >= v.Unused && (c.dict.Len() == 0 || c.dict.Value(int(c.places[i])) != text) {
			return false
		}
	}
	return true
}

// placeTexts makes the dictionary from the batch's.
func (c *arrowColumn) placeTexts(v *engine.Vector) {
	first := make(map[string]int32, len(v.Dict))
	c.places = append(c.places[:0], make([]int32, len(v.Dict))...)
	var texts []string
	for i := v.Unused; i < len(v.Dict); i++ {
		text := strings.ToValidUTF8(v.Dict[i], "\uFFFD") // as JSON has it
		place, ok := first[text]
		if !ok {
			place = int32(len(texts))
			first[text] = place
			texts = append(texts, text)
		}
		c.places[i] = place
	}
	c.dict = textArray(texts)
}

// cutTexts makes a dictionary of the texts in the batch.
func (c *arrowColumn) cutTexts(v *engine.Vector, rows int) []byte {
	if c.cut == nil {
		c.cut = map[uint32]int32{}
	}
	clear(c.cut)
	c.codes, c.places = c.codes[:0], c.places[:0]
	var texts []string
	for i, code := range v.Codes[:rows] {
		if v.Null(i) {
			c.codes = append(c.codes, 0)
			continue
		}
		place, ok := c.cut[code]
		if !ok {
			place = int32(len(texts))
			c.cut[code] = place
			texts = append(texts, v.Dict[code])
		}
		c.codes = append(c.codes, place)
	}
	c.dict = textArray(texts)
	return arrow.Int32Traits.CastToBytes(c.codes)
}

// textArray copies texts; invalid UTF-8 becomes U+FFFD, as in JSON.
func textArray(texts []string) *array.String {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for _, text := range texts {
		b.Append(strings.ToValidUTF8(text, "\uFFFD"))
	}
	return b.NewStringArray()
}
