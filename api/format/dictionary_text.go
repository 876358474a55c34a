package format

import (
	"slices"

	"herbarium/engine"
)

// dictionaryText caches the texts of a column's dictionary as a format writes
// them: quoted and escaped. They are made once for a batch if the dictionary has
// fewer entries than the batch has rows. Nothing is kept for the next batch,
// whose dictionary may be another one in the same memory.
type dictionaryText struct {
	write func(dst []byte, text string) []byte
	all   []byte
	ends  []int // of each text in all, after a 0; empty if there is no cache
}

// prepare fills the cache for a batch of so many rows, or empties it.
func (t *dictionaryText) prepare(v *engine.Vector, rows int) {
	t.all, t.ends = t.all[:0], t.ends[:0]
	if len(v.Dict) >= rows {
		return
	}
	size := 0
	for _, text := range v.Dict {
		size += len(text) + len(`""`)
	}
	t.all, t.ends = slices.Grow(t.all, size), slices.Grow(t.ends, len(v.Dict)+1)
	t.ends = append(t.ends, 0)
	for _, text := range v.Dict {
		t.all = t.write(t.all, text)
		t.ends = append(t.ends, len(t.all))
	}
}

// append writes a row's text.
func (t *dictionaryText) append(dst []byte, v *engine.Vector, row int) []byte {
	code := v.Codes[row]
	if len(t.ends) > 0 {
		return append(dst, t.all[t.ends[code]:t.ends[code+1]]...)
	}
	return t.write(dst, v.Dict[code])
}
