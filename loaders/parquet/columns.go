package parquet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"herbarium/loaders/arrow"
	arrowipc "herbarium/loaders/arrow/ipc"
	"herbarium/loaders/source"
)

// columns says how each column of a file is read. Most are read by the library.
// Columns of INT96 are not, since its nanoseconds end in the year 2262, and neither
// are those that it cannot read, which would make the whole file unreadable.
type columns struct {
	file       *file.Reader
	arrow      *pqarrow.FileReader
	schema     *arrowlib.Schema
	leaves     [][]int        // of each column, in the file
	int96      []bool         // the column is an INT96
	wide       arrow.Wide     // integers of 128 bits
	unreadable map[int]string // why a column cannot be read
}

// schemaKey is the key under which Arrow keeps the types of a file's columns that
// Parquet does not have.
const schemaKey = "ARROW:schema"

func newColumns(f *file.Reader) (*columns, error) {
	declared, wide := declaredTypes(f.MetaData())
	// Columns are read one after the other: a panic in a goroutine of the
	// library could not be recovered.
	reading := pqarrow.ArrowReadProperties{BatchSize: batchRows}
	root := f.MetaData().Schema.Root()
	for i := range f.MetaData().Schema.NumColumns() {
		column := f.MetaData().Schema.Column(i)
		top := root.Field(root.FieldIndexByName(column.ColumnPath()[0]))
		if column.PhysicalType() == parquet.Types.ByteArray && !isVariant(top) {
			reading.SetReadDict(i, true)
		}
	}
	reader, err := pqarrow.NewFileReader(f, reading, arrow.Allocator())
	if err != nil {
		return nil, err
	}
	c := &columns{file: f, arrow: reader, wide: arrow.Wide{}, unreadable: map[int]string{}}
	fields := make([]arrowlib.Field, len(reader.Manifest.Fields))
	for i := range reader.Manifest.Fields {
		from := &reader.Manifest.Fields[i]
		fields[i] = *from.Field
		if declared != nil && i < declared.NumFields() {
			fields[i].Type = withDurations(fields[i].Type, declared.Field(i).Type)
		}
		if signed, ok := wide[i]; ok && isWide(fields[i].Type) {
			fields[i].Type = arrow.WideInteger
			c.wide[i] = signed
		}
		leaves := leavesOf(from, nil)
		c.leaves = append(c.leaves, leaves)
		only := f.MetaData().Schema.Column(leaves[0])
		c.int96 = append(c.int96, len(leaves) == 1 && len(only.ColumnPath()) == 1 &&
			only.PhysicalType() == parquet.Types.Int96 && only.MaxRepetitionLevel() == 0)
		if why := c.codecFault(leaves); why != "" {
			c.unreadable[i] = why
		}
		if isInterval(root.Field(i)) {
			c.unreadable[i] = "an INTERVAL of months, days and milliseconds, which is no number; write it again as text or as a number"
		}
		if isVariant(root.Field(i)) {
			c.unreadable[i] = "a VARIANT, which has another type in each row; write it again as JSON or as columns"
		}
	}
	c.schema = arrowlib.NewSchema(fields, nil)
	return c, nil
}

// isInterval reports whether a column is an INTERVAL.
func isInterval(n schema.Node) bool {
	_, ok := n.LogicalType().(schema.IntervalLogicalType)
	return ok || n.ConvertedType() == schema.ConvertedTypes.Interval
}

// isVariant reports whether a column is a VARIANT, by its type or, where its writer
// did not say so, by its parts: metadata and value, which are bytes.
func isVariant(n schema.Node) bool {
	group, ok := n.(*schema.GroupNode)
	if !ok {
		return false
	}
	if _, ok := group.LogicalType().(schema.VariantLogicalType); ok {
		return true
	}
	for _, name := range []string{"metadata", "value"} {
		i := group.FieldIndexByName(name)
		if i < 0 {
			return false
		}
		part, ok := group.Field(i).(*schema.PrimitiveNode)
		if !ok || part.PhysicalType() != parquet.Types.ByteArray || !isBytes(part) {
			return false
		}
	}
	return group.NumFields() <= 3
}

