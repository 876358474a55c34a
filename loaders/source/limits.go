package source

// Limits bound the memory that a source may take, so that a malicious file, or
// one that is not a table, ends in an error.
type Limits struct {
	Record   int   // bytes of the longest row of text
	Chunk    int   // bytes of text that are decoded at once
	Inflated int64 // bytes that compressed data may always become
	Ratio    int64 // how many times its own size compressed data may become beyond that
}

// DefaultLimits returns the limits of every load. Real tables compressed with
// gzip or zstd stay far below the ratio; decompression bombs go far beyond it.
func DefaultLimits() Limits {
	return Limits{Record: 16 << 20, Chunk: 1 << 20, Inflated: 1 << 30, Ratio: 200}
}
