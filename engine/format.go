package engine

import "herbarium/engine/plan"

// Format is a way to write an answer as bytes, such as JSON.
type Format struct {
	Name      string // the value of ?format= and --format
	MediaType string
	// Parameters follow the media type in Content-Type, such as
	// "; charset=utf-8"; Accept is not matched against them.
	Parameters string
	// Compressed says that the bytes are compressed, so that a content coding
	// gains nothing.
	Compressed bool
	// File says that answers are files, whose readers take what they get for all
	// there is: a page that the dataset's page.default gives does not apply.
	File bool
	// Described says that the bytes tell the descriptor's prose too: titles,
	// units, a license.
	Described bool
	// Batched says that the bytes depend on how rows are cut into batches and on the
	// order of dictionaries, and not on the rows alone.
	Batched bool
	// Held is how many rows an encoder holds until it has written them, beside a batch.
	Held int
	New  func(p *plan.Plan) Encoder
}

// Encoder writes one answer: Begin once, Append for each batch in turn, End
// once. It is used by one goroutine. Each method appends to dst and returns
// it, and allocates nothing for a row. What a batch holds is not read after
// Append has returned.
type Encoder interface {
	Begin(dst []byte) []byte
	Append(dst []byte, batch *Batch) []byte
	End(dst []byte) []byte
	// Err returns why the answer cannot be written; what was appended since
	// the last call must then not be sent. Formats that take every value
	// return nil.
	Err() error
}
