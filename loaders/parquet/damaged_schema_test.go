package parquet

import (
	"bytes"
	"testing"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// TestDamagedSchemasAreRefused changes each byte of the schema that Arrow keeps in a
// file. None may make a reader allocate what it claims, or panic.
func TestDamagedSchemasAreRefused(t *testing.T) {
	var out bytes.Buffer
	schema := arrowlib.NewSchema([]arrowlib.Field{{Name: "took", Type: arrowlib.FixedWidthTypes.Duration_ms}, {Name: "s", Type: arrowlib.BinaryTypes.String}}, nil)
	if err := ipc.NewWriter(&out, ipc.WithSchema(schema)).Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := readSchema(out.Bytes()); err != nil || s.NumFields() != 2 {
		t.Fatalf("%v, %v", s, err)
	}
	refused := 0
	for i := range out.Len() {
		for _, b := range []byte{0x08, 0x7f, 0x80, 0xff} {
			damaged := bytes.Clone(out.Bytes())
			damaged[i] = b
			if _, err := readSchema(damaged); err != nil {
				refused++
			}
		}
	}
	if refused < 50 {
		t.Errorf("%d schemas are refused", refused)
	}
}
