package formats

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"herbarium/bench/data"
)

// row is a row of the wide table, however it was sent.
type row struct {
	I *int64
	A *float64
	B *float64
	C *float64
	J *int64
	S *string
}

// reader calls visit with each row of a text in its format.
type reader func(text []byte, visit func(row) error) error

// compare holds the rows of text against the table's.
func compare(table *data.Table, text []byte, read reader) error {
	n, c := 0, table.Columns
	err := read(text, func(r row) error {
		if n >= table.Rows {
			return fmt.Errorf("there are more than %d rows", table.Rows)
		}
		if r.I == nil || r.A == nil || r.B == nil || r.C == nil || r.J == nil || r.S == nil ||
			*r.I != c[0].Ints[n] || *r.A != c[1].Floats[n] || *r.B != c[2].Floats[n] || *r.C != c[3].Floats[n] ||
			*r.J != c[4].Ints[n] || *r.S != c[5].Dict[c[5].Codes[n]] {
			got, _ := json.Marshal(r)
			return fmt.Errorf("row %d is %s", n, got)
		}
		n++
		return nil
	})
	if err == nil && n < table.Rows {
		err = fmt.Errorf("there are %d rows of %d", n, table.Rows)
	}
	return err
}

func readJSON(text []byte, visit func(row) error) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	return readObjects(d, visit)
}

func readNDJSON(text []byte, visit func(row) error) error {
	return readObjects(json.NewDecoder(bytes.NewReader(text)), visit)
}

func readObjects(d *json.Decoder, visit func(row) error) error {
	for d.More() {
		var r row
		if err := d.Decode(&r); err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

func readCSV(text []byte, visit func(row) error) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		parsed, err := parseCells(cells)
		if err != nil {
			return err
		}
		if err := visit(parsed); err != nil {
			return err
		}
	}
}

func parseCells(cells []string) (row, error) {
	if len(cells) != 6 {
		return row{}, fmt.Errorf("a row has %d cells", len(cells))
	}
	var ints [2]int64
	var floats [3]float64
	var errs [5]error
	ints[0], errs[0] = strconv.ParseInt(cells[0], 10, 64)
	for i := range floats {
		floats[i], errs[1+i] = strconv.ParseFloat(cells[1+i], 64)
	}
	ints[1], errs[4] = strconv.ParseInt(cells[4], 10, 64)
	return row{&ints[0], &floats[0], &floats[1], &floats[2], &ints[1], &cells[5]}, errors.Join(errs[:]...)
}

func readArrow(text []byte, visit func(row) error) error {
	r, err := ipc.NewReader(bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer r.Release()
	return readRecords(r, visit)
}

func readParquet(text []byte, visit func(row) error) error {
	f, err := file.NewParquetReader(bytes.NewReader(text))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	records, err := r.GetRecordReader(context.Background(), nil, nil) // bytes of memory need no end
	if err != nil {
		return err
	}
	defer records.Release()
	return readRecords(records, visit)
}

func readRecords(records array.RecordReader, visit func(row) error) error {
	for records.Next() {
		record := records.RecordBatch()
		for i := range int(record.NumRows()) {
			r := row{I: integer(record.Column(0), i), A: float(record.Column(1), i), B: float(record.Column(2), i),
				C: float(record.Column(3), i), J: integer(record.Column(4), i), S: text(record.Column(5), i)}
			if err := visit(r); err != nil {
				return err
			}
		}
	}
	if err := records.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func integer(c arrow.Array, i int) *int64 {
	if c, ok := c.(*array.Int64); ok && c.IsValid(i) {
		v := c.Value(i)
		return &v
	}
	return nil
}

func float(c arrow.Array, i int) *float64 {
	if c, ok := c.(*array.Float64); ok && c.IsValid(i) {
		v := c.Value(i)
		return &v
	}
	return nil
}

func text(c arrow.Array, i int) *string {
	if c.IsNull(i) {
		return nil
	}
	v := c.ValueStr(i)
	return &v
}
