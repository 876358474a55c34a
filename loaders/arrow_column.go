package loaders

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"herbarium/datasets"
	"herbarium/schemas"
)

// arrowField says where a field's column is.
type arrowField struct {
	column int      // of the schema
	path   []string // into the column's structs and lists
}

// bind finds the column of every field, by its exact name or as a path into
// structs and lists. All columns have a field, as in a CSV.
func (r *columnsReader) bind(ds *datasets.Dataset) (faults []Fault) {
	names := make([]string, r.schema.NumFields())
	for i := range names {
		names[i] = r.schema.Field(i).Name
	}
	used := make([]bool, len(names))
	var missing []int
	for f := range ds.Fields {
		at := findColumn(names, ds.Fields[f].Column)
		if at.column >= 0 && !leads(r.schema.Field(at.column).Type, at.path) {
			at.column = -1
		}
		r.fields = append(r.fields, at)
		if at.column < 0 {
			missing = append(missing, f)
			continue
		}
		used[at.column] = true
	}
	var unread, lacked []string
	for _, f := range missing {
		lacked = append(lacked, ds.Fields[f].Column)
	}
	for i, name := range names {
		switch {
		case slices.Index(names, name) != i:
			faults = append(faults, Fault{Detail: "there are two columns " + quote(name)})
		case !used[i] && !strings.HasPrefix(name, pandasIndex) && hasValues(r.schema.Field(i).Type):
			unread = append(unread, name)
			faults = append(faults, Fault{Detail: fmt.Sprintf("no field reads the column %s%s", quote(name), schemas.DidYouMean(name, lacked))})
		}
	}
	for _, f := range missing {
		field := &ds.Fields[f]
		faults = append(faults, Fault{Field: field.Name, Detail: fmt.Sprintf("there is no column %s%s", quote(field.Column), schemas.DidYouMean(field.Column, unread))})
	}
	return faults
}

// pandasIndex is how the names of columns begin that pandas adds of itself.
const pandasIndex = "__index_level_"

// hasValues reports whether a type has values that a field can read. Lists are
// read by places, if at all, and no field reads bytes.
func hasValues(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.StructType:
		return slices.ContainsFunc(t.Fields(), func(f arrow.Field) bool { return hasValues(f.Type) })
	case *arrow.DictionaryType:
		return hasValues(t.ValueType)
	}
	switch t.ID() {
	case arrow.BOOL, arrow.DATE32, arrow.DATE64, arrow.TIMESTAMP:
		return true
	}
	return isText(t) || arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID())
}

// findColumn returns where a column is; -1 where it is not there.
func findColumn(names []string, column string) arrowField {
	if i := slices.Index(names, column); i >= 0 {
		return arrowField{column: i}
	}
	first, rest, _ := strings.Cut(column, ".")
	if i := slices.Index(names, first); i >= 0 && rest != "" {
		return arrowField{column: i, path: strings.Split(rest, ".")}
	}
	return arrowField{column: -1}
}

// leads reports whether a path leads to values within a type.
func leads(t arrow.DataType, path []string) bool {
	for _, name := range path {
		switch in := t.(type) {
		case *arrow.StructType:
			i, ok := in.FieldIdx(name)
			if !ok {
				return false
			}
			t = in.Field(i).Type
		case arrow.ListLikeType:
			if _, err := strconv.Atoi(name); err != nil {
				return false
			}
			t = in.Elem()
		default:
			return false
		}
	}
	return true
}

// decode gives the rows to the checker, a column at a time.
func (p *columnsPart) decode(c *checker) error {
	return guarded(p.reader.what, func() error {
		rows := int(p.batch.NumRows())
		for first := 0; first < rows; first += c.room {
			c.columnar(p, first, min(rows-first, c.room))
		}
		return nil
	})
}

