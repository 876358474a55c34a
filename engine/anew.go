package engine

import "context"

type anewKey struct{}

// Anew returns a context with which Store.Table looks for the current content at the time of the
// call, where it would be content as of some time before else. A store that always knows the
// current content ignores it.
func Anew(ctx context.Context) context.Context { return context.WithValue(ctx, anewKey{}, true) }

// WantsAnew reports whether the context is one of Anew.
func WantsAnew(ctx context.Context) bool { return ctx.Value(anewKey{}) != nil }
