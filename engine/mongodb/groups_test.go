package mongodb

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

func measure(t testing.TB, name string, field int) plan.Measured {
	t.Helper()
	m, ok := plan.MeasureNamed(name)
	if !ok {
		t.Fatalf("there is no measure %s", name)
	}
	return plan.Measured{Measure: m, Field: field}
}

func TestSumsOfOlderLoadsAreExactToo(t *testing.T) {
	db := mongotest.Database(t)
	s, ds := openIn(t, db), parseDataset(t, weather)
	loadRows(t, s, ds, readings(ds, 0, 50))
	p := plan.ByGroup(ds, nil, []plan.Key{{Field: 0}}, []plan.Measured{measure(t, "sum", 1), measure(t, "sum", 2)})
	recorded := currentTable(t, s, ds).(*table)
	if want := []magnitude{{"temperature", "number", 4, -2}, {"wind.speed", "integer", 6, 0}}; !cmp.Equal(want, recorded.magnitudes) {
		t.Errorf("a load recorded %v, want %v", recorded.magnitudes, want)
	}
	want, _, err := linesOf(recorded, p)
	if err != nil {
		t.Fatal(err)
	}
	// An older load recorded no magnitudes.
	_, err = db.Collection(publicationsName).UpdateByID(context.Background(), ds.Collection,
		bson.D{{Key: "$unset", Value: bson.D{{Key: "current.magnitudes", Value: ""}}}})
	if err != nil {
		t.Fatal(err)
	}
	older := openIn(t, db)
	for range 2 {
		in := currentTable(t, older, ds).(*table)
		if in.magnitudes != nil {
			t.Fatalf("the magnitudes are %v", in.magnitudes)
		}
		got, _, err := linesOf(in, p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, unknown := in.knownSizes(p); len(unknown) > 0 {
			t.Errorf("the server would be asked again about fields %v", unknown)
		}
	}
	if got, want := older.known.of[recorded.collection][editionField{"wind.speed", "integer"}], (pipeline.Magnitude{High: 6}); got != want {
		t.Errorf("the server said %+v, want %+v", got, want)
	}
}

func TestTooManyGroupsAreRefusedAndNotCollected(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	loadRows(t, s, ds, readings(ds, 0, 50))
	s.options.MaxGroups = 9
	ctx := context.Background()
	byDay := []plan.Key{{Field: 4}}
	ordered := plan.ByGroup(ds, nil, byDay, []plan.Measured{measure(t, "mean", 1)})
	ordered.Order = []plan.SortKey{{By: 0}}
	ranked := plan.ByGroup(ds, nil, byDay, []plan.Measured{measure(t, "median", 1)})
	for _, p := range []*plan.Plan{ordered, ranked} {
		_, err := currentTable(t, s, ds).Run(ctx, p)
		wantCode(t, err, fault.TooManyGroups)
		if text := failureIn(t, err).Detail; !strings.Contains(text, "more than 9 groups") {
			t.Errorf("the detail is %q", text)
		}
	}
	streamed := plan.ByGroup(ds, nil, byDay, []plan.Measured{measure(t, "mean", 1)})
	if lines, _, err := linesOf(currentTable(t, s, ds), streamed); err != nil || len(lines) != 50 {
		t.Errorf("groups that are streamed: %d, %v", len(lines), err)
	}
}

// TestValuesOfSeveralBucketsAreNotOne holds that nothing is taken from a server that
// has other time zones.
func TestValuesOfSeveralBucketsAreNotOne(t *testing.T) {
	day := func(n int64) plan.Nullable { return plan.Nullable{Value: plan.Value{Int: n}} }
	months, err := plan.NewTimeBuckets(plan.Month, 1, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &labeler{key: 3, buckets: months, kind: datasets.Date}
	if label, start, err := l.label(day(0), day(30)); err != nil || label.Str != "1970-01" || start.Int != 0 {
		t.Errorf("the first and the last day of a month: %v from %v, %v", label, start, err)
	}
	var strange *strangeBucket
	if _, _, err := l.label(day(0), day(31)); !errors.As(err, &strange) || strange.key != 3 {
		t.Errorf("days of two months: %v", err)
	}
	if label, _, err := l.label(plan.Nullable{Null: true}, plan.Nullable{Null: true}); err != nil || !label.Null {
		t.Errorf("no day: %v, %v", label, err)
	}
}

func TestExplainShowsEveryPipeline(t *testing.T) {
	ds := parseDataset(t, weather)
	in := &table{dataset: ds, store: &Store{}, magnitudes: []magnitude{{"temperature", "number", 4, -2}}}
	in.info.Rows = 50
	p := plan.ByGroup(ds, nil, nil, []plan.Measured{measure(t, "mean", 1), measure(t, "stddev", 1), measure(t, "mode", 0)})
	var got []string
	for _, pl := range in.Explain(p) {
		got = append(got, pl.String())
	}
	want := []string{
		`[{"$group":{"_id":null,"n":{"$sum":1},"v1":{"$sum":{"$cond":[{"$gt":["$temperature",null]},1,0]}},"s1_0":{"$sum":"$temperature"},` +
			`"v0":{"$sum":{"$cond":[{"$gt":["$station",null]},1,0]}}}}]`,
		`[{"$match":{"temperature":{"$ne":null}}},
 {"$group":{"_id":{"v":"$temperature"},"n":{"$sum":1}}},
 {"$sort":{"_id.v":1}}]`,
		`[{"$match":{"station":{"$ne":null}}},
 {"$group":{"_id":{"v":"$station"},"n":{"$sum":1}}},
 {"$sort":{"_id.v":1}}]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
