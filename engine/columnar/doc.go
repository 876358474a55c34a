// Package columnar is the embedded store: rows as typed columns in blocks,
// queries as kernels over bitmaps. A Store keeps them in memory, a FileStore
// in files that it maps into memory.
//
// A table is a list of blocks of equal size. A block stands for itself: its
// columns, which of their rows have a value, and a zone map of each (least and
// greatest value, number of nulls) that lets a condition skip or take the
// block unread. Runs of blocks have such zone maps too. Only what spans blocks
// lives in the table: the dictionaries of text and the group codes.
//
// A query goes block by block. Its conditions turn the block into a bitmap of
// rows; what remains is handed out (range) or summed by group (means). Sums
// are exact, so neither the order of blocks nor the number of cores that share
// them changes an answer.
//
// # Files
//
// A dataset has a folder in the store's, with a manifest and a folder for each
// version. A version is an Arrow IPC file of a record batch for each block,
// which others can read, a file of zone maps: where each column of each block
// lies, what it spans, and its checksum; and a file of what each block adds to
// the means that the dataset declares. They never change; a load
// publishes by renaming a new manifest over the old one. Files are checked
// where it costs nothing when they are opened, and block by block when they
// are first touched.
package columnar
