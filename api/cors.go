package api

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS lets pages of other origins read answers (the Fetch standard's CORS
// protocol). The zero value allows none.
type CORS struct {
	// Origins are those that are allowed, such as https://example.org,
	// https://*.example.org (every subdomain, but not the domain itself) or "*"
	// (all).
	Origins []string
	// Headers are names of request headers that pages may send beside those that
	// the server reads, such as Authorization for a proxy.
	Headers []string
	// Credentials lets pages send cookies and the like, for a proxy that asks for
	// them; not with the origin "*".
	Credentials bool
	// MaxAge is how long a browser may remember a preflight; 0: 24 hours.
	MaxAge time.Duration
	// PrivateNetwork lets pages of public sites ask a server in a private network.
	PrivateNetwork bool
}

// headerName is the name of a header (RFC 9110, 5.1).
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]+$")

// Validate returns what is wrong with c.
func (c CORS) Validate() error {
	for _, text := range c.Origins {
		if _, err := parseOrigin(text); text != "*" && err != nil {
			return err
		}
	}
	if c.Credentials && slices.Contains(c.Origins, "*") {
		return fmt.Errorf("browsers refuse credentials where every origin is allowed; name the origins instead of *")
	}
	for _, name := range c.Headers {
		if !headerName.MatchString(name) {
			return fmt.Errorf("%q is not the name of a header", name)
		}
	}
	return nil
}

// origin is the origin of a page, or a pattern of them. The zero value matches
// nothing.
type origin struct {
	scheme, host, port string
	subdomains         bool // host is what follows the subdomain
}

// hostName is a domain, an IPv4 address or an IPv6 address in brackets.
var hostName = regexp.MustCompile(`^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$`)

// parseOrigin reads an origin. A trailing slash, the case and the port that is the
// scheme's default make no difference.
func parseOrigin(text string) (origin, error) {
	malformed := fmt.Errorf("an origin is such as https://example.org, http://localhost:3000 or https://*.example.org, not %q", text)
	scheme, authority, found := strings.Cut(strings.ToLower(strings.TrimSuffix(text, "/")), "://")
	if !found {
		return origin{}, malformed
	}
	o := origin{scheme: scheme}
	authority, o.subdomains = strings.CutPrefix(authority, "*.")
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil || u.Host != authority || strings.HasSuffix(u.Host, ":") {
		return origin{}, malformed
	}
	if o.port = u.Port(); o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	o.host = strings.TrimSuffix(u.Host, ":"+u.Port())
	if !hostName.MatchString(o.host) {
		return origin{}, malformed
	}
	return o, nil
}

// matches reports whether o is the other origin, which is no pattern.
func (o origin) matches(other origin) bool {
	if o.scheme != other.scheme || o.port != other.port || other.subdomains {
		return false
	}
	if o.subdomains {
		return strings.HasSuffix(other.host, "."+o.host)
	}
	return o.host == other.host
}

// cors is CORS at work.
type cors struct {
	any            bool
	named          []string // the origins as they are configured
	origins        []origin
	headers        []string // values of headers, made once
	exposed        []string
	maxAge         []string
	credentials    bool
	privateNetwork bool
}

// exposed lists the headers that a page's script may read.
const exposed = "Accept-Query, Accept-Ranges, Age, Content-Disposition, Content-Range, ETag, Last-Modified, Link, Preference-Applied, Retry-After, X-Next-After, X-Request-Id, X-Total-Count"

// requestHeaders are the headers of requests that the server reads.
const requestHeaders = "Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Prefer, Range, X-Request-Id"

// newCORS returns nil where no origin is allowed. callers says that the server asks
// who its callers are.
func newCORS(options CORS, callers bool) *cors {
	if len(options.Origins) == 0 {
		return nil
	}
	orElse(&options.MaxAge, 24*time.Hour)
	known := requestHeaders
	if callers {
		known += ", " + callerHeaders
	}
	c := &cors{
		any: slices.Contains(options.Origins, "*"), named: options.Origins,
		headers:     []string{strings.Join(append([]string{known}, options.Headers...), ", ")},
		exposed:     []string{exposed},
		maxAge:      []string{strconv.FormatInt(int64(options.MaxAge/time.Second), 10)},
		credentials: options.Credentials, privateNetwork: options.PrivateNetwork,
	}
	if callers {
		c.exposed[0] += ", RateLimit, RateLimit-Policy, WWW-Authenticate"
	}
	for _, text := range options.Origins {
		if o, err := parseOrigin(text); err == nil {
			c.origins = append(c.origins, o)
		}
	}
	return c
}

// allows reports whether pages of the origin may read answers.
func (c *cors) allows(text string) bool {
	if text == "" {
		return false
	}
	if slices.Contains(c.named, text) {
		return true
	}
	asked, err := parseOrigin(text)
	return err == nil && slices.ContainsFunc(c.origins, func(o origin) bool { return o.matches(asked) })
}

// allow adds the headers for the request's origin. Vary is set for every origin,
// so that no cache gives one origin's answer to another.
func (c *cors) allow(h http.Header, r *http.Request) {
	asked := r.Header.Get("Origin")
	if c.any {
		asked = "*"
	} else {
		h["Vary"] = []string{"Origin"}
		if !c.allows(asked) {
			return
		}
	}
	h["Access-Control-Allow-Origin"] = []string{asked}
	h["Access-Control-Expose-Headers"] = c.exposed
	if c.credentials && !c.any {
		h["Access-Control-Allow-Credentials"] = []string{"true"}
	}
}

// preflight answers a browser's preflight request from an allowed origin, and
// reports whether it is one. All paths answer alike, so that the page sees the
// problem of a wrong path or method, instead of a failure that tells nothing.
func (c *cors) preflight(x *exchange) bool {
	h, r := x.Header(), x.request
	if c == nil || r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" || h["Access-Control-Allow-Origin"] == nil {
		return false
	}
	h["Access-Control-Allow-Methods"] = allMethods
	h["Access-Control-Allow-Headers"] = c.headers
	h["Access-Control-Max-Age"] = c.maxAge
	if c.privateNetwork && r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h["Access-Control-Allow-Private-Network"] = []string{"true"}
	}
	x.WriteHeader(http.StatusNoContent)
	return true
}

// allMethods are the methods of all paths together.
var allMethods = []string{strings.Join(append(slices.Clone(operationMethods), http.MethodOptions), ", ")}
