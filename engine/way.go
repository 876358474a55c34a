package engine

import "context"

// Way is how a store runs a plan, where it has more ways than one.
type Way string

// The ways of a store with a mirror.
const (
	ByMirror   Way = "mirror"   // on a columnar copy of the version
	ByPipeline Way = "pipeline" // on the store that the copy is of
)

type runKey struct{}

// recorded returns a context that carries the run, for Took and Scanned.
func (r *recorder) recorded(ctx context.Context) context.Context {
	return context.WithValue(ctx, runKey{}, r)
}

// Took notes which way the run of the context takes. A store with more ways than one
// calls it from Table.Run and Cursor.Next, before or after it takes the way; the last
// call counts. Without a run it does nothing.
func Took(ctx context.Context, way Way) {
	if r, ok := ctx.Value(runKey{}).(*recorder); ok {
		r.Way = way
	}
}

// Scanned notes that the run of the context has looked at so many rows more. A store calls
// it from Table.Run and Cursor.Next, by the goroutine that called these. Without a run it
// does nothing.
func Scanned(ctx context.Context, rows int64) {
	if r, ok := ctx.Value(runKey{}).(*recorder); ok {
		r.Run.Scanned += rows
	}
}