// isBytes reports whether a column of bytes does not say that they are text.
func isBytes(n *schema.PrimitiveNode) bool {
	_, none := n.LogicalType().(schema.NoLogicalType)
	return n.LogicalType() == nil || none
}

// leavesOf returns the columns of the file that a column is made of.
func leavesOf(f *pqarrow.SchemaField, all []int) []int {
	if len(f.Children) == 0 {
		return append(all, f.ColIndex)
	}
	for i := range f.Children {
		all = leavesOf(&f.Children[i], all)
	}
	return all
}

// codecFault says that the columns are compressed in a way that cannot be read; ""
// where they are not.
func (c *columns) codecFault(leaves []int) string {
	for group := range c.file.NumRowGroups() {
		for _, leaf := range leaves {
			chunk, err := c.file.MetaData().RowGroup(group).ColumnChunk(leaf)
			if err != nil {
				return source.InPlainWords(err)
			}
			codec := chunk.Compression()
			if _, err := compress.GetCodec(codec); err != nil {
				return "compressed with " + codec.String() + "; write it again with zstd or snappy"
			}
		}
	}
	return ""
}

// declaredTypes returns the types that Arrow keeps in a file, where the library cannot
// read the columns by them, and changes them in the file's metadata: durations become
// the integers that they are stored as, and integers of 128 bits, which are the columns
// in wide, ones of 64. Types that cannot be read at all are removed, so that the columns
// have those of Parquet.
func declaredTypes(meta *metadata.FileMetaData) (declared *arrowlib.Schema, wide arrow.Wide) {
	kvs := meta.FileMetaData.KeyValueMetadata
	at := slices.Index(meta.KeyValueMetadata().Keys(), schemaKey)
	if at < 0 || kvs[at].Value == nil {
		return nil, nil
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(*kvs[at].Value, "="))
	if err == nil {
		declared, err = readSchema(text)
	}
	if err != nil {
		if wide = narrowed(text); len(wide) > 0 {
			declared, err = readSchema(text)
		}
	}
	if err != nil {
		meta.FileMetaData.KeyValueMetadata = slices.Delete(kvs, at, at+1)
		return nil, wide
	}
	fields, changed := declared.Fields(), len(wide) > 0
	for i := range fields {
		plain := stored(fields[i].Type)
		changed = changed || plain != fields[i].Type
		fields[i].Type = plain
	}
	if !changed {
		return nil, nil
	}
	var out bytes.Buffer
	metadata := declared.Metadata()
	if err := ipc.NewWriter(&out, ipc.WithSchema(arrowlib.NewSchema(fields, &metadata))).Close(); err != nil {
		return nil, nil
	}
	encoded := base64.StdEncoding.EncodeToString(out.Bytes())
	kvs[at].Value = &encoded
	return declared, wide
}

// readSchema reads a serialized schema. It is verified first, since the library
// allocates what a message claims.
func readSchema(text []byte) (*arrowlib.Schema, error) {
	if err := arrowipc.CheckFirst(text); err != nil {
		return nil, err
	}
	r, err := ipc.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	return r.Schema(), nil
}

// narrowed makes the integers of 128 bits that a serialized schema declares ones of
// 64, and returns which they are. A mark and its length stand before the schema, or
// its length alone.
func narrowed(text []byte) arrow.Wide {
	switch {
	case len(text) >= 8 && binary.LittleEndian.Uint32(text) == 0xffffffff:
		return arrow.NarrowMessage(text[8:])
	case len(text) >= 4:
		return arrow.NarrowMessage(text[4:])
	}
	return nil
}

// isWide reports whether a type is stored as integers of 128 bits are.
func isWide(t arrowlib.DataType) bool {
	of, ok := t.(*arrowlib.FixedSizeBinaryType)
	return ok && of.ByteWidth == 16
}
