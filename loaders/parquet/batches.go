package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"herbarium/loaders/arrow"
	"herbarium/loaders/source"
)

// batches reads the rows of a file. Which columns are read is known at the first
// batch: a column that the descriptor leaves out need not be readable.
type batches struct {
	columns *columns
	reader  *arrow.Reader
	content *source.Content

	begun bool
	plain pqarrow.RecordReader // of the columns that the library reads; nil for none
	place []int                // of each column among those, or -1
	int96 map[int]*int96Column
	left  int64 // rows, where the library reads no column
}

// begin chooses the columns.
func (b *batches) begin(ctx context.Context) (err error) {
	b.begun, b.int96 = true, map[int]*int96Column{}
	var leaves []int
	n := 0
	for i, of := range b.columns.leaves {
		b.place = append(b.place, -1)
		_, unreadable := b.columns.unreadable[i]
		switch {
		case unreadable || b.reader.Skips(i):
		case b.columns.int96[i]:
			b.int96[i] = &int96Column{file: b.columns.file, leaf: of[0]}
		default:
			leaves = append(leaves, of...)
			b.place[i] = n
			n++
		}
	}
	b.left = b.columns.file.NumRows()
	if n > 0 {
		b.plain, err = b.columns.arrow.GetRecordReader(ctx, leaves, nil)
	}
	return err
}

func (b *batches) close() {
	if b.plain != nil {
		b.plain.Release()
	}
}

// next returns the next rows. Columns that are not read have no values in them.
func (b *batches) next(ctx context.Context) (arrowlib.RecordBatch, error) {
	if !b.begun {
		if err := b.begin(ctx); err != nil {
			return nil, err
		}
	}
	var read arrowlib.RecordBatch
	rows := min(b.left, batchRows)
	if b.plain != nil {
		if !b.plain.Next() {
			if err := b.plain.Err(); err != nil && err != io.EOF {
				return nil, b.named(ctx, err)
			}
			rows = 0
		} else {
			read = b.plain.RecordBatch()
			rows = read.NumRows()
		}
	}
	if rows == 0 {
		b.content.CountAll()
		return nil, io.EOF
	}
	b.left -= rows
	return b.assemble(read, int(rows))
}

// assemble makes a batch of all columns.
func (b *batches) assemble(read arrowlib.RecordBatch, rows int) (arrowlib.RecordBatch, error) {
	fields := b.columns.schema.Fields()
	all := make([]arrowlib.Array, len(fields))
	for i := range fields {
		switch far := b.int96[i]; {
		case far != nil:
			stamps, err := far.read(rows)
			if err != nil {
				return nil, b.unreadable(i, err)
			}
			all[i] = stamps
			defer stamps.Release()
		case b.place[i] < 0:
			all[i] = array.NewNull(rows)
			defer all[i].Release()
		default:
			all[i] = read.Column(b.place[i])
			if signed, ok := b.columns.wide[i]; ok {
				if all[i] = arrow.Widen(all[i], signed); all[i] == nil {
					return nil, b.unreadable(i, errShort)
				}
				defer all[i].Release()
				break
			}
			if t := fields[i].Type; !arrowlib.TypeEqual(all[i].DataType(), t) {
				all[i] = retyped(all[i], t)
				defer all[i].Release()
			}
		}
		fields[i].Type, fields[i].Nullable = all[i].DataType(), true
	}
	return array.NewRecordBatch(arrowlib.NewSchema(fields, nil), all, int64(rows)), nil
}

var errShort = errors.New("it has too few bytes for its values")

// named finds the column that cannot be read, by reading each alone. If none can,
// the file is damaged.
func (b *batches) named(ctx context.Context, failed error) error {
	for i, at := range b.place {
		if at < 0 || ctx.Err() != nil {
			continue
		}
		if err := b.alone(ctx, b.columns.leaves[i]); err != nil {
			return b.unreadable(i, err)
		}
	}
	return failed
}

// alone reads columns to their end, or to an error.
func (b *batches) alone(ctx context.Context, leaves []int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	rows, err := b.columns.arrow.GetRecordReader(ctx, leaves, nil)
	if err != nil {
		return err
	}
	defer rows.Release()
	for rows.Next() {
	}
	if err := rows.Err(); err != io.EOF {
		return err
	}
	return nil
}

// unreadable says that a column cannot be read.
func (b *batches) unreadable(i int, err error) error {
	name := strconv.Quote(b.columns.schema.Field(i).Name)
	return source.ErrorAt(0, 0, "the column "+name+" cannot be read: "+source.InPlainWords(err)+"; ignore: ["+name+"] leaves it out")
}
