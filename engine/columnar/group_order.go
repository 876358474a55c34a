package columnar

import (
	"context"
	"math"

	"herbarium/datasets"
	"herbarium/engine"
)

// groupOrder is a plan's order of groups. Groups are sorted as rows are, by normalized
// keys, of which the codes are here at hand.
type groupOrder struct {
	codes [][]uint64 // of each part, by place of the group
	words [][]keyPiece
}

// sort returns the groups, which come in ascending order of their keys, in the plan's
// order. It computes the measures that the order needs, and no other.
func (c *groupCursor) sort(ctx context.Context, groups []uint32) ([]uint32, error) {
	if len(c.plan.Order) == 0 || len(groups) < 2 {
		return groups, nil
	}
	o := &groupOrder{}
	var widths []int
	measures := c.plan.Groups.Measures
	for _, key := range c.plan.Order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var ordered []uint64
		var nulls []bool
		if i, isKey := c.plan.Groups.InColumn(key.By); isKey {
			ordered, nulls = c.keyCodes(i, groups), make([]bool, len(groups))
		} else {
			v := engine.Vector{Type: c.plan.Columns[key.By].Type}
			c.measure(&v, measures[i].Measure, c.places[i], groups)
			ordered, nulls = orderedValues(&v, len(groups))
		}
		for _, part := range groupPartsOf(ordered, nulls, key.Descending) {
			o.codes = append(o.codes, part.codes)
			widths = append(widths, part.space.bits())
		}
	}
	o.words = keyWords(widths)
	items := make([]sortItem, len(groups))
	for i := range items {
		items[i] = sortItem{o.word(0, int64(i)), int64(i)}
	}
	sorter := itemSorter{words: len(o.words), word: o.word}
	sorter.sort(ctx, items, 0)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sorted := make([]uint32, len(groups))
	for i, item := range items {
		sorted[i] = groups[item.row]
	}
	return sorted, nil
}

// word returns a word of the key of the group at a place.
func (o *groupOrder) word(number int, place int64) uint64 {
	word := uint64(0)
	for i := range o.words[number] {
		piece := &o.words[number][i]
		word |= piece.place(o.codes[piece.part][place])
	}
	return word
}

// keyCodes returns the groups' codes in the i-th key. They are ordered as its values are.
func (c *groupCursor) keyCodes(i int, groups []uint32) []uint64 {
	codes := make([]uint64, len(groups))
	var of []uint32
	for k, g := range groups {
		of = c.total.groups.codes(of[:0], g)
		codes[k] = uint64(of[i])
	}
	return codes
}

// orderedValues returns the ordered bits of the first values of a vector, and which of them
// are null.
func orderedValues(v *engine.Vector, n int) (ordered []uint64, nulls []bool) {
	ordered, nulls = make([]uint64, n), make([]bool, n)
	for i := range n {
		if nulls[i] = v.Null(i); nulls[i] {
			continue
		}
		switch v.Type {
		case datasets.Number:
			ordered[i] = orderedFloat(v.Floats[i])
		case datasets.String:
			ordered[i] = uint64(v.Codes[i])
		default:
			ordered[i] = orderedInt(v.Ints[i])
		}
	}
	return ordered, nulls
}

// groupPart is one part of the keys of groups.
type groupPart struct {
	space codeSpace
	codes []uint64
}

// groupPartsOf returns the parts of keys for values with those ordered bits: one, or two
// where nulls leave no code for them.
func groupPartsOf(ordered []uint64, nulls []bool, descending bool) []groupPart {
	least, greatest, nullable := uint64(math.MaxUint64), uint64(0), false
	for i, v := range ordered {
		if nulls[i] {
			nullable = true
			continue
		}
		least, greatest = min(least, v), max(greatest, v)
	}
	if least > greatest {
		return nil // all are null
	}
	var parts []groupPart
	if nullable && greatest-least == math.MaxUint64 {
		presence := groupPart{newCodeSpace(0, 0, true, descending), make([]uint64, len(ordered))}
		for i := range ordered {
			presence.codes[i] = presence.space.of(0)
			if nulls[i] {
				presence.codes[i] = presence.space.null()
			}
		}
		parts, nullable = append(parts, presence), false
	}
	values := groupPart{newCodeSpace(least, greatest, nullable, descending), ordered}
	for i, v := range ordered {
		switch {
		case !nulls[i]:
			values.codes[i] = values.space.of(v)
		case nullable:
			values.codes[i] = values.space.null()
		default:
			values.codes[i] = 0
		}
	}
	return append(parts, values)
}
