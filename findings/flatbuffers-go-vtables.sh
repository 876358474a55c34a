#!/usr/bin/env bash
# flatbuffers for Go 25.12.19: tables of different sizes share a vtable, which gives the
# size of only one of them. So nanoarrow 0.9.0, which verifies what it reads, refuses an
# Arrow stream of arrow-go 18.8.0.
#
# The stream has two columns of dictionaries and metadata on a field: the builder takes
# the vtable of a DictionaryEncoding for a KeyValue, whose fields have the same offsets.
# pyarrow 26.0.1, which verifies less, reads the stream. A stream of plain text columns is
# read by both.
#
# Output of nanoarrow: Message flatbuffer verification failed (13) table field out of range
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check nanoarrow==0.9.0 pyarrow==26.0.1
cd "$work"
cat >go.mod <<'GO'
module finding

go 1.26

require (
	github.com/apache/arrow-go/v18 v18.8.0
	github.com/google/flatbuffers v25.12.19+incompatible
)
GO
cat >main.go <<'GO'
package main

import (
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func main() {
	write("plain.arrows", arrow.BinaryTypes.String)
	write("dictionaries.arrows", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String})
}

func write(name string, text arrow.DataType) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: text, Nullable: true, Metadata: arrow.NewMetadata([]string{"title"}, []string{"A"})},
		{Name: "b", Type: text, Nullable: true},
	}, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range 2 {
		must(builder.Field(i).AppendValueFromString("x"))
	}
	file, err := os.Create(name)
	must(err)
	writer := ipc.NewWriter(file, ipc.WithSchema(schema))
	must(writer.Write(builder.NewRecordBatch()))
	must(writer.Close())
	must(file.Close())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
GO
GOFLAGS=-mod=mod go run .
v/bin/python - <<'PY'
import nanoarrow
import pyarrow

for name, refused in ("plain.arrows", False), ("dictionaries.arrows", True):
    print("pyarrow reads", name, pyarrow.ipc.open_stream(open(name, "rb")).read_all().to_pydict())
    try:
        print("nanoarrow reads", name, nanoarrow.ArrayStream.from_readable(open(name, "rb")).read_all().to_pylist())
    except nanoarrow._utils.NanoarrowException as e:
        print("nanoarrow refuses", name, e)
        assert refused and "verification failed" in str(e), "the behaviour has changed"
    else:
        assert not refused, "the behaviour has changed"
PY
