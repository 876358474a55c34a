// Package parquet reads Apache Parquet files.
package parquet
