package engine

import (
	"herbarium/datasets"
	"herbarium/engine/plan"
)

// unpivoted are the rows that a plan.Unpivot makes of groups: the row of a source and a
// group is the one at group × number of sources + source.
type unpivoted struct {
	unpivot  *plan.Unpivot
	groups   *heldRows
	measures int // how many the groups have, before their keys
}

func (u unpivoted) len() int64 { return int64(u.groups.rows) * int64(len(u.unpivot.Sources)) }

func (u unpivoted) value(row int64, column int) (plan.Nullable, datasets.Type) {
	n := int64(len(u.unpivot.Sources))
	source, group := &u.unpivot.Sources[row%n], int(row/n)
	if column < len(u.unpivot.Names) {
		return plan.Nullable{Value: plan.Value{Str: source.Texts[column]}}, datasets.String
	}
	column -= len(u.unpivot.Names)
	if key := column - len(u.unpivot.Values); key >= 0 {
		return u.groups.value(group, u.measures+key)
	}
	if source.Measures[column] == plan.NoMeasure {
		return plan.Nullable{Null: true}, u.unpivot.Values[column].Type
	}
	return u.groups.value(group, source.Measures[column])
}
