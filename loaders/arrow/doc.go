// Package arrow reads rows that come as Arrow record batches, as those of Arrow
// IPC and of Parquet do: column by column, where the types agree.
package arrow
