package columnar

// groups numbers the combinations of values by which rows are grouped. Each core that works
// on a query has its own.
type groups interface {
	// number writes the group of each row of a block to dst, which is as long
	// as rows.
	number(t *table, block int, rows []uint16, dst []uint32)
	// count returns a number above every group's.
	count() int
	// codes appends the group's code in each field.
	codes(dst []uint32, group uint32) []uint32
	// find returns the group of the codes.
	find(codes []uint32) uint32
	// few returns the groups that are numbered densely, and whether they are
	// and are at most fewGroups.
	few() (denseGroups, bool)
}

// fewGroups is up to how many groups have several accumulators, and block aggregates
// in files.
const fewGroups = 64

// maxDense is how many combinations are numbered without looking which of
// them occur. A core then has a sum of 16 bytes for each, in each field.
const maxDense = 1 << 18

// combinationsPerRow is up to how many combinations there may be for each row of a table
// to number them so: of many more, most have no row.
const combinationsPerRow = 4

// groupsBy returns an empty numbering of the table's rows by the fields with these codes, in
// order of importance.
func (t *table) groupsBy(fields []*groupCodes) groups {
	if all := newGroups(fields, t.resources); len(fields) < 2 || int64(all.count()) <= max(fewGroups, combinationsPerRow*t.rows) {
		return all
	}
	return newSparseGroups(fields)
}

// newGroups returns an empty numbering by the fields with these codes, in
// order of importance.
func newGroups(fields []*groupCodes, r *resources) groups {
	product := 1
	for _, f := range fields {
		// A single field's codes all occur, so nothing is saved by looking, unless a
		// query may not have so many groups.
		if product *= f.count(); product > r.maxDense && (len(fields) > 1 || product > r.maxGroups) {
			return newSparseGroups(fields)
		}
	}
	return denseGroups{fields, product}
}

// denseGroups numbers combinations as digits of a number, so that groups are
// ordered as their values are.
type denseGroups struct {
	fields  []*groupCodes
	product int
}

func (g denseGroups) count() int { return g.product }

func (g denseGroups) few() (denseGroups, bool) { return g, g.product <= fewGroups }

func (g denseGroups) number(t *table, block int, rows []uint16, dst []uint32) {
	if len(g.fields) == 0 {
		clear(dst)
	}
	for i, f := range g.fields {
		base := uint32(f.count())
		if i == 0 {
			base = 0 // there is no number yet
		}
		if n := f.bytes(t, block); n != nil {
			addDigit(dst, base, uint32(n.base), n.codes, rows)
		} else {
			addDigit(dst, base, 0, f.of(t, block), rows)
		}
	}
}

// addDigit appends to the number of each row the digit that codes have for it, above
// least.
func addDigit[T uint8 | uint32](dst []uint32, base, least uint32, codes []T, rows []uint16) {
	dst = dst[:len(rows)]
	if base == 0 {
		for k, row := range rows {
			dst[k] = least + uint32(codes[row])
		}
		return
	}
	for k, row := range rows {
		dst[k] = dst[k]*base + least + uint32(codes[row])
	}
}

func (g denseGroups) codes(dst []uint32, group uint32) []uint32 {
	at := len(dst)
	dst = append(dst, make([]uint32, len(g.fields))...)
	for i := len(g.fields) - 1; i >= 0; i-- {
		base := uint32(g.fields[i].count())
		dst[at+i] = group % base
		group /= base
	}
	return dst
}

func (g denseGroups) find(codes []uint32) uint32 {
	var group uint32
	for i, f := range g.fields {
		group = group*uint32(f.count()) + codes[i]
	}
	return group
}

// sparseGroups numbers the combinations that occur, as they come. It goes
// field by field: the number of the values so far and the next value's code
// make the key of a longer combination's number. So keys never outgrow 64
// bits.
type sparseGroups struct {
	fields []*groupCodes
	only   []uint32            // of the only field, by code, one more than the group; 0 where there is none
	levels []map[uint64]uint32 // for each field after the first
	tuples []uint32            // of each group, its codes
}

func newSparseGroups(fields []*groupCodes) *sparseGroups {
	g := &sparseGroups{fields: fields, levels: make([]map[uint64]uint32, len(fields)-1)}
	for i := range g.levels {
		g.levels[i] = map[uint64]uint32{}
	}
	if len(fields) == 1 {
		g.only = make([]uint32, fields[0].count())
	}
	return g
}

func (*sparseGroups) few() (denseGroups, bool) { return denseGroups{}, false }

func (g *sparseGroups) count() int { return len(g.tuples) / len(g.fields) }

func (g *sparseGroups) number(t *table, block int, rows []uint16, dst []uint32) {
	codes, of := make([]uint32, len(g.fields)), make([][]uint32, len(g.fields))
	for i, f := range g.fields {
		of[i] = f.of(t, block)
	}
	for k, row := range rows {
		for i := range of {
			codes[i] = of[i][row]
		}
		dst[k] = g.find(codes)
	}
}

func (g *sparseGroups) codes(dst []uint32, group uint32) []uint32 {
	n := len(g.fields)
	return append(dst, g.tuples[int(group)*n:int(group)*n+n]...)
}

func (g *sparseGroups) find(codes []uint32) uint32 {
	group := codes[0]
	if g.only != nil {
		if g.only[group] == 0 {
			g.tuples = append(g.tuples, group)
			g.only[group] = uint32(len(g.tuples))
		}
		return g.only[group] - 1
	}
	for i, level := range g.levels {
		key := uint64(group)<<32 | uint64(codes[i+1])
		next, ok := level[key]
		if !ok {
			next = uint32(len(level))
			level[key] = next
			if i == len(g.levels)-1 {
				g.tuples = append(g.tuples, codes...)
			}
		}
		group = next
	}
	return group
}
