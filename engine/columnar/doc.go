// Package columnar is the embedded store: rows as typed columns in blocks,
// queries as kernels over bitmaps. A Store keeps the rows in memory, a FileStore
// in files that it maps into memory.
//
// A table is one version of a dataset's rows: a list of blocks of equal size. Each
// column of a block has its own zone map (least and greatest value, number of
// nulls), by which a condition skips the block or takes all of it without reading
// it. Sixteen blocks are a row group, which has zone maps as well. Only two things
// span blocks, and belong to the table: the dictionaries of text and the group codes.
//
// A query goes block by block. Its conditions turn the block into a bitmap of
// selected rows; these are returned (a plan of rows) or aggregated by group. Rows in an
// order other than that of the load are found first, all of them or the first ones, and
// then gathered from their blocks. Sums are exact, so neither the order of the blocks nor
// the number of cores that share them changes an answer. Measures that need all values of
// a group, such as a median, take a second pass over the selected rows.
//
// # Map
//
// The files by subject, each in the order in which it is best read:
//
//	tables and blocks  table.go, column.go (block, column), row_group.go,
//	                   dictionary.go, byte_codes.go, block_builder.go (rows to
//	                   blocks), batch_builder.go (rows of blocks to batches), size.go
//	the store in       store.go, load.go, memory_versions.go, resources.go (what
//	memory             all tables share), caches.go, mutex.go
//	scan               filter.go (conditions, zone maps), predicate.go,
//	                   filter_float.go, filter_int.go, filter_code.go,
//	                   filter_set.go, filter_presence.go, filter_text.go,
//	                   text_search.go, range_cursor.go, selection_index.go
//	                   (pages), condition_index.go (of plans that share
//	                   conditions), scans.go, parallel.go
//	order              sort_key.go (values to numbers), row_order.go, top_rows.go
//	                   (first pages), row_sort.go, item_sort.go, kept_order.go
//	                   (deep pages), ordered_cursor.go, group_order.go
//	aggregation        aggregation.go, group_codes.go, bucket_codes.go, groups.go,
//	                   aggregator.go, partial_aggregate.go, extremes.go,
//	                   lane_sum.go, lane_sum_float.go, lane_sum_int.go,
//	                   group_memory.go, group_cursor.go, block_aggregates.go,
//	                   block_aggregates_builder.go (made by loads into files),
//	                   block_aggregates_file.go (as they are stored)
//	a group's values   second_pass.go, code_counts.go, group_partition.go,
//	                   big_group.go, distinct_table.go, deviations.go,
//	                   deviation_pairs.go
//	pairs of fields    pair_sets.go, codeviations.go, codeviations_lone.go,
//	                   coded_deviations.go, lane_window.go
//	the store in       file_store.go, versions.go, file_versions.go, file_load.go,
//	files              publish.go, stored_table.go, file_check.go, scrub.go,
//	                   corruption.go
//	copies of what     copies.go, copies_folder.go, copy_load.go, folder_kind.go
//	other stores have  (which of both a folder is of)
//	a version's rows   segment.go, segment_schema.go, segment_writer.go,
//	as a file          segment_finish.go, zone_map.go
//
// What knows no columns has packages of its own:
//
//	internal/kernels   what is done to many values at once, in Go and in assembly
//	internal/bitmap    sets of rows of a block
//	internal/exact     exact sums by group, and the superaccumulator
//	internal/files     a dataset's folder: manifest, atomic publication,
//	                   checksums, memory mapping
//
// Scan, order, aggregation and segment stay in one package on purpose. All of them read
// the fields of column and block in their inner loops, and a column of a file
// verifies itself through its segment when it is first touched. A package for each
// would have to export nearly every field and method of column, block, table, filter
// and selection, and would be no easier to change for it.
//
// # Files
//
// A dataset has a folder in the store's folder, with a manifest and a folder for each
// version. A version is an Arrow IPC file with a record batch for each block, which
// other programs can read; a file of zone maps, named summaries, with the place and
// the checksum of each column of each block; and a file of block aggregates, named
// means, for the operations that the dataset offers. These files never change: a load
// writes new ones and publishes them by renaming a new manifest over the old one.
// Opening a version checks sizes and what is read anyway; a column is checked when it
// is first touched.
package columnar
