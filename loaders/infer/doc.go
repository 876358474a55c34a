// Package infer works out what the columns of a file are from values that were
// seen of them, and writes the descriptor that says so. It opens no file:
// package loaders reads the rows and says what a load would take.
package infer
