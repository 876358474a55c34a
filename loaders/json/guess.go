package json

import (
	"bytes"
	stdjson "encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/source"
)

// Guess is where the rows of a document are, as far as its beginning shows.
type Guess struct {
	// Pointer leads to the list of rows; "" where the source is no document.
	Pointer string
	// Others lead to other lists, which may describe columns.
	Others []string

	// Table says how the source is a table that is written in parts: by columns, by
	// rows under their names, or with a list of these; "" where it is no such.
	Table string

	names []string // of the columns, where rows are arrays
}

// list is a list in a document that may have its rows.
type list struct {
	pointer string
	length  int
	arrays  bool // its elements are arrays
	width   int  // of the first of them
	open    bool // it goes on behind the head
}

// finder looks through the beginning of a document.
type finder struct {
	decoder *jsontext.Decoder
	lists   []list
	others  []string
	names   [][]string // of lists that describe columns
	indexed bool       // the list /index has other values than 0, 1 and so on
}

// findRows looks for the rows of a text that begins with an object. document says
// that the object is not itself a row. The rows are the first list of objects that
// goes on after the head, else the longest; of lists of arrays only where there is
// no list of objects. Lists that describe columns are no rows.
func findRows(head []byte, lines bool) (guess Guess, document bool) {
	head = bytes.TrimPrefix(head, source.ByteOrderMark)
	f := &finder{decoder: jsontext.NewDecoder(bytes.NewReader(withWords(head)))}
	whole := f.document()
	if whole && f.decoder.PeekKind() != 0 {
		return Guess{}, false // another row follows
	}
	first := head
	if whole {
		first = bytes.TrimSpace(head)
	}
	severalLines := bytes.IndexByte(first, '\n') >= 0
	if lines && !severalLines {
		return Guess{}, false
	}
	best := f.best()
	if best == nil {
		return Guess{Others: f.others}, whole && (severalLines || len(f.others) > 0)
	}
	guess = Guess{Pointer: best.pointer, Others: f.others}
	if best.arrays {
		for _, names := range f.names {
			if len(names) == best.width && !slices.Contains(names, "") {
				guess.names = names
			}
		}
	}
	if f.indexed && best.arrays {
		guess.Table = "The names of the rows, at /index, are not read; reset_index() makes a column of them, in pandas."
	}
	for _, l := range f.lists {
		if l.pointer != best.pointer {
			guess.Others = append(guess.Others, l.pointer)
		}
	}
	return guess, true
}

// best returns the list that is likely to have the rows.
func (f *finder) best() (best *list) {
	for i := range f.lists {
		l := &f.lists[i]
		switch {
		case l.length == 0 && !l.open:
		case best == nil, best.arrays && !l.arrays:
			best = l
		case best.arrays != l.arrays || best.open:
		case l.open || l.length > best.length:
			best = l
		}
	}
	return best
}

// document reads the object, and reports whether the head has its end.
func (f *finder) document() (whole bool) {
	for {
		token, err := f.decoder.ReadToken()
		if err != nil {
			return false
		}
		if token.Kind() == '[' && !f.list() {
			return false
		}
		if f.decoder.StackDepth() == 0 {
			return true
		}
	}
}

// list reads a list, and reports whether the head has its end.
func (f *finder) list() bool {
	at := string(f.decoder.StackPointer())
	kind := f.decoder.PeekKind()
	if at == "/index" && kind != '[' && kind != '{' {
		return f.index()
	}
	if kind != '{' && kind != '[' && kind != '"' {
		return true // its values follow
	}
	l := list{pointer: at, arrays: kind == '['}
	var names []string
	described := underSchema(at)
	for f.decoder.PeekKind() != ']' {
		raw, err := f.decoder.ReadValue()
		if err != nil {
			l.open = true
			break
		}
		var elements []stdjson.RawMessage
		if l.arrays && l.length == 0 && stdjson.Unmarshal(raw, &elements) == nil {
			l.width = len(elements)
		}
		if l.length++; kind == '"' || described || describesColumns(at, raw) {
			described = described || kind == '{'
			names = append(names, nameOf(raw))
		}
	}
	switch {
	case kind == '"':
		if namesColumns(at) && !l.open {
			f.names = append(f.names, names)
		}
	case described:
		f.others = append(f.others, at)
		if !l.open && namesColumns(at) {
			f.names = append(f.names, names)
		}
	default:
		f.lists = append(f.lists, l)
	}
	if l.open {
		return false
	}
	_, err := f.decoder.ReadToken()
	return err == nil
}

// index reads the list in which pandas writes the names of rows with orient="split".
func (f *finder) index() bool {
	for i := 0; f.decoder.PeekKind() != ']'; i++ {
		raw, err := f.decoder.ReadValue()
		if err != nil {
			return false
		}
		f.indexed = f.indexed || string(raw) != strconv.Itoa(i)
	}
	_, err := f.decoder.ReadToken()
	return err == nil
}

// lastName returns the last name of a pointer.
func lastName(at string) string { return strings.ToLower(at[strings.LastIndexByte(at, '/')+1:]) }

// namesColumns reports whether a list is called as those that describe columns are.
func namesColumns(at string) bool {
	return slices.Contains([]string{"columns", "fields", "header", "headers"}, lastName(at))
}

// underSchema reports whether a pointer leads into what is said about the data: the
// schema of pandas' orient="table", or Socrata's meta.
func underSchema(at string) bool {
	names := strings.Split(strings.ToLower(at), "/")
	return slices.ContainsFunc(names, func(name string) bool {
		return slices.Contains([]string{"schema", "meta", "metadata", "@context"}, name)
	})
}

// describesColumns reports whether an element of a list describes a column: the list
// is called so, and the element has a name and a type.
func describesColumns(at string, raw []byte) bool {
	if !namesColumns(at) {
		return false
	}
	var members map[string]stdjson.RawMessage
	if stdjson.Unmarshal(raw, &members) != nil {
		return false
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { _, ok := members[name]; return ok })
	}
	return has("name", "id", "field", "fieldName") && has("type", "dtype", "dataType", "datatype", "dataTypeName")
}

// nameOf returns the name that an element gives a column; "" if none.
func nameOf(raw []byte) string {
	var text string
	if stdjson.Unmarshal(raw, &text) == nil {
		return text
	}
	var column struct{ Name string }
	_ = stdjson.Unmarshal(raw, &column) // what has no name gives none
	return column.Name
}
