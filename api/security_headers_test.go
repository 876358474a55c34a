package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestNoOtherSiteReachesIntoAPage(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	for _, target := range []string{"/", "/penguins", "/penguins/explore?view[part]=chart", "/docs", "/nowhere"} {
		h := call(s, http.MethodGet, target, "", browserAccept).Header
		if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			if target != "/nowhere" {
				t.Errorf("%s is %s", target, h.Get("Content-Type"))
			}
			continue
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: policy %s", target, h.Get("Content-Security-Policy"))
		}
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Permissions-Policy":     "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
			"X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
	}
}

func TestOtherSitesEmbedAPicture(t *testing.T) {
	h := call(pagesServer(t, Options{}, ""), http.MethodGet, "/penguins/chart.svg", "").Header
	if h.Get("Content-Type") != "image/svg+xml" || h.Get("X-Frame-Options") != "" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors *") || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("%v", h)
	}
}

func TestScriptsReadTheHeadersOfPages(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{CORS: CORS{Origins: []string{"https://example.org"}}})
	got := call(s, http.MethodGet, "/rocks/range", "", "Origin: https://example.org").Header.Get("Access-Control-Expose-Headers")
	for _, name := range []string{"Link", "ETag", "X-Next-After", "X-Total-Count"} {
		if !strings.Contains(", "+got+",", ", "+name+",") {
			t.Errorf("%s is not among %s", name, got)
		}
	}
}
