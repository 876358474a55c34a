package engine

import "context"

type aboutKey struct{}

// aboutTable returns a context of who only wants to know about a table, as /status does. A
// store that keeps ready what is asked does not take that for a query.
func aboutTable(ctx context.Context) context.Context { return context.WithValue(ctx, aboutKey{}, true) }

// IsAboutTable reports whether Store.Table is called for TableInfo alone.
func IsAboutTable(ctx context.Context) bool { return ctx.Value(aboutKey{}) != nil }
