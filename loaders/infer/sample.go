package infer

import "herbarium/loaders/decode"

// Sample is the table of a source's rows, or of a part of them, that the reader
// of the source's format fills.
type Sample struct {
	*Table
	// MaxBytes is how many bytes of text are read; 0 means all.
	MaxBytes int64
	// Fail is told what is wrong with the source.
	Fail func(decode.Fault)
}

// Wants reports whether more rows are wanted, after so many bytes of text.
func (s *Sample) Wants(read int64) bool { return s.MaxBytes == 0 || read < s.MaxBytes }

// MaxPlaces is how long a list may be so that each of its elements becomes a
// column, as coordinates do.
const MaxPlaces = 4
