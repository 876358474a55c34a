package decode

import "context"

// Reader cuts a source into parts. It is used by one goroutine.
type Reader interface {
	// Next returns the next part, or io.EOF after the last. A
	// *source.SyntaxError says from where on nothing can be read.
	Next(ctx context.Context) (Part, error)
	// Recycle takes back the memory of a part that was decoded. Other
	// goroutines may call it while Next runs.
	Recycle(Part)
	// Close frees what the reader holds, but does not close the source.
	Close()
}

// Part is a run of whole rows of a source. Parts can be decoded at the same
// time, each by one goroutine.
type Part interface {
	// Decode gives its rows to the checker. A *source.SyntaxError says from
	// where on nothing of the source can be read.
	Decode(c *Checker) error
}
