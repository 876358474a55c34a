package columnar

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"

	"herbarium/datasets"
)

// segmentSchema returns the Arrow schema of a dataset's segment. Columns lie in
// the file as kernels want them, so booleans (0 and 1) and dates (days since
// 1970) are 64 bits wide; the metadata says what they are.
func segmentSchema(ds *datasets.Dataset) *arrow.Schema {
	fields := make([]arrow.Field, len(ds.Fields))
	for i := range ds.Fields {
		f := &ds.Fields[i]
		fields[i] = arrow.Field{Name: f.Name, Type: storedType(f.Type), Nullable: true,
			Metadata: arrow.NewMetadata([]string{"herbarium.type"}, []string{f.Type.String()})}
	}
	about := arrow.NewMetadata([]string{"herbarium.dataset"}, []string{ds.Name})
	return arrow.NewSchema(fields, &about)
}

func storedType(t datasets.Type) arrow.DataType {
	switch t {
	case datasets.Number:
		return arrow.PrimitiveTypes.Float64
	case datasets.DateTime:
		return arrow.FixedWidthTypes.Timestamp_ms
	case datasets.String:
		return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.LargeString}
	default:
		return arrow.PrimitiveTypes.Int64
	}
}

// largeStrings returns the texts as an array with offsets of 64 bits.
func largeStrings(texts []string) arrow.Array {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	ends, all := make([]int64, 1, len(texts)+1), make([]byte, 0, size)
	for _, text := range texts {
		all = append(all, text...)
		ends = append(ends, int64(len(all)))
	}
	data := array.NewData(arrow.BinaryTypes.LargeString, len(texts),
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.GetBytes(ends)), memory.NewBufferBytes(all)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// messageBlock is where a message lies in the file, as Arrow's footer has it.
type messageBlock struct {
	begin    int64
	metadata int32
	body     int64
}

// dictionaryMessages passes on the dictionaries of a stream, which are its
// messages behind the schema and before the first record.
type dictionaryMessages struct {
	out    *segmentWriter
	schema bool // passed
	left   int  // dictionaries still to come
	places []messageBlock
}

func (*dictionaryMessages) Start() error { return nil }
func (*dictionaryMessages) Close() error { return nil }

func (d *dictionaryMessages) WritePayload(p ipc.Payload) error {
	if !d.schema || d.left == 0 {
		d.schema = true
		return nil
	}
	d.left--
	begin := d.out.at
	metadata, err := p.WritePayload(d.out)
	d.places = append(d.places, messageBlock{begin, int32(metadata), d.out.at - begin - int64(metadata)})
	return err
}

// footer is the end of an Arrow file: the mark of the last message, the footer
// with its size, and the magic word.
type footer struct{ bytes.Buffer }

const (
	footerSize        = 4
	arrowMagic        = "ARROW1"
	dictionaries      = 8       // of Footer in Arrow's File.fbs: the third field of its table
	messageBlockBytes = 8*2 + 8 // of a Block there
)

// withDictionaries returns the end with the dictionaries' places put in the
// stead of those that the writer knows of.
func (f *footer) withDictionaries(places []messageBlock) ([]byte, error) {
	b := f.Bytes()
	end := len(b) - footerSize - len(arrowMagic)
	size := int(binary.LittleEndian.Uint32(b[end:]))
	table := flatbuffers.Table{Bytes: b[end-size : end]}
	table.Pos = flatbuffers.GetUOffsetT(table.Bytes)
	at, count := flatbuffers.UOffsetT(table.Offset(dictionaries)), 0
	if at > 0 {
		count = table.VectorLen(at)
	}
	if count != len(places) {
		return nil, fmt.Errorf("arrow wrote %d dictionaries, not %d", count, len(places))
	}
	for i, p := range places {
		to := table.Bytes[int(table.Vector(at))+i*messageBlockBytes:]
		binary.LittleEndian.PutUint64(to, uint64(p.begin))
		binary.LittleEndian.PutUint32(to[8:], uint32(p.metadata))
		binary.LittleEndian.PutUint64(to[16:], uint64(p.body))
	}
	return b, nil
}
