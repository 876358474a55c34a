package plan

import "herbarium/datasets"

// SortKey is a part of an order: first by this, and where that is equal by
// the next part. Null comes first, and last where the part is descending; text
// is ordered by its UTF-8 bytes; 0 and -0 are equal.
type SortKey struct {
	// By is the index of a field in a plan of rows, and of one of Columns in a
	// plan of groups.
	By         int
	Descending bool
}

// Nullable is a value, or none.
type Nullable struct {
	Value
	Null bool
}

// CompareNullable orders values of a type, of which a null is the least. 0 and
// -0 are equal.
func CompareNullable(a, b Nullable, t datasets.Type) int {
	switch {
	case a.Null && b.Null:
		return 0
	case a.Null:
		return -1
	case b.Null:
		return 1
	}
	return Compare(a.Value, b.Value, t)
}

// sorted names the plan's order for people: "-depth, kind".
func (p *Plan) sorted() []string {
	var names []string
	for _, key := range p.Order {
		name := ""
		if p.Groups != nil {
			name = p.Columns[key.By].Name
		} else {
			name = p.Dataset.Fields[key.By].Name
		}
		if key.Descending {
			name = "-" + name
		}
		names = append(names, name)
	}
	return names
}
