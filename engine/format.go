package engine

// Format is a way to write an answer as bytes, such as JSON.
type Format struct {
	Name      string // the value of ?format= and --format
	MediaType string
	New       func(columns []Column) Encoder
}

// Encoder writes one answer: Begin once, Append for each batch in turn, End
// once. It is used by one goroutine. Each method appends to dst and returns
// it, and allocates nothing for a row.
type Encoder interface {
	Begin(dst []byte) []byte
	Append(dst []byte, batch *Batch) []byte
	End(dst []byte) []byte
}
