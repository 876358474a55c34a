package status_test

import (
	"fmt"
	"testing"
	"time"

	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

// ran is a run of a query that took so long and began some time ago.
func ran(t *testing.T, ds *datasets.Dataset, body string, took, ago time.Duration) engine.Run {
	t.Helper()
	q, err := query.Parse(ds, datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	p, err := q.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return engine.Run{Query: q, Plan: p, Began: time.Now().Add(-ago), Store: took}
}

func TestTheSlowestRunOfEachShapeIsKept(t *testing.T) {
	yaml := "dataset: wide\noperations: [range]\nfields:\n"
	for i := range 30 {
		yaml += fmt.Sprintf("  f%02d: {type: integer}\n", i)
	}
	ds, err := datasets.Parse("wide.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	var s status.Slowest
	// Two values of one shape; the slower stays.
	s.Ran(ran(t, ds, `{"lower":{"f00":1}}`, 5*time.Millisecond, 0))
	s.Ran(ran(t, ds, `{"lower":{"f00":2}}`, 9*time.Millisecond, 0))
	s.Ran(ran(t, ds, `{"lower":{"f00":3}}`, 7*time.Millisecond, 0))
	if plans := s.Plans(); len(plans) != 1 || plans[0].Seconds != 0.009 || plans[0].Dataset != "wide" {
		t.Fatalf("kept are %+v", plans)
	}
	// Thirty shapes; the twenty slowest stay, the slowest first.
	for i := range 30 {
		s.Ran(ran(t, ds, fmt.Sprintf(`{"fields":["f%02d"]}`, i), time.Duration(100+i)*time.Millisecond, 0))
	}
	plans := s.Plans()
	if len(plans) != 20 || plans[0].Seconds != 0.129 || plans[19].Seconds != 0.110 {
		t.Errorf("%d are kept, from %v s to %v s", len(plans), plans[0].Seconds, plans[len(plans)-1].Seconds)
	}
	// One that is older than an hour goes, and makes room.
	old := ran(t, ds, `{"fields":["f00","f01"]}`, time.Second, 2*time.Hour)
	old.Err = &fault.Error{Code: fault.TooSlow}
	s.Ran(old)
	if plans := s.Plans(); len(plans) != 19 || plans[0].Seconds != 0.129 {
		t.Errorf("after an hour %d are kept, the slowest of %v s", len(plans), plans[0].Seconds)
	}
	s.Ran(ran(t, ds, `{"fields":["f02","f01"]}`, time.Millisecond, 0))
	if plans := s.Plans(); len(plans) != 20 {
		t.Errorf("the place that became free was not taken: %d", len(plans))
	}
}
