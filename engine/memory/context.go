package memory

import "context"

type claimKey struct{}

// With returns a context whose work takes memory from the claim; ctx itself if that is
// nil.
func With(ctx context.Context, c *Claim) context.Context {
	if c == nil {
		return ctx
	}
	return context.WithValue(ctx, claimKey{}, c)
}

// Of returns the claim of the context, nil where it has none.
func Of(ctx context.Context) *Claim {
	c, _ := ctx.Value(claimKey{}).(*Claim)
	return c
}

// Take takes so many bytes more from the claim of the context. Its errors are those of
// Claim.Take.
func Take(ctx context.Context, bytes int64) error { return Of(ctx).Take(bytes) }
