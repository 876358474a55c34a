package loaders

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"herbarium/datasets"
)

// TestDamagedViewsAreRefused changes each byte of a stream of views, whose batches say
// how many buffers a column has. None may make a reader allocate what it says.
func TestDamagedViewsAreRefused(t *testing.T) {
	schema := arrowlib.NewSchema([]arrowlib.Field{{Name: "x", Type: arrowlib.BinaryTypes.StringView}}, nil)
	texts := array.NewStringViewBuilder(memory.DefaultAllocator)
	texts.Append(strings.Repeat("long ", 10))
	column := texts.NewArray()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	if err := errors.Join(w.Write(array.NewRecordBatch(schema, []arrowlib.Array{column}, 1)), w.Close()); err != nil {
		t.Fatal(err)
	}
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {x: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Check(t.Context(), ds, streamOf(out.Bytes()), Options{}); err != nil || s.Rows != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	refused := 0
	for i := range out.Len() {
		damaged := bytes.Clone(out.Bytes())
		damaged[i] = 0xaf
		_, err := Check(t.Context(), ds, streamOf(damaged), Options{})
		var wrong *DataError
		if err != nil && !errors.As(err, &wrong) {
			t.Errorf("byte %d: %v", i, err)
		}
		if err != nil {
			refused++
			if strings.Contains(err.Error(), "runtime error") {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
	if refused < 50 {
		t.Errorf("%d of %d are refused", refused, out.Len())
	}
}
