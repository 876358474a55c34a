package openapi

import (
	"net/http"
	"slices"
	"strconv"

	"herbarium/api/problem"
)

// What a document says of who may ask is added to the rest of it, if the server asks:
// the ways to send a credential, and the problems of those who lack one.

// The names of the ways to send a credential.
const (
	bearerName = "bearer"
	apiKeyName = "apiKey"
)

// openPaths need no credential.
var openPaths = []string{"/healthz", "/readyz"}

// securitySchemes describes how credentials are sent.
func securitySchemes() object {
	return object{
		{bearerName, object{{"type", "http"}, {"scheme", "bearer"},
			{"description", "An API key of the server, or a JSON Web Token of an issuer that it trusts"}}},
		{apiKeyName, object{{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}, {"description", "An API key of the server"}}},
	}
}

// security says that a request may have a credential in one of these ways, or none:
// what it may ask for without is the server's affair.
func security() []object {
	return []object{{{bearerName, []string{}}}, {{apiKeyName, []string{}}}, {}}
}

// secured returns the paths with the problems of callers.
func secured(paths object) object {
	all := slices.Clone(paths)
	for i, path := range all {
		methods, ok := path.Value.(object)
		if !ok {
			continue
		}
		methods = slices.Clone(methods)
		for j, method := range methods {
			described, ok := method.Value.(object)
			if !ok {
				continue
			}
			if slices.Contains(openPaths, path.Key) {
				described = append(slices.Clone(described), member{"security", []object{}})
			} else {
				described = withCallers(described)
			}
			methods[j].Value = described
		}
		all[i].Value = methods
	}
	return all
}

// withCallers adds the problems of callers to a method's responses, in their order.
// Where default describes the problems, it describes these too.
func withCallers(method object) object {
	method = slices.Clone(method)
	for i, m := range method {
		responses, ok := m.Value.(object)
		if m.Key != "responses" || !ok || responses.Get("default") != nil {
			continue
		}
		for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			if responses.Get(strconv.Itoa(status)) == nil {
				responses = append(responses[:len(responses):len(responses)], problems(status)...)
			}
		}
		slices.SortStableFunc(responses, func(a, b member) int { return statusOf(a.Key) - statusOf(b.Key) })
		method[i].Value = responses
	}
	return method
}

func statusOf(key string) int {
	status, _ := strconv.Atoi(key)
	return status
}

// codes returns the codes of problems that the server can have.
func (o Options) codes() []string {
	return slices.DeleteFunc(problem.Codes(), func(code string) bool { return problem.OfAuth(code) && !o.Auth })
}
