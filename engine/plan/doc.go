// Package plan says what to compute over the rows of a dataset: conditions, a
// projection or the keys and measures of groups, an order and a window. A Plan
// is settled, immutable and free of any store's syntax.
//
// Package pipeline writes plans as MongoDB aggregation pipelines; the columnar
// store runs them as they are.
package plan