// columnar checks rows that come column by column.
func (c *checker) columnar(p *columnsPart, first, rows int) {
	c.newBatch()
	var wrong []misread
	for f := range c.columns {
		col, at := &c.columns[f], p.reader.fields[f]
		col.seen = true
		from := p.batch.Column(at.column)
		before := len(wrong)
		if len(at.path) > 0 || !col.fill(c.batch, f, from, first, rows) {
			wrong = col.each(c.batch, f, from, at.path, first, rows, wrong)
		} else if col.needed != "" {
			wrong = c.lacking(f, rows, wrong)
		}
		for i := before; i < len(wrong); i++ {
			wrong[i].field = f
		}
	}
	c.batch.Rows = rows
	if c.keyed {
		for i := range rows {
			c.batch.places = append(c.batch.places, place{c.row + int64(i) + 1, 0})
		}
	}
	if len(wrong) > 0 {
		c.refuse(p, first, wrong)
	}
	c.row += int64(rows)
	c.out.rows += int64(rows)
}

// misread is a value that is wrong.
type misread struct {
	row, field int
	detail     string
}

// lacking adds the rows without a value of a field that needs one.
func (c *checker) lacking(f, rows int, wrong []misread) []misread {
	v := &c.batch.Columns[f]
	for i := 0; v.Valid != nil && i < rows; i++ {
		if v.Null(i) {
			wrong = append(wrong, misread{row: i, detail: c.columns[f].needed})
		}
	}
	return wrong
}

// refuse takes rows with wrong values out of the batch.
func (c *checker) refuse(p *columnsPart, first int, wrong []misread) {
	slices.SortStableFunc(wrong, func(a, b misread) int { return a.row - b.row })
	before := c.row
	var out []int
	for len(wrong) > 0 {
		i := wrong[0].row
		c.row, c.before = before+int64(i)+1, c.out.total
		for len(wrong) > 0 && wrong[0].row == i {
			c.fault(0, 0, c.columns[wrong[0].field].field.Name, wrong[0].detail)
			wrong = wrong[1:]
		}
		c.reject(arrowRow{p, first + i})
		out = append(out, i)
	}
	c.batch.drop(out)
	c.row = before
}

// arrowRow is a row of a batch.
type arrowRow struct {
	part *columnsPart
	row  int
}

// appendRow writes the row as JSON, as far as its types have such a form.
func (r arrowRow) appendRow(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range int(r.part.batch.NumCols()) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(schemas.AppendString(dst, r.part.batch.ColumnName(i)), ':')
		column := r.part.batch.Column(i)
		if column.IsNull(r.row) {
			dst = append(dst, "null"...)
		} else {
			dst = schemas.AppendString(dst, column.ValueStr(r.row))
		}
	}
	return append(dst, '}')
}

// each reads values one by one.
func (col *column) each(b *batch, f int, from arrow.Array, path []string, first, rows int, wrong []misread) []misread {
	var buf []byte
	for i := range rows {
		var v value
		buf, v = arrowValue(buf[:0], from, first+i, path)
		if col.reading.missing(&v) {
			b.null(f, i)
			if col.needed != "" {
				wrong = append(wrong, misread{row: i, detail: col.needed})
			}
			continue
		}
		if detail := col.put(i, &v); detail != "" {
			wrong = append(wrong, misread{row: i, detail: detail})
		}
	}
	return wrong
}

// textArray is what every array of text has.
type textArray interface{ Value(i int) string }

// fill takes all values of a column at once, where its type is the field's
// and nothing is untidy. Otherwise it takes none, and returns false.
func (col *column) fill(b *batch, f int, from arrow.Array, first, rows int) bool {
	if col.field.Missing != nil || col.reading.allowed != nil {
		return false
	}
	ok := false
	switch col.field.Type {
	case datasets.Number:
		ok = fillNumbers(col.vector.Floats, from, first, rows)
	case datasets.String:
		ok = col.fillTexts(from, first, rows)
	default:
		ok = col.fillInts(from, first, rows)
	}
	if ok && from.NullN() > 0 {
		for i := range rows {
			if from.IsNull(first + i) {
				b.null(f, i)
			}
		}
	}
	return ok
}

