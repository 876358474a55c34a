package requests

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
)

// exampleText says what is asked.
//
//go:embed example.json
var exampleText []byte

// example is a query of a dataset that ships.
type example struct {
	Dataset  string
	Selector string // the property that picks rows by the text
	Text     string // the field of it
	Rows     int    // how many answer the query
	Query    json.RawMessage
}

func newExample() (*example, error) {
	e := &example{}
	return e, json.Unmarshal(exampleText, e)
}

// path returns where Herbarium answers it.
func (e *example) path() string { return "/" + e.Dataset + "/range" }

// check compares an answer with another one, as JSON, and with what is known
// of it.
func (e *example) check(want, got []byte) error {
	var rows, others []map[string]any
	if err := json.Unmarshal(got, &rows); err != nil {
		return err
	}
	if err := json.Unmarshal(want, &others); err != nil {
		return err
	}
	if len(rows) != e.Rows || !reflect.DeepEqual(rows, others) {
		return fmt.Errorf("%d rows are not the %d", len(rows), e.Rows)
	}
	return nil
}
