// Package infer infers the types of columns from a sample of their values, and
// writes a descriptor. It opens no file: the readers of formats give it values,
// and it asks package decode what a load would accept.
package infer
