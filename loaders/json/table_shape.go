package json

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"herbarium/loaders/source"
)

// A document that is one object may be a table: by columns, as pandas writes it
// unless it is told otherwise, {"a": {"0": 1, "1": 2}}, or with a list for each
// column, {"a": [1, 2]}; or by rows under their names, {"x": {"a": 1}, "y": {"a": 2}}.
// Its beginning shows which: all members are lists of values, or objects with the
// same members. Where both the outer and the inner names are none of numbers, the
// values tell: those of a column are of one kind.

// tableShape is how a document that is a table is written.
type tableShape uint8

const (
	noTable   tableShape = iota
	byColumns            // an object or a list for each column
	byRows               // an object for each row
	eitherWay            // by columns or by rows, or one row
)

// tableHead is what the beginning of a document shows.
type tableHead struct {
	shape tableShape
	outer []string // names of the members
	inner []string // names in the first of them
}

// member is what one member of the document has.
type member struct {
	list  bool
	names []string
	kinds []jsontext.Kind
	open  bool // it goes on behind the head
}

// shapeOf looks at the beginning of a source.
func shapeOf(head []byte) (t tableHead) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, source.ByteOrderMark), " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return t
	}
	if end := elementEnd(text, 0); end > 0 && len(bytes.TrimSpace(text[end:])) > 0 {
		return t // another row follows
	}
	members, ok := t.members(jsontext.NewDecoder(bytes.NewReader(withWords(text))))
	if !ok || len(members) == 0 {
		return t
	}
	t.inner = members[0].names
	if members[0].list {
		t.shape = shapeOfLists(members)
	} else {
		t.shape = t.shapeOfObjects(members)
	}
	return t
}

// members reads the members as far as the head has them; ok is false where one is
// neither a list nor an object.
func (t *tableHead) members(d *jsontext.Decoder) (all []member, ok bool) {
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			break
		}
		t.outer = append(t.outer, name.String())
		switch d.PeekKind() {
		case '{', '[':
		case 0:
			t.outer = t.outer[:len(t.outer)-1]
			return all, true
		default:
			return nil, false
		}
		m := readMember(d)
		if len(all) > 0 && m.list != all[0].list {
			return nil, false
		}
		if all = append(all, m); m.open {
			break
		}
	}
	return all, true
}

// readMember reads one member.
func readMember(d *jsontext.Decoder) (m member) {
	m.list = d.PeekKind() == '['
	if _, err := d.ReadToken(); err != nil {
		m.open = true
		return m
	}
	for d.PeekKind() != ']' && d.PeekKind() != '}' {
		if !m.list {
			name, err := d.ReadToken()
			if err != nil {
				m.open = true
				return m
			}
			m.names = append(m.names, name.String())
		}
		kind := d.PeekKind()
		if err := d.SkipValue(); err != nil {
			m.open = true
			return m
		}
		if kind == 'f' {
			kind = 't'
		}
		m.kinds = append(m.kinds, kind)
	}
	_, err := d.ReadToken()
	m.open = err != nil
	return m
}

// fewPlaces is how long a list may be that is taken for several fields of a row.
const fewPlaces = 4

// shapeOfLists tells whether lists are the columns of a table.
func shapeOfLists(members []member) tableShape {
	length := -1
	for _, m := range members {
		if !m.open && length < 0 {
			length = len(m.kinds)
		}
		if m.nested() || !m.open && len(m.kinds) != length || m.open && length >= 0 && len(m.kinds) > length {
			return noTable
		}
	}
	if length == 0 || len(members) == 1 && !members[0].open && length <= fewPlaces {
		return noTable
	}
	return byColumns
}

// nested reports whether a value is a list or an object.
func (m *member) nested() bool {
	return slices.Contains(m.kinds, '{') || slices.Contains(m.kinds, '[')
}

// shapeOfObjects tells what objects are.
func (t *tableHead) shapeOfObjects(members []member) tableShape {
	first := &members[0]
	numbered := isNumbered(t.outer)
	switch {
	case len(first.names) == 0:
		return noTable
	case first.names[0] == "0" && !numbered && !first.nested():
		return byColumns
	case numbered && first.names[0] != "0":
		return byRows
	case numbered || len(members) < 2:
		return noTable
	}
	for i, m := range members {
		last := i == len(members)-1
		if m.nested() || !slices.Equal(m.names, first.names) && !(last && m.open) {
			return noTable
		}
	}
	across, within := true, true
	for i := range first.kinds {
		across = across && oneKind(members, func(m *member) []jsontext.Kind { return m.kinds[min(i, len(m.kinds)):min(i+1, len(m.kinds))] })
	}
	for i := range members {
		within = within && oneKind(members[i:i+1], func(m *member) []jsontext.Kind { return m.kinds })
	}
	switch {
	case across && !within:
		return byRows
	case within && !across:
		return byColumns
	case across:
		return eitherWay
	}
	return noTable
}

// oneKind reports whether values are of one kind, or null.
func oneKind(members []member, of func(*member) []jsontext.Kind) bool {
	var kind jsontext.Kind
	for i := range members {
		for _, k := range of(&members[i]) {
			if k != 'n' && kind != 0 && k != kind {
				return false
			}
			if k != 'n' {
				kind = k
			}
		}
	}
	return true
}

// isNumbered reports whether names are 0, 1 and so on.
func isNumbered(names []string) bool {
	for i, name := range names {
		if name != strconv.Itoa(i) {
			return false
		}
	}
	return len(names) > 0
}

// read reports how a table is written whose fields are along paths: a column is one
// of them, or else what the rows have is. It is noTable where neither holds.
func (t *tableHead) read(paths *paths) tableShape {
	known := func(name string) bool { return paths.children[name] != nil }
	switch {
	case t.shape == noTable || len(t.outer) == 0:
	case slices.ContainsFunc(t.outer, known):
		for _, name := range t.outer {
			if known(name) && paths.children[name].children != nil {
				return noTable // fields within
			}
		}
		if t.shape != byRows {
			return byColumns
		}
	case slices.ContainsFunc(t.inner, known) && t.shape != byColumns:
		return byRows
	}
	return noTable
}
