package format

import (
	"slices"
	"strings"

	"herbarium/engine/plan"
)

// Object is the layout of a row as JSON: an object with its keys in order. A
// column whose name has dots lies in nested objects, each of which stands where
// its first column does.
type Object struct{ Members []Member }

// Member is a key of an Object. Its value is a column or another object.
type Member struct {
	Key    string
	Column int     // its number
	Object *Object // nil for a column
}

// NewObject returns the layout of rows with these columns.
func NewObject(columns []plan.Column) Object {
	o := Object{make([]Member, 0, len(columns))}
	for i, c := range columns {
		o.add(c.Name, i)
	}
	return o
}

func (o *Object) add(name string, column int) {
	key, rest, nested := strings.Cut(name, ".")
	if !nested {
		o.Members = append(o.Members, Member{Key: key, Column: column})
		return
	}
	i := slices.IndexFunc(o.Members, func(m Member) bool { return m.Object != nil && m.Key == key })
	if i < 0 {
		i = len(o.Members)
		o.Members = append(o.Members, Member{Key: key, Object: &Object{}})
	}
	o.Members[i].Object.add(rest, column)
}
