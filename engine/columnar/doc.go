// Package columnar is the embedded store: rows as typed columns in blocks,
// queries as kernels over bitmaps. This version keeps all of it in memory.
//
// A table is a list of blocks of equal size. A block stands for itself: its
// columns, which of their rows have a value, and a summary of each (least and
// greatest value, number of nulls) that lets a condition skip or take the
// block unread. Only what spans blocks lives in the table: the dictionaries of
// text and the group codes.
//
// A query goes block by block. Its conditions turn the block into a bitmap of
// rows; what remains is handed out (range) or summed by group (means). Sums
// are exact, so neither the order of blocks nor the number of cores that share
// them changes an answer.
package columnar
