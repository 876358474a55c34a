package columnar

import (
	"slices"
	"strings"

	"herbarium/engine"
)

// dictionary gathers the distinct texts of a field while it is loaded. Codes
// count from 1 in the order in which texts came; 0 stands for no value.
type dictionary struct {
	texts []string // texts[0] is unused
	bytes int64    // of all texts
	codes map[string]uint32
	seen  []uint32 // from a batch's codes to ours; 0: not yet
	out   []uint32
}

func newDictionary() *dictionary {
	return &dictionary{texts: []string{""}, codes: map[string]uint32{}}
}

// translate returns the codes of the first rows of v, valid until the next
// call.
func (d *dictionary) translate(v *engine.Vector, rows int) []uint32 {
	d.out = slices.Grow(d.out[:0], rows)[:rows]
	// A batch may come with a dictionary that is much larger than itself;
	// then clearing seen would cost more than it saves.
	remember := len(v.Dict) <= 2*rows
	if remember {
		d.seen = slices.Grow(d.seen[:0], len(v.Dict))[:len(v.Dict)]
		clear(d.seen)
	}
	for i := range rows {
		switch {
		case v.Null(i):
			d.out[i] = 0
		case !remember:
			d.out[i] = d.code(v.Dict[v.Codes[i]])
		default:
			code := &d.seen[v.Codes[i]]
			if *code == 0 {
				*code = d.code(v.Dict[v.Codes[i]])
			}
			d.out[i] = *code
		}
	}
	return d.out
}

func (d *dictionary) code(text string) uint32 {
	if code, ok := d.codes[text]; ok {
		return code
	}
	// The text may be a part of a much larger buffer of the caller's.
	text = strings.Clone(text)
	code := uint32(len(d.texts))
	d.texts = append(d.texts, text)
	d.bytes += int64(len(text))
	d.codes[text] = code
	return code
}

// sort returns the texts by bytes, after the unused entry for code 0, and the
// place of each code among them. The texts lie behind one another in packed, so that a
// search through all of them does not wait for each.
func (d *dictionary) sort() (texts []string, packed string, places []uint32) {
	order := make([]uint32, len(d.texts)-1)
	for i := range order {
		order[i] = uint32(i + 1)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(d.texts[a], d.texts[b]) })
	bytes := 0
	for _, text := range d.texts {
		bytes += len(text)
	}
	var b strings.Builder
	b.Grow(bytes)
	texts, places = make([]string, 1, len(d.texts)), make([]uint32, len(d.texts))
	for i, code := range order {
		b.WriteString(d.texts[code])
		texts = append(texts, b.String()[b.Len()-len(d.texts[code]):])
		places[code] = uint32(i + 1)
	}
	return texts, b.String(), places
}
