package columnar

import (
	"context"
	"slices"
)

// itemSorter sorts items by their key, and those with equal ones by row. It goes by the
// word that the items have; where words are equal, by the next word, which it computes
// then.
type itemSorter struct {
	words   int // of a key
	word    func(number int, row int64) uint64
	scratch []sortItem
}

// fewItems is up to how many items a sort by comparisons is faster.
const fewItems = 128

// itemsPerCheck is after how many items the context is looked at.
const itemsPerCheck = 1 << 16

// sort sorts items that have the word of that number, and come in ascending order of rows.
// Where the context ends it stops early.
func (s *itemSorter) sort(ctx context.Context, items []sortItem, number int) {
	if len(items) < 2 {
		return
	}
	if len(items) <= fewItems {
		slices.SortFunc(items, func(a, b sortItem) int {
			if a.word < b.word || a.word == b.word && a.row < b.row {
				return -1
			}
			return 1
		})
	} else {
		s.radix(ctx, items)
	}
	if number+1 == s.words {
		return
	}
	for first := 0; first < len(items); {
		end := first + 1
		for end < len(items) && items[end].word == items[first].word {
			end++
		}
		if run := items[first:end]; len(run) > 1 {
			for i := range run {
				if i%itemsPerCheck == itemsPerCheck-1 && ctx.Err() != nil {
					return
				}
				run[i].word = s.word(number+1, run[i].row)
			}
			s.sort(ctx, run, number+1)
		}
		first = end
	}
}

// radix sorts by the bytes of the words, the last first, each time leaving items with
// equal bytes in their order. Bytes that all words share are left out.
func (s *itemSorter) radix(ctx context.Context, items []sortItem) {
	differ := uint64(0)
	for i := range items {
		differ |= items[i].word ^ items[0].word
	}
	if cap(s.scratch) < len(items) {
		s.scratch = make([]sortItem, len(items))
	}
	from, to := items, s.scratch[:len(items)]
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		var at [256]int
		for i := range from {
			at[from[i].word>>shift&0xff]++
		}
		sum := 0
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for i := range from {
			next := &at[from[i].word>>shift&0xff]
			to[*next] = from[i]
			*next++
		}
		from, to = to, from
	}
	if &from[0] != &items[0] {
		copy(items, from)
	}
}
