package columnar

import (
	"context"
	"errors"
	"fmt"

	"herbarium/datasets"
	"herbarium/engine"
)

// CopyLoad is the making of a copy. Commit publishes it only if its rows are those of the
// version; else the error wraps ErrOtherContent.
type CopyLoad struct {
	engine.Load
	builder *blockBuilder
	rows    int64
}

// Write adds rows.
func (l *CopyLoad) Write(ctx context.Context, batch *engine.Batch) error {
	l.rows += int64(batch.Rows)
	return l.Load.Write(ctx, batch)
}

// Rows returns how many rows were added.
func (l *CopyLoad) Rows() int64 { return l.rows }

// Bytes returns about how many bytes the copy takes with what was added.
func (l *CopyLoad) Bytes() int64 {
	bytes := CopyBytes(l.builder.ds, l.rows)
	for _, d := range l.builder.dicts {
		if d != nil {
			bytes += d.bytes + int64(len(d.texts))*textBytes
		}
	}
	return bytes
}

// CopyBytes returns about how many bytes a copy of so many rows of the dataset takes,
// without the texts of its dictionaries.
func CopyBytes(ds *datasets.Dataset, rows int64) int64 {
	width := int64(0)
	for i := range ds.Fields {
		width += widthOf(ds.Fields[i].Type) + 1 // byte codes, or a bitmap
	}
	return width * rows
}

// ErrOtherContent is the error of a copy whose rows are not those of its version.
var ErrOtherContent = errors.New("the rows that were read are not those of the published version")

// checkContent refuses rows that are not those of the expected version.
func checkContent(expected, version string) error {
	if expected == "" || expected == version {
		return nil
	}
	return fmt.Errorf("%w: they hash to %s, not to %s", ErrOtherContent, version, expected)
}
