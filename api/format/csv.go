package format

import (
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// CSV writes answers as RFC 4180 has it: a header row with the columns' flat
// names, CRLF, quotes where they are needed. A null is empty, and so is the
// empty string: CSV does not tell them apart. Text that a spreadsheet would
// take for a formula (=, +, -, @) stays as it is, since this is data for
// programs, and a changed value would be a wrong one.
var CSV = engine.Format{
	Name:       "csv",
	MediaType:  "text/csv",
	Parameters: "; charset=utf-8",
	File:       true,
	New: func(p *plan.Plan) engine.Encoder {
		e := &csvEncoder{columns: p.Columns, texts: make([]dictionaryText, len(p.Columns))}
		for i := range e.texts {
			e.texts[i].write = appendCSV
		}
		return e
	},
}

// byteOrderMark begins a text that Excel then reads as UTF-8.
const byteOrderMark = "\uFEFF"

// CSVWithMark is CSV that begins with a byte order mark, without which Excel takes
// a file for one in the system's code page. In all else it is CSV.
var CSVWithMark = withMark(CSV)

func withMark(f engine.Format) engine.Format {
	unmarked := f.New
	f.Name += " with byte order mark"
	f.New = func(p *plan.Plan) engine.Encoder { return markedEncoder{unmarked(p)} }
	return f
}

// markedEncoder writes a byte order mark before everything.
type markedEncoder struct{ engine.Encoder }

// Begin writes the mark and the header row.
func (e markedEncoder) Begin(dst []byte) []byte {
	return e.Encoder.Begin(append(dst, byteOrderMark...))
}

// csvEncoder writes rows of values between commas.
type csvEncoder struct {
	columns []plan.Column
	texts   []dictionaryText // by column
}

// Begin writes the header row.
func (e *csvEncoder) Begin(dst []byte) []byte {
	for i, c := range e.columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCSV(dst, c.Name)
	}
	return append(dst, '\r', '\n')
}

// Append writes a batch's rows. The only value of a row is quoted if it is empty,
// since readers skip empty lines.
func (e *csvEncoder) Append(dst []byte, b *engine.Batch) []byte {
	for i, c := range e.columns {
		if c.Type == datasets.String {
			e.texts[i].prepare(&b.Columns[i], b.Rows)
		}
	}
	for row := range b.Rows {
		start := len(dst)
		for i := range e.columns {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.value(dst, i, &b.Columns[i], row)
		}
		if len(dst) == start {
			dst = append(dst, '"', '"')
		}
		dst = append(dst, '\r', '\n')
	}
	return dst
}

// End writes nothing.
func (e *csvEncoder) End(dst []byte) []byte { return dst }

// Err returns nil: CSV can represent every value.
func (e *csvEncoder) Err() error { return nil }

func (e *csvEncoder) value(dst []byte, column int, v *engine.Vector, row int) []byte {
	if v.Null(row) {
		return dst
	}
	switch t := e.columns[column].Type; t {
	case datasets.Number:
		return datasets.AppendNumber(dst, v.Floats[row])
	case datasets.String:
		return e.texts[column].append(dst, v, row)
	case datasets.Integer:
		return strconv.AppendInt(dst, v.Ints[row], 10)
	case datasets.Date:
		return datasets.AppendDate(dst, v.Ints[row])
	case datasets.DateTime:
		return datasets.AppendDateTime(dst, v.Ints[row])
	default:
		return v.Value(row).Append(dst, t)
	}
}

// appendCSV writes text, in quotes if it contains a delimiter, a quote or a line
// end, or if it begins or ends with a space, which some readers drop.
func appendCSV(dst []byte, text string) []byte {
	bare := !strings.ContainsAny(text, ",\"\r\n") && !strings.HasPrefix(text, " ") && !strings.HasSuffix(text, " ")
	text = strings.ToValidUTF8(text, "\uFFFD")
	if bare {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for {
		before, after, found := strings.Cut(text, `"`)
		dst = append(dst, before...)
		if !found {
			return append(dst, '"')
		}
		dst = append(dst, '"', '"')
		text = after
	}
}
