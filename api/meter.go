package api

import (
	"errors"
	"net/http"
	"net/netip"

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
	switch {
	case x.denied != nil && x.caller == nil:
		return x.meterRefused()
	case x.denied != nil || x.caller == nil || x.caller.Rule() == nil:
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

// refusals is how often an address is told that its credential is refused. One that is right
// is taken however many others were wrong: many callers may share an address.
var refusals = limits.New(limits.Rule{Rate: 1, Burst: 60})

// meterRefused counts a request whose credential is refused, for the address that sent it.
func (x *exchange) meterRefused() (leave func(), err error) {
	var p *problem.Error
	if !errors.As(x.denied, &p) || problem.KindOf(p.Code).Status != http.StatusUnauthorized {
		return func() {}, nil
	}
	_, leave, exceeded := x.server.counter.Enter("refused "+x.address(), refusals)
	if exceeded != nil {
		return nil, &problem.Error{Code: problem.TooManyRequests, RetryAfter: exceeded.RetryAfter,
			Detail: "too many credentials from this address were refused; send a valid one, or ask more slowly"}
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

// enterAgain counts another message in the request. What is left is told anew with the header of
// the answer, which goes out once all messages are answered, or when the first one is where each
// is sent by itself.
func (x *exchange) enterAgain(rule *limits.Rule) (leave func(), err error) {
	x.again.Store(true)
	_, leave, err = x.enter(rule)
	return leave, err
}

// tellLeft says in the header what is left after the messages that were counted.
func (x *exchange) tellLeft() {
	if !x.again.Load() {
		return
	}
	if left := x.server.counter.Left(x.account(), x.caller.Rule()); left != "" {
		x.Header()[rateLimit] = []string{string(left)}
	}
}

// account tells callers apart whose requests are counted: those with credentials by
// their names, others by their addresses.
func (x *exchange) account() string {
	if account := x.caller.Account(); account != "" {
		return account
	}
	if address := x.address(); address != "" {
		return address
	}
	return x.caller.String()
}

// address is that which the request is counted by; "" where there is none.
func (x *exchange) address() string {
	addr := x.server.clientAddr(x.request)
	if !addr.IsValid() {
		return ""
	}
	return countedBy(addr)
}

// countedBy returns the address, or the network, that requests of an address are counted by.
func countedBy(addr netip.Addr) string {
	// A home or a machine has a network of IPv6 addresses, of this size at the least.
	if addr.Is6() {
		if network, err := addr.Prefix(homeNetwork); err == nil {
			return network.String()
		}
	}
	return addr.String()
}

const homeNetwork = 64
