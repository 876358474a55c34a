package loaders

import "context"

// reader cuts a source into parts. It is used by one goroutine.
type reader interface {
	// next returns the next part, or io.EOF after the last. A *source.SyntaxError
	// says from where on nothing can be read.
	next(ctx context.Context) (part, error)
	// recycle takes back the memory of a part that was decoded. Other
	// goroutines may call it while next runs.
	recycle(part)
	// close lets go of what the reader holds, but not of the source.
	close()
}

// part is a run of whole rows of a source. Parts can be decoded at the same
// time, each by one goroutine.
type part interface {
	// decode gives its rows to the checker. A *source.SyntaxError says from where on
	// nothing of the source can be read.
	decode(c *checker) error
}
