package columnar

import (
	"context"

	"herbarium/engine/plan"
)

// Scans returns how many rows a run of the plan looks at, at the most: those of the
// blocks that zone maps do not exclude.
func (t *table) Scans(ctx context.Context, p *plan.Plan) (rows int64, err error) {
	err = t.guard(func() error {
		f, err := t.filter(ctx, &p.Filter)
		if err != nil {
			return err
		}
		for i := range t.blocks {
			if f.prune(&t.blocks[i]) != noRow {
				rows += int64(t.blocks[i].rows)
			}
		}
		return nil
	})
	return rows, err
}
