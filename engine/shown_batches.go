package engine

import (
	"context"

	"herbarium/engine/plan"
)

// What a store hands out tells of rows that a view hides. Its batches end where blocks of
// the table end, so their lengths say how many hidden rows lie between others; some formats
// write batches as they come. Its texts are codes into a dictionary of the table, which has
// the texts of hidden rows too, and some formats write it. And whether it knows the total
// of a page depends on how many blocks it looked at.
//
// So the rows of a view are put into full batches. Totals are told by a rule that looks
// only at what is shown.
type shownBatches struct {
	fullBatches
	table restrictedTable
	plan  *plan.Plan // over the view
}

func newShownBatches(c Cursor, t restrictedTable, p *plan.Plan) Cursor {
	return &shownBatches{fullBatches: fullBatches{Cursor: c}, table: t, plan: p}
}

// fewShown is how many rows a view may show at most for the totals of its pages to be
// counted unasked: those of one block.
const fewShown = 8192

// PageEnd returns where the page ends. On a store that runs pipelines, what it knows of the
// total follows from the page alone.
func (s *shownBatches) PageEnd(ctx context.Context) (PageEnd, error) {
	end, err := s.Cursor.PageEnd(ctx)
	if err != nil || s.plan.Groups != nil || s.table.runsPipelines() {
		return end, err
	}
	switch shown := s.table.info.Rows; {
	case s.plan.Filter.Always():
		end.Total = shown
	case (s.plan.After != "" || end.More) && shown > fewShown:
		end.Total = -1
	case end.Total < 0:
		end.Total, err = s.table.Count(ctx, s.plan)
	}
	return end, err
}
