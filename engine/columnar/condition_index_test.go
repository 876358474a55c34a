package columnar

import (
	"context"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/memory"
	"herbarium/engine/plan"
)

// TestPlansThatShareConditionsAgreeWithTheReference runs plans over one table, at the same
// time and one after another, where each has conditions of the one before.
func TestPlansThatShareConditionsAgreeWithTheReference(t *testing.T) {
	ds := everyType()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		blockRows := rapid.SampledFrom([]int{1, 3, 64}).Draw(t, "block rows")
		rows, values := drawTable(t, ds, blockRows)
		// In files, no column has byte codes.
		table := loaded(t, openFiles(dir, newResources(blockRows, rapid.IntRange(1, 4).Draw(t, "workers"), maxDense), files.Disk{}), ds, rows, 150)
		plans := make([]*plan.Plan, rapid.IntRange(2, 4).Draw(t, "plans"))
		for i := range plans {
			p := drawPlan(t, ds, len(rows), values)
			if i > 0 {
				for _, shared := range plans[i-1].Filter.Where {
					if rapid.Bool().Draw(t, "shared") && !slices.ContainsFunc(p.Filter.Where, func(w plan.Predicate) bool { return w.Field == shared.Field }) {
						p.Filter.Where = append(p.Filter.Where, shared)
					}
				}
			}
			plans[i] = p
		}
		got := make([][][]string, len(plans))
		var running sync.WaitGroup
		for i, p := range plans {
			running.Go(func() { got[i] = answerOf(t, table, p) })
		}
		running.Wait()
		for i, p := range plans {
			want := simple(p, slices.Clone(rows))
			for how, answer := range map[string][][]string{"with the others": got[i], "after them": answerOf(t, table, p)} {
				if diff := gocmp.Diff(want, answer, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("%s, %s (-want +got):\n%s", p, how, diff)
				}
			}
		}
	})
}

// pairOfNumbers declares two numbers, and halves are rows in which each is 0 in half of
// the rows, and else what has no byte code.
func pairOfNumbers() *datasets.Dataset {
	return &datasets.Dataset{Name: "pair", Operations: datasets.Operations(),
		Fields: []datasets.Field{{Name: "x", Type: datasets.Number}, {Name: "y", Type: datasets.Number}}}
}

func halves(n int) [][]cellValue {
	rows := make([][]cellValue, n)
	for i := range rows {
		rows[i] = []cellValue{{ok: true, v: plan.Value{Float: float64(i&1) / 3}}, {ok: true, v: plan.Value{Float: float64(i>>1&1) / 3}}}
	}
	return rows
}

// below returns the predicate of values up to the greatest.
func below(field int, greatest float64) plan.Predicate {
	return plan.Predicate{Field: field, Max: &plan.Value{Float: greatest}}
}

func TestAConditionIsEvaluatedOnceForPlansThatShareIt(t *testing.T) {
	ds := pairOfNumbers()
	s := newStore(64, 2, maxDense)
	rowsOf := loaded(t, s, ds, halves(64*8), 4096).(*table)
	rows := func(filter ...plan.Predicate) *plan.Plan {
		p := plan.Rows(ds, datasets.Range, []int{0})
		p.Filter.Where, p.Limit = filter, 10
		return p
	}
	if n, err := rowsOf.Count(context.Background(), rows(below(0, 0.2), below(1, 0.2))); err != nil || n != 64*8/4 {
		t.Fatal(n, err)
	}
	alone := func(w plan.Predicate) *selectionIndex {
		one := plan.Condition{Where: []plan.Predicate{w}}
		index, _ := s.selectionIndexes.Get(selectionIndexKey{rowsOf.id, string(one.AppendCanonical(nil, ds))})
		return index
	}
	first := alone(below(0, 0.2))
	for number := range 8 {
		if first == nil || first.blocks[number].Load() == nil {
			t.Fatalf("block %d: nothing is known of the condition", number)
		}
	}
	groups := meansBy(ds, []int{1}, nil)
	groups.Filter.Where = []plan.Predicate{below(0, 0.2)}
	before := first.blocks[3].Load()
	if got := answerOf(t, rowsOf, groups); len(got) != 1 {
		t.Fatal(got)
	}
	if alone(below(0, 0.2)) != first || first.blocks[3].Load() != before {
		t.Error("the groups evaluated the condition again")
	}
	// A condition alone is the selection of a page under it alone.
	if n, err := rowsOf.Count(context.Background(), rows(below(1, 0.2))); err != nil || n != 64*8/2 {
		t.Error(n, err)
	}
}

// meanwhile is a condition during which something else happens.
type meanwhile struct {
	condition
	happens func()
}

func (m meanwhile) refine(c *column, selected []uint64) {
	m.happens()
	m.condition.refine(c, selected)
}

func TestAConditionThatAnotherQueryFindsOutMeanwhileCounts(t *testing.T) {
	ds := pairOfNumbers()
	table := loaded(t, newStore(64, 2, maxDense), ds, halves(64*8), 4096).(*table)
	p := plan.Rows(ds, datasets.Range, []int{0})
	p.Filter.Where = []plan.Predicate{below(0, 0.2), below(1, 0.2)}
	f, err := table.filter(context.Background(), &p.Filter)
	if err != nil {
		t.Fatal(err)
	}
	table.keepAlone(context.Background(), f, p)
	f.conditions[0] = meanwhile{f.conditions[0], func() { f.alone[1].selection(&table.blocks[3], 3, table.newSelection()) }}
	s := table.newSelection()
	if f.selectRows(&table.blocks[3], 3, s); s.rows != 64/4 {
		t.Errorf("%d rows are selected, want %d", s.rows, 64/4)
	}
}

func TestFewRowsAreReadWhereFewAreLeft(t *testing.T) {
	c := &column{}
	selected := make([]uint64, 8)
	if worthKeeping(c, selected) {
		t.Error("no row is left, and all are read")
	}
	for w := range 4 {
		selected[w] = 1
	}
	if !worthKeeping(c, selected) {
		t.Error("most cache lines are read, and nothing is kept of them")
	}
	c.byteCodes = &byteCodes{}
	if worthKeeping(c, selected) {
		t.Error("what is kept is hardly smaller than the byte codes")
	}
}

func TestAQueryWithoutMemoryForConditionsDoesWithout(t *testing.T) {
	ds := pairOfNumbers()
	s := newStore(64, 1, maxDense)
	rowsOf := loaded(t, s, ds, halves(64*8), 4096).(*table)
	budget := memory.NewBudget(1 << 20)
	claim := budget.Claim()
	defer claim.Release()
	if err := claim.Take(budget.ForOne()); err != nil {
		t.Fatal(err)
	}
	p := plan.Rows(ds, datasets.Range, []int{0})
	p.Filter.Where = []plan.Predicate{below(0, 0.2), below(1, 0.2)}
	f := &filter{conditions: make([]condition, 2), fields: []int{0, 1}}
	rowsOf.keepAlone(memory.With(context.Background(), claim), f, p)
	if f.alone != nil {
		t.Errorf("%d indexes without memory for them", len(f.alone))
	}
}
