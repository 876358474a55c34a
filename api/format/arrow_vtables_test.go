package format

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"

	"herbarium/engine/plan"
)

// tableSizes returns the sizes that the vtables of the columns' dictionary
// encodings give, by walking Schema.fbs by hand.
func tableSizes(t *testing.T, stream []byte) []int {
	t.Helper()
	b := stream[8:] // behind the mark and the length
	follow := func(at flatbuffers.UOffsetT, slot int) flatbuffers.Table {
		table := flatbuffers.Table{Bytes: b, Pos: at}
		offset := table.Offset(flatbuffers.VOffsetT(4 + 2*slot))
		if offset == 0 {
			t.Fatalf("the table has no field %d", slot)
		}
		return flatbuffers.Table{Bytes: b, Pos: table.Indirect(at + flatbuffers.UOffsetT(offset))}
	}
	schema := follow(flatbuffers.GetUOffsetT(b), 2)
	fields := follow(schema.Pos, 1)
	var sizes []int
	for i := range flatbuffers.UOffsetT(flatbuffers.GetUint32(b[fields.Pos:])) {
		encoding := follow(fields.Indirect(fields.Pos+4+4*i), 4)
		vtable := int(encoding.Pos) - int(flatbuffers.GetSOffsetT(b[encoding.Pos:]))
		sizes = append(sizes, int(flatbuffers.GetVOffsetT(b[vtable+2:])))
	}
	return sizes
}

// A dictionary encoding has an id of 8 bytes, unless it is 0, and two offsets of 4.
func TestArrowGivesDictionaryEncodingsTheirSize(t *testing.T) {
	ds := rocks(t)
	var columns []plan.Column
	for range 5 {
		columns = append(columns, rocksColumns()[0])
	}
	p := planOf(columns)
	p.Dataset = ds // whose title and licence are KeyValues
	e := Arrow.New(p)
	stream := e.End(e.Begin(nil))
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	for i, size := range tableSizes(t, stream) {
		if want := []int{8, 16}[min(i, 1)]; size < want {
			t.Errorf("the encoding of column %d has %d bytes, not %d", i, size, want)
		}
	}
	if schema, rows := readArrow(t, string(stream)); schema.NumFields() != 5 || rows != "[]" {
		t.Errorf("got %v and %s", schema, rows)
	}
}

// What the writer writes alone is refused; this test fails once it no longer is,
// and then fitVtables can go.
func TestArrowGoSharesVtablesOfOtherSizes(t *testing.T) {
	text := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	metadata := arrow.NewMetadata([]string{"title"}, []string{"Rocks"})
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: text, Metadata: metadata}, {Name: "b", Type: text, Metadata: metadata}}, nil)
	var out appender
	if err := ipc.NewWriter(&out, ipc.WithSchema(schema)).Close(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(tableSizes(t, out.bytes)); got != "[8 12]" {
		t.Errorf("the sizes are %s", got)
	}
}
