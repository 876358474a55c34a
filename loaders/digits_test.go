package loaders_test

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	arrowmemory "github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"herbarium/loaders"
)

// TestDecimalsBeyondTheirPrecision reads decimals that have more digits than their
// type says, days before 1970 that are not written at midnight, and numbers of 16
// bits. Writers do all of it.
func TestDecimalsBeyondTheirPrecision(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "d", Type: &arrow.Decimal128Type{Precision: 3, Scale: 2}},
		{Name: "day", Type: arrow.FixedWidthTypes.Date64},
		{Name: "h", Type: arrow.FixedWidthTypes.Float16},
	}, nil)
	b := array.NewRecordBuilder(arrowmemory.DefaultAllocator, schema)
	defer b.Release()
	b.Field(0).(*array.Decimal128Builder).AppendValues([]decimal128.Num{decimal128.FromI64(-12810), decimal128.FromI64(5)}, nil)
	b.Field(1).(*array.Date64Builder).AppendValues([]arrow.Date64{-1, 86_400_001}, nil)
	for _, v := range []string{"10.3046875", "-0.5"} {
		if err := b.Field(2).AppendValueFromString(v); err != nil {
			t.Fatal(err)
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	var file bytes.Buffer
	w := ipc.NewWriter(&file, ipc.WithSchema(schema))
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, rows := inferAndLoad(t, "d.arrows", file.String(), loaders.InferOptions{})
	if diff := cmp.Diff([]string{`[-128.1,"1969-12-31",10.3046875]`, `[0.05,"1970-01-02",-0.5]`}, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
