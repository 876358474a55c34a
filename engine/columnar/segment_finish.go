package columnar

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
)

// finish writes the dictionaries of the text fields and the footer, and syncs the file,
// but not its folder. It returns the file's size.
func (w *segmentWriter) finish(dicts []*dictionary) (size int64, err error) {
	if len(w.zoneMaps.blocks) == 0 {
		// Arrow takes the dictionaries from the first record.
		nothing := w.emptyRecord(func(int) arrow.Array { return w.emptyDictionary })
		defer nothing.Release()
		if err := w.arrow.Write(nothing); err != nil {
			return 0, w.failed(err)
		}
	}
	if err := w.out.Flush(); err != nil {
		return 0, w.failed(err)
	}
	texts := make([][]string, len(w.fields))
	w.codePlaces = make([][]uint32, len(w.fields))
	for i, d := range dicts {
		if d == nil {
			continue
		}
		sorted, _, places := d.sort()
		if len(sorted) > 1<<31 {
			return 0, w.failed(fmt.Errorf("field %s: more than %d distinct texts", w.fields[i].Name, 1<<31))
		}
		if len(sorted) > 1 && sorted[1] == "" {
			// Programs that make categories of a dictionary refuse a text that
			// comes twice, so what stands for null becomes one of its own.
			sorted[0] = sorted[len(sorted)-1] + "\x00"
		}
		texts[i], w.codePlaces[i] = sorted, places
		if err := w.recode(i, places); err != nil {
			return 0, w.failed(err)
		}
	}
	if err := w.writeEnd(texts); err != nil {
		return 0, w.failed(err)
	}
	return w.at, nil
}

// recode replaces the codes of a field in the file by the places of their texts in the
// sorted dictionary.
func (w *segmentWriter) recode(field int, places []uint32) error {
	codes := make([]uint32, w.zoneMaps.blockRows)
	for b, rows := range w.zoneMaps.blocks {
		s := &w.zoneMaps.columns[b*len(w.fields)+field]
		c := column{rows: rows, codes: codes[:rows]}
		_, stored := c.bytes()
		if _, err := w.file.ReadAt(stored, s.values); err != nil {
			return err
		}
		if c.recode(places) {
			if n, err := w.file.WriteAt(stored, s.values); err != nil || n < len(stored) {
				return short(err)
			}
		}
		s.checksum = files.UpdateChecksum(s.checksum, stored)
		s.setSpan(&c, datasets.String)
	}
	return nil
}

func short(err error) error {
	if err == nil {
		return io.ErrShortWrite
	}
	return err
}

// emptyRecord returns a record of no rows with the fields' dictionaries.
func (w *segmentWriter) emptyRecord(dictionaryOf func(field int) arrow.Array) arrow.RecordBatch {
	columns := make([]arrow.Array, len(w.fields))
	for i := range columns {
		columns[i] = w.array(i, 0, 0, nil, memory.NewBufferBytes(nil), dictionaryOf(i))
	}
	record := array.NewRecordBatch(w.schema, columns, 0)
	for _, c := range columns {
		c.Release()
	}
	return record
}

// writeEnd writes the dictionaries and the footer.
func (w *segmentWriter) writeEnd(texts [][]string) error {
	places, err := w.writeDictionaries(texts)
	if err != nil {
		return err
	}
	w.footer = &footer{}
	if err := w.arrow.Close(); err != nil {
		return err
	}
	tail, err := w.footer.withDictionaries(places)
	if err != nil {
		return err
	}
	w.footer = nil
	if _, err := w.Write(tail); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	if w.zoneMaps.restChecksum, err = w.zoneMaps.checksumRest(w.fields, w.file, w.at); err != nil {
		return err
	}
	if err := w.awaitSync(); err != nil {
		return err
	}
	return w.file.Sync()
}

// writeDictionaries writes the dictionaries and returns their places.
func (w *segmentWriter) writeDictionaries(texts [][]string) ([]messageBlock, error) {
	arrays := make([]arrow.Array, len(texts))
	for i := range texts {
		if texts[i] != nil {
			arrays[i] = largeStrings(texts[i])
		}
	}
	record := w.emptyRecord(func(field int) arrow.Array { return arrays[field] })
	defer record.Release()
	clear(w.offsets)
	messages := &dictionaryMessages{out: w}
	stream := ipc.NewWriterWithPayloadWriter(messages, ipc.WithSchema(w.schema), ipc.WithDictionaryDeltas(false))
	for _, a := range arrays {
		if a != nil {
			messages.left++
		}
	}
	if err := stream.Write(record); err != nil {
		return nil, err
	}
	for i, a := range arrays {
		if a == nil {
			continue
		}
		s := &w.zoneMaps.dictionaries[i]
		buffers := a.Data().Buffers()
		ends, text := buffers[1].Bytes(), buffers[2].Bytes()
		s.count, s.size, s.checksum = uint32(a.Len()), int64(len(text)), files.Checksum(ends, text)
		var err error
		if s.offsets, err = w.offsetOf(ends); err != nil {
			return nil, err
		}
		if len(text) == 0 {
			continue
		}
		if s.bytes, err = w.offsetOf(text); err != nil {
			return nil, err
		}
	}
	return messages.places, stream.Close()
}

// checksumRest returns the checksum of what is neither column nor text.
func (s *zoneMaps) checksumRest(fields []datasets.Field, f io.ReaderAt, size int64) (uint32, error) {
	sum := files.NewChecksum()
	for gap := range s.gaps(fields, size) {
		if _, err := io.Copy(sum, io.NewSectionReader(f, gap.begin, gap.end-gap.begin)); err != nil {
			return 0, err
		}
	}
	return sum.Sum32(), nil
}
