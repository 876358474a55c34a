// Package pipeline writes plans as MongoDB aggregation pipelines, fit for
// MongoDB 4.4 and later: over collections that a load wrote, and over unmanaged
// ones, which something else did.
package pipeline
