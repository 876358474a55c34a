package columnar

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
)

// testdata/written is a store that the command wrote before its blocks had
// zone maps by that name: two versions of one dataset, of 40 and 50 rows. What
// was written then opens and answers as it did.
func TestAFolderThatAnEarlierBuildWroteStillAnswers(t *testing.T) {
	text, err := os.ReadFile("testdata/written.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ds, err := datasets.Parse("written.yaml", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // a store may write to its folder
	if err := os.CopyFS(dir, os.DirFS("testdata/written")); err != nil {
		t.Fatal(err)
	}
	s := Open(dir, FileOptions{})
	defer func() { _ = s.Close(context.Background()) }()

	current, err := s.Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	older, err := s.TableAt(t.Context(), ds, "5jnqjbmzmrbvwbokpbf5jwmfg4")
	if err != nil {
		t.Fatal(err)
	}
	if v := current.Info().Version; v != "d7rdvzit5tk2qmnvqtyyp2lf4a" {
		t.Errorf("the version is %s", v)
	}
	for _, test := range []struct {
		name  string
		table engine.Table
		op    *datasets.Operation
		body  string
		want  [][]string
	}{
		{"means", current, datasets.Mean, `{}`, [][]string{
			{"14.05", "5.909090909090909", "null"}, {"12.568181818181818", "5.7272727272727275", `"drilled"`},
			{"14.166666666666666", "6.25", `"dug"`}, {"10", "5", `"spring"`}}},
		{"means of the older version", older, datasets.Mean, `{"kind":["dug",null]}`, [][]string{
			{"12.875", "5.888888888888889", "null"}, {"13.11111111111111", "6.666666666666667", `"dug"`}}},
		{"rows", current, datasets.Range, `{"kind":"dug","lower":{"depth":12,"dug":"2014-05-14"},"fields":["depth","dug","dry"]}`, [][]string{
			{"12.5", `"2014-05-14"`, "true"}, {"24.5", `"2018-09-18"`, "true"}, {"23.5", `"2016-08-16"`, "true"}, {"19.5", `"2018-04-18"`, "false"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := query.Parse(ds, test.op, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			p, err := q.Plan()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, answerOf(t, test.table, p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	found, err := s.Check(t.Context(), "wells")
	if err != nil || len(found.Faults) > 0 {
		t.Errorf("check finds %+v, %v", found, err)
	}
}
