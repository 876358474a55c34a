package loaders_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders"
)

// memory is a target that keeps rows as JSON arrays.
type memory struct {
	engine.Store
	rows                []string
	batches             int
	committed, aborted  bool
	writeErr, commitErr error
}

func (m *memory) Begin(context.Context, *datasets.Dataset, engine.LoadOptions) (engine.Load, error) {
	return m, nil
}

func (m *memory) Write(_ context.Context, b *engine.Batch) error {
	m.batches++
	for i := range b.Rows {
		m.rows = append(m.rows, jsonRow(b, i))
	}
	return m.writeErr
}

func (m *memory) Commit(context.Context) (engine.TableInfo, error) {
	m.committed = m.commitErr == nil
	return engine.TableInfo{Rows: int64(len(m.rows)), Version: "v"}, m.commitErr
}

func (m *memory) Abort(ctx context.Context) error {
	m.aborted = true
	return ctx.Err()
}

func jsonRow(b *engine.Batch, i int) string {
	row := []byte("[")
	for c := range b.Columns {
		if c > 0 {
			row = append(row, ',')
		}
		if v := &b.Columns[c]; v.Null(i) {
			row = append(row, "null"...)
		} else {
			row = v.Value(i).Append(row, v.Type)
		}
	}
	return string(append(row, ']'))
}

// dataset returns the only dataset of a descriptor; where there is a data
// text, its file has it.
func dataset(t testing.TB, yaml, data string) *datasets.Dataset {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "d.yaml"), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	if data != "" {
		if err := os.WriteFile(filepath.Join(dir, "one.csv"), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range snapshot.Broken() {
		t.Fatal(b.Err)
	}
	ds, _ := snapshot.Dataset(snapshot.Names()[0])
	return ds
}

func text(name, content string) loaders.Source {
	return loaders.Source{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

// faultLines returns the faults of a load that the data made fail, a line
// each; nil where the load did not fail.
func faultLines(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var data *loaders.DataError
	if !errors.As(err, &data) {
		t.Fatalf("no DataError: %v", err)
	}
	return strings.Split(data.Error(), "\n")
}
