package columnar

import "context"

// seekRound is how many blocks each core counts before the sum is looked at:
// few enough that little is counted in vain.
const seekRound = 16

// seek counts matching rows from block first on, on all cores, until skip of
// them are passed. It returns the block in which the next one lies and how
// many of that block's matching rows come before it.
func (t *table) seek(ctx context.Context, where *filter, first int, skip int64) (int, int64, error) {
	counts := make([]int, seekRound*t.workers)
	selections := make([]*selection, t.workers)
	for i := range selections {
		selections[i] = t.newSelection()
	}
	for first < len(t.blocks) {
		end := min(first+len(counts), len(t.blocks))
		err := share(ctx, first, end, t.workersFor(end-first), func(worker, number int) {
			where.choose(&t.blocks[number], selections[worker])
			counts[number-first] = selections[worker].rows
		})
		if err != nil {
			return first, skip, err
		}
		for i, rows := range counts[:end-first] {
			if int64(rows) > skip {
				return first + i, skip, nil
			}
			skip -= int64(rows)
		}
		first = end
	}
	return first, skip, nil
}
