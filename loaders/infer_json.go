package loaders

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/infer"
	"herbarium/loaders/source"
)

// What is looked at in JSON rows: members of members so deep, columns so many,
// and lists so long that each element may be a column, as coordinates are.
const (
	maxDepth   = 8
	maxMembers = 4096
	maxPlaces  = 4
)

// readJSON looks at rows of JSON or NDJSON from the begin on.
func (s *survey) readJSON(ctx context.Context, c *source.Content, head []byte, format Format) error {
	if s.options.Rows == "" && format == NDJSON {
		pointer, document := findRows(head)
		if document && pointer == "" {
			s.fail(Fault{Line: 1, Column: 1, Detail: "the document is one object without a list of objects in it, so it has no rows"})
			return nil
		}
		s.options.Rows = pointer
	}
	var r reader
	var err error
	if s.options.Rows != "" || format == JSON {
		r, err = opened(openJSON(c.Text, s.options.limits, s.options.Rows, nil))
	} else {
		r, err = opened(openNDJSON(c.Text, s.options.limits, nil))
	}
	if err != nil {
		return err
	}
	defer r.close()
	return s.walk(ctx, r)
}

// walk gives rows to the table until the sample is full.
func (s *survey) walk(ctx context.Context, r reader) error {
	w := &jsonWalk{survey: s, list: jsontext.NewDecoder(new(bytes.Buffer))}
	for most := s.options.Sample; most == 0 || w.read < most; {
		p, err := r.next(ctx)
		if err == io.EOF {
			s.table.Whole = true
			return nil
		}
		if err != nil {
			return err
		}
		part := p.(*jsonPart)
		w.read += int64(len(part.text))
		if err := part.each(w.row); err != nil {
			return err
		}
		r.recycle(p)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// findRows looks for the rows of a text that begins with an object. document
// says that the object is not itself a row; the pointer leads to its rows. They
// are the first list of objects that goes on behind the head, else the longest.
func findRows(head []byte) (pointer string, document bool) {
	decoder := jsontext.NewDecoder(bytes.NewReader(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	most := 0
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return pointer, most > 0
		}
		if token.Kind() == '[' && decoder.PeekKind() == '{' {
			at := string(decoder.StackPointer())
			n, err := skipElements(decoder)
			if err != nil {
				return at, true
			}
			if n > most {
				pointer, most = at, n
			}
		}
		if decoder.StackDepth() == 0 {
			break
		}
	}
	if decoder.PeekKind() != 0 {
		return "", false // another row follows
	}
	end := int(decoder.InputOffset())
	return pointer, most > 0 || bytes.IndexByte(bytes.TrimSpace(head[:min(end, len(head))]), '\n') >= 0
}

// skipElements reads on to the end of a list, and counts its elements.
func skipElements(decoder *jsontext.Decoder) (n int, err error) {
	for ; decoder.PeekKind() != ']'; n++ {
		if err := decoder.SkipValue(); err != nil {
			return n, err
		}
	}
	_, err = decoder.ReadToken()
	return n, err
}

// jsonWalk gives all values of objects to the table, along whatever path they
// are.
type jsonWalk struct {
	survey *survey
	read   int64
	rows   int64
	line   int
	jsonText
	list *jsontext.Decoder
	path []string
}

var errMembers = errors.New("rows have more than " + strconv.Itoa(maxMembers) + " members of different names; names that are values cannot be columns")

// row gives one row.
func (w *jsonWalk) row(text []byte, line, column int) {
	w.rows++
	w.line = line
	if bytes.IndexByte(text, '\n') >= 0 {
		w.line = 0 // which of its lines a value stands in is not counted
	}
	w.reset(text)
	w.path = w.path[:0]
	if err := w.whole(w.object); err != nil {
		w.survey.fail(Fault{Line: line, Column: column, Row: w.rows, Detail: jsonDetail(err)})
	}
	w.survey.table.EndRow()
}

// object reads the object that the path leads to.
func (w *jsonWalk) object() error {
	if _, err := w.decoder.ReadToken(); err != nil {
		return err
	}
	for w.decoder.PeekKind() != '}' {
		name, err := w.decoder.ReadToken()
		if err != nil {
			return err
		}
		w.path = append(w.path, name.String())
		if err := w.member(); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	_, err := w.decoder.ReadToken()
	return err
}

// member reads the value that the path leads to.
func (w *jsonWalk) member() error {
	column := w.survey.table.Column(w.path...)
	if w.survey.table.Width() > maxMembers {
		return errMembers
	}
	if w.decoder.PeekKind() == '{' && len(w.path) < maxDepth {
		column.Add(&infer.Value{Kind: infer.Nested})
		return w.object()
	}
	raw, err := w.decoder.ReadValue()
	if err != nil {
		return err
	}
	if raw[0] == '[' && len(w.path) < maxDepth {
		return w.places(column, bytes.Clone(raw))
	}
	w.add(column, raw)
	return nil
}

// add gives a value to its column.
func (w *jsonWalk) add(column *infer.Column, raw []byte) {
	v := w.value(raw)
	column.Add(&infer.Value{Kind: v.kind, Text: v.text, Line: w.line})
}

// places makes columns of the elements of a short list, by their places.
func (w *jsonWalk) places(column *infer.Column, raw []byte) error {
	column.Add(&infer.Value{Kind: infer.Nested})
	w.list.Reset(bytes.NewReader(raw))
	if _, err := w.list.ReadToken(); err != nil {
		return err
	}
	var elements [maxPlaces][]byte
	n := 0
	for ; w.list.PeekKind() != ']'; n++ {
		element, err := w.list.ReadValue()
		if err != nil {
			return err
		}
		if n == maxPlaces || element[0] == '{' || element[0] == '[' {
			column.LeaveOut()
			return nil
		}
		elements[n] = bytes.Clone(element)
	}
	for i, element := range elements[:n] {
		w.add(w.survey.table.Column(append(w.path, strconv.Itoa(i))...), element)
	}
	return nil
}