func fillNumbers(to []float64, from arrow.Array, first, rows int) bool {
	switch from := from.(type) {
	case *array.Float64:
		values := from.Float64Values()[first : first+rows]
		copy(to, values)
		for i, v := range values {
			if v-v != 0 && from.IsValid(first+i) {
				return false // infinities and NaN are told apart one by one
			}
		}
		return true
	case *array.Int64:
		for i, v := range from.Int64Values()[first : first+rows] {
			to[i] = float64(v)
		}
		return true
	case *array.Int32:
		for i, v := range from.Int32Values()[first : first+rows] {
			to[i] = float64(v)
		}
		return true
	}
	return false
}

func (col *column) fillInts(from arrow.Array, first, rows int) bool {
	to := col.vector.Ints
	switch from := from.(type) {
	case *array.Int64:
		if col.field.Type != datasets.Integer {
			return false
		}
		copy(to, from.Int64Values()[first:first+rows])
		return true
	case *array.Int32:
		if col.field.Type != datasets.Integer {
			return false
		}
		for i, v := range from.Int32Values()[first : first+rows] {
			to[i] = int64(v)
		}
		return true
	case *array.Date32:
		if col.field.Type != datasets.Date {
			return false
		}
		return fillDays(to, from, first, rows)
	case *array.Timestamp:
		return col.field.Type == datasets.DateTime && col.fillInstants(from, first, rows)
	}
	return false
}

// The days of the years 0000 and 9999, which texts can write.
const (
	firstDay = -719528
	lastDay  = 2932896
)

func fillDays(to []int64, from *array.Date32, first, rows int) bool {
	for i, v := range from.Date32Values()[first : first+rows] {
		if (v < firstDay || v > lastDay) && from.IsValid(first+i) {
			return false
		}
		to[i] = int64(v)
	}
	return true
}

// fillInstants takes instants in milliseconds, or in a smaller unit where
// nothing is lost.
func (col *column) fillInstants(from *array.Timestamp, first, rows int) bool {
	t := from.DataType().(*arrow.TimestampType)
	if t.TimeZone == "" && col.field.Timezone != "" && col.field.Timezone != "UTC" || t.Unit == arrow.Second {
		return false
	}
	unit := map[arrow.TimeUnit]int64{arrow.Millisecond: 1, arrow.Microsecond: 1e3, arrow.Nanosecond: 1e6}[t.Unit]
	for i, v := range from.TimestampValues()[first : first+rows] {
		millis := int64(v) / unit
		if (millis*unit != int64(v) || millis < firstDay*millisPerDay || millis >= (lastDay+1)*millisPerDay) && from.IsValid(first+i) {
			return false
		}
		col.vector.Ints[i] = millis
	}
	return true
}

func (col *column) fillTexts(from arrow.Array, first, rows int) bool {
	if d, ok := from.(*array.Dictionary); ok {
		return col.fillCodes(d, first, rows)
	}
	values, ok := from.(textArray)
	if !ok || !isText(from.DataType()) {
		return false
	}
	for i := range rows {
		if from.IsNull(first + i) {
			continue
		}
		var detail string
		if col.vector.Codes[i], detail = col.codeOf(values.Value(first + i)); detail != "" {
			return false
		}
	}
	return true
}

func (col *column) fillCodes(from *array.Dictionary, first, rows int) bool {
	values, ok := from.Dictionary().(textArray)
	if !ok || !isText(from.Dictionary().DataType()) {
		return false
	}
	// One look at each text of the dictionary, if it is not much larger than
	// the rows.
	if n := from.Dictionary().Len(); n <= 2*rows {
		codes := make([]uint32, n)
		seen := make([]bool, n)
		for i := range rows {
			if from.IsNull(first + i) {
				continue
			}
			at := from.GetValueIndex(first + i)
			if from.Dictionary().IsNull(at) {
				return false
			}
			if !seen[at] {
				var detail string
				if codes[at], detail = col.codeOf(values.Value(at)); detail != "" {
					return false
				}
				seen[at] = true
			}
			col.vector.Codes[i] = codes[at]
		}
		return true
	}
	return false
}

// codeOf returns the dictionary's code of a text, as code does.
func (col *column) codeOf(text string) (code uint32, detail string) {
	if code, ok := col.codes[text]; ok {
		return code, ""
	}
	return col.code([]byte(text))
}

func isText(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return true
	}
	return false
}
