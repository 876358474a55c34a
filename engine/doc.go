// Package engine answers queries of datasets.
//
// A body is parsed into a Query, which is canonical; with an operation it
// becomes a Plan, which knows no store's syntax; Compile writes a plan as a
// MongoDB aggregation pipeline. A Store holds rows and runs plans; its answers
// come as batches of columns, which an Encoder turns into bytes. An Engine
// joins them, with deadlines, a cache of answers, and one run for all who ask
// the same at once.
//
// What queries mean is stated by the scripts in testdata, which run on every
// store.
package engine
