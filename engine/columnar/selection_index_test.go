package columnar

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// edgeOf returns the plan's answer with where it ends.
func edgeOf(t fataler, table engine.Table, p *plan.Plan) ([][]string, engine.PageEnd) {
	cursor, err := table.Run(context.Background(), p)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	edge, err := cursor.PageEnd(context.Background())
	if err != nil {
		t.Fatalf("edge: %v", err)
	}
	return answerOf(t, table, p), edge
}

// TestPagesOfAnyKindAreTheRowsInOrder holds pages by number and by position
// against the reference, and what is said of their ends.
func TestPagesOfAnyKindAreTheRowsInOrder(t *testing.T) {
	ds := everyType()
	rapid.Check(t, func(t *rapid.T) {
		blockRows := rapid.SampledFrom([]int{1, 3, 64, 65, 100}).Draw(t, "block rows")
		rows, values := drawTable(t, ds, blockRows)
		table := loaded(t, newStore(blockRows, rapid.IntRange(1, 4).Draw(t, "workers"), maxDense), ds, rows, 150)
		all := drawPlan(t, ds, len(rows), values)
		all.Skip, all.Limit, all.After, all.AfterValues = 0, -1, "", nil
		want := simple(all, slices.Clone(rows))
		if n, err := table.Count(context.Background(), all); err != nil || n != int64(len(want)) {
			t.Fatalf("%s counts %d, %v; want %d", all, n, err, len(want))
		}
		page := *all
		page.Limit = int64(rapid.IntRange(1, len(rows)+1).Draw(t, "page size"))
		if rapid.Bool().Draw(t, "a late page first") {
			late := page
			late.Skip = int64(rapid.IntRange(0, len(rows)).Draw(t, "late"))
			edgeOf(t, table, &late)
		}
		var byNumber, byPosition [][]string
		for number := int64(0); ; number++ {
			page.Skip = number * page.Limit
			part, edge := edgeOf(t, table, &page)
			byNumber = append(byNumber, part...)
			if left := int64(len(want)) - page.Skip - page.Limit; edge.More != (left > 0) {
				t.Fatalf("%spage %d: more is %v with %d rows left", &page, number, edge.More, left)
			}
			if edge.Total >= 0 && edge.Total != int64(len(want)) {
				t.Fatalf("%spage %d: total %d, want %d", &page, number, edge.Total, len(want))
			}
			if !edge.More {
				break
			}
		}
		check := func(how string, got [][]string) {
			if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s %s(-want +got):\n%s", how, &page, diff)
			}
		}
		check("by number", byNumber)
		if all.Groups != nil {
			return
		}
		page.Skip = 0
		for more := true; more; {
			part, edge := edgeOf(t, table, &page)
			byPosition = append(byPosition, part...)
			page.After, page.AfterValues, more = edge.Last, edge.LastValues, edge.More
		}
		check("by position", byPosition)
	})
}

func TestManyWhoAskForPagesOfOneSelectionShareIt(t *testing.T) {
	s, ds := newStore(64, 4, maxDense), counters()
	table := loaded(t, s, ds, counting(20_000, func(i int) int64 { return int64(i % 2) }), 4096)
	one := plan.Predicate{Field: 0, In: []plan.Value{{Int: 1}}}
	var running sync.WaitGroup
	for asker := range 8 {
		running.Go(func() {
			for page := range int64(40) {
				page = (page*7 + int64(asker)) % 40
				got, edge := edgeOf(t, table, rangeOf(ds, page*250, 250, one))
				if len(got) != 250 || edge.More != (page < 39) {
					t.Errorf("page %d has %d rows, more %v", page, len(got), edge.More)
				}
			}
		})
	}
	running.Wait()
	if n := s.selectionIndexes.Bytes(); n == 0 {
		t.Error("nothing was kept")
	}
	s.Drop(ds.Name)
	if n := s.selectionIndexes.Bytes(); n != 0 {
		t.Errorf("%d bytes are kept of a table that is gone", n)
	}
}

func TestAnEndedContextEndsTheCounting(t *testing.T) {
	s, ds := newStore(1, 2, maxDense), counters()
	table := loaded(t, s, ds, counting(5000, upward), 4096)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	low := plan.Value{Int: 3}
	if _, err := table.Count(ctx, rangeOf(ds, 0, -1, plan.Predicate{Field: 0, Min: &low})); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAReplacedVersionStaysForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, ds := context.Background(), counters()
		s := newStore(64, 2, maxDense)
		s.options.Keep = time.Minute
		before := loaded(t, s, ds, counting(3, upward), 3).Info().Version
		now := loaded(t, s, ds, counting(5, upward), 5).Info().Version
		time.Sleep(s.options.Keep - time.Second)
		for version, rows := range map[string]int64{before: 3, now: 5} {
			table, err := s.TableAt(ctx, ds, version)
			if err != nil || table.Info().Rows != rows {
				t.Errorf("version %s: %v", version, err)
			}
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := len((*s.versions.Load())[ds.Name]); n != 1 {
			t.Errorf("%d versions are in memory", n)
		}
		if _, err := s.TableAt(ctx, ds, before); fault.CodeOf(err) != fault.Gone {
			t.Errorf("past its time: %v, want gone", err)
		}
		if _, err := s.TableAt(ctx, ds, now); err != nil {
			t.Errorf("the current version: %v", err)
		}
	})
}

func TestTheSameRowsLoadedAgainAreTheSameVersion(t *testing.T) {
	s, ds := newStore(64, 2, maxDense), counters()
	s.options.Keep = time.Hour
	version := loaded(t, s, ds, counting(3, upward), 3).Info().Version
	loaded(t, s, ds, counting(3, upward), 3)
	if n := len((*s.versions.Load())[ds.Name]); n != 1 {
		t.Errorf("%d tables of one version are kept", n)
	}
	if _, err := s.TableAt(context.Background(), ds, version); err != nil {
		t.Error(err)
	}
}
