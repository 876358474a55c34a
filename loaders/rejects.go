package loaders

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"herbarium/loaders/decode"
)

// rejects writes the rows that a load leaves out, a line of JSON each.
type rejects struct{ out *bufio.Writer }

func newRejects(w io.Writer) *rejects {
	if w == nil {
		return &rejects{}
	}
	return &rejects{bufio.NewWriter(w)}
}

// write writes rows of the source that is being read.
func (r *rejects) write(in *ingest, rows []decode.Reject) error {
	if r.out == nil {
		return nil
	}
	for i := range rows {
		row := &rows[i]
		for f := range row.Faults {
			in.place(&row.Faults[f])
			row.Faults[f].Row = in.row + row.Row
		}
		values := row.Values
		if !json.Valid(values) {
			values = nil // such a row is identified by its place only
		}
		line, err := json.Marshal(struct {
			File   string          `json:"file"`
			Row    int64           `json:"row"`
			Faults []Fault         `json:"faults"`
			Values json.RawMessage `json:"values,omitempty"`
		}{in.source, in.row + row.Row, row.Faults, values})
		if err == nil {
			_, err = r.out.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("write the rejected rows: %w", err)
		}
	}
	return nil
}

func (r *rejects) flush() error {
	if r.out == nil {
		return nil
	}
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("write the rejected rows: %w", err)
	}
	return nil
}
