// Package columnar is the embedded store: typed columns in memory, cut into
// blocks with summaries, filtered by kernels that make bitmaps and summed
// exactly. A table is immutable once it is published.
package columnar
