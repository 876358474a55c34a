package columnar

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
)

// segmentWriter writes the blocks of a load into an Arrow IPC file as they
// come, one record batch for each. Codes of text come in the order in which
// the texts were met; once all are known, finish sorts the dictionaries,
// writes the codes anew in place, and the dictionaries behind the rows, which
// is where Arrow's footer then says that they are.
type segmentWriter struct {
	name    string
	file    files.File
	out     *bufio.Writer
	at      int64
	offsets map[*byte]int64 // where in the file each buffer went that Arrow wrote since it was cleared

	fields          []datasets.Field
	schema          *arrow.Schema
	arrow           *ipc.FileWriter
	emptyDictionary arrow.Array // the dictionary that stands in for those that are not known yet
	zoneMaps        zoneMaps
	footer          *footer    // takes what is written, once it is there
	codePlaces      [][]uint32 // of codes in the sorted dictionaries, by field, once they are known

	syncEvery   int64      // bytes
	syncedBytes int64      // bytes before this were made last, or are being
	syncing     chan error // of a Sync that goes on; nil without one
}

const (
	// writeBuffer is how much is gathered for a write.
	writeBuffer = 256 << 10
	// syncBytes is after how many bytes a load has the disk write them, while
	// it makes more: else all of them would have to be waited for at its end.
	syncBytes = 32 << 20
)

func newSegmentWriter(s *FileStore, name string, ds *datasets.Dataset) (*segmentWriter, error) {
	f, err := s.disk.Create(name)
	if err != nil {
		return nil, err
	}
	w := &segmentWriter{name: name, file: f, offsets: map[*byte]int64{}, fields: ds.Fields, schema: segmentSchema(ds),
		emptyDictionary: largeStrings(nil), syncEvery: s.syncEvery, zoneMaps: zoneMaps{blockRows: s.blockRows, dictionaries: make([]dictionaryPlace, len(ds.Fields))}}
	w.out = bufio.NewWriterSize(f, writeBuffer)
	if w.arrow, err = ipc.NewFileWriter(w, ipc.WithSchema(w.schema)); err != nil {
		return nil, errors.Join(w.failed(err), w.close())
	}
	return w, nil
}

// Write takes what Arrow writes and notes where it goes.
func (w *segmentWriter) Write(p []byte) (int, error) {
	if w.footer != nil {
		return w.footer.Write(p)
	}
	if len(p) > 0 {
		w.offsets[unsafe.SliceData(p)] = w.at
	}
	n, err := w.out.Write(p)
	w.at += int64(n)
	return n, err
}

// failed adds the operation and the file's name to an error that does not have them.
func (w *segmentWriter) failed(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path
	}
	return fmt.Errorf("write %s: %w", w.name, err)
}

// add writes a block that is sealed. Its memory is the caller's again.
func (w *segmentWriter) add(b *block) error {
	clear(w.offsets)
	record := w.record(b)
	defer record.Release()
	if err := w.arrow.Write(record); err != nil {
		return w.failed(err)
	}
	w.zoneMaps.blocks = append(w.zoneMaps.blocks, b.rows)
	for i := range b.columns {
		m, err := w.zoneMapOf(&b.columns[i], w.fields[i].Type)
		if err != nil {
			return w.failed(fmt.Errorf("field %s: %w", w.fields[i].Name, err))
		}
		w.zoneMaps.columns = append(w.zoneMaps.columns, m)
	}
	if err := w.syncAhead(); err != nil {
		return w.failed(err)
	}
	return nil
}

// syncAhead starts a Sync if more than syncEvery bytes were written since the last one.
func (w *segmentWriter) syncAhead() error {
	if w.at-w.syncedBytes < w.syncEvery {
		return nil
	}
	if w.syncing != nil {
		select {
		case err := <-w.syncing:
			if w.syncing = nil; err != nil {
				return err
			}
		default:
			return nil
		}
	}
	w.syncedBytes, w.syncing = w.at, make(chan error, 1)
	go func(f files.File, done chan error) { done <- f.Sync() }(w.file, w.syncing)
	return nil
}

// awaitSync waits for the Sync under way. Its error must not be lost: a system reports it
// only once.
func (w *segmentWriter) awaitSync() error {
	if w.syncing == nil {
		return nil
	}
	err := <-w.syncing
	w.syncing = nil
	return err
}

// zoneMapOf returns the zone map of a column that was written. For codes it has neither span
// nor their checksum yet: these are known when the codes are final.
func (w *segmentWriter) zoneMapOf(c *column, kind datasets.Type) (s zoneMap, err error) {
	valid, values := c.bytes()
	if s.values, err = w.offsetOf(values); err != nil {
		return s, err
	}
	s.nulls, s.checksum = uint32(c.nulls), files.Checksum(valid)
	if s.hasBitmap(c.rows) {
		if s.valid, err = w.offsetOf(valid); err != nil {
			return s, err
		}
	}
	if kind != datasets.String {
		s.checksum = files.UpdateChecksum(s.checksum, values)
		s.setSpan(c, kind)
	}
	return s, nil
}

func (w *segmentWriter) offsetOf(buffer []byte) (int64, error) {
	at, ok := w.offsets[unsafe.SliceData(buffer)]
	if !ok || at%bufferAlignment != 0 {
		return 0, fmt.Errorf("arrow did not write a buffer as it is")
	}
	return at, nil
}

// record shows the block as Arrow's record batch, without a copy.
func (w *segmentWriter) record(b *block) arrow.RecordBatch {
	columns := make([]arrow.Array, len(b.columns))
	for i := range b.columns {
		c := &b.columns[i]
		bits, values := c.bytes()
		valid := (*memory.Buffer)(nil)
		if c.nulls > 0 {
			// Arrow counts bytes, and pads them with zeros as words are.
			valid = memory.NewBufferBytes(bits[:(b.rows+7)/8])
		}
		columns[i] = w.array(i, b.rows, c.nulls, valid, memory.NewBufferBytes(values), w.emptyDictionary)
	}
	record := array.NewRecordBatch(w.schema, columns, int64(b.rows))
	for _, c := range columns {
		c.Release()
	}
	return record
}

func (w *segmentWriter) array(field, rows, nulls int, valid, values *memory.Buffer, dict arrow.Array) arrow.Array {
	as := w.schema.Field(field).Type
	buffers := []*memory.Buffer{valid, values}
	var data *array.Data
	if w.fields[field].Type == datasets.String {
		data = array.NewDataWithDictionary(as, rows, buffers, nulls, 0, dict.Data().(*array.Data))
	} else {
		data = array.NewData(as, rows, buffers, nil, nulls, 0)
	}
	defer data.Release()
	return array.MakeFromData(data)
}

// close closes the file.
func (w *segmentWriter) close() error {
	if w.file == nil {
		return nil
	}
	err := w.awaitSync()
	err = errors.Join(err, w.file.Close())
	if w.file = nil; err != nil {
		return w.failed(err)
	}
	return nil
}
