package engine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// TestANamedOperationAnswersAsTheReferenceDoes draws queries, of which the descriptor
// makes operations: the condition always holds, and all else is preset. What is asked
// of them is a condition and a page.
func TestANamedOperationAnswersAsTheReferenceDoes(t *testing.T) {
	stores := []*served{serveStore(t, columnar.NewStore(columnar.Options{})), serveStore(t, openFiles(t))}
	oneText := false
	if os.Getenv("HERBARIUM_TEST_MONGODB") != "" {
		oneText = !findsPatternsByIndex(t)
		stores = append(stores, serveStore(t, openMongoDB(t)))
	}
	rapid.Check(t, func(t *rapid.T) {
		made := drawDataset(t)
		made.oneText = oneText
		op := rapid.SampledFrom(made.operations).Draw(t, "operation")
		preset := drawQuery(t, made, op)
		if (&reference{madeDataset: made}).crossed(preset.madeCondition) != nil {
			return // the descriptor would be wrong
		}
		made.text += made.operation(t, op, preset)
		ds, err := datasets.Parse(made.name+".yaml", []byte(made.text), nil, datasets.WithSettler(query.Settle))
		if err != nil {
			t.Fatalf("%v\n%s", err, made.text)
		}
		all := &reference{made, drawRows(t, made)}
		r := &reference{madeDataset: made}
		for _, row := range all.rows {
			if all.picks(preset.madeCondition, row) {
				r.rows = append(r.rows, row)
			}
		}
		for _, s := range stores {
			s.load(t, ds, all.rows)
		}
		for range 3 {
			q := drawCall(t, made, op, preset)
			for _, s := range stores {
				s.agrees(t, r, op, q)
			}
		}
	})
}

// ofOwn is the name of the operation that is drawn.
const ofOwn = "of-own"

// operation writes the operation in YAML, whose flow style takes JSON.
func (d *madeDataset) operation(t *rapid.T, op string, preset *madeQuery) string {
	takes := datasets.ConditionProperties()
	for _, s := range d.selectors {
		takes = append(takes, s.name)
	}
	members := append(preset.others(t, d, op), `"where":{`+strings.Join(preset.members(t, d), ",")+"}",
		`"of":`+asJSON(op), `"takes":`+asJSON(takes))
	var b strings.Builder
	for _, c := range strings.Join(members, ", ") {
		if c < 0x7f {
			b.WriteRune(c)
		} else {
			fmt.Fprintf(&b, `\U%08x`, c) // YAML does not take every character as it is
		}
	}
	return "operations:\n  " + ofOwn + ": {" + b.String() + "}\n"
}

// drawCall draws a query of the operation: what it says itself is written, and what
// the operation presets is what the reference knows.
func drawCall(t *rapid.T, d *madeDataset, op string, preset *madeQuery) *madeQuery {
	q := &madeQuery{madeCondition: drawCondition(t, d, 0), field: -1, path: ofOwn}
	if rapid.IntRange(0, 3).Draw(t, "page?") == 0 {
		q.page = rapid.IntRange(1, 3).Draw(t, "page")
	}
	q.write(t, d, op)
	q.flatten(d, op)
	q.fields, q.sort, q.groupBy, q.measures, q.field = preset.fields, preset.sort, preset.groupBy, preset.measures, preset.field
	q.bins, q.edges = preset.bins, preset.edges
	return q
}
