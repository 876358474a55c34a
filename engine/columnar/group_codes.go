package columnar

import (
	"context"
	"slices"
	"strconv"

	"herbarium/datasets"
	"herbarium/engine/internal/lru"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// groupCodes number a field's values, or the labels of its buckets, in their order:
// null is 0, the least value 1, and so on. Only the slice of the values' or labels'
// type is set; its first entry stands for null.
type groupCodes struct {
	field   int
	name    string    // tells what rows are grouped by from all else
	floats  []float64 // one zero, positive, for both
	ints    []int64
	texts   []string
	rows    int64
	blocks  [][]uint32   // each row's code, block by block
	buckets *bucketCodes // which makes them; nil where blocks has them
}

// groupName names a field, or its buckets.
func groupName(field int, buckets string) string {
	name := strconv.Itoa(field)
	if buckets != "" {
		name += " by " + buckets
	}
	return name
}

// of returns the code of each row of a block.
func (g *groupCodes) of(t *table, block int) []uint32 {
	if g.buckets != nil {
		return g.buckets.of(t, g.field, block)
	}
	t.blocks[block].columns[g.field].touch() // codes of text are the column itself
	return g.blocks[block]
}

// bytes returns the codes of a block's rows as byte codes, which memory delivers faster,
// or nil where it has none. Those of text have a code for null, too.
func (g *groupCodes) bytes(t *table, block int) *byteCodes {
	if g.buckets != nil || g.texts == nil {
		return nil
	}
	return t.blocks[block].columns[g.field].byteCodes
}

// groupCodesOf returns the codes of a key.
func (t *table) groupCodesOf(ctx context.Context, k *plan.Key) (*groupCodes, error) {
	if k.Buckets != nil {
		return t.bucketCodes(ctx, k.Field, k.Buckets)
	}
	return t.groupCodes(ctx, k.Field)
}

// groupIndex makes a field's group codes once.
type groupIndex struct {
	making mutex
	codes  *groupCodes // nil: not made yet
}

// clear drops what was made, and what is being made once it is.
func (i *groupIndex) clear() {
	_ = i.making.lock(context.Background()) // which does not end
	i.codes = nil
	i.making.unlock()
}

// count returns how many codes there are.
func (g *groupCodes) count() int { return max(len(g.floats), len(g.ints), len(g.texts)) }

// groupCodes returns the codes of the field, made now where this is the first
// call for it.
func (t *table) groupCodes(ctx context.Context, field int) (*groupCodes, error) {
	index := &t.groups[field]
	if err := index.making.lock(ctx); err != nil {
		return nil, err
	}
	defer index.making.unlock()
	if index.codes != nil {
		return index.codes, nil
	}
	key := groupCodesKey{t.id, field}
	cached := t.groupCodesCache != nil && t.fields[field].Type != datasets.String
	if cached {
		if known, ok := t.groupCodesCache.Get(key); ok {
			return known, nil
		}
		if err := memory.Take(ctx, 4*t.rows); err != nil {
			return nil, err
		}
	}
	g := &groupCodes{field: field, name: groupName(field, ""), rows: t.rows, blocks: make([][]uint32, len(t.blocks))}
	var err error
	switch t.fields[field].Type {
	case datasets.Number:
		g.floats, err = number(ctx, t, field, floatsOf, g.blocks)
	case datasets.String:
		// The dictionary has numbered them in the same way.
		g.texts = t.dictionary(field)
		for b := range t.blocks {
			g.blocks[b] = t.blocks[b].columns[field].codes
		}
	default:
		g.ints, err = number(ctx, t, field, intsOf, g.blocks)
	}
	if err != nil {
		return nil, err
	}
	if cached {
		t.groupCodesCache.Add(key, g)
	} else {
		index.codes = g
	}
	return g, nil
}

// groupCodesKey is the key of a field's group codes in their cache.
type groupCodesKey struct {
	table uint64
	field int
}

// groupCodesCache keeps the group codes of numbers and the like where memory is bounded.
// Otherwise a table keeps its own. Those of text take no memory of their own.
type groupCodesCache = lru.Cache[groupCodesKey, *groupCodes]

func newGroupCodesCache() *groupCodesCache {
	return lru.New(0, func(_ groupCodesKey, g *groupCodes) int64 {
		return 4*g.rows + 8*int64(g.count()) + 24*int64(len(g.blocks)) + 256
	})
}

// numberingBytes is about how much memory each value takes while values are numbered: its
// place in a map, of which there are two while it grows, and in three slices.
const numberingBytes = 96

// number fills in the codes of each block and returns their values.
func number[T float64 | int64](ctx context.Context, t *table, field int, valuesOf func(*column) []T, blocks [][]uint32) ([]T, error) {
	met := map[T]uint32{}
	values := []T{0}
	taken := 0
	for b := range t.blocks {
		err := ctx.Err()
		if err == nil {
			err = memory.Take(ctx, int64(len(values)-taken)*numberingBytes)
			taken = len(values)
		}
		if err != nil {
			return nil, err
		}
		c := &t.blocks[b].columns[field]
		c.touch()
		blocks[b] = make([]uint32, c.rows)
		for i, v := range valuesOf(c) {
			if c.null(i) {
				continue
			}
			code, ok := met[v]
			if !ok {
				code = uint32(len(values))
				met[v] = code
				values = append(values, v+0) // −0 + 0 is 0
			}
			blocks[b][i] = code
		}
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted[1:])
	places := make([]uint32, len(values))
	for i, v := range sorted[1:] {
		places[met[v]] = uint32(i + 1)
	}
	for b := range blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i, code := range blocks[b] {
			blocks[b][i] = places[code]
		}
	}
	return sorted, nil
}
