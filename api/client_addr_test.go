package api

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestTheClientsAddressComesFromTrustedProxiesAlone(t *testing.T) {
	const proxy, other = "10.1.2.3:5555", "203.0.113.9:4444"
	for _, test := range []struct {
		name, remote string
		header       []string
		want         string
	}{
		{"no header", proxy, nil, "10.1.2.3"},
		{"a peer that is no proxy is not believed", other, []string{"X-Forwarded-For: 198.51.100.1"}, "203.0.113.9"},
		{"nor is its Forwarded", other, []string{"Forwarded: for=198.51.100.1"}, "203.0.113.9"},
		{"one hop", proxy, []string{"X-Forwarded-For: 198.51.100.1"}, "198.51.100.1"},
		{"what the client wrote itself stands before", proxy, []string{"X-Forwarded-For: 8.8.8.8, 198.51.100.1"}, "198.51.100.1"},
		{"trusted hops are passed over", proxy, []string{"X-Forwarded-For: 8.8.8.8, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"all are trusted: the first", proxy, []string{"X-Forwarded-For: 10.0.0.7, 10.9.9.9"}, "10.0.0.7"},
		{"several lines are one list", proxy, []string{"X-Forwarded-For: 8.8.8.8", "X-Forwarded-For: 198.51.100.1"}, "198.51.100.1"},
		{"a port", proxy, []string{"X-Forwarded-For: 198.51.100.1:8080"}, "198.51.100.1"},
		{"IPv6", proxy, []string{"X-Forwarded-For: 2001:db8::1"}, "2001:db8::1"},
		{"IPv6 in brackets", proxy, []string{"X-Forwarded-For: [2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with a port", proxy, []string{"X-Forwarded-For: [2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 with a zone", proxy, []string{"X-Forwarded-For: fe80::1%eth0"}, "fe80::1"},
		{"IPv4 in IPv6", proxy, []string{"X-Forwarded-For: ::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a trusted proxy by IPv4 in IPv6", "[::ffff:10.1.2.3]:5", []string{"X-Forwarded-For: 198.51.100.1, ::ffff:10.9.9.9"}, "198.51.100.1"},
		{"a trusted proxy by IPv6", "[fd00::2]:5", []string{"X-Forwarded-For: 198.51.100.1"}, "198.51.100.1"},
		{"garbage", proxy, []string{"X-Forwarded-For: drop table"}, "10.1.2.3"},
		{"garbage hides what is before it", proxy, []string{"X-Forwarded-For: 198.51.100.1, unknown, 10.9.9.9"}, "10.9.9.9"},
		{"an empty element", proxy, []string{"X-Forwarded-For: 198.51.100.1,"}, "10.1.2.3"},
		{"half a bracket", proxy, []string{"X-Forwarded-For: [2001:db8::1"}, "10.1.2.3"},
		{"IPv4 in brackets", proxy, []string{"X-Forwarded-For: [198.51.100.1]"}, "10.1.2.3"},
		{"empty", proxy, []string{"X-Forwarded-For: "}, "10.1.2.3"},

		{"Forwarded", proxy, []string{"Forwarded: for=198.51.100.1;proto=https;by=10.1.2.3"}, "198.51.100.1"},
		{"in any case and order", proxy, []string{"Forwarded: Proto=https; FOR=198.51.100.1"}, "198.51.100.1"},
		{"quoted, with a port", proxy, []string{`Forwarded: for="198.51.100.1:47011"`}, "198.51.100.1"},
		{"quoted IPv6", proxy, []string{`Forwarded: for="[2001:db8:cafe::17]:4711"`}, "2001:db8:cafe::17"},
		{"escapes", proxy, []string{`Forwarded: for="\[2001:db8::1\]"`}, "2001:db8::1"},
		{"the last untrusted element", proxy, []string{"Forwarded: for=8.8.8.8, for=198.51.100.1;by=10.1.1.1, for=10.1.1.1"}, "198.51.100.1"},
		{"separators in quotes", proxy, []string{`Forwarded: for=198.51.100.1;host="a,for=8.8.8.8;for=9.9.9.9"`}, "198.51.100.1"},
		{"an obfuscated hop", proxy, []string{"Forwarded: for=198.51.100.1, for=_hidden"}, "10.1.2.3"},
		{"unknown", proxy, []string{"Forwarded: for=unknown"}, "10.1.2.3"},
		{"an element without for", proxy, []string{"Forwarded: for=198.51.100.1, proto=https"}, "10.1.2.3"},
		{"for twice in an element", proxy, []string{"Forwarded: for=198.51.100.1;for=8.8.8.8"}, "10.1.2.3"},
		{"a quote that does not end", proxy, []string{`Forwarded: for=198.51.100.1, for="8.8.8.8, for=9.9.9.9`}, "10.1.2.3"},

		{"both say the same", proxy, []string{"X-Forwarded-For: 198.51.100.1", "Forwarded: for=198.51.100.1"}, "198.51.100.1"},
		{"both differ: one may be the client's own", proxy, []string{"X-Forwarded-For: 198.51.100.1", "Forwarded: for=8.8.8.8"}, "10.1.2.3"},
	} {
		s := newServer(t, &fakeStore{}, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = test.remote
		for _, line := range test.header {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Add(name, value)
		}
		if got := s.clientAddr(r).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestTheClientBehindAUnixSocketIsTheOneThatItsProxyNames(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/http.sock", Net: "unix"}))
	r.RemoteAddr = "@"
	r.Header.Set("X-Forwarded-For", "8.8.8.8, 198.51.100.1")
	for trust, want := range map[bool]string{true: "198.51.100.1", false: "invalid IP"} {
		s := newServer(t, &fakeStore{}, Options{TrustUnixSocket: trust, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")}})
		if got := s.clientAddr(r).String(); got != want {
			t.Errorf("trusted %v: %s, want %s", trust, got, want)
		}
	}
	s := newServer(t, &fakeStore{}, Options{TrustUnixSocket: true})
	r.Header.Del("X-Forwarded-For")
	if got := s.clientAddr(r); got.IsValid() {
		t.Errorf("without a header: %s", got)
	}
}

func TestTheLogHasTheClientBehindProxies(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, &fakeStore{}, Options{Logger: slog.New(slog.NewJSONHandler(&log, nil)), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	call(s, http.MethodGet, "/nowhere", "", "X-Forwarded-For: 198.51.100.1")
	call(s, http.MethodGet, "/nowhere", "")
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"remote":"192.0.2.1:1234"`) || !strings.Contains(lines[0], `"client":"198.51.100.1"`) || strings.Contains(lines[1], `"client"`) {
		t.Errorf("%s", log.String())
	}
}

// FuzzTheClientsAddressStandsInTheHeader asks that no header makes an address that
// neither the peer nor an element has, and that none is before an untrusted one.
func FuzzTheClientsAddressStandsInTheHeader(f *testing.F) {
	f.Add("8.8.8.8, [2001:db8::1]:443, 10.1.1.1", `for="[2001:db8::1]:443";proto=https, for=10.1.1.1`)
	f.Add("", `for="a\"b, for=1.2.3.4`)
	f.Add("1.2.3.4", "")
	s := newServer(f, &fakeStore{}, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	f.Fuzz(func(t *testing.T, usual, standard string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.1.2.3:5555"
		if usual != "" {
			r.Header["X-Forwarded-For"] = []string{usual}
		}
		if standard != "" {
			r.Header["Forwarded"] = []string{standard}
		}
		got := s.clientAddr(r)
		if !got.IsValid() {
			t.Fatal("the peer has an address")
		}
		if standard != "" || got == netip.MustParseAddr("10.1.2.3") {
			return
		}
		// The elements behind the client's are of trusted proxies.
		hops := strings.Split(usual, ",")
		for i := len(hops) - 1; ; i-- {
			if i < 0 {
				t.Fatalf("%s is not in %q", got, usual)
			}
			addr := addrOf(strings.TrimSpace(hops[i]))
			if addr == got {
				return
			}
			if !addr.IsValid() || !netip.MustParsePrefix("10.0.0.0/8").Contains(addr) {
				t.Fatalf("%s stands before %q, which is untrusted", got, hops[i])
			}
		}
	})
}
