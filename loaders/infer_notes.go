package loaders

import "fmt"

// What a descriptor does not hold stands in its first comments: which rows were seen,
// and how the source is written.

// seen says which rows were seen.
func (in *inferrer) seen() string {
	rows := in.sample.Rows()
	switch {
	case in.sample.Whole && rows == 0:
		return "it has no rows"
	case in.sample.Whole && rows == 1:
		return "its only row"
	case in.sample.Whole:
		return fmt.Sprintf("all of its %d rows", rows)
	case in.sampled.Pieces > 0:
		return fmt.Sprintf("a sample of %d rows, in %d places spread evenly over its %s, begin and end among them", rows, in.sampled.Pieces, bytesText(in.source.Size))
	}
	return fmt.Sprintf("a sample, its first %d rows", rows)
}

// notes say what the descriptor does not hold.
func (in *inferrer) notes() (notes []string) {
	if !in.sample.Whole {
		notes = append(notes, "A row that was not seen may break a type: check reads them all, and infer --sample 0 does.")
	}
	notes = append(notes, in.dialectNotes...)
	if n := in.sampled.Loose; n > 0 {
		place := ""
		if in.sampled.LooseLine > 0 {
			place = fmt.Sprintf(", first in line %d", in.sampled.LooseLine)
		}
		notes = append(notes, fmt.Sprintf("%s with quotes that RFC 4180 does not allow%s: these are read as they stand, where they do not enclose a value.", rowCount(int64(n)), place))
	}
	if in.options.Format != "" {
		notes = append(notes, "A load may have to be told the format, as infer was.")
	}
	return notes
}

func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

func rowCount(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
