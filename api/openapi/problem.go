package openapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"herbarium/api/problem"
	"herbarium/schemas"
)

// problems refers to the responses with these statuses.
func problems(statuses ...int) object {
	var responses object
	for _, status := range statuses {
		responses = append(responses, member{strconv.Itoa(status), reference("responses", problemName(status))})
	}
	return responses
}

func problemName(status int) string { return "Problem" + strconv.Itoa(status) }

// problemResponses describes the response of each status that a problem can have,
// with its codes.
func (o Options) problemResponses() object {
	var responses object
	statuses := problem.Statuses()
	if o.Auth {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
		slices.Sort(statuses)
	}
	for _, status := range statuses {
		var codes []string
		var examples object
		for _, code := range o.codes() {
			if kind := problem.KindOf(code); kind.Status == status {
				codes = append(codes, "`"+code+"`: "+kind.Title)
				examples = append(examples, member{code, object{{"value", problem.Details{
					Type: problem.URN + code, Title: kind.Title, Status: status, Detail: kind.Title, Instance: "/", Code: code}}}})
			}
		}
		names := []string{"X-Request-Id", "Cache-Control"}
		switch status {
		case http.StatusUnauthorized, http.StatusForbidden:
			names = append(names, "WWW-Authenticate")
		case http.StatusMethodNotAllowed:
			names = append(names, "Allow")
		case http.StatusTooManyRequests:
			names = append(names, "Retry-After", "RateLimit-Policy", "RateLimit")
		case http.StatusServiceUnavailable:
			names = append(names, "Retry-After")
		}
		responses = append(responses, member{problemName(status), object{
			{"description", strings.Join(codes, "; ")},
			{"headers", headers(names...)},
			{"content", object{{problem.MediaType, object{{"schema", reference("schemas", "Problem")}, {"examples", examples}}}}},
		}})
	}
	return responses
}

// headers refers to the headers.
func headers(names ...string) object {
	var all object
	for _, name := range names {
		all = append(all, member{name, reference("headers", name)})
	}
	return all
}

// sharedHeaders describes the headers of answers.
func (o Options) sharedHeaders() object {
	header := func(name, description, kind string, always bool) member {
		h := object{{"description", description}}
		if always {
			h = append(h, member{"required", true})
		}
		return member{name, append(h, member{"schema", object{{"type", kind}}})}
	}
	all := object{
		header("X-Request-Id", "The request's id, under which the server's log has it: the one that was sent, if it is up to 128 letters, digits, dots, dashes and underscores", "string", true),
		header("ETag", "Changes with everything that shapes the answer; not there where the rows have no version", "string", false),
		header("Cache-Control", "no-cache (keep, but ask again) where there is an ETag, else no-store; immutable (keep, and do not ask again) for a GET whose version names the descriptor, too", "string", false),
		header("Age", "How many seconds ago the rows were last known to be current, where the answer is from a copy of a collection that something else fills", "integer", false),
		header("Last-Modified", "Since when the server gives this answer, where the answer is from such a copy and the server does not ask who its callers are", "string", false),
		header("Vary", "The headers of a request that shape the answer", "string", false),
		header("Accept-Query", "The media types that a QUERY may have (RFC 10008)", "string", true),
		header("X-Total-Count", "How many rows or groups the query matches on all pages, where that needs no counting or Prefer asked for it", "integer", false),
		header("Preference-Applied", "What was done that Prefer asked for", "string", false),
		header("Link", "On a page: the GETs of the first, prev, next and last one; on the answer to a QUERY: the alternate, which is the equal GET. As far as they are known and not too long (RFC 8288)", "string", false),
		header("X-Next-After", "On a page that others follow: the value of after with which the query goes on", "string", false),
		header("Content-Disposition", "The name of a file for the answer (RFC 6266)", "string", false),
		header("Accept-Ranges", "bytes if ranges of the answer can be asked for, none if it is too large to keep; not there if the answer is compressed", "string", false),
		header("Content-Range", "Which bytes these are, and how many the answer has (RFC 9110)", "string", true),
		header("Allow", "The methods that the path takes", "string", true),
		header("Retry-After", "After how many seconds to try again", "integer", true),
	}
	if o.Auth {
		all = append(all, header("WWW-Authenticate", "How to send a credential, and what is wrong with the one that was sent (RFC 6750)", "string", true),
			header("RateLimit-Policy", "How many requests (q) the caller may make in how many seconds (w), where it has a rate or a daily number (draft-ietf-httpapi-ratelimit-headers-11)", "string", false),
			header("RateLimit", "How many requests are left (r), and in how many seconds it is as many as can be (t)", "string", false))
	}
	return all
}

// problemSchema describes problem details (RFC 9457).
func problemSchema(codes []string) object {
	text := func(description string) object { return object{{"type", "string"}, {"description", description}} }
	return object{
		{"description", "Problem details (RFC 9457)"},
		{"type", "object"},
		{"required", []string{"type", "title", "status", "detail", "instance", "code"}},
		{"properties", object{
			{"type", object{{"type", "string"}, {"format", "uri"}, {"description", problem.URN + " and the code"}}},
			{"title", text("What all problems with this code have in common")},
			{"status", object{{"type", "integer"}, {"description", "The HTTP status"}}},
			{"detail", text("What is wrong this time, for people")},
			{"instance", object{{"type", "string"}, {"format", "uri-reference"}, {"description", "The path that was asked"}}},
			{"code", object{{"type", "string"}, {"enum", codes}}},
			{"errors", object{
				{"type", "array"},
				{"description", "What the caller sent wrong, all at once, in the order of the body"},
				{"items", reference("schemas", "Fault")},
			}},
			{"datasets", object{
				{"type", "array"},
				{"description", "The datasets' states, from /readyz"},
				{"items", reference("schemas", "Readiness")},
			}},
			{"nearest", text("A value of version that can be asked, where the one that was is gone")},
		}},
	}
}

// faultSchema describes one fault of a request.
func faultSchema() object {
	return object{
		{"description", "A fault of a request"},
		{"type", "object"},
		{"required", []string{"pointer", "code", "detail"}},
		{"additionalProperties", false},
		{"properties", object{
			{"pointer", object{{"type", "string"}, {"format", "json-pointer"}, {"description", "The very value (RFC 6901); \"\" is the whole body"}}},
			{"code", object{{"type", "string"}, {"enum", faultCodes()}}},
			{"detail", object{{"type", "string"}, {"description", "What is wrong and what is allowed, for people"}}},
		}},
	}
}

// faultCodes returns the codes that a fault can have.
func faultCodes() []string {
	codes := []string{problem.TooLarge}
	for _, code := range schemas.Codes() {
		codes = append(codes, string(code))
	}
	slices.Sort(codes)
	return codes
}
