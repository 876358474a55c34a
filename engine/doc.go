// Package engine answers queries of datasets: text in, bytes out.
//
// The packages below it are in the order in which a query passes them. Package
// query reads a body or a URL and settles what is asked; package plan says what
// to compute, free of any store's syntax; package pipeline writes a plan as a
// MongoDB aggregation pipeline. A Store holds rows and runs plans. Its answers
// come as batches of columns, which an Encoder turns into bytes. An Engine
// joins them, with deadlines, a cache of answers, and one run for all callers
// who ask for the same at once. Package fault says what goes wrong.
//
// What queries mean is stated by the scripts in testdata, which run on every
// store.
package engine
