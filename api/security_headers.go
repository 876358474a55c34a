package api

import (
	"net/http"
	"strconv"
	"time"
)

// Values of headers of pages for people, made once. What a page may load is said by
// its Content-Security-Policy, which also forbids frames around it; X-Frame-Options
// says that to browsers and scanners that know no frame-ancestors.
var (
	noFrames       = []string{"DENY"}
	sameOrigin     = []string{"same-origin"}
	anyOrigin      = []string{"cross-origin"}
	noCapabilities = []string{"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"}
)

// protectPage sets the headers that keep other sites from a page with this
// Content-Security-Policy: none frames it, none that opens it holds on to its window,
// and none that it links to is told its URL, which has the query.
func protectPage(h http.Header, policy string) {
	h["Content-Security-Policy"] = []string{policy}
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	h["Permissions-Policy"] = noCapabilities
	h["Referrer-Policy"] = sameOrigin
	h["X-Frame-Options"] = noFrames
}

// transportSecurity returns the value of Strict-Transport-Security (RFC 6797), nil for
// none. Subdomains are not included: they may be other servers.
func transportSecurity(maxAge time.Duration) []string {
	if maxAge <= 0 {
		return nil
	}
	return []string{"max-age=" + strconv.FormatInt(int64(maxAge/time.Second), 10)}
}
