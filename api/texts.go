package api

import (
	"slices"

	"herbarium/engine"
)

// texts are the texts of a column's dictionary as a format writes them, made
// once for a batch where that is less work than writing each row's text. The
// next batch's dictionary may be another one in the same memory, so nothing is
// kept for it.
type texts struct {
	write func(dst []byte, text string) []byte
	all   []byte
	ends  []int // of each text in all, after a 0; none where they are not made
}

// settle makes the column's texts for the batch's rows.
func (t *texts) settle(v *engine.Vector, rows int) {
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

// append writes row's text.
func (t *texts) append(dst []byte, v *engine.Vector, row int) []byte {
	code := v.Codes[row]
	if len(t.ends) > 0 {
		return append(dst, t.all[t.ends[code]:t.ends[code+1]]...)
	}
	return t.write(dst, v.Dict[code])
}
