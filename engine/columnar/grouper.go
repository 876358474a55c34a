package columnar

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"herbarium/datasets"
	"herbarium/engine"
)

// denseGroups is the number of possible groups up to which each has its place
// from the start, by its codes; beyond it groups are numbered as they come.
const denseGroups = 1 << 14

// grouper numbers the groups of rows. A group's key is the codes of its
// fields, in order: 0 for null, then ascending by value.
type grouper struct {
	codes [][]uint32 // by field, then row
	radix []int      // by field: how many codes there are
	dense bool
	count int // groups so far

	numbers map[string]int // where not dense: by the codes' bytes
	keys    [][]uint32
}

func newGrouper(t *table, fields []int) *grouper {
	g := &grouper{count: 1, dense: true}
	for _, f := range fields {
		groups := t.columns[f].groups
		g.codes = append(g.codes, groups.codes)
		g.radix = append(g.radix, len(groups.values)+1)
		if g.dense = g.dense && g.count*(len(groups.values)+1) <= denseGroups; g.dense {
			g.count *= len(groups.values) + 1
		}
	}
	if !g.dense {
		g.count = 0
		g.numbers = map[string]int{}
	}
	return g
}

// number writes the group of each selected row of a block into groups.
func (g *grouper) number(start, end int, sel *selection, groups []uint32) {
	switch {
	case len(g.codes) == 0:
		return // groups is all zeros
	case g.dense:
		for f, codes := range g.codes {
			radix := uint32(g.radix[f])
			for i, code := range codes[start:end] {
				groups[i] = groups[i]*radix + code
			}
		}
		return
	}
	key := make([]uint32, len(g.codes))
	for w := range (end - start + 63) / 64 {
		for word := sel.bits[w]; word != 0; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			for f := range key {
				key[f] = g.codes[f][start+i]
			}
			groups[i] = uint32(g.of(key))
		}
	}
}

// of returns the group of a key.
func (g *grouper) of(key []uint32) int {
	if g.dense {
		n := 0
		for f, code := range key {
			n = n*g.radix[f] + int(code)
		}
		return n
	}
	var buf [64]byte
	text := buf[:0]
	for _, code := range key {
		text = binary.LittleEndian.AppendUint32(text, code)
	}
	n, ok := g.numbers[string(text)]
	if !ok {
		n = g.count
		g.count++
		g.numbers[string(text)] = n
		g.keys = append(g.keys, slices.Clone(key))
	}
	return n
}

// key returns the codes of a group.
func (g *grouper) key(group int) []uint32 {
	if !g.dense {
		return g.keys[group]
	}
	key := make([]uint32, len(g.radix))
	for f := len(g.radix) - 1; f >= 0; f-- {
		key[f] = uint32(group % g.radix[f])
		group /= g.radix[f]
	}
	return key
}

// order returns the groups that have rows, ascending by key.
func (g *grouper) order(rows []int64) []int {
	var order []int
	for group, n := range rows {
		if n > 0 {
			order = append(order, group)
		}
	}
	if !g.dense { // dense groups are in the order of their keys
		slices.SortFunc(order, func(a, b int) int { return slices.Compare(g.keys[a], g.keys[b]) })
	}
	return order
}

// column returns the groups' values of the field'th field of the key.
func (g *grouper) column(c *column, groups []int, field int) engine.Vector {
	v := engine.Vector{Type: c.kind, Valid: make([]uint64, (len(groups)+63)/64)}
	for i, group := range groups {
		var value engine.Value
		if code := g.key(group)[field]; code > 0 {
			value = c.groups.values[code-1]
			v.Valid[i>>6] |= 1 << (i & 63)
		}
		switch c.kind {
		case datasets.Number:
			v.Floats = append(v.Floats, value.Float)
		case datasets.String:
			v.Codes = append(v.Codes, uint32(i))
			v.Dict = append(v.Dict, value.Str)
		default:
			v.Ints = append(v.Ints, value.Int)
		}
	}
	return v
}
