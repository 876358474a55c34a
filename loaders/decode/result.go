package decode

import (
	"encoding/json"

	"herbarium/datasets"
)

// Result is the result of decoding a part. Its memory is used again for the next
// one.
type Result struct {
	Batches []*Batch // of the rows that are right
	Rows    int64    // that the part has, right or wrong
	Wrong   int64    // of them
	Faults  []Fault  // the first ones, or all that Options ask for
	Total   int64    // how many faults there are
	Rejects []Reject
	Texts   []byte // of rows that may still be rejected for their keys
	Err     error  // a *source.SyntaxError where the source goes wrong for good

	// Loose counts the rows that were not read by the grammar of their format;
	// LooseLine is the first one's.
	Loose     int64
	LooseLine int

	Seen   []bool              // the fields that rows have
	Unread map[string]struct{} // columns that rows have and no field reads

	spare []*Batch
}

// Reject is a row with its faults, for the file of rejected rows.
type Reject struct {
	Row    int64 // of the part
	Faults []Fault
	Values json.RawMessage
}

// reset empties the result, and keeps its memory for the next part.
func (r *Result) reset() {
	r.spare = append(r.spare, r.Batches...)
	*r = Result{Batches: r.Batches[:0], Faults: r.Faults[:0], Texts: r.Texts[:0], Seen: r.Seen[:0], spare: r.spare}
}

// newBatch returns a batch for up to capacity rows.
func (r *Result) newBatch(ds *datasets.Dataset, capacity int) *Batch {
	var b *Batch
	if n := len(r.spare); n > 0 && r.spare[n-1].capacity >= capacity {
		b, r.spare = r.spare[n-1], r.spare[:n-1]
		b.Reset()
	} else {
		b = NewBatch(ds, capacity)
	}
	r.Batches = append(r.Batches, b)
	return b
}
