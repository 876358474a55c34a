package api

import (
	"herbarium/api/limits"
	"herbarium/api/problem"
	"herbarium/engine"
)

// The headers that say how much a caller may still ask
// (draft-ietf-httpapi-ratelimit-headers-11), as net/http writes them.
const (
	rateLimitPolicy = "Ratelimit-Policy"
	rateLimit       = "Ratelimit"
)

// meter counts the request, and refuses it if it is more than its caller may ask. What
// the caller's queries may cost goes with the request. leave is called at its end.
func (x *exchange) meter() (leave func(), err error) {
	if x.caller == nil || x.denied != nil || x.caller.Rule() == nil {
		return func() {}, nil //nolint:nilerr // who is not let in is told so, and counts for nothing
	}
	rule := x.caller.Rule()
	left, leave, err := x.enter(rule)
	if policy := rule.Policy(); policy != "" {
		x.Header()[rateLimitPolicy] = []string{policy}
		x.Header()[rateLimit] = []string{string(left)}
	}
	if err != nil {
		return nil, err
	}
	if ctx := x.request.Context(); rule.Cost != (engine.Limits{}) {
		x.request = x.request.WithContext(engine.WithLimits(ctx, rule.Cost))
	}
	return leave, nil
}

// enter counts the request, or another message in it, for its caller.
func (x *exchange) enter(rule *limits.Rule) (left limits.Left, leave func(), err error) {
	left, leave, exceeded := x.server.counter.Enter(x.account(), rule)
	if exceeded != nil {
		err = &problem.Error{Code: problem.TooManyRequests, Detail: exceeded.Detail, RetryAfter: exceeded.RetryAfter}
	}
	return left, leave, err
}

// account tells callers apart whose requests are counted: those with credentials by
// their names, others by their addresses.
func (x *exchange) account() string {
	if account := x.caller.Account(); account != "" {
		return account
	}
	addr := x.server.clientAddr(x.request)
	if !addr.IsValid() {
		return x.caller.String()
	}
	// A home or a machine has a network of IPv6 addresses, of this size at the least.
	if addr.Is6() {
		if network, err := addr.Prefix(homeNetwork); err == nil {
			return network.String()
		}
	}
	return addr.String()
}

const homeNetwork = 64
