package source

// Limits bound what a source may ask for, so that a file made to harm, or one
// that is no table, ends in a message and does not take all memory.
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
